//! Statistics: golden values, intervals that cover, flags and alerts that come as often as they are said to.

mod alerts;
mod coverage;
mod golden;
mod nab;

use baseline::analysis::watch::{FLAG_SIGMAS, Watcher};
use baseline::domain::metric::{Metric, Reading, TimeKind};
use baseline::stats::normal::{two_sided_tail, two_sided_tail_of_estimate};
use baseline::stats::proportion::wilson_95;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution as _, Normal};

use crate::support::fixtures::window;

/// The share of simulations in which the interval of a ratio holds its true value.
fn coverage(true_ratio: f64, trials: u32, simulations: u32, seed: u64) -> f64 {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut covered = 0_u32;
    for _ in 0..simulations {
        let successes = (0..trials).filter(|_| random.random_bool(true_ratio)).count() as u64;
        let (low, high) = wilson_95(successes, u64::from(trials)).unwrap();
        covered += u32::from((low..=high).contains(&true_ratio));
    }
    f64::from(covered) / f64::from(simulations)
}

#[test]
fn the_wilson_interval_covers_the_true_ratio() {
    // Seen: 95.4 %, 93.2 % and 95.0 %. Counts are whole, so no interval can cover exactly 95 %.
    for (true_ratio, trials) in [(0.1, 200), (0.5, 50), (0.02, 1_000)] {
        let coverage = coverage(true_ratio, trials, 2_000, 7);
        assert!((0.93..=0.97).contains(&coverage), "{true_ratio} of {trials}: {coverage}");
    }
}

/// Observed and expected share of flags on independent normal windows, each series with a baseline of its own.
fn flag_shares(learning: usize, judged: u64, series: u64) -> (f64, f64) {
    let metric = Metric::Time(TimeKind::Service, Reading::Mean);
    let noise = Normal::new(10_000.0, 500.0).unwrap();
    let (mut observed, mut expected, mut all) = (0, 0.0, 0);
    for seed in 0..series {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut watcher = Watcher::learning(learning);
        for number in 1..=learning as u64 + judged {
            let mut window = window(number);
            window.times[TimeKind::Service as usize].mean = Some(noise.sample(&mut random));
            watcher.take(&window);
        }
        let count = watcher.count("health", "light_load", metric);
        assert_eq!(count.judged, judged);
        (observed, expected, all) =
            (observed + count.observed, expected + count.expected, all + count.judged);
    }
    (observed as f64 / all as f64, expected / all as f64)
}

#[test]
fn flags_come_as_often_as_noise_is_said_to_bring_them() {
    // Seen: 6.41 % where 6.59 % are expected of 20 windows, 5.17 % where 5.20 % are of 60.
    for learning in [20, 60] {
        let (observed, expected) = flag_shares(learning, 100, 1_000);
        let formula = two_sided_tail_of_estimate(FLAG_SIGMAS, learning).unwrap();
        assert!((expected - formula).abs() < 1e-9, "{learning}: {expected} is not {formula}");
        assert!((observed - expected).abs() < 0.01, "{learning}: {observed} where {expected} is expected");
        // A baseline that is only known so well flags more than a perfect one would.
        assert!(observed > two_sided_tail(FLAG_SIGMAS), "{learning}: {observed}");
    }
}

#[test]
fn a_steady_series_is_flagged_as_soon_as_it_moves() {
    let mut watcher = Watcher::learning(20);
    let flags: Vec<usize> = (1..=25)
        .map(|number| {
            let mut window = window(number);
            window.times[TimeKind::Service as usize].mean = Some(if number < 25 { 100.0 } else { 100.1 });
            watcher.take(&window).flags.len()
        })
        .collect();
    assert_eq!(flags.iter().sum::<usize>(), 1);
    assert_eq!(flags[24], 1);
}
