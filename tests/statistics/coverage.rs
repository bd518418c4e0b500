//! Whether intervals cover the truth 93 to 97 times in 100, over 2,000 seeded simulations under
//! its stated assumptions.

use std::f64::consts::TAU;

use baseline::analysis::series::{NoInterval, spread_about};
use baseline::stats::Estimate;
use baseline::stats::proportion::wilson_95;
use baseline::stats::quantile::ranks_95;
use baseline::stats::t_test::{Mean, welch};
use baseline::stats::trend::of_dependent;
use baseline::stats::usl::{Law, Point, Scalability};
use baseline::stats::usl_fit::fit;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution as _, StandardNormal};

use crate::support::simulate::dependent;

const SIMULATIONS: u64 = 2_000;

/// The share of simulations whose interval holds the truth.
fn coverage(truth: f64, mut simulation: impl FnMut(&mut ChaCha8Rng) -> Estimate) -> f64 {
    let covered = (0..SIMULATIONS)
        .filter(|seed| simulation(&mut ChaCha8Rng::seed_from_u64(*seed)).covers(truth))
        .count();
    covered as f64 / SIMULATIONS as f64
}

fn check(what: &str, coverage: f64) {
    assert!((0.93..=0.97).contains(&coverage), "{what}: {coverage}");
}

#[test]
fn ratios() {
    for (ratio, trials) in [(0.1, 200), (0.5, 50), (0.02, 1_000)] {
        let coverage = coverage(ratio, |random| {
            let successes = (0..trials).filter(|_| random.random_bool(ratio)).count() as u64;
            let (low, high) = wilson_95(successes, trials).unwrap();
            Estimate { value: ratio, low, high }
        });
        // Counts are whole, so no interval can cover exactly 95 %.
        check(&format!("{ratio} of {trials}"), coverage);
    }
}

#[test]
fn means_of_series() {
    for (phi, n) in [(0.0, 20), (0.0, 60), (0.0, 576), (0.5, 60), (0.5, 576), (0.8, 576)] {
        let coverage =
            coverage(0.0, |random| Mean::of_series(&dependent(random, phi, n)).unwrap().estimate());
        check(&format!("mean, {phi}, {n}"), coverage);
    }
}

#[test]
fn differences_of_series() {
    for (phi, n) in [(0.0, 30), (0.5, 200)] {
        let coverage = coverage(0.0, |random| {
            let first = Mean::of_series(&dependent(random, phi, n)).unwrap();
            let second = Mean::of_series(&dependent(random, phi, 2 * n)).unwrap();
            welch(&first, &second).unwrap().estimate
        });
        check(&format!("difference, {phi}, {n}"), coverage);
    }
}

#[test]
fn percentiles() {
    for (q, n) in [(0.5_f64, 100_usize), (0.95, 500), (0.99, 1_000)] {
        let truth = -(1.0 - q).ln();
        let (low, high) = ranks_95(n as u64, q).unwrap();
        let coverage = coverage(truth, |random| {
            let mut values: Vec<f64> = (0..n).map(|_| -random.random::<f64>().max(1e-300).ln()).collect();
            values.sort_by(f64::total_cmp);
            let at = |rank: u64| values[usize::try_from(rank).unwrap() - 1];
            Estimate { value: truth, low: at(low), high: at(high) }
        });
        check(&format!("percentile {q} of {n}"), coverage);
    }
}

#[test]
fn trends() {
    // Longer ones are in the bench: all pairs of values take their time.
    for (phi, n) in [(0.0, 30), (0.5, 72)] {
        let slope = 0.3;
        let x: Vec<f64> = (0..n).map(|n| n as f64 / 96.0).collect();
        let coverage = coverage(slope, |random| {
            let noise = dependent(random, phi, n);
            let y: Vec<f64> = x.iter().zip(noise).map(|(x, noise)| slope * x + 0.1 * noise).collect();
            of_dependent(&x, &y).unwrap().slope
        });
        check(&format!("slope, {phi}, {n}"), coverage);
    }
}

#[test]
fn scalability() {
    let (alpha, beta, gamma): (f64, f64, f64) = (0.05, 0.001, 100.0);
    let users = [1.0, 2.0, 4.0, 8.0, 16.0, 24.0, 32.0, 48.0];
    let law = |n: f64| gamma * n / (1.0 + alpha * (n - 1.0) + beta * n * (n - 1.0));
    let simulated = |seed: u64| {
        let random = &mut ChaCha8Rng::seed_from_u64(seed);
        let points: Vec<Point> = users
            .iter()
            .map(|n| {
                let noise: f64 = StandardNormal.sample(random);
                Point { users: *n, throughput: law(*n) + 6.0 * noise, weight: 1.0 }
            })
            .collect();
        fit(&points).unwrap()
    };
    // Fitted once; every interval is of the same simulations.
    let fits: Vec<Scalability> = (0..SIMULATIONS).map(simulated).collect();
    let covered = |truth: f64, interval: &dyn Fn(&Scalability) -> Estimate| {
        fits.iter().filter(|found| interval(found).covers(truth)).count() as f64 / fits.len() as f64
    };
    for (place, truth) in [alpha, beta, gamma].into_iter().enumerate() {
        let of_parameter = |found: &Scalability| {
            let (low, high) = found.fit(Law::Usl).interval[place].unwrap();
            Estimate { value: truth, low, high }
        };
        check(&format!("parameter {place}"), covered(truth, &of_parameter));
    }
    let peak = ((1.0 - alpha) / beta).sqrt();
    // Where noise hides the fall there is no peak; the interval is of those that are reported.
    let peaks: Vec<_> = fits.iter().filter_map(|found| found.peak.ok()).collect();
    let part = |count: usize, all: usize| count as f64 / all as f64;
    assert!(part(peaks.len(), fits.len()) > 0.97, "{} peaks", peaks.len());
    let by_users = peaks.iter().filter(|found| found.users.covers(peak)).count();
    check("users at the peak", part(by_users, peaks.len()));
    let by_throughput = peaks.iter().filter(|found| found.throughput.covers(law(peak))).count();
    check("throughput at the peak", part(by_throughput, peaks.len()));
    check("throughput", covered(law(12.0), &|found| found.fit(Law::Usl).estimate(12.0).unwrap()));
}

/// A run's mean with a daily swing of 20 %, with a step of 40 %, and with both: the truth is the mean of what was expected.
#[test]
fn means_of_runs_with_a_daily_swing_or_a_step() {
    const RUNS: u64 = 1_000;
    for (swing, step) in [(0.2, 0.0), (0.0, 0.4), (0.2, 0.4)] {
        for (phi, n) in [(0.0, 72), (0.5, 144)] {
            let (mut covered, mut given) = (0_u64, 0_u64);
            for seed in 0..RUNS {
                let mut random = ChaCha8Rng::seed_from_u64(seed);
                let (phase, place) = (random.random_range(0.0..TAU), random.random_range(0.2..0.8));
                let noise = dependent(&mut random, phi, n);
                let expected: Vec<f64> = (0..n)
                    .map(|i| {
                        let wave = 1.0 + swing * (TAU * i as f64 * 300.0 / 86_400.0 + phase).sin();
                        100.0 * wave * if (i as f64) < place * n as f64 { 1.0 } else { 1.0 + step }
                    })
                    .collect();
                let windows: Vec<(f64, f64)> = (0..n)
                    .map(|i| (1.7e9 + i as f64 * 300.0, expected[i] * (1.0 + 0.1 * noise[i])))
                    .collect();
                let mean = |values: &mut dyn Iterator<Item = f64>| values.sum::<f64>() / n as f64;
                let all = mean(&mut windows.iter().map(|(_, value)| *value));
                let truth = mean(&mut expected.iter().copied());
                let spread = spread_about(all, &windows).unwrap();
                if let Ok((low, high)) = spread.interval {
                    assert!(low >= spread.range.0 && high <= spread.range.1, "wider than all windows");
                    given += 1;
                    covered += u64::from((low..=high).contains(&truth));
                }
            }
            let what = format!("swing {swing}, step {step}, AR(1) {phi}, {n} windows");
            assert!(given as f64 >= 0.9 * RUNS as f64, "{what}: only {given} have an interval");
            check(&what, covered as f64 / given as f64);
        }
    }
}

#[test]
fn too_few_or_wandering_windows_have_a_range_and_no_interval() {
    let windows = |n: u32, value: &dyn Fn(f64) -> f64| -> Vec<(f64, f64)> {
        (0..n).map(f64::from).map(|i| (1.7e9 + i * 300.0, value(i))).collect()
    };
    let few = spread_about(10.0, &windows(21, &|i| 9.0 + i % 3.0)).unwrap();
    assert_eq!((few.interval, few.range), (Err(NoInterval::TooFew), (9.0, 11.0)));
    // A walk: each window is where the last one was, and a little further.
    let walk = spread_about(10.0, &windows(40, &|i| 10.0 + 2.0 * (i / 3.0).sin() + (i / 9.0).cos())).unwrap();
    assert_eq!(walk.interval, Err(NoInterval::Wanders));
    assert_eq!(spread_about(10.0, &[]), None);
    let constant = spread_about(7.0, &windows(40, &|_| 7.0)).unwrap();
    assert!(constant.interval.is_ok_and(|(low, high)| high - low < 0.02), "{constant:?}");
}
