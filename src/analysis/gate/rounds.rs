//! Rounds that can be judged: those in which no cell was missed on either side.
//!
//! A round in which the generator was disturbed lacks a cell or two. Its counts stay; its times are left out whole, on
//! both sides, so that no cell is judged by other rounds than the rest.

use crate::domain::cell_name::CellName;
use crate::domain::metric::{Metric, Reading};
use crate::domain::time_summary::TimeKind;

use super::{RunOfCells, Sides};

/// The sides with the rounds whose times can be judged. A cell that has none in half of the rounds or more is not what
/// was missed: it cannot be measured, and is left to be told.
pub(super) fn complete(sides: &Sides) -> Sides {
    let name = Metric::Time(TimeKind::Service, Reading::Mean).name();
    let has =
        |run: &RunOfCells, cell: &CellName| run.get(cell).is_some_and(|cell| cell.values.contains_key(&name));
    let rounds: Vec<(&RunOfCells, &RunOfCells)> = sides.before.iter().zip(&sides.after).collect();
    let cells = super::judge::cells_of(sides);
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
