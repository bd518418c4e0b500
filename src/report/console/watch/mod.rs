//! What `watch` shows of a run: the facts, collected window by window; drawing them is for the terminal.

mod live;
mod live_cell;
pub mod lines;
pub mod words;

pub use live::{Generator, Live, LiveIncident, Verdict};
pub use live_cell::{CellState, LiveCell, RECENT};
