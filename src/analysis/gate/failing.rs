//! The cells of a side that mostly fail.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::cell_name::CellName;
use crate::domain::outcomes::{Failing, Outcomes};

/// The requests of each cell of a side, all its runs or rounds together.
pub type OutcomesOfCells = BTreeMap<CellName, Outcomes>;

/// Cells of a gate that mostly fail: how many, and one of them with its requests.
#[derive(Debug, Clone, PartialEq)]
pub struct FailingCells {
    /// Number of such cells.
    pub cells: usize,
    /// Number of all cells of the side.
    pub of: usize,
    /// The cell with the most failed requests.
    pub worst: CellName,
    /// The requests of that cell.
    pub outcomes: Outcomes,
}

impl FailingCells {
    pub(super) fn of(side: &OutcomesOfCells) -> Option<(BTreeSet<CellName>, Self)> {
        let failing: Vec<(&CellName, &Outcomes)> =
            side.iter().filter(|(_, outcomes)| outcomes.failing() == Failing::Mostly).collect();
        let (worst, outcomes) = failing.iter().max_by_key(|(_, outcomes)| outcomes.counts.failed)?;
        let found = Self {
            cells: failing.len(),
            of: side.len(),
            worst: (*worst).clone(),
            outcomes: (*outcomes).clone(),
        };
        Some((failing.iter().map(|(cell, _)| (*cell).clone()).collect(), found))
    }
}
