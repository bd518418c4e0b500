//! Alerts: how often they are false on series without a change, and how soon they come on series with one.
//!
//! A tenth of the simulations behind the tables in the page on statistics, which `cargo bench` draws.

use baseline::analysis::alert::SeriesWatch;
use baseline::analysis::baseline_model::MOST_WINDOWS;
use baseline::analysis::series::Scale;
use baseline::analysis::usual::{Pace, UsualPace};
use baseline::domain::baseline::SeriesBaseline;
use baseline::stats::robust::describe;

use crate::support::simulate::{Family, windows};

const SERIES: u64 = 15;

/// A watch that has learned from the first windows of a series.
fn learnt(points: &[(f64, f64)]) -> SeriesWatch {
    SeriesWatch::learn(&points[..MOST_WINDOWS], Scale::suiting(&[1.0]), true).unwrap()
}

/// A watch with the baseline of a run, as `promote` makes it of one run.
fn named(run: &[(f64, f64)]) -> SeriesWatch {
    let logs: Vec<f64> = run.iter().map(|(_, value)| value.ln()).collect();
    let described = describe(&logs).unwrap();
    let mut watch = learnt(run).steadfast();
    for (at, value) in &run[MOST_WINDOWS..] {
        watch.take(*at, *value);
    }
    let mut outlook = watch.outlook();
    outlook.covariance[0] += 0.03_f64.powi(2);
    let baseline = SeriesBaseline {
        n: described.n,
        mean: described.mean,
        sigma: described.sigma,
        median: described.median,
        mad_sigma: described.mad_sigma,
        lag_1: 0.0,
        runs: vec![described.mean],
        outlook,
    };
    SeriesWatch::known(&baseline, Scale::Log).unwrap()
}

/// The places of the alerts of a watch among points.
fn alerts(mut watch: SeriesWatch, points: &[(f64, f64)]) -> Vec<usize> {
    let judged = points.iter().map(|(at, value)| watch.take(*at, *value));
    let alerts = judged.enumerate().filter(|(_, seen)| seen.is_some_and(|seen| seen.change.is_some()));
    alerts.map(|(place, _)| place).collect()
}

/// The number of alerts on a series after its first windows.
fn number(points: &[(f64, f64)]) -> usize {
    alerts(learnt(points), &points[MOST_WINDOWS..]).len()
}

/// Whether a change from this window on is found by a baseline of the first windows.
fn is_found(points: &[(f64, f64)], from: usize) -> bool {
    alerts(learnt(points), &points[MOST_WINDOWS..]).iter().any(|place| place + MOST_WINDOWS >= from)
}

/// The fraction of a number of seeds for which something is found.
fn fraction(seeds: u64, found: impl Fn(u64) -> bool) -> f64 {
    (0..seeds).filter(|seed| found(*seed)).count() as f64 / seeds as f64
}

#[test]
fn fewer_than_five_false_alerts_a_day_in_every_family() {
    let seeds = 20;
    for family in Family::ALL {
        for spacing in [300.0, 60.0] {
            let all = (0..seeds * SERIES).map(|seed| number(&family.series(seed, spacing, windows(spacing))));
            let a_day = all.sum::<usize>() as f64 / seeds as f64 / 2.0;
            assert!(a_day < 5.0, "{} at {spacing} s: {a_day} a day", family.name());
        }
    }
}

#[test]
fn false_alerts_on_a_daily_swing_with_dependent_noise_are_bounded() {
    let seeds = 20;
    for (spacing, limit) in [(300.0, 10.0), (60.0, 7.0)] {
        let series = |seed| Family::DependentSwing(0.5).series(seed, spacing, windows(spacing));
        let all: usize = (0..seeds * SERIES).map(|seed| number(&series(seed))).sum();
        let a_day = all as f64 / seeds as f64 / 2.0;
        assert!(a_day < limit, "at {spacing} s: {a_day} a day");
    }
}

#[test]
fn a_step_of_a_fifth_is_found_within_twenty_windows() {
    let found = |family: Family, spacing: f64, from: usize| {
        fraction(400, |seed| {
            let mut points = family.series(1_000_000 + seed, spacing, from + 20);
            points[from..].iter_mut().for_each(|point| point.1 *= 1.2);
            is_found(&points, from)
        })
    };
    let independent = found(Family::Normal, 300.0, 300);
    assert!(independent >= 0.98, "{independent}");
    let dependent = [80, 200, 400].map(|from| found(Family::Dependent(0.5), 300.0, from));
    // The table, with 1,000 series each: 80 %, 86 % and 90 %.
    assert!(dependent.iter().sum::<f64>() / 3.0 >= 0.83 && dependent[0] >= 0.77, "{dependent:?}");
    let swinging = [80, 200, 400].map(|from| found(Family::DailySwing, 300.0, from));
    assert!(swinging[0] >= 0.55 && swinging[1] >= 0.75 && swinging[2] >= 0.9, "{swinging:?}");
}

#[test]
fn a_step_of_a_fifth_is_found_with_a_named_baseline() {
    let first = windows(300.0);
    let found = fraction(300, |seed| {
        let mut points = Family::Dependent(0.5).series(2_000_000 + seed, 300.0, first + 220);
        points[first + 200..].iter_mut().for_each(|point| point.1 *= 1.2);
        alerts(named(&points[..first]), &points[first..]).iter().any(|place| *place >= 200)
    });
    assert!(found >= 0.88, "{found}");
}

#[test]
fn a_burst_of_ten_windows_is_found() {
    let found = fraction(400, |seed| {
        let mut points = Family::Normal.series(seed, 300.0, 310);
        points[300..].iter_mut().for_each(|point| point.1 *= 1.5);
        is_found(&points, 300)
    });
    assert!(found >= 0.95, "{found}");
}

/// A time of a series.
fn moment(at: f64) -> jiff::Timestamp {
    jiff::Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_secs_f64(at)
}

/// Number of times that a monitor would call a series of probes slow.
fn slow_alerts(points: &[(f64, f64)]) -> usize {
    let mut pace = UsualPace::learning();
    let taken = points.iter().filter_map(|(at, value)| pace.take(moment(*at), *value));
    taken.filter(|change| matches!(change, Pace::Slower { .. })).count()
}

#[test]
fn a_monitor_calls_noise_slow_less_than_five_times_a_day() {
    let seeds = 20;
    for family in Family::ALL {
        for spacing in [300.0, 60.0] {
            let all =
                (0..seeds * SERIES).map(|seed| slow_alerts(&family.series(seed, spacing, windows(spacing))));
            let a_day = all.sum::<usize>() as f64 / seeds as f64 / 2.0;
            assert!(a_day < 5.0, "{} at {spacing} s: {a_day} a day", family.name());
        }
    }
}

#[test]
fn a_monitor_finds_half_as_much_again_within_three_probes() {
    for family in Family::ALL {
        let found = fraction(100, |seed| {
            let mut points = family.series(seed, 60.0, 1_000);
            let mut pace = UsualPace::learning();
            points.iter_mut().skip(600).for_each(|(_, value)| *value *= 1.5);
            let taken = points.iter().take(603).map(|(at, value)| pace.take(moment(*at), *value));
            taken.flatten().any(|change| matches!(change, Pace::Slower { .. }))
        });
        // Dependence and a swing widen what has to be taken for noise.
        let least = match family {
            Family::Dependent(phi) if phi > 0.6 => 0.3,
            Family::Dependent(_) => 0.5,
            Family::DailySwing | Family::DependentSwing(_) => 0.25,
            _ => 0.9,
        };
        assert!(found >= least, "{}: {found}", family.name());
    }
}
