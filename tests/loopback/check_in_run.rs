//! Health checks as a part of a run: made at an interval, on disk, in the report; ended with the run, resumed with it.

use std::time::{Duration, Instant};

use baseline::demo::{DemoConfig, DemoServer, Role};
use baseline::load::stop::stop_switch;
use baseline::report::view::checks::ServiceOverRun;
use baseline::run::feed::Feed;
use baseline::run::launch::launch;
use baseline::run::options::RunOptions;
use baseline::run::prepared::Prepared;
use baseline::scenario::environment::Environment;
use baseline::scenario::overrides::Overrides;
use baseline::store::check_log::{self, CheckRecord};

use crate::support::answers::Mode;
use crate::support::folder::Folder;
use crate::support::hostile::Hostile;
use crate::support::program::Program;
use crate::support::scenario::short_run;
use crate::support::schemas;

/// Of the run, in cycles of 300 ms.
const CYCLES: u32 = 8;

fn checks(folder: &Folder) -> Vec<CheckRecord> {
    let (records, unreadable) = check_log::read(&folder.only_run()).unwrap();
    assert_eq!(unreadable, 0);
    records
}

#[test]
fn checks_are_made_beside_the_load_and_reported() {
    let folder = Folder::new();
    let role = Some(Role::Worker);
    let server = DemoServer::start(DemoConfig { role, ..DemoConfig::default() }).unwrap();
    // The worker has no pages, so its second endpoint does not work.
    let scenario = folder.path().join("short.toml");
    std::fs::write(&scenario, short_run(&format!("http://{}", server.address()), CYCLES)).unwrap();
    let environment = Environment::default();
    let text = scenario.to_str().unwrap();
    let mut prepared = Prepared::new(text, &Overrides::default(), 1, &environment, false).unwrap();
    // Shorter than a scenario may ask for.
    prepared.plan.check_every = Some(Duration::from_millis(500));
    let options = RunOptions {
        scenario: Some(text.to_owned()),
        demo: false,
        rehearse: false,
        overrides: Overrides::default(),
        no_preflight: true,
        faults: Vec::new(),
        daily_swing: None,
        seed: 1,
        out: folder.path().join("reports"),
        baseline: None,
        baselines: folder.path().join("baselines"),
    };
    let (_switch, stop) = stop_switch();
    let ended = launch(&options, &prepared, &environment, stop, &Feed::silent()).unwrap().unwrap();
    assert!(ended.is_complete());
    let records = checks(&folder);
    // One at the start, and one for each half second; a busy machine skips some.
    assert!((2..=6).contains(&records.len()), "{records:?}");
    assert!(records.is_sorted_by(|a, b| a.at < b.at));
    for record in &records {
        let service = &record.services[0];
        assert_eq!((record.services.len(), record.requests), (1, 2), "{record:?}");
        assert_eq!(service.statuses["health"], Some(200), "{record:?}");
        assert_eq!(service.statuses["landing"], Some(404), "{record:?}");
    }
    let over = ServiceOverRun::all(&records);
    assert_eq!((over.len(), over[0].checks), (1, records.len() as u64));

    let report = Program::new(folder.path(), &["report", "latest", "--format", "json"]).run().json();
    schemas::check(&report);
    assert_eq!(report["checks"]["count"], records.len(), "{}", report["checks"]);
    assert_eq!(report["checks"]["changes"].as_array().unwrap().len(), 0, "{}", report["checks"]);
    let findings = report["checks"]["findings"].as_array().unwrap();
    assert!(findings.iter().any(|found| found["subject"] == "landing"), "{}", report["checks"]);
    assert!(findings.iter().all(|found| found["found_in"] == records.len()), "{}", report["checks"]);
    Program::new(folder.path(), &["report", "latest"]).run().expect_success();
    let markdown = std::fs::read_to_string(folder.only_run().join("report.md")).unwrap();
    assert!(markdown.contains("## Health checks during the run"), "{markdown}");
    assert!(markdown.contains("No check saw a change"), "{markdown}");
    assert!(markdown.contains("What the checks found"), "{markdown}");
}

/// A short run of one server, with checks of a service at another.
fn checked_elsewhere(load: &Hostile, service: &Hostile, cycles: u32) -> String {
    let text = short_run(&load.url(), cycles).replace("[levels]", "check = \"1m\"\n\n[levels]");
    let url = service.url();
    format!(
        "{text}\n[[service]]\nname = \"api\"\nbase_url = \"{url}\"\n\
         [[service.path]]\nname = \"checked\"\npath = \"/checked\"\n"
    )
}

#[test]
#[expect(clippy::disallowed_methods, reason = "whether the end waits for the check")]
fn a_check_that_hangs_does_not_hold_up_the_end() {
    let (load, service, folder) = (Hostile::start(Mode::Well), Hostile::start(Mode::Hang), Folder::new());
    let text = checked_elsewhere(&load, &service, 200).replace("\"200ms\"", "\"50s\"");
    folder.write("short.toml", &text);
    let mut running = Program::new(folder.path(), &["start", "short.toml"]).start();
    for _ in 0..3_000 {
        if service.requests() > 0 || running.has_ended() {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(service.requests() > 0, "no check began");
    let asked = Instant::now();
    let stop = Program::new(folder.path(), &["stop"]).run();
    assert_eq!(stop.code, Some(0), "{stop:?}");
    running.end();
    assert!(asked.elapsed() < Duration::from_secs(20), "{:?}", asked.elapsed());
    assert_eq!(checks(&folder), []);
}

#[test]
fn a_gate_makes_no_checks() {
    let (load, service, folder) = (Hostile::start(Mode::Well), Hostile::start(Mode::Well), Folder::new());
    folder.write("short.toml", &checked_elsewhere(&load, &service, 1));
    let ended = Program::new(folder.path(), &["gate", "--aa", "--scenario", "short.toml"]).run();
    let runs = crate::support::folder::entries(&folder.path().join("reports"));
    assert!(!runs.is_empty(), "{ended:?}");
    assert!(runs.iter().all(|run| !run.join(check_log::FILE).exists()), "{ended:?}");
    assert!(load.requests() > 0, "{ended:?}");
    assert_eq!(service.requests(), 0, "{ended:?}");
}

#[test]
fn a_resumed_run_keeps_its_checks_and_cuts_a_torn_one() {
    let (server, folder) = (Hostile::start(Mode::Well), Folder::new());
    let text = short_run(&server.url(), 12).replace("[levels]", "check = \"1m\"\n\n[levels]");
    folder.write("short.toml", &text);
    let mut running = Program::new(folder.path(), &["start", "short.toml"]).start();
    for _ in 0..3_000 {
        let runs = crate::support::folder::entries(&folder.path().join("reports"));
        let is_there =
            |run: &std::path::PathBuf| check_log::read(run).is_ok_and(|(records, _)| !records.is_empty());
        if runs.first().is_some_and(is_there) {
            break;
        }
        assert!(!running.has_ended(), "it ended before its first check");
        std::thread::sleep(Duration::from_millis(10));
    }
    running.kill();
    let before = checks(&folder);
    let path = folder.only_run().join(check_log::FILE);
    let whole = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("{whole}{{\"at\":\"2026")).unwrap();
    Program::new(folder.path(), &["start", "--resume", "latest"]).run();
    // The next one would be due after a minute.
    assert_eq!(std::fs::read_to_string(&path).unwrap(), whole);
    assert_eq!((before.len(), checks(&folder)), (1, before));
}
