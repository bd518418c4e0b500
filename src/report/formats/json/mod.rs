//! `report.json`: the view of a run as data.

mod advice;
pub(in crate::report) mod alerts;
mod capacity;
mod cells;
mod checks;
pub(in crate::report) mod comparison;
mod findings;
mod incidents;
mod journeys;
mod notes;
pub(in crate::report) mod rolling;
mod run;
pub(in crate::report) mod scalability;
pub(in crate::report) mod slowest;
pub(in crate::report) mod verdict;

use schemars::JsonSchema;
use serde::Serialize;

use crate::report::charts;
use crate::report::recommendations;
use crate::report::view::funnel::{FunnelView, remarks};
use crate::report::view::headline::Headline;
use crate::report::view::run_view::RunView;

use super::envelope::Output;
use advice::{Chart, Recommendation};
use alerts::AlertEntry;
use cells::LevelTable;
use checks::Checks;
use findings::Findings;
use journeys::{Journey, Remark};
use notes::NoteEntry;
use rolling::Rolling;
use run::{Flags, Health, Outliers, Run, RunVerdict};
use slowest::SlowRequest;
use verdict::Availability;

/// Everything that a report of a run says.
///
/// A number that the sample cannot support is null. Times end in `_us` (microseconds) or `_s` (seconds).
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(title = "report.json of baseline", deny_unknown_fields)]
pub(in crate::report) struct ReportOutput<'a> {
    run: Run<'a>,
    verdict: RunVerdict<'a>,
    availability: Availability,
    health: Health<'a>,
    outliers: Outliers,
    flags: Flags,
    /// Results by load level, fewest users first.
    levels: Vec<LevelTable<'a>>,
    /// Journeys and mixes: how many iterations reached each step, how many failed there, and its part of the time.
    journeys: Vec<Journey<'a>>,
    /// What was missing in responses, and why users could not be set up.
    remarks: Vec<Remark>,
    #[serde(flatten)]
    findings: Findings<'a>,
    /// The last minute to hour, by endpoint.
    rolling: Vec<Rolling<'a>>,
    /// The slowest requests of the valid windows, at most ten of each endpoint or step, the slowest first; empty where requests
    /// named no traces.
    slowest: Vec<SlowRequest>,
    /// Health checks during the run; null where it made none.
    checks: Option<Checks<'a>>,
    /// The alerts that were raised during the run; empty where none were, and where it alerted nobody.
    journal: Vec<AlertEntry<'a>>,
    /// Notes about the time of the run and its silences, in the order of time; left out where there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<NoteEntry<'a>>,
    /// Recommendations, most urgent first.
    recommendations: Vec<Recommendation<'a>>,
    /// In the order in which the report shows them.
    charts: Vec<Chart<'a>>,
}

impl Output for ReportOutput<'_> {
    const KIND: &'static str = "report";
}

impl<'a> ReportOutput<'a> {
    /// The view, and what was made of it.
    pub(in crate::report) fn of(
        view: &'a RunView,
        headline: &'a Headline,
        recommendations: &'a [recommendations::Recommendation],
        charts: &'a [charts::Chart<'_>],
    ) -> Self {
        Self {
            run: Run::of(&view.facts, &view.health),
            verdict: RunVerdict::of(headline, &view.judged.verdict),
            availability: (&view.judged.availability).into(),
            health: view.into(),
            outliers: (&view.health.outliers.for_time_of_day).into(),
            flags: (&view.health).into(),
            levels: view.levels.iter().map(LevelTable::from).collect(),
            journeys: FunnelView::all(view).iter().map(Journey::from).collect(),
            remarks: remarks(view).into_iter().map(Remark::from).collect(),
            findings: view.into(),
            rolling: view.rolling.iter().map(Rolling::from).collect(),
            slowest: view.slowest.all().map(SlowRequest::from).collect(),
            checks: Checks::of(&view.facts.checks),
            journal: view.facts.alerts.iter().map(AlertEntry::of).collect(),
            notes: view.marks.iter().map(NoteEntry::from).collect(),
            recommendations: recommendations.iter().map(Recommendation::from).collect(),
            charts: charts.iter().map(Chart::from).collect(),
        }
    }
}
