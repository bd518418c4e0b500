//! What the numbers mean: baselines of cells, and windows that lie outside of them.

pub mod alert;
pub mod baseline_model;
pub mod capacity;
pub mod comparison;
pub mod cost;
pub mod detector;
pub mod drift;
pub mod promotion;
pub mod series;
mod surprise;
pub mod thresholds;
pub mod watch;
