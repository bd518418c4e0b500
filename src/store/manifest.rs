//! `run.json`: the description of a run, as resolved, with secrets as references; and its gaps.

use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::gap::{Gap, GapReason};
use crate::host::fingerprint::Fingerprint;

use super::StoreError;
use super::atomic_write::write_atomically;

/// The file's name in a run folder.
pub const FILE: &str = "run.json";
/// The schema this program writes. Schema 2 added the column `step` to `windows.csv` and `anomalies.csv`.
pub const SCHEMA: u64 = 2;

/// Description of a run, written at its start.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Schema of the file, from 1 to [`SCHEMA`].
    pub schema: u64,
    /// Run ID, which is also the name of the folder.
    pub run_id: String,
    /// Name of the scenario that was run.
    pub scenario: String,
    /// The scenario as executed: options applied, URLs resolved, secrets as references.
    pub plan: serde_json::Value,
    /// SHA-256 of `plan`, in hexadecimal.
    pub scenario_hash: String,
    /// Seed of every random choice of the run.
    pub seed: u64,
    /// Real target, demo server or rehearsal, with what resuming needs.
    pub mode: Mode,
    /// Fingerprint of the machine that generates the load.
    pub host: Host,
    /// Version of the program that started the run.
    pub tool_version: String,
    /// Commit that the program was built from; `None` where it is unknown.
    pub tool_commit: Option<String>,
    /// Start of the run, RFC 3339.
    pub started_at: String,
    /// Planned end of the run, RFC 3339.
    pub planned_end: String,
    /// Number of windows that the run is planned to have.
    pub planned_windows: u64,
    /// Stretches without measurements, in the order of time.
    pub gaps: Vec<GapEntry>,
}

/// The kind of target that a run measures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Mode {
    /// A real target, reached over the network.
    Real,
    /// The built-in demo server, with injected faults.
    Demo {
        /// Faults in the syntax of `--fault`.
        faults: Vec<String>,
    },
    /// A simulation on a virtual clock.
    Rehearsal {
        /// Faults in the syntax of `--fault`.
        faults: Vec<String>,
    },
}

/// Fingerprint of the machine, as it is stored.
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

/// A gap, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GapEntry {
    /// When measuring ended, RFC 3339.
    pub from: String,
    /// When it went on, RFC 3339.
    pub to: String,
    /// Why; a later version may know further words.
    pub reason: String,
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
    /// The gap; `None` where its times cannot be read. An unknown reason becomes [`GapReason::Unknown`].
    pub fn gap(&self) -> Option<Gap> {
        Some(Gap {
            from: self.from.parse().ok()?,
            to: self.to.parse().ok()?,
            reason: GapReason::from_name(&self.reason).unwrap_or(GapReason::Unknown),
        })
    }
}

impl Manifest {
    /// Start of the run.
    /// # Errors
    /// [`StoreError::Corrupt`] where the text is not a time.
    pub fn start(&self, folder: &Path) -> Result<Timestamp, StoreError> {
        time(&self.started_at, "started_at", folder)
    }

    /// Planned end of the run.
    /// # Errors
    /// [`StoreError::Corrupt`] where the text is not a time.
    pub fn end(&self, folder: &Path) -> Result<Timestamp, StoreError> {
        time(&self.planned_end, "planned_end", folder)
    }

    /// Writes the manifest, completely or not at all.
    /// # Errors
    /// [`StoreError::Io`]; an earlier manifest is then intact.
    pub fn write(&self, folder: &Path) -> Result<(), StoreError> {
        let path = folder.join(FILE);
        let mut text = serde_json::to_string_pretty(self)
            .map_err(|error| StoreError::Corrupt { path: path.clone(), what: error.to_string() })?;
        text.push('\n');
        write_atomically(&path, text.as_bytes())
    }

    /// Reads the manifest of a run folder.
    /// # Errors
    /// [`StoreError`] where it does not exist, has a newer schema, or is not a manifest.
    pub fn read(folder: &Path) -> Result<Self, StoreError> {
        let path = folder.join(FILE);
        if !path.is_file() {
            return Err(StoreError::NotARun { path: folder.to_owned() });
        }
        let bytes = std::fs::read(&path).map_err(StoreError::io("read", &path))?;
        let corrupt =
            |error: serde_json::Error| StoreError::Corrupt { path: path.clone(), what: error.to_string() };
        // The schema first: a newer file may have a different shape.
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
