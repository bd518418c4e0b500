//! `status`, `list` and `report` on a rehearsed run, as people and programs see them.

use baseline::domain::metric::Metric;
use serde_json::Value;

use std::path::Path;
use std::sync::LazyLock;

use crate::support::folder::{Folder, contents};
use crate::support::program::{Ended, Program};
use crate::support::redact;

use super::rehearse;

fn rehearsed() -> Folder {
    static REHEARSED: LazyLock<Folder> = LazyLock::new(|| {
        let folder = Folder::new();
        rehearse(&folder, &["--seed", "7"]);
        folder
    });
    Folder::copy_of(&REHEARSED)
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
    // How long the report takes decides whether that it is being written is said.
    let talk = ended.stderr.replace("writing the report\n", "");
    insta::assert_snapshot!(redact::without_hash(&format!("{}--- talk\n{talk}", ended.stdout)));
}

#[test]
fn status_of_a_rehearsed_run() {
    let folder = rehearsed();
    redact::settings_on_virtual_clock().bind(|| {
        insta::assert_snapshot!(run(&folder, &["status"]).expect_success());
    });
    let json = run(&folder, &["status", "--format", "json"]).json();
    assert_eq!((&json["state"], &json["windows"]), (&"completed".into(), &408.into()), "{json:#}");
    assert!(json["left_s"].is_null(), "{json:#}");
}

#[test]
fn list_of_runs() {
    let folder = Folder::new();
    insta::assert_snapshot!("list_of_no_runs", run(&folder, &["list"]).expect_success());
    rehearse(&folder, &["--seed", "7"]);
    rehearse(&folder, &["--seed", "8"]);
    insta::assert_snapshot!(redact::without_hash(&run(&folder, &["list"]).expect_success()));
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
    assert_eq!(report["health"]["windows"], 408);
}

#[test]
fn reports_are_drawn_again_to_the_last_byte() {
    let folder = rehearsed();
    let run_folder = folder.only_run();
    let before = contents(&run_folder);
    let is_drawn = |path: &&Path| {
        let name = path.to_str().unwrap();
        ["report", "chart"].iter().any(|drawn| name.starts_with(drawn))
    };
    let drawn: Vec<&Path> = before.keys().map(std::path::PathBuf::as_path).filter(is_drawn).collect();
    for name in &drawn {
        std::fs::remove_file(run_folder.join(name)).unwrap();
    }
    let told = run(&folder, &["report"]).expect_success();
    let mut named: Vec<&Path> =
        told.lines().map(|line| Path::new(line).strip_prefix(relative(&run_folder)).unwrap()).collect();
    named.sort_unstable();
    assert_eq!(named, drawn, "{told}");
    assert!(
        named.iter().filter(|name| name.extension().is_some_and(|end| end == "png")).count() > 10,
        "{named:?}"
    );
    assert!(contents(&run_folder) == before);
}

/// A run's folder as the program names it.
fn relative(run: &Path) -> std::path::PathBuf {
    Path::new("reports").join(run.file_name().unwrap())
}

#[test]
fn only_what_is_asked_for_is_drawn() {
    let folder = rehearsed();
    let run_folder = folder.only_run();
    for (only, file) in [
        ("csv", "report/incidents.csv"),
        ("csv", "report/outliers.csv"),
        ("csv", "report/summary.csv"),
        ("md", "report.md"),
        ("html", "report.html"),
        ("json", "report.json"),
    ] {
        std::fs::remove_file(run_folder.join(file)).unwrap();
        let told = run(&folder, &["report", "latest", "--only", only]).expect_success();
        assert!(
            told.lines().any(|line| line == relative(&run_folder).join(file).to_str().unwrap()),
            "{told}"
        );
        assert!(run_folder.join(file).is_file());
    }
    assert!(!run(&folder, &["report", "--only", "png"]).expect_success().contains("report.md"));
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
