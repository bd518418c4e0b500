//! `run.json`: the description of a run, as resolved, with secrets as references; and its gaps.

use std::fmt::Write as _;
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::domain::gap::{Gap, GapReason};
use crate::host::fingerprint::Fingerprint;

use super::atomic_write::write_atomically;
use super::{StoreError, bounded};

/// The file's name in a run folder.
pub const FILE: &str = "run.json";
/// The schema this program writes. Schema 2 added the column `step` to `windows.csv` and `anomalies.csv`; schema 3 added
/// checksums to this file, `windows.csv` and `status.json`.
pub const SCHEMA: u64 = 3;
/// First schema whose files have checksums.
pub const SEALED: u64 = 3;
/// Key of the file's checksum: SHA-256 of all other keys as compact JSON, in the order of [`Manifest`].
const CHECKSUM: &str = "checksum";
const REMEDY: &str = "restore it from a copy; the plan and the objectives of a recorded run cannot be edited";

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
    /// SHA-256 of the run's `baseline.json`, in hexadecimal; `None` where the run was started without a baseline, and in
    /// files before schema 3.
    #[serde(default)]
    pub baseline_hash: Option<String>,
    /// Whether it is a day of a monitor, which is kept as long as the scenario says.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub monitor: bool,
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
        /// Daily swing in percent, where `--daily-swing` set it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        daily_swing: Option<u32>,
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
        let corrupt =
            |error: serde_json::Error| StoreError::Corrupt { path: path.clone(), what: error.to_string() };
        let mut value = serde_json::to_value(self).map_err(corrupt)?;
        value[CHECKSUM] = hash_of(&value).into();
        let mut text = serde_json::to_string_pretty(&value).map_err(corrupt)?;
        text.push('\n');
        write_atomically(&path, text.as_bytes())
    }

    /// Reads the manifest of a run folder.
    /// # Errors
    /// [`StoreError`] where it does not exist, has a newer schema, is not a manifest, or was changed after it was written.
    pub fn read(folder: &Path) -> Result<Self, StoreError> {
        let path = folder.join(FILE);
        if !path.exists() {
            return Err(StoreError::NotARun { path: folder.to_owned() });
        }
        let bytes = bounded::read(&path, bounded::SMALL)?;
        let corrupt =
            |error: serde_json::Error| StoreError::Corrupt { path: path.clone(), what: error.to_string() };
        // The schema first: a newer file may have a different shape.
        let mut value: serde_json::Value = serde_json::from_slice(&bytes).map_err(corrupt)?;
        let found = value.get("schema").and_then(serde_json::Value::as_u64).unwrap_or(0);
        if found > SCHEMA {
            return Err(StoreError::NewerSchema { path, found, known: SCHEMA });
        }
        let checksum = value.as_object_mut().and_then(|keys| keys.shift_remove(CHECKSUM));
        let manifest: Self = serde_json::from_value(value).map_err(corrupt)?;
        manifest.check(checksum.as_ref().and_then(serde_json::Value::as_str), &path)?;
        Ok(manifest)
    }

    /// Checks what was read: its checksum, and values that would otherwise be left out.
    fn check(&self, checksum: Option<&str>, path: &Path) -> Result<(), StoreError> {
        let damaged =
            |what: &str| StoreError::Damaged { path: path.to_owned(), what: what.to_owned(), remedy: REMEDY };
        let corrupt = |what: String| StoreError::Corrupt { path: path.to_owned(), what };
        if checksum.is_none() && self.schema >= SEALED {
            return Err(damaged("it has no checksum"));
        }
        if let Some(checksum) = checksum {
            let value = serde_json::to_value(self).map_err(|error| corrupt(error.to_string()))?;
            if hash_of(&value) != checksum {
                return Err(damaged("it does not match its checksum: it was changed after it was written"));
            }
            if !self.is_plan_intact() {
                return Err(damaged("scenario_hash is not that of its plan"));
            }
        }
        match self.gaps.iter().position(|gap| gap.gap().is_none()) {
            Some(place) => Err(corrupt(format!("gaps[{place}] does not have two RFC 3339 times"))),
            None => Ok(()),
        }
    }

    /// Whether the plan is the one whose hash was recorded.
    ///
    /// Runs of `gate --ab` before schema 3 that measured twice changed their plan, but not its hash.
    pub fn is_plan_intact(&self) -> bool {
        self.scenario_hash == hash_of(&self.plan)
    }

    /// Requires the plan to be the one whose hash was recorded.
    /// # Errors
    /// [`StoreError::Damaged`] where it is not.
    pub fn require_plan(&self, folder: &Path) -> Result<(), StoreError> {
        if self.is_plan_intact() {
            return Ok(());
        }
        Err(StoreError::Damaged {
            path: folder.join(FILE),
            what: "scenario_hash is not that of its plan: the plan was changed after it was written"
                .to_owned(),
            remedy: REMEDY,
        })
    }
}

/// SHA-256 of a value as compact JSON, in hexadecimal: identifies a scenario.
pub fn hash_of(value: &serde_json::Value) -> String {
    hash_of_bytes(value.to_string().as_bytes())
}

/// SHA-256 in lowercase hexadecimal.
pub fn hash_of_bytes(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in Sha256::digest(bytes) {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn time(text: &str, key: &str, folder: &Path) -> Result<Timestamp, StoreError> {
    text.parse().map_err(|_| StoreError::Corrupt {
        path: folder.join(FILE),
        what: format!("{key} is not an RFC 3339 time"),
    })
}
