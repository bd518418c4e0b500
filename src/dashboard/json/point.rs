//! A window of a series as a point of a chart, and all of them as columns.

use serde::Serialize;

/// A window of a series. Times in microseconds, as in `windows.csv` and report.json; null where the window does not support
/// the value.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in crate::dashboard) struct Point {
    /// Number of the window in the run, from 1.
    pub(in crate::dashboard) number: u64,
    /// Its cycle, from 0.
    pub(in crate::dashboard) cycle: u64,
    /// Start after warm-up, milliseconds since 1970.
    pub(in crate::dashboard) started_at_ms: i64,
    /// Measured time in seconds.
    pub(in crate::dashboard) duration_s: f64,
    /// `valid`, `throttled` or `invalid`.
    pub(in crate::dashboard) validity: &'static str,
    /// Why it is invalid.
    pub(in crate::dashboard) invalid_reason: Option<&'static str>,
    /// Requests with any outcome.
    pub(in crate::dashboard) requests: u64,
    /// Requests that succeeded.
    pub(in crate::dashboard) succeeded: u64,
    /// Requests that failed.
    pub(in crate::dashboard) failed: u64,
    /// Rate-limited requests (429).
    pub(in crate::dashboard) throttled: u64,
    /// Complete responses per second.
    pub(in crate::dashboard) throughput_per_s: Option<f64>,
    /// Failed over failed and succeeded requests.
    pub(in crate::dashboard) error_ratio: Option<f64>,
    /// Mean service time.
    pub(in crate::dashboard) mean_us: Option<f64>,
    /// Median of the service time.
    pub(in crate::dashboard) p50_us: Option<f64>,
    /// 90th percentile.
    pub(in crate::dashboard) p90_us: Option<f64>,
    /// 95th percentile.
    pub(in crate::dashboard) p95_us: Option<f64>,
    /// 99th percentile.
    pub(in crate::dashboard) p99_us: Option<f64>,
    /// 99.9th percentile.
    pub(in crate::dashboard) p999_us: Option<f64>,
    /// Longest service time.
    pub(in crate::dashboard) max_us: Option<f64>,
    /// Metrics beyond 2 sigma of their baseline.
    pub(in crate::dashboard) flags: Vec<String>,
}

/// The windows of a series, one value per window and column. Units: as [`Point`].
#[derive(Debug, Clone, Default, Serialize)]
pub(in crate::dashboard) struct Columns {
    pub(in crate::dashboard) number: Vec<u64>,
    pub(in crate::dashboard) started_at_ms: Vec<i64>,
    pub(in crate::dashboard) duration_s: Vec<f64>,
    pub(in crate::dashboard) requests: Vec<u64>,
    pub(in crate::dashboard) failed: Vec<u64>,
    pub(in crate::dashboard) throughput_per_s: Vec<Option<f64>>,
    pub(in crate::dashboard) error_ratio: Vec<Option<f64>>,
    pub(in crate::dashboard) mean_us: Vec<Option<f64>>,
    pub(in crate::dashboard) p50_us: Vec<Option<f64>>,
    pub(in crate::dashboard) p95_us: Vec<Option<f64>>,
    pub(in crate::dashboard) p99_us: Vec<Option<f64>>,
    pub(in crate::dashboard) max_us: Vec<Option<f64>>,
    /// 0 valid, 1 throttled, 2 invalid.
    pub(in crate::dashboard) validity: Vec<u8>,
    /// 1 where a value lies beyond 2 sigma of its baseline.
    pub(in crate::dashboard) flagged: Vec<u8>,
}
