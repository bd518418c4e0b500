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
    for (at, value) in &points[60..200] {
        forecast.take(*at, *value);
        let clearest =
            forecast.candidates().clearest_age().map_or(0.0, |age| forecast.candidates().clarity(age));
        assert!(clearest.abs() < 5.0, "{clearest} at {at}");
    }
    for (at, value) in &points[200..212] {
        forecast.take(*at, *value);
    }
    assert_eq!(
        (forecast.candidates().clearest_age(), forecast.candidates().earliest_age()),
        (Some(12), Some(20))
    );
    let step = forecast.step(12).unwrap();
    assert!((step.height - 1.0).abs() < 0.15 && step.z > 8.0, "{step:?}");
    assert_eq!((forecast.step(0).map(|_| ()), forecast.step(21).map(|_| ())), (None, None));
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
        let clearest =
            forecast.candidates().clearest_age().map_or(0.0, |age| forecast.candidates().clarity(age));
        assert!(judged.z.is_finite() && clearest.abs() < 1e-3, "{judged:?} {clearest}");
    }
    assert_eq!(Forecast::learn(&points[..2], 1.0, true).map(|_| ()), None);
}

#[test]
fn what_is_known_says_whether_there_is_a_swing() {
    let support = |swing: f64| {
        let points = series(576, |at| swing * (TAU * at / DAY_S).sin());
        let mut forecast = Forecast::learn(&points[..60], 1.0, true).unwrap().steadfast();
        for (at, value) in &points[60..] {
            forecast.take(*at, *value);
        }
        let (steady, support) = Forecast::without_swing(&forecast.knowledge(), 1.0).unwrap();
        assert!(steady.level().abs() < 0.02 && (steady.expected(0.0) - steady.level()).abs() < 1e-12);
        support
    };
    assert!(support(0.0) > 3.0 && support(0.2) < -100.0, "{} {}", support(0.0), support(0.2));
}

#[test]
fn a_swing_among_the_first_values_is_no_noise() {
    let swinging: Vec<(f64, f64)> = (0..60)
        .map(|n| (n as f64 * 1_200.0, 0.2 * (TAU * n as f64 * 1_200.0 / DAY_S).sin() + noise(n)))
        .collect();
    let steady: Vec<(f64, f64)> = (0..60).map(|n| (n as f64 * 1_200.0, noise(n))).collect();
    let sigma = |points: &[(f64, f64)]| Forecast::learn(points, 1.0, true).unwrap().sigma();
    assert!((sigma(&swinging) / sigma(&steady) - 1.0).abs() < 0.1, "{} {}", sigma(&swinging), sigma(&steady));
}
