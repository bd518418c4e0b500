//! Small shapes that several kinds of JSON share.

use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

use crate::domain::cell_name::CellName;
use crate::domain::error_counts::ErrorCounts;
use crate::domain::error_reason::ErrorReason;
use crate::domain::metric::Metric;
use crate::domain::sample::ErrorClass;
use crate::domain::window;
use crate::run::state::STATES;
use crate::stats::Estimate;

use super::words::{SomeWords, Word};

/// The low and the high end of a 95% interval, in the unit of its number.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
pub(in crate::report) struct Interval([f64; 2]);

impl From<(f64, f64)> for Interval {
    fn from((low, high): (f64, f64)) -> Self {
        Self([low, high])
    }
}

impl From<Estimate> for Interval {
    fn from(estimate: Estimate) -> Self {
        Self([estimate.low, estimate.high])
    }
}

/// A time as RFC 3339, in milliseconds.
#[derive(Debug, Clone, Copy)]
pub(in crate::report) struct Moment(pub(in crate::report) Timestamp);

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:.3}", self.0))
    }
}

impl JsonSchema for Moment {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Moment".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time" })
    }
}

/// The words for what became of a run.
pub(in crate::report) fn run_states(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": STATES })
}

/// A cell: an endpoint at a load level.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(in crate::report) struct Place {
    /// Name of the endpoint; `endpoint.step` for one of its steps.
    endpoint: String,
    /// Name of the load level.
    level: String,
}

impl From<&CellName> for Place {
    fn from(cell: &CellName) -> Self {
        Self { endpoint: cell.series(), level: cell.level.to_string() }
    }
}

/// A metric of a cell.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(in crate::report) struct Series {
    #[serde(flatten)]
    place: Place,
    /// Name of the metric.
    metric: Word<Metric>,
}

impl Series {
    /// The series of a metric.
    pub(in crate::report) fn of(cell: &CellName, metric: Metric) -> Self {
        Self { place: cell.into(), metric: Word(metric) }
    }
}

/// Mean duration of each phase of opening a connection, in microseconds; null where no connection went through it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::report) struct Phases {
    /// Resolving the host name.
    resolve: Option<f64>,
    /// Opening the TCP connection.
    connect: Option<f64>,
    /// The TLS handshake.
    tls: Option<f64>,
}

impl From<&window::Phases> for Phases {
    fn from(phases: &window::Phases) -> Self {
        let window::Phases { resolve_mean_us, connect_mean_us, tls_mean_us, .. } = *phases;
        Self { resolve: resolve_mean_us, connect: connect_mean_us, tls: tls_mean_us }
    }
}

/// Failures by class; a class without any is left out.
pub(in crate::report) type ErrorsByClass = SomeWords<ErrorClass, u64>;

/// The error classes that occurred, with their counts.
pub(in crate::report) fn errors_by_class(errors: &ErrorCounts) -> ErrorsByClass {
    errors.iter().collect()
}

/// Failures by reason; a reason without any is left out.
pub(in crate::report) type ErrorsByReason = SomeWords<ErrorReason, u64>;

/// The reasons that occurred, with their counts.
pub(in crate::report) fn errors_by_reason(errors: &ErrorCounts) -> ErrorsByReason {
    errors.reasons().iter().collect()
}

/// JSON knows no infinity, and no number that is none: both are null.
pub(in crate::report) fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}
