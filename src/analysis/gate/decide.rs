//! Which values of a gate fail: what one cell did alone, and what all did together beyond drift.

use std::collections::BTreeMap;

use crate::domain::metric::Metric;
use crate::stats::multiplicity::benjamini_hochberg;

use super::model::{CellChange, Model};

/// Of values that fail, at most this share by chance, where runs are confirmed or not.
const LEVEL: f64 = 0.03;
/// With few cells their variances are known less well than t allows for.
const LEVEL_OF_FEW: f64 = 0.015;
/// So many cells are not few.
const MANY_CELLS: usize = 9;
/// Of values that are measured again before they fail.
const SCREEN: f64 = 0.40;
/// For what all cells did together.
const COMMON: f64 = 0.01;

/// How strictly values are judged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Strictness {
    /// Of the share of false alarms among values.
    pub(super) level: f64,
    /// The same for what all cells did.
    pub(super) common: f64,
    /// The share of its floor that a change must reach.
    pub(super) floor: f64,
}

impl Strictness {
    /// For the verdict.
    pub(super) fn final_of(cells: usize) -> Self {
        let level = if cells >= MANY_CELLS { LEVEL } else { LEVEL_OF_FEW };
        Self { level, common: COMMON, floor: 1.0 }
    }

    /// For what is measured again.
    pub(super) const SCREEN: Self = Self { level: SCREEN, common: SCREEN, floor: 0.5 };
}

/// A metric of the cells that have it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fitted {
    /// Which.
    pub(super) metric: Metric,
    /// No smaller change fails. On the logarithmic scale.
    pub(super) floor: f64,
    /// The places of its cells among all.
    pub(super) cells: Vec<usize>,
    /// What it comes to.
    pub(super) model: Model,
}

/// A value: the places of its metric and of its cell within the metric.
pub(super) type Place = (usize, usize);

/// Every value's probability, adjusted for how many there are; metrics first.
///
/// What got worse is adjusted by itself, and what got better: else many improvements would make a little noise the
/// other way look unlikely too.
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

/// The values that fail.
pub(super) fn failing(fits: &[Fitted], strictness: Strictness, drift: f64) -> Vec<Place> {
    let mut failing = Vec::new();
    let adjusted = adjusted(fits);
    for (metric, fit) in fits.iter().enumerate() {
        let floor = fit.floor * strictness.floor;
        // Where nothing tells what all cells did, each may have drifted.
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

/// By metric, the adjusted probability that all cells moved by more than drift.
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

/// Of the metrics of which nothing tells what all cells did: the largest change for the worse that chance does not explain,
/// and drift may.
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

/// The metrics in which all cells moved the same way, by more than their floor: slower, and maybe by drift alone.
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

/// The metrics of which it is known what all cells did, with the adjusted probability of that.
fn common(fits: &[Fitted], p_of: impl Fn(&super::model::Common) -> f64) -> Vec<(usize, f64)> {
    let known: Vec<(usize, f64)> = fits
        .iter()
        .enumerate()
        .filter_map(|(metric, fit)| Some((metric, (2.0 * p_of(fit.model.common.as_ref()?)).min(1.0))))
        .collect();
    let p: Vec<f64> = known.iter().map(|(_, p)| *p).collect();
    known.iter().map(|(metric, _)| *metric).zip(benjamini_hochberg(&p)).collect()
}
