//! What fewer false alerts cost in detection: the program's rule at several thresholds, and the limit that no rule passes.

use std::fmt::Write as _;

use baseline::analysis::alert::SeriesWatch;
use baseline::analysis::baseline_model::MOST_WINDOWS;
use baseline::analysis::series::Scale;
use baseline::domain::baseline::SeriesBaseline;
use baseline::stats::autocorrelation::lag_1;
use baseline::stats::robust::describe;
use plotters::prelude::*;

use crate::simulate::{Family, RUN_S, SIGMA, windows};
use crate::{SERIES, learnt};

const SEEDS: u64 = 60;
const STEPS: u64 = 600;
const STEP_AT: usize = 200;
const WITHIN: usize = 20;
const SPACING_S: f64 = 300.0;
/// Standard errors added to the threshold; 0 is the program's own.
const STRICTER: [f64; 8] = [-0.8, -0.5, -0.25, 0.0, 0.25, 0.5, 0.8, 1.2];
/// Deviation between runs that a baseline of one run assumes.
const RUN_TO_RUN: f64 = 0.03;

/// A watch with the baseline of a run of 48 hours, as `promote` makes it.
pub(crate) fn named(run: &[(f64, f64)]) -> SeriesWatch {
    let logs: Vec<f64> = run.iter().map(|(_, value)| value.ln()).collect();
    let described = describe(&logs).unwrap();
    let mut watch = SeriesWatch::learn(&run[..MOST_WINDOWS], Scale::Log, true).unwrap().steadfast();
    for (at, value) in &run[MOST_WINDOWS..] {
        watch.take(*at, *value);
    }
    let mut outlook = watch.outlook();
    outlook.covariance[0] += RUN_TO_RUN * RUN_TO_RUN;
    let baseline = SeriesBaseline {
        n: described.n,
        mean: described.mean,
        sigma: described.sigma,
        median: described.median,
        mad_sigma: described.mad_sigma,
        lag_1: lag_1(&logs).unwrap(),
        runs: vec![described.mean],
        outlook,
    };
    SeriesWatch::known(&baseline, Scale::Log).unwrap()
}

/// The places of the alerts of a watch among points.
pub(crate) fn alerts(mut watch: SeriesWatch, points: &[(f64, f64)]) -> Vec<usize> {
    let judged = points.iter().map(|(at, value)| watch.take(*at, *value));
    let alerts = judged.enumerate().filter(|(_, seen)| seen.is_some_and(|seen| seen.change.is_some()));
    alerts.map(|(place, _)| place).collect()
}

/// Two runs of a series, one after the other; in the second the level steps up by a fifth.
fn two_runs(
    family: Family,
    seed: u64,
    spacing_s: f64,
    after: usize,
    step_at: Option<usize>,
) -> Vec<(f64, f64)> {
    let first = windows(spacing_s);
    let mut points = family.series(seed, spacing_s, first + after);
    if let Some(at) = step_at {
        points[first + at..].iter_mut().for_each(|point| point.1 *= 1.2);
    }
    points
}

/// False alerts and the detection of a step of +20 % with a named baseline.
pub(crate) fn named_baseline() -> String {
    let mut table = String::from(
        "| series | window interval | false alerts per day | +20 % step at window 20 | at 80 | at 200 | at 400 |\n|---|---|---:|---:|---:|---:|---:|\n",
    );
    for family in Family::ALL {
        for (spacing, words) in crate::SPACINGS {
            let first = windows(spacing);
            let judge = |points: &[(f64, f64)]| alerts(named(&points[..first]), &points[first..]);
            let all: usize = (0..SEEDS * SERIES)
                .map(|seed| judge(&two_runs(family, seed, spacing, first, None)).len())
                .sum();
            let found = [20, 80, 200, 400].map(|at| {
                let found = (0..STEPS).filter(|seed| {
                    let points = two_runs(family, 1_000_000 + seed, spacing, at + WITHIN, Some(at));
                    judge(&points).iter().any(|place| *place >= at)
                });
                found.count() as f64 / STEPS as f64 * 100.0
            });
            let a_day = all as f64 / SEEDS as f64 / (RUN_S / 86_400.0);
            let found = found.map(|share| format!("{share:.1} %")).join(" | ");
            let _ = writeln!(table, "| {} | {words} | {a_day:.2} | {found} |", family.name());
        }
    }
    table
}

/// False alerts per day over 15 series, and the percentage of steps found, at one threshold.
fn at_threshold(family: Family, stricter: f64) -> (f64, f64) {
    let judge = |points: &[(f64, f64)]| alerts(learnt(points).stricter(stricter), &points[MOST_WINDOWS..]);
    let runs =
        (0..SEEDS * SERIES).map(|seed| judge(&family.series(seed, SPACING_S, windows(SPACING_S))).len());
    let a_day = runs.sum::<usize>() as f64 / SEEDS as f64 / (RUN_S / 86_400.0);
    let found = (0..STEPS).filter(|seed| {
        let mut points = family.series(1_000_000 + seed, SPACING_S, STEP_AT + WITHIN);
        points[STEP_AT..].iter_mut().for_each(|point| point.1 *= 1.2);
        judge(&points).iter().any(|place| *place + MOST_WINDOWS >= STEP_AT)
    });
    (a_day, found.count() as f64 / STEPS as f64 * 100.0)
}

/// The same for the mean of the last 20 windows, where level, noise and autocorrelation are known exactly.
fn limit(phi: f64, threshold: f64) -> (f64, f64) {
    let clear = |points: &[(f64, f64)]| -> Vec<bool> {
        let logs: Vec<f64> = points.iter().map(|(_, value)| (value / 100.0).ln() / SIGMA).collect();
        let noise = (1.0 - phi * phi).sqrt();
        let white: Vec<f64> = logs.windows(2).map(|pair| (pair[1] - phi * pair[0]) / noise).collect();
        let sums = white.windows(WITHIN).map(|last| last.iter().sum::<f64>() / (WITHIN as f64).sqrt());
        sums.map(|z| z.abs() > threshold).collect()
    };
    let family = if phi > 0.0 { Family::Dependent(phi) } else { Family::Normal };
    let mut false_alerts = 0;
    for seed in 0..SEEDS * SERIES {
        // An hour is one incident, as for the program.
        let mut quiet_until = 0;
        for (place, _) in clear(&family.series(seed, SPACING_S, windows(SPACING_S)))
            .iter()
            .enumerate()
            .filter(|(_, is)| **is)
        {
            if place >= quiet_until {
                false_alerts += 1;
                quiet_until = place + 12;
            }
        }
    }
    let found = (0..STEPS).filter(|seed| {
        let mut points = family.series(1_000_000 + seed, SPACING_S, STEP_AT + WITHIN);
        points[STEP_AT..].iter_mut().for_each(|point| point.1 *= 1.2);
        clear(&points).iter().skip(STEP_AT - WITHIN).any(|is| *is)
    });
    let days = SEEDS as f64 * RUN_S / 86_400.0;
    (f64::from(false_alerts) / days, found.count() as f64 / STEPS as f64 * 100.0)
}

type Curve = (&'static str, RGBColor, bool, Vec<(f64, f64)>);

/// The chart, and the figures behind it.
pub(crate) fn trade_off() -> String {
    let families = [
        (Family::Normal, "a: independent", RGBColor(0, 90, 160)),
        (Family::Dependent(0.5), "b: AR(1), 0.5", RGBColor(200, 80, 0)),
        (Family::Dependent(0.8), "c: AR(1), 0.8", RGBColor(120, 60, 160)),
        (Family::DailySwing, "d: daily swing", RGBColor(0, 130, 80)),
    ];
    let mut curves: Vec<Curve> = families
        .map(|(family, words, colour)| {
            (words, colour, false, STRICTER.map(|stricter| at_threshold(family, stricter)).to_vec())
        })
        .to_vec();
    let thresholds = [2.6, 2.8, 3.0, 3.2, 3.4, 3.6, 4.0];
    let known = thresholds.map(|threshold| limit(0.5, threshold)).to_vec();
    curves.push(("AR(1), 0.5, all known", RGBColor(200, 80, 0), true, known));
    chart("docs/trade-off.svg", &curves);
    let mut table = String::from(
        "![False alerts per day against the percentage of +20 % steps found](trade-off.svg)\n<!-- docs/trade-off.svg -->\n\n| series, 5 min windows | threshold | false alerts per day | found within 20 windows |\n|---|---:|---:|---:|\n",
    );
    for (words, _, is_limit, points) in &curves {
        for (place, (a_day, found)) in points.iter().enumerate() {
            let threshold = if *is_limit {
                format!("{:.1}", thresholds[place])
            } else if STRICTER[place] == 0.0 {
                "in use".to_owned()
            } else {
                format!("{:+.2}", STRICTER[place])
            };
            let words = words.split_once(": ").map_or(*words, |(_, name)| name);
            let _ = writeln!(table, "| {words} | {threshold} | {a_day:.2} | {found:.1} % |");
        }
    }
    table
}

fn chart(file: &str, curves: &[Curve]) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let area = SVGBackend::new(&path, (860, 460)).into_drawing_area();
    area.fill(&WHITE).unwrap();
    let mut chart = ChartBuilder::on(&area)
        .caption("+20 % step, sigma 10 %, 5 min windows: detection against false alerts", ("sans-serif", 18))
        .margin(12)
        .margin_right(200)
        .x_label_area_size(42)
        .y_label_area_size(56)
        .build_cartesian_2d((0.02..40.0).log_scale(), 0.0..100.0)
        .unwrap();
    chart
        .configure_mesh()
        .x_desc("false alerts per day, 15 series (log scale)")
        .y_desc("found within 20 windows, %")
        .light_line_style(WHITE)
        .x_label_formatter(&|x| format!("{x}"))
        .draw()
        .unwrap();
    let budget = vec![(5.0, 0.0), (5.0, 100.0)];
    chart.draw_series(DashedLineSeries::new(budget, 3, 4, BLACK.mix(0.5).stroke_width(1))).unwrap();
    for ((words, colour, is_limit, points), y) in curves.iter().zip((60..).step_by(26)) {
        // Nothing seen is drawn at the left edge of a logarithmic axis.
        let drawn: Vec<(f64, f64)> = points.iter().map(|(x, y)| (x.max(0.02), *y)).collect();
        let style = colour.stroke_width(2);
        if *is_limit {
            chart.draw_series(DashedLineSeries::new(drawn, 6, 4, style)).unwrap();
        } else {
            chart.draw_series(LineSeries::new(drawn.clone(), style)).unwrap();
            let own = STRICTER.iter().position(|by| *by == 0.0).unwrap();
            chart.draw_series([Circle::new(drawn[own], 5, colour.filled())]).unwrap();
            // The letter tells the lines apart without colour.
            let letter = TextStyle::from(("sans-serif", 15)).color(colour);
            let beside = (drawn[own].0 * 1.12, drawn[own].1 - 3.0);
            chart.draw_series([Text::new(&words[..1], beside, letter)]).unwrap();
        }
        let text = TextStyle::from(("sans-serif", 14)).color(colour);
        area.draw(&Text::new(*words, (700, y), text)).unwrap();
        let line =
            if *is_limit { vec![(664, y + 8), (676, y + 8)] } else { vec![(664, y + 8), (692, y + 8)] };
        area.draw(&PathElement::new(line, style)).unwrap();
        if *is_limit {
            area.draw(&PathElement::new(vec![(681, y + 8), (692, y + 8)], style)).unwrap();
        }
    }
    let note = TextStyle::from(("sans-serif", 13)).color(&BLACK);
    for (words, y) in [("dot: threshold in use", 200), ("dotted: limit of 5 a day", 220)] {
        area.draw(&Text::new(words, (664, y), note.clone())).unwrap();
    }
    area.present().unwrap();
}
