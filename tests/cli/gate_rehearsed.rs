//! `gate` with runs that it measures itself, on a virtual clock: confirmation, stages, objectives over a stretch.

use std::sync::LazyLock;

use serde_json::Value;

use crate::support::folder::{Folder, copy, entries};
use crate::support::program::{Ended, Program};

const PLAN: [&str; 4] = ["--duration", "2h", "--cycle", "5m"];

fn run(folder: &Folder, arguments: &[&str]) -> Ended {
    Program::new(folder.path(), arguments).run()
}

/// Five clean runs of a scenario, promoted.
fn promoted(folder: &Folder, scenario: &str, name: &str, more: &[&str]) {
    let mut promote = vec!["promote".to_owned(), "--as".to_owned(), name.to_owned()];
    for seed in ["1", "2", "3", "4", "5"] {
        let usual = ["start", scenario, "--rehearse", "--seed", seed];
        let printed = run(folder, &[&usual[..], &PLAN, more].concat()).expect_success();
        promote.push(printed.trim().trim_end_matches("/report.md").to_owned());
    }
    let arguments: Vec<&str> = promote.iter().map(String::as_str).collect();
    run(folder, &arguments).expect_success();
}

/// Baselines of the demo at its whole load and at half of it: `main` and `main-50`.
static KNOWN: LazyLock<Folder> = LazyLock::new(|| {
    let folder = Folder::new();
    promoted(&folder, "demo", "main-50", &["--share", "50"]);
    promoted(&folder, "demo", "main", &[]);
    folder
});

/// A folder with those baselines, and without the runs that they come from.
fn with_baselines() -> Folder {
    let folder = Folder::new();
    copy(&KNOWN.path().join("baselines/demo"), &folder.path().join("baselines/demo"));
    folder
}

fn gate(folder: &Folder, more: &[&str]) -> (Option<i32>, Value) {
    let usual = ["gate", "--against", "main", "--rehearse", "--format", "json"];
    let ended = run(folder, &[&usual[..], &PLAN, more].concat());
    (ended.code, ended.json())
}

fn runs_of(json: &Value) -> usize {
    json["after"]["runs"].as_array().unwrap().len()
}

#[test]
fn what_may_have_changed_is_measured_a_second_time() {
    let folder = with_baselines();
    let (code, json) = gate(&folder, &[]);
    assert_eq!((code, runs_of(&json)), (Some(0), 3), "{json:#}");
    assert_eq!(json["confirmation"], "not_needed");
    // What a gate measures is kept as data, and drawn when somebody asks.
    assert!(
        !entries(&folder.path().join("reports"))
            .iter()
            .any(|run| { run.to_string_lossy().contains("seed1001") && run.join("report.md").exists() })
    );
    let (code, json) = gate(&folder, &["--fault", "slow:browse:+25%:0s..2h"]);
    assert_eq!((code, runs_of(&json)), (Some(1), 6), "{json:#}");
    assert_eq!(json["confirmation"], "done");
    let rows = json["metrics"].as_array().unwrap().iter().filter(|row| row["verdict"] == "regressed");
    assert!(rows.clone().all(|row| row["endpoint"] == "browse") && rows.count() >= 10, "{json:#}");
}

#[test]
fn another_plan_is_refused_before_anything_is_measured() {
    let folder = with_baselines();
    let (code, json) = gate(&folder, &["--window", "100ms"]);
    assert_eq!((code, runs_of(&json)), (Some(3), 0), "{json:#}");
    let reason = json["reason"].as_str().unwrap();
    assert!(reason.contains("plan.window is 100ms, was 120ms"), "{reason}");
    assert_eq!(entries(&folder.path().join("reports")), Vec::<std::path::PathBuf>::new());
}

#[test]
fn stages_stop_at_the_first_that_is_not_accepted() {
    let folder = with_baselines();
    let shares = |json: &Value| -> Vec<u64> {
        json["stages"]
            .as_array()
            .unwrap()
            .iter()
            .map(|stage| stage["share_percent"].as_u64().unwrap())
            .collect()
    };
    let (code, json) = gate(&folder, &["--stages", "50,100"]);
    assert_eq!((code, shares(&json)), (Some(0), vec![50, 100]), "{json:#}");
    let (code, json) = gate(&folder, &["--stages", "50,100", "--fault", "slow:landing:+40%:0s..2h"]);
    assert_eq!((code, shares(&json)), (Some(1), vec![50]), "{json:#}");
    let refused =
        run(&folder, &["gate", "--against", "main", "--rehearse", "--stages", "10,100"]).expect_refusal();
    assert!(
        refused.contains("there is no baseline main-10") && refused.contains("--load-percent 10"),
        "{refused}"
    );
}

#[test]
fn an_objective_is_judged_over_its_stretch_and_the_window_named() {
    let folder = Folder::new();
    let shipped =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/demo.toml")).unwrap();
    let strict = "slo = { p95 = \"25ms\", for = \"20m\" }";
    let text = shipped
        .replace("name = \"demo\"", "name = \"strict\"")
        .replace("slo = { mean = \"50ms\", p95 = \"100ms\", error_rate = 0.01 }", strict);
    folder.write("strict.toml", &text);
    promoted(&folder, "strict.toml", "main", &[]);
    // The last quarter of an hour of two hours: nothing in the whole run's percentiles, and all of the last stretch.
    let late = "slow:browse:+80%:90m..2h";
    let (code, json) = gate(
        &folder,
        &["--scenario", "strict.toml", "--fault", late, "--floor", "900", "--tail-floor", "900"],
    );
    assert_eq!(code, Some(1), "{json:#}");
    let broken = json["broken_objectives"].as_array().unwrap();
    assert!(!broken.is_empty(), "{json:#}");
    for one in broken {
        assert_eq!((&one["endpoint"], &one["objective"]), (&"browse".into(), &"p95".into()), "{one}");
        assert!(one["measured"].as_f64() > one["limit"].as_f64(), "{one}");
        assert!(one["until"].as_str().unwrap() > "2026-01-01T01:30:00", "{one}");
        assert!(one["last_window"].as_u64() > one["first_window"].as_u64(), "{one}");
    }
    let reason = json["reason"].as_str().unwrap();
    assert!(reason.starts_with("browse at ") && reason.contains("violated its SLO"), "{reason}");
    let (code, json) = gate(&folder, &["--scenario", "strict.toml"]);
    assert_eq!((code, json["broken_objectives"].as_array().unwrap().len()), (Some(0), 0), "{json:#}");
}

#[test]
fn an_objective_that_no_span_can_have_is_refused() {
    let folder = Folder::new();
    let shipped =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/demo.toml")).unwrap();
    folder.write(
        "bad.toml",
        &shipped.replacen("error_rate = 0.01 }", "error_rate = 0.01, for = \"soon\" }", 1),
    );
    let said = run(&folder, &["scenario", "check", "bad.toml"]).expect_refusal();
    assert!(said.contains("endpoint[0].slo.for"), "{said}");
}
