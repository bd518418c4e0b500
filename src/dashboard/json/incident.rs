//! Incidents, gaps and notes.

use serde::Serialize;

/// An incident of the run, as it is known now.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in crate::dashboard) struct IncidentEntry {
    /// Its place in the list, from 0; it stays the same.
    pub(in crate::dashboard) id: usize,
    /// What is wrong: `errors`, `slowdown` or `cache`.
    pub(in crate::dashboard) cause: &'static str,
    /// Names of the affected series, without their levels.
    pub(in crate::dashboard) endpoints: Vec<String>,
    /// The metric that shows it.
    pub(in crate::dashboard) metric: String,
    /// Start of the first affected window, RFC 3339.
    pub(in crate::dashboard) opened_at: String,
    /// Start of the first window back to normal; null while it is open.
    pub(in crate::dashboard) resolved_at: Option<String>,
    /// Whether later windows showed that it was none.
    pub(in crate::dashboard) withdrawn: bool,
    /// Change relative to the expected value; null for errors.
    pub(in crate::dashboard) change: Option<f64>,
    /// Failed over judged requests; null unless it is about errors.
    pub(in crate::dashboard) error_ratio: Option<f64>,
    /// All of it in a sentence.
    pub(in crate::dashboard) sentence: String,
    /// The affected cells, the worst first.
    pub(in crate::dashboard) cells: Vec<AffectedEntry>,
}

/// A cell during an incident. Units: those of the incident's metric.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in crate::dashboard) struct AffectedEntry {
    /// The series.
    pub(in crate::dashboard) id: String,
    /// What was expected meanwhile.
    pub(in crate::dashboard) expected: f64,
    /// What was measured meanwhile.
    pub(in crate::dashboard) measured: f64,
}

/// A stretch without measurements.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in crate::dashboard) struct GapEntry {
    /// When measuring ended, RFC 3339.
    pub(in crate::dashboard) from: String,
    /// When it went on, RFC 3339.
    pub(in crate::dashboard) to: String,
    /// Why, in a word.
    pub(in crate::dashboard) reason: &'static str,
    /// All of it in a sentence.
    pub(in crate::dashboard) sentence: String,
}

/// A warning, or the outcome of a health check.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in crate::dashboard) struct Note {
    /// When, RFC 3339; null for what concerns the whole run.
    pub(in crate::dashboard) at: Option<String>,
    /// What it says.
    pub(in crate::dashboard) sentence: String,
}
