//! Outages, slow stretches and flaps, minute by minute.

use super::*;
use crate::domain::cell_name::CellName;
use crate::domain::time_summary::TimeSummary;
use crate::domain::window::Counts;
use crate::scenario::environment::Environment;
use crate::scenario::{Source, check};

fn at(minute: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + minute * 60).unwrap()
}

fn judge() -> Judge {
    let text = "schema = 1\nname = \"shop\"\n[target]\nbase_url = \"http://127.0.0.1:1\"\nallow_hosts = [\"127.0.0.1\"]\n\
                [levels]\nlight_load = 1\n[[endpoint]]\nname = \"browse\"\npath = \"/\"\nslo = { mean = \"50ms\" }\n";
    let source = Source { label: "s.toml".into(), text: text.to_owned() };
    let plan = check(&source, &Environment::default()).unwrap();
    Judge::new(&plan, Duration::from_mins(1), None)
}

/// The window of a minute: 5 requests, some of which failed, of a mean time.
fn window(minute: i64, failed: u64, mean_ms: f64) -> Window {
    let mut window = Window {
        number: minute.unsigned_abs() + 1,
        started_at: at(minute),
        cell: CellName::new("browse", "light_load"),
        counts: Counts { succeeded: 5 - failed, failed, throttled: 0 },
        ..Window::sample()
    };
    let mean = (failed < 5).then_some(mean_ms * 1e3);
    window.times[TimeKind::Service as usize] = TimeSummary { mean, ..TimeSummary::default() };
    window
}

/// Changes in short: states and alerts with the minute they are of.
fn told(changes: &[Change]) -> Vec<String> {
    let minute = |time: Timestamp| (time.as_second() - at(0).as_second()) / 60;
    let short = |change: &Change| match change {
        Change::State { before, after, at, .. } => {
            format!("{} {} -> {}", minute(*at), before.name(), after.name())
        }
        Change::Opened(alert) => format!("{} +{}", minute(alert.opened_at), alert.kind.name()),
        Change::Closed { kind, at, .. } => format!("{} -{}", minute(*at), kind.name()),
    };
    changes.iter().map(short).collect()
}

fn run(judge: &mut Judge, minutes: std::ops::Range<i64>, of: impl Fn(i64) -> (u64, f64)) -> Vec<String> {
    let all = minutes.flat_map(|minute| {
        let (failed, mean) = of(minute);
        judge.window(&window(minute, failed, mean))
    });
    told(&all.collect::<Vec<_>>())
}

#[test]
fn an_outage_is_one_alert_with_its_true_times() {
    let mut judge = judge();
    let told = run(&mut judge, 0..120, |minute| (if (60..90).contains(&minute) { 5 } else { 0 }, 20.0));
    assert_eq!(
        told,
        [
            "0 unknown -> healthy",
            "61 healthy -> unhealthy",
            "60 +BaselineDown",
            "92 unhealthy -> healthy",
            "90 -BaselineDown"
        ]
    );
    let watched = &judge.workloads["browse"];
    let failed = watched.history.failed(at(119), judge.budget.period, false);
    assert_eq!((failed.down, failed.measured), (Duration::from_mins(30), Duration::from_hours(2)));
}

#[test]
fn a_violated_slo_degrades_and_an_outage_takes_over() {
    let mut judge = judge();
    let told = run(&mut judge, 0..60, |minute| match minute {
        10..20 | 30..40 => (0, 60.0),
        20..30 => (5, 0.0),
        _ => (0, 20.0),
    });
    assert_eq!(
        told,
        [
            "0 unknown -> healthy",
            "11 healthy -> degraded",
            "10 +BaselineDegraded",
            "21 degraded -> unhealthy",
            "20 -BaselineDegraded",
            "20 +BaselineDown",
            "32 unhealthy -> degraded",
            "30 -BaselineDown",
            "30 +BaselineDegraded",
            "42 degraded -> healthy",
            "40 -BaselineDegraded"
        ]
    );
}

#[test]
fn half_as_much_again_is_an_alert_within_three_probes_though_the_slo_is_met() {
    let mut judge = judge();
    let told = run(&mut judge, 0..120, |minute| {
        let noise = 1.0 + (minute * 7 % 5) as f64 / 100.0;
        (0, noise * if (60..80).contains(&minute) { 15.0 } else { 10.0 })
    });
    assert_eq!(
        told,
        [
            "0 unknown -> healthy",
            "61 healthy -> degraded",
            "60 +BaselineSlowerThanBaseline",
            "81 degraded -> healthy",
            "80 -BaselineSlowerThanBaseline"
        ]
    );
}

#[test]
fn failures_that_come_and_go_burn_the_budget_and_outages_do_not_burn_twice() {
    let mut judge = judge();
    let told = run(&mut judge, 0..200, |minute| {
        (if (60..100).contains(&minute) && minute % 4 == 0 { 5 } else { 0 }, 20.0)
    });
    let alerts: Vec<&String> = told.iter().filter(|line| line.contains("Budget")).collect();
    assert_eq!(alerts[0], "68 +BaselineErrorBudgetBurnFast", "{told:?}");
    assert_eq!(alerts.iter().filter(|line| line.contains('+')).count(), 2, "{told:?}");
    assert!(!told.iter().any(|line| line.contains("BaselineDown")), "{told:?}");
    let mut judge = self::judge();
    let told = run(&mut judge, 0..300, |minute| (if (60..90).contains(&minute) { 5 } else { 0 }, 20.0));
    assert!(!told.iter().any(|line| line.contains("Budget")), "{told:?}");
}
