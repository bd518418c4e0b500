//! The last minute to hour of a run: in `report.json` and in what `status --rolling` prints.

use schemars::JsonSchema;
use serde::Serialize;

use crate::report::view::rolling::RollingView;

/// One endpoint over one span up to the last window, all levels together. Valid windows only.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::report) struct Rolling<'a> {
    /// Name of the endpoint; `endpoint.step` for one of its steps.
    endpoint: &'a str,
    /// How far back it reaches.
    span_s: u64,
    /// Windows that ended within it.
    windows: u64,
    /// Requests in those windows, with any outcome.
    requests: u64,
    /// Failed requests over failed and succeeded ones; null without any.
    error_ratio: Option<f64>,
    /// Mean service time; null where nothing succeeded.
    service_time_mean_us: Option<f64>,
    /// Service time p95; null where too few requests support it.
    service_time_p95_us: Option<f64>,
    /// Service time p99; null where too few requests support it.
    service_time_p99_us: Option<f64>,
}

impl<'a> From<&'a RollingView> for Rolling<'a> {
    fn from(view: &'a RollingView) -> Self {
        Self {
            endpoint: &view.endpoint,
            span_s: view.span.as_secs(),
            windows: view.windows,
            requests: view.counts.requests(),
            error_ratio: view.counts.error_ratio(),
            service_time_mean_us: view.mean_us,
            service_time_p95_us: view.p95_us,
            service_time_p99_us: view.p99_us,
        }
    }
}
