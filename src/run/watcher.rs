//! The watcher of a run, with the baseline that the run was started with, or learning its own.

use crate::analysis::baseline_model::learning_windows;
use crate::analysis::watch::Watcher;
use crate::domain::baseline::Baseline;
use crate::store::manifest::Manifest;

use super::stored_plan::StoredPlan;

/// The watcher that a run had while it was measured; the same windows give the same results.
pub fn watcher_of(manifest: &Manifest, baseline: Option<&Baseline>) -> Watcher {
    let windows = learning_windows(StoredPlan::of(manifest).cycles());
    baseline.map_or_else(|| Watcher::learning(windows), |baseline| Watcher::known(baseline, windows))
}
