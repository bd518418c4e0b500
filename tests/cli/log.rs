//! `start --log`: one line per event, alone on standard error or in a file that is rotated, without secrets.

use std::fs;
use std::sync::Arc;

use baseline::observe::Exporter as _;
use baseline::observe::log::{Format, Keep, Level, Log, LogExporter, LogOptions};
use baseline::run::event::Event;
use baseline::run::follow::{Distributions, FollowedWindow, Group, RunFollower};
use serde_json::Value;

use super::rehearse;
use crate::support::folder::{Folder, entries};
use crate::support::planted::PLANTED;
use crate::support::program::{Ended, Program};

/// Rehearses two hours of the demo.
fn start(folder: &Folder, arguments: &[&str]) -> Ended {
    let usual = ["start", "--rehearse", "--demo", "--duration", "2h", "--cycle", "3m"];
    Program::new(folder.path(), &[&usual, arguments].concat()).run()
}

fn events(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}")))
        .collect()
}

fn of<'e>(events: &'e [Value], name: &str) -> Vec<&'e Value> {
    events.iter().filter(|event| event["event"] == name).collect()
}

#[test]
fn with_json_on_standard_error_every_line_is_an_event() {
    let folder = Folder::new();
    let fault = ["--fault", "slow:browse:+100%:90m..121m"];
    let ended = start(&folder, &[&["--log", "json", "--log-level", "debug"][..], &fault].concat());
    let events = events(&ended.stderr);
    let run = of(&events, "run_started")[0]["run"].as_str().unwrap();
    assert_eq!(folder.only_run().file_name().unwrap(), run);
    let windows = of(&events, "window_committed");
    let rows = fs::read_to_string(folder.only_run().join("windows.csv")).unwrap().lines().count() - 1;
    assert_eq!(windows.len(), rows);
    for event in &events {
        assert!(
            event["time"].as_str().is_some_and(|time| time.ends_with('Z') && time.len() == 24),
            "{event}"
        );
        assert!(["error", "warn", "info", "debug"].contains(&event["level"].as_str().unwrap()), "{event}");
    }
    let window = windows[0];
    for key in ["window", "requests", "failed", "endpoint", "load_level", "validity", "started_at"] {
        assert!(!window[key].is_null(), "{key}: {window}");
    }
    let opened = of(&events, "incident_opened");
    assert!(!opened.is_empty() && opened.iter().all(|event| event["level"] == "warn"), "{opened:?}");
    assert!(of(&events, "outlier").iter().all(|event| event["level"] == "debug"));
    let end = of(&events, "run_ended");
    assert_eq!((end.len(), end[0]["state"].as_str()), (1, Some("completed")));
    assert!(!end[0]["verdict"].is_null());
}

#[test]
fn an_error_is_an_event_too() {
    let folder = Folder::new();
    let ended = Program::new(folder.path(), &["start", "no-such-scenario", "--log", "json"]).run();
    let events = events(&ended.stderr);
    assert_eq!(events.last().unwrap()["level"], "error", "{events:?}");
}

#[test]
fn a_file_is_rotated_and_kept_as_long_as_said() {
    let folder = Folder::new();
    let log = ["--log-file", "run.log", "--log-rotate", "2KB", "--log-keep", "3", "--log", "text"];
    let ended = start(&folder, &log);
    assert!(ended.stderr.contains("measuring a simulated run"), "the progress stays: {}", ended.stderr);
    let logs: Vec<_> = entries(folder.path())
        .into_iter()
        .filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with("run.log"))
        .collect();
    assert_eq!(logs.len(), 4, "{logs:?}");
    for path in &logs {
        let text = fs::read_to_string(path).unwrap();
        assert!(text.len() <= 2048 && text.ends_with('\n'), "{path:?}");
        assert!(text.lines().all(|line| line.contains(" event=")), "{text}");
    }
}

#[test]
fn a_file_that_cannot_be_written_is_an_error_before_the_run() {
    let folder = Folder::new();
    let refused = start(&folder, &["--log-file", "no/such/folder/run.log"]).expect_refusal();
    assert!(refused.contains("cannot write the log to no/such/folder/run.log"), "{refused}");
    assert!(!folder.path().join("reports").exists());
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_a_warning_and_the_run_goes_on() {
    let folder = Folder::new();
    let ended = start(&folder, &["--log-file", "/dev/full"]);
    let warnings = ended.stderr.matches("warning: log: cannot write the file").count();
    assert_eq!(warnings, 1, "{}", ended.stderr);
    assert!(ended.stderr.contains("completed:"), "{}", ended.stderr);
}

#[test]
fn planted_secrets_are_in_no_line() {
    let folder = Folder::new();
    rehearse(&folder, &[]);
    for format in [Format::Json, Format::Text] {
        let file = folder.path().join(format!("{format:?}.log"));
        let options = LogOptions {
            format,
            level: Level::Debug,
            file: Some(file.clone()),
            rotate: None,
            keep: Keep::DEFAULT,
        };
        let log = Log::open(options, |text| panic!("{text}")).unwrap();
        let mut run = RunFollower::open(&folder.only_run(), Distributions::Skip).unwrap();
        let mut exporter = LogExporter::new(log.clone());
        exporter.began(&run);
        let mut first = None;
        run.poll(|_, group| first = first.take().or(Some(group))).unwrap();
        let window = first.unwrap().rows[0].clone();
        for planted in PLANTED {
            log.notice(&format!("warning: {}", planted.text));
            log.error(planted.text);
            exporter.event(&Event::Notice(planted.text.to_owned()));
            let mut row: FollowedWindow = window.clone();
            Arc::make_mut(&mut row.window).remarks = vec![planted.text.to_owned()];
            exporter.group(&run, &Group { rows: vec![row] });
        }
        exporter.finish(Some(&run));
        let text = fs::read_to_string(&file).unwrap();
        for planted in PLANTED {
            assert!(!text.contains(planted.secret), "{format:?}: {}", planted.kind);
        }
        assert!(text.matches("***").count() >= 4 * PLANTED.len());
    }
}
