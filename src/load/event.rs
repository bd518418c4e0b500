//! What a session reports to its one listener, on the thread that generates the load.

use jiff::Timestamp;

use crate::domain::gap::Gap;
use crate::domain::plan::Cell;
use crate::domain::window::MeasuredGroup;

/// One thing that happened.
#[derive(Debug)]
pub enum RunEvent {
    /// Nothing to measure until then.
    Waiting {
        /// When the next cycle begins.
        until: Timestamp,
        /// That cycle.
        cycle: u64,
    },
    /// A cell is about to be measured.
    WindowOpened {
        /// The number its window will have.
        number: u64,
        /// The cycle it belongs to.
        cycle: u64,
        /// The cell.
        cell: Cell,
    },
    /// A group is complete and not yet committed.
    WindowMeasured(Box<MeasuredGroup>),
    /// Nothing was measured for a while.
    Gap(Gap),
}
