//! A slow request with its trace, in JSON.

use schemars::JsonSchema;
use serde::Serialize;

use crate::domain::error_reason::ErrorReason;
use crate::domain::trace;

/// One of the slowest requests, or of the slowest iterations of a journey or a mix.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::report) struct SlowRequest {
    /// Name of the endpoint; `endpoint.step` for one of its steps.
    endpoint: String,
    /// Name of the load level.
    level: String,
    /// Number of the window.
    window: u64,
    /// When it was sent, RFC 3339 in microseconds.
    sent_at: String,
    /// From sending it to the complete response, or to its failure.
    service_time_us: f64,
    /// Trace that its `traceparent` named.
    trace_id: String,
    /// Span that its `traceparent` named; of an iteration, one that no request named.
    span_id: String,
    /// Status of the response; null without one.
    status: Option<u16>,
    /// Why it failed; null where it succeeded or was rate-limited.
    failure: Option<&'static str>,
}

impl From<&trace::SlowRequest> for SlowRequest {
    fn from(slow: &trace::SlowRequest) -> Self {
        Self {
            endpoint: slow.cell.series(),
            level: slow.cell.level.to_string(),
            window: slow.window,
            sent_at: format!("{:.6}", slow.sent_at),
            service_time_us: slow.service_time.as_nanos() as f64 / 1e3,
            trace_id: slow.trace_id.to_string(),
            span_id: slow.span_id.to_string(),
            status: slow.status,
            failure: slow.failure.map(ErrorReason::name),
        }
    }
}
