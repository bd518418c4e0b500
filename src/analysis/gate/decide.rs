//! Which values of a gate fail: those that one cell moved alone, and those that all moved together beyond drift.

use std::collections::BTreeMap;

use crate::domain::metric::Metric;
use crate::stats::multiplicity::benjamini_hochberg;

use super::model::{CellChange, Model};

/// False discovery rate of the values that fail, with or without a second set of runs.
const LEVEL: f64 = 0.03;
/// False discovery rate with few cells, whose variances are less certain than the t distribution assumes.
const LEVEL_OF_FEW: f64 = 0.015;
/// From this many cells on, the rate for few does not apply.
const MANY_CELLS: usize = 9;
/// False discovery rate of the values that are measured again before they fail.
const SCREEN: f64 = 0.40;
/// Significance level of what all cells did together.
const COMMON: f64 = 0.01;

/// How strictly the values of a gate are judged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Strictness {
    /// False discovery rate among single values.
    pub(super) level: f64,
    /// Significance level of what all cells did together.
    pub(super) common: f64,
    /// Fraction of its floor that a change must reach.
    pub(super) floor: f64,
}

impl Strictness {
    /// The strictness of the final verdict over this many cells.
    pub(super) fn final_of(cells: usize) -> Self {
        let level = if cells >= MANY_CELLS { LEVEL } else { LEVEL_OF_FEW };
        Self { level, common: COMMON, floor: 1.0 }
    }

    /// The lax strictness that decides what is measured again.
    pub(super) const SCREEN: Self = Self { level: SCREEN, common: SCREEN, floor: 0.5 };
}

/// A metric, fitted over the cells that have it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fitted {
    pub(super) metric: Metric,
    /// Smallest change that fails, on the logarithmic scale.
    pub(super) floor: f64,
    /// Positions of its cells among all cells.
    pub(super) cells: Vec<usize>,
    /// How much these cells moved, alone and together.
    pub(super) model: Model,
}

/// A value: the positions of its metric, and of its cell within the metric.
pub(super) type Place = (usize, usize);

/// Every value's probability, adjusted for the number of values; metrics first.
///
/// Deteriorations and improvements are adjusted separately: otherwise many improvements would make a little noise in
/// the other direction look unlikely too.
pub(super) fn adjusted(fits: &[Fitted]) -> Vec<Vec<f64>> {
    let cells = || fits.iter().flat_map(|fit| &fit.model.cells);
    let side = |is_worse: bool| {
        let p = |cell: &CellChange| if (cell.alone > 0.0) == is_worse { cell.p } else { 1.0 };
        benjamini_hochberg(&cells().map(p).collect::<Vec<f64>>())
    };
    let (worse, better) = (side(true), side(false));
    let mut adjusted = cells()
        .zip(worse.into_iter().zip(better))
        .map(|(cell, (worse, better))| if cell.alone > 0.0 { worse } else { better });
    fits.iter().map(|fit| adjusted.by_ref().take(fit.model.cells.len()).collect()).collect()
}

/// The values that fail, sorted: those that moved alone, and those that all moved together.
pub(super) fn failing(fits: &[Fitted], strictness: Strictness, drift: f64) -> Vec<Place> {
    let mut failing = Vec::new();
    let adjusted = adjusted(fits);
    for (metric, fit) in fits.iter().enumerate() {
        let floor = fit.floor * strictness.floor;
        // Where the common movement is unknown, each cell may have drifted.
        let least = if fit.model.common.is_some() { floor } else { floor.max(drift) };
        for (cell, change) in fit.model.cells.iter().enumerate() {
            let is_large = change.difference >= least && change.alone >= floor;
            if adjusted[metric][cell] < strictness.level && is_large {
                failing.push((metric, cell));
            }
        }
    }
    for (metric, q) in common(fits, |common| common.p_beyond_drift) {
        let fit = &fits[metric];
        let least = (fit.floor * strictness.floor).max(drift);
        let moved = fit.model.common.is_some_and(|common| common.change >= least);
        if q < strictness.common && moved {
            let cells = fit.model.cells.iter().enumerate();
            failing.extend(
                cells.filter(|(_, change)| change.difference >= least).map(|(cell, _)| (metric, cell)),
            );
        }
    }
    failing.sort_unstable();
    failing.dedup();
    failing
}

/// The adjusted probability, per metric, that all cells moved by more than drift.
pub(super) fn together(fits: &[Fitted]) -> BTreeMap<String, f64> {
    let known = common(fits, |common| common.p_beyond_drift);
    known.into_iter().map(|(metric, q)| (fits[metric].metric.name(), q)).collect()
}

/// The values that got better because all did, by more than drift.
pub(super) fn faster_together(fits: &[Fitted], drift: f64) -> Vec<Place> {
    let mut faster = Vec::new();
    for (metric, q) in common(fits, |common| common.p_faster_than_drift) {
        let fit = &fits[metric];
        let least = fit.floor.max(drift);
        if q < COMMON && fit.model.common.is_some_and(|common| -common.change >= least) {
            let cells = fit.model.cells.iter().enumerate();
            faster.extend(
                cells.filter(|(_, change)| -change.difference >= least).map(|(cell, _)| (metric, cell)),
            );
        }
    }
    faster
}

/// For the metrics whose common movement is unknown: the largest deterioration that chance does not explain, and drift
/// may.
pub(super) fn within_drift(fits: &[Fitted], drift: f64) -> Vec<(usize, f64)> {
    let unknown = fits.iter().enumerate().filter(|(_, fit)| drift > 0.0 && fit.model.common.is_none());
    unknown
        .filter_map(|(metric, fit)| {
            let p: Vec<f64> = fit.model.cells.iter().map(|cell| cell.p_whole).collect();
            let adjusted = benjamini_hochberg(&p);
            let is_doubtful = |(cell, q): &(&CellChange, f64)| *q < LEVEL && cell.difference >= fit.floor;
            let changes = fit.model.cells.iter().zip(adjusted).filter(is_doubtful);
            Some((metric, changes.map(|(cell, _)| cell.difference).reduce(f64::max)?))
        })
        .collect()
}

/// Metrics in which all cells got slower together, by more than their floor; drift alone may be the cause.
pub(super) fn moved_together(fits: &[Fitted]) -> Vec<usize> {
    common(fits, |common| common.p_above_zero)
        .into_iter()
        .filter(|(metric, q)| {
            let fit = &fits[*metric];
            *q < COMMON && fit.model.common.is_some_and(|common| common.change >= fit.floor)
        })
        .map(|(metric, _)| metric)
        .collect()
}

/// The metrics whose common movement is known, with its adjusted probability.
fn common(fits: &[Fitted], p_of: impl Fn(&super::model::Common) -> f64) -> Vec<(usize, f64)> {
    let known: Vec<(usize, f64)> = fits
        .iter()
        .enumerate()
        .filter_map(|(metric, fit)| Some((metric, (2.0 * p_of(fit.model.common.as_ref()?)).min(1.0))))
        .collect();
    let p: Vec<f64> = known.iter().map(|(_, p)| *p).collect();
    known.iter().map(|(metric, _)| *metric).zip(benjamini_hochberg(&p)).collect()
}
