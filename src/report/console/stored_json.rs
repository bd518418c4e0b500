//! What the files of a run keep of its gaps, outliers and incidents, as `baseline status` prints it in JSON.

use schemars::JsonSchema;
use serde::Serialize;

use crate::report::formats::values::Interval;
use crate::store::heartbeat::{IncidentEntry, OutlierEntry};
use crate::store::manifest::GapEntry;

/// A stretch without measurements, as the run's manifest has it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct StoredGap<'a> {
    /// End of the last measurement before the gap.
    #[schemars(extend("format" = "date-time"))]
    from: &'a str,
    /// Start of the first measurement after the gap; before `from` only if the clock was set back.
    #[schemars(extend("format" = "date-time"))]
    to: &'a str,
    /// Why, in a word; another version of the program may know further words.
    reason: &'a str,
}

impl<'a> From<&'a GapEntry> for StoredGap<'a> {
    fn from(gap: &'a GapEntry) -> Self {
        Self { from: &gap.from, to: &gap.to, reason: &gap.reason }
    }
}

/// Values more than 2 sigma from what was expected at that hour, as the heartbeat of the run has them.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct StoredOutliers {
    /// Values that were judged.
    judged: u64,
    /// Outliers among them.
    observed: u64,
    /// How many of them chance alone would bring.
    expected_by_noise: f64,
    /// Range of that number in 95 of 100 runs; null while the run goes on.
    range_95: Option<Interval>,
}

impl From<OutlierEntry> for StoredOutliers {
    fn from(of: OutlierEntry) -> Self {
        Self {
            judged: of.judged,
            observed: of.observed,
            expected_by_noise: of.expected,
            range_95: of.range_95.map(Interval::from),
        }
    }
}

/// An incident, as the heartbeat of the run has it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct StoredIncident<'a> {
    /// What was wrong: `errors` or `slowdown`.
    cause: &'a str,
    /// Names of the affected endpoints.
    endpoints: &'a [String],
    /// The metric that shows it.
    metric: &'a str,
    /// Start of the first affected window.
    #[schemars(extend("format" = "date-time"))]
    opened_at: &'a str,
    /// Start of the first window back to normal; null while it is open.
    resolved_at: Option<&'a str>,
    /// Change relative to what was expected; null for errors.
    change: Option<f64>,
    /// Failed over judged requests during the incident; null for slowdowns.
    error_ratio: Option<f64>,
}

impl<'a> From<&'a IncidentEntry> for StoredIncident<'a> {
    fn from(incident: &'a IncidentEntry) -> Self {
        Self {
            cause: &incident.cause,
            endpoints: &incident.endpoints,
            metric: &incident.metric,
            opened_at: &incident.opened_at,
            resolved_at: incident.resolved_at.as_deref(),
            change: incident.change,
            error_ratio: incident.error_ratio,
        }
    }
}
