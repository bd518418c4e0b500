//! What a report is drawn from: plain data about one run, and the code that computes it from windows and histograms.

pub mod builder;
mod cell_builder;
pub mod checks;
pub mod findings;
mod findings_builder;
pub mod funnel;
pub mod headline;
pub mod health;
mod health_builder;
pub mod heat;
pub mod incident_view;
mod key_numbers;
pub mod marks;
pub mod objective;
pub mod rolling;
pub mod run_view;
pub mod slowest;
