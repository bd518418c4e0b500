//! `detect` on tables as tools write them: the numbers of alerts, ramp-ups, ties, constants, incidents.

use std::fmt::Write as _;

use serde_json::Value;

use crate::support::folder::Folder;
use crate::support::program::{Ended, Program};

const ZERO_THEN_ONE: &str = include_str!("../fixtures/tables/zero_then_one.csv");
const STEP_LINEAR: &str = include_str!("../fixtures/tables/step_linear.csv");
const RAMPUP: &str = include_str!("../fixtures/tables/rampup_then_outage.csv");
const TIES: &str = include_str!("../fixtures/tables/ties.csv");
const CONSTANT: &str = include_str!("../fixtures/tables/constant.csv");

fn run(text: &str, options: &[&str]) -> Ended {
    let folder = Folder::new();
    std::fs::write(folder.path().join("a.csv"), text).unwrap();
    Program::new(folder.path(), &[&["detect", "a.csv"], options].concat()).run()
}

fn json(text: &str, options: &[&str]) -> Value {
    run(text, &[options, &["--format", "json"]].concat()).json()
}

/// One row per minute, with a little noise that never repeats.
fn minutes(rows: usize, value: impl Fn(usize, f64) -> f64) -> String {
    let noise = |n: usize| ((n * 7919 % 1009) as f64 / 1009.0 - 0.5) * 0.1;
    let mut text = String::from("time,value\n");
    for n in 0..rows {
        let _ = writeln!(text, "{},{}", 1_700_000_000 + 60 * n, value(n, noise(n)));
    }
    text
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

fn lines_of(text: &str) -> Vec<&str> {
    text.lines().collect()
}

#[track_caller]
fn near(value: &Value, right: f64, tolerance: f64) {
    assert!((number(value) - right).abs() <= tolerance, "{value} instead of {right}");
}

#[test]
fn an_alert_has_the_level_that_was_measured() {
    let found = json(ZERO_THEN_ONE, &[]);
    let alerts = found["alerts"].as_array().unwrap();
    assert_eq!(alerts.len(), 1, "{found:#}");
    let alert = &alerts[0];
    assert_eq!((number(&alert["expected"]), number(&alert["moved_to"])), (0.0, 1.0), "{alert:#}");
    assert_eq!(alert["change"], Value::Null, "{alert:#}");
    let text = run(ZERO_THEN_ONE, &[]).expect_success();
    assert!(text.contains("  burst: 1, 0 expected"), "{text}");

    // Both scales name the same numbers.
    for options in [&["--skip", "0"] as &[&str], &[], &["--scale", "linear"], &["--scale", "log"]] {
        let found = json(STEP_LINEAR, options);
        let alert = &found["alerts"][0];
        near(&alert["expected"], 10.0, 0.7);
        near(&alert["moved_to"], 100.0, 4.0);
        near(&alert["change"], 9.0, 0.8);
        let back = &alert["returned"];
        near(&back["expected"], 100.0, 4.0);
        near(&back["moved_to"], 10.0, 0.5);
        near(&back["change"], -0.9, 0.01);
    }
    insta::assert_snapshot!(run(STEP_LINEAR, &[]).expect_success());
}

#[test]
fn a_level_lies_within_the_rows_that_show_it() {
    // Small counts, an outage to 0 after values above 0, negative values, a percentage that cannot exceed 100, and a series
    // that is mostly 0.
    let series: [(&str, String); 5] = [
        ("counts", minutes(200, |n, noise| if n < 120 { (2.0 + 20.0 * noise).round() } else { 9.0 })),
        ("outage", minutes(200, |n, noise| if n < 120 { 200.0 * (1.0 + noise) } else { 0.0 })),
        (
            "negative",
            minutes(200, |n, noise| if n < 120 { -50.0 + 9.0 * noise } else { -80.0 + 9.0 * noise }),
        ),
        ("percent", minutes(200, |n, noise| if n < 120 { 60.0 + 20.0 * noise } else { 100.0 })),
        ("mostly zero", minutes(200, |n, _| if n >= 120 || n % 13 == 5 { 3.0 } else { 0.0 })),
    ];
    for (name, text) in series {
        let found = json(&text, &[]);
        let alerts = found["alerts"].as_array().unwrap();
        assert!(!alerts.is_empty(), "{name}: {found:#}");
        let values: Vec<f64> =
            text.lines().skip(1).map(|line| line.split_once(',').unwrap().1.parse().unwrap()).collect();
        let (low, high) = values[120..]
            .iter()
            .fold((f64::MAX, f64::MIN), |sum, value| (sum.0.min(*value), sum.1.max(*value)));
        for alert in alerts {
            let (level, expected) = (number(&alert["moved_to"]), number(&alert["expected"]));
            assert!((low..=high).contains(&level), "{name}: {alert:#}");
            assert!(values[..120].iter().any(|value| *value <= expected), "{name}: {alert:#}");
            assert!(values[..120].iter().any(|value| *value >= expected), "{name}: {alert:#}");
            let change = (expected > 0.0).then(|| level / expected - 1.0);
            assert_eq!(alert["change"].as_f64().is_some(), change.is_some(), "{name}: {alert:#}");
            change.map(|change| near(&alert["change"], change, 1e-9)).unwrap_or_default();
        }
        if name == "outage" {
            assert_eq!((number(&alerts[0]["moved_to"]), number(&alerts[0]["change"])), (0.0, -1.0));
        }
    }
}

#[test]
fn a_ramp_up_is_skipped_and_the_outage_after_it_is_found() {
    let found = json(RAMPUP, &[]);
    assert_eq!(found["skipped"]["reason"], "start_up", "{found:#}");
    let skipped = number(&found["skipped"]["rows"]);
    assert!((45.0..=60.0).contains(&skipped), "{found:#}");
    assert_eq!((&found["alert_count"], &found["learning_rows"]), (&1.into(), &60.into()), "{found:#}");
    let alert = &found["alerts"][0];
    near(&alert["expected"], 202.0, 1.0);
    near(&alert["moved_to"], 8.0, 1e-9);
    near(&alert["change"], -0.96, 0.001);
    near(&alert["returned"]["moved_to"], 200.0, 0.5);
    insta::assert_snapshot!(run(RAMPUP, &[]).expect_success());
    let csv = run(RAMPUP, &["--format", "csv"]);
    assert_eq!(csv.stdout.lines().count(), 281);
    assert!(csv.stderr.contains("skipped the first "), "{}", csv.stderr);
    // Response times that fall at first.
    let warm = minutes(200, |n, noise| 20.0 * (1.0 + noise) * (1.0 + 3.0 * (-(n as f64) / 12.0).exp()));
    let text = run(&warm, &[]).expect_success();
    assert!(text.contains("values were still falling (start-up)"), "{text}");
}

#[test]
fn a_ramp_up_is_kept_or_skipped_as_requested() {
    let none = json(RAMPUP, &["--skip", "0"]);
    assert_eq!((&none["skipped"], &none["judged"]), (&Value::Null, &220.into()), "{none:#}");
    for options in [
        &["--skip", "70"] as &[&str],
        &["--skip", "70s"],
        &["--learn-from", "71"],
        &["--learn-from", "1700000070"],
        &["--learn-from", "2023-11-14T22:14:30Z"],
        &["--learn-from", "2023-11-14 22:14:30"],
    ] {
        let found = json(RAMPUP, options);
        let skipped = &found["skipped"];
        assert_eq!((&skipped["rows"], &skipped["reason"]), (&70.into(), &"option".into()), "{options:?}");
        assert_eq!((&skipped["until"], &found["judged"]), (&"1700000070".into(), &150.into()), "{options:?}");
    }
    let found = json(RAMPUP, &["--skip", "70", "--learn", "30"]);
    assert_eq!((&found["learning_rows"], &found["judged"]), (&30.into(), &180.into()), "{found:#}");
    for (options, says) in [
        (&["--skip", "soon"] as &[&str], "--skip \"soon\" is neither a number of rows nor a duration"),
        (&["--learn-from", "soon"], "--learn-from \"soon\" is neither a time nor a row"),
        (&["--learn", "5"], "--learn needs at least 20 values"),
        (&["--skip", "5", "--learn-from", "5"], "cannot be used with"),
    ] {
        let ended = run(RAMPUP, options);
        assert!(ended.code == Some(2) && ended.stderr.contains(says), "{options:?}: {}", ended.stderr);
    }
    let ended = run("value\n1\n", &["--skip", "10m"]);
    assert!(ended.stderr.contains("--skip with a duration needs a time column"), "{}", ended.stderr);
    let ended = run(RAMPUP, &["--skip", "270"]);
    assert!(ended.code == Some(3) && ended.stdout.contains("judged   none"), "{}", ended.stdout);
}

#[test]
fn outliers_that_chance_does_not_explain_are_noted() {
    // A baseline of wild values hides everything that follows.
    let wild = minutes(900, |n, noise| if n < 60 { 100.0 + 900.0 * noise } else { 100.0 + 9.0 * noise });
    let text = run(&wild, &["--skip", "0"]).expect_success();
    assert!(text.contains("far fewer than expected: the baseline values vary more"), "{text}");
    let calm = run(&wild, &["--skip", "60"]).expect_success();
    assert!(!calm.contains("far fewer") && !calm.contains("far more"), "{calm}");
    let shifted = minutes(900, |n, noise| if n < 60 { 100.0 } else { 150.0 } + 9.0 * noise);
    let text = run(&shifted, &["--skip", "0"]).expect_success();
    assert!(text.contains("far more than expected: the level or the spread changed"), "{text}");
}

#[test]
fn rows_at_one_time_are_in_order() {
    let found = run(TIES, &[]);
    let text = found.expect_success();
    assert!(!text.contains("order") && text.contains("about 3.08 rows per second"), "{text}");
    assert!(!run(TIES, &[]).stderr.contains("order"));
    // JMeter writes a row at the end of a request: neighbours are swapped, and sorting them silences the notice.
    let sorted = minutes(200, |n, noise| 10.0 + n as f64 / 1e3 + noise);
    let mut lines: Vec<&str> = sorted.lines().collect();
    lines[1..].chunks_exact_mut(7).for_each(|rows| rows.swap(1, 4));
    let ended = run(&lines.join("\n"), &["--format", "csv"]);
    assert!(ended.stderr.contains("sorted 84 rows that were out of order by time"), "{}", ended.stderr);
    let right = run(&sorted, &["--format", "csv"]);
    assert_eq!(ended.stdout, right.stdout);
    assert!(!right.stderr.contains("order"), "{}", right.stderr);
    // A row that is thousands of rows late stays where it is.
    let mut late = minutes(12_000, |_, noise| 10.0 + noise);
    late.push_str("1700000030,10\n");
    let ended = run(&late, &[]);
    assert!(ended.stderr.contains("warning: 1 row out of order by time"), "{}", ended.stderr);
    // Requests that ended late are no repeated rows, even where their values are equal.
    let mut slow = String::from("timeStamp,elapsed,threadName\n");
    for n in 0..900 {
        // Three hundred requests that began before are written at once.
        let is_late = (300..600).contains(&n);
        let at = 1_700_000_000_000_i64 + if is_late { n / 10 } else { 10 * n };
        let _ = writeln!(slow, "{at},{},user {n}", if is_late { 3_000 } else { 2 });
    }
    let found = json(&slow, &["--value", "elapsed"]);
    assert_eq!((&found["rows"], &found["repeated"]), (&900.into(), &0.into()), "{found:#}");
    // Exports that overlap were joined: the second one repeats rows.
    let parts: Vec<&str> = lines_of(&sorted);
    let joined = [&parts[..150], &parts[1..]].concat().join("\n");
    let found = json(&joined, &[]);
    assert_eq!((&found["rows"], &found["repeated"]), (&349.into(), &149.into()), "{found:#}");
    assert_eq!(found["flags"], json(&sorted, &[])["flags"]);
}

#[test]
fn equal_values_bring_no_outliers_by_chance() {
    for text in [
        CONSTANT.to_owned(),
        minutes(400, |n, _| if n % 2 == 0 { 0.1 + 0.2 } else { 0.3 }),
        minutes(400, |n, _| 1e6 + if n % 3 == 0 { 1e-9 } else { 0.0 }),
        minutes(400, |_, _| -3.0),
        minutes(400, |_, _| 0.0),
    ] {
        let found = json(&text, &[]);
        assert_eq!((&found["flags"], &found["alert_count"]), (&0.into(), &0.into()), "{found:#}");
        near(&found["flags_expected_by_noise"], 0.0, 0.0);
        let text = run(&text, &[]).expect_success();
        assert!(text.contains("outliers 0 of 340, 0 expected by chance"), "{text}");
    }
}

/// Four humps of ten minutes in two hours: an hour is one incident.
#[test]
fn an_hour_of_humps_is_one_incident() {
    for height in [1.4, 3.0] {
        let humps = minutes(400, |n, noise| {
            let is_up = (120..240).contains(&n) && n % 30 < 10;
            100.0 * (1.0 + noise) * if is_up { height } else { 1.0 }
        });
        let found = json(&humps, &[]);
        let alerts = found["alerts"].as_array().unwrap();
        assert_eq!(alerts.len(), 2, "{found:#}");
        for alert in alerts {
            near(&alert["change"], height - 1.0, 0.15);
        }
    }
}

#[test]
fn tables_of_grafana_and_spreadsheets_are_read() {
    let semicolons = include_str!("../fixtures/tables/grafana_semicolon.csv");
    let found = json(semicolons, &["--time", "Time", "--value", "p95"]);
    assert_eq!((&found["rows"], &found["missing"]), (&2.into(), &1.into()), "{found:#}");
    assert_eq!(found["span"]["from"], "2026-01-15T12:10:00.000Z", "{found:#}");
    let blank = include_str!("../fixtures/tables/spreadsheet_blank_row.csv");
    let found = json(blank, &[]);
    assert_eq!((&found["rows"], &found["blank_rows"]), (&2.into(), &1.into()), "{found:#}");
    assert!(run(blank, &[]).stdout.contains("; skipped 1 blank row)"));
}
