//! Moves the edges of stretches to where the windows of all their cells say they are.

use std::collections::BTreeMap;

use crate::domain::cell_name::CellName;
use crate::stats::robust::median;

use super::best_edge::{CLIP, Gain, beginning, end};
use super::entry::calm_against_bad;
use super::history::{History, Point};
use super::stretch::{Fits, Stretch, same};
use super::types::IncidentCause;

/// Cycles around a known edge in which the best edge is looked for.
const REACH: f64 = 36.0;

/// Moves the edges of a group of stretches to where the windows of all its cells say they are.
pub(super) fn move_edges(
    histories: &BTreeMap<CellName, History>,
    fits: &Fits,
    stretches: &mut [Stretch<'_>],
    group: &[usize],
    cycle: f64,
) {
    let mut gains: Vec<Gain> =
        group.iter().flat_map(|i| gains_of(histories, fits, stretches, &stretches[*i])).collect();
    gains.sort_by(|left, right| left.0.total_cmp(&right.0));
    let medians =
        |of: fn(&Stretch<'_>) -> f64| median(&group.iter().map(|i| of(&stretches[*i])).collect::<Vec<_>>());
    let (Some(from), Some(until)) = (medians(|stretch| stretch.from), medians(|stretch| stretch.until))
    else {
        return;
    };
    // While one cell is open, the others ended only just, and where is not clear yet.
    let is_open = group.iter().any(|i| stretches[*i].until.is_infinite());
    let until = if is_open || until.is_nan() { f64::INFINITY } else { until };
    let last = gains.last().map_or(from, |(at, _)| *at);
    let middle = f64::midpoint(from, until.min(last));
    let (earliest, latest) = limits(stretches, group);
    let reach = REACH * cycle;
    let around = |low: f64, high: f64| -> Vec<Gain> {
        gains.iter().filter(|(at, _)| *at >= low && *at < high).copied().collect()
    };
    let new_from = beginning(&around((from - reach).max(earliest), middle.max(from + cycle).min(until)));
    let new_until = if until.is_finite() {
        end(&around(middle.min(until - cycle).max(from), (until + reach).min(latest)))
    } else {
        None
    };
    for i in group {
        let stretch = &mut stretches[*i];
        stretch.from = new_from.unwrap_or(stretch.from);
        if until.is_finite() {
            stretch.until = new_until.unwrap_or(stretch.until).max(stretch.from + 1e-3);
        }
    }
}

/// Between which moments the edges of a group may move: not into other entries of the same cells that do not overlap.
fn limits(stretches: &[Stretch<'_>], group: &[usize]) -> (f64, f64) {
    let mut limits = (f64::NEG_INFINITY, f64::INFINITY);
    for i in group {
        let this = &stretches[*i];
        for other in stretches.iter().filter(|other| {
            other.entry.id != this.entry.id
                && other.entry.cell == this.entry.cell
                && other.entry.cause == this.entry.cause
        }) {
            if other.until <= this.from {
                limits.0 = limits.0.max(other.until);
            } else if other.from >= this.until {
                limits.1 = limits.1.min(other.from);
            } else if other.from < this.from && this.from - other.from > 1.0 {
                // Nested: the outer one begins before.
                limits.0 = limits.0.max(other.from);
            }
        }
    }
    limits
}

/// For each window of a stretch's cell: how much more likely it is within the stretch than outside.
pub(super) fn gains_of(
    histories: &BTreeMap<CellName, History>,
    fits: &Fits,
    stretches: &[Stretch<'_>],
    stretch: &Stretch<'_>,
) -> Vec<Gain> {
    let entry = stretch.entry;
    let (from, until) = (stretch.from, stretch.until);
    match entry.cause {
        IncidentCause::Errors => histories
            .get(&entry.cell)
            .map_or_else(Vec::new, |history| error_gains(&history.points, entry.height, from, until)),
        IncidentCause::Slowdown | IncidentCause::Cache => {
            let rests = rests_of(histories, fits, stretches, stretch);
            let height = stretch.height.map_or(0.0, |height| height.value);
            rests.iter().map(|rest| (rest.at, rest.gain(height))).collect()
        }
    }
}

/// The evidence for a stretch of a cell with other edges, as strong as it is between them.
pub(super) fn evidence(
    histories: &BTreeMap<CellName, History>,
    fits: &Fits,
    stretches: &[Stretch<'_>],
    stretch: &Stretch<'_>,
    (from, until): (f64, f64),
) -> f64 {
    let sum = |gains: Vec<Gain>| -> f64 {
        let within = gains.iter().filter(|(at, _)| *at >= from && *at < until);
        within.map(|(_, gain)| gain.clamp(-CLIP, CLIP)).sum()
    };
    let entry = stretch.entry;
    match entry.cause {
        IncidentCause::Errors => sum(histories
            .get(&entry.cell)
            .map_or_else(Vec::new, |history| error_gains(&history.points, entry.height, from, until))),
        IncidentCause::Slowdown | IncidentCause::Cache => {
            let rests = rests_of(histories, fits, stretches, stretch);
            let within: Vec<f64> = rests
                .iter()
                .filter(|rest| rest.at >= from && rest.at < until)
                .map(|rest| rest.value)
                .collect();
            let height = within.iter().sum::<f64>() / within.len().max(1) as f64;
            sum(rests.iter().map(|rest| (rest.at, rest.gain(height))).collect())
        }
    }
}

fn error_gains(points: &[Point], calm: f64, from: f64, until: f64) -> Vec<Gain> {
    let within = points.iter().filter(|point| point.at >= from && point.at < until);
    let (failed, judged) = within.fold((0, 0), |sum, point| (sum.0 + point.failed, sum.1 + point.judged));
    let bad = (failed as f64 / judged.max(1) as f64).max(2.0 * calm);
    let gain = |point: &Point| -calm_against_bad(point.failed, point.judged, calm, bad);
    points.iter().filter(|point| point.judged > 0).map(|point| (point.at, gain(point))).collect()
}

/// A window of a slow cell: how far it lies above its base and its other stretches.
struct Rest {
    at: f64,
    value: f64,
    variance: f64,
}

impl Rest {
    /// The log likelihood ratio of lying this much higher.
    fn gain(&self, height: f64) -> f64 {
        (self.value * height - height * height / 2.0) / self.variance
    }
}

/// What is left of each window of a slow cell.
fn rests_of(
    histories: &BTreeMap<CellName, History>,
    fits: &Fits,
    stretches: &[Stretch<'_>],
    stretch: &Stretch<'_>,
) -> Vec<Rest> {
    let entry = stretch.entry;
    let (Some(history), Some(fit)) =
        (histories.get(&entry.cell), fits.get(&(entry.cell.clone(), entry.cause)))
    else {
        return Vec::new();
    };
    let others = |at: f64| -> f64 {
        let is_other =
            |other: &&Stretch<'_>| other.entry.id != entry.id && at >= other.from && at < other.until;
        same(stretches, &entry.cell, entry.cause)
            .filter(is_other)
            .filter_map(|other| other.height)
            .map(|height| height.value)
            .sum()
    };
    let variance = fit.sigma * fit.sigma * (1.0 + fit.lag_1) / (1.0 - fit.lag_1);
    let series = history.series(stretch.metric).into_iter().zip(&fit.base);
    series.map(|((_, at, value), base)| Rest { at, value: value - base - others(at), variance }).collect()
}
