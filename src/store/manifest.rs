//! `run.json`: what the run is, as resolved, with secrets as references; and the gaps it had.

use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::gap::{Gap, GapReason};
use crate::host::fingerprint::Fingerprint;

use super::StoreError;
use super::atomic_write::write_atomically;

/// The file's name in a run directory.
pub const FILE: &str = "run.json";
/// The schema this program writes. Schema 2 added the column `step` to `windows.csv` and `anomalies.csv`.
pub const SCHEMA: u64 = 2;

/// What a run is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// From 1 to [`SCHEMA`].
    pub schema: u64,
    /// The run's identity.
    pub run_id: String,
    /// The scenario's name.
    pub scenario: String,
    /// The scenario as it was run: options applied, URLs resolved, secrets as references.
    pub plan: serde_json::Value,
    /// SHA-256 of that plan.
    pub scenario_hash: String,
    /// The seed of every random choice.
    pub seed: u64,
    /// What kind of run it is, and what it needs to go on.
    pub mode: Mode,
    /// The machine that generated the load.
    pub host: Host,
    /// This program's version.
    pub tool_version: String,
    /// The commit it was built from, where that is known.
    pub tool_commit: Option<String>,
    /// When the run started.
    pub started_at: String,
    /// When it is planned to end.
    pub planned_end: String,
    /// How many windows it is planned to have.
    pub planned_windows: u64,
    /// Stretches without measurements.
    pub gaps: Vec<GapEntry>,
}

/// What kind of run it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Mode {
    /// Against a target on the network.
    Real,
    /// Against the embedded target, with faults.
    Demo {
        /// As `--fault` takes them.
        faults: Vec<String>,
    },
    /// On a virtual clock.
    Rehearsal {
        /// As `--fault` takes them.
        faults: Vec<String>,
    },
}

/// The fingerprint of a machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Host {
    system: String,
    kernel: String,
    cpu_model: String,
    cores: u32,
    governor: String,
}

impl From<Fingerprint> for Host {
    fn from(fingerprint: Fingerprint) -> Self {
        let Fingerprint { system, kernel, cpu_model, cores, governor } = fingerprint;
        Self { system, kernel, cpu_model, cores, governor }
    }
}

impl std::fmt::Display for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{}, {} cores, {}, kernel {}, governor {}",
            self.cpu_model, self.cores, self.system, self.kernel, self.governor
        )
    }
}

/// A gap.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GapEntry {
    from: String,
    to: String,
    reason: String,
}

impl From<Gap> for GapEntry {
    fn from(gap: Gap) -> Self {
        Self {
            from: format!("{:.3}", gap.from),
            to: format!("{:.3}", gap.to),
            reason: gap.reason.name().to_owned(),
        }
    }
}

impl GapEntry {
    /// The gap, where its times can be read. One of a reason that this version does not know is a gap all the same.
    pub fn gap(&self) -> Option<Gap> {
        Some(Gap {
            from: self.from.parse().ok()?,
            to: self.to.parse().ok()?,
            reason: GapReason::from_name(&self.reason).unwrap_or(GapReason::Unknown),
        })
    }
}

impl Manifest {
    /// When the run started.
    /// # Errors
    /// [`StoreError::Corrupt`] where the text is not a time.
    pub fn start(&self, folder: &Path) -> Result<Timestamp, StoreError> {
        time(&self.started_at, "started_at", folder)
    }

    /// When it is planned to end.
    /// # Errors
    /// [`StoreError::Corrupt`] where the text is not a time.
    pub fn end(&self, folder: &Path) -> Result<Timestamp, StoreError> {
        time(&self.planned_end, "planned_end", folder)
    }

    /// Writes the manifest, whole or not at all.
    /// # Errors
    /// [`StoreError::Io`]; an earlier manifest is intact then.
    pub fn write(&self, folder: &Path) -> Result<(), StoreError> {
        let path = folder.join(FILE);
        let mut text = serde_json::to_string_pretty(self)
            .map_err(|error| StoreError::Corrupt { path: path.clone(), what: error.to_string() })?;
        text.push('\n');
        write_atomically(&path, text.as_bytes())
    }

    /// Reads a manifest.
    /// # Errors
    /// [`StoreError`] where there is none, or it is of a newer schema, or not a manifest.
    pub fn read(folder: &Path) -> Result<Self, StoreError> {
        let path = folder.join(FILE);
        if !path.is_file() {
            return Err(StoreError::NotARun { path: folder.to_owned() });
        }
        let bytes = std::fs::read(&path).map_err(StoreError::io("read", &path))?;
        let corrupt =
            |error: serde_json::Error| StoreError::Corrupt { path: path.clone(), what: error.to_string() };
        // The schema first: a newer file may have another shape altogether.
        let value: serde_json::Value = serde_json::from_slice(&bytes).map_err(corrupt)?;
        let found = value.get("schema").and_then(serde_json::Value::as_u64).unwrap_or(0);
        if found > SCHEMA {
            return Err(StoreError::NewerSchema { path, found, known: SCHEMA });
        }
        serde_json::from_value(value).map_err(corrupt)
    }
}

fn time(text: &str, key: &str, folder: &Path) -> Result<Timestamp, StoreError> {
    text.parse().map_err(|_| StoreError::Corrupt {
        path: folder.join(FILE),
        what: format!("{key} is not an RFC 3339 time"),
    })
}
