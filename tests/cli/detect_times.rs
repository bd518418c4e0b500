//! Times of tables: every notation is understood or refused, and what was understood is printed.

use std::fmt::Write as _;

use serde_json::Value;

use crate::support::folder::Folder;
use crate::support::program::{Ended, Program};

fn run(text: &str, options: &[&str]) -> Ended {
    let folder = Folder::new();
    std::fs::write(folder.path().join("a.csv"), text).unwrap();
    Program::new(folder.path(), &[&["detect", "a.csv"], options].concat()).run()
}

/// Thirty rows, one every five minutes from 2026-01-31T13:05:00Z on, with times in this notation of strftime.
fn table(column: &str, form: &str) -> String {
    let start: jiff::Timestamp = "2026-01-31T13:05:00Z".parse().unwrap();
    let mut text = format!("{column},value\n");
    for n in 0..30 {
        let at = start + jiff::SignedDuration::from_mins(5 * n);
        let at = at.to_zoned(jiff::tz::TimeZone::UTC);
        let stamp = match form {
            "serial" => format!("{:.6}", at.timestamp().as_second() as f64 / 86_400.0 + 25_569.0),
            "elapsed" => (300 * n).to_string(),
            "elapsed_ms" => (300_000 * n).to_string(),
            "ms" => at.timestamp().as_millisecond().to_string(),
            "ns" => at.timestamp().as_nanosecond().to_string(),
            form => at.strftime(form).to_string(),
        };
        let _ = writeln!(text, "\"{stamp}\",{}", 10 + n % 3);
    }
    text
}

#[test]
fn what_was_understood_of_times_is_printed() {
    let forms = [
        ("%Y-%m-%dT%H:%M:%SZ", "dates"),
        ("%Y-%m-%d %H:%M:%S", "dates"),
        ("%Y-%m-%d %H:%M:%S,000", "dates"),
        ("%Y/%m/%d %H:%M:%S", "dates"),
        ("[%d/%b/%Y:%H:%M:%S +0000]", "dates"),
        ("%a %b %e %H:%M:%S %Y", "dates"),
        ("%d.%m.%Y %H:%M", "dates"),
        ("%m/%d/%Y %-I:%M %p", "dates"),
        ("%d/%m/%Y %H:%M", "dates"),
        ("%Y-%m-%d %H:%M:%S UTC", "dates"),
        ("%Y-%m-%d %H:%M:%S +0000", "dates"),
        ("%Y%m%d%H%M%S", "dates in digits (YYYYMMDD...)"),
        ("%Y%m%d%H%M", "dates in digits (YYYYMMDD...)"),
        ("%s", "Unix time in seconds"),
        ("ms", "Unix time in milliseconds"),
        ("ns", "Unix time in nanoseconds"),
        ("serial", "spreadsheet dates (days since 1899-12-30)"),
    ];
    for (form, words) in forms {
        let text = table("time", form);
        let shown = run(&text, &[]).expect_success();
        let span = "span     2026-01-31T13:05:00Z to 2026-01-31T15:30:00Z (2 h 25 min), one row every 5 min; times are ";
        assert!(shown.contains(&format!("{span}{words}\n")), "{form}: {shown}");
        let found = run(&text, &["--format", "json"]).json();
        assert_eq!(found["span"]["from"], "2026-01-31T13:05:00.000Z", "{form}: {found:#}");
        assert_eq!(
            (&found["span"]["seconds"], &found["span"]["times"]),
            (&8_700.0.into(), &words.into()),
            "{form}"
        );
        assert!((found["span"]["row_spacing_s"].as_f64().unwrap() - 300.0).abs() < 0.1, "{form}");
    }
    for (column, form, options, words) in [
        ("time", "%H:%M:%S", &[] as &[&str], "times of day without a date"),
        ("time", "elapsed", &[], "seconds since the start"),
        ("elapsed_ms", "elapsed_ms", &["--time", "elapsed_ms"], "milliseconds since the start"),
        ("time", "elapsed_ms", &["--time-unit", "ms"], "milliseconds since the start"),
    ] {
        let text = table(column, form);
        let shown = run(&text, options).expect_success();
        let right = format!("span     2 h 25 min, one row every 5 min; times are {words}\n");
        assert!(shown.contains(&right), "{form}: {shown}");
        let found = run(&text, &[options, &["--format", "json"]].concat()).json();
        assert_eq!(
            (&found["span"]["from"], &found["span"]["times"]),
            (&Value::Null, &words.into()),
            "{form}"
        );
    }
    // Days, over the change of a year, and times of day over midnight.
    let mut days = String::from("date,value\n");
    (0..40).for_each(|n| {
        let day = jiff::civil::date(2025, 12, 20) + jiff::SignedDuration::from_hours(24 * n);
        let _ = writeln!(days, "{},{n}", day.strftime("%Y%m%d"));
    });
    assert!(
        run(&days, &[])
            .stdout
            .contains("2025-12-20T00:00:00Z to 2026-01-28T00:00:00Z (39 d), one row every 24 h")
    );
    let mut night = String::from("time,value\n");
    (0..40).for_each(|n| {
        let _ = writeln!(night, "{:02}:{:02}:00,{n}", (23 + n / 6) % 24, n % 6 * 10);
    });
    assert!(run(&night, &[]).stdout.contains("span     6 h 30 min, one row every 10 min"));
}

#[test]
fn times_that_mean_two_things_are_refused() {
    let refused = |text: &str, says: &str, hint: &str| {
        let ended = run(text, &[]);
        assert_eq!(ended.code, Some(2), "{text}: {}{}", ended.stdout, ended.stderr);
        assert!(ended.stderr.contains(says) && ended.stderr.contains(hint), "{text}: {}", ended.stderr);
    };
    let year_first = "hint: write dates with the year first";
    refused(
        "date,value\n01/02/2026,1\n02/03/2026,2\n",
        "line 2, column \"date\": \"01/02/2026\" is not clear",
        year_first,
    );
    refused("date,value\n01-02-2026 13:05,1\n", "is not clear: either number may be the day", year_first);
    let one_notation = "hint: write all times in one notation";
    refused(
        "ts,value\n1700000000,1\n1700000060000,2\n",
        "a time like those before (Unix time in seconds)",
        one_notation,
    );
    refused("ts,value\n31/01/2026,1\n01/31/2026,2\n", "line 3", one_notation);
    refused(
        "ts,value\nyesterday,1\n",
        "\"yesterday\" is not a time",
        "hint: write times as 2026-01-31T13:05:00Z",
    );
    // A later row decides.
    let mut text = String::from("date,value\n");
    (1..=31).for_each(|day| {
        let _ = writeln!(text, "{day:02}/03/2026,{day}");
    });
    assert!(run(&text, &[]).stdout.contains("span     2026-03-01T00:00:00Z to 2026-03-31T00:00:00Z (30 d)"));
}

#[test]
fn missing_values_are_skipped_and_counted() {
    let missing = [
        "",
        "NA",
        "n/a",
        "#N/A",
        "null",
        "None",
        "nil",
        "<nil>",
        "undefined",
        "-",
        "--",
        "\\N",
        ".",
        "?",
        "NaN",
        "inf",
    ];
    let mut text = String::from("ts,value\n");
    for n in 0..96 {
        let value = if n % 3 == 1 { missing[n / 3 % missing.len()].to_owned() } else { (n % 5).to_string() };
        let _ = writeln!(text, "{},{value}", 1_700_000_000 + n);
    }
    let found = run(&text, &["--format", "json"]).json();
    assert_eq!((&found["rows"], &found["missing"]), (&96.into(), &32.into()), "{found:#}");
    let ended = run("ts,value\n1700000000,12ms\n", &[]);
    assert!(ended.stderr.contains("line 2, column \"value\": \"12ms\" is not a number"), "{}", ended.stderr);
}
