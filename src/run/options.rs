//! The options of a run, beyond its scenario.

use std::path::PathBuf;

use crate::scenario::overrides::Overrides;

/// Options from which a new run is made.
#[derive(Debug, Clone, Default)]
pub struct RunOptions {
    /// Path or name of the scenario; `None` for the demo's own.
    pub scenario: Option<String>,
    /// Whether to start and measure the built-in demo server.
    pub demo: bool,
    /// Whether to simulate the run on a virtual clock.
    pub rehearse: bool,
    /// Options that override values of the scenario.
    pub overrides: Overrides,
    /// Whether to start a long run without asking its target first.
    pub no_preflight: bool,
    /// Faults to inject into the demo server or the rehearsal, in the syntax of `--fault`.
    pub faults: Vec<String>,
    /// Daily swing of the rehearsal's work times in percent; `None` for the model's own.
    pub daily_swing: Option<u32>,
    /// Seed of every random choice of the run.
    pub seed: u64,
    /// Folder that contains all runs, one folder each.
    pub out: PathBuf,
    /// Name of the baseline to compare with from the first window on; `None` learns one from the run.
    pub baseline: Option<String>,
    /// Folder that contains the baselines, by scenario.
    pub baselines: PathBuf,
}

impl RunOptions {
    /// The command that starts the same run without a baseline and without faults.
    pub fn plain_command(&self) -> String {
        let scenario = self.scenario.as_deref().map(|name| format!(" {name}")).unwrap_or_default();
        let demo = if self.demo { " --demo" } else { "" };
        let rehearse = if self.rehearse { " --rehearse" } else { "" };
        // The demo's own slowdown has no place in a baseline.
        let faults = if self.demo { " --fault none" } else { "" };
        format!("baseline start{scenario}{demo}{rehearse}{faults}")
    }

    /// Whether the demo's latency model is measured, over loopback or on a virtual clock.
    pub fn is_on_model(&self) -> bool {
        self.demo || self.rehearse
    }
}
