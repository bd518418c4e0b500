//! Rounds that can be judged: those in which no cell was missed on either side.
//!
//! A round in which the generator was disturbed lacks a cell or two. Its counts stay; its times are left out
//! completely, on both sides, so that all cells are judged by the same rounds.

use crate::domain::cell_name::CellName;
use crate::domain::metric::{Metric, Reading};
use crate::domain::time_summary::TimeKind;

use super::settings::{Design, RunOfCells, Settings, Sides};

impl Settings {
    /// The runs or rounds whose times are judged.
    pub(super) fn timed(&self, sides: &Sides) -> Sides {
        match self.design {
            Design::Stored => sides.clone(),
            Design::Interleaved => complete(sides),
        }
    }
}

/// How many rounds have times of every cell that can be measured.
pub fn complete_rounds(sides: &Sides) -> usize {
    complete(sides).before.len()
}

/// The sides, reduced to the rounds whose times can be judged. A cell that lacks times in half of the rounds or more
/// cannot be measured; it does not disqualify a round, and is reported as such.
fn complete(sides: &Sides) -> Sides {
    let name = Metric::Time(TimeKind::Service, Reading::Mean).name();
    let has =
        |run: &RunOfCells, cell: &CellName| run.get(cell).is_some_and(|cell| cell.values.contains_key(&name));
    let rounds: Vec<(&RunOfCells, &RunOfCells)> = sides.before.iter().zip(&sides.after).collect();
    let cells = sides.cells();
    let measured = |cell: &&CellName| {
        let present = rounds.iter().filter(|(before, after)| has(before, cell) && has(after, cell)).count();
        present * 2 > rounds.len()
    };
    let cells: Vec<&CellName> = cells.iter().filter(measured).collect();
    let is_complete = |(before, after): &(&RunOfCells, &RunOfCells)| {
        cells.iter().all(|cell| has(before, cell) && has(after, cell))
    };
    let (before, after) =
        rounds.into_iter().filter(is_complete).map(|(before, after)| (before.clone(), after.clone())).unzip();
    Sides { before, after }
}
