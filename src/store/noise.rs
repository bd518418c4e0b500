//! `baselines/<scenario>/noise/<machine>.json`: the false-alarm rate of the gate on one machine.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::atomic_write::write_atomically;
use super::{StoreError, bounded};

/// The schema that this version writes, and the newest it reads.
pub const SCHEMA: u64 = 1;

/// False-positive rate of the gate on one machine, for one scenario and load.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoiseFile {
    /// Schema of the file; [`SCHEMA`] when written by this version.
    pub schema: u64,
    /// Conditions that another gate must share for these rates to apply to it.
    pub fingerprint: BTreeMap<String, String>,
    /// Interleaved gates of two sides with the same code.
    #[serde(default)]
    pub interleaved: Ledger,
    /// Time of the last measurement, RFC 3339.
    pub measured_at: String,
    /// Splits of stored runs of the same code; `None` where none were measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stored: Option<StoredSplits>,
    /// Version of the program that measured it.
    pub tool_version: String,
}

/// Outcomes of gates between sides with the same code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ledger {
    /// Gates that failed, each of them a false alarm.
    pub failed: u64,
    /// Number of gates of any outcome.
    pub gates: u64,
    /// Number of gates that reached no verdict.
    pub inconclusive: u64,
}

/// Outcomes of splits of stored runs of the same code, in the order of time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredSplits {
    /// Runs per split that acted as the candidate.
    pub after: u64,
    /// Runs per split that acted as the baseline.
    pub before: u64,
    /// Splits that failed, each of them a false alarm.
    pub failed: u64,
    /// Number of splits that reached no verdict.
    pub inconclusive: u64,
    /// IDs of the runs, in the order of time.
    pub runs: Vec<String>,
    /// Median over splits of the smallest change that would have been detected. Units: ratio less 1.
    pub smallest: Option<f64>,
    /// Number of splits of any outcome.
    pub splits: u64,
}

/// Path of the noise file of a machine. `identity` is short and consists of letters and digits; other characters in a
/// scenario's name become `_`.
pub fn path(baselines: &Path, scenario: &str, identity: &str) -> PathBuf {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let scenario: String = scenario.chars().map(|c| if is_plain(c) { c } else { '_' }).collect();
    baselines.join(scenario).join("noise").join(format!("{identity}.json"))
}

/// Reads the noise file; `None` where it does not exist.
/// # Errors
/// [`StoreError`] where it cannot be read, has a newer schema, or contains impossible counts.
pub fn read(path: &Path) -> Result<Option<NoiseFile>, StoreError> {
    if !path.is_file() {
        return Ok(None);
    }
    let bytes = bounded::read(path, bounded::SMALL)?;
    let corrupt = |what: String| StoreError::Corrupt { path: path.to_owned(), what };
    let value: serde_json::Value =
        serde_json::from_slice(&bytes).map_err(|error| corrupt(error.to_string()))?;
    let found = value.get("schema").and_then(serde_json::Value::as_u64).unwrap_or(0);
    if found > SCHEMA {
        return Err(StoreError::NewerSchema { path: path.to_owned(), found, known: SCHEMA });
    }
    let file: NoiseFile = serde_json::from_value(value).map_err(|error| corrupt(error.to_string()))?;
    let is_more = |failed: u64, inconclusive: u64, all: u64| failed.saturating_add(inconclusive) > all;
    let Ledger { failed, gates, inconclusive } = file.interleaved;
    let is_too_many = is_more(failed, inconclusive, gates)
        || file
            .stored
            .as_ref()
            .is_some_and(|stored| is_more(stored.failed, stored.inconclusive, stored.splits));
    if is_too_many {
        return Err(corrupt("more failed or inconclusive gates than gates".to_owned()));
    }
    Ok(Some(file))
}

/// Writes the noise file, completely or not at all. Creates its folder.
/// # Errors
/// [`StoreError`]; the earlier file is then intact.
pub fn write(path: &Path, noise: &NoiseFile) -> Result<(), StoreError> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(StoreError::io("create", folder))?;
    }
    let mut text = serde_json::to_string_pretty(noise)
        .map_err(|error| StoreError::Corrupt { path: path.to_owned(), what: error.to_string() })?;
    text.push('\n');
    write_atomically(path, text.as_bytes())
}
