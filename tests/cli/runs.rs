//! `status`, `list` and `report` on a rehearsed run, as people and programs see them.

use baseline::domain::metric::Metric;
use serde_json::Value;

use crate::support::folder::{Folder, entries};
use crate::support::program::{Ended, Program};
use crate::support::redact;

use super::rehearse;

fn rehearsed() -> Folder {
    let folder = Folder::new();
    rehearse(&folder, &["--seed", "7"]);
    folder
}

fn run(folder: &Folder, arguments: &[&str]) -> Ended {
    Program::new(folder.path(), arguments).run()
}

fn report(folder: &Folder) -> Value {
    serde_json::from_slice(&std::fs::read(folder.only_run().join("report.json")).unwrap()).unwrap()
}

#[test]
fn what_a_rehearsal_says() {
    let folder = Folder::new();
    let arguments = ["start", "--rehearse", "--demo", "--duration", "1h", "--cycle", "5m", "--seed", "7"];
    let ended = run(&folder, &arguments);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    insta::assert_snapshot!(format!("{}--- talk\n{}", ended.stdout, ended.stderr));
}

#[test]
fn status_of_a_rehearsed_run() {
    let folder = rehearsed();
    redact::settings_on_virtual_clock().bind(|| {
        insta::assert_snapshot!(run(&folder, &["status"]).expect_success());
    });
    let json = run(&folder, &["status", "--format", "json"]).json();
    assert_eq!((&json["state"], &json["windows"]), (&"completed".into(), &360.into()), "{json:#}");
    assert!(json["left_s"].is_null(), "{json:#}");
}

#[test]
fn list_of_runs() {
    let folder = Folder::new();
    insta::assert_snapshot!("list_of_no_runs", run(&folder, &["list"]).expect_success());
    rehearse(&folder, &["--seed", "7"]);
    rehearse(&folder, &["--seed", "8"]);
    insta::assert_snapshot!(run(&folder, &["list"]).expect_success());
    let json = run(&folder, &["list", "--format", "json"]).json();
    let states: Vec<&Value> = json["runs"].as_array().unwrap().iter().map(|run| &run["state"]).collect();
    assert_eq!(states, ["completed", "completed"], "{json:#}");
}

#[test]
fn report_for_people() {
    let folder = rehearsed();
    let text = std::fs::read_to_string(folder.only_run().join("report.md")).unwrap();
    redact::settings_on_virtual_clock().bind(|| insta::assert_snapshot!(text));
}

#[test]
fn report_for_programs_has_every_metric_of_every_cell() {
    let report = report(&rehearsed());
    let levels = report["levels"].as_array().unwrap();
    assert_eq!(levels.len(), 3);
    for cell in levels.iter().flat_map(|level| level["cells"].as_array().unwrap()) {
        for metric in Metric::ALL {
            // Bytes are a count of the run, not a reading of a cell.
            if metric != Metric::Bytes {
                assert!(cell.get(metric.name()).is_some(), "{} is missing: {cell:#}", metric.name());
            }
        }
    }
    assert_eq!(report["health"]["windows"], 360);
}

#[test]
fn reports_are_drawn_again_as_they_were() {
    let folder = rehearsed();
    let files = ["report.md", "report.json"].map(|name| folder.only_run().join(name));
    let before = files.clone().map(|file| std::fs::read(file).unwrap());
    for file in &files {
        std::fs::remove_file(file).unwrap();
    }
    let told = run(&folder, &["report"]).expect_success();
    assert_eq!(told.lines().count(), 2, "{told}");
    assert!(files.clone().map(|file| std::fs::read(file).unwrap()) == before);
    std::fs::remove_file(&files[1]).unwrap();
    run(&folder, &["report", "latest", "--only", "md"]).expect_success();
    assert!(files[0].is_file() && !files[1].exists(), "{:?}", entries(&folder.only_run()));
}

#[test]
fn a_run_is_found_by_name_prefix_path_and_as_the_latest() {
    let folder = rehearsed();
    let path = folder.only_run();
    let name = path.file_name().unwrap().to_str().unwrap();
    for wanted in [name, &name[..6], path.to_str().unwrap(), "latest"] {
        assert!(run(&folder, &["status", wanted]).expect_success().starts_with(name), "{wanted}");
    }
}
