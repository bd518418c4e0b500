//! What `watch` shows of a run: the facts, collected window by window; drawing them is for the terminal.

pub mod lines;
mod live;
mod live_cell;
mod plain;
pub mod words;

pub use live::{Generator, Live, LiveIncident, Verdict};
pub use live_cell::{CellState, LiveCell, RECENT};
