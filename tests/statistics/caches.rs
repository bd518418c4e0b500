//! Cache hit ratios of simulated runs: collapses are found with both ends and their size, and noise of counts, of caches and of
//! the time of day raises next to no alert.

use std::f64::consts::TAU;

use baseline::analysis::baseline_model::learning_windows;
use baseline::analysis::incident::{Incident, IncidentCause, Update};
use baseline::analysis::watch::Watcher;
use baseline::domain::cell_name::CellName;
use baseline::domain::units::epoch_seconds;
use baseline::domain::window::CacheCounts;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Binomial, Distribution as _, StandardNormal};

use crate::support::fixtures;

const CYCLE_S: f64 = 300.0;
/// 48 hours.
const CYCLES: u64 = 576;

/// How a cache strays. Units: logits, of which 0.4 are 10 points around one half and 2 points around 95 %.
#[derive(Debug, Clone, Copy)]
struct Noise {
    sigma: f64,
    lag_1: f64,
    swing: f64,
}

const COUNTS_ONLY: Noise = Noise { sigma: 0.0, lag_1: 0.0, swing: 0.0 };

/// Hit ratios of one cell: true ratio by cycle, with its noise, seen in this many responses per window.
fn run(seed: u64, responses: u64, noise: Noise, ratio: impl Fn(u64) -> f64) -> (Vec<Incident>, usize) {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let phase = random.random_range(0.0..TAU);
    let mut watcher = Watcher::learning(learning_windows(CYCLES));
    let mut last = 0.0;
    let mut opened = 0;
    for cycle in 0..CYCLES {
        let at = cycle as f64 * CYCLE_S;
        let normal: f64 = StandardNormal.sample(&mut random);
        last = noise.lag_1 * last + (1.0 - noise.lag_1 * noise.lag_1).sqrt() * normal;
        let ratio = ratio(cycle);
        let strays = noise.sigma * last + noise.swing * (TAU * at / 86_400.0 + phase).sin();
        let odds = ratio / (1.0 - ratio) * f64::exp(strays);
        let ratio = if ratio < 1.0 { odds / (1.0 + odds) } else { 1.0 };
        let mut window = fixtures::window(cycle + 1);
        window.started_at = fixtures::started_at() + jiff::SignedDuration::from_secs_f64(at);
        window.cell = CellName::new("browse", "light");
        let hits = Binomial::new(responses, ratio).unwrap().sample(&mut random);
        window.cache = CacheCounts { hits, misses: responses - hits };
        let noticed = watcher.take(&window);
        opened += noticed.incidents.iter().filter(|update| matches!(update, Update::Opened(_))).count();
    }
    (watcher.incidents(), opened)
}

#[test]
fn noise_of_caches_raises_next_to_no_alert() {
    const RUNS: u64 = 12;
    let noises = [COUNTS_ONLY, Noise { sigma: 0.15, lag_1: 0.5, swing: 0.4 }];
    let mut worst: f64 = 0.0;
    for noise in noises {
        for responses in [50, 500] {
            for ratio in [0.3, 0.995] {
                let opened: usize = (0..RUNS).map(|seed| run(seed, responses, noise, |_| ratio).1).sum();
                // Of 15 cells, per day.
                let a_day = opened as f64 / RUNS as f64 / 2.0 * 15.0;
                worst = worst.max(a_day);
            }
        }
    }
    // Seen over 30 runs each of 60 to 5,000 responses, 0.3 to 1.0, and five kinds of noise: at most 0.5, and 1.25 once.
    assert!(worst < 2.0, "{worst} a day");
}

#[test]
fn a_collapse_is_found_with_both_ends_and_its_size() {
    let mild = Noise { sigma: 0.15, lag_1: 0.5, swing: 0.4 };
    for (noise, responses, from, to) in [
        (COUNTS_ONLY, 60, 0.92, 0.61),
        (COUNTS_ONLY, 500, 0.92, 0.61),
        (COUNTS_ONLY, 500, 0.8, 0.7),
        (COUNTS_ONLY, 500, 1.0, 0.0),
        (COUNTS_ONLY, 5_000, 0.995, 0.95),
        (mild, 500, 0.92, 0.61),
        (COUNTS_ONLY, 60, 0.92, 0.3),
    ] {
        for seed in 0..3 {
            let collapse = 300..360;
            let (found, _) =
                run(seed, responses, noise, |cycle| if collapse.contains(&cycle) { to } else { from });
            let what = format!("{noise:?} {responses} responses, {from} to {to}, seed {seed}: {found:?}");
            assert_eq!(found.len(), 1, "{what}");
            let incident = &found[0];
            assert_eq!(incident.cause, IncidentCause::Cache, "{what}");
            let cycle = |at| (epoch_seconds(at) - epoch_seconds(fixtures::started_at())) / CYCLE_S;
            assert!((cycle(incident.opened_at) - 300.0).abs() <= 2.0, "{what}");
            assert!((cycle(incident.resolved_at.unwrap()) - 360.0).abs() <= 2.0, "{what}");
            let cell = &incident.cells[0];
            assert!((cell.expected - from).abs() < 0.08 && (cell.measured - to).abs() < 0.08, "{what}");
        }
    }
}

#[test]
fn windows_with_few_responses_are_not_judged() {
    // Forty responses a window: what looks like a collapse may be three clients.
    let (found, opened) = run(1, 40, COUNTS_ONLY, |cycle| if cycle < 300 { 0.95 } else { 0.3 });
    assert!(found.is_empty() && opened == 0, "{found:?}");
}
