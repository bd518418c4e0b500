//! What the numbers mean: baselines, flags and alerts while a run goes on; regimes, trends, comparison, capacity and
//! cost after it; and the same on any series.

pub mod alert;
pub mod baseline_model;
pub mod capacity;
pub mod comparison;
pub mod cost;
pub mod detector;
pub mod drift;
pub mod gate;
pub mod objective;
pub mod promotion;
pub mod series;
mod surprise;
pub mod thresholds;
pub mod watch;
