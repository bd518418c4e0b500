//! Describes a group of stretches as an incident: its cells, its size, its worst window.

use std::collections::BTreeMap;

use crate::analysis::series::Scale;
use crate::domain::cell_name::CellName;
use crate::domain::metric::Metric;
use crate::domain::units::moment;
use crate::stats::Estimate;

use super::history::{History, worse};
use super::stretch::{Fits, Stretch};
use super::types::{Affected, Incident, IncidentCause};

/// Deviations that enclose 95% of a normal distribution: heights come from many windows.
const Z_95: f64 = 1.96;

/// The incident that these stretches are; `None` without a stretch.
pub(super) fn incident(
    histories: &BTreeMap<CellName, History>,
    fits: &Fits,
    stretches: &[&Stretch<'_>],
) -> Option<Incident> {
    let first = stretches.first()?;
    let cause = first.entry.cause;
    let from = stretches.iter().map(|stretch| stretch.from).fold(f64::INFINITY, f64::min);
    let until = stretches.iter().map(|stretch| stretch.until).fold(f64::NEG_INFINITY, f64::max);
    // A step that is worse makes its journey worse: the size is that of the step.
    let is_explained = |cell: &CellName| stretches.iter().any(|stretch| cell.has_step(&stretch.entry.cell));
    let sources: Vec<&Stretch<'_>> =
        stretches.iter().copied().filter(|stretch| !is_explained(&stretch.entry.cell)).collect();
    let mut cells: Vec<Affected> =
        stretches.iter().filter_map(|stretch| affected(histories, fits, stretch)).collect();
    cells.sort_by(|left, right| {
        let explained = is_explained(&left.cell).cmp(&is_explained(&right.cell));
        explained.then(weight(right).total_cmp(&weight(left))).then(left.cell.cmp(&right.cell))
    });
    let worst = sources.iter().filter_map(|stretch| worst_window(histories, stretch));
    let worst = worst.max_by(|left, right| left.0.total_cmp(&right.0)).map(|(_, worst)| worst)?;
    Some(Incident {
        cause,
        metric: common_metric(&sources),
        opened_at: moment(from),
        resolved_at: until.is_finite().then(|| moment(until)),
        effect: together(
            &sources,
            &cells.iter().filter(|cell| !is_explained(&cell.cell)).collect::<Vec<_>>(),
        ),
        cells,
        worst,
    })
}

fn weight(cell: &Affected) -> f64 {
    match cell.effect {
        Some(effect) => effect.value.ln_1p().abs(),
        None => cell.measured,
    }
}

/// The metric of most stretches.
fn common_metric(stretches: &[&Stretch<'_>]) -> Metric {
    let count = |metric: Metric| stretches.iter().filter(|stretch| stretch.metric == metric).count();
    let metrics = stretches.iter().map(|stretch| stretch.metric);
    // The first of equals, so that the order of cells decides and not chance.
    metrics.rev().max_by_key(|metric| count(*metric)).unwrap_or(Metric::ErrorRatio)
}

fn affected(histories: &BTreeMap<CellName, History>, fits: &Fits, stretch: &Stretch<'_>) -> Option<Affected> {
    let entry = stretch.entry;
    let history = histories.get(&entry.cell)?;
    let within = |at: f64| at >= stretch.from && at < stretch.until;
    let points = history.points.iter().filter(|point| within(point.at));
    let failed = points.fold((0, 0), |sum, point| (sum.0 + point.failed, sum.1 + point.judged));
    if entry.cause == IncidentCause::Errors {
        let measured = failed.0 as f64 / failed.1.max(1) as f64;
        return Some(Affected {
            cell: entry.cell.clone(),
            expected: entry.height,
            measured,
            effect: None,
            failed,
        });
    }
    let scale = Scale::of(stretch.metric);
    let sign = worse(stretch.metric);
    let series = history.series(stretch.metric);
    let fit = fits.get(&stretch.fitted()?)?;
    let base: Vec<f64> =
        series.iter().zip(&fit.base).filter(|((_, at, _), _)| within(*at)).map(|(_, base)| *base).collect();
    let height = stretch.height?;
    let expected = base.iter().sum::<f64>() / base.len().max(1) as f64;
    Some(Affected {
        cell: entry.cell.clone(),
        expected: scale.take(sign * expected),
        measured: scale.take(sign * (expected + height.value)),
        effect: Some(relative(scale, sign * expected, sign, (height.value, height.error))),
        failed,
    })
}

/// A height, known with this error, above what was expected on the scale, as a relative change with its interval.
fn relative(scale: Scale, expected: f64, sign: f64, (value, error): (f64, f64)) -> Estimate {
    let at = |height: f64| match scale {
        Scale::Log => (sign * height).exp_m1(),
        _ => scale.take(expected + sign * height) / scale.take(expected).max(f64::MIN_POSITIVE) - 1.0,
    };
    let (a, b) = (at(value - Z_95 * error), at(value + Z_95 * error));
    Estimate { value: at(value), low: a.min(b), high: a.max(b) }
}

/// The change of all cells together: their heights, each weighted by what is known of it.
fn together(stretches: &[&Stretch<'_>], cells: &[&Affected]) -> Option<Estimate> {
    let metric = common_metric(stretches);
    let scale = Scale::of(metric);
    let heights: Vec<(f64, f64)> = stretches
        .iter()
        .filter(|stretch| stretch.metric == metric)
        .filter_map(|stretch| stretch.height)
        .filter(|height| height.error.is_finite() && height.error > 0.0)
        .map(|height| (height.value, height.error.powi(-2)))
        .collect();
    let all: f64 = heights.iter().map(|(_, weight)| weight).sum();
    if all <= 0.0 {
        return None;
    }
    let mean = heights.iter().map(|(value, weight)| value * weight).sum::<f64>() / all;
    // Where cells differ by more than their errors, the mean is no better known than they agree.
    let excess = heights.iter().map(|(value, weight)| weight * (value - mean).powi(2)).sum::<f64>();
    let spread = (excess / (heights.len() as f64 - 1.0).max(1.0)).max(1.0);
    // A step of an angle is another change at another level; a step of logarithms is the same everywhere.
    let expected: Vec<f64> = cells.iter().filter_map(|cell| scale.put(cell.expected)).collect();
    let expected = expected.iter().sum::<f64>() / expected.len().max(1) as f64;
    Some(relative(scale, expected, worse(metric), (mean, (spread / all).sqrt())))
}

/// How bad the worst window of a stretch is on the scale, and its number, cell and value.
fn worst_window(
    histories: &BTreeMap<CellName, History>,
    stretch: &Stretch<'_>,
) -> Option<(f64, (u64, CellName, f64))> {
    let entry = stretch.entry;
    let history = histories.get(&entry.cell)?;
    let within = |at: f64| at >= stretch.from && at < stretch.until;
    let cell = entry.cell.clone();
    if entry.cause == IncidentCause::Errors {
        let ratio = |failed: u64, judged: u64| failed as f64 / judged as f64;
        let points = history.points.iter().filter(|point| within(point.at) && point.judged > 0);
        let worst = points.max_by(|a, b| ratio(a.failed, a.judged).total_cmp(&ratio(b.failed, b.judged)))?;
        let value = ratio(worst.failed, worst.judged);
        return Some((value, (worst.number, cell, value)));
    }
    let series = history.series(stretch.metric);
    let of_stretch = series.into_iter().filter(|(_, at, _)| within(*at));
    let (place, _, value) = of_stretch.max_by(|left, right| left.2.total_cmp(&right.2))?;
    let number = history.points.get(place)?.number;
    Some((value, (number, cell, Scale::of(stretch.metric).take(worse(stretch.metric) * value))))
}
