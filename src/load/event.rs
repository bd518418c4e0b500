//! The events that a session reports to its one listener, on the thread that generates the load.

use std::sync::Arc;

use jiff::Timestamp;

use crate::domain::gap::Gap;
use crate::domain::plan::Cell;
use crate::domain::window::MeasuredGroup;

/// One event of a session, in the order in which they happen.
#[derive(Debug)]
pub enum RunEvent {
    /// There is nothing to measure until the next cycle.
    Waiting {
        /// Planned start of the next cycle.
        until: Timestamp,
        /// Number of that cycle, from 0.
        cycle: u64,
    },
    /// A cell is about to be measured, warm-up first.
    WindowOpened {
        /// Number that its window will have.
        number: u64,
        /// Cycle that it belongs to, from 0.
        cycle: u64,
        /// Cell, as positions in the plan.
        cell: Cell,
    },
    /// A group was measured, and is not yet committed.
    WindowMeasured(Box<MeasuredGroup>),
    /// Data of a journey has no rows left, so that the session ends.
    OutOfRows {
        /// Name of the data.
        data: Arc<str>,
    },
    /// Nothing was measured for this stretch.
    Gap(Gap),
}
