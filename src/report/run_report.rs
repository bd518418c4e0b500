//! A run's report, ready for every format: the view, the headline, the recommendations and the charts.

use std::collections::BTreeMap;

use super::charts::{self, Chart, ChartError};
use super::formats::{html, json, markdown, summary_csv};
use super::recommendations::{self, Recommendation};
use super::sections;
use super::view::headline::Headline;
use super::view::run_view::RunView;

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
        markdown::markdown(&sections::document(self))
    }

    /// `report.html`, one file with everything in it.
    /// # Errors
    /// [`ChartError`] where a chart cannot be drawn.
    pub fn html(&self) -> Result<String, ChartError> {
        let mut svgs = BTreeMap::new();
        for chart in &self.charts {
            svgs.insert(chart.file.clone(), chart.svg()?);
        }
        Ok(html::html(&sections::document(self), &svgs))
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
