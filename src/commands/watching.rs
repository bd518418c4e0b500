//! The watcher of a run: with the baseline that lies in its folder, or learning its own.

use std::path::Path;

use crate::analysis::baseline_model::learning_windows;
use crate::analysis::watch::Watcher;
use crate::domain::baseline::Baseline;
use crate::store::baselines;
use crate::store::manifest::Manifest;

use super::CommandError;

/// A copy of the baseline that a run is held against, so that the run can be read without it.
pub(super) const BASELINE: &str = "baseline.json";

/// The baseline of a run, where it has one.
pub(super) fn baseline_of(folder: &Path) -> Result<Option<Baseline>, CommandError> {
    let path = folder.join(BASELINE);
    if path.is_file() { Ok(Some(baselines::read(&path)?)) } else { Ok(None) }
}

/// The watcher that a run had, and has again from disk.
pub(super) fn watcher_of(manifest: &Manifest, baseline: Option<&Baseline>) -> Watcher {
    let windows = learning_windows(planned_cycles(manifest));
    baseline.map_or_else(|| Watcher::learning(windows), |baseline| Watcher::known(baseline, windows))
}

/// As the plan says it; what was learnt live is learnt again from disk.
pub(super) fn planned_cycles(manifest: &Manifest) -> u64 {
    let span = |key: &str| {
        let text = manifest.plan.get("plan")?.get(key)?.as_str()?;
        crate::domain::units::parse_span(text).ok()
    };
    match (span("duration"), span("cycle")) {
        (Some(duration), Some(cycle)) if !cycle.is_zero() => {
            u64::try_from(duration.as_nanos() / cycle.as_nanos()).unwrap_or(u64::MAX).max(1)
        }
        _ => 1,
    }
}
