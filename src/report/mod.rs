//! From meaning to bytes: one view of a run, and the formats that are drawn from it.
//!
//! Formats return text or bytes, which `drawing` puts into the run's folder. They share the view, so that they cannot
//! disagree.

mod changes;
pub mod charts;
pub mod check;
pub mod console;
pub mod drawing;
mod error;
pub mod formats;
pub mod gate;
pub mod period;
pub mod recommendations;
mod rendered;
mod run_report;
pub mod schemas;
pub mod sections;
pub mod status_page;
pub mod view;
pub mod wording;

pub use charts::{Chart, ChartError};
pub use error::ReportError;
pub use run_report::Report;
