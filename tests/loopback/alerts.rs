//! Alerts of `start --alertmanager` and `--webhook`, and the verb `alert`: told once each, whatever the receiver does and whatever
//! happens to the run.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::Value;

use crate::support::alert_sink::{AlertSink, Reaction};
use crate::support::folder::{Folder, entries};
use crate::support::ports::unused;
use crate::support::program::{Ended, Program, Running};
use crate::support::raw_server::{RawServer, read_head};
use crate::support::scenario::short_run;

/// A rehearsal of the demo, in which one endpoint is slow for a while.
fn rehearse(folder: &Folder, further: &[&str]) -> Ended {
    let all = [&["start", "--demo", "--rehearse", "--duration", "2h", "--cycle", "1m"], further].concat();
    Program::new(folder.path(), &all).run().expect_run()
}

/// The notifications that a webhook has accepted, each as `id event`.
fn told(sink: &AlertSink) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    sink.accepted().iter().map(|body| format!("{} {}", text(&body["id"]), text(&body["event"]))).collect()
}

/// Requires that each alert was told once, first its beginning and then its end, and returns how many there were.
fn check_once_each(told: &[String]) -> usize {
    let mut seen = std::collections::BTreeMap::<&str, Vec<&str>>::new();
    for line in told {
        let (id, event) = line.split_once(' ').unwrap();
        seen.entry(id).or_default().push(event);
    }
    assert!(seen.values().all(|events| *events == ["firing", "resolved"]), "{told:?}");
    seen.len()
}

/// What the published schema finds wrong with a body.
fn check_schema(body: &Value) {
    let text = include_str!("../../docs/webhook.schema.json");
    let schema: Value = serde_json::from_str(text).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let faults: Vec<String> = validator.iter_errors(body).map(|error| error.to_string()).collect();
    assert_eq!(faults, [""; 0], "{body:#}");
    // Every key of the schema is there, and no other.
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(body), keys(&schema["properties"]));
}

#[test]
fn every_alert_is_told_once_and_is_in_the_journal_and_the_report() {
    let folder = Folder::new();
    let webhook = AlertSink::start(|number| match number {
        0 => Reaction::Status(503, "retry-after: 1"),
        1 => Reaction::Status(429, "retry-after: 1"),
        2 => Reaction::Close,
        _ => Reaction::Accept,
    });
    let alertmanager = AlertSink::start(|_| Reaction::Accept);
    let (hook, manager) =
        (format!("http://{}/hook", webhook.address()), format!("http://{}", alertmanager.address()));
    let ended = rehearse(&folder, &["--webhook", &hook, "--alertmanager", &manager]);
    let told = told(&webhook);
    let alerts = check_once_each(&told);
    assert!(alerts >= 1, "{ended:?}");
    for taken in webhook.taken().iter() {
        check_schema(&taken.body);
        assert!(taken.head.starts_with("POST /hook HTTP/1.1"), "{}", taken.head);
        assert_eq!(taken.header("content-type"), Some("application/json"));
        let key = format!("{}-{}", taken.body["id"].as_str().unwrap(), taken.body["event"].as_str().unwrap());
        assert_eq!(taken.header("idempotency-key"), Some(key.as_str()));
    }
    assert!(ended.stderr.contains("503: no; token=***; it is tried again"), "{}", ended.stderr);
    assert!(ended.stderr.contains("accepts alerts again"), "{}", ended.stderr);
    check_alertmanager(&alertmanager, alerts);
    // The journal, the list and the report have the same.
    let listed = Program::new(folder.path(), &["alert", "list", "--format", "json"]).run().json();
    let listed = listed["alerts"].as_array().unwrap();
    assert_eq!(listed.len(), alerts);
    let report: Value =
        serde_json::from_slice(&std::fs::read(folder.only_run().join("report.json")).unwrap()).unwrap();
    for listed in listed {
        let alert = &listed["alert"];
        assert!(told.contains(&format!("{} resolved", alert["id"].as_str().unwrap())), "{alert:#}");
        assert!(alert["time_to_resolve_s"].as_f64().unwrap() > 0.0, "{alert:#}");
        assert_eq!(alert["acknowledged_at"], Value::Null);
    }
    Program::new(folder.path(), &["report"]).run().expect_success();
    let markdown = std::fs::read_to_string(folder.only_run().join("report.md")).unwrap();
    assert!(markdown.contains("## Alerts"), "{report:#}");
    let journal = std::fs::read_to_string(folder.only_run().join("journal.jsonl")).unwrap();
    let events = |event: &str| journal.matches(&format!("\"event\":\"{event}\"")).count();
    assert_eq!((events("opened"), events("closed"), events("sent")), (alerts, alerts, 4 * alerts));
}

/// Alertmanager hears of each alert at least twice: with an end ahead, and with its end.
fn check_alertmanager(sink: &AlertSink, alerts: usize) {
    let mut ends = std::collections::BTreeMap::<String, Vec<bool>>::new();
    for taken in sink.taken().iter() {
        assert!(taken.head.starts_with("POST /api/v2/alerts HTTP/1.1"), "{}", taken.head);
        let [alert] = taken.body.as_array().unwrap().as_slice() else { panic!("{:#}", taken.body) };
        assert!(alert["annotations"]["runbook_url"].as_str().unwrap().starts_with("docs/runbooks/"));
        assert_eq!(alert["labels"]["scenario"], "demo");
        let time = |key: &str| alert[key].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
        assert!(time("startsAt") < time("endsAt"));
        ends.entry(alert["startsAt"].to_string()).or_default().push(true);
    }
    assert_eq!(ends.len(), alerts);
    assert!(ends.values().all(|told| told.len() >= 2), "{ends:?}");
}

#[test]
fn what_a_receiver_refuses_is_said_once_and_no_secret_is_shown() {
    let folder = Folder::new();
    let sink = AlertSink::start(|_| Reaction::Status(400, "x: y"));
    let url = format!("http://me:hush1@{}/hook/hush2?key=hush3", sink.address());
    let all = ["start", "--demo", "--rehearse", "--duration", "2h", "--cycle", "1m", "--webhook", &url];
    let program = Program::new(folder.path(), &all).env("BASELINE_WEBHOOK_HEADERS", "x-key=hush4");
    let ended = program.run().expect_run();
    assert!(!sink.taken().is_empty());
    let refusals = ended.stderr.matches("was refused, and is not sent again: status 400: no; token=***");
    assert_eq!(refusals.count(), 1, "{}", ended.stderr);
    let taken = sink.taken().clone();
    assert_eq!((taken[0].header("x-key"), taken[0].header("authorization").is_some()), (Some("hush4"), true));
    // Its end is not told to one that did not take its beginning.
    assert!(taken.iter().all(|taken| taken.body["event"] == "firing"));
    let run = folder.only_run();
    let files =
        ["journal.jsonl", "run.json", "report.json"].map(|name| std::fs::read_to_string(run.join(name)));
    for text in files.iter().flatten().chain([&ended.stderr, &ended.stdout]) {
        assert!(!text.contains("hush"), "{text}");
    }
}

#[test]
fn nothing_is_sent_in_a_silence_and_the_journal_has_it() {
    let folder = Folder::new();
    let silence =
        "\n[[silence]]\nname = \"deploy\"\nfrom = \"2000-01-01T00:00:00Z\"\nto = \"2100-01-01T00:00:00Z\"\n";
    folder.write("demo.toml", &format!("{}{silence}", include_str!("../../scenarios/demo.toml")));
    let sink = AlertSink::start(|_| Reaction::Accept);
    let url = format!("http://{}/", sink.address());
    let all = ["start", "demo.toml", "--demo", "--rehearse", "--duration", "2h", "--cycle", "1m"];
    let fault = ["--fault", "slow:browse:+60%:60m..90m", "--webhook", &url];
    Program::new(folder.path(), &[&all[..], &fault].concat()).run().expect_run();
    assert_eq!(sink.taken().len(), 0);
    let journal = std::fs::read_to_string(folder.only_run().join("journal.jsonl")).unwrap();
    assert!(journal.contains("\"event\":\"opened\"") && !journal.contains("\"event\":\"sent\""), "{journal}");
}

#[test]
fn nothing_is_sent_while_a_note_silences() {
    let folder = Folder::new();
    let sink = AlertSink::start(|_| Reaction::Accept);
    let url = format!("http://{}/", sink.address());
    // Rehearsals begin at this time of their own.
    let silence = |scenario: &str| {
        let at = ["--at", "2026-01-01T00:00:00Z", "--for", "720h"];
        let of = ["annotate", "upgrade", "--silence", "--scenario", scenario];
        Program::new(folder.path(), &[&of[..], &at].concat()).run().expect_success();
    };
    let journal = || {
        let all = entries(&folder.path().join("reports"));
        let run = all.iter().find(|path| path.is_dir()).unwrap();
        let journal = std::fs::read_to_string(run.join("journal.jsonl")).unwrap();
        std::fs::remove_dir_all(run).unwrap();
        journal
    };
    let fault = ["--fault", "slow:browse:+60%:60m..90m", "--webhook", &url];
    // A silence of another scenario does not count.
    silence("pitchey");
    rehearse(&folder, &fault);
    assert!(journal().contains("\"event\":\"sent\""));
    let sent = sink.taken().len();
    assert!(sent > 0);
    silence("demo");
    rehearse(&folder, &fault);
    assert_eq!(sink.taken().len(), sent);
    let journal = journal();
    assert!(journal.contains("\"event\":\"opened\"") && !journal.contains("\"event\":\"sent\""), "{journal}");
}

/// A target that fails while it is told to.
fn target() -> (RawServer, Arc<AtomicBool>) {
    let fails = Arc::new(AtomicBool::new(false));
    let shared = Arc::clone(&fails);
    let server = RawServer::serving(move |mut stream, _| {
        while read_head(&mut stream).is_some() {
            let status = if shared.load(Ordering::SeqCst) { "500 Broken" } else { "200 OK" };
            let text = format!("HTTP/1.1 {status}\r\ncontent-length: 2\r\n\r\nok");
            if std::io::Write::write_all(&mut stream, text.as_bytes()).is_err() {
                return;
            }
        }
    });
    (server, fails)
}

/// Waits until a webhook has accepted this many notifications. Bounded by looks, not by a clock.
fn wait_for(sink: &AlertSink, count: usize, running: &mut Running) {
    for _ in 0..6_000 {
        if told(sink).len() >= count {
            return;
        }
        assert!(!running.has_ended(), "it ended with {:?}", told(sink));
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("{:?}", told(sink));
}

#[test]
fn an_alert_goes_on_over_a_kill_and_is_acknowledged_meanwhile() {
    let (folder, (server, fails)) = (Folder::new(), target());
    let sink = AlertSink::start(|_| Reaction::Accept);
    let (url, target) = (format!("http://{}/", sink.address()), server.url());
    folder.write("short.toml", &short_run(target.trim_end_matches('/'), 240));
    let mut running =
        Program::new(folder.path(), &["start", "short.toml", "--no-preflight", "--webhook", &url]).start();
    let windows = || std::fs::read_to_string(folder.only_run().join("windows.csv")).unwrap_or_default();
    for _ in 0..6_000 {
        let has_run =
            folder.path().join("reports").is_dir() && !entries(&folder.path().join("reports")).is_empty();
        // Enough to have learnt what is normal.
        if has_run && windows().lines().count() > 4 * 62 {
            break;
        }
        assert!(!running.has_ended());
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(told(&sink), [""; 0]);
    fails.store(true, Ordering::SeqCst);
    wait_for(&sink, 1, &mut running);
    running.kill();
    let mut running =
        Program::new(folder.path(), &["start", "--resume", "latest", "--webhook", &url]).start();
    let id = sink.accepted()[0]["id"].as_str().unwrap().to_owned();
    let ack = |id: &str| {
        Program::new(folder.path(), &["alert", "ack", id, "--by", "Kim", "--note", "token=hush123"]).run()
    };
    let said = ack(&id[..8]).expect_success();
    assert!(said.starts_with(&format!("acknowledged {id} (")), "{said}");
    assert!(ack(&id).expect_refusal().contains("was acknowledged by Kim at"));
    assert!(ack("zz").expect_refusal().contains("there is no alert `zz` in reports"));
    fails.store(false, Ordering::SeqCst);
    let is_over = |sink: &AlertSink| told(sink).contains(&format!("{id} resolved"));
    for _ in 0..6_000 {
        if is_over(&sink) {
            break;
        }
        assert!(!running.has_ended(), "{:?}", told(&sink));
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(ack(&id).expect_refusal().contains("ended at"));
    Program::new(folder.path(), &["stop"]).run().expect_success();
    let ended = running.end();
    assert!(is_over(&sink), "{ended:?}");
    let of_alert: Vec<String> = told(&sink).into_iter().filter(|line| line.starts_with(&id)).collect();
    assert_eq!(of_alert, [format!("{id} firing"), format!("{id} resolved")]);
    let journal = std::fs::read_to_string(folder.only_run().join("journal.jsonl")).unwrap();
    let opened = journal.lines().filter(|line| line.contains("\"opened\"") && line.contains(&id)).count();
    assert_eq!((opened, journal.contains("hush123")), (1, false), "{journal}");
    let listed = Program::new(folder.path(), &["alert", "list", "short", "--format", "json"]).run().json();
    let listed = listed["alerts"].as_array().unwrap();
    let found = listed.iter().find(|listed| listed["alert"]["id"] == id.as_str()).unwrap();
    assert_eq!(found["alert"]["acknowledged_by"], "Kim");
    assert!(found["alert"]["time_to_acknowledge_s"].as_f64() < found["alert"]["time_to_resolve_s"].as_f64());
}

#[test]
fn a_test_alert_goes_to_every_receiver_and_one_that_refuses_fails_it() {
    let folder = Folder::new();
    let (hook, manager) = (AlertSink::start(|_| Reaction::Accept), AlertSink::start(|_| Reaction::Accept));
    let refuses = AlertSink::start(|_| Reaction::Status(403, "x: y"));
    let url = |sink: &AlertSink| format!("http://{}", sink.address());
    let (hook_url, manager_url, refuses_url) = (url(&hook), url(&manager), url(&refuses));
    let both = ["alert", "test", "demo", "--webhook", &hook_url, "--alertmanager", &manager_url];
    let said = Program::new(folder.path(), &both).run().expect_success();
    let expected = ["alertmanager", "webhook"].map(|what| {
        let url = if what == "webhook" { &hook_url } else { &manager_url };
        format!("{what} {url}: ok: accepted the test alert and its end")
    });
    assert_eq!(said.lines().collect::<Vec<_>>(), expected);
    assert_eq!(check_once_each(&told(&hook)), 1);
    let body = &hook.accepted()[0];
    check_schema(body);
    assert_eq!((&body["alert"], &body["priority"]), (&"BaselineTest".into(), &"P3".into()));
    assert_eq!(body["scenario"], "demo");
    assert_eq!(manager.accepted().len(), 2);
    let nobody = format!("http://127.0.0.1:{}", unused());
    let some = ["alert", "test", "--webhook", &refuses_url, "--webhook", &hook_url, "--webhook", &nobody];
    let ended = Program::new(folder.path(), &some).run();
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let lines: Vec<&str> = ended.stdout.lines().collect();
    assert!(lines[0].ends_with("FAILED: status 403: no; token=***"), "{ended:?}");
    assert!(lines[1].ends_with("ok: accepted the test alert and its end"), "{ended:?}");
    assert!(lines[2].contains("FAILED: ") && lines[2].contains("onnection refused"), "{ended:?}");
    let error = Program::new(folder.path(), &["alert", "test"]).run().expect_refusal();
    assert!(error.contains("no receiver was given"), "{error}");
}
