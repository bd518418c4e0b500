//! `promote`, `start --baseline`, and what a run says beside a baseline.

use std::sync::LazyLock;

use baseline::domain::metric::{Metric, Reading};
use baseline::domain::percentile::Percentile;
use baseline::domain::time_summary::TimeKind;
use baseline::domain::verdict::Validity;
use baseline::store::window_log;
use serde_json::Value;

use crate::support::folder::Folder;
use crate::support::program::{Ended, Program};
use crate::support::redact;

use super::rehearse;

fn run(folder: &Folder, arguments: &[&str]) -> Ended {
    Program::new(folder.path(), arguments).run()
}

/// A folder with two clean runs, promoted as `main`.
fn promoted() -> Folder {
    static PROMOTED: LazyLock<Folder> = LazyLock::new(|| {
        let folder = Folder::new();
        for seed in ["1", "2"] {
            rehearse(&folder, &["--seed", seed, "--fault", "none"]);
        }
        let ended =
            run(&folder, &["promote", "demo-rehearsal-seed1", "demo-rehearsal-seed2", "--as", "main"]);
        ended.expect_success();
        folder
    });
    Folder::copy_of(&PROMOTED)
}

fn baseline(folder: &Folder) -> std::path::PathBuf {
    folder.path().join("baselines/demo/main.json")
}

fn report(folder: &Folder, seed: &str) -> Value {
    let run = folder.run_like(&format!("demo-rehearsal-seed{seed}-"));
    serde_json::from_slice(&std::fs::read(run.join("report.json")).unwrap()).unwrap()
}

#[test]
fn a_baseline_is_sorted_diffable_and_the_same_each_time() {
    let folder = promoted();
    let first = std::fs::read_to_string(baseline(&folder)).unwrap();
    assert!(
        first.starts_with("{\n  \"schema\": 1,\n  \"cells\": {\n    \"auth_check\": {"),
        "{}",
        &first[..200]
    );
    run(&folder, &["promote", "demo-rehearsal-seed1", "demo-rehearsal-seed2", "--as", "main"])
        .expect_success();
    assert_eq!(std::fs::read_to_string(baseline(&folder)).unwrap(), first);
    let value: Value = serde_json::from_str(&first).unwrap();
    // Five endpoints and the journey.
    assert_eq!(value["cells"].as_object().unwrap().len(), 6);
    assert_eq!(value["runs"].as_array().unwrap().len(), 2);
}

#[test]
fn what_changes_is_told() {
    let folder = promoted();
    rehearse(&folder, &["--seed", "3", "--fault", "none"]);
    let text = run(&folder, &["promote", "demo-rehearsal-seed3", "--as", "main"]).expect_success();
    insta::assert_snapshot!(redact::without_hash(&text));
    let json = run(&folder, &["promote", "demo-rehearsal-seed3", "--as", "new", "--format", "json"]).json();
    assert_eq!(json["replaces"], false, "{json:#}");
    // Five endpoints at three levels; the journey and its three steps at two.
    assert_eq!(json["cells"].as_array().unwrap().len(), 15 + 8, "{json:#}");
}

#[test]
fn limits_come_with_what_they_cost() {
    let folder = promoted();
    insta::assert_snapshot!(
        run(&folder, &["promote", "demo-rehearsal-seed1", "--suggest-thresholds"]).expect_success()
    );
    let arguments =
        ["promote", "demo-rehearsal-seed1", "--as", "x", "--suggest-thresholds", "--format", "json"];
    let json = run(&folder, &arguments).json();
    let offered = json["thresholds"]["limits"][0]["offered"].as_array().unwrap();
    let expected: Vec<f64> =
        offered.iter().map(|limit| limit["expected_alarms_a_day"].as_f64().unwrap()).collect();
    assert!(expected.is_sorted_by(|left, right| left >= right), "{json:#}");
}

#[test]
fn suggested_objectives_can_be_missed_and_met_and_are_read_by_a_scenario() {
    let folder = promoted();
    let shipped =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/demo.toml")).unwrap();
    for (seed, fault) in [("31", "none"), ("32", "errors:landing:30%:10m..20m"), ("33", "down:*:30m..40m")] {
        rehearse(&folder, &["--seed", seed, "--fault", fault]);
        let run_id = format!("demo-rehearsal-seed{seed}");
        let text = run(&folder, &["promote", &run_id, "--suggest-thresholds"]).expect_success();
        let lines: Vec<(&str, &str)> = text
            .lines()
            .filter(|line| line.contains(": slo = "))
            .map(|line| line.trim().split_once(": ").unwrap())
            .collect();
        assert_eq!(lines.len(), 9, "{text}");
        // Pasted as they are, comment and all.
        let mut scenario: String = shipped
            .lines()
            .filter(|line| !line.starts_with("slo = "))
            .flat_map(|line| [line, "\n"])
            .collect();
        for (workload, line) in &lines {
            // A step is named after its journey, and its name is in its own table.
            let name = workload.rsplit('.').next().unwrap();
            let name = format!("name = \"{name}\"\n");
            assert_eq!(scenario.matches(&name).count(), 1, "{workload}");
            scenario = scenario.replace(&name, &format!("{name}{line}\n"));
        }
        folder.write("pasted.toml", &scenario);
        run(&folder, &["scenario", "check", "pasted.toml"]).expect_success();

        let json = run(&folder, &["promote", &run_id, "--suggest-thresholds", "--format", "json"]).json();
        let path = folder.run_like(&format!("{run_id}-")).join(window_log::FILE);
        let windows = window_log::read(&path).unwrap().windows;
        for objective in json["objectives"].as_array().unwrap() {
            assert!(objective["over_s"].as_f64().unwrap() >= 12.0 * 300.0, "{objective:#}");
            let workload = objective["endpoint"].as_str().unwrap();
            let level = if workload.starts_with("sign_in") { "normal_load" } else { "heavy_load" };
            let p95 = Reading::Percentile(Percentile::P95);
            let limits = [
                ("mean_us", Metric::Time(TimeKind::Service, Reading::Mean)),
                ("p95_us", Metric::Time(TimeKind::Service, p95)),
                ("error_rate", Metric::ErrorRatio),
            ];
            for (key, metric) in limits {
                let Some(limit) = objective[key].as_f64() else { continue };
                let of_cell = windows.iter().filter(|window| {
                    window.cell.series() == workload
                        && &*window.cell.level == level
                        && window.validity == Validity::Valid
                });
                let values: Vec<f64> = of_cell.filter_map(|window| metric.of(window)).collect();
                let kept =
                    values.iter().filter(|value| **value <= limit).count() as f64 / values.len() as f64;
                assert!((0.01..=0.99).contains(&kept), "{key} {limit}: {kept} of {}", values.len());
                assert!(key != "error_rate" || (limit > 0.0 && limit < 1.0), "{limit}");
                // At most three digits, and none of them the noise of a float.
                let digits = limit.to_string().replace('.', "");
                assert!(digits.trim_matches('0').len() <= 3, "{limit}");
            }
        }
        let error_rates =
            json["objectives"].as_array().unwrap().iter().filter(|one| one["error_rate"].is_f64());
        assert_eq!(error_rates.count() > 0, fault != "none", "{json:#}");
    }
}

#[test]
fn a_run_is_judged_by_its_baseline_from_the_first_window_on() {
    let folder = promoted();
    rehearse(&folder, &["--seed", "4", "--baseline", "main", "--fault", "slow:browse:+80%:0s.."]);
    let report = report(&folder, "4");
    assert_eq!(report["flags"]["cells_learning"], 0, "{:#}", report["flags"]);
    let alerts = report["alerts"].as_array().unwrap();
    assert!(
        alerts.iter().any(|alert| alert["endpoint"] == "browse" && alert["is_worse"] == true),
        "{alerts:#?}"
    );
    assert!(alerts.iter().all(|alert| alert["endpoint"] == "browse"), "{alerts:#?}");
    let rows = report["comparison"]["rows"].as_array().unwrap();
    let regressed: Vec<&Value> = rows.iter().filter(|row| row["verdict"] == "regressed").collect();
    assert!(
        !regressed.is_empty() && regressed.iter().all(|row| row["endpoint"] == "browse"),
        "{regressed:#?}"
    );
    let differences = report["comparison"]["differences"].as_array().unwrap();
    assert!(
        differences.iter().all(|difference| difference.as_str().unwrap().starts_with("faults:")),
        "{differences:#?}"
    );
}

#[test]
fn the_same_code_is_not_called_slower() {
    let folder = promoted();
    rehearse(&folder, &["--seed", "5", "--baseline", "main", "--fault", "none"]);
    let report = report(&folder, "5");
    assert_eq!(report["alerts"], Value::Array(Vec::new()));
    let rows = report["comparison"]["rows"].as_array().unwrap();
    assert!(rows.iter().all(|row| row["verdict"] != "regressed"), "{rows:#?}");
}

#[test]
fn what_may_not_be_promoted() {
    let folder = promoted();
    let check = |arguments: &[&str], code: i32, says: &str| {
        let ended = run(&folder, arguments);
        assert_eq!(ended.code, Some(code), "{arguments:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(says), "{arguments:?}: {}", ended.stderr);
    };
    check(&["promote", "demo-rehearsal-seed1", "--as", "../x"], 2, "is not a valid baseline name");
    check(&["promote", "demo-rehearsal-seed1", "demo-rehearsal-seed1", "--as", "x"], 2, "is given twice");
    check(&["promote", "nothing", "--as", "x"], 2, "there is no run");
    check(&["start", "--rehearse", "--demo", "--baseline", "nothing"], 2, "there is no baseline");
    rehearse(&folder, &["--seed", "6", "--window", "200ms", "--fault", "none"]);
    let both = ["promote", "demo-rehearsal-seed1", "demo-rehearsal-seed6", "--as", "x"];
    check(&both, 3, "differences: plan.window");
    rehearse(&folder, &["--seed", "7", "--fault", "slow:browse:+200%:1h40m.."]);
    let ended = run(&folder, &["promote", "demo-rehearsal-seed7", "--as", "x"]);
    assert!(ended.stderr.contains("in this run, the first: mean service time of browse"), "{}", ended.stderr);
    let short = ["start", "--rehearse", "--demo", "--duration", "30m", "--cycle", "2m", "--seed", "8"];
    run(&folder, &short).expect_success();
    check(&["promote", "demo-rehearsal-seed8", "--as", "x"], 3, "20 valid windows");
}

#[test]
fn a_damaged_baseline_is_refused() {
    let folder = promoted();
    let whole = std::fs::read_to_string(baseline(&folder)).unwrap();
    let check = |text: &str, says: &str| {
        std::fs::write(baseline(&folder), text).unwrap();
        let ended = run(
            &folder,
            &["start", "--rehearse", "--demo", "--duration", "2h", "--cycle", "5m", "--baseline", "main"],
        );
        assert_eq!(ended.code, Some(2), "{says}: {}", ended.stderr);
        assert!(ended.stderr.contains(says), "{says}: {}", ended.stderr);
    };
    check(&whole[..whole.len() / 2], "EOF");
    check(&whole.replace("\"schema\": 1", "\"schema\": 2"), "has schema 2");
    check(&whole.replace("\"schema\": 1", "\"schema\": 0"), "schema is missing");
    check(&whole.replace("\"scenario\": \"demo\"", "\"scenario\": \"other\""), "not of \"demo\"");
    check(&whole.replace("\"spacing_s\": ", "\"spacing_s\": -"), "invalid forecast");
    check(&whole.replacen("\"sigma\": 0", "\"sigma\": -1", 1), "below 0");
    check(&whole.replacen("\"failed\": 0", "\"failed\": 99999999", 1), "cannot have failed");
    // A damaged baseline is not replaced by accident either.
    let ended = run(&folder, &["promote", "demo-rehearsal-seed1", "--as", "main"]);
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
}

#[test]
fn the_last_hour_is_told_by_endpoint() {
    let folder = promoted();
    insta::assert_snapshot!(
        run(&folder, &["status", "demo-rehearsal-seed1", "--rolling"])
            .expect_success()
            .lines()
            .skip(16)
            .collect::<Vec<_>>()
            .join("\n")
    );
    let json = run(&folder, &["status", "demo-rehearsal-seed1", "--rolling", "--format", "json"]).json();
    let spans: Vec<&Value> =
        json["rolling"].as_array().unwrap().iter().take(4).map(|row| &row["span_s"]).collect();
    // A cycle takes five minutes here, so the last five hold no more whole cycles than the last one.
    assert_eq!(spans[..3], [60, 900, 3_600]);
}
