//! From meaning to bytes: one view of a run, and the formats that are drawn from it.
//!
//! Formats return text or bytes; the commands write them. They share the view, so that they cannot disagree.

mod charts;
mod compared;
mod content;

mod document;
pub mod findings;
pub mod gate;
pub mod headline;
mod health;
mod heat;
mod html;
mod incidents;
mod json;
mod json_findings;
mod markdown;
mod measurement;
pub mod numbers;
mod objective;
mod plain;
mod recommendations;
pub mod rolling;
pub mod sentences;
mod summary_csv;
pub mod view;
pub mod view_builder;

use std::collections::BTreeMap;

use headline::Headline;
use view::RunView;

pub use charts::{Chart, ChartError};
pub use compared::{ComparedView, SideView};
pub use json::{REPORT_SCHEMA, rolling_json};
pub use json_findings::scalability_json;
pub use measurement::{MeasurementView, measurement_json, measurement_text};
pub use recommendations::Recommendation;

/// A run's report, ready for every format.
pub struct Report<'a> {
    /// What it is drawn from.
    pub view: &'a RunView,
    /// The verdict and its numbers.
    pub headline: Headline,
    /// What to do, the most urgent first.
    pub recommendations: Vec<Recommendation>,
    /// The charts, in the order in which the report shows them.
    pub charts: Vec<Chart<'a>>,
}

impl<'a> Report<'a> {
    /// The report of a run.
    pub fn of(view: &'a RunView) -> Self {
        let charts = charts::charts(view);
        let recommendations = recommendations::recommendations(view, &charts);
        Self { view, headline: Headline::of(view), recommendations, charts }
    }

    /// `report.md`; its charts are PNGs beside it.
    pub fn markdown(&self) -> String {
        markdown::markdown(&content::document(self))
    }

    /// `report.html`, one file with everything in it.
    /// # Errors
    /// [`ChartError`] where a chart cannot be drawn.
    pub fn html(&self) -> Result<String, ChartError> {
        let mut svgs = BTreeMap::new();
        for chart in &self.charts {
            svgs.insert(chart.file.clone(), chart.svg()?);
        }
        Ok(html::html(&content::document(self), &svgs))
    }

    /// `report.json`.
    pub fn json(&self) -> String {
        json::run_json(self)
    }

    /// `summary.csv`: a row a metric of a cell.
    pub fn csv(&self) -> String {
        summary_csv::summary(self.view)
    }
}

/// The last minute to hour of a run, by endpoint, as text.
pub fn rolling_text(views: &[rolling::RollingView]) -> String {
    plain::table_text(&content::rolling(views))
}
