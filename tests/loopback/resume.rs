//! Runs that are stopped or killed, and taken up again: nothing committed is lost, nothing is there twice.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use baseline::store::slowest_log;
use serde_json::Value;

use crate::support::answers::Mode;
use crate::support::folder::Folder;
use crate::support::hostile::Hostile;
use crate::support::program::{Program, Running};
use crate::support::scenario::{SHORT_CELLS, short_run};

use super::start::{code_of, windows};

/// Cycles of a run that is cut in the middle and then goes on to its end.
const SOME: u32 = 12;
/// Cycles of a run that does not come to its end by itself.
const MANY: u32 = 200;

fn begin(folder: &Folder, server: &Hostile, cycles: u32) -> Running {
    folder.write("short.toml", &short_run(&server.url(), cycles));
    Program::new(folder.path(), &["start", "short.toml"]).start()
}

/// Waits until this many windows are committed. Bounded by looks, not by a clock.
fn wait_for_windows(folder: &Folder, running: &mut Running, at_least: usize) {
    let log = || {
        let runs = crate::support::folder::entries(&folder.path().join("reports"));
        // A run is one from its manifest on.
        let run = runs.first().filter(|run| run.join("run.json").is_file());
        run.and_then(|run| std::fs::read_to_string(run.join("windows.csv")).ok()).unwrap_or_default()
    };
    for _ in 0..3_000 {
        // The header is a line too.
        if log().lines().count() > at_least {
            return;
        }
        assert!(!running.has_ended(), "it ended before it had {at_least} windows");
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("no {at_least} windows: {}", log());
}

fn manifest(run: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(run.join("run.json")).unwrap()).unwrap()
}

fn gaps(run: &Path, reason: &str) -> usize {
    manifest(run)["gaps"].as_array().unwrap().iter().filter(|gap| gap["reason"] == reason).count()
}

fn state(folder: &Folder) -> Value {
    Program::new(folder.path(), &["status", "--format", "json"]).run().json()["state"].clone()
}

/// Slow requests belong to committed windows, at most ten to each, and no trace is there twice.
fn check_slowest(run: &Path) {
    let windows = windows(run);
    let text = std::fs::read_to_string(run.join("slowest.jsonl")).unwrap();
    let slowest = slowest_log::read(run, &windows).unwrap();
    assert_eq!(text.lines().count(), slowest.len(), "a line of no window, or a damaged one");
    assert!(slowest.len() > windows.len(), "{text}");
    let traces: BTreeSet<_> = slowest.iter().map(|slow| slow.trace_id).collect();
    assert_eq!(traces.len(), slowest.len());
    for window in &windows {
        let of_window = slowest.iter().filter(|slow| slow.window == window.number).count() as u64;
        assert!(of_window <= window.counts.requests().min(10), "{window:?}");
    }
}

/// Takes the run up again; everything that was whole must still be there, as it was, and all of it once.
fn check_resumed(folder: &Folder) {
    let run = folder.only_run();
    let log = std::fs::read_to_string(run.join("windows.csv")).unwrap();
    let whole = &log[..=log.rfind('\n').unwrap()];
    let ended = Program::new(folder.path(), &["start", "--resume", "latest"]).run();
    let after = std::fs::read_to_string(run.join("windows.csv")).unwrap();
    assert!(after.starts_with(whole), "a committed row changed");
    let windows = windows(&run);
    assert_eq!(ended.code, Some(code_of(&windows)), "{ended:?}");
    assert!(windows.iter().map(|window| window.number).eq(1..=windows.len() as u64));
    let cells: BTreeSet<_> =
        windows.iter().map(|window| (window.cycle, &window.cell.workload, &window.cell.level)).collect();
    assert_eq!(cells.len(), windows.len(), "a cell was measured twice in a cycle");
    assert!(windows.len() <= (SOME * SHORT_CELLS) as usize);
    check_slowest(&run);
    assert_eq!(gaps(&run, "stopped"), 1, "{}", manifest(&run)["gaps"]);
    assert_eq!(state(folder), "completed");
    assert!(run.join("report.md").is_file());
}

#[test]
fn a_run_that_is_asked_to_end_ends_and_goes_on_when_resumed() {
    let (server, folder) = (Hostile::start(Mode::Well), Folder::new());
    let mut running = begin(&folder, &server, SOME);
    wait_for_windows(&folder, &mut running, 3);
    assert_eq!(state(&folder), "running");
    let stop = Program::new(folder.path(), &["stop"]).run();
    assert_eq!(stop.code, Some(0), "{stop:?}");
    let ended = running.end();
    assert_eq!(ended.code, Some(3), "stopped is incomplete: {ended:?}");
    assert!(ended.stderr.contains("--resume"), "{ended:?}");
    assert_eq!(state(&folder), "stopped");
    assert!(!windows(&folder.only_run()).is_empty());
    check_resumed(&folder);
}

#[test]
fn a_run_whose_target_hangs_ends_when_it_is_asked_to() {
    let (server, folder) = (Hostile::start(Mode::Hang), Folder::new());
    folder.write("short.toml", &short_run(&server.url(), MANY).replace("\"200ms\"", "\"50s\""));
    let mut running = Program::new(folder.path(), &["start", "short.toml"]).start();
    wait_for_windows(&folder, &mut running, 0);
    // It waits until the process is gone, and gives up long before the target's timeout.
    let stop = Program::new(folder.path(), &["stop"]).run();
    assert_eq!(stop.code, Some(0), "{stop:?}");
    assert_eq!(running.end().code, Some(3));
}

#[test]
fn a_run_that_is_killed_goes_on_when_resumed() {
    let (server, folder) = (Hostile::start(Mode::Well), Folder::new());
    let mut running = begin(&folder, &server, SOME);
    wait_for_windows(&folder, &mut running, 5);
    running.kill();
    assert_eq!(state(&folder), "killed");
    check_resumed(&folder);
}

#[test]
fn a_run_that_is_killed_again_and_again_loses_nothing() {
    let (server, folder) = (Hostile::start(Mode::Well), Folder::new());
    let mut running = begin(&folder, &server, MANY);
    for at_least in [1, 3, 6] {
        wait_for_windows(&folder, &mut running, at_least);
        running.kill();
        running = Program::new(folder.path(), &["start", "--resume", "latest"]).start();
    }
    wait_for_windows(&folder, &mut running, 10);
    Program::new(folder.path(), &["stop"]).run().expect_success();
    assert_eq!(running.end().code, Some(3));
    let run = folder.only_run();
    let windows = windows(&run);
    assert!(windows.iter().map(|window| window.number).eq(1..=windows.len() as u64));
    check_slowest(&run);
    assert_eq!(gaps(&run, "stopped"), 3);
}

#[test]
fn a_run_that_is_running_is_not_resumed() {
    let (server, folder) = (Hostile::start(Mode::Well), Folder::new());
    let mut running = begin(&folder, &server, MANY);
    wait_for_windows(&folder, &mut running, 1);
    let error = Program::new(folder.path(), &["start", "--resume", "latest"]).run().expect_refusal();
    assert!(error.contains("another process is running"), "{error}");
    assert!(!running.has_ended());
}

#[test]
fn a_run_that_is_over_is_not_measured_again() {
    let (server, folder) = (Hostile::start(Mode::Well), Folder::new());
    folder.write("short.toml", &short_run(&server.url(), 1));
    Program::new(folder.path(), &["start", "short.toml"]).run();
    let (before, requests) = (windows(&folder.only_run()), server.requests());
    let ended = Program::new(folder.path(), &["start", "--resume", "latest"]).run();
    assert_eq!(ended.code, Some(code_of(&before)), "{ended:?}");
    assert_eq!(windows(&folder.only_run()), before);
    assert_eq!(server.requests(), requests);
}
