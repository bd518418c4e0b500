//! Draws the figures of `docs/statistics.md`: outliers, false alerts, power, coverage, steps, trends, growth. `cargo bench` reruns them.
//!
//! Everything is seeded, so the same code gives the same figures. With an argument, such as
//! `cargo bench --bench simulations -- power`, only those whose name contains it.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench talks to who runs it, and fails by panicking"
)]

mod growth;
mod outliers;
mod page;
#[path = "../tests/support/simulate.rs"]
mod simulate;
#[path = "../tests/support/simulate_growth.rs"]
mod simulate_growth;
mod trade_off;

use std::fmt::Write as _;

use baseline::analysis::alert::{AlertKind, SeriesWatch};
use baseline::analysis::baseline_model::MOST_WINDOWS;
use baseline::analysis::drift::{Value, course, to_report};
use baseline::analysis::series::Scale;
use baseline::stats::Estimate;
use baseline::stats::proportion::wilson_95;
use baseline::stats::quantile::ranks_95;
use baseline::stats::robust::{describe, median};
use baseline::stats::t_test::Mean;
use baseline::stats::trend::of_dependent;
use baseline::stats::usl::{Law, Point};
use baseline::stats::usl_fit::fit;
use page::Figure;
use plotters::prelude::*;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution as _, StandardNormal};
use simulate::{Family, RUN_S, dependent, windows};

const PAGE: &str = "docs/statistics.md";
const SERIES: u64 = 15;
const SEEDS: u64 = 200;
const SPACINGS: [(f64, &str); 2] = [(300.0, "5 min"), (60.0, "1 min")];

const FIGURES: [Figure; 11] = [
    ("outliers", outliers::outliers),
    ("false-alerts", false_alerts),
    ("power", power),
    ("named-baseline", trade_off::named_baseline),
    ("trade-off", trade_off::trade_off),
    ("coverage", coverage),
    ("coverage-broken", coverage_broken),
    ("step-changes", step_changes),
    ("trends", trends),
    ("power-chart", power_chart),
    ("growth", growth::growth),
];

fn main() {
    page::draw(PAGE, &FIGURES);
}

/// A watch that has learned from the first windows of a series.
fn learnt(points: &[(f64, f64)]) -> SeriesWatch {
    SeriesWatch::learn(&points[..MOST_WINDOWS], Scale::Log, true).unwrap()
}

/// Places and kinds of the alerts on a series.
fn alerts(points: &[(f64, f64)]) -> Vec<(usize, AlertKind)> {
    let mut watch = learnt(points);
    let judged = points.iter().enumerate().skip(MOST_WINDOWS);
    judged.filter_map(|(place, (at, value))| Some((place, watch.take(*at, *value)?.change?.kind))).collect()
}

/// How many values lie beyond two sigmas of what was learnt.
fn flags(points: &[(f64, f64)]) -> usize {
    let logs: Vec<f64> = points.iter().map(|(_, value)| value.ln()).collect();
    let learnt = describe(&logs[..MOST_WINDOWS]).unwrap();
    logs[MOST_WINDOWS..].iter().filter(|log| (*log - learnt.mean).abs() > 2.0 * learnt.sigma).count()
}

fn false_alerts() -> String {
    let mut table = String::from(
        "| series without a change | window interval | false alerts per day | of which bursts | outliers beyond 2 sigma per day |\n|---|---|---:|---:|---:|\n",
    );
    for family in Family::ALL.into_iter().chain([Family::DependentSwing(0.5)]) {
        for (spacing, words) in SPACINGS {
            let (mut all, mut bursts, mut flagged) = (0, 0, 0);
            for seed in 0..SEEDS * SERIES {
                let points = family.series(seed, spacing, windows(spacing));
                let found = alerts(&points);
                all += found.len();
                bursts += found.iter().filter(|(_, kind)| *kind == AlertKind::Burst).count();
                flagged += flags(&points);
            }
            let a_day = |count: usize| count as f64 / SEEDS as f64 / (RUN_S / 86_400.0);
            let _ = writeln!(
                table,
                "| {} | {words} | {:.2} | {:.2} | {:.0} |",
                family.name(),
                a_day(all),
                a_day(bursts),
                a_day(flagged)
            );
        }
    }
    table
}

/// How a change is reported: the share found in time, and the median number of windows it took.
fn found(family: Family, spacing: f64, at: usize, factor: f64, lasts: usize, within: usize) -> (f64, f64) {
    let seeds = 1_000_u32;
    let mut delays = Vec::new();
    for seed in 0..seeds {
        let mut points = family.series(1_000_000 + u64::from(seed), spacing, at + lasts.max(within));
        points[at..].iter_mut().take(lasts).for_each(|point| point.1 *= factor);
        let first = alerts(&points).into_iter().find(|(place, _)| *place >= at);
        delays
            .extend(first.map(|(place, _)| (place - at + 1) as f64).filter(|delay| *delay <= within as f64));
    }
    (delays.len() as f64 / f64::from(seeds), median(&delays).unwrap_or(f64::NAN))
}

const STARTS: [usize; 7] = [65, 80, 100, 150, 200, 288, 400];

fn power() -> String {
    let mut table = String::from(
        "| change | series | window interval | starts at window | found within 20 windows | median delay, windows |\n|---|---|---|---:|---:|---:|\n",
    );
    let families = [Family::Normal, Family::DailySwing, Family::Dependent(0.5)];
    for (change, factor, lasts) in
        [("+20 % step", 1.2, 20), ("-20 % step", 0.8, 20), ("+50 % for ten windows", 1.5, 10)]
    {
        for family in families {
            for (spacing, words) in SPACINGS {
                for at in [80, 200, 400] {
                    let (share, median) = found(family, spacing, at, factor, lasts, 20);
                    let _ = writeln!(
                        table,
                        "| {change} | {} | {words} | {at} | {:.1} % | {median:.0} |",
                        family.name(),
                        share * 100.0
                    );
                }
            }
        }
    }
    table
}

/// The share of +20 % steps found within 20 windows, by where they begin.
fn power_chart() -> String {
    let file = "docs/power.svg";
    {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        let area = SVGBackend::new(&path, (800, 420)).into_drawing_area();
        area.fill(&WHITE).unwrap();
        let mut chart = ChartBuilder::on(&area)
            .caption("+20 % step, sigma 10 %: share found within 20 windows", ("sans-serif", 18))
            .margin(12)
            .margin_right(190)
            .x_label_area_size(42)
            .y_label_area_size(56)
            .build_cartesian_2d(60.0..410.0, 0.0..100.0)
            .unwrap();
        chart
            .configure_mesh()
            .x_desc("window at which the step begins (60 are learnt from)")
            .y_desc("found, %")
            .light_line_style(WHITE)
            .draw()
            .unwrap();
        let lines = [
            (Family::Normal, 300.0, "no swing, 5 min", RGBColor(0, 90, 160), 0),
            (Family::Normal, 60.0, "no swing, 1 min", RGBColor(0, 90, 160), 6),
            (Family::DailySwing, 300.0, "+-20 % day, 5 min", RGBColor(200, 80, 0), 0),
            (Family::DailySwing, 60.0, "+-20 % day, 1 min", RGBColor(200, 80, 0), 6),
        ];
        for ((family, spacing, words, colour, dash), y) in lines.into_iter().zip((60..).step_by(24)) {
            let points: Vec<(f64, f64)> =
                STARTS.map(|at| (at as f64, found(family, spacing, at, 1.2, 20, 20).0 * 100.0)).to_vec();
            let style = colour.stroke_width(2);
            if dash == 0 {
                chart.draw_series(LineSeries::new(points.iter().copied(), style)).unwrap();
            } else {
                chart.draw_series(DashedLineSeries::new(points.iter().copied(), dash, dash, style)).unwrap();
            }
            // Beside the ends, spread so that they do not cover each other.
            let text = TextStyle::from(("sans-serif", 15)).color(&colour);
            area.draw(&Text::new(words, (650, y), text)).unwrap();
            let ends = [(616, y + 8), (644, y + 8)];
            if dash == 0 {
                area.draw(&PathElement::new(ends.to_vec(), style)).unwrap();
            } else {
                area.draw(&PathElement::new(vec![ends[0], (626, y + 8)], style)).unwrap();
                area.draw(&PathElement::new(vec![(632, y + 8), ends[1]], style)).unwrap();
            }
        }
        area.present().unwrap();
    }
    format!(
        "![Percentage of +20 % steps found within 20 windows, by the window at which they start](power.svg)\n<!-- {file} -->"
    )
}

fn covered(truth: f64, mut simulation: impl FnMut(&mut ChaCha8Rng) -> Estimate) -> f64 {
    let all = 2_000;
    let covered = (0..all).filter(|seed| simulation(&mut ChaCha8Rng::seed_from_u64(*seed)).covers(truth));
    covered.count() as f64 / all as f64
}

fn mean_coverage(phi: f64, n: usize) -> f64 {
    covered(0.0, |random| Mean::of_series(&dependent(random, phi, n)).unwrap().estimate())
}

fn slope_coverage(phi: f64, n: usize) -> f64 {
    let x: Vec<f64> = (0..n).map(|n| n as f64 / 96.0).collect();
    covered(0.3, |random| {
        let y: Vec<f64> =
            x.iter().zip(dependent(random, phi, n)).map(|(x, noise)| 0.3 * x + 0.1 * noise).collect();
        of_dependent(&x, &y).unwrap().slope
    })
}

fn percentile_coverage(q: f64, n: usize) -> f64 {
    let (low, high) = ranks_95(n as u64, q).unwrap();
    let truth = -(1.0 - q).ln();
    covered(truth, |random| {
        let mut values: Vec<f64> = (0..n).map(|_| -random.random::<f64>().max(1e-300).ln()).collect();
        values.sort_by(f64::total_cmp);
        let at = |rank: u64| values[usize::try_from(rank).unwrap() - 1];
        Estimate { value: truth, low: at(low), high: at(high) }
    })
}

fn ratio_coverage(ratio: f64, trials: u64) -> f64 {
    covered(ratio, |random| {
        let successes = (0..trials).filter(|_| random.random_bool(ratio)).count() as u64;
        let (low, high) = wilson_95(successes, trials).unwrap();
        Estimate { value: ratio, low, high }
    })
}

/// Coverage of alpha, beta, gamma, and of users and throughput at the peak.
fn scalability_coverage(noise: f64) -> [f64; 5] {
    let (alpha, beta, gamma): (f64, f64, f64) = (0.05, 0.001, 100.0);
    let law = |n: f64| gamma * n / (1.0 + alpha * (n - 1.0) + beta * n * (n - 1.0));
    let users = [1.0, 2.0, 4.0, 8.0, 16.0, 24.0, 32.0, 48.0];
    let simulated = |random: &mut ChaCha8Rng| {
        let points = users.map(|n| {
            let error: f64 = StandardNormal.sample(random);
            Point { users: n, throughput: law(n) + noise * error, weight: 1.0 }
        });
        fit(&points).unwrap()
    };
    let peak = ((1.0 - alpha) / beta).sqrt();
    let parameter = |place: usize, truth: f64| {
        covered(truth, |random| {
            let (low, high) = simulated(random).fit(Law::Usl).interval[place].unwrap();
            Estimate { value: truth, low, high }
        })
    };
    [
        parameter(0, alpha),
        parameter(1, beta),
        parameter(2, gamma),
        covered_if_reported(peak, |random| Some(simulated(random).peak.ok()?.users)),
        covered_if_reported(law(peak), |random| Some(simulated(random).peak.ok()?.throughput)),
    ]
}

/// Coverage of the users at the peak where a table gives no weights and noise grows with throughput.
fn peak_coverage_under_relative_noise() -> f64 {
    let (alpha, beta, gamma): (f64, f64, f64) = (0.05, 0.001, 100.0);
    let law = |n: f64| gamma * n / (1.0 + alpha * (n - 1.0) + beta * n * (n - 1.0));
    let truth = ((1.0 - alpha) / beta).sqrt();
    covered_if_reported(truth, |random| {
        let points = [1.0, 2.0, 4.0, 8.0, 16.0, 24.0, 32.0, 48.0].map(|n| {
            let error: f64 = StandardNormal.sample(random);
            Point { users: n, throughput: law(n) * (1.0 + 0.05 * error), weight: 1.0 }
        });
        Some(fit(&points).ok()?.peak.ok()?.users)
    })
}

/// How often the intervals that are reported cover the truth.
fn covered_if_reported(truth: f64, interval: impl Fn(&mut ChaCha8Rng) -> Option<Estimate>) -> f64 {
    let reported: Vec<Estimate> =
        (0..2_000).filter_map(|seed| interval(&mut ChaCha8Rng::seed_from_u64(seed))).collect();
    reported.iter().filter(|estimate| estimate.covers(truth)).count() as f64 / reported.len() as f64
}

fn rows(head: &str, rows: Vec<(String, f64)>) -> String {
    let mut table = format!("| {head} | coverage |\n|---|---:|\n");
    for (words, share) in rows {
        let _ = writeln!(table, "| {words} | {:.1} % |", share * 100.0);
    }
    table
}

fn coverage() -> String {
    let mut all = Vec::new();
    for (phi, n) in [(0.0, 20), (0.0, 576), (0.5, 60), (0.5, 576), (0.8, 576)] {
        all.push((format!("mean of {n} windows, AR(1) {phi}"), mean_coverage(phi, n)));
    }
    for (ratio, n) in [(0.1, 200), (0.5, 50), (0.02, 1_000)] {
        all.push((format!("error ratio {ratio}, {n} requests"), ratio_coverage(ratio, n)));
    }
    for (q, n) in [(0.5, 100), (0.95, 500), (0.95, 5_000), (0.99, 1_000), (0.999, 10_000)] {
        all.push((format!("p{} of {n} requests", q * 100.0), percentile_coverage(q, n)));
    }
    for (phi, n) in [(0.0, 30), (0.0, 192), (0.5, 96), (0.5, 192)] {
        all.push((format!("slope over {n} medians, AR(1) {phi}"), slope_coverage(phi, n)));
    }
    let names = ["alpha", "beta", "gamma", "users at the peak", "throughput at the peak"];
    all.extend(
        names
            .into_iter()
            .map(|name| format!("{name}, 8 levels, past the peak"))
            .zip(scalability_coverage(6.0)),
    );
    rows("interval, 2,000 simulations each", all)
}

fn coverage_broken() -> String {
    let mut all = Vec::new();
    for (phi, n) in [(0.5, 20), (0.8, 30), (0.8, 60), (0.95, 576)] {
        all.push((
            format!("mean of {n} windows, AR(1) {phi}: a series too short for its dependence"),
            mean_coverage(phi, n),
        ));
    }
    for (phi, n) in [(0.8, 96), (0.8, 192)] {
        all.push((format!("slope over {n} medians, AR(1) {phi}"), slope_coverage(phi, n)));
    }
    all.push((
        "users at the peak, 8 levels with one row each, noise of 5 % of throughput, if it is reported"
            .to_owned(),
        peak_coverage_under_relative_noise(),
    ));
    // Requests of one window share its luck.
    let truth = StandardNormalQuantile::P95;
    let clustered = covered(truth, |random| {
        let (windows, each) = (50, 100);
        let mut values = Vec::with_capacity(windows * each);
        for _ in 0..windows {
            let shared: f64 = StandardNormal.sample(random);
            for _ in 0..each {
                let own: f64 = StandardNormal.sample(random);
                values.push(0.3 * shared + (1.0 - 0.09_f64).sqrt() * own);
            }
        }
        values.sort_by(f64::total_cmp);
        let (low, high) = ranks_95(values.len() as u64, 0.95).unwrap();
        let at = |rank: u64| values[usize::try_from(rank).unwrap() - 1];
        Estimate { value: truth, low: at(low), high: at(high) }
    });
    all.push(("p95 of 5,000 requests in 50 windows that share 9 % of the variance".to_owned(), clustered));
    rows("interval with a violated assumption", all)
}

/// Quantiles of the standard normal distribution.
struct StandardNormalQuantile;

impl StandardNormalQuantile {
    const P95: f64 = 1.644_853_626_951_472_7;
}

fn as_values(points: &[(f64, f64)]) -> Vec<Value> {
    points
        .iter()
        .enumerate()
        .map(|(n, (at, value))| Value { at: *at, window: n as u64, value: *value })
        .collect()
}

fn step_changes() -> String {
    let seeds = 1_000;
    let mut table = String::from(
        "| series of 48 h, 5 min windows | runs with a false level shift | +20 % step at 30 h located within 3 windows | the same, and no other shift |\n|---|---:|---:|---:|\n",
    );
    for family in Family::ALL {
        let (mut false_runs, mut found, mut alone) = (0, 0, 0);
        for seed in 0..seeds {
            let mut points = family.series(2_000_000 + seed, 300.0, 576);
            false_runs += u32::from(!course(&as_values(&points)).step_changes.is_empty());
            points[360..].iter_mut().for_each(|point| point.1 *= 1.2);
            let step_changes = course(&as_values(&points)).step_changes;
            let is_there = step_changes.iter().any(|change| change.window.abs_diff(360) <= 3);
            found += u32::from(is_there);
            alone += u32::from(is_there && step_changes.len() == 1);
        }
        let percent = |count: u32| f64::from(count) / seeds as f64 * 100.0;
        let _ = writeln!(
            table,
            "| {} | {:.1} % | {:.1} % | {:.1} % |",
            family.name(),
            percent(false_runs),
            percent(found),
            percent(alone)
        );
    }
    table
}

fn trends() -> String {
    let seeds = 400;
    let mut table = String::from(
        "| series of 48 h, 5 min windows, 15 together | runs with a false trend | +15 % per day found |\n|---|---:|---:|\n",
    );
    for family in Family::ALL {
        let (mut false_runs, mut right) = (0, 0);
        for run in 0..seeds / 4 {
            let drifts: Vec<_> = (0..SERIES)
                .map(|n| course(&as_values(&family.series(3_000_000 + run * SERIES + n, 300.0, 576))).drift)
                .collect();
            false_runs += u32::from(to_report(&drifts).iter().any(Option::is_some));
        }
        for seed in 0..seeds {
            let mut points = family.series(4_000_000 + seed, 300.0, 576);
            let first = points[0].0;
            for point in &mut points {
                point.1 *= 1.15_f64.powf((point.0 - first) / 86_400.0);
            }
            right += u32::from(to_report(&[course(&as_values(&points)).drift])[0].is_some());
        }
        let _ = writeln!(
            table,
            "| {} | {:.1} % | {:.1} % |",
            family.name(),
            f64::from(false_runs) / (seeds / 4) as f64 * 100.0,
            f64::from(right) / seeds as f64 * 100.0
        );
    }
    table
}
