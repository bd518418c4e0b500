//! A run's report in each of its formats.

use std::collections::BTreeMap;

use crate::domain::plain_text::visible;

use super::charts::{ChartError, Layout};
use super::formats::envelope::print;
use super::formats::json::ReportOutput;
use super::formats::{html, incidents_csv, markdown, outliers_csv, summary_csv};
use super::run_report::Report;
use super::sections;

impl Report<'_> {
    /// `report.md`; its charts are PNGs beside it.
    pub fn markdown(&self) -> String {
        visible(&markdown::markdown(&sections::document(self))).into_owned()
    }

    /// `report.html`, one file with everything in it.
    /// # Errors
    /// [`ChartError`] where a chart cannot be drawn.
    pub fn html(&self) -> Result<String, ChartError> {
        let mut svgs = BTreeMap::new();
        for chart in &self.charts {
            // Both are in the page; a style sheet shows the one that fits.
            svgs.insert(chart.file.clone(), chart.svg(Layout::Wide)? + &chart.svg(Layout::Narrow)?);
        }
        Ok(visible(&html::html(&sections::document(self), &svgs)).into_owned())
    }

    /// The content of `report.json`.
    pub fn json(&self) -> String {
        print(ReportOutput::of(self.view, &self.headline, &self.recommendations, &self.charts))
    }

    /// `summary.csv`: one row per metric and cell.
    pub fn csv(&self) -> String {
        summary_csv::summary(self.view)
    }

    /// `incidents.csv`: one row per incident and affected cell.
    pub fn incidents_csv(&self) -> String {
        incidents_csv::incidents(self.view)
    }

    /// `outliers.csv`: one row per outlier for the time of day.
    pub fn outliers_csv(&self) -> String {
        outliers_csv::outliers(self.view)
    }
}
