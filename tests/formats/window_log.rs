//! `windows.csv`: the documented columns, held together with the catalogue of metrics.

use std::path::Path;

use baseline::domain::metric::Metric;
use baseline::domain::window::CacheCounts;
use baseline::store::window_log::{header, header_line, line, parse};

use crate::support::fixtures::measured;

/// As the documentation promises them.
const FIRST: &str = "window,cycle,started_at,endpoint,level,step,users,duration_s,requests,succeeded,failed,throttled,validity,\
     throughput_per_s,error_ratio,bytes";
const OF_A_TIME: [&str; 9] = ["mean", "stdev", "min", "p50", "p90", "p95", "p99", "p999", "max"];

#[test]
fn columns_begin_as_documented() {
    let kinds = ["service_time", "response_time", "first_byte"];
    let times = kinds.map(|kind| OF_A_TIME.map(|reading| format!("{kind}_{reading}_us")).join(","));
    assert!(header_line().starts_with(&format!("{FIRST},{},", times.join(","))), "{}", header_line());
    assert!(header_line().ends_with('\n') && !header_line().contains('"'));
}

#[test]
fn the_columns_in_the_middle_are_the_metrics() {
    let metrics: Vec<String> = Metric::first().map(Metric::name).collect();
    assert_eq!(header()[13..13 + metrics.len()], metrics);
}

#[test]
fn later_metrics_follow_all_other_columns_so_that_none_moves() {
    let later = Metric::LATER.map(Metric::name);
    assert_eq!(header()[header().len() - later.len()..], later);
    assert_eq!(header()[43], "invalid_reason");
}

#[test]
fn no_two_columns_have_one_name() {
    let mut names = header();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), header().len());
}

#[test]
fn windows_are_read_back_as_they_were() {
    let windows = [measured(1, &[100, 200, 300]).window, measured(2, &[]).window];
    let text = header_line() + &line(&windows[0]) + &line(&windows[1]);
    let committed = parse(text.as_bytes(), Path::new("windows.csv")).unwrap();
    assert_eq!(committed.windows, windows);
    assert_eq!(committed.length, text.len() as u64);
}

#[test]
fn what_is_not_known_is_empty_and_never_zero() {
    let row = line(&measured(1, &[]).window);
    let text = header_line() + &row;
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let columns = reader.headers().unwrap().clone();
    let record = reader.records().next().unwrap().unwrap();
    for (name, value) in
        columns.iter().zip(&record).filter(|(name, _)| name.ends_with("_us") || *name == "error_ratio")
    {
        assert_eq!(value, "", "{name}");
    }
}

#[test]
fn columns_of_a_later_version_are_passed_over_and_a_missing_one_is_named() {
    let windows = [measured(1, &[100]).window];
    let later = format!("{},later\n{},1\n", header_line().trim(), line(&windows[0]).trim());
    assert_eq!(parse(later.as_bytes(), Path::new("w")).unwrap().windows, windows);
    let earlier = header_line().replace("throttled", "x") + &line(&windows[0]);
    let error = parse(earlier.as_bytes(), Path::new("w")).unwrap_err().to_string();
    assert!(error.contains("throttled"), "{error}");
}

#[test]
fn a_window_of_another_program_needs_only_what_every_program_knows() {
    let window = measured(1, &[100, 200, 300]).window;
    // The columns end before what only this program tells of itself.
    let cut = |text: String| -> String {
        let fields = text.split(',').take(13 + 30).collect::<Vec<_>>().join(",");
        fields + "\n"
    };
    let text = cut(header_line()) + &cut(line(&window));
    let found = parse(text.as_bytes(), Path::new("w")).unwrap().windows.remove(0);
    assert_eq!((found.counts, found.times, found.duration), (window.counts, window.times, window.duration));
    assert_eq!(found.validity, window.validity);
}

/// Ten windows of the last version that recorded neither pauses nor caps; two of them of a target that was down.
#[test]
fn a_file_without_pauses_and_caps_does_not_know_them() {
    let text = include_bytes!("../fixtures/runs/schema-2/windows.csv");
    let windows = parse(text, Path::new("w")).unwrap().windows;
    assert_eq!(windows.len(), 10);
    assert!(windows.iter().all(|window| window.backed_off.is_none() && window.request_cap.is_none()));
    assert_eq!(windows.iter().map(|window| window.counts.failed).sum::<u64>(), 8);
    assert!(windows.iter().all(|window| Metric::Throughput.of(window).is_some()));
    // Written again they are the same, with empty fields.
    let again = header_line() + &windows.iter().map(line).collect::<String>();
    assert_eq!(parse(again.as_bytes(), Path::new("w")).unwrap().windows, windows);
}

#[test]
fn pauses_and_caps_are_read_back() {
    let mut window = measured(1, &[100]).window;
    window.backed_off = Some(std::time::Duration::from_micros(12_345));
    window.request_cap = Some(3);
    let text = header_line() + &line(&window);
    assert_eq!(parse(text.as_bytes(), Path::new("w")).unwrap().windows, [window.clone()]);
    let damaged = text.replace("0.012345", "-1");
    assert!(parse(damaged.as_bytes(), Path::new("w")).unwrap_err().to_string().contains("backed_off_s"));
}

#[test]
fn a_row_that_is_no_window_is_named_by_its_line_and_column() {
    let good = line(&measured(1, &[100]).window);
    let text = header_line() + &good + &good.replacen("1,", "one,", 1);
    let error = parse(text.as_bytes(), Path::new("w")).unwrap_err().to_string();
    assert!(error.contains("line 3") && error.contains("\"window\""), "{error}");
}

/// Ten windows of the demo server by the last version without columns for caches and certificates.
#[test]
fn a_file_without_the_later_metrics_has_its_hits_and_misses() {
    let text = include_bytes!("../fixtures/runs/schema-3-without-later-metrics/windows.csv");
    let header = std::str::from_utf8(text).unwrap().lines().next().unwrap();
    assert!(Metric::LATER.iter().all(|metric| !header.split(',').any(|name| name == metric.name())));
    let windows = parse(text, Path::new("w")).unwrap().windows;
    assert_eq!(windows.len(), 10);
    let ratios: Vec<f64> = windows.iter().filter_map(|window| Metric::CacheHitRatio.of(window)).collect();
    assert!(!ratios.is_empty() && ratios.iter().all(|ratio| (0.5..1.0).contains(ratio)), "{ratios:?}");
    assert!(windows.iter().all(|window| Metric::CertificateDays.of(window).is_none()));
}

#[test]
fn later_metrics_are_read_back() {
    let mut window = measured(1, &[100]).window;
    window.cache = CacheCounts { hits: 61, misses: 39 };
    window.certificate_days = Some(-1.5);
    let text = header_line() + &line(&window);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let columns = reader.headers().unwrap().clone();
    let record = reader.records().next().unwrap().unwrap();
    let field = |name: &str| &record[columns.iter().position(|column| column == name).unwrap()];
    assert_eq!((field("cache_hit_ratio"), field("certificate_days")), ("0.610000", "-1.5"));
    assert_eq!(parse(text.as_bytes(), Path::new("w")).unwrap().windows, [window]);
}
