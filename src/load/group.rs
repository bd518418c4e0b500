//! The rows of a group: one of the whole, and one of each part.

use crate::domain::plan::Plan;
use crate::domain::verdict::{InvalidReason, Validity};
use crate::domain::window::MeasuredGroup;

use super::engine::WindowOrder;
use super::recorder::{Recorder, Stretch};

/// The rows of a group from what was recorded of it.
pub(super) fn group(
    plan: &Plan,
    order: &WindowOrder,
    stretch: &Stretch,
    whole: Recorder,
    parts: Vec<Recorder>,
) -> MeasuredGroup {
    let names = plan.part_names(order.cell);
    let rows = parts.into_iter().zip(names);
    let parts = rows.map(|(part, name)| part.into_row(plan, order, stretch.clone(), name)).collect();
    MeasuredGroup { whole: whole.into_window(plan, order, stretch.clone()), parts, out_of_rows: None }
}

/// Marks every row of a group: the setup of its users failed.
pub(super) fn invalidate(group: &mut MeasuredGroup, failures: &[String]) {
    group.whole.window.remarks = failures.to_vec();
    for row in group.parts.iter_mut().chain([&mut group.whole]) {
        row.window.validity = Validity::Invalid(InvalidReason::SetupFailed);
    }
}
