//! Notes of people, and silences.

use serde::Serialize;

/// A note about a time of the run, or a stretch without alerts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(in crate::dashboard) struct MarkEntry {
    /// Its number, from 1, in the order of time.
    pub(in crate::dashboard) number: usize,
    /// When it happened or begins, RFC 3339.
    pub(in crate::dashboard) at: String,
    /// When it ends, RFC 3339; null for a moment.
    pub(in crate::dashboard) until: Option<String>,
    /// What it is; of a silence, why.
    pub(in crate::dashboard) text: String,
    /// Whether nobody is alerted meanwhile.
    pub(in crate::dashboard) silence: bool,
    /// Endpoints, journeys and mixes that it is about; empty for all.
    pub(in crate::dashboard) only: Vec<String>,
    /// `note`, or `scenario` for a `[[silence]]` of the scenario.
    pub(in crate::dashboard) source: &'static str,
}

/// Event `marks`: all notes and silences, because one of them changed.
#[derive(Debug, Clone, Serialize)]
pub(in crate::dashboard) struct MarksEvent {
    pub(in crate::dashboard) marks: Vec<MarkEntry>,
}
