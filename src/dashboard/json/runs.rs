//! `/api/v1/runs`: the runs that are served.

use serde::Serialize;

/// The runs, newest first.
#[derive(Debug, Clone, Serialize)]
pub(in crate::dashboard) struct Runs {
    /// One per run folder that can be read.
    pub(in crate::dashboard) runs: Vec<RunEntry>,
}

/// A run, from its small files.
#[derive(Debug, Clone, Serialize)]
pub(in crate::dashboard) struct RunEntry {
    /// The run ID.
    pub(in crate::dashboard) run_id: String,
    /// Name of its scenario.
    pub(in crate::dashboard) scenario: String,
    /// `target`, `demo` or `rehearsal`.
    pub(in crate::dashboard) mode: &'static str,
    /// `running`, `completed`, `stopped`, `failed`, `killed` or `unknown`.
    pub(in crate::dashboard) state: &'static str,
    /// Start, RFC 3339.
    pub(in crate::dashboard) started_at: String,
    /// Planned end, RFC 3339.
    pub(in crate::dashboard) planned_end: String,
    /// Last heartbeat, RFC 3339; null without one.
    pub(in crate::dashboard) updated_at: Option<String>,
    /// Windows measured so far; null without a heartbeat.
    pub(in crate::dashboard) windows: Option<u64>,
    /// Planned windows.
    pub(in crate::dashboard) planned_windows: u64,
    /// Requests sent so far; null without a heartbeat.
    pub(in crate::dashboard) requests: Option<u64>,
    /// Requests that failed; null without a heartbeat.
    pub(in crate::dashboard) failed: Option<u64>,
    /// Incidents so far; null without a heartbeat.
    pub(in crate::dashboard) incidents: Option<u64>,
    /// `accepted`, `failed` or `inconclusive`, as its report says; null while it runs, and without a report.
    pub(in crate::dashboard) outcome: Option<String>,
}
