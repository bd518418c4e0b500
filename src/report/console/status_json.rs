//! The status of a run as JSON, for programs.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::report::formats::envelope::{Output, print};
use crate::report::formats::json::rolling::Rolling;
use crate::report::formats::json::verdict::{Availability, Conclusion};
use crate::report::formats::values::{ErrorsByReason, Moment, errors_by_reason, run_states};

use super::status::Status;
use super::stored_json::{StoredGap, StoredIncident, StoredOutliers};
use super::worst::WorstOutput;

impl Status {
    /// Renders the status as JSON, for programs.
    pub fn json(&self) -> String {
        let heartbeat = self.heartbeat.as_ref();
        let worst = self.worst();
        let outcomes = self.outcomes();
        print(StatusOutput {
            run: &self.manifest.run_id,
            scenario: &self.manifest.scenario,
            state: self.state,
            pid: heartbeat.and_then(|heartbeat| heartbeat.pid),
            started_at: &self.manifest.started_at,
            planned_end: &self.manifest.planned_end,
            left_s: self.left().map(|left| left.as_secs_f64()),
            ended_at: self.ended_at().map(Moment),
            conclusion: (&self.judged.verdict).into(),
            worst: worst.as_ref().map(WorstOutput::from),
            availability: (&self.judged.availability).into(),
            windows: self.tally.windows,
            planned_windows: self.manifest.planned_windows,
            requests: self.tally.counts.requests(),
            failed: self.tally.counts.failed,
            error_reasons: errors_by_reason(&outcomes.errors),
            statuses: outcomes.statuses.clone(),
            rows_handed_out: &self.queues,
            throttled: self.tally.counts.throttled,
            invalid_windows: self.tally.invalid,
            outliers: heartbeat.and_then(|heartbeat| heartbeat.outliers).map(StoredOutliers::from),
            flags: self.flags(),
            alerts: self.heartbeat.as_ref().map_or(0, |heartbeat| heartbeat.alerts),
            incidents: self.incidents().iter().map(StoredIncident::from).collect(),
            gaps: self.manifest.gaps.iter().map(StoredGap::from).collect(),
            cycle: heartbeat.map(|heartbeat| heartbeat.cycle),
            cell: heartbeat.and_then(|heartbeat| heartbeat.cell.as_deref()),
            next_cycle_at: heartbeat.and_then(|heartbeat| heartbeat.next_cycle_at.as_deref()),
            updated_at: heartbeat.map(|heartbeat| heartbeat.updated_at.as_str()),
            report: self.report().map(|path| path.display().to_string()),
            warnings: &self.warnings,
            rolling: self.rolling.as_ref().map(|views| views.iter().map(Rolling::from).collect()),
        })
    }
}

/// What a run is doing, or did before it ended.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(title = "what `baseline status --format json` prints", deny_unknown_fields)]
pub(in crate::report) struct StatusOutput<'a> {
    /// The run ID.
    run: &'a str,
    /// The scenario's name.
    scenario: &'a str,
    /// State of the run: `running`, `completed`, `stopped`, `failed`, `killed` or `unknown`.
    #[schemars(schema_with = "run_states")]
    state: &'static str,
    /// The process that measures, or did; null for a rehearsal.
    pid: Option<u32>,
    /// Start of the run.
    #[schemars(extend("format" = "date-time"))]
    started_at: &'a str,
    /// When it is planned to end.
    #[schemars(extend("format" = "date-time"))]
    planned_end: &'a str,
    /// Time to the planned end; null where that has passed.
    left_s: Option<f64>,
    /// Last heartbeat of a run that is over; null while it is running.
    ended_at: Option<Moment>,
    #[serde(flatten)]
    conclusion: Conclusion,
    /// The endpoint that is worst off against its SLO; null where no SLO is set.
    worst: Option<WorstOutput<'a>>,
    availability: Availability,
    /// Windows measured so far.
    windows: u64,
    /// Windows that the whole plan has.
    planned_windows: u64,
    /// Requests sent so far, with any outcome.
    requests: u64,
    /// Requests that failed.
    failed: u64,
    /// Failed requests by reason.
    error_reasons: ErrorsByReason,
    /// Responses by HTTP status.
    statuses: BTreeMap<u16, u64>,
    /// Rows that each queue handed out, each row once.
    rows_handed_out: &'a BTreeMap<String, u64>,
    /// Rate-limited requests (429).
    throttled: u64,
    /// Windows that cannot be judged.
    invalid_windows: u64,
    /// Outliers for the time of day: against the forecast while the run goes on, against the whole run at its end. Null for a
    /// run of a version that did not count them.
    outliers: Option<StoredOutliers>,
    /// Values beyond 2 sigma of the baseline, which is one band for all hours.
    flags: u64,
    /// Incidents that were reported so far, those included that were withdrawn later.
    alerts: u64,
    /// Incidents as they are known now, in the order of their beginnings.
    incidents: Vec<StoredIncident<'a>>,
    /// Gaps in the run: periods in which nothing was measured.
    gaps: Vec<StoredGap<'a>>,
    /// The cycle, from 0; null without a heartbeat.
    cycle: Option<u64>,
    /// The cell that is measured, as `endpoint at level:users`; null between cycles.
    cell: Option<&'a str>,
    /// When the next cycle begins; null within one.
    next_cycle_at: Option<&'a str>,
    /// The last heartbeat; null without one.
    updated_at: Option<&'a str>,
    /// Path of the report for browsers; null where none is written yet.
    report: Option<String>,
    /// What is missing from the files of the run, or damaged, a sentence each; empty for an intact run.
    warnings: &'a [String],
    /// The last minute to hour, by endpoint; null without `--rolling`.
    rolling: Option<Vec<Rolling<'a>>>,
}

impl Output for StatusOutput<'_> {
    const KIND: &'static str = "status";
}
