//! What a plan is too small for is said before it is measured; rehearsals of different plans do not replace each other.

use serde_json::Value;

use crate::support::folder::{Folder, contents, entries};
use crate::support::program::{Ended, Program};
use crate::support::scenario::MINIMAL;

fn run(folder: &Folder, arguments: &[&str]) -> Ended {
    Program::new(folder.path(), arguments).run()
}

#[test]
fn a_plan_that_cannot_be_promoted_says_so_with_what_would_work() {
    let folder = Folder::new();
    let short = ["start", "demo", "--duration", "1h", "--cycle", "5m"];
    let dry = [&short[..], &["--dry-run"]].concat();
    let text = run(&folder, &dry).expect_success();
    let expected = "warning: this plan cannot be promoted to a baseline: 12 windows per cell, 20 needed; \
                    use --duration 2h or --cycle 3m, or promote 2 runs of it together";
    assert!(text.contains(expected), "{text}");
    let json = run(&folder, &[&dry[..], &["--format", "json"]].concat()).json();
    assert_eq!(json["baseline"]["is_enough"], false);
    assert_eq!(
        (&json["baseline"]["duration_s"], &json["baseline"]["cycle_s"]),
        (&7_200.0.into(), &180.0.into())
    );
    assert_eq!(json["warnings"].as_array().unwrap().len(), 2, "{json:#}");
    // The same before a run, which goes on.
    let started = run(&folder, &[&short[..], &["--rehearse"]].concat());
    assert!(started.stderr.contains(expected) && started.stderr.contains(": 204 windows in "), "{started:?}");

    // Both suggestions work, and so do two runs together.
    for better in [["--duration", "2h", "--cycle", "5m"], ["--duration", "1h", "--cycle", "3m"]] {
        let text = run(&folder, &[&["start", "demo", "--dry-run"], &better[..]].concat()).expect_success();
        assert!(!text.contains("cannot be promoted"), "{text}");
    }
    run(&folder, &[&short[..], &["--rehearse", "--seed", "2"]].concat());
    let promote = ["promote", "demo-rehearsal-seed1-", "--as", "one"];
    assert_eq!(run(&folder, &promote).code, Some(3));
    run(&folder, &["promote", "demo-rehearsal-seed1-", "demo-rehearsal-seed2-", "--as", "two"])
        .expect_success();
}

#[test]
fn the_check_says_what_neither_a_baseline_nor_a_gate_can_do() {
    let folder = Folder::new();
    folder.write("small.toml", MINIMAL);
    let text = run(&folder, &["scenario", "check", "small.toml"]).expect_success();
    insta::assert_snapshot!(text);
    let json = run(&folder, &["scenario", "check", "small.toml", "--format", "json"]).json();
    assert_eq!(json["baseline"]["windows_per_cell"], 10);
    assert_eq!((json["warnings"].as_array().unwrap().len(), json["notes"].as_array().unwrap().len()), (2, 1));
}

#[test]
fn a_gate_that_cannot_come_to_a_verdict_measures_nothing() {
    let folder = Folder::new();
    let plan = ["demo", "--rehearse", "--duration", "2h", "--cycle", "5m"];
    run(&folder, &[&["start"], &plan[..], &["--seed", "1"]].concat()).expect_success();
    run(&folder, &["promote", "demo-rehearsal-seed1-", "--as", "one"]).expect_success();
    let gate = ["gate", "--against", "one", "--rehearse", "--duration", "2h", "--cycle", "5m", "--seed", "9"];
    let before = contents(&folder.path().join("reports"));
    let ended = run(&folder, &gate);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    let said = "nothing was measured, because no verdict is possible: baseline one has 1 run and --runs is 3; \
                promote at least 5 runs, and use --runs 3 or more";
    assert!(ended.stdout.contains(said), "{ended:?}");
    let passing = run(&folder, &[&gate[..], &["--inconclusive", "pass"]].concat());
    assert_eq!(passing.code, Some(0), "{passing:?}");
    assert!(contents(&folder.path().join("reports")) == before);

    for seed in ["2", "3"] {
        run(&folder, &[&["start"], &plan[..], &["--seed", seed]].concat()).expect_success();
    }
    let three = [
        "promote",
        "demo-rehearsal-seed1-",
        "demo-rehearsal-seed2-",
        "demo-rehearsal-seed3-",
        "--as",
        "three",
    ];
    run(&folder, &three).expect_success();
    let thin = run(&folder, &[&["gate", "--against", "three"], &gate[3..]].concat());
    assert!(thin.stderr.contains("can find a regression, but not accept the change"), "{thin:?}");
    assert!(entries(&folder.path().join("reports")).len() >= 6);
}

/// The ID of the run that a rehearsal wrote.
fn rehearsed(folder: &Folder, more: &[&str]) -> String {
    let plan = ["start", "demo", "--rehearse", "--cycle", "5m", "--format", "json"];
    let json: Value = run(folder, &[&plan[..], more].concat()).json();
    json["run"].as_str().unwrap().to_owned()
}

#[test]
fn rehearsals_of_different_plans_do_not_replace_each_other() {
    let folder = Folder::new();
    let plans: [&[&str]; 6] = [
        &["--duration", "1h"],
        &["--duration", "2h"],
        &["--duration", "1h", "--fault", "down:*:10m..20m"],
        &["--duration", "1h", "--daily-swing", "20"],
        &["--duration", "1h", "--load-percent", "50"],
        &["--duration", "1h", "--seed", "2"],
    ];
    let mut ids: Vec<String> = plans.iter().map(|plan| rehearsed(&folder, plan)).collect();
    assert!(ids.iter().all(|id| id.starts_with("demo-rehearsal-seed")), "{ids:?}");
    assert_eq!(entries(&folder.path().join("reports")).len(), plans.len());
    // The same again has the same folder.
    assert_eq!(rehearsed(&folder, plans[2]), ids[2]);
    assert_eq!(entries(&folder.path().join("reports")).len(), plans.len());
    ids.dedup();
    assert_eq!(ids.len(), plans.len());
    // A prefix finds the only run of a seed.
    run(&folder, &["status", "demo-rehearsal-seed2-"]).expect_success();
}
