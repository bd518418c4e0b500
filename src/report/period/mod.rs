//! A report over many runs of a scenario: the days of its monitor, and its other runs.
//!
//! `measured` reads the runs one after the other, `view` makes numbers of them, `document` and `json` write those.

mod cells;
mod document;
mod incidents;
mod json;
mod measured;
mod view;

pub use measured::{Measured, Period};
pub use view::PeriodView;

pub(in crate::report) use json::PeriodOutput;
