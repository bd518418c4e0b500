//! The folder of a new run: its ID, its manifest, its first heartbeat.

use std::path::Path;

use jiff::Timestamp;

use crate::domain::run::{RunId, RunState};
use crate::domain::units::after;
use crate::host;
use crate::store::StoreError;
use crate::store::heartbeat::Heartbeat;
use crate::store::manifest::{self, Manifest, Mode, hash_of, hash_of_bytes};
use crate::store::run_directory::{Commit, RunDirectory};

use super::committer::Beat;
use super::error::RunError;
use super::prepared::Prepared;

/// Most runs with one start second; the second and later ones get a number.
const MOST_RUNS_PER_SECOND: u32 = 100;

/// Creates the run's folder, with the text of its baseline; a second run within one second gets a number.
/// # Errors
/// [`RunError::Store`] where the folder or a file in it cannot be created.
pub fn create(
    prepared: &Prepared,
    out: &Path,
    mode: &Mode,
    started_at: Timestamp,
    baseline: Option<&str>,
) -> Result<(RunDirectory, Manifest), RunError> {
    let id = RunId::new(&prepared.plan.name, started_at);
    let mut number = 1;
    loop {
        let id = if number == 1 { id.clone() } else { id.numbered(number) };
        let mut manifest = manifest_of(prepared, &id, mode.clone(), started_at)?;
        manifest.baseline_hash = baseline.map(|text| hash_of_bytes(text.as_bytes()));
        let heartbeat = heartbeat(&manifest, Beat::EveryStep);
        let folder = out.join(id.as_str());
        match RunDirectory::create_with(&folder, &manifest, &heartbeat, Commit::EachGroup, baseline) {
            Ok(directory) => return Ok((directory, manifest)),
            Err(StoreError::Exists { .. }) if number < MOST_RUNS_PER_SECOND => number += 1,
            Err(error) => return Err(error.into()),
        }
    }
}

/// A run's first heartbeat. A rehearsal's names no process.
pub(super) fn heartbeat(manifest: &Manifest, beat: Beat) -> Heartbeat {
    let process = (beat == Beat::EveryStep).then(host::process::own_identity);
    let mut heartbeat = Heartbeat::new(RunState::Running, process);
    heartbeat.run_id = Some(manifest.run_id.clone());
    heartbeat.gaps = manifest.gaps.len() as u64;
    heartbeat.updated_at.clone_from(&manifest.started_at);
    heartbeat
}

/// The manifest that a run of this plan would have, for comparing it before anything is sent.
/// # Errors
/// [`RunError::System`] where the plan cannot be serialized.
pub fn manifest_for_comparison(prepared: &Prepared, mode: Mode) -> Result<Manifest, RunError> {
    let now = host::clock::now();
    manifest_of(prepared, &RunId::new(&prepared.plan.name, now), mode, now)
}

/// The manifest of a run that starts at `started_at`.
pub(super) fn manifest_of(
    prepared: &Prepared,
    id: &RunId,
    mode: Mode,
    started_at: Timestamp,
) -> Result<Manifest, RunError> {
    let plan = &prepared.plan;
    let file = serde_json::to_value(prepared.file_for_manifest()).map_err(|error| RunError::System {
        action: "encode the plan",
        source: std::io::Error::other(error),
    })?;
    let planned_end = after(started_at, plan.duration);
    Ok(Manifest {
        schema: manifest::SCHEMA,
        run_id: id.to_string(),
        scenario: plan.name.to_string(),
        scenario_hash: hash_of(&file),
        plan: file,
        seed: plan.seed,
        mode,
        host: host::fingerprint::read().into(),
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        tool_commit: option_env!("BASELINE_COMMIT").map(str::to_owned),
        started_at: format!("{started_at:.3}"),
        planned_end: format!("{planned_end:.3}"),
        planned_windows: plan.windows(),
        gaps: Vec::new(),
        baseline_hash: None,
        monitor: false,
    })
}
