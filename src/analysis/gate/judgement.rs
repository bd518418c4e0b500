//! The result of a gate: an outcome, a row for each value, and every reason for doubt by name.

use std::collections::BTreeMap;

use crate::domain::cell_name::CellName;
use crate::domain::metric::{Direction, Metric, Reading};
use crate::domain::percentile::Percentile;
use crate::domain::time_summary::TimeKind;
use crate::domain::verdict::Verdict;
use crate::stats::Estimate;

use super::failing::FailingCells;
use super::settings::Quantity;

/// The overall outcome of a gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing got worse, as far as the gate could have detected it.
    Accepted,
    /// At least one value got worse.
    Regressed,
    /// Neither could be shown; the doubts list the reasons.
    Inconclusive,
}

impl Outcome {
    /// Every outcome of a gate, in the order of their declaration.
    pub const ALL: [Self; 3] = [Self::Accepted, Self::Regressed, Self::Inconclusive];

    /// The value of `verdict` in files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Regressed => "regressed",
            Self::Inconclusive => "inconclusive",
        }
    }
}

/// Whether failing values were measured twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirmation {
    /// There was no second set of runs to confirm it.
    Unconfirmed,
    /// The first set raised nothing that needed a second.
    NotNeeded,
    /// A second set was measured, and what fails failed in both.
    Confirmed,
}

impl Confirmation {
    /// Every state of confirmation, in the order of their declaration.
    pub const ALL: [Self; 3] = [Self::Unconfirmed, Self::NotNeeded, Self::Confirmed];

    /// The value of `confirmation` in files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unconfirmed => "unconfirmed",
            Self::NotNeeded => "not_needed",
            Self::Confirmed => "done",
        }
    }
}

/// What made a value fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The cell moved by itself, unlike the others.
    Alone,
    /// All cells moved, by more than machines drift: a system-wide shift.
    Together,
}

impl Cause {
    /// Every cause, in the order of their declaration.
    pub const ALL: [Self; 2] = [Self::Alone, Self::Together];

    /// The name of the cause in files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Alone => "alone",
            Self::Together => "together",
        }
    }
}

/// Why a gate could not accept the change.
#[derive(Debug, Clone, PartialEq)]
pub enum Doubt {
    /// Too few runs on a side to show how runs vary.
    FewRuns {
        /// Number of baseline runs (or rounds).
        before: usize,
        /// Number of candidate runs (or rounds).
        after: usize,
    },
    /// Enough runs to show a change, too few to show its absence.
    ThinRuns {
        /// Number of baseline runs (or rounds).
        before: usize,
        /// Number of candidate runs (or rounds).
        after: usize,
    },
    /// Metrics in which all cells moved together, by this ratio less 1: the machine, or the change.
    MovedTogether(Vec<(Metric, f64)>),
    /// Metrics that every run of the baseline has and a run of the candidate lost, with the number of cells.
    Missing(Vec<(Metric, usize)>),
    /// Too few cells to distinguish a change from drift: the largest change per metric that may be either (ratio less
    /// 1).
    WithinDrift(Vec<(Metric, f64)>),
    /// Cells that lack a value in some run.
    NoValues(Vec<CellName>),
    /// Cells in which only a change this large (ratio less 1) would have been detected.
    TooNoisy(Vec<(CellName, f64)>),
    /// Values whose whole interval lies beyond the floor, for the worse, and which do not fail: the evidence is too weak for
    /// the number of values, or the other cells moved too.
    Suspected(Vec<Suspect>),
    /// Sides of which some cells mostly fail; `None` for one that works.
    MostlyFails {
        /// Cells of the baseline's side.
        before: Option<Box<FailingCells>>,
        /// Cells of the candidate's side.
        after: Option<Box<FailingCells>>,
    },
    /// Runs that measured fewer than half of their planned windows: run ID, valid windows, planned windows.
    BadlyMeasured(Vec<(String, u64, u64)>),
}

/// A value that looks worse than its floor allows, and does not fail.
#[derive(Debug, Clone, PartialEq)]
pub struct Suspect {
    /// Cell, or step of a cell.
    pub cell: CellName,
    /// Metric that is compared.
    pub quantity: Quantity,
    /// After over before with its 95% interval.
    pub change: Estimate,
}

impl Suspect {
    pub(super) fn of(row: &Row) -> Option<Self> {
        let Row { cell, quantity, change, .. } = row;
        row.is_suspect.then(|| Self { cell: cell.clone(), quantity: *quantity, change: *change })
    }
}

/// One value on both sides, and its verdict.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Cell, or step of a cell, that is judged.
    pub cell: CellName,
    /// Metric or ratio that is compared.
    pub quantity: Quantity,
    /// Baseline value. Units: the metric's; geometric mean of runs for times and throughput.
    pub before: f64,
    /// Value of the candidate, in the same unit.
    pub after: f64,
    /// After over before with its 95% interval; for ratios, the candidate's ratio with its own interval.
    pub change: Estimate,
    /// The part of a change that the other cells did not share, which `p` refers to; `None` where it is unknown.
    pub beyond_others: Option<Estimate>,
    /// Difference of a ratio, after less before, with its 95% interval, which the verdict is about; `None` for metrics.
    pub difference: Option<Estimate>,
    /// Probability of such a change by chance.
    pub p: f64,
    /// `p`, adjusted for the number of values that were judged.
    pub p_adjusted: f64,
    /// Outcome for this value alone.
    pub verdict: Verdict,
    /// Why it fails; `None` where it does not.
    pub cause: Option<Cause>,
    /// The smallest deterioration that would probably have been detected, as ratio less 1; `None` where unknown.
    pub smallest: Option<f64>,
    /// Whether a ratio that was 0 no longer is.
    pub is_new: bool,
    /// Whether the first set failed it, and the second did not confirm it.
    pub is_cleared: bool,
    /// Whether it does not fail although all of its interval lies beyond the floor, for the worse.
    pub is_suspect: bool,
}

impl Row {
    /// How much worse it is, whatever the metric's direction. Units: logarithm of a ratio; for ratios their difference.
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

/// Everything that a gate found, for reports and exit codes.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// Overall outcome, from rows and doubts.
    pub outcome: Outcome,
    /// Every value: metrics in the order of [`JUDGED`](super::JUDGED), then ratios.
    pub rows: Vec<Row>,
    /// Reasons for which the change is not accepted, or would not be if nothing had regressed.
    pub doubts: Vec<Doubt>,
    /// Metrics that some runs have and others lack, with the number of cells.
    pub unjudged: Vec<(Metric, usize)>,
    /// Whether failing values were measured twice.
    pub confirmation: Confirmation,
    /// Runs of the baseline (or rounds) that were judged.
    pub runs_before: usize,
    /// Runs of the candidate (or rounds) that were judged.
    pub runs_after: usize,
    /// Common movement of all cells per metric: ratio less 1, above 0 is worse. Only where it is known.
    pub together: Vec<(Metric, f64)>,
}

impl Judgement {
    /// The result of a gate that could not judge anything, for one reason.
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

    /// Rows of one quantity together, in their order.
    pub fn by_quantity(&self) -> Vec<(Quantity, Vec<&Row>)> {
        let mut grouped: Vec<(Quantity, Vec<&Row>)> = Vec::new();
        for row in &self.rows {
            match grouped.iter_mut().find(|(quantity, _)| *quantity == row.quantity) {
                Some((_, rows)) => rows.push(row),
                None => grouped.push((row.quantity, vec![row])),
            }
        }
        grouped
    }

    /// The smallest change that would probably have been detected in every cell, in its best of throughput, mean and
    /// median; `None` where nothing was judged.
    pub fn smallest(&self) -> Option<f64> {
        smallest_by_cell(&self.rows).into_iter().map(|(_, smallest)| smallest).reduce(f64::max)
    }
}

/// The middle and the largest of the smallest changes that would have been seen.
pub fn smallest_of(rows: &[&Row]) -> (Option<f64>, Option<f64>) {
    let mut all: Vec<f64> = rows.iter().filter_map(|row| row.smallest).collect();
    all.sort_by(f64::total_cmp);
    (all.get(all.len() / 2).copied(), all.last().copied())
}

/// The metrics of which at least one must have been measured well in every cell.
fn is_central(quantity: Quantity) -> bool {
    matches!(
        quantity,
        Quantity::Metric(
            Metric::Throughput
                | Metric::Time(TimeKind::Service, Reading::Mean | Reading::Percentile(Percentile::P50))
        )
    )
}

/// For each cell, the smallest change that one of its central metrics would have shown.
pub(super) fn smallest_by_cell(rows: &[Row]) -> Vec<(CellName, f64)> {
    let mut cells: BTreeMap<CellName, f64> = BTreeMap::new();
    for row in rows.iter().filter(|row| is_central(row.quantity)) {
        let Some(smallest) = row.smallest else { continue };
        let known = cells.entry(row.cell.clone()).or_insert(f64::INFINITY);
        *known = known.min(smallest);
    }
    cells.into_iter().collect()
}
