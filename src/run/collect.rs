//! Keeps a folder of runs from growing without bound: compresses those that have ended, removes those that are too old.
//!
//! Nothing is touched that is measured, that can still be resumed, or that cannot be read as a run. A run that a promoted
//! baseline names is compressed, and never removed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;

use crate::domain::monitoring::Monitoring;
use crate::store::manifest::{Manifest, Mode};
use crate::store::{StoreError, archive, baselines, heartbeat, manifest, runs};

use super::state::{RUNNING, RunStatus};
use super::stored_plan::StoredPlan;

/// How long after its end a run is compressed where nothing else is said.
pub const COMPRESS_AFTER: Duration = Duration::from_hours(24);

/// Which runs are looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// All in the folder.
    All,
    /// These, by their folders.
    Runs(Vec<PathBuf>),
    /// The days of the monitor of this scenario.
    Monitor(String),
}

/// What is compressed and what removed.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Which runs are looked at.
    pub scope: Scope,
    /// Time from the end of a run until its logs are compressed.
    pub compress_after: Duration,
    /// Time from the end of a run until it is removed; `None` keeps all runs but the days of monitors, which are kept as long
    /// as their scenarios say.
    pub keep: Option<Duration>,
    /// Folder of the promoted baselines.
    pub baselines: PathBuf,
    /// Whether nothing is changed.
    pub is_dry_run: bool,
    /// Whether the time is that of a virtual clock. Only rehearsals are looked at then, and their own times count.
    pub is_virtual: bool,
}

/// What became of a run.
#[derive(Debug)]
pub enum Outcome {
    /// Its logs were compressed.
    Compressed {
        /// Size of the logs before. Units: bytes.
        before: u64,
        /// Size afterwards; `None` where nothing was changed.
        after: Option<u64>,
    },
    /// It was removed.
    Removed {
        /// Size of everything in its folder. Units: bytes.
        size: u64,
    },
    /// It is old enough to be removed, but a promoted baseline names it.
    Named {
        /// Path of the baseline.
        by: PathBuf,
    },
    /// It could not be compressed or removed; it can be read as before.
    Failed(StoreError),
}

/// A run, and what became of it.
#[derive(Debug)]
pub struct Collected {
    /// Its run ID.
    pub run_id: String,
    /// Its folder.
    pub folder: PathBuf,
    /// When it ended, as far as is known.
    pub ended_at: Timestamp,
    /// What became of it.
    pub outcome: Outcome,
}

/// Compresses and removes runs of a folder. Returns those to which something happened, or would, in the order of their starts.
/// # Errors
/// [`StoreError`] where runs have to be removed, and a promoted baseline cannot be read: it may name one of them.
pub fn collect(out: &Path, now: Timestamp, rules: &Rules) -> Result<Vec<Collected>, StoreError> {
    let folders = match &rules.scope {
        Scope::Runs(folders) => folders.clone(),
        Scope::All | Scope::Monitor(_) => runs::list(out),
    };
    let mut named = None;
    let mut collected = Vec::new();
    for folder in folders {
        let Ok(manifest) = Manifest::read(&folder) else { continue };
        let is_virtual = matches!(manifest.mode, Mode::Rehearsal { .. });
        let is_in_scope = match &rules.scope {
            Scope::Monitor(scenario) => manifest.monitor && manifest.scenario == *scenario,
            Scope::All | Scope::Runs(_) => true,
        };
        if !is_in_scope || (rules.is_virtual && !is_virtual) {
            continue;
        }
        let Some(ended_at) = end_of(&folder, &manifest, now, rules.is_virtual) else { continue };
        let age = Duration::try_from(now.duration_since(ended_at)).unwrap_or_default();
        let outcome = if keep_of(&manifest, rules).is_some_and(|keep| age > keep) {
            let named = match &mut named {
                Some(named) => named,
                unread @ None => unread.insert(named_by_baselines(&rules.baselines)?),
            };
            Some(removed(&folder, named.get(&manifest.run_id), rules.is_dry_run))
        } else {
            None
        };
        let is_kept = !matches!(outcome, Some(Outcome::Removed { .. } | Outcome::Failed(_)));
        let packed =
            (is_kept && age > rules.compress_after).then(|| compressed(&folder, rules.is_dry_run)).flatten();
        for outcome in outcome.into_iter().chain(packed) {
            let (run_id, folder) = (manifest.run_id.clone(), folder.clone());
            collected.push(Collected { run_id, folder, ended_at, outcome });
        }
    }
    Ok(collected)
}

/// When a run ended; `None` while it is measured, and while it can be resumed.
fn end_of(folder: &Path, manifest: &Manifest, now: Timestamp, is_virtual: bool) -> Option<Timestamp> {
    // A link leads to a folder that is not ours.
    if folder.symlink_metadata().ok()?.is_symlink() || archive::is_held(folder) {
        return None;
    }
    let status = RunStatus::read(folder, manifest);
    if status.state == RUNNING {
        return None;
    }
    let is_rehearsal = matches!(manifest.mode, Mode::Rehearsal { .. });
    if status.state != "completed" && !is_rehearsal && manifest.end(folder).ok()? > now {
        return None;
    }
    if is_rehearsal && !is_virtual {
        // What its windows say is a time that nobody lived.
        return modified(&folder.join(heartbeat::FILE)).or_else(|| modified(&folder.join(manifest::FILE)));
    }
    let heartbeat = status.heartbeat.and_then(|heartbeat| heartbeat.updated_at.parse().ok());
    heartbeat.or_else(|| modified(&folder.join(manifest::FILE)))
}

fn modified(path: &Path) -> Option<Timestamp> {
    Timestamp::try_from(path.symlink_metadata().ok()?.modified().ok()?).ok()
}

/// How long a run is kept after its end; `None` for ever.
fn keep_of(manifest: &Manifest, rules: &Rules) -> Option<Duration> {
    let of_scenario = || StoredPlan::of(manifest).monitor_keep().unwrap_or(Monitoring::default().keep);
    rules.keep.or_else(|| manifest.monitor.then(of_scenario))
}

/// The runs that promoted baselines name, each with one of them.
fn named_by_baselines(folder: &Path) -> Result<BTreeMap<String, PathBuf>, StoreError> {
    let mut named = BTreeMap::new();
    for path in baselines::paths(folder) {
        let baseline = baselines::read(&path)?;
        named.extend(baseline.provenance.runs.into_iter().map(|origin| (origin.run_id, path.clone())));
    }
    Ok(named)
}

fn removed(folder: &Path, named_by: Option<&PathBuf>, is_dry_run: bool) -> Outcome {
    if let Some(by) = named_by {
        return Outcome::Named { by: by.clone() };
    }
    let size = archive::size_of_run(folder);
    if is_dry_run {
        return Outcome::Removed { size };
    }
    match archive::remove(folder) {
        Ok(()) => Outcome::Removed { size },
        Err(error) => Outcome::Failed(error),
    }
}

/// `None` where there is nothing to compress.
fn compressed(folder: &Path, is_dry_run: bool) -> Option<Outcome> {
    let before = archive::compressible(folder);
    if before == 0 {
        return None;
    }
    if is_dry_run {
        return Some(Outcome::Compressed { before, after: None });
    }
    Some(match archive::compress(folder) {
        Ok(sizes) => Outcome::Compressed { before: sizes.before, after: Some(sizes.after) },
        Err(error) => Outcome::Failed(error),
    })
}
