//! `status.json`: what the run is doing, replaced at every step. Readers also check whether the process is alive.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::domain::run::RunState;
use crate::domain::tally::Tally;
use crate::domain::window::Counts;
use crate::host::process::ProcessIdentity;

use super::atomic_write::{Durability, write};
use super::checksum::{crc32, hex};
use super::{StoreError, bounded};

/// The file's name in a run folder.
pub const FILE: &str = "status.json";
/// The schema that this version writes. Schema 2 added the run ID and the checksum.
pub const SCHEMA: u64 = 2;
/// Key of the file's checksum: CRC-32 of all other keys as compact JSON, in the order of [`Heartbeat`].
const CHECKSUM: &str = "checksum";
const REMEDY: &str = "its numbers cannot be trusted; those of windows.csv can";

/// State and counts of a run, as last reported by its process.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Heartbeat {
    /// Schema of the file; [`SCHEMA`] when written by this version.
    pub schema: u64,
    /// Run ID; `None` in files of schema 1.
    #[serde(default)]
    pub run_id: Option<String>,
    /// State of the run: `running`, `completed`, `stopped` or `failed`.
    pub state: String,
    /// Process ID of the run; `None` for a rehearsal.
    pub pid: Option<u32>,
    /// Boot of the machine in which the process runs; `None` where it is unknown.
    pub boot_id: Option<String>,
    /// Start of the process in clock ticks since boot; `None` where it is unknown.
    pub process_started_ticks: Option<u64>,
    /// Time of this heartbeat, RFC 3339.
    pub updated_at: String,
    /// Number of the current cycle, from 0.
    pub cycle: u64,
    /// Cell that is being measured, as `endpoint at level:users`; `None` between cycles.
    pub cell: Option<String>,
    /// Start of the next cycle, RFC 3339; `None` within a cycle.
    pub next_cycle_at: Option<String>,
    /// Number of windows committed so far.
    pub windows: u64,
    /// Number of requests in the committed windows.
    pub requests: u64,
    /// Number of failed requests among them.
    pub failed: u64,
    /// Number of rate-limited requests (429) among them.
    pub throttled: u64,
    /// Number of committed windows that are invalid.
    pub invalid_windows: u64,
    /// Number of flags so far: values beyond 2 sigma of their baseline.
    pub flags: u64,
    /// Outliers for the time of day so far; `None` in files of earlier versions. Left out there, so that their checksum still
    /// holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outliers: Option<OutlierEntry>,
    /// Number of incidents that were reported so far; 0 in files of the first version.
    #[serde(default)]
    pub alerts: u64,
    /// The incidents as they are known now, in the order of their beginnings; empty in files of earlier versions.
    #[serde(default)]
    pub incidents: Vec<IncidentEntry>,
    /// Number of gaps in the measurements so far.
    pub gaps: u64,
}

/// Outliers for the time of day: against the forecast while the run goes on, against the whole run at its end.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct OutlierEntry {
    /// Values that were judged.
    pub judged: u64,
    /// Outliers among them.
    pub observed: u64,
    /// Number of outliers expected by chance.
    pub expected: f64,
    /// Range of that number in 95 of 100 runs; `None` while the run goes on.
    pub range_95: Option<(f64, f64)>,
}

/// An incident of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IncidentEntry {
    /// What was wrong: `errors` or `slowdown`.
    pub cause: String,
    /// Names of the affected endpoints.
    pub endpoints: Vec<String>,
    /// The metric that shows it.
    pub metric: String,
    /// Start of the first affected window, RFC 3339.
    pub opened_at: String,
    /// Start of the first window back to normal, RFC 3339; `None` while it is open.
    pub resolved_at: Option<String>,
    /// Change relative to the expected value; `None` for errors.
    pub change: Option<f64>,
    /// Failed over judged requests during the incident, 0 to 1; `None` for slowdowns.
    pub error_ratio: Option<f64>,
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
            run_id: None,
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
            outliers: None,
            alerts: 0,
            incidents: Vec::new(),
            gaps: 0,
        }
    }

    /// Copies the counts of windows and requests from a tally.
    pub fn count(&mut self, tally: &Tally) {
        self.windows = tally.windows;
        self.requests = tally.counts.requests();
        self.failed = tally.counts.failed;
        self.throttled = tally.counts.throttled;
        self.invalid_windows = tally.invalid;
    }

    /// The counts of windows and requests. A heartbeat does not separate valid from rate-limited windows: both count as
    /// valid.
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

    /// The process that wrote it; `None` for a rehearsal.
    pub fn process(&self) -> Option<ProcessIdentity> {
        Some(ProcessIdentity {
            pid: self.pid?,
            boot_id: self.boot_id.clone(),
            started_ticks: self.process_started_ticks,
        })
    }

    /// State of the run; `None` for a state of a later version.
    pub fn run_state(&self) -> Option<RunState> {
        RunState::from_name(&self.state)
    }

    /// Replaces the heartbeat in a run folder.
    /// # Errors
    /// [`StoreError::Io`].
    pub fn write(&self, folder: &Path) -> Result<(), StoreError> {
        let path = folder.join(FILE);
        let corrupt =
            |error: serde_json::Error| StoreError::Corrupt { path: path.clone(), what: error.to_string() };
        let mut value = serde_json::to_value(self).map_err(corrupt)?;
        value[CHECKSUM] = sum_of(&value).into();
        let text = serde_json::to_vec_pretty(&value).map_err(corrupt)?;
        write(&path, &text, Durability::Eventual)
    }

    /// Reads the heartbeat; `None` where it does not exist or cannot be read: it is a sign of life, not a record.
    pub fn read(folder: &Path) -> Option<Self> {
        Self::load(folder).ok()
    }

    /// Reads the heartbeat of this run.
    /// # Errors
    /// As [`Heartbeat::load`]; [`StoreError::Damaged`] where it is that of another run.
    pub fn of_run(folder: &Path, run_id: &str) -> Result<Self, StoreError> {
        let heartbeat = Self::load(folder)?;
        match &heartbeat.run_id {
            Some(other) if other != run_id => Err(StoreError::Damaged {
                path: folder.join(FILE),
                what: format!("it is that of run {other}"),
                remedy: REMEDY,
            }),
            _ => Ok(heartbeat),
        }
    }

    /// Reads the heartbeat.
    /// # Errors
    /// [`StoreError`] where it does not exist, is not a heartbeat, or was changed after it was written.
    pub fn load(folder: &Path) -> Result<Self, StoreError> {
        let path = folder.join(FILE);
        let bytes = bounded::read(&path, bounded::SMALL)?;
        let corrupt =
            |error: serde_json::Error| StoreError::Corrupt { path: path.clone(), what: error.to_string() };
        let mut value: serde_json::Value = serde_json::from_slice(&bytes).map_err(corrupt)?;
        let checksum = value.as_object_mut().and_then(|keys| keys.shift_remove(CHECKSUM));
        let heartbeat: Self = serde_json::from_value(value).map_err(corrupt)?;
        let is_intact = match checksum {
            Some(checksum) => {
                checksum.as_str()
                    == Some(sum_of(&serde_json::to_value(&heartbeat).map_err(corrupt)?).as_str())
            }
            None => heartbeat.schema < SCHEMA,
        };
        if is_intact {
            return Ok(heartbeat);
        }
        let what = "it does not match its checksum: it was changed after it was written".to_owned();
        Err(StoreError::Damaged { path, what, remedy: REMEDY })
    }
}

fn sum_of(value: &serde_json::Value) -> String {
    hex(crc32(value.to_string().as_bytes()))
}
