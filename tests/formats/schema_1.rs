//! A run and a baseline of schema 1, as the last version that wrote them left them: today's program reads both, and comes
//! to the same numbers.
//!
//! Two endpoints at two levels, 24 cycles, with errors of one endpoint from minute 8 to 16.

use std::path::Path;

use serde_json::Value;

use baseline::domain::metric::Metric;
use baseline::store::manifest::{Manifest, SCHEMA};
use baseline::store::run_directory::{Commit, RunDirectory};
use baseline::store::window_log;

use crate::support::fixtures;
use crate::support::folder::{Folder, copy};
use crate::support::program::Program;

const RUN: &str = "old-rehearsal-seed7-20260101T000000Z";

fn fixture(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/runs/schema-1").join(name)
}

fn json_of(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// A folder with the run, and the baseline that it was started with.
fn kept() -> Folder {
    let folder = Folder::new();
    copy(&fixture("run"), &folder.path().join("reports").join(RUN));
    let baselines = folder.path().join("baselines/old");
    std::fs::create_dir_all(&baselines).unwrap();
    std::fs::copy(fixture("baseline.json"), baselines.join("main.json")).unwrap();
    folder
}

/// Requires every number of the old value in the new one, in its place. The new one may have more.
fn check_numbers(old: &Value, new: &Value, place: &str) -> usize {
    // Intervals of means and throughput take the daily cycle out now, and fewer have one.
    let is_of_windows =
        ["mean", "throughput", "response_time_interval"].iter().any(|name| place.contains(name));
    match (old, new) {
        // The cache hit ratio is judged as well now, so there are more values and more outliers.
        _ if place.contains("flags") || place.contains("outliers") => 0,
        (Value::Array(_), Value::Array(_) | Value::Null)
            if is_of_windows && place.contains("interval_95") =>
        {
            0
        }
        // The last bits of a sum are the compiler's choice.
        (Value::Number(was), Value::Number(is)) => {
            let (was, is) = (was.as_f64().unwrap(), is.as_f64().unwrap());
            assert!((was - is).abs() <= 1e-12 * was.abs(), "{place}: {is}, and was {was}");
            1
        }
        // Which charts there are has changed: none that is empty, and one of all endpoints.
        (Value::Array(_), Value::Array(_)) if place == ".charts" => 0,
        (Value::Array(was), Value::Array(is)) => {
            assert_eq!(was.len(), is.len(), "{place}");
            let pairs = was.iter().zip(is).enumerate();
            pairs.map(|(at, (was, is))| check_numbers(was, is, &format!("{place}[{at}]"))).sum()
        }
        (Value::Object(was), Value::Object(_)) => {
            // The format has a number of its own.
            let keys = was.iter().filter(|(key, _)| *key != "schema");
            keys.map(|(key, was)| check_numbers(was, &new[key], &format!("{place}.{key}"))).sum()
        }
        (Value::Number(_) | Value::Array(_) | Value::Object(_), _) => panic!("{place}: {new}, and was {old}"),
        (Value::Null, _) => {
            assert!(!new.is_number(), "{place}: {new}, and was unknown");
            0
        }
        _ => 0,
    }
}

#[test]
fn a_report_of_an_old_run_has_its_numbers() {
    let folder = kept();
    Program::new(folder.path(), &["report", "latest"]).run().expect_success();
    let run = folder.only_run();
    // Without the columns that were added since, and without intervals: those of means take the daily cycle out now, and need
    // more windows than this run has.
    let summary = |path: &Path| -> Vec<String> {
        let text = std::fs::read_to_string(path).unwrap();
        let kept = |line: &str| {
            line.split(',')
                .take(14)
                .enumerate()
                .filter(|(i, _)| ![6, 7].contains(i))
                .map(|(_, field)| field.to_owned())
                .collect::<Vec<_>>()
                .join(",")
        };
        // Metrics that this schema did not have are no part of what it was.
        let is_later = |line: &&str| Metric::LATER.iter().any(|metric| line.contains(&metric.name()));
        text.lines().filter(|line| !is_later(line)).map(kept).collect()
    };
    assert_eq!(summary(&run.join("report/summary.csv")), summary(&fixture("drawn/summary.csv")));
    let numbers =
        check_numbers(&json_of(&fixture("drawn/report.json")), &json_of(&run.join("report.json")), "");
    assert!(numbers > 500, "{numbers}");
}

#[test]
fn the_status_of_an_old_run_is_told() {
    let folder = kept();
    let json = Program::new(folder.path(), &["status", "--format", "json"]).run().json();
    assert_eq!((&json["run"], &json["state"]), (&RUN.into(), &"completed".into()), "{json:#}");
    for (key, expected) in [("windows", 96), ("planned_windows", 96), ("requests", 53_019), ("failed", 959)] {
        assert_eq!(json[key], expected, "{key}: {json:#}");
    }
    for (key, expected) in [("flags", 30), ("alerts", 2), ("invalid_windows", 0), ("cycle", 23)] {
        assert_eq!(json[key], expected, "{key}: {json:#}");
    }
    // It did not count them: not 0.
    assert!(json["outliers"].is_null(), "{json:#}");
    let text = Program::new(folder.path(), &["status"]).run().expect_success();
    assert!(text.contains("30 beyond 2 sigma of the baseline\n"), "{text}");
}

#[test]
fn an_old_run_is_promoted_to_the_same_numbers() {
    let folder = kept();
    // One of its SLOs is violated, so that it is only promoted on request.
    let promote = ["promote", "latest", "--as", "next", "--format", "json"];
    let refused = Program::new(folder.path(), &promote).run();
    assert_eq!((refused.code, refused.stdout.as_str()), (Some(3), ""), "{refused:?}");
    let told = Program::new(folder.path(), &[&promote[..], &["--allow-violated"]].concat()).run();
    let numbers = check_numbers(&json_of(&fixture("drawn/promote.json")), &told.json(), "");
    assert!(numbers > 20, "{numbers}");
}

#[test]
fn an_old_baseline_is_compared_with_an_old_run() {
    let folder = kept();
    let told = Program::new(folder.path(), &["compare", "main", "latest", "--format", "json"]).run();
    let numbers = check_numbers(&json_of(&fixture("drawn/compare.json")), &told.json(), "");
    assert!(numbers > 100, "{numbers}");
}

#[test]
fn an_old_run_is_resumed_in_todays_columns() {
    let folder = kept();
    let run = folder.only_run();
    let windows = |run: &Path| window_log::read(&run.join(window_log::FILE)).unwrap().windows;
    let old = windows(&run);
    let (mut directory, committed) = RunDirectory::resume(&run, Commit::EachGroup).unwrap();
    assert_eq!((committed.len(), &committed), (96, &old));
    let group = fixtures::group(97, &[100, 200, 300]);
    directory.commit(&group).unwrap();
    drop(directory);
    let (directory, committed) = RunDirectory::resume(&run, Commit::EachGroup).unwrap();
    drop(directory);
    assert_eq!(committed[..96], old[..]);
    assert_eq!((committed.len(), &committed[96].counts), (97, &group.whole.window.counts));
    assert_eq!(windows(&run), committed);
    assert_eq!(Manifest::read(&run).unwrap().schema, SCHEMA);
    Program::new(folder.path(), &["report", "latest"]).run().expect_success();
}

#[test]
fn numbers_that_differ_are_found() {
    let differs = |old: &str, new: &str| {
        let (old, new) = [old, new].map(|text| serde_json::from_str::<Value>(text).unwrap()).into();
        std::panic::catch_unwind(|| check_numbers(&old, &new, "")).is_err()
    };
    assert!(differs(r#"{"a": [1, 2]}"#, r#"{"a": [1, 3]}"#));
    assert!(differs(r#"{"a": 1}"#, r#"{"b": 1}"#));
    assert!(differs(r#"{"a": null}"#, r#"{"a": 0}"#));
    assert!(!differs(
        r#"{"a": 1, "schema": 1, "word": "x"}"#,
        r#"{"a": 1, "b": 2, "schema": 2, "word": "y"}"#
    ));
}
