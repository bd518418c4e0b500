//! `start --remote-write`: every window arrives once, whatever the receiver does, and whatever happens to the run.

use std::collections::BTreeMap;
use std::time::Duration;

use baseline::domain::window::Window;

use crate::support::answers::Mode;
use crate::support::folder::Folder;
use crate::support::hostile::Hostile;
use crate::support::program::{Ended, Program};
use crate::support::receiver::{Reaction, Receiver, Stored};
use crate::support::scenario::short_run;

use super::start::windows;

/// Marks the end of a series.
const STALE: u64 = 0x7ff0_0000_0000_0002;
const CYCLES: u32 = 6;

fn run(folder: &Folder, server: &Hostile, receiver: &Receiver, further: &[&str]) -> Ended {
    folder.write("short.toml", &short_run(&server.url(), CYCLES));
    let url = receiver.url();
    let all = [&["start", "short.toml", "--remote-write", &url], further].concat();
    Program::new(folder.path(), &all).run()
}

/// The last values of a metric, with their labels, without the scenario.
fn last(stored: &Stored, name: &str) -> BTreeMap<Vec<String>, f64> {
    let values = stored.of(name).map(|(mut labels, samples)| {
        assert_eq!(labels.remove("scenario"), Some("short"));
        let labels = labels.into_values().map(str::to_owned).collect();
        (labels, *samples.last_key_value().unwrap().1)
    });
    values.collect()
}

/// Compares what arrived with what the run has on disk.
fn check_complete(stored: &Stored, folder: &Folder) {
    let windows = windows(&folder.only_run());
    let mut requests: BTreeMap<Vec<String>, f64> = BTreeMap::new();
    let mut add = |window: &Window, outcome: &str, count: u64| {
        let key = [window.cell.series().as_str(), &*window.cell.level, outcome].map(str::to_owned);
        *requests.entry(key.to_vec()).or_insert(0.0) += count as f64;
    };
    for window in &windows {
        add(window, "succeeded", window.counts.succeeded);
        add(window, "failed", window.counts.failed);
        add(window, "throttled", window.counts.throttled);
    }
    assert_eq!(last(stored, "baseline_requests_total"), requests);
    let report: serde_json::Value =
        serde_json::from_slice(&std::fs::read(folder.only_run().join("report.json")).unwrap()).unwrap();
    let all: f64 = requests.values().sum();
    assert_eq!(report["health"]["requests"].as_f64(), Some(all), "{}", report["health"]);
    // Each window once, at its end, and no counter falls.
    let of_windows: usize = windows.len();
    let ends: std::collections::BTreeSet<i64> = stored
        .of("baseline_window_timestamp_seconds")
        .flat_map(|(_, samples)| samples.keys().copied())
        .collect();
    for window in &windows {
        assert!(ends.contains(&window.ended_at().as_millisecond()), "window {} is missing", window.number);
    }
    assert!(ends.len() >= of_windows);
    for (labels, samples) in stored.of("baseline_requests_total") {
        assert!(samples.values().is_sorted(), "{labels:?} falls");
    }
    let counts = last(stored, "baseline_service_time_seconds_count");
    assert_eq!(counts, last(stored, "baseline_service_time_seconds"), "native and classic histograms differ");
    // Graphs of windows end with the run; its state stays.
    for (labels, samples) in stored.of("baseline_window_users") {
        assert_eq!(samples.last_key_value().unwrap().1.to_bits(), STALE, "{labels:?}");
    }
    let state = last(stored, "baseline_run_state")[&vec!["completed".to_owned()]];
    assert_eq!(state.to_bits(), 1.0_f64.to_bits());
}

#[test]
fn every_window_arrives_once_whatever_the_receiver_does() {
    let (server, folder) = (Hostile::start(Mode::Well), Folder::new());
    let receiver = Receiver::start(|number| match number {
        0 => Reaction::Status(503, "x: y"),
        1 => Reaction::Status(429, "retry-after: 1"),
        2 => Reaction::Close,
        3 | 6 => Reaction::AcceptAndClose,
        _ => Reaction::Accept,
    });
    let ended =
        run(&folder, &server, &receiver, &["--remote-write-header", "X-Scope-OrgID: hush"]).expect_run();
    let stored = receiver.stored();
    check_complete(&stored, &folder);
    let said = ended.stderr.lines().filter(|line| line.contains("remote write")).count();
    assert!((2..=8).contains(&said), "{}", ended.stderr);
    assert!(ended.stderr.contains("503: out of order sample; token=***;") && !ended.stderr.contains("hush"));
    for head in &stored.heads {
        for line in [
            "POST /api/v1/write HTTP/1.1",
            "content-type: application/x-protobuf",
            "content-encoding: snappy",
            "x-prometheus-remote-write-version: 0.1.0",
            "user-agent: baseline/",
            "x-scope-orgid: hush",
        ] {
            assert!(head.to_ascii_lowercase().contains(&line.to_ascii_lowercase()), "{head}");
        }
    }
}

#[test]
fn what_a_receiver_refuses_is_said_once_and_the_rest_arrives() {
    let (server, folder) = (Hostile::start(Mode::Well), Folder::new());
    let receiver = Receiver::start(|number| match number {
        1..=3 => Reaction::Status(422, "x: y"),
        _ => Reaction::Accept,
    });
    let ended = run(&folder, &server, &receiver, &[]).expect_run();
    let stored = receiver.stored();
    // Counters are totals, so a window that was refused is in the next sample.
    let arrived: f64 = last(&stored, "baseline_requests_total").values().sum();
    let counted: u64 = windows(&folder.only_run()).iter().map(|window| window.counts.requests()).sum();
    assert_eq!(arrived.to_bits(), (counted as f64).to_bits());
    assert_eq!(ended.stderr.matches("is not sent again: status 422").count(), 1, "{}", ended.stderr);
}

#[test]
fn windows_that_a_receiver_did_not_take_are_sent_when_the_run_is_resumed() {
    let (server, folder) = (Hostile::start(Mode::Well), Folder::new());
    let receiver = Receiver::start(|_| Reaction::Accept);
    let stuck = Receiver::start(|_| Reaction::Stall);
    let ended = run(&folder, &server, &stuck, &[]).expect_run();
    assert!(
        ended.stderr.contains("windows were not sent; `baseline start --resume short-"),
        "{}",
        ended.stderr
    );
    assert!(stuck.stored().series.is_empty());
    let arguments = ["start", "--resume", "latest", "--remote-write", &receiver.url()];
    let ended = Program::new(folder.path(), &arguments).run().expect_run();
    assert!(!ended.stderr.contains("not sent"), "{}", ended.stderr);
    check_complete(&receiver.stored(), &folder);
}

#[test]
fn a_run_that_is_killed_is_sent_whole() {
    let (server, folder) = (Hostile::start(Mode::Well), Folder::new());
    let receiver = Receiver::start(|number| match number % 3 {
        1 => Reaction::AcceptAndClose,
        _ => Reaction::Accept,
    });
    folder.write("short.toml", &short_run(&server.url(), CYCLES * 2));
    let url = receiver.url();
    let start = ["start", "short.toml", "--remote-write", &url];
    let mut running = Program::new(folder.path(), &start).start();
    for _ in 0..3_000 {
        if receiver.stored().of("baseline_window_users").count() >= 3 || running.has_ended() {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    running.kill();
    let resume = ["start", "--resume", "latest", "--remote-write", &url];
    let ended = Program::new(folder.path(), &resume).run().expect_run();
    check_complete(&receiver.stored(), &folder);
    assert!(!ended.stderr.contains("refused"), "{}", ended.stderr);
    // Nothing is left to be sent, and the end of a run may be sent again.
    Program::new(folder.path(), &resume).run().expect_run();
    check_complete(&receiver.stored(), &folder);
}

#[test]
fn a_receiver_that_cannot_be_used_is_refused_before_anything_is_measured() {
    let folder = Folder::new();
    folder.write("short.toml", &short_run("http://127.0.0.1:9", 2));
    for (arguments, expected) in [
        (&["--remote-write", "localhost:9090"][..], "not usable"),
        (&["--remote-write", "http://me:hush@a.example/", "--remote-write-header", "hush"], "header 1"),
        (&["--remote-write", "http://a.example/", "--remote-write-token-file", "none"], "token-file"),
        (&["--remote-write-header", "a: b"], "--remote-write"),
    ] {
        let all = [&["start", "short.toml"], arguments].concat();
        let error = Program::new(folder.path(), &all).run().expect_refusal();
        assert!(error.contains(expected) && !error.contains("hush@"), "{error}");
    }
    assert!(!folder.path().join("reports").exists());
    let folder_token = ["start", "short.toml", "--remote-write", "http://127.0.0.1:9/"];
    let ended =
        Program::new(folder.path(), &folder_token).env("BASELINE_REMOTE_WRITE_TOKEN", "hu\u{7}sh").run();
    assert!(ended.expect_refusal().contains("token"));
}
