//! `start --resume-unfinished`: which run a service resumes when it is started again.

use std::path::{Path, PathBuf};

use crate::host;
use crate::report::drawing::MARKDOWN;
use crate::run::create::manifest_for_comparison;
use crate::run::feed::Feed;
use crate::run::prepared::Prepared;
use crate::run::state::RunStatus;
use crate::store::manifest::{Manifest, Mode};
use crate::store::runs::{self, Found};

use super::CommandError;

/// The scenario's last run, where there is something left to do for it: to measure its rest, or to write its report.
///
/// A run that was stopped counts as finished only after its planned end, because a service manager stops it at each
/// shutdown of the machine.
/// # Errors
/// [`CommandError`] where a run of the scenario cannot be read, so that nobody knows.
pub(super) fn find(
    out: &Path,
    prepared: &Prepared,
    is_demo: bool,
    feed: &Feed,
) -> Result<Option<PathBuf>, CommandError> {
    let name = prepared.plan.name.as_ref();
    let Found { runs, unreadable } = runs::look(out);
    let is_of_scenario = |folder: &Path| {
        let folder = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        folder.strip_prefix(name).is_some_and(|rest| rest.starts_with('-'))
    };
    if let Some((_, error)) = unreadable.into_iter().find(|(folder, _)| is_of_scenario(folder)) {
        return Err(error.into());
    }
    for folder in runs.into_iter().rev() {
        let manifest = Manifest::read(&folder)?;
        let is_same_kind = match manifest.mode {
            Mode::Real => !is_demo,
            Mode::Demo { .. } => is_demo,
            Mode::Rehearsal { .. } => false,
        };
        if manifest.scenario != name || manifest.monitor || !is_same_kind {
            continue;
        }
        if !is_unfinished(&folder, &manifest)? {
            return Ok(None);
        }
        feed.notice(format!("resumes the unfinished run {}", manifest.run_id));
        if !is_demo && manifest_for_comparison(prepared, Mode::Real)?.scenario_hash != manifest.scenario_hash
        {
            feed.notice("warning: the scenario or its options have changed since; this run keeps the plan that it began with");
        }
        return Ok(Some(folder));
    }
    Ok(None)
}

fn is_unfinished(folder: &Path, manifest: &Manifest) -> Result<bool, CommandError> {
    let is_over = host::clock::now() >= manifest.end(folder)?;
    Ok(match RunStatus::read(folder, manifest).state {
        "completed" => !folder.join(MARKDOWN).exists(),
        "stopped" => !is_over || !folder.join(MARKDOWN).exists(),
        _ => true,
    })
}
