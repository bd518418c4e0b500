//! What a run was asked to be, beyond its scenario.

use std::path::PathBuf;

use crate::scenario::overrides::Overrides;

/// How a run is made.
#[derive(Debug, Clone, Default)]
pub struct RunOptions {
    /// A path or name of a scenario; the demo's own where there is none.
    pub scenario: Option<String>,
    /// Whether the built-in demo server is measured.
    pub demo: bool,
    /// Whether to run on a virtual clock.
    pub rehearse: bool,
    /// Options that override the scenario's values.
    pub overrides: Overrides,
    /// Faults injected into the demo server or the rehearsal.
    pub faults: Vec<String>,
    /// The seed of every random choice.
    pub seed: u64,
    /// The folder that holds runs.
    pub out: PathBuf,
    /// The name of the baseline that windows are compared with from the first one on.
    pub baseline: Option<String>,
    /// The folder that holds baselines.
    pub baselines: PathBuf,
}

impl RunOptions {
    /// Whether the latency model of the demo is measured, over the network or on a virtual clock.
    pub fn is_on_model(&self) -> bool {
        self.demo || self.rehearse
    }
}
