//! The watcher of a run: with the baseline that lies in its folder, or learning its own.

use std::path::Path;

use crate::analysis::baseline_model::learning_windows;
use crate::analysis::watch::Watcher;
use crate::domain::baseline::Baseline;
use crate::store::manifest::Manifest;
use crate::store::{StoreError, baselines};

use super::stored_plan::StoredPlan;

/// A copy of the baseline that a run is compared with, so that the run can be read without the original.
pub const BASELINE: &str = "baseline.json";

/// The baseline of a run, where it has one.
/// # Errors
/// [`StoreError`] where its file cannot be read.
pub fn baseline_of(folder: &Path) -> Result<Option<Baseline>, StoreError> {
    let path = folder.join(BASELINE);
    if path.is_file() { Ok(Some(baselines::read(&path)?)) } else { Ok(None) }
}

/// The watcher that a run had while it was measured; from the same windows it reports the same.
pub fn watcher_of(manifest: &Manifest, baseline: Option<&Baseline>) -> Watcher {
    let windows = learning_windows(StoredPlan::of(manifest).cycles());
    baseline.map_or_else(|| Watcher::learning(windows), |baseline| Watcher::known(baseline, windows))
}
