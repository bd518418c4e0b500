//! From meaning to bytes: one view of a run, and the formats that are drawn from it.
//!
//! Formats return text; the commands write it. They share the view, so that they cannot disagree.

pub mod findings;
mod json;
mod json_findings;
mod markdown;
mod markdown_findings;
mod measurement;
pub mod numbers;
pub mod rolling;
pub mod sentences;
pub mod view;

pub use json::{rolling_json, run_json};
pub use json_findings::scalability_json;
pub use markdown::run_markdown;
pub use markdown_findings::rolling_table;
pub use measurement::{MeasurementView, measurement_json, measurement_text};
