//! `detect` and `capacity` on tables that somebody else wrote.

use std::fmt::Write as _;

use serde_json::Value;

use crate::support::folder::Folder;
use crate::support::program::{Ended, Program};
use crate::support::simulate::Family;

fn run(folder: &Folder, arguments: &[&str]) -> Ended {
    Program::new(folder.path(), arguments).run()
}

fn with(text: impl AsRef<[u8]>) -> Folder {
    let folder = Folder::new();
    std::fs::write(folder.path().join("a.csv"), text).unwrap();
    folder
}

/// A series of 400 rows that steps up by a half at row 300.
fn stepped() -> Folder {
    let mut text = String::from("timestamp,value\n");
    for (n, (at, value)) in Family::Normal.series(1, 300.0, 400).into_iter().enumerate() {
        let _ = writeln!(text, "{at},{}", if n < 300 { value } else { value * 1.5 });
    }
    with(text)
}

fn rows(ended: &Ended) -> Vec<Vec<String>> {
    ended.stdout.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

#[test]
fn a_step_is_told_in_every_format() {
    let folder = stepped();
    let csv = run(&folder, &["detect", "a.csv", "--format", "csv"]);
    assert!(csv.stdout.starts_with("timestamp,value,anomaly_score,flag,alert\n"), "{}", csv.stdout);
    let rows = rows(&csv);
    assert_eq!(rows.len(), 400);
    let alerts: Vec<usize> = (0..400).filter(|n| rows[*n][4] == "1").collect();
    assert!(alerts.len() == 1 && (302..312).contains(&alerts[0]), "{alerts:?}");
    assert!(rows.iter().all(|row| (0.0..=1.0).contains(&row[2].parse::<f64>().unwrap())));
    let json = run(&folder, &["detect", "a.csv", "--format", "json"]).json();
    assert_eq!((&json["alert_count"], &json["learning_rows"]), (&1.into(), &60.into()), "{json:#}");
    let flags = rows.iter().filter(|row| row[3] == "1").count();
    assert_eq!(json["flags"], flags, "{json:#}");
    insta::assert_snapshot!(run(&folder, &["detect", "a.csv"]).expect_success());
}

#[test]
fn flags_are_what_the_specification_says() {
    let folder = stepped();
    let rows = rows(&run(&folder, &["detect", "a.csv", "--format", "csv"]));
    let logs: Vec<f64> = rows.iter().map(|row| row[1].parse::<f64>().unwrap().ln()).collect();
    let mean = logs[..60].iter().sum::<f64>() / 60.0;
    let sigma = (logs[..60].iter().map(|log| (log - mean).powi(2)).sum::<f64>() / 59.0).sqrt();
    for (n, row) in rows.iter().enumerate() {
        let is_flag = n >= 60 && (logs[n] - mean).abs() > 2.0 * sigma;
        assert_eq!(row[3] == "1", is_flag, "row {n}");
    }
}

#[test]
fn missing_values_are_no_zeros() {
    let mut text = String::from("\u{feff}Time,cpu\r\n");
    for n in 0..100 {
        let value = if n % 10 == 3 {
            ["", "NaN", "inf", "null"][n / 10 % 4].to_owned()
        } else {
            (n % 7 + 50).to_string()
        };
        let _ = write!(text, "2026-01-01 00:{:02}:{:02},{value}\r\n", n / 2, n % 2 * 30);
    }
    let rows = rows(&run(&with(text), &["detect", "a.csv", "--format", "csv"]));
    assert_eq!(rows.len(), 100);
    for (n, row) in rows.iter().enumerate() {
        assert_eq!(row[2].is_empty(), n % 10 == 3, "row {n}: {row:?}");
        assert!(row[2].is_empty() || row[3] == "0" || n >= 45, "row {n}: {row:?}");
    }
}

/// Anything a table may hold ends in a result or in an error with its line, never in a panic.
#[test]
fn hostile_tables() {
    let check = |text: &[u8], arguments: &[&str], code: i32, says: &str| {
        let folder = with(text);
        let ended = run(&folder, arguments);
        let all = format!("{}{}", ended.stdout, ended.stderr);
        assert_eq!(ended.code, Some(code), "{arguments:?} {text:?}: {all}");
        assert!(all.contains(says), "{arguments:?}: {all}");
        assert!(!all.contains("panicked"), "{all}");
    };
    let detect = ["detect", "a.csv"];
    check(b"", &detect, 2, "the file is empty");
    check(b"timestamp,value\n", &detect, 3, "a baseline needs 20 values");
    check(b"timestamp,value\n2026-01-01,1\n", &detect, 3, "a baseline needs 20 values");
    check(
        b"timestamp,value\n2026-01-01,one\n",
        &detect,
        2,
        "line 2, column \"value\": \"one\" is not a number",
    );
    check(b"timestamp,value\nyesterday,1\n", &detect, 2, "is not a time");
    check(b"timestamp,value\n1,2,3\n", &detect, 2, "a.csv");
    check(b"timestamp,value\n1,\xff\n", &detect, 2, "UTF-8");
    check(b"a,b,c\n1,2,3\n", &detect, 2, "select one with --value: \"a\", \"b\", \"c\"");
    check(b"value,value\n1,2\n", &detect, 2, "does not have exactly one column \"value\"");
    check(&vec![b'x'; 3_000_000], &detect, 2, "longer than 1 MB");
    check(
        b"timestamp,value\n1,2\n",
        &["detect", "a.csv", "--value", "speed"],
        2,
        "does not have exactly one column \"speed\"",
    );
    check(b"timestamp,value\n1,2\n", &["detect", "a.csv", "--where", "speed"], 2, "has no `=`");
    check(
        b"timestamp,value\n1,2\n",
        &["capacity", "a.csv", "--format", "csv"],
        2,
        "possible values: text, json",
    );
    let capacity = ["capacity", "a.csv"];
    check(b"users,throughput\n1,10\n2,20\n", &capacity, 2, "at least 3 different load levels");
    check(b"users,throughput\n1,10\n2,20\n-1,5\n", &capacity, 2, "line 4, column \"users\"");
    check(b"users,throughput\n1,10\n2,NaN\n3,5\n", &capacity, 2, "line 3, column \"throughput\"");
    check(b"users,throughput\n1,0\n2,0\n3,0\n", &capacity, 2, "all throughput values are 0");
    check(b"users,throughput\n1,\n1,10\n2,20\n2,\n4,40\n", &capacity, 0, "no estimate: needs 6 load levels");
    check(b"users,throughput\n1,\n2,\n4,\n", &capacity, 2, "at least 3 different load levels");
    check(b"n,x\n1,2\n", &capacity, 2, "does not have exactly one column \"users\"");
    check(b"users,throughput\n1,10\n2,20\n4,40\n", &capacity, 0, "no estimate: needs 6 load levels");
}

/// The line in an error is the one that an editor shows.
#[test]
fn errors_have_the_line_of_an_editor() {
    let check = |text: &str, line: u64| {
        let ended = run(&with(text), &["capacity", "a.csv"]);
        let wanted = format!("line {line}, column \"throughput\": \"x\"");
        assert!(ended.stderr.contains(&wanted), "{text:?}: {}", ended.stderr);
    };
    for end in ["\n", "\r\n", "\r"] {
        let lines = |text: &str| text.replace('|', end);
        check(&lines("users,throughput|1,100|2,x|"), 3);
        check(&lines("\u{feff}users,throughput|1,100|2,x"), 3);
        check(&lines("users,throughput||1,100|||2,x|3,y|"), 6);
        check(&lines("|users,throughput|1,100|,|2,x|"), 5);
        check(&lines("users,\"throughput\",\"two|lines\"|1,100,\"a||b\"|2,x,c|"), 6);
    }
    // Beyond the first buffer, and with a long field of many lines.
    let mut text = "users,throughput,note\r\n".to_owned();
    for n in 1..=4_000 {
        let _ = write!(text, "{n},1,\"first\r\nsecond\"\r\n");
    }
    text.push_str("1,x,\r\n");
    check(&text, 8_002);
    let text = format!("users,throughput,note\n1,1,\"{}\"\n2,x,\n", "\n".repeat(100_000));
    check(&text, 100_003);
    for (text, wanted) in [
        ("users,throughput\r\n1,2\r\n1,2,3\r\n", "line 3 has 3 values for 2 columns"),
        ("users,throughput\r\n1,2\r\n1\r\n", "line 3 has fewer values than the header has columns (1 of 2)"),
    ] {
        assert!(run(&with(text), &["capacity", "a.csv"]).stderr.contains(wanted), "{text:?}");
    }
    let ended = run(&with(b"users,throughput\r\n1,2\r\n\xff,3\r\n"), &["capacity", "a.csv"]);
    assert!(ended.stderr.contains("line 3 is not valid UTF-8"), "{}", ended.stderr);
    assert!(ended.stderr.contains("hint: save the file with the encoding UTF-8"), "{}", ended.stderr);
}

#[test]
fn blank_rows_and_rows_without_users_are_skipped_and_counted() {
    let text = "users,throughput\r\n0,0\r\n0.0,\r\n1,10\r\n,\r\n2,20\r\n , \r\n,,,\r\n\r\n\"\",\"\"\r\n3,\r\n\
                4,40\r\n8,80\r\n,\r\n\r\n";
    let folder = with(text);
    let ended = run(&folder, &["capacity", "a.csv", "--format", "json"]);
    assert!(ended.stderr.contains("skipped 6 blank rows"), "{}", ended.stderr);
    assert!(ended.stderr.contains("skipped 2 rows with 0 users"), "{}", ended.stderr);
    let rows = &ended.json()["rows"];
    for (key, expected) in [("used", 4), ("blank", 6), ("zero_users", 2), ("without_throughput", 1)] {
        assert_eq!(rows[key], expected, "{rows:#}");
    }
    // As Locust writes it.
    let folder = with(include_str!("../fixtures/tables/locust_zero_users.csv"));
    let arguments = ["capacity", "a.csv", "--users", "User Count", "--throughput", "Requests/s"];
    let ended = run(&folder, &arguments);
    assert!(ended.code == Some(0) && ended.stderr.contains("skipped 1 row with 0 users"), "{}", ended.stderr);
    // Blank rows do not stop `detect` either.
    let mut text = String::from("timestamp,value\n");
    for n in 0..60 {
        let _ = write!(text, "{},{}\n,\n", 1_700_000_000 + n * 60, n % 5);
    }
    let json = run(&with(text), &["detect", "a.csv", "--format", "json"]).json();
    assert_eq!(json["rows"], 60, "{json:#}");
    // In a table of one column an empty field is a missing value.
    let text = format!("value\n{}\"\"\n{}", "5\n".repeat(30), "6\n".repeat(30));
    let json = run(&with(text), &["detect", "a.csv", "--format", "json"]).json();
    assert_eq!(json["rows"], 61, "{json:#}");
}

#[test]
fn numbers_with_a_comma_are_explained() {
    let folder = with(include_str!("../fixtures/tables/jmeter_decimal_comma.csv"));
    let arguments = ["capacity", "a.csv", "--users", "# Samples", "--throughput", "Throughput"];
    let stderr = run(&folder, &arguments).stderr;
    assert!(stderr.contains("line 2, column \"Throughput\": \",16005\" is not a throughput"), "{stderr}");
    assert!(stderr.contains("hint: this looks like a decimal comma"), "{stderr}");
    assert!(stderr.contains("such as 0.16005"), "{stderr}");
}

#[test]
fn constants_extremes_and_disorder_end_in_numbers() {
    let series: [(&str, Vec<String>); 5] = [
        ("constant", vec!["5".to_owned(); 200]),
        ("zeros", vec!["0".to_owned(); 200]),
        ("huge", (0..200).map(|n| format!("{}e140", n % 5 + 1)).collect()),
        ("tiny", (0..200).map(|n| format!("{}e-300", n % 5 + 1)).collect()),
        ("signs", (0..200).map(|n| ((n % 5) - 2).to_string()).collect()),
    ];
    for (name, values) in series {
        for stamps in ["same", "backwards"] {
            let mut text = String::from("ts,value\n");
            for (n, value) in values.iter().enumerate() {
                let at = if stamps == "same" { 1_000_000 } else { 1_000_000 - 60 * n };
                let _ = writeln!(text, "{at},{value}");
            }
            let ended = run(&with(text), &["detect", "a.csv", "--format", "csv"]);
            assert_eq!(ended.code, Some(0), "{name} {stamps}: {}", ended.stderr);
            // Rows at one time are in order; the others are sorted.
            let is_sorted = ended.stderr.contains("sorted 199 rows that were out of order by time");
            assert_eq!(is_sorted, stamps == "backwards", "{}", ended.stderr);
            let alerts = rows(&ended).iter().filter(|row| row[4] == "1").count();
            assert_eq!(alerts, 0, "{name} {stamps}");
        }
    }
}

#[test]
fn a_column_of_another_program_and_some_of_its_rows() {
    let mut text = String::from("metric_name,timestamp,metric_value\n");
    for n in 0..200 {
        let _ = writeln!(text, "http_req_duration,{},{}", 1_700_000_000 + n * 10, 100 + n % 5);
        let _ = writeln!(text, "vus,{},10", 1_700_000_000 + n * 10);
    }
    let folder = with(text);
    let arguments = [
        "detect",
        "a.csv",
        "--value",
        "metric_value",
        "--where",
        "metric_name=http_req_duration",
        "--format",
        "json",
    ];
    let json = run(&folder, &arguments).json();
    assert_eq!((&json["rows"], &json["out_of_order"]), (&200.into(), &0.into()), "{json:#}");
}

#[test]
fn a_table_of_levels_is_fitted() {
    let folder = with(
        "users,throughput\n1,64.9\n18,995.9\n36,1652.4\n72,1853.2\n108,1828.9\n144,1775.0\n216,1702.2\n",
    );
    let json = run(&folder, &["capacity", "a.csv", "--format", "json"]).json();
    let number = |value: &Value| value.as_f64().unwrap();
    // Source: Gunther's SPEC SDM91, as R's package usl fits it.
    for (key, expected) in [("alpha", 0.027_728_4), ("beta", 1.043_66e-4), ("gamma", 89.995_2)] {
        assert!((number(&json[key]) / expected - 1.0).abs() < 1e-4, "{json:#}");
    }
    assert!((number(&json["peak"]["users"]) / 96.519_56 - 1.0).abs() < 1e-4, "{json:#}");
    assert_eq!((&json["model"], &json["refused"]), (&"usl".into(), &Value::Null), "{json:#}");
    insta::assert_snapshot!(run(&folder, &["capacity", "a.csv"]).expect_success());
}

#[test]
fn rows_of_one_level_are_one_point() {
    let once = with("users,throughput\n1,10\n2,19\n4,34\n8,55\n");
    let twice = with("users,throughput\n1,9\n1,11\n2,19\n2,19\n4,33\n4,35\n8,54\n8,56\n");
    let fit = |folder: &Folder| run(folder, &["capacity", "a.csv", "--format", "json"]).json();
    let (once, twice) = (fit(&once), fit(&twice));
    for key in ["alpha", "beta", "gamma"] {
        let (left, right) = (once[key].as_f64().unwrap(), twice[key].as_f64().unwrap());
        assert!((left - right).abs() < 1e-6 * left.abs().max(1e-3), "{key}: {left} {right}");
    }
}
