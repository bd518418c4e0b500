//! The anomaly score on labelled series, under the public scoring of the Numenta Anomaly Benchmark.
//!
//! `tests/fixtures/nab` holds the 18 series the score was developed with (MIT licence) and the windows in which something
//! happened. Scoring after Lavin and Ahmad (2015): a detection earns by how early in its window it is, one outside costs
//! by how far behind a window it is, the first 15 % of a series are not scored, and one threshold serves all series.

use std::path::{Path, PathBuf};

use baseline::analysis::detector::Detector;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::Value;

/// What a hit, a false alarm and a miss weigh.
const PROFILES: [(f64, f64, f64); 3] = [(1.0, 0.11, 1.0), (1.0, 0.22, 1.0), (1.0, 0.11, 2.0)];

/// One row that counts: its score, the window it lies in, and what a detection there is worth.
struct Row {
    score: f64,
    window: Option<usize>,
    worth: f64,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/nab")
}

fn seconds(stamp: &str) -> f64 {
    let at: DateTime = stamp.parse().unwrap();
    at.to_zoned(TimeZone::UTC).unwrap().timestamp().as_second() as f64
}

fn sigmoid(place: f64) -> f64 {
    if place > 3.0 { -1.0 } else { 2.0 / (1.0 + (5.0 * place).exp()) - 1.0 }
}

/// The rows of one series, and how many windows it has among those that count.
fn rows(path: &str, windows: &[Value], first_window: usize) -> Vec<Row> {
    let text = std::fs::read_to_string(folder().join("data").join(path)).unwrap();
    let points: Vec<(f64, f64)> = text
        .lines()
        .skip(1)
        .map(|line| line.split_once(',').unwrap())
        .map(|(stamp, value)| (seconds(stamp), value.parse().unwrap()))
        .collect();
    let mut detector = Detector::new(None, true);
    let mut scores = Vec::new();
    for (at, value) in &points {
        detector.take(*at, Some(*value), ());
        scores.extend(std::iter::from_fn(|| detector.next()).map(|((), verdict)| verdict.score.unwrap()));
    }
    detector.finish();
    scores.extend(std::iter::from_fn(|| detector.next()).map(|((), verdict)| verdict.score.unwrap()));
    let spans: Vec<(usize, usize)> = windows
        .iter()
        .map(|window| {
            let at = |end: usize| seconds(window[end].as_str().unwrap().split('.').next().unwrap());
            let first = points.iter().position(|point| point.0 >= at(0)).unwrap();
            (first, points.iter().rposition(|point| point.0 <= at(1)).unwrap())
        })
        .collect();
    let probation = (points.len() * 15 / 100).min(750);
    (probation..points.len())
        .map(|n| {
            let window = spans.iter().position(|(first, last)| (*first..=*last).contains(&n));
            let worth = match window {
                Some(place) => {
                    let (first, last) = spans[place];
                    sigmoid(-((last - n + 1) as f64) / (last - first + 1) as f64) / sigmoid(-1.0)
                }
                None => spans
                    .iter()
                    .rfind(|(_, last)| *last < n)
                    .map_or(-1.0, |(first, last)| sigmoid((n - last) as f64 / (last - first) as f64)),
            };
            Row { score: scores[n], window: window.map(|place| place + first_window), worth }
        })
        .collect()
}

/// The best score over all thresholds, 0 for nobody and 100 for the perfect.
fn best(rows: &mut [Row], (hit, alarm, miss): (f64, f64, f64)) -> f64 {
    rows.sort_by(|left, right| right.score.total_cmp(&left.score));
    let windows: std::collections::BTreeSet<usize> = rows.iter().filter_map(|row| row.window).collect();
    let mut earned: std::collections::BTreeMap<usize, f64> =
        windows.iter().map(|window| (*window, -miss)).collect();
    let nobody = -miss * windows.len() as f64;
    let (mut score, mut best) = (nobody, nobody);
    for same in rows.chunk_by(|left, right| left.score.to_bits() == right.score.to_bits()) {
        for row in same {
            match row.window.and_then(|window| earned.get_mut(&window)) {
                Some(earned) => {
                    let better = earned.max(row.worth * hit);
                    score += better - *earned;
                    *earned = better;
                }
                None => score += row.worth * alarm,
            }
        }
        best = best.max(score);
    }
    100.0 * (best - nobody) / (hit * windows.len() as f64 - nobody)
}

#[test]
fn the_score_of_the_development_series() {
    let windows: Value =
        serde_json::from_slice(&std::fs::read(folder().join("windows.json")).unwrap()).unwrap();
    let mut all = Vec::new();
    let mut first_window = 0;
    for (path, windows) in windows.as_object().unwrap() {
        let windows = windows.as_array().unwrap();
        all.extend(rows(path, windows, first_window));
        first_window += windows.len();
    }
    let scores = PROFILES.map(|profile| best(&mut all, profile));
    for (score, seen) in scores.into_iter().zip([85.9, 83.0, 89.0]) {
        assert!((score - seen).abs() < 0.5, "{scores:?}");
    }
}
