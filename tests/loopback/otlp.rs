//! OpenTelemetry: what a receiver gets of a run, over outages, refusals and a kill.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::support::answers::Mode;
use crate::support::folder::Folder;
use crate::support::hostile::Hostile;
use crate::support::otlp::{Answer, OtlpReceiver};
use crate::support::program::{Ended, Program};
use crate::support::scenario::short_run;

use super::start::windows;

const REHEARSAL: [&str; 7] = ["start", "--rehearse", "--demo", "--duration", "30m", "--cycle", "5m"];

fn rehearse(folder: &Folder, url: &str) -> Ended {
    let further = ["--otlp", url];
    Program::new(folder.path(), &[&REHEARSAL[..], &further].concat()).run().expect_run()
}

/// Requests by series, level and outcome, from the rows of a run.
fn counted(run: &Path) -> BTreeMap<(String, String, &'static str), u64> {
    let mut all = BTreeMap::new();
    for window in windows(run) {
        let counts = window.counts;
        for (outcome, count) in
            [("succeeded", counts.succeeded), ("failed", counts.failed), ("throttled", counts.throttled)]
        {
            let level = window.cell.level.to_string();
            *all.entry((window.cell.series(), level, outcome)).or_insert(0) += count;
        }
    }
    all
}

/// The receiver's last totals are those of the run, and each point came once.
fn check_counts(receiver: &OtlpReceiver, run: &Path) {
    let last = receiver.last("baseline.requests");
    let expected = counted(run);
    assert_eq!(last.len(), expected.len());
    for ((endpoint, level, outcome), count) in expected {
        let series: Vec<u64> = last
            .iter()
            .filter(|(of, _)| of["endpoint"] == endpoint && of["level"] == level && of["outcome"] == outcome)
            .map(|(_, value)| *value)
            .collect();
        assert_eq!(series, [count], "{endpoint} {level} {outcome}");
    }
    // Each window has its own end, so each has a point of the metric that only its cell gets.
    let ends: BTreeSet<u64> = receiver.points("baseline.windows").into_iter().map(|(_, at, _)| at).collect();
    let groups: BTreeSet<u64> = windows(run).iter().map(|window| window.number).collect();
    // The last state of the run has a moment of its own.
    assert!(ends.len() >= groups.len(), "{} moments of {} groups", ends.len(), groups.len());
}

#[test]
fn a_receiver_counts_what_the_run_counts() {
    let (receiver, folder) = (OtlpReceiver::accepting(), Folder::new());
    rehearse(&folder, &receiver.url());
    let run = folder.only_run();
    check_counts(&receiver, &run);
    let resource = receiver.resource();
    assert_eq!(resource["service.name"], "baseline");
    assert_eq!(resource["baseline.run_id"], run.file_name().unwrap().to_str().unwrap());
    let times: u64 = receiver.last("baseline.service_time").values().sum();
    let succeeded: u64 = windows(&run)
        .iter()
        .filter(|window| window.validity.word() == "valid")
        .map(|window| window.counts.succeeded)
        .sum();
    assert_eq!(times, succeeded);
    let head = receiver.accepted()[0].head.to_ascii_lowercase();
    for line in
        ["post /v1/metrics http/1.1", "content-type: application/x-protobuf", "content-encoding: gzip"]
    {
        assert!(head.contains(line), "{head}");
    }
}

#[test]
fn an_outage_loses_nothing() {
    let receiver = OtlpReceiver::start(|number, _| match number {
        0 | 1 => Answer::Status(503),
        2 => Answer::Hang,
        3 => Answer::Status(429),
        _ => Answer::Accept,
    });
    let folder = Folder::new();
    let ended = rehearse(&folder, &receiver.url());
    check_counts(&receiver, &folder.only_run());
    assert!(
        ended.stderr.contains("status 503; it is tried again, and no window is lost"),
        "{}",
        ended.stderr
    );
    assert!(ended.stderr.contains("accepts data again"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("were not sent"), "{}", ended.stderr);
}

#[test]
fn a_receiver_that_denies_gets_the_rest_when_the_run_is_resumed() {
    let (server, folder) = (Hostile::start(Mode::Well), Folder::new());
    let is_open = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let gate = std::sync::Arc::clone(&is_open);
    let receiver = OtlpReceiver::start(move |number, _| {
        let is_open = gate.load(std::sync::atomic::Ordering::SeqCst);
        if number < 3 || is_open { Answer::Accept } else { Answer::Status(401) }
    });
    folder.write("short.toml", &short_run(&server.url(), 6));
    let url = receiver.url();
    let ended = Program::new(folder.path(), &["start", "short.toml", "--otlp", &url]).run().expect_run();
    assert!(ended.stderr.contains("status 401: no points are sent any more"), "{}", ended.stderr);
    assert!(
        ended.stderr.contains("windows were not sent; `baseline start --resume short-"),
        "{}",
        ended.stderr
    );
    is_open.store(true, std::sync::atomic::Ordering::SeqCst);
    let before = receiver.points("baseline.windows").len();
    Program::new(folder.path(), &["start", "--resume", "latest", "--otlp", &url]).run().expect_run();
    check_counts(&receiver, &folder.only_run());
    // What it had was not sent again, but for the last state.
    let all = receiver.points("baseline.windows");
    let first = &all[..before];
    let ends: BTreeSet<_> = first.iter().map(|(_, at, _)| *at).collect();
    assert!(all[before..].iter().all(|(_, at, _)| !ends.contains(at)), "sent twice");
}

#[test]
fn what_is_rejected_or_refused_is_reported() {
    let folder = Folder::new();
    let receiver = OtlpReceiver::start(|number, _| if number == 0 { Answer::Partly } else { Answer::Accept });
    let ended = rehearse(&folder, &receiver.url());
    assert!(ended.stderr.contains("7 points were rejected: too old"), "{}", ended.stderr);
    let folder = Folder::new();
    let receiver = OtlpReceiver::start(|_, _| Answer::Status(400));
    let ended = rehearse(&folder, &receiver.url());
    assert!(ended.stderr.contains("were refused, and are not sent again: status 400"), "{}", ended.stderr);
}

#[test]
fn secrets_of_a_receiver_appear_nowhere() {
    let (receiver, folder) = (OtlpReceiver::accepting(), Folder::new());
    let url = receiver.url().replace("http://", "http://user:hush-1@");
    let arguments = [&REHEARSAL[..], &["--otlp", &url, "--otlp-header", "X-Key: hush-2"]].concat();
    let program = Program::new(folder.path(), &arguments);
    let ended = program.env("OTEL_EXPORTER_OTLP_HEADERS", "x-token=hush-3%20x").run().expect_run();
    let head = receiver.accepted()[0].head.to_ascii_lowercase();
    for sent in ["authorization: basic ", "x-key: hush-2", "x-token: hush-3 x"] {
        assert!(head.contains(sent), "{head}");
    }
    let mut texts = vec![ended.stdout, ended.stderr];
    for entry in crate::support::folder::entries(&folder.only_run()) {
        texts.push(String::from_utf8_lossy(&std::fs::read(entry).unwrap_or_default()).into_owned());
    }
    assert!(texts.iter().all(|text| !text.contains("hush")));
    let refused = [&REHEARSAL[..], &["--otlp", "http://127.0.0.1:1/", "--otlp-header", "hush-4"]].concat();
    let error = Program::new(folder.path(), &refused).run().expect_refusal();
    assert!(error.contains("--otlp") && !error.contains("hush"), "{error}");
}
