//! Which law of growth is chosen: plateaus and closed systems level off, peaks need a fall that is seen.

use baseline::stats::growth::{Growth, NoLaw};
use baseline::stats::usl::{Point, Refusal, Scalability, Scatter};
use baseline::stats::usl_fit::{fit, fit_with};

use crate::support::simulate_growth::Target;

/// Plateaus and closed systems: none of them ever falls.
const BOUNDED: [Target; 7] = [
    Target::Plateau(28.0),
    Target::Closed(27.0, &[1.0]),
    Target::Closed(5.0, &[1.0]),
    Target::Closed(60.0, &[1.0]),
    Target::Closed(27.0, &[1.0, 0.5]),
    Target::Closed(20.0, &[1.0, 0.5, 0.3]),
    Target::Closed(10.0, &[1.0, 0.7, 0.7]),
];
const PEAKS: [Target; 3] = [Target::Usl(0.03, 5e-4), Target::Usl(0.05, 1e-3), Target::Usl(0.0, 1e-3)];
const SEEDS: u64 = 100;

fn points(table: &[(f64, f64)]) -> Vec<Point> {
    table
        .iter()
        .map(|(users, throughput)| Point { users: *users, throughput: *throughput, weight: 1.0 })
        .collect()
}

fn found(table: &[(f64, f64)]) -> Scalability {
    fit(&points(table)).unwrap()
}

fn table(text: &str) -> Vec<(f64, f64)> {
    let rows = text.lines().skip(1).map(|line| line.split_once(',').unwrap());
    rows.map(|(users, throughput)| (users.parse().unwrap(), throughput.parse().unwrap())).collect()
}

#[test]
fn a_real_plateau_levels_off() {
    let found = found(&table(include_str!("../fixtures/tables/plateau.csv")));
    assert_eq!(found.law, Ok(Growth::Bounded));
    let level = found.level_off.unwrap();
    assert!((level.throughput - 212.85).abs() < 1e-9 && (level.users - 28.1).abs() < 0.1, "{level:?}");
    // min(7.57 N, 212.8) leaves 12, the Universal Scalability Law 573.
    assert!((found.bounded.residual - 11.8).abs() < 0.1, "{found:?}");
    // Six values of the plateau, residuals of eight degrees: 212.85 -+ 2.306 x 0.496.
    let (low, high) = level.throughput_interval.unwrap();
    assert!((low - 211.709).abs() < 0.01 && (high - 213.997).abs() < 0.01, "{level:?}");
    assert_eq!(found.peak, Err(Refusal::NoPeak(Growth::Bounded, true)));
}

/// An exact closed system is level at its bound, with every number of levels and wherever the test ends.
#[test]
fn closed_systems_level_off_at_their_bound() {
    let published = found(&table(include_str!("../fixtures/tables/closed_system.csv")));
    let level = published.level_off.unwrap();
    assert!((level.throughput / 210.0 - 1.0).abs() < 1e-3 && (level.users - 28.0).abs() < 0.1, "{level:?}");
    for target in BOUNDED {
        for levels in [6, 8, 10, 12, 16, 20] {
            for reach in [1.5, 2.0, 3.0] {
                let table = target.table(levels, reach, 0.0, 0);
                let found = found(&table);
                assert!(found.peak.is_err(), "{target:?} {levels} {reach}: {found:?}");
                // A highest level that is not near the bound does not determine it.
                let near = table.last().unwrap().1 / 210.0;
                let Some(level) = found.level_off.filter(|_| near > 0.96) else {
                    assert!(near < 0.97, "{target:?} {levels} {reach}: {found:?}");
                    continue;
                };
                let error = level.throughput / 210.0 - 1.0;
                assert!(error.abs() < 0.03, "{target:?} {levels} {reach}: {error} {found:?}");
            }
        }
    }
}

#[test]
fn noisy_plateaus_have_hardly_ever_a_peak() {
    for (noise, least_near, most_peaks) in [(0.01, 0.95, 0.01), (0.02, 0.88, 0.015), (0.05, 0.55, 0.03)] {
        let (mut peaks, mut all) = (0.0, 0.0);
        for target in &BOUNDED[..6] {
            let (mut off, mut near) = (0.0, 0.0);
            for seed in 0..SEEDS {
                let levels = if seed % 2 == 0 { 8 } else { 14 };
                let found = found(&target.table(levels, 2.5, noise, seed));
                peaks += f64::from(u8::from(found.peak.is_ok()));
                if let Some(level) = found.level_off {
                    off += 1.0;
                    near += f64::from(u8::from((level.throughput / 210.0 - 1.0).abs() <= 0.03));
                }
            }
            all += SEEDS as f64;
            let text = format!("{target:?} {noise}: {off} of {SEEDS} level off, {near} within 3 %");
            assert!(off >= 0.9 * SEEDS as f64 && near >= least_near * off, "{text}");
        }
        assert!(peaks <= most_peaks * all, "{noise}: {peaks} peaks of {all}");
    }
}

#[test]
fn peaks_are_found_where_throughput_falls() {
    for target in PEAKS {
        for (noise, reach, least) in [(0.0, 1.5, 1.0), (0.01, 2.0, 0.98), (0.02, 2.0, 0.85)] {
            let (mut peaks, mut covered, mut all) = (0.0, 0.0, 0.0);
            for seed in 0..if noise == 0.0 { 1 } else { 2 * SEEDS } {
                let found = found(&target.table(10, reach, noise, seed));
                all += 1.0;
                if let Ok(peak) = found.peak {
                    assert_eq!(found.law, Ok(Growth::Usl));
                    peaks += 1.0;
                    let tolerance = 1e-6 * target.knee();
                    let users = peak.users;
                    let reach = users.low - tolerance..=users.high + tolerance;
                    covered += f64::from(u8::from(reach.contains(&target.knee())));
                }
            }
            let text = format!("{target:?} {noise}: {peaks} of {all}, {covered} covered");
            assert!(peaks >= least * all && covered >= 0.85 * peaks, "{text}");
        }
    }
}

#[test]
fn simple_growth_has_its_simple_law() {
    for levels in [5, 6, 9, 20] {
        let line = found(&Target::Linear.table(levels, 2.0, 0.0, 0));
        assert_eq!((line.law, line.level_off), (Ok(Growth::Linear), None), "{levels}");
        let constant = found(&Target::Constant.table(levels, 2.0, 0.0, 0));
        let level = constant.level_off.unwrap();
        assert_eq!((constant.law, level.throughput, level.users), (Ok(Growth::Constant), 210.0, 1.0));
        let amdahl = found(&Target::Amdahl(0.05).table(levels, 2.0, 0.0, 0));
        assert_eq!((amdahl.law, amdahl.level_off), (Ok(Growth::Amdahl), None), "{levels}");
        for found in [line, constant, amdahl] {
            assert!(found.peak.is_err());
        }
    }
    for seed in 0..SEEDS {
        let line = found(&Target::Linear.table(10, 2.0, 0.02, seed));
        assert!(line.peak.is_err() && line.level_off.is_none(), "{seed}: {line:?}");
    }
}

#[test]
fn below_five_levels_no_law_is_chosen() {
    for levels in 3..5 {
        for target in [Target::Linear, Target::Constant, Target::Usl(0.0, 0.05), Target::Plateau(2.0)] {
            let found = found(&target.table(levels, 2.0, 0.0, 0));
            assert_eq!(found.law, Err(NoLaw::TooFewLevels { levels }), "{target:?}");
            assert!(found.level_off.is_none() && found.throughput(2.0).is_none());
        }
    }
    // Many rows of few levels are few levels.
    let rows: Vec<(f64, f64)> = (0..30).map(|n| (f64::from(n % 4 + 1), f64::from(n % 4 + 1))).collect();
    assert_eq!(found(&rows).law, Err(NoLaw::TooFewLevels { levels: 4 }));
}

/// Where throughput collapses beyond a sharp knee, the law's peak would lie elsewhere.
#[test]
fn a_collapse_has_no_law() {
    for levels in [9, 12, 20] {
        for noise in [0.0, 0.005] {
            let found = found(&Target::Collapse(28.0, 0.015).table(levels, 2.0, noise, 1));
            assert_eq!(
                (found.law, found.peak),
                (Err(NoLaw::NoneFits), Err(Refusal::NoneFits)),
                "{levels} {noise}"
            );
        }
    }
}

/// The same misses are lack of fit where levels are exact, and none where they scatter.
#[test]
fn scatter_within_levels_decides_whether_a_law_fits() {
    // Falls from 8 users on, with misses of 5 % that alternate, so that no other law is better.
    let values = [26.0, 45.0, 74.0, 77.0, 100.0, 87.0, 95.0, 78.0, 81.0, 66.0, 66.0];
    let table: Vec<(f64, f64)> =
        values.iter().enumerate().map(|(n, value)| (2.0 * n as f64 + 1.0, *value)).collect();
    let of = |error: f64| {
        let scatter = vec![Some(Scatter { variance: error * error, degrees: 20.0 }); table.len()];
        fit_with(&points(&table), &scatter).unwrap()
    };
    assert!(of(5.0).peak.is_ok() && of(5.0).law == Ok(Growth::Usl), "{:?}", of(5.0));
    assert!(of(0.1).peak.is_err() && of(0.1).law != Ok(Growth::Usl), "{:?}", of(0.1));
}
