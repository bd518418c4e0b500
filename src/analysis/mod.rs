//! The meaning of the numbers: baselines, flags and alerts during a run; level shifts, trends, comparison, capacity and
//! cost after it; and the same for any series.

pub mod alert;
pub mod band;
pub mod baseline_model;
pub mod capacity;
mod change;
pub mod comparison;
mod cool_down;
pub mod cost;
pub mod detector;
pub mod drift;
pub mod error_watch;
mod extent;
pub mod gate;
pub mod incident;
pub mod learning;
pub mod objective;
pub mod outliers;
mod profile;
pub mod promotable;
pub mod promotion;
pub mod run_judge;
pub mod series;
mod step_watch;
mod steps;
pub mod suggested_objective;
mod surprise;
pub mod thresholds;
pub mod usual;
pub mod watch;
