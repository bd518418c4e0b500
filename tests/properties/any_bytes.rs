//! Whatever the bytes of a file: a value or an error, never a panic.

use std::path::Path;

use baseline::scenario::environment::Environment;
use baseline::scenario::{Source, check};
use baseline::store::heartbeat;
use baseline::store::heartbeat::Heartbeat;
use baseline::store::manifest;
use baseline::store::manifest::Manifest;
use baseline::store::{histogram_log, window_log};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::support::fixtures::{measured, run_with};
use crate::support::folder::Folder;

use super::strategies::damaged;

const DEMO: &str = include_str!("../../scenarios/demo.toml");
/// Where each of these tests reads from; nothing is there.
const NOWHERE: &str = "windows.csv";

fn any_bytes() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..400)
}

fn scenario(text: String) {
    let lines = text.split('\n').count();
    let Err(error) = check(&Source { label: "any".to_owned(), text }, &Environment::default()) else {
        return;
    };
    assert!(!error.problems().is_empty() && !error.to_string().is_empty());
    for problem in error.problems() {
        assert!(
            problem.place.position.is_none_or(|(line, column)| (1..=lines).contains(&line) && column > 0)
        );
    }
    assert!(error.problems().is_sorted_by_key(|problem| problem.place.position), "{error}");
}

/// Reads a log of windows, and whatever is asked of what is in it.
fn windows(bytes: &[u8]) {
    let Ok(committed) = window_log::parse(bytes, Path::new(NOWHERE)) else { return };
    for window in &committed.windows {
        let _ = (window_log::line(window), window.throughput_per_s(), window.counts.error_ratio());
        let _ = (window.cache.hit_ratio(), window.errors.total());
    }
}

fn histograms(bytes: &[u8]) {
    let folder = Folder::new();
    let path = folder.path().join(histogram_log::FILE);
    std::fs::write(&path, bytes).unwrap();
    let committed = [1, 2].map(|number| measured(number, &[100]).window);
    let length = histogram_log::committed_length(&path, &committed).unwrap();
    assert!(length <= bytes.len() as u64);
    let _ = histogram_log::read_each(&path, &committed, |_, _, _| Ok(()));
}

fn manifest_and_heartbeat(bytes: &[u8]) {
    let folder = Folder::new();
    std::fs::write(folder.path().join(manifest::FILE), bytes).unwrap();
    std::fs::write(folder.path().join(heartbeat::FILE), bytes).unwrap();
    if let Ok(manifest) = Manifest::read(folder.path()) {
        let _ = (manifest.start(folder.path()), manifest.end(folder.path()));
    }
    let _ = Heartbeat::read(folder.path()).map(|heartbeat| heartbeat.process());
}

/// The bytes of a file of a run with two windows; leaked, since strategies live as long as the tests.
fn file_of_a_run(name: &str) -> &'static [u8] {
    let folder = Folder::new();
    std::fs::read(run_with(folder.path(), 2).join(name)).unwrap().leak()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_scenario_of_any_bytes(bytes in any_bytes()) {
        scenario(String::from_utf8_lossy(&bytes).into_owned());
    }

    #[test]
    fn a_damaged_scenario(bytes in damaged(DEMO.as_bytes())) {
        scenario(String::from_utf8_lossy(&bytes).into_owned());
    }

    #[test]
    fn a_scenario_with_any_value(
        key in "duration|cycle|window|warm_up|order|rate_limits",
        value in "\"[0-9]{0,22}(us|ms|s|m|h|d)\"|-?[0-9]{1,20}|\"\\PC{0,8}\"|\\[\\]|9e999",
    ) {
        let text: Vec<String> = DEMO
            .lines()
            .map(|line| if line.starts_with(&key) { format!("{key} = {value}") } else { line.to_owned() })
            .collect();
        scenario(text.join("\n"));
    }

    #[test]
    fn windows_of_any_bytes(bytes in any_bytes()) {
        windows(&bytes);
        windows(&[window_log::header_line().as_bytes(), &bytes].concat());
    }

    #[test]
    fn damaged_windows(bytes in damaged(file_of_a_run(window_log::FILE))) {
        windows(&bytes);
    }

    #[test]
    fn histograms_of_any_bytes(bytes in any_bytes()) {
        histograms(&bytes);
        histograms(&[b"Tag=health/light_load/service_time,", bytes.as_slice(), b"\n"].concat());
    }

    #[test]
    fn damaged_histograms(bytes in damaged(file_of_a_run(histogram_log::FILE))) {
        histograms(&bytes);
    }

    #[test]
    fn a_manifest_and_a_heartbeat_of_any_bytes(bytes in any_bytes()) {
        manifest_and_heartbeat(&bytes);
    }

    #[test]
    fn a_damaged_manifest(bytes in damaged(file_of_a_run(manifest::FILE))) {
        manifest_and_heartbeat(&bytes);
    }
}

#[test]
fn counts_too_large_to_add_up_are_an_error_and_no_panic() {
    let good = window_log::line(&measured(1, &[100]).window);
    let most = u64::MAX.to_string();
    let place = |column: &str| window_log::header().iter().position(|name| name == column).unwrap();
    let cases = [
        ("succeeded", most.clone()),
        ("window", most.clone()),
        ("cache_hits", most.clone()),
        ("errors", format!("reset:{most} reset:1")),
        ("errors", format!("reset:{most} timeout:1")),
        ("statuses", format!("200:{most} 201:1")),
    ];
    let panics = cases.iter().filter(|(column, value)| {
        let mut fields: Vec<&str> = good.trim().split(',').collect();
        (fields[place("failed")], fields[place("cache_misses")]) = ("1", "1");
        fields[place(column)] = value;
        let text = format!("{}{}\n", window_log::header_line(), fields.join(","));
        std::panic::catch_unwind(|| windows(text.as_bytes())).is_err()
    });
    assert_eq!(panics.collect::<Vec<_>>(), Vec::<&(&str, String)>::new());
}
