//! From meaning to bytes: one view of a run, and the formats that are drawn from it.
//!
//! Formats return text; the commands write it. They share the view, so that they cannot disagree.

mod json;
mod markdown;
mod measurement;
pub mod numbers;
pub mod sentences;
pub mod view;

pub use json::run_json;
pub use markdown::run_markdown;
pub use measurement::{MeasurementView, measurement_json, measurement_text};
