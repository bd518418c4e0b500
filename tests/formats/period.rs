//! `report --last`: the days of a monitor with known outages, and a report that has exactly these.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use baseline::domain::error_reason::ErrorReason;
use baseline::domain::run::RunState;
use baseline::domain::time_summary::TimeKind;
use baseline::domain::window::Window;
use baseline::store::heartbeat::Heartbeat;
use baseline::store::manifest::{Manifest, hash_of};
use baseline::store::window_log::{self, Sealer};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::support::fixtures;
use crate::support::folder::Folder;
use crate::support::program::Program;

const DAYS: i64 = 12;
const EVERY: i64 = 5;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn first_day() -> Timestamp {
    at("2026-01-01T00:00:00Z")
}

/// `checkout` is down over midnight for 40 minutes.
fn is_down(endpoint: &str, time: Timestamp) -> bool {
    endpoint == "checkout" && time >= at("2026-01-03T23:40:00Z") && time < at("2026-01-04T00:20:00Z")
}

/// Nothing was measured for two hours.
fn is_gap(time: Timestamp) -> bool {
    time >= at("2026-01-06T06:00:00Z") && time < at("2026-01-06T08:00:00Z")
}

fn probe(number: u64, endpoint: &str, time: Timestamp) -> Window {
    let mut window = fixtures::window(number);
    window.started_at = time;
    window.cell.workload = Arc::from(endpoint);
    window.cell.level = Arc::from("probe");
    window.duration = Duration::from_millis(500);
    if is_down(endpoint, time) {
        window.counts.failed = 5;
        window.errors.add(ErrorReason::ConnectionRefused, 5);
        return window;
    }
    window.counts.succeeded = 5;
    window.statuses = [(200, 5)].into();
    // A little noise; `search` gets a quarter slower on the 7th.
    let noise = 1.0 + 0.02 * (f64::from(u32::try_from(number * 7 % 11).unwrap()) - 5.0) / 5.0;
    let slower = if endpoint == "search" && time >= at("2026-01-07T00:00:00Z") { 1.25 } else { 1.0 };
    window.times[TimeKind::Service as usize].mean = Some((20_000.0 * noise * slower).round());
    window
}

fn day(folder: &Path, day: i64, objective: f64) {
    let from = first_day() + SignedDuration::from_hours(24 * day);
    let until = from + SignedDuration::from_hours(24);
    let id = format!("shop-monitor-202601{:02}", day + 1);
    let run = folder.join("reports").join(&id);
    std::fs::create_dir_all(&run).unwrap();
    let mut windows = Vec::new();
    for step in 0..24 * 60 / EVERY {
        let time = from + SignedDuration::from_mins(step * EVERY);
        if is_gap(time) {
            continue;
        }
        for (place, endpoint) in ["checkout", "search"].into_iter().enumerate() {
            let time = time + SignedDuration::from_secs(2 * i64::try_from(place).unwrap());
            windows.push(probe(windows.len() as u64 + 1, endpoint, time));
        }
    }
    let plan = serde_json::json!({
        "plan": { "duration": "24h", "cycle": "5m" },
        "check": { "availability": objective },
        "monitor": { "every": "5m", "keep": "30d" },
    });
    let manifest = Manifest {
        scenario: "shop".to_owned(),
        scenario_hash: hash_of(&plan),
        plan,
        started_at: format!("{from:.3}"),
        planned_end: format!("{until:.3}"),
        planned_windows: windows.len() as u64,
        monitor: true,
        ..fixtures::manifest(&id)
    };
    manifest.write(&run).unwrap();
    let mut heartbeat = Heartbeat::new(RunState::Completed, None);
    heartbeat.run_id = Some(id.clone());
    heartbeat.windows = windows.len() as u64;
    heartbeat.updated_at = format!("{until:.3}");
    heartbeat.write(&run).unwrap();
    let mut sealer = Sealer::new(&id);
    let rows: String = windows.iter().map(|window| sealer.line_without_log(window)).collect();
    std::fs::write(run.join(window_log::FILE), window_log::sealed_header_line() + &rows).unwrap();
}

fn monitored(objective: f64) -> Folder {
    let folder = Folder::new();
    (0..DAYS).for_each(|number| day(folder.path(), number, objective));
    folder
}

fn report(folder: &Folder, arguments: &[&str]) -> Value {
    let arguments = [&["report", "shop", "--format", "json", "--last"], arguments].concat();
    Program::new(folder.path(), &arguments).run().json()
}

#[test]
fn the_report_of_a_period_has_what_was_injected() {
    let folder = monitored(0.999);
    let report = report(&folder, &["12d"]);
    assert_eq!(
        (&report["from"], &report["until"]),
        (&"2026-01-01T00:00:00.000Z".into(), &"2026-01-13T00:00:00.000Z".into())
    );
    let minutes = u64::try_from(DAYS).unwrap() * 1_440 - 120;
    let counts = |one: &Value| (one["minutes_up"].as_u64().unwrap(), one["minutes_down"].as_u64().unwrap());
    assert_eq!(counts(&report["all"]), (minutes - 40, 40));
    assert_eq!(counts(&report["workloads"]["checkout"]), (minutes - 40, 40));
    assert_eq!(counts(&report["workloads"]["search"]), (minutes, 0));
    let checkout = &report["workloads"]["checkout"];
    assert_eq!((&checkout["failed_s"], &checkout["left_s"]), (&2_400.0.into(), &0.0.into()));
    assert_eq!(report["allowed_s"], 1_036.8);
    let close =
        |value: &Value, expected: f64| assert!((value.as_f64().unwrap() - expected).abs() < 1e-9, "{value}");
    close(&checkout["budget_used"], 2_400.0 / 1_036.8);
    close(&checkout["availability"], 1.0 - 40.0 / minutes as f64);
    close(&checkout["availability_by_time"], 1.0 - 40.0 / minutes as f64);
    close(&checkout["burn_rates"]["last_3d"], 0.0);
    // The gap is neither up nor down, and the only one.
    let gap =
        serde_json::json!([{ "from": "2026-01-06T06:00:00.000Z", "until": "2026-01-06T08:00:00.000Z" }]);
    assert_eq!((&report["unmeasured"], &report["unmeasured_s"]), (&gap, &7_200.0.into()));
    // Half of the outage on each day, and one incident.
    let days = report["days"].as_array().unwrap();
    let down: Vec<u64> = days.iter().map(|day| day["all"]["down"].as_u64().unwrap()).collect();
    assert_eq!(down, [0, 0, 20, 20, 0, 0, 0, 0, 0, 0, 0, 0]);
    let errors: Vec<&Value> =
        report["incidents"].as_array().unwrap().iter().filter(|one| one["cause"] == "errors").collect();
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert_eq!(errors[0]["opened_at"], "2026-01-03T23:40:00.000Z");
    assert_eq!(
        (&errors[0]["resolved_at"], &errors[0]["lasted_s"]),
        (&"2026-01-04T00:20:00.000Z".into(), &2_400.0.into())
    );
    let trends = report["trends"].as_array().unwrap();
    let change = |endpoint: &str| {
        let trend = trends.iter().find(|trend| trend["endpoint"] == endpoint).unwrap();
        assert_eq!(trend["first_days"], 6);
        let interval: Vec<f64> =
            trend["interval_95"].as_array().unwrap().iter().map(|end| end.as_f64().unwrap()).collect();
        (trend["change"].as_f64().unwrap(), interval[0], interval[1])
    };
    let (value, low, high) = change("search");
    assert!((value - 0.25).abs() < 0.005 && low > 0.2 && high < 0.3, "{value} {low} {high}");
    let (value, ..) = change("checkout");
    assert!(value.abs() < 0.005, "{value}");
}

#[test]
fn a_shorter_period_reads_only_its_runs_and_the_burn_is_that_of_its_end() {
    let folder = monitored(0.99);
    for later in 4..DAYS {
        std::fs::remove_dir_all(folder.path().join(format!("reports/shop-monitor-202601{:02}", later + 1)))
            .unwrap();
    }
    let report = report(&folder, &["2d"]);
    assert_eq!(report["runs"].as_array().unwrap().len(), 3, "the run before ends where the period begins");
    assert_eq!(report["all"]["minutes_down"], 40);
    let burn = &report["all"]["burn_rates"];
    // 20 minutes of a day, at 1 %.
    assert!((burn["last_1d"].as_f64().unwrap() - 20.0 / 1_440.0 / 0.01).abs() < 1e-9, "{burn}");
    assert_eq!(burn["last_6h"], 0.0);
}

#[test]
fn it_says_that_five_minutes_cannot_see_four_nines() {
    let folder = monitored(0.9999);
    let text = Program::new(folder.path(), &["report", "shop", "--last", "30d", "--format", "markdown"])
        .run()
        .expect_success();
    let said = "With a probe every 5 min, an outage of up to 5 min can be missed. 99.99 % of 30 d allows 4.3 minutes of failure, which is less";
    assert!(text.contains(said), "{text}");
    assert!(text.contains("checkout") && text.contains("40 minutes"), "{text}");
}

#[test]
fn three_files_are_written_and_the_page_needs_nothing_else() {
    let folder = monitored(0.999);
    let said =
        Program::new(folder.path(), &["report", "--last", "12d", "--to", "out"]).run().expect_success();
    assert_eq!(said, "out/shop-last-12d.md\nout/shop-last-12d.html\nout/shop-last-12d.json\n");
    let html = std::fs::read_to_string(folder.path().join("out/shop-last-12d.html")).unwrap();
    assert!(html.contains("<title>shop: 1 Jan 00:00:00 to 13 Jan 00:00:00 UTC</title>"), "{}", &html[..600]);
    assert!(!html.contains("src=\"http"));
    // Compressed days give the same report.
    let before = report(&folder, &["12d"]);
    Program::new(folder.path(), &["gc", "--compress-after", "0s"]).run().expect_success();
    assert!(folder.path().join("reports/shop-monitor-20260101/windows.csv.gz").exists());
    assert_eq!(report(&folder, &["12d"]), before);
}

#[test]
fn what_makes_no_sense_is_refused() {
    let folder = Folder::new();
    day(folder.path(), 0, 0.999);
    for (arguments, expected) in [
        (&["report", "--last", "x"][..], "--last: `x` is not a duration"),
        (&["report", "--last", "0s"], "within no time"),
        (&["report", "nobody", "--last", "1d"], "there is no run `nobody`"),
        (&["report", "latest", "--format", "markdown"], "is not printed in this format"),
    ] {
        let ended = Program::new(folder.path(), arguments).run();
        assert_eq!(ended.code, Some(2), "{ended:?}");
        assert!(ended.stderr.contains(expected), "{ended:?}");
    }
}
