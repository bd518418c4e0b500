//! Statistics: golden values, intervals that cover, flags and alerts that come as often as they are said to.

mod alerts;
mod caches;
mod capacity;
mod coverage;
mod gate;
mod gate_words;
mod golden;
mod incidents;
mod nab;
mod outliers;
mod real_levels;
mod rules;
mod warm_up;

use baseline::analysis::watch::{FLAG_SIGMAS, Watcher};
use baseline::domain::cell_name::CellName;
use baseline::domain::metric::{Metric, Reading};
use baseline::domain::time_summary::TimeKind;
use baseline::stats::normal::{two_sided_tail, two_sided_tail_of_estimate};
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution as _, Normal};

use crate::support::fixtures::window;

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
        let count = watcher.count(&CellName::new("health", "light_load"), metric);
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
