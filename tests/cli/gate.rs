//! `gate --against`: the right verdict, exit code and sentence for what may happen to a platform, a run or a file.

use baseline::domain::percentile::Percentile;
use baseline::domain::time_summary::TimeKind;
use baseline::domain::verdict::{InvalidReason, Validity};
use baseline::domain::window::{Counts, Window};
use serde_json::Value;

use crate::support::folder::Folder;
use crate::support::made_runs::{Made, slow_down};
use crate::support::program::{Ended, Program};

const CANDIDATES: [&str; 3] = ["new-1", "new-2", "new-3"];

fn run(folder: &Folder, arguments: &[&str]) -> Ended {
    Program::new(folder.path(), arguments).run()
}

/// A folder with a baseline `main` of this many runs.
fn baseline_of(runs: u64) -> Folder {
    let folder = Folder::new();
    let names: Vec<String> = (1..=runs).map(|number| format!("old-{number}")).collect();
    for (name, number) in names.iter().zip(1..) {
        Made::new(name, number).write(folder.path());
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    run(&folder, &[&["promote", "--as", "main"], names.as_slice()].concat()).expect_success();
    folder
}

/// Candidates whose windows are edited.
fn with_candidates(folder: &Folder, edit: &dyn Fn(&mut Window)) {
    for (name, number) in CANDIDATES.into_iter().zip(11..) {
        Made { edit, ..Made::new(name, number) }.write(folder.path());
    }
}

fn gate(folder: &Folder, more: &[&str]) -> Ended {
    run(folder, &[&["gate", "--against", "main", "--format", "json"], CANDIDATES.as_slice(), more].concat())
}

/// The verdict of candidates that were edited like this, with its exit code.
fn verdict(edit: &dyn Fn(&mut Window)) -> (Option<i32>, Value) {
    let folder = baseline_of(5);
    with_candidates(&folder, edit);
    let ended = gate(&folder, &[]);
    (ended.code, ended.json())
}

/// Endpoint and metric of each row of a verdict.
fn rows(json: &Value, verdict: &str) -> Vec<(String, String)> {
    let rows = json["metrics"].as_array().unwrap().iter().filter(|row| row["verdict"] == verdict);
    let text = |row: &Value, key: &str| row[key].as_str().unwrap().to_owned();
    let mut rows: Vec<_> = rows.map(|row| (text(row, "endpoint"), text(row, "metric"))).collect();
    rows.sort();
    rows.dedup();
    rows
}

fn pair(endpoint: &str, metric: &str) -> (String, String) {
    (endpoint.to_owned(), metric.to_owned())
}

fn reason(json: &Value) -> String {
    json["reason"].as_str().unwrap().to_owned()
}

#[test]
fn the_same_code_is_accepted() {
    let (code, json) = verdict(&|_| ());
    assert_eq!((code, &json["verdict"]), (Some(0), &"accepted".into()), "{json:#}");
    assert_eq!(rows(&json, "regressed"), []);
    let smallest = json["minimum_detectable_effect"].as_f64().unwrap();
    assert!((0.05..0.3).contains(&smallest), "{smallest}");
    assert_eq!(json["confirmation"], "unconfirmed");
}

#[test]
fn one_slow_endpoint_is_named_and_no_other() {
    let (code, json) = verdict(&|window| {
        if &*window.cell.workload == "browse" {
            slow_down(window, 1.25);
        }
    });
    assert_eq!((code, &json["verdict"]), (Some(1), &"regressed".into()), "{json:#}");
    let regressed = rows(&json, "regressed");
    assert!(
        regressed.iter().all(|(endpoint, _)| endpoint == "browse") && regressed.len() == 5,
        "{regressed:?}"
    );
    assert!(reason(&json).starts_with("browse at "), "{}", reason(&json));
    for row in json["metrics"].as_array().unwrap().iter().filter(|row| row["verdict"] == "regressed") {
        let of = |key: &str| row[key].as_f64().unwrap();
        let expected = if row["metric"] == "throughput_per_s" { 0.8 } else { 1.25 };
        assert!((of("ratio") / expected - 1.0).abs() < 0.08, "{row}");
        assert!((of("candidate") / of("baseline") / of("ratio") - 1.0).abs() < 1e-9, "{row}");
        let interval = &row["interval"];
        assert!(
            (interval[0].as_f64().unwrap()..interval[1].as_f64().unwrap()).contains(&of("ratio")),
            "{row}"
        );
    }
}

#[test]
fn a_tail_alone_is_enough() {
    let (code, json) = verdict(&|window| {
        if &*window.cell.workload == "auth" {
            let times = &mut window.times[TimeKind::Service as usize];
            let p99 = &mut times.percentiles[Percentile::P99 as usize];
            *p99 = p99.map(|value| 1.4 * value);
        }
    });
    assert_eq!(code, Some(1), "{json:#}");
    assert_eq!(rows(&json, "regressed"), [pair("auth", "service_time_p99_us")]);
}

#[test]
fn throughput_alone_is_enough() {
    let (code, json) = verdict(&|window| {
        if &*window.cell.workload == "landing" {
            window.duration = window.duration.mul_f64(1.3);
        }
    });
    assert_eq!(code, Some(1), "{json:#}");
    assert_eq!(rows(&json, "regressed"), [pair("landing", "throughput_per_s")]);
    assert!(reason(&json).contains("throughput down about "), "{}", reason(&json));
}

#[test]
fn errors_alone_are_enough() {
    let (code, json) = verdict(&|window| {
        if &*window.cell.workload == "health" {
            window.counts.failed = 20;
            window.counts.succeeded -= 20;
        }
    });
    assert_eq!(code, Some(1), "{json:#}");
    assert_eq!(rows(&json, "regressed"), [pair("health", "error_ratio")]);
    assert!(reason(&json).contains("error ratio rose from 0 % to 2.00 %"), "{}", reason(&json));
}

#[test]
fn a_few_new_errors_are_told_below_the_floor() {
    let (code, json) = verdict(&|window| {
        if &*window.cell.workload == "health" && window.cycle == 3 {
            window.counts.failed = 1;
            window.counts.succeeded -= 1;
        }
    });
    assert_eq!((code, &json["verdict"]), (Some(0), &"accepted".into()), "{json:#}");
    let new: Vec<&Value> =
        json["metrics"].as_array().unwrap().iter().filter(|row| row["is_new"] == true).collect();
    assert_eq!(new.len(), 3, "{new:?}");
    assert!(new.iter().all(|row| row["endpoint"] == "health" && row["metric"] == "error_ratio"));
}

#[test]
fn refused_requests_are_counted_and_not_averaged() {
    let (code, json) = verdict(&|window| {
        if &*window.cell.workload == "auth" && window.cycle % 2 == 0 {
            window.validity = Validity::Throttled;
            (window.counts.throttled, window.counts.succeeded) = (900, 100);
            slow_down(window, 0.1);
        }
    });
    assert_eq!(code, Some(1), "{json:#}");
    assert_eq!(rows(&json, "regressed"), [pair("auth", "throttled_ratio")]);
    assert_eq!(rows(&json, "improved"), []);
}

#[test]
fn a_faster_endpoint_is_improved_and_accepted() {
    let (code, json) = verdict(&|window| {
        if &*window.cell.workload == "browse" {
            slow_down(window, 0.75);
        }
    });
    assert_eq!((code, &json["verdict"]), (Some(0), &"accepted".into()), "{json:#}");
    let improved = rows(&json, "improved");
    assert!(improved.len() == 5 && improved.iter().all(|(endpoint, _)| endpoint == "browse"), "{improved:?}");
}

#[test]
fn what_moves_everything_a_little_cannot_be_told_from_drift() {
    let (code, json) = verdict(&|window| slow_down(window, 1.12));
    assert_eq!((code, &json["verdict"]), (Some(3), &"inconclusive".into()), "{json:#}");
    assert!(reason(&json).contains("System-wide shift (throughput"), "{}", reason(&json));
    assert_eq!(rows(&json, "regressed"), []);
}

#[test]
fn what_moves_everything_far_regressed() {
    let (code, json) = verdict(&|window| slow_down(window, 1.6));
    assert_eq!(code, Some(1), "{json:#}");
    assert_eq!(rows(&json, "regressed").len(), 25, "{json:#}");
    let causes: Vec<&Value> = json["metrics"].as_array().unwrap().iter().map(|row| &row["cause"]).collect();
    assert!(causes.contains(&&"together".into()), "{causes:?}");
}

#[test]
fn a_target_that_dies_halfway_regressed() {
    let (code, json) = verdict(&|window| {
        if window.cycle >= 12 {
            (window.counts.failed, window.counts.succeeded) = (50, 0);
            window.times = Default::default();
            window.errors.add(baseline::domain::error_reason::ErrorReason::ConnectionRefused, 50);
        }
    });
    assert_eq!(code, Some(1), "{json:#}");
    assert!(reason(&json).contains("error ratio rose from 0 %"), "{}", reason(&json));
}

#[test]
fn a_bad_measurement_is_not_judged() {
    let (code, json) = verdict(&|window| {
        if window.cycle >= 8 {
            window.validity = Validity::Invalid(InvalidReason::GeneratorSaturated);
        }
        slow_down(window, 2.0);
    });
    assert_eq!((code, &json["verdict"]), (Some(3), &"inconclusive".into()), "{json:#}");
    assert!(
        reason(&json).contains("Too few valid windows: 120 of 360 planned windows of new-1"),
        "{}",
        reason(&json)
    );
    assert_eq!(json["metrics"], serde_json::json!([]));
}

#[test]
fn too_few_runs_are_inconclusive_and_the_pipeline_may_choose() {
    let folder = baseline_of(1);
    with_candidates(&folder, &|window| slow_down(window, 2.0));
    let ended = gate(&folder, &[]);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    let said = reason(&ended.json());
    assert!(said.starts_with("Too few runs to accept: 1 before and 3 after"), "{said}");
    assert_eq!(rows(&ended.json(), "regressed"), []);
    assert_eq!(gate(&folder, &["--inconclusive", "pass"]).code, Some(0));
    assert_eq!(gate(&folder, &["--inconclusive", "fail"]).code, Some(1));
}

#[test]
fn four_runs_can_fail_a_change_but_not_accept_one() {
    let folder = baseline_of(4);
    with_candidates(&folder, &|_| ());
    assert_eq!(gate(&folder, &[]).code, Some(3));
    with_candidates(&folder, &|window| {
        if &*window.cell.workload == "browse" {
            slow_down(window, 1.5);
        }
    });
    assert_eq!(gate(&folder, &[]).code, Some(1));
}

#[test]
fn what_differs_is_named_and_nothing_is_judged() {
    let check = |label: &dyn Fn(&mut baseline::store::manifest::Manifest), name: &str, words: &str| {
        let folder = baseline_of(5);
        for (run, number) in CANDIDATES.into_iter().zip(11..) {
            Made { label, ..Made::new(run, number) }.write(folder.path());
        }
        let ended = gate(&folder, &[]);
        assert_eq!(ended.code, Some(3), "{name}: {ended:?}");
        let json = ended.json();
        let named: Vec<&str> = json["not_comparable"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["name"].as_str().unwrap())
            .collect();
        assert_eq!(named, [name], "{json:#}");
        assert!(reason(&json).contains(words), "{}", reason(&json));
        assert_eq!(json["metrics"], serde_json::json!([]));
    };
    check(&|manifest| manifest.plan["levels"]["heavy_load"] = 20.into(), "levels", "20");
    check(
        &|manifest| manifest.plan["plan"]["window"] = "1s".into(),
        "plan.window",
        "plan.window is 1s, was 100ms",
    );
    check(&|manifest| manifest.tool_version = "1.0.0".to_owned(), "tool", "tool is 1, was 0.1");
    check(&|manifest| manifest.scenario = "other".to_owned(), "scenario", "scenario is other, was made_up");
    let new = serde_json::json!({ "name": "new", "path": "/new" });
    check(
        &|manifest| manifest.plan["endpoint"].as_array_mut().unwrap().push(new.clone()),
        "endpoint.new",
        "endpoint new is new",
    );
    check(
        &|manifest| drop(manifest.plan["endpoint"].as_array_mut().unwrap().pop()),
        "endpoint.landing",
        "endpoint landing is missing",
    );
}

#[test]
fn a_cell_that_was_not_measured_is_not_passed_over() {
    let folder = baseline_of(5);
    with_candidates(&folder, &|window| {
        if &*window.cell.workload == "landing" {
            window.validity = Validity::Invalid(InvalidReason::NoRequests);
            window.counts = Counts::default();
        }
    });
    let ended = gate(&folder, &[]);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(reason(&ended.json()).contains("no times: landing at heavy_load"), "{}", reason(&ended.json()));
}

#[test]
fn what_only_the_baseline_knows_is_not_passed_over() {
    let (code, json) = verdict(&|window| {
        window.times[TimeKind::Service as usize].percentiles[Percentile::P99 as usize] = None;
    });
    assert_eq!((code, &json["verdict"]), (Some(3), &"inconclusive".into()), "{json:#}");
    assert!(reason(&json).contains("The baseline has p99 service time of 15 cells"), "{}", reason(&json));
}

#[test]
fn bad_baseline_files_are_refused_by_what_is_wrong_with_them() {
    let folder = baseline_of(5);
    with_candidates(&folder, &|_| ());
    let path = folder.path().join("baselines/made_up/main.json");
    let whole = std::fs::read_to_string(&path).unwrap();
    let check = |text: &str, words: &str| {
        std::fs::write(&path, text).unwrap();
        let said = gate(&folder, &[]).expect_refusal();
        assert!(said.contains(words), "{said}");
    };
    check(&whole[..whole.len() / 2], "EOF while parsing");
    check(
        &whole.replacen("\"schema\": 1", "\"schema\": 99", 1),
        "has schema 99; this version reads schemas up to 1",
    );
    check(&whole.replacen("\"failed\": 0", "\"failed\": -1", 1), "invalid value");
    check(&whole.replacen("\"users\": 10", "\"users\": 10, \"note\": 1", 1), "unknown field `note`");
    check(&whole.replacen("\"run\": \"old-1\"", "\"run\": \"old-1\", \"x\": 1", 1), "unknown field `x`");
    check("{}", "schema is missing");
    check("not json", "expected ident");
    std::fs::remove_file(&path).unwrap();
    let said = gate(&folder, &[]).expect_refusal();
    assert!(said.contains("there is no baseline") && said.contains("hint: "), "{said}");
}

#[test]
fn a_run_is_judged_once_and_never_against_itself() {
    let folder = baseline_of(5);
    with_candidates(&folder, &|_| ());
    let twice = run(&folder, &["gate", "--against", "main", "new-1", "new-1"]).expect_refusal();
    assert!(twice.contains("run new-1 is given twice"), "{twice}");
    let own = run(&folder, &["gate", "--against", "main", "old-1", "new-1"]).expect_refusal();
    assert!(own.contains("run old-1 is part of baseline main"), "{own}");
}

#[test]
fn a_second_set_of_runs_confirms_or_clears() {
    let folder = baseline_of(5);
    let is_browse = |window: &mut Window, factor: f64| {
        if &*window.cell.workload == "browse" {
            slow_down(window, factor);
        }
    };
    with_candidates(&folder, &|window| is_browse(window, 1.3));
    let second = ["new-4", "new-5", "new-6"];
    let judged = |factor: f64| {
        for (name, number) in second.into_iter().zip(14..) {
            Made { edit: &|window| is_browse(window, factor), ..Made::new(name, number) }
                .write(folder.path());
        }
        let ended = gate(&folder, &second);
        (ended.code, ended.json())
    };
    let (code, json) = judged(1.3);
    assert_eq!((code, &json["confirmation"]), (Some(1), &"done".into()), "{json:#}");
    assert!(reason(&json).ends_with("A second set of runs confirmed it."), "{}", reason(&json));
    // The first three were slow by an accident of their own.
    let (code, json) = judged(0.8);
    assert_eq!((code, &json["verdict"]), (Some(0), &"accepted".into()), "{json:#}");
    assert!(json["metrics"].as_array().unwrap().iter().any(|row| row["is_cleared"] == true), "{json:#}");
}

#[test]
fn floors_are_options() {
    let folder = baseline_of(5);
    with_candidates(&folder, &|window| {
        if &*window.cell.workload == "browse" {
            slow_down(window, 1.25);
        }
    });
    let ended = gate(&folder, &["--floor", "40%", "--tail-floor", "40"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let refused = run(&folder, &["gate", "--against", "main", "--floor", "x", "new-1"]);
    assert_eq!(refused.code, Some(2), "{refused:?}");
}

#[test]
fn without_a_question_there_is_no_gate() {
    let folder = Folder::new();
    for arguments in [
        &["gate"][..],
        &["gate", "--against", "main", "--ab", "http://127.0.0.1:1", "http://127.0.0.1:2"],
        &["gate", "--ab", "http://127.0.0.1:1"],
        &["gate", "--ab", "http://127.0.0.1:1", "http://127.0.0.1:2", "--rounds", "2"],
        &["gate", "--aa", "--stages", "10"],
    ] {
        assert_eq!(run(&folder, arguments).code, Some(2), "{arguments:?}");
    }
    let said = run(&folder, &["gate", "--ab", "http://127.0.0.1:1/x", "http://127.0.0.1:2"]).expect_refusal();
    assert!(said.contains("http://127.0.0.1:1/x"), "{said}");
}

#[test]
fn false_alarms_are_measured_and_quoted() {
    let folder = Folder::new();
    let names: Vec<String> = (1..=9).map(|number| format!("same-{number}")).collect();
    for (name, number) in names.iter().zip(1..) {
        Made::new(name, number).write(folder.path());
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let of = |runs: &[&str]| run(&folder, &[&["gate", "--aa", "--format", "json"], runs].concat());
    let measured = of(&names).json();
    assert_eq!((&measured["splits"], &measured["failed"]), (&2.into(), &0.into()), "{measured:#}");
    assert!((measured["independent_gates"].as_f64().unwrap() - 9.0 / 8.0).abs() < 1e-9);
    let few = of(&names[..7]).expect_refusal();
    assert!(few.contains("7 of the 8 runs that --aa needs"), "{few}");
    run(&folder, &[&["promote", "--as", "main"], &names[..5]].concat()).expect_success();
    with_candidates(&folder, &|_| ());
    let json = gate(&folder, &[]).json();
    assert_eq!(json["false_fail_rate"]["measured"]["gates"], 2, "{json:#}");
    let text =
        run(&folder, &[&["gate", "--against", "main"], CANDIDATES.as_slice()].concat()).expect_success();
    assert!(text.contains("False alarms: 0 of 2 gates of the same code failed on this machine"), "{text}");
}
