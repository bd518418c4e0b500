//! Rules for Prometheus: recordings and alerts of a scenario, with tests that `promtool` runs.
//!
//! Rules see only the metrics that `/metrics` exports. Pure: from a plan and a baseline to files.

mod bands;
mod burn;
mod files;
mod limits;
pub mod names;
mod platform;
mod promql;
mod rule;
mod scope;
mod shown;
mod timing;
mod windows;
mod yaml;

pub use bands::{LEAST_FACTOR, REACH, SLOW_WINDOWS, slow_bound};
pub use files::{RuleFile, files};
pub use names::RuleName;
