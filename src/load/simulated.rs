//! What the simulation of a window comes to.

use std::time::Duration;

use super::recorder::Recorder;

/// A simulated window.
pub(super) struct Simulated {
    pub(super) recorder: Recorder,
    /// What was recorded of each part.
    pub(super) parts: Vec<Recorder>,
    pub(super) duration: Duration,
    pub(super) present: u64,
    pub(super) littles_law_ratio: Option<f64>,
    pub(super) ends_ns: u64,
    /// The feeder that had no more rows.
    pub(super) out_of_rows: Option<usize>,
}
