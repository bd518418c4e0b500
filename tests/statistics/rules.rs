//! The rule "slower than the baseline": how often it is false on series without a change, and when it finds one.
//!
//! The rule is modelled here; a test with `promtool` compares the model with the expression.

use baseline::analysis::band::Band;
use baseline::domain::metric::{Metric, Reading};
use baseline::domain::time_summary::TimeKind;
use baseline::observe::rules::{SLOW_WINDOWS, slow_bound};
use baseline::stats::robust::describe;

use crate::support::simulate::Family;

const SERIES: u64 = 15;
const DAY_S: f64 = 86_400.0;

/// Windows of a day.
fn a_day(spacing: f64) -> usize {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few thousand")]
    let windows = (DAY_S / spacing) as usize;
    windows
}

/// The bound that rules have after a baseline was promoted from these windows.
fn bound(run: &[(f64, f64)]) -> f64 {
    let logs: Vec<f64> = run.iter().map(|(_, value)| value.ln()).collect();
    let described = describe(&logs).unwrap();
    let band = Band::of(Metric::Time(TimeKind::Service, Reading::Mean), described.mean, described.sigma);
    slow_bound(band.baseline, band.high)
}

/// The places at which the alert begins.
fn alerts(points: &[(f64, f64)], bound: f64) -> Vec<usize> {
    let mut in_a_row = 0;
    let mut begun = Vec::new();
    for (place, (_, value)) in points.iter().enumerate() {
        in_a_row = if *value > bound { in_a_row + 1 } else { 0 };
        if in_a_row == SLOW_WINDOWS {
            begun.push(place);
        }
    }
    begun
}

#[test]
fn fewer_than_five_false_alerts_a_day_in_every_family() {
    let (seeds, days) = (8, 2);
    for family in Family::ALL.into_iter().chain([Family::DependentSwing(0.5)]) {
        for spacing in [300.0, 60.0] {
            let learned = a_day(spacing);
            let of_one = |seed| {
                let points = family.series(seed, spacing, (1 + days) * learned);
                alerts(&points[learned..], bound(&points[..learned])).len()
            };
            let all: usize = (0..seeds * SERIES).map(of_one).sum();
            let daily = all as f64 / seeds as f64 / days as f64;
            println!("{} at {spacing} s: {daily} a day", family.name());
            assert!(daily < 5.0, "{} at {spacing} s: {daily} a day", family.name());
        }
    }
}

#[test]
fn half_as_slow_again_is_found_soon() {
    let learned = a_day(60.0);
    let found = (0..200).filter(|seed| {
        let mut points = Family::Normal.series(3_000_000 + seed, 60.0, learned + 10);
        points[learned..].iter_mut().for_each(|point| point.1 *= 1.5);
        !alerts(&points[learned..], bound(&points[..learned])).is_empty()
    });
    let found = found.count();
    assert!(found >= 180, "{found} of 200 within ten windows");
}
