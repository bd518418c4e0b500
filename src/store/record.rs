//! A run read back as a whole: its files are compared with each other before anybody believes a number.

use std::path::{Path, PathBuf};

use crate::domain::baseline::Baseline;
use crate::domain::window::Window;

use super::heartbeat::Heartbeat;
use super::histogram_log::LogCheck;
use super::manifest::{Manifest, SEALED, hash_of_bytes};
use super::window_log::Committed;
use super::{StoreError, baselines, bounded, heartbeat, histogram_log, manifest, window_log};

/// The manifest and the windows of a run, with what is doubtful about them.
#[derive(Debug, Clone)]
pub struct Record {
    /// Manifest of the run, gaps included.
    pub manifest: Manifest,
    /// Its committed windows.
    pub committed: Committed,
    /// What is missing or cannot be checked, a sentence each; empty for an intact run.
    pub warnings: Vec<String>,
    folder: PathBuf,
}

impl Record {
    /// Reads a run.
    /// # Errors
    /// [`StoreError`] where a file cannot be read, or does not match its checksum.
    pub fn read(folder: &Path) -> Result<Self, StoreError> {
        let manifest = Manifest::read(folder)?;
        // Before the windows: a run that is measured commits more of them meanwhile.
        let heartbeat = Heartbeat::of_run(folder, &manifest.run_id);
        let path = folder.join(window_log::FILE);
        let committed = window_log::read(&path)?;
        committed.check_run(&manifest.run_id, &path)?;
        let mut warnings = Vec::new();
        if manifest.schema < SEALED && !manifest.is_plan_intact() {
            warnings.push(format!(
                "{}: scenario_hash is not that of the plan, so plan and SLOs may have been changed",
                manifest::FILE
            ));
        }
        match heartbeat {
            Ok(heartbeat) => {
                let (counted, rows) = (heartbeat.windows, committed.windows.len() as u64);
                if counted > rows {
                    warnings.push(format!(
                        "{}: it has {}, but the run had committed {counted}: rows are missing",
                        window_log::FILE,
                        windows(rows)
                    ));
                }
            }
            Err(error) => warnings.push(format!("cannot trust {}: {error}", heartbeat::FILE)),
        }
        warnings.extend(unsealed(&manifest, &committed));
        warnings.extend(holes(&committed));
        Ok(Self { manifest, committed, warnings, folder: folder.to_owned() })
    }

    /// Compares the histogram log with the windows.
    /// # Errors
    /// [`StoreError`] where it cannot be read.
    pub fn check_log(&self) -> Result<LogCheck, StoreError> {
        histogram_log::check(&self.folder.join(histogram_log::FILE), &self.committed)
    }

    /// As [`Record::check_log`], for values that need no histograms: without a log, a run of another program is intact.
    /// # Errors
    /// As [`Record::check_log`].
    pub fn log_of_values(&self) -> Result<LogCheck, StoreError> {
        let has_log = histogram_log::exists(&self.folder.join(histogram_log::FILE));
        let had_log = self.committed.log_crcs.iter().any(Option::is_some);
        if has_log || had_log { self.check_log() } else { Ok(LogCheck::default()) }
    }

    /// The baseline that the run was started with; `None` where it had none.
    /// # Errors
    /// [`StoreError`] where it cannot be read, or is not the one that the run was started with.
    pub fn baseline(&self) -> Result<Option<Baseline>, StoreError> {
        baseline_of(&self.folder, &self.manifest)
    }
}

/// The baseline in a run's folder; `None` where the run was started without one.
/// # Errors
/// [`StoreError`] where it cannot be read, or is not the one that the run was started with.
pub fn baseline_of(folder: &Path, manifest: &Manifest) -> Result<Option<Baseline>, StoreError> {
    let path = folder.join(baselines::COPY);
    let damaged = |what: &str| StoreError::Damaged {
        path: path.clone(),
        what: what.to_owned(),
        remedy: "restore it from a copy: the run was compared with that baseline",
    };
    let exists = path.symlink_metadata().is_ok();
    match &manifest.baseline_hash {
        Some(_) if !exists => return Err(damaged("it is missing, and the run was started with a baseline")),
        None if exists && manifest.schema >= SEALED => {
            return Err(StoreError::Damaged {
                path,
                what: "the run was started without a baseline".to_owned(),
                remedy: "remove the file; `baseline compare` compares a run with any baseline",
            });
        }
        None if !exists => return Ok(None),
        _ => (),
    }
    let bytes = bounded::read(&path, bounded::MEDIUM)?;
    if manifest.baseline_hash.as_ref().is_some_and(|hash| *hash != hash_of_bytes(&bytes)) {
        return Err(damaged("it is not the baseline that the run was started with"));
    }
    baselines::parse(&bytes, &path).map(Some)
}

/// A number of windows in words.
pub(super) fn windows(number: u64) -> String {
    if number == 1 { "1 window".to_owned() } else { format!("{number} windows") }
}

/// A warning for a run of this version whose rows have lost their checksums.
fn unsealed(manifest: &Manifest, committed: &Committed) -> Option<String> {
    let has_lost = manifest.schema >= SEALED && !committed.windows.is_empty() && !committed.is_sealed();
    has_lost
        .then(|| format!("{}: it has no checksums, so a change of it would not be noticed", window_log::FILE))
}

/// A warning for windows whose rows are missing between others: numbers have no holes when they are written.
fn holes(committed: &Committed) -> Option<String> {
    if !committed.is_sealed() {
        return None;
    }
    let mut numbers: Vec<u64> = committed.windows.iter().map(|window: &Window| window.number).collect();
    numbers.dedup();
    let last = numbers.last().copied()?;
    let missing = last.saturating_sub(numbers.len() as u64);
    let first =
        (1..).zip(&numbers).find(|(expected, number)| expected != *number).map(|(expected, _)| expected);
    let first = first.filter(|_| missing > 0)?;
    Some(format!(
        "{}: rows of {} are missing, the first is window {first}",
        window_log::FILE,
        windows(missing)
    ))
}
