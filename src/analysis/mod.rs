//! What the numbers mean: baselines of cells, and windows that lie outside of them.

pub mod alert;
pub mod baseline_model;
pub mod drift;
pub mod series;
pub mod watch;
