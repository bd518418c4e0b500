//! Where a run stands after its committed windows, and the gap since the last of them.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::domain::gap::{Gap, GapReason};
use crate::domain::plan::{Cell, Plan};
use crate::domain::window::Window;
use crate::load::session::Position;
use crate::store::manifest::{GapEntry, Manifest};

/// The gap from the last known activity of the run (window, gap or start) until `now`.
pub(super) fn gap_of_stop(
    committed: &[Window],
    manifest: &Manifest,
    started_at: Timestamp,
    now: Timestamp,
) -> Option<Gap> {
    let gaps = manifest.gaps.iter().filter_map(GapEntry::gap).map(|gap| gap.to);
    let from = committed.iter().map(Window::ended_at).chain(gaps).max().unwrap_or(started_at);
    (now > from).then_some(Gap { from, to: now, reason: GapReason::Stopped })
}

/// The position of a run after its committed windows.
pub(super) fn position_of(plan: &Plan, started_at: Timestamp, committed: &[Window]) -> Position {
    let wholes = committed.iter().filter(|window| window.cell.step.is_none());
    let done: BTreeSet<(u64, Cell)> =
        wholes.filter_map(|window| Some((window.cycle, plan.cell_named(&window.cell)?))).collect();
    let next_number = committed.iter().map(|window| window.number).max().unwrap_or(0) + 1;
    Position { started_at, next_number, done }
}
