//! A series: an endpoint, a journey, a mix or a step at a load level.

use std::sync::Arc;

use serde::Serialize;

use super::point::Point;

/// What a series is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::dashboard) enum Kind {
    /// One request, repeated.
    Endpoint,
    /// Iterations of a journey.
    Journey,
    /// Iterations of several endpoints and journeys.
    Mix,
    /// A step of a journey, or a part of a mix.
    Step,
}

/// A series with its last window.
#[derive(Debug, Clone, Serialize)]
pub(in crate::dashboard) struct SeriesEntry {
    /// Identifies it within the run.
    pub(in crate::dashboard) id: Arc<str>,
    /// Name of the endpoint, journey or mix.
    pub(in crate::dashboard) endpoint: Arc<str>,
    /// Name of the step; null for the whole.
    pub(in crate::dashboard) step: Option<Arc<str>>,
    /// The series that a step belongs to.
    pub(in crate::dashboard) parent: Option<Arc<str>>,
    /// What it is.
    pub(in crate::dashboard) kind: Kind,
    /// Name of the load level.
    pub(in crate::dashboard) level: Arc<str>,
    /// Concurrent users of the level.
    pub(in crate::dashboard) users: u32,
    /// Its windows so far.
    pub(in crate::dashboard) windows: usize,
    /// The metric that `recent` has.
    pub(in crate::dashboard) metric: &'static str,
    /// Limits of its SLO.
    pub(in crate::dashboard) objectives: Vec<ObjectiveEntry>,
    /// Bands of 2 sigma around its baseline.
    pub(in crate::dashboard) bands: Bands,
    /// Where the bands come from; null while there are none.
    pub(in crate::dashboard) band_source: Option<String>,
    /// The last window.
    pub(in crate::dashboard) last: Option<Point>,
    /// `metric` of the last 60 windows, null for invalid ones; left out in events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::dashboard) recent: Option<Vec<Option<f64>>>,
    /// The open incident that it is part of.
    pub(in crate::dashboard) incident: Option<usize>,
}

/// A limit of an SLO.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in crate::dashboard) struct ObjectiveEntry {
    /// Name of the limited metric.
    pub(in crate::dashboard) metric: String,
    /// The limit, in the metric's unit.
    pub(in crate::dashboard) limit: f64,
    /// Whether it is the largest acceptable value; otherwise it is the smallest.
    pub(in crate::dashboard) at_most: bool,
    /// Unit of the limit: `us`, `/s`, `days`, or empty for a ratio.
    pub(in crate::dashboard) unit: &'static str,
    /// `met`, `violated` or `undecided`, as the report would say now.
    pub(in crate::dashboard) state: &'static str,
    /// What was measured, and the limit; empty until it was judged.
    pub(in crate::dashboard) sentence: String,
}

/// The bands of a series by metric; null until they are known.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub(in crate::dashboard) struct Bands {
    pub(in crate::dashboard) service_time_mean_us: Option<BandEntry>,
    pub(in crate::dashboard) service_time_p50_us: Option<BandEntry>,
    pub(in crate::dashboard) service_time_p95_us: Option<BandEntry>,
    pub(in crate::dashboard) throughput_per_s: Option<BandEntry>,
    pub(in crate::dashboard) error_ratio: Option<BandEntry>,
}

/// A band of 2 sigma. Units: the metric's.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(in crate::dashboard) struct BandEntry {
    pub(in crate::dashboard) low: f64,
    pub(in crate::dashboard) baseline: f64,
    pub(in crate::dashboard) high: f64,
}
