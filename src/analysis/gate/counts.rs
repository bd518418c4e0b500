//! Errors and rate-limited requests, judged as counts and never as means, and against the worst run before: they come
//! in bursts, which Fisher's test would treat as independent.

use crate::domain::baseline::CellRun;
use crate::domain::cell_name::CellName;
use crate::stats::Estimate;
use crate::stats::multiplicity::benjamini_hochberg;
use crate::stats::proportion::{fisher_exact, wilson_95};

use super::settings::{Quantity, RunOfCells, Sides};

/// False discovery rate of the ratios that fail.
const LEVEL: f64 = 0.01;
/// An increase by this many floors is an outage.
const OUTAGE: f64 = 10.0;

/// A ratio of one cell on both sides.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct CountChange {
    pub(super) cell: usize,
    pub(super) quantity: Quantity,
    /// Counted requests and all requests of the baseline.
    pub(super) before: (u64, u64),
    /// Counted requests and all requests of the candidate.
    pub(super) after: (u64, u64),
    /// Ratio of the candidate, with its 95% interval.
    pub(super) ratio: Estimate,
    /// Two-sided p-value of Fisher's exact test.
    pub(super) p: f64,
    /// `p`, adjusted for the number of ratios.
    pub(super) p_adjusted: f64,
    /// Ratio of the worst run before.
    worst_before: f64,
    typical_after: f64,
}

impl CountChange {
    /// Difference of the ratios; above 0 is worse.
    pub(super) fn difference(&self) -> f64 {
        self.ratio.value - share(self.before)
    }

    /// 95% interval of the difference of the ratios.
    ///
    /// Source: Newcombe (1998), method 10: from the Wilson intervals of both ratios.
    pub(super) fn difference_interval(&self) -> Estimate {
        let (before, after) = (share(self.before), self.ratio.value);
        // Both sides have requests, or there would be no change.
        let (low_before, high_before) = wilson_95(self.before.0, self.before.1).unwrap_or((0.0, 1.0));
        let value = self.difference();
        Estimate {
            value,
            low: value - (after - self.ratio.low).hypot(high_before - before),
            high: value + (self.ratio.high - after).hypot(before - low_before),
        }
    }

    pub(super) fn has_failed(&self, floor: f64) -> bool {
        // Errors come in bursts: one bad run of several proves little, unless it was as bad as an outage.
        let is_typical = self.typical_after > self.worst_before;
        let is_outage = self.ratio.value - self.worst_before >= OUTAGE * floor;
        self.p_adjusted < LEVEL && self.difference() >= floor && (is_typical || is_outage)
    }

    /// Whether a second set by itself confirms it: above the worst run before, and by half of the floor.
    pub(super) fn is_high(&self, floor: f64) -> bool {
        self.ratio.value > self.worst_before && self.difference() >= floor / 2.0
    }

    /// Whether both describe the same ratio of the same cell.
    pub(super) fn is_of(&self, other: &Self) -> bool {
        self.cell == other.cell && self.quantity == other.quantity
    }

    pub(super) fn has_improved(&self, floor: f64) -> bool {
        self.p_adjusted < LEVEL && -self.difference() >= floor
    }

    /// Whether there were none before, and are some now.
    pub(super) fn is_new(&self) -> bool {
        self.before.0 == 0 && self.after.0 > 0
    }
}

fn counted(quantity: Quantity, run: &CellRun) -> (u64, u64) {
    match quantity {
        Quantity::ThrottledRatio => (run.throttled, run.requests),
        Quantity::Metric(_) => (run.failed, run.judged),
    }
}

/// Both ratios of every cell, in the order of the cells; a cell without requests on a side is left out.
pub(super) fn changes(cells: &[CellName], sides: &Sides) -> Vec<CountChange> {
    let (before, after) = (sides.before.as_slice(), sides.after.as_slice());
    let mut changes: Vec<CountChange> = cells
        .iter()
        .enumerate()
        .flat_map(|(place, cell)| {
            Quantity::RATIOS
                .into_iter()
                .filter_map(move |quantity| change(place, cell, quantity, before, after))
        })
        .collect();
    let p: Vec<f64> = changes.iter().map(|change| change.p).collect();
    for (change, p) in changes.iter_mut().zip(benjamini_hochberg(&p)) {
        change.p_adjusted = p;
    }
    changes
}

fn change(
    place: usize,
    cell: &CellName,
    quantity: Quantity,
    before: &[RunOfCells],
    after: &[RunOfCells],
) -> Option<CountChange> {
    let of = |runs: &[RunOfCells]| -> Vec<(u64, u64)> {
        {
            let counts = runs.iter().filter_map(|run| run.get(cell)).map(|run| counted(quantity, run));
            counts.filter(|(_, all)| *all > 0).collect()
        }
    };
    let sum =
        |counts: &[(u64, u64)]| counts.iter().fold((0, 0), |(hits, all), (hit, of)| (hits + hit, all + of));
    let (runs_before, runs_after) = (of(before), of(after));
    let (before, after) = (sum(&runs_before), sum(&runs_after));
    let (low, high) = wilson_95(after.0, after.1).filter(|_| before.1 > 0)?;
    let p = fisher_exact(before, after);
    let ratio = Estimate { value: share(after), low, high };
    Some(CountChange {
        cell: place,
        quantity,
        before,
        after,
        ratio,
        p,
        p_adjusted: p,
        worst_before: runs_before.into_iter().map(share).fold(0.0, f64::max),
        typical_after: median(runs_after.into_iter().map(share).collect()),
    })
}

fn share((counted, all): (u64, u64)) -> f64 {
    counted as f64 / all.max(1) as f64
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    // The lower of two: one bad run of two is not typical.
    values.get(values.len().saturating_sub(1) / 2).copied().unwrap_or(0.0)
}
