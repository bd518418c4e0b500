//! `/api/v1/windows/N`: everything that is known of a group of windows.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

/// A group of windows, steps first.
#[derive(Debug, Clone, Serialize)]
pub(in crate::dashboard) struct Detail {
    pub(in crate::dashboard) rows: Vec<DetailRow>,
}

/// A window with every metric by its name.
#[derive(Debug, Clone, Serialize)]
pub(in crate::dashboard) struct DetailRow {
    /// The series.
    pub(in crate::dashboard) id: String,
    pub(in crate::dashboard) number: u64,
    pub(in crate::dashboard) cycle: u64,
    pub(in crate::dashboard) started_at: String,
    pub(in crate::dashboard) duration_s: f64,
    pub(in crate::dashboard) users: u32,
    pub(in crate::dashboard) validity: &'static str,
    pub(in crate::dashboard) invalid_reason: Option<&'static str>,
    pub(in crate::dashboard) requests: u64,
    pub(in crate::dashboard) succeeded: u64,
    pub(in crate::dashboard) failed: u64,
    pub(in crate::dashboard) throttled: u64,
    /// Every metric of the catalogue by its name.
    #[serde(flatten)]
    pub(in crate::dashboard) metrics: Map<String, Value>,
    pub(in crate::dashboard) cache_hits: u64,
    pub(in crate::dashboard) cache_misses: u64,
    pub(in crate::dashboard) connections: u64,
    pub(in crate::dashboard) redirects: u64,
    pub(in crate::dashboard) late_starts: u64,
    /// Responses by HTTP status.
    pub(in crate::dashboard) statuses: BTreeMap<u16, u64>,
    /// Failed requests by class and reason.
    pub(in crate::dashboard) errors: Vec<ErrorEntry>,
    /// Readings of the generator by name.
    pub(in crate::dashboard) generator: Map<String, Value>,
    pub(in crate::dashboard) remarks: Vec<String>,
    /// Values beyond 2 sigma of their baseline.
    pub(in crate::dashboard) flags: Vec<FlagEntry>,
    /// The slowest requests of the window, where they were kept.
    pub(in crate::dashboard) slowest: Vec<SlowEntry>,
}

/// Failed requests of one reason.
#[derive(Debug, Clone, Serialize)]
pub(in crate::dashboard) struct ErrorEntry {
    pub(in crate::dashboard) class: &'static str,
    /// Null for requests whose reason was not recorded.
    pub(in crate::dashboard) reason: Option<&'static str>,
    pub(in crate::dashboard) count: u64,
    pub(in crate::dashboard) sentence: String,
}

/// A value beyond 2 sigma of its baseline.
#[derive(Debug, Clone, Serialize)]
pub(in crate::dashboard) struct FlagEntry {
    pub(in crate::dashboard) metric: String,
    pub(in crate::dashboard) value: f64,
    pub(in crate::dashboard) low: f64,
    pub(in crate::dashboard) baseline: f64,
    pub(in crate::dashboard) high: f64,
    /// Distance in sigmas; null where the baseline never varied.
    pub(in crate::dashboard) sigmas: Option<f64>,
}

/// One of the slowest requests of a window.
#[derive(Debug, Clone, Serialize)]
pub(in crate::dashboard) struct SlowEntry {
    pub(in crate::dashboard) sent_at: String,
    pub(in crate::dashboard) service_time_us: f64,
    pub(in crate::dashboard) trace_id: String,
    pub(in crate::dashboard) span_id: String,
    pub(in crate::dashboard) status: Option<u16>,
    pub(in crate::dashboard) failure: Option<&'static str>,
}
