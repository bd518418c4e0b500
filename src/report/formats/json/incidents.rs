//! Incidents in `report.json`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::analysis::incident;
use crate::analysis::incident::IncidentCause;
use crate::domain::metric::Metric;
use crate::report::formats::values::{
    ErrorsByClass, ErrorsByReason, Interval, Moment, Place, errors_by_class, errors_by_reason,
};
use crate::report::formats::words::Word;
use crate::report::view::incident_view::IncidentView;

use super::slowest::SlowRequest;

/// A stretch in which one or more cells were worse than expected.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Incident {
    /// What was wrong: `errors` or `slowdown`.
    cause: Word<IncidentCause>,
    /// The incident in words.
    what: String,
    /// Start of the first affected window.
    opened_at: Moment,
    /// Start of the first window back to normal; null while it is open.
    resolved_at: Option<Moment>,
    /// The metric that is described.
    metric: Word<Metric>,
    /// Change of the cells of `endpoints` together, relative to what was expected: 0.2 is a fifth more; null for errors.
    change: Option<f64>,
    /// 95% confidence interval of `change`.
    interval_95: Option<Interval>,
    /// Failed over judged requests of the cells of `endpoints`; null for slowdowns, and where no request was judged.
    error_ratio: Option<f64>,
    /// Failed requests of the cells of `endpoints` meanwhile, by class; empty for other causes.
    errors: ErrorsByClass,
    /// The same by reason; failures of runs that recorded no reasons are missing here.
    error_reasons: ErrorsByReason,
    /// Responses of the cells of `endpoints` meanwhile, by status; empty for other causes.
    statuses: BTreeMap<u16, u64>,
    /// Names of the endpoints and steps that it comes from; a journey is left out where its affected step explains it.
    endpoints: Vec<String>,
    /// The affected cells, the worst first; journeys behind their affected steps.
    cells: Vec<AffectedCell>,
    /// The window with the worst value.
    worst: WorstWindow,
    /// The slowest requests of the cells of `endpoints` meanwhile, at most three; empty where requests named no traces.
    slowest: Vec<SlowRequest>,
}

impl From<&IncidentView<'_>> for Incident {
    fn from(view: &IncidentView<'_>) -> Self {
        let found = view.incident;
        let (errors, statuses) = view.failures();
        let is_errors = found.cause == IncidentCause::Errors;
        Self {
            cause: Word(found.cause),
            what: view.words(),
            opened_at: Moment(found.opened_at),
            resolved_at: found.resolved_at.map(Moment),
            metric: Word(found.metric),
            change: found.effect.map(|effect| effect.value),
            interval_95: found.effect.map(Interval::from),
            error_ratio: found.error_ratio().filter(|_| is_errors),
            errors: errors_by_class(&errors),
            error_reasons: errors_by_reason(&errors),
            statuses,
            endpoints: found.series(),
            cells: found.cells.iter().map(AffectedCell::from).collect(),
            worst: WorstWindow {
                window: found.worst.0,
                place: (&found.worst.1).into(),
                value: found.worst.2,
            },
            slowest: view.slowest().into_iter().map(SlowRequest::from).collect(),
        }
    }
}

/// One cell during an incident.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct AffectedCell {
    #[serde(flatten)]
    place: Place,
    /// What was expected meanwhile; for errors the highest ratio that the baseline is compatible with.
    expected: f64,
    /// What was measured meanwhile.
    measured: f64,
    /// Relative to what was expected; null for errors.
    change: Option<f64>,
    /// 95% confidence interval of `change`.
    interval_95: Option<Interval>,
    /// Requests that failed during the incident.
    failed: u64,
    /// Requests during the incident that failed or succeeded.
    judged: u64,
}

impl From<&incident::Affected> for AffectedCell {
    fn from(cell: &incident::Affected) -> Self {
        Self {
            place: (&cell.cell).into(),
            expected: cell.expected,
            measured: cell.measured,
            change: cell.effect.map(|effect| effect.value),
            interval_95: cell.effect.map(Interval::from),
            failed: cell.failed.0,
            judged: cell.failed.1,
        }
    }
}

/// The window of an incident with the worst value.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct WorstWindow {
    /// Number of the window within its run.
    window: u64,
    #[serde(flatten)]
    place: Place,
    /// Its value, in the unit of the metric.
    value: f64,
}
