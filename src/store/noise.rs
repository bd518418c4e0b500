//! `baselines/<scenario>/noise/<machine>.json`: how often the gate failed runs of the same code on one machine.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::StoreError;
use super::atomic_write::write_atomically;

/// The schema this program writes.
pub const SCHEMA: u64 = 1;

/// What was measured of one machine, scenario and load.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoiseFile {
    /// Always [`SCHEMA`].
    pub schema: u64,
    /// What another gate must share for this to hold for it.
    pub fingerprint: BTreeMap<String, String>,
    /// Gates of two sides with the same code, measured in turn: how many, and how many failed.
    #[serde(default)]
    pub interleaved: Ledger,
    /// When it was last measured, RFC 3339.
    pub measured_at: String,
    /// Splits of runs of the same code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stored: Option<StoredSplits>,
    /// The version that measured it.
    pub tool_version: String,
}

/// Gates of the same code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ledger {
    /// Of which failed.
    pub failed: u64,
    /// All of them.
    pub gates: u64,
    /// Of which could not tell.
    pub inconclusive: u64,
}

/// Runs of the same code, split in every way that keeps their order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredSplits {
    /// Runs that played the candidate.
    pub after: u64,
    /// Runs that played the baseline.
    pub before: u64,
    /// Splits that failed.
    pub failed: u64,
    /// Splits that could not tell.
    pub inconclusive: u64,
    /// The identities of the runs.
    pub runs: Vec<String>,
    /// The smallest change that would have been seen, in the median over splits. Units: ratio less 1.
    pub smallest: Option<f64>,
    /// How many splits there were.
    pub splits: u64,
}

/// Where the noise of a machine lies. `identity` is short and made of letters and digits; of a scenario's name only what
/// may be a folder's is taken.
pub fn path(baselines: &Path, scenario: &str, identity: &str) -> PathBuf {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let scenario: String = scenario.chars().map(|c| if is_plain(c) { c } else { '_' }).collect();
    baselines.join(scenario).join("noise").join(format!("{identity}.json"))
}

/// Reads what was measured; `None` where nothing was.
/// # Errors
/// [`StoreError`] where it cannot be read, is of a newer schema, or says what cannot be.
pub fn read(path: &Path) -> Result<Option<NoiseFile>, StoreError> {
    if !path.is_file() {
        return Ok(None);
    }
    let bytes = std::fs::read(path).map_err(StoreError::io("read", path))?;
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
        return Err(corrupt("more gates failed than there were".to_owned()));
    }
    Ok(Some(file))
}

/// Writes what was measured, whole or not at all.
/// # Errors
/// [`StoreError`]; what was there before is intact then.
pub fn write(path: &Path, noise: &NoiseFile) -> Result<(), StoreError> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(StoreError::io("create", folder))?;
    }
    let mut text = serde_json::to_string_pretty(noise)
        .map_err(|error| StoreError::Corrupt { path: path.to_owned(), what: error.to_string() })?;
    text.push('\n');
    write_atomically(path, text.as_bytes())
}
