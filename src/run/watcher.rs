//! The watcher of a run, with the baseline in the run's folder or learning its own.

use std::path::Path;

use crate::analysis::baseline_model::learning_windows;
use crate::analysis::watch::Watcher;
use crate::domain::baseline::Baseline;
use crate::store::manifest::Manifest;
use crate::store::{StoreError, baselines};

use super::stored_plan::StoredPlan;

/// File name of the copy of the baseline that a run is compared with, so that the run can be read without the original.
pub const BASELINE: &str = "baseline.json";

/// The baseline in a run's folder; `None` where it has none.
/// # Errors
/// [`StoreError`] where its file cannot be read.
pub fn baseline_of(folder: &Path) -> Result<Option<Baseline>, StoreError> {
    let path = folder.join(BASELINE);
    if path.is_file() { Ok(Some(baselines::read(&path)?)) } else { Ok(None) }
}

/// The watcher that a run had while it was measured; the same windows give the same results.
pub fn watcher_of(manifest: &Manifest, baseline: Option<&Baseline>) -> Watcher {
    let windows = learning_windows(StoredPlan::of(manifest).cycles());
    baseline.map_or_else(|| Watcher::learning(windows), |baseline| Watcher::known(baseline, windows))
}
