//! `status.json`: what the run is doing, replaced whole at every step. Who reads it asks whether the process lives.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::domain::run::RunState;
use crate::domain::tally::Tally;
use crate::domain::window::Counts;
use crate::host::process::ProcessIdentity;

use super::StoreError;
use super::atomic_write::{Durability, write};

/// The file's name in a run directory.
pub const FILE: &str = "status.json";
/// The schema this program writes.
pub const SCHEMA: u64 = 1;

/// A sign of life.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Heartbeat {
    /// Always [`SCHEMA`].
    pub schema: u64,
    /// What the run is doing: `running`, `completed`, `stopped`, `failed`.
    pub state: String,
    /// The process; `None` for a rehearsal.
    pub pid: Option<u32>,
    /// The boot it belongs to.
    pub boot_id: Option<String>,
    /// When it started, in clock ticks since boot.
    pub process_started_ticks: Option<u64>,
    /// When this was written.
    pub updated_at: String,
    /// The cycle, from 0.
    pub cycle: u64,
    /// The cell that is measured, as `endpoint at level:users`; `None` between cycles.
    pub cell: Option<String>,
    /// When the next cycle begins; `None` within one.
    pub next_cycle_at: Option<String>,
    /// Committed windows.
    pub windows: u64,
    /// Their requests.
    pub requests: u64,
    /// Of which failed.
    pub failed: u64,
    /// Of which throttled.
    pub throttled: u64,
    /// Windows that must not be judged.
    pub invalid_windows: u64,
    /// Flags so far.
    pub flags: u64,
    /// Alerts so far; 0 in files of the first version.
    #[serde(default)]
    pub alerts: u64,
    /// Gaps so far.
    pub gaps: u64,
}

impl Heartbeat {
    /// A heartbeat before the first window.
    pub fn new(state: RunState, process: Option<ProcessIdentity>) -> Self {
        let process = process.map(|process| (process.pid, process.boot_id, process.started_ticks));
        let (pid, boot_id, ticks) = match process {
            Some((pid, boot_id, ticks)) => (Some(pid), boot_id, ticks),
            None => (None, None, None),
        };
        Self {
            schema: SCHEMA,
            state: state.name().to_owned(),
            pid,
            boot_id,
            process_started_ticks: ticks,
            updated_at: String::new(),
            cycle: 0,
            cell: None,
            next_cycle_at: None,
            windows: 0,
            requests: 0,
            failed: 0,
            throttled: 0,
            invalid_windows: 0,
            flags: 0,
            alerts: 0,
            gaps: 0,
        }
    }

    /// Takes over the windows and requests that were counted.
    pub fn count(&mut self, tally: &Tally) {
        self.windows = tally.windows;
        self.requests = tally.counts.requests();
        self.failed = tally.counts.failed;
        self.throttled = tally.counts.throttled;
        self.invalid_windows = tally.invalid;
    }

    /// The windows and requests that were counted. A heartbeat does not tell valid windows from throttled ones: both are
    /// counted as valid.
    pub fn tally(&self) -> Tally {
        let judged = self.requests.saturating_sub(self.throttled);
        let succeeded = judged.saturating_sub(self.failed);
        Tally {
            windows: self.windows,
            valid: self.windows.saturating_sub(self.invalid_windows),
            throttled: 0,
            invalid: self.invalid_windows,
            silent: 0,
            counts: Counts { succeeded, failed: self.failed, throttled: self.throttled },
        }
    }

    /// The process that wrote it, where there was one.
    pub fn process(&self) -> Option<ProcessIdentity> {
        Some(ProcessIdentity {
            pid: self.pid?,
            boot_id: self.boot_id.clone(),
            started_ticks: self.process_started_ticks,
        })
    }

    /// What the run was doing; `None` for a word of a later version.
    pub fn run_state(&self) -> Option<RunState> {
        RunState::from_name(&self.state)
    }

    /// Replaces the heartbeat.
    /// # Errors
    /// [`StoreError::Io`].
    pub fn write(&self, folder: &Path) -> Result<(), StoreError> {
        let path = folder.join(FILE);
        let text = serde_json::to_vec_pretty(self)
            .map_err(|error| StoreError::Corrupt { path: path.clone(), what: error.to_string() })?;
        write(&path, &text, Durability::Eventual)
    }

    /// Reads the heartbeat; `None` where there is none, or none that can be read: it is a sign of life, not a record.
    pub fn read(folder: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(folder.join(FILE)).ok()?).ok()
    }
}
