//! A run of schema 2, without checksums: today's program reads it, comes to the same numbers, and resumes it.
//!
//! A closed and an open loop at two levels, 24 cycles, with a slowdown of the open loop from minute 8 to 16.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use baseline::store::manifest::{Manifest, SCHEMA};
use baseline::store::run_directory::{Commit, RunDirectory};
use baseline::store::window_log;

use crate::support::fixtures;
use crate::support::folder::{Folder, copy};
use crate::support::program::Program;

const RUN: &str = "recent-rehearsal-seed7-20260101T000000Z";

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/runs/schema-2").join(name)
}

fn text_of(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

/// A folder with the run, and the baseline that it was started with.
fn kept() -> Folder {
    let folder = Folder::new();
    copy(&fixture("run"), &folder.path().join("reports").join(RUN));
    let baselines = folder.path().join("baselines/recent");
    std::fs::create_dir_all(&baselines).unwrap();
    std::fs::copy(fixture("run/baseline.json"), baselines.join("main.json")).unwrap();
    folder
}

/// The value of each metric and cell, without intervals and verdicts: those follow today's rules.
fn values(summary: &str) -> BTreeMap<Vec<String>, String> {
    let mut reader = csv::Reader::from_reader(summary.as_bytes());
    let header = reader.headers().unwrap().clone();
    let place = |name: &str| header.iter().position(|column| column == name).unwrap();
    let (key, value) = (["endpoint", "level", "users", "metric"].map(place), place("value"));
    let records = reader.records().map(Result::unwrap);
    records.map(|row| (key.map(|at| row[at].to_owned()).to_vec(), row[value].to_owned())).collect()
}

#[test]
fn a_report_has_the_values_that_it_had() {
    let folder = kept();
    Program::new(folder.path(), &["report", "latest"]).run().expect_success();
    let now = values(&text_of(&folder.only_run().join("report/summary.csv")));
    let then = values(&text_of(&fixture("drawn/summary.csv")));
    assert!(then.len() > 100, "{}", then.len());
    for (key, value) in then {
        assert_eq!(now.get(&key), Some(&value), "{key:?}");
    }
}

#[test]
fn its_status_is_read() {
    let folder = kept();
    let json = Program::new(folder.path(), &["status", "--format", "json"]).run().json();
    assert_eq!((&json["run"], &json["state"]), (&RUN.into(), &"completed".into()), "{json:#}");
    for (key, expected) in [("windows", 96), ("planned_windows", 96), ("invalid_windows", 0), ("cycle", 23)] {
        assert_eq!(json[key], expected, "{key}: {json:#}");
    }
}

#[test]
fn it_is_promoted_and_compared_as_it_was() {
    let folder = kept();
    let program = |arguments: &[&str]| Program::new(folder.path(), arguments).run().json();
    let then = |name: &str| serde_json::from_str::<Value>(&text_of(&fixture(name))).unwrap();
    let compared = program(&["compare", "main", "latest", "--format", "json"]);
    assert_eq!(compared["rows"], then("drawn/compare.json")["rows"]);
    let promoted = program(&["promote", "latest", "--as", "next", "--format", "json"]);
    let mut cells = promoted["cells"].clone();
    for cell in cells.as_array_mut().unwrap() {
        // Kept since; the counts it follows from are in the old file.
        let ratio = cell["metrics"].as_object_mut().unwrap().remove("cache_hit_ratio").unwrap();
        assert_eq!(ratio["after"].is_number(), cell["endpoint"] == "browse", "{cell}");
    }
    assert_eq!(cells, then("drawn/promote.json")["cells"]);
}

#[test]
fn it_is_resumed_in_todays_columns() {
    let folder = kept();
    let run = folder.only_run();
    let windows = |run: &Path| window_log::read(&run.join(window_log::FILE)).unwrap().windows;
    let old = windows(&run);
    let (mut directory, committed) = RunDirectory::resume(&run, Commit::EachGroup).unwrap();
    assert_eq!((committed.len(), &committed), (96, &old));
    directory.commit(&fixtures::group(97, &[100, 200, 300])).unwrap();
    drop(directory);
    assert_eq!(windows(&run)[..96], old[..]);
    assert_eq!(Manifest::read(&run).unwrap().schema, SCHEMA);
    Program::new(folder.path(), &["report", "latest"]).run().expect_success();
}
