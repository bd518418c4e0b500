//! The rows of a gate that changed, as changes: values that moved alike are one.

use crate::analysis::gate::{Cause, Row};
use crate::domain::cell_name::CellName;
use crate::domain::verdict::Verdict;
use crate::report::changes::{Change, Label, Value, changes};
use crate::report::formats::document::Tone;
use crate::stats::Estimate;

use super::view::GateView;

/// The verdict on what fails because all cells moved.
pub(super) const TOGETHER: &str = "regressed (system-wide shift)";
/// The verdict on what fails although the cell itself may not have moved, because the others got better.
pub(super) const BEYOND: &str = "regressed (beyond the system-wide shift)";

/// Whether a row belongs among the changes.
fn is_listed(row: &Row) -> bool {
    let has_changed = matches!(row.verdict, Verdict::Regressed | Verdict::Improved);
    has_changed || row.is_new || row.is_cleared || row.is_suspect
}

/// Every change, the worst first.
pub(super) fn listed(view: &GateView) -> Vec<Change> {
    grouped(view, is_listed)
}

/// What fails, the worst first.
pub(super) fn regressed(view: &GateView) -> Vec<Change> {
    grouped(view, |row| row.verdict == Verdict::Regressed)
}

/// What got better, the largest change first.
pub(super) fn improved(view: &GateView) -> Vec<Change> {
    grouped(view, |row| row.verdict == Verdict::Improved)
}

fn grouped(view: &GateView, is_wanted: impl Fn(&Row) -> bool) -> Vec<Change> {
    let rows = &view.judgement.rows;
    let values: Vec<Value> = rows.iter().filter(|row| is_wanted(row)).map(value).collect();
    let mut cells: Vec<CellName> = rows.iter().map(|row| row.cell.clone()).collect();
    cells.sort_unstable();
    cells.dedup();
    changes(&values, &cells)
}

fn value(row: &Row) -> Value {
    Value {
        cell: row.cell.clone(),
        quantity: row.quantity,
        before: row.before,
        after: row.after,
        size: match (row.difference, beyond(row)) {
            (Some(difference), _) => difference,
            (None, Some(own)) => own,
            (None, None) => row.change,
        },
        label: Label { text: verdict_words(row), tone: tone_of(row), rank: row.verdict as u8 },
    }
}

/// What a failing cell did that the others did not, where its own change may be none.
fn beyond(row: &Row) -> Option<Estimate> {
    let may_be_none = row.verdict == Verdict::Regressed && !row.quantity.is_ratio() && row.change.covers(1.0);
    row.beyond_others.filter(|_| may_be_none)
}

pub(super) fn tone_of(row: &Row) -> Tone {
    match row.verdict {
        Verdict::Regressed => Tone::Bad,
        Verdict::Improved => Tone::Good,
        Verdict::Inconclusive => Tone::Doubt,
        Verdict::Unchanged => Tone::Plain,
    }
}

/// The verdict, with its qualification.
pub(super) fn verdict_words(row: &Row) -> String {
    let word = row.verdict.word();
    match row.cause {
        Some(Cause::Together) => TOGETHER.to_owned(),
        _ if beyond(row).is_some() => BEYOND.to_owned(),
        _ if row.is_cleared => format!("{word}: not confirmed"),
        _ if row.is_new && row.verdict != Verdict::Regressed => format!("{word}: new"),
        _ => word.to_owned(),
    }
}
