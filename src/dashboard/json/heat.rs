//! `/api/v1/heat`: requests of a series by time and by service time.

use serde::Serialize;

/// The heat map of a series.
#[derive(Debug, Clone, Serialize)]
pub(in crate::dashboard) struct Heat {
    /// The series.
    pub(in crate::dashboard) id: String,
    /// Stretches of time, in order. Windows that follow each other share one once there are too many.
    pub(in crate::dashboard) columns: Vec<HeatColumn>,
    /// Limits of the rows: row i counts requests from `edges_us[i]` to `edges_us[i + 1]`. Units: microseconds.
    pub(in crate::dashboard) edges_us: Vec<f64>,
    /// Requests by column, then by row.
    pub(in crate::dashboard) counts: Vec<Vec<u64>>,
}

/// A column of a heat map. Units: milliseconds since 1970.
#[derive(Debug, Clone, Copy, Serialize)]
pub(in crate::dashboard) struct HeatColumn {
    /// Start of its first window.
    pub(in crate::dashboard) from_ms: i64,
    /// End of its last window.
    pub(in crate::dashboard) to_ms: i64,
}
