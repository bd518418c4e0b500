//! Steps, the day and constant series.

use std::f64::consts::TAU;

use super::*;

/// Something like noise, the same each time.
fn noise(n: usize) -> f64 {
    ((n * 7919 % 1009) as f64 / 1009.0 - 0.5) * 0.2
}

fn series(n: usize, shape: impl Fn(f64) -> f64) -> Vec<(f64, f64)> {
    (0..n).map(|n| (n as f64 * 300.0, shape(n as f64 * 300.0) + noise(n))).collect()
}

#[test]
fn a_step_is_seen_and_measured() {
    let points = series(300, |at| if at >= 200.0 * 300.0 { 1.0 } else { 0.0 });
    let mut forecast = Forecast::learn(&points[..60], 1.0, true).unwrap();
    let judged: Vec<Judged> = points[60..212].iter().map(|(at, value)| forecast.take(*at, *value)).collect();
    let step = judged.last().unwrap().step.unwrap();
    assert!((step.height - 1.0).abs() < 0.15 && step.z > 8.0 && step.age == 12, "{step:?}");
    assert!(judged[..140].iter().all(|judged| judged.step.is_none_or(|step| step.z.abs() < 5.0)));
}

#[test]
fn the_day_is_learnt_and_no_step() {
    let points = series(1_152, |at| 0.2 * (TAU * at / DAY_S).sin());
    let mut forecast = Forecast::learn(&points[..60], 1.0, true).unwrap();
    let last = points[60..].iter().map(|(at, value)| forecast.take(*at, *value)).last().unwrap();
    assert!((last.expected - 0.2 * (TAU * points[1_151].0 / DAY_S).sin()).abs() < 0.03, "{last:?}");
}

#[test]
fn a_constant_series_ends_in_numbers() {
    let points: Vec<(f64, f64)> = (0..100).map(|n| (f64::from(n), 5.0)).collect();
    let mut forecast = Forecast::learn(&points[..60], 5.0, false).unwrap();
    for (at, value) in &points[60..] {
        let judged = forecast.take(*at, *value);
        assert!(judged.z.is_finite() && judged.step.is_none_or(|step| step.z.abs() < 1e-3), "{judged:?}");
    }
    assert_eq!(Forecast::learn(&points[..2], 1.0, true).map(|_| ()), None);
}
