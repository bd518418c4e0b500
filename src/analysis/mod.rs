//! What the numbers mean: baselines of cells, and windows that lie outside of them.

pub mod baseline_model;
pub mod watch;
