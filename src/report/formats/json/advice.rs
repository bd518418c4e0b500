//! The recommendations and charts of `report.json`.

use schemars::JsonSchema;
use serde::Serialize;

use crate::report::charts;
use crate::report::formats::words::Word;
use crate::report::recommendations;
use crate::report::recommendations::Priority;

/// A recommendation: what is wrong, the evidence for it, and what to do.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::report) struct Recommendation<'a> {
    /// The same in every report that asks for the same.
    id: &'a str,
    /// Urgency: `critical`, `medium` or `low`.
    priority: Word<Priority>,
    /// What is wrong, in a sentence.
    issue: &'a str,
    /// The numbers that show it.
    evidence: &'a str,
    /// The chart that shows it: its anchor in report.html, and with `.png` its file; null where none does.
    chart: Option<&'a str>,
    /// What it means for those who use the platform, or this report.
    impact: &'a str,
    /// What to do.
    action: &'a str,
}

impl<'a> From<&'a recommendations::Recommendation> for Recommendation<'a> {
    fn from(advice: &'a recommendations::Recommendation) -> Self {
        Self {
            id: &advice.id,
            priority: Word(advice.priority),
            issue: &advice.issue,
            evidence: &advice.evidence,
            chart: advice.chart.as_deref(),
            impact: &advice.impact,
            action: &advice.action,
        }
    }
}

/// A chart of the report.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::report) struct Chart<'a> {
    /// The name of its PNG in the run's folder.
    file: &'a str,
    /// What it shows, for those who do not see it.
    shows: &'a str,
}

impl<'a> From<&'a charts::Chart<'_>> for Chart<'a> {
    fn from(chart: &'a charts::Chart<'_>) -> Self {
        Self { file: &chart.file, shows: &chart.alternative }
    }
}
