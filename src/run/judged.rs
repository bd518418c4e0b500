//! The verdict of a run, from its folder.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

use crate::analysis::run_judge::{Judged, RunJudge};
use crate::domain::objective::Objective;
use crate::domain::run_verdict::RunProgress;
use crate::domain::time_summary::TimeKind;
use crate::domain::window::Window;
use crate::scenario::objectives;
use crate::store::histogram_log::LogCheck;
use crate::store::manifest::{self, Manifest};
use crate::store::record::Record;
use crate::store::{StoreError, histogram_log};

use super::state::{RUNNING, RunStatus};
use super::stored_plan::StoredPlan;

/// Reads a run for its verdict. Its histograms are read only where an SLO limits a percentile; without them that limit is
/// undecided.
/// # Errors
/// [`StoreError`] where a file cannot be read.
pub fn judged(folder: &Path) -> Result<Judged, StoreError> {
    let record = Record::read(folder)?;
    let log = record.log_of_values()?;
    let Record { manifest, committed, .. } = record;
    judged_of(folder, &manifest, &committed.windows, &log, progress_of(folder, &manifest))
}

/// The verdict of a run whose manifest and windows were read before. Cells whose histograms are damaged according to `log` have
/// no percentiles.
/// # Errors
/// [`StoreError`] where its histograms cannot be read.
pub fn judged_of(
    folder: &Path,
    manifest: &Manifest,
    windows: &[Window],
    log: &LogCheck,
    progress: RunProgress,
) -> Result<Judged, StoreError> {
    let mut judge = RunJudge::new(objectives_of(manifest, folder)?);
    for window in windows {
        judge.window(window);
    }
    let path = folder.join(histogram_log::FILE);
    if judge.needs_times() && histogram_log::exists(&path) {
        let intact = intact(windows, log);
        histogram_log::read_each(&path, &intact, |window, kind, histogram| {
            if kind == TimeKind::Service {
                judge.times(window, &histogram);
            }
            Ok(())
        })?;
    }
    Ok(judge.finish(manifest.planned_windows, progress))
}

/// The windows of the cells whose histograms are intact: those of a damaged one would move its percentiles without notice.
pub fn intact<'a>(windows: &'a [Window], log: &LogCheck) -> Cow<'a, [Window]> {
    if log.damaged.is_empty() {
        return windows.into();
    }
    windows.iter().filter(|window| !log.damaged.contains_key(&window.cell)).cloned().collect()
}

/// The SLOs in a manifest, by endpoint; read without any secret.
/// # Errors
/// [`StoreError::Corrupt`] where they cannot be read.
pub fn objectives_of(manifest: &Manifest, folder: &Path) -> Result<BTreeMap<String, Objective>, StoreError> {
    let plan = StoredPlan::of(manifest);
    let corrupt = |what| StoreError::Corrupt { path: folder.join(manifest::FILE), what };
    let terms = plan.terms(folder)?.map(objectives::terms_of).transpose().map_err(corrupt)?;
    let terms = terms.unwrap_or_default().into_iter();
    Ok(terms.map(|(endpoint, terms)| (endpoint, terms.objective)).collect())
}

/// How far the run in this folder has come.
pub fn progress_of(folder: &Path, manifest: &Manifest) -> RunProgress {
    progress_of_state(RunStatus::read(folder, manifest).state)
}

/// How far a run in this state has come.
pub fn progress_of_state(state: &'static str) -> RunProgress {
    match state {
        RUNNING => RunProgress::Running,
        "completed" => RunProgress::Completed,
        word => RunProgress::Cut(word),
    }
}
