//! What a gate comes to: a verdict, a row for each value, and every doubt by name.

use std::collections::BTreeMap;

use crate::domain::cell_name::CellName;
use crate::domain::metric::{Direction, Metric, Reading};
use crate::domain::percentile::Percentile;
use crate::domain::time_summary::TimeKind;
use crate::domain::verdict::Verdict;
use crate::stats::Estimate;

use super::Quantity;

/// What a gate comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing got worse, as far as the gate could have seen.
    Accepted,
    /// Something got worse.
    Regressed,
    /// It cannot be told.
    Inconclusive,
}

impl Outcome {
    /// The word in files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Regressed => "regressed",
            Self::Inconclusive => "inconclusive",
        }
    }
}

/// Whether what fails was measured twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirmation {
    /// There was no second set of runs to ask.
    Unconfirmed,
    /// The first set raised nothing that was worth a second.
    NotNeeded,
    /// A second set was measured, and what fails failed in both.
    Confirmed,
}

impl Confirmation {
    /// The word in files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unconfirmed => "unconfirmed",
            Self::NotNeeded => "not_needed",
            Self::Confirmed => "done",
        }
    }
}

/// Why a value fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// It moved by itself.
    Alone,
    /// It moved with all others, by more than machines drift.
    Together,
}

/// Why it cannot be told.
#[derive(Debug, Clone, PartialEq)]
pub enum Doubt {
    /// Too few runs on a side to know how runs vary.
    FewRuns {
        /// Of the baseline.
        before: usize,
        /// Of the candidate.
        after: usize,
    },
    /// Enough runs to show a change, too few to show that there is none.
    ThinRuns {
        /// Of the baseline.
        before: usize,
        /// Of the candidate.
        after: usize,
    },
    /// Everything moved by this much: the machine, or the change.
    MovedTogether(Vec<(Metric, f64)>),
    /// Metrics that every run of the baseline has, and some run of the candidate lost, and of how many cells.
    Missing(Vec<(Metric, usize)>),
    /// Too few cells to tell a change from drift: the largest change of a metric that may be either.
    WithinDrift(Vec<(Metric, f64)>),
    /// Cells without a value in some run.
    NoValues(Vec<CellName>),
    /// Cells in which only this large a change would have been seen.
    TooNoisy(Vec<(CellName, f64)>),
    /// Runs of which fewer than half of the windows may be judged: identity, valid windows, all windows.
    BadlyMeasured(Vec<(String, u64, u64)>),
}

/// One value on both sides.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The cell.
    pub cell: CellName,
    /// What it is about.
    pub quantity: Quantity,
    /// Before. Units: the metric's; of times and throughput the geometric mean of runs.
    pub before: f64,
    /// After.
    pub after: f64,
    /// After over before with its 95 % interval; of ratios the ratio after with its own.
    pub change: Estimate,
    /// The part of a change that the other cells did not share, where that can be told: what `p` is about.
    pub beyond_others: Option<Estimate>,
    /// The probability of such a change by chance.
    pub p: f64,
    /// The same, adjusted for how many values were judged.
    pub p_adjusted: f64,
    /// What it comes to.
    pub verdict: Verdict,
    /// Why it fails, where it does.
    pub cause: Option<Cause>,
    /// The smallest change for the worse that would probably have been seen. Units: ratio less 1.
    pub smallest: Option<f64>,
    /// A ratio that was 0 and is no longer.
    pub is_new: bool,
    /// The first set failed it, and the second did not.
    pub is_cleared: bool,
}

impl Row {
    /// How much worse it is, whichever way the metric goes. Units: logarithm of a ratio; of ratios their difference.
    pub fn worsening(&self) -> f64 {
        if self.quantity.is_ratio() {
            return self.after - self.before;
        }
        match self.quantity.direction() {
            Direction::LowerIsBetter => self.change.value.ln(),
            Direction::HigherIsBetter => -self.change.value.ln(),
        }
    }
}

/// What a gate found.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// The verdict.
    pub outcome: Outcome,
    /// Every value: metrics in their order, then ratios.
    pub rows: Vec<Row>,
    /// What keeps it from being accepted, or would.
    pub doubts: Vec<Doubt>,
    /// Metrics that some runs have and others lack, and of how many cells.
    pub unjudged: Vec<(Metric, usize)>,
    /// Whether it was measured twice.
    pub confirmation: Confirmation,
    /// Runs of the baseline that were judged, or rounds.
    pub runs_before: usize,
    /// Runs of the candidate, or rounds.
    pub runs_after: usize,
    /// What all cells did, by metric: ratio less 1, for the worse above 0. Where it can be told.
    pub together: Vec<(Metric, f64)>,
}

impl Judgement {
    /// A gate that was not held.
    pub fn refused(doubt: Doubt, runs_before: usize, runs_after: usize) -> Self {
        Self {
            outcome: Outcome::Inconclusive,
            rows: Vec::new(),
            doubts: vec![doubt],
            unjudged: Vec::new(),
            confirmation: Confirmation::Unconfirmed,
            runs_before,
            runs_after,
            together: Vec::new(),
        }
    }

    /// The rows that fail, the worst first.
    pub fn regressed(&self) -> Vec<&Row> {
        let mut rows: Vec<&Row> = self.rows.iter().filter(|row| row.verdict == Verdict::Regressed).collect();
        rows.sort_by(|left, right| right.worsening().total_cmp(&left.worsening()));
        rows
    }

    /// The smallest change that would probably have been seen in every cell's throughput, mean or median, whichever
    /// shows most; `None` where nothing was judged.
    pub fn smallest(&self) -> Option<f64> {
        smallest_by_cell(&self.rows).into_iter().map(|(_, smallest)| smallest).reduce(f64::max)
    }
}

/// The metrics of which one at least must have been measured well in every cell.
fn is_central(quantity: Quantity) -> bool {
    matches!(
        quantity,
        Quantity::Metric(
            Metric::Throughput
                | Metric::Time(TimeKind::Service, Reading::Mean | Reading::Percentile(Percentile::P50))
        )
    )
}

/// Of each cell, the smallest change that one of its central metrics would have shown.
pub(super) fn smallest_by_cell(rows: &[Row]) -> Vec<(CellName, f64)> {
    let mut cells: BTreeMap<CellName, f64> = BTreeMap::new();
    for row in rows.iter().filter(|row| is_central(row.quantity)) {
        let Some(smallest) = row.smallest else { continue };
        let known = cells.entry(row.cell.clone()).or_insert(f64::INFINITY);
        *known = known.min(smallest);
    }
    cells.into_iter().collect()
}
