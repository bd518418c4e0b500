//! A run from its folder to its end: made, driven on an engine, committed window by window, and drawn.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use crate::domain::gap::{Gap, GapReason};
use crate::domain::plan::{Cell, Plan};
use crate::domain::run::{RunId, RunState};
use crate::domain::units::format_span;
use crate::domain::window::Window;
use crate::host;
use crate::load::goose_engine::GooseEngine;
use crate::load::session::{self, Position, SessionEnd};
use crate::load::stop::Stop;
use crate::report::numbers::bytes;
use crate::store::heartbeat::Heartbeat;
use crate::store::manifest::{self, GapEntry, Manifest, Mode};
use crate::store::run_directory::{Commit, RunDirectory};
use crate::store::{StoreError, window_log};
use crate::target::{Fault, Target, TargetConfig};

use super::committer::{Beat, Committer};
use super::observer::Observer;
use super::start_plan::{self, Prepared};
use super::watching::{baseline_of, watcher_of};
use super::{CommandError, Exit, report};

/// A run that has ended.
#[derive(Debug, Clone)]
pub(super) struct Finished {
    /// Its folder.
    pub(super) folder: PathBuf,
    /// How it ended.
    pub(super) end: SessionEnd,
    /// Whether at least half of its windows may be judged.
    is_judgeable: bool,
}

impl Finished {
    /// Whether it went to its planned end.
    pub(super) fn is_complete(&self) -> bool {
        self.end == SessionEnd::Completed
    }

    /// The exit code of a run for its own sake.
    pub(super) fn exit(&self) -> Exit {
        match self.end {
            SessionEnd::Completed if self.is_judgeable => Exit::Accepted,
            _ => Exit::Inconclusive,
        }
    }
}

/// Before there is a run: a plan whose packets may go nowhere leaves nothing behind. Whether it was not interrupted.
pub(super) fn preflight(plan: &Plan, stop: &mut Stop) -> Result<bool, CommandError> {
    let runtime = runtime()?;
    let allowed = runtime.block_on(async {
        tokio::select! {
            allowed = GooseEngine::preflight(plan) => Some(allowed),
            () = stop.raised() => None,
        }
    });
    // A name server that does not answer is not waited for.
    runtime.shutdown_background();
    match allowed {
        Some(allowed) => allowed.map(|()| true).map_err(CommandError::from),
        None => Ok(false),
    }
}

/// Makes the run's folder; a second run within a second gets a number.
pub(super) fn create(
    prepared: &Prepared,
    out: &Path,
    mode: &Mode,
    started_at: Timestamp,
) -> Result<(RunDirectory, Manifest), CommandError> {
    let id = RunId::new(&prepared.plan.name, started_at);
    let mut number = 1;
    loop {
        let id = if number == 1 { id.clone() } else { id.numbered(number) };
        let manifest = manifest_of(prepared, &id, mode.clone(), started_at)?;
        let heartbeat = heartbeat(&manifest, Beat::EveryStep);
        match RunDirectory::create(&out.join(id.as_str()), &manifest, &heartbeat, Commit::EachWindow) {
            Ok(directory) => return Ok((directory, manifest)),
            Err(StoreError::Exists { .. }) if number < 100 => number += 1,
            Err(error) => return Err(error.into()),
        }
    }
}

/// A run that is ready to be driven, from its start or from where it was cut off.
pub(super) struct Launch<'a> {
    pub(super) plan: Plan,
    pub(super) directory: RunDirectory,
    pub(super) manifest: Manifest,
    pub(super) position: Position,
    /// What an earlier session committed; `None` for a fresh run.
    pub(super) taken_up: Option<Vec<Window>>,
    pub(super) target: Option<Target>,
    /// Asked at the end of the plan: whether it is measured once more, as long again.
    pub(super) sequel: Option<Sequel<'a>>,
    /// Whether its reports are drawn at the end.
    pub(super) is_drawn: bool,
}

/// Looks at a run's folder and says whether to go on.
pub(super) type Sequel<'a> = Box<dyn FnMut(&Path) -> Result<bool, CommandError> + 'a>;

/// Measures what is left of a run's plan, and draws its report.
pub(super) fn drive(
    launch: Launch<'_>,
    mut stop: Stop,
    observer: &mut dyn Observer,
) -> Result<Finished, CommandError> {
    let Launch { plan, directory, manifest, position, taken_up, target, sequel, is_drawn } = launch;
    let mode = if target.is_some() { "the embedded target" } else { "a real target" };
    observer.began(directory.folder(), mode);
    if let Some(left_out) = start_plan::left_out(&plan) {
        observer.remark(&left_out);
    }
    let plan = Arc::new(plan);
    let longer = Plan { duration: plan.duration * 2, ..(*plan).clone() };
    let started_at = position.started_at;
    let planned_end = manifest.end(directory.folder())?;
    let mut committer = committer(&plan, directory, manifest, planned_end, observer, Beat::EveryStep)?;
    if let Some(committed) = taken_up {
        committer.take_up(&committed)?;
        if let Some(gap) =
            gap_of_stop(&committed, &committer.manifest, position.started_at, host::clock::now())
        {
            committer.gap(gap)?;
        }
        committer.beat_now()?;
    }
    let runtime = runtime()?;
    let result = runtime.block_on(async {
        let mut engine = GooseEngine::start(Arc::clone(&plan)).await?;
        let mut end =
            session::run(&plan, position, &mut engine, &mut stop, &mut |event| committer.take(event)).await;
        if let (Ok(SessionEnd::Completed), Some(mut wants_more)) = (&end, sequel)
            && wants_more(committer.directory.folder())?
        {
            let committed = lengthen(&mut committer, &longer)?;
            let position = position_of(&longer, started_at, &committed);
            end = session::run(&longer, position, &mut engine, &mut stop, &mut |event| committer.take(event))
                .await;
        }
        engine.finish().await;
        Ok::<SessionEnd, CommandError>(end?)
    });
    // Users in the middle of an exchange are not waited for.
    runtime.shutdown_background();
    if let Some(target) = target {
        target.stop();
    }
    let now = host::clock::now();
    match result {
        Ok(end) => conclude(committer, end, now, is_drawn),
        Err(error) => {
            // The first error is the one to tell; a heartbeat that cannot be written changes nothing about it.
            let _ = committer.finish(RunState::Failed, now);
            committer.observer.ended();
            Err(error)
        }
    }
}

/// Plans a run to be longer than it was; what is committed stays so.
fn lengthen<'a>(committer: &mut Committer<'a>, longer: &'a Plan) -> Result<Vec<Window>, CommandError> {
    let folder = committer.directory.folder().to_owned();
    let manifest = &mut committer.manifest;
    let length = SignedDuration::try_from(longer.duration).unwrap_or(SignedDuration::MAX);
    committer.planned_end = manifest.start(&folder)?.saturating_add(length).unwrap_or(Timestamp::MAX);
    manifest.planned_end = format!("{:.3}", committer.planned_end);
    manifest.planned_windows = longer.windows();
    manifest.plan["plan"]["duration"] = format_span(longer.duration).into();
    manifest.write(&folder)?;
    committer.plan = longer;
    Ok(window_log::read(&folder.join(window_log::FILE))?.windows)
}

/// Ends a run: last heartbeat and report.
pub(super) fn conclude(
    mut committer: Committer<'_>,
    end: SessionEnd,
    at: Timestamp,
    is_drawn: bool,
) -> Result<Finished, CommandError> {
    let state = match end {
        SessionEnd::Completed => RunState::Completed,
        SessionEnd::Stopped => RunState::Stopped,
    };
    committer.finish(state, at)?;
    let folder = committer.directory.folder().to_owned();
    let drawn = report::draw(&folder, if is_drawn { report::Drawing::ALL } else { &[] })?;
    committer.observer.ended();
    if is_drawn {
        committer.observer.remark(&drawn.summary);
    }
    let is_rehearsal = matches!(committer.manifest.mode, Mode::Rehearsal { .. });
    if end == SessionEnd::Stopped && !is_rehearsal && is_drawn {
        committer.observer.remark(&format!(
            "stopped before the planned end; `baseline start --resume {}` goes on",
            committer.manifest.run_id
        ));
    }
    Ok(Finished { folder, end, is_judgeable: drawn.is_judgeable })
}

pub(super) fn committer<'a>(
    plan: &'a Plan,
    directory: RunDirectory,
    manifest: Manifest,
    planned_end: Timestamp,
    observer: &'a mut dyn Observer,
    beat: Beat,
) -> Result<Committer<'a>, CommandError> {
    let baseline = baseline_of(directory.folder())?;
    let heartbeat = heartbeat(&manifest, beat);
    let watcher = watcher_of(&manifest, baseline.as_ref());
    Ok(Committer {
        plan,
        directory,
        manifest,
        heartbeat,
        watcher,
        beat,
        planned_end,
        now: host::clock::now,
        observer,
    })
}

/// A run's first heartbeat. A rehearsal has no process worth naming.
pub(super) fn heartbeat(manifest: &Manifest, beat: Beat) -> Heartbeat {
    let process = (beat == Beat::EveryStep).then(host::process::own_identity);
    let mut heartbeat = Heartbeat::new(RunState::Running, process);
    heartbeat.gaps = manifest.gaps.len() as u64;
    heartbeat.updated_at.clone_from(&manifest.started_at);
    heartbeat
}

/// The manifest that a run of this plan would have, to compare it before anything is sent.
pub(super) fn manifest_for_comparison(prepared: &Prepared, mode: Mode) -> Result<Manifest, CommandError> {
    let now = host::clock::now();
    manifest_of(prepared, &RunId::new(&prepared.plan.name, now), mode, now)
}

/// The manifest of a run that starts now.
pub(super) fn manifest_of(
    prepared: &Prepared,
    id: &RunId,
    mode: Mode,
    started_at: Timestamp,
) -> Result<Manifest, CommandError> {
    let plan = &prepared.plan;
    let file = serde_json::to_value(prepared.file_for_manifest()).map_err(|error| CommandError::System {
        action: "write the plan down",
        source: std::io::Error::other(error),
    })?;
    let length = SignedDuration::try_from(plan.duration).unwrap_or(SignedDuration::MAX);
    let planned_end = started_at.saturating_add(length).unwrap_or(Timestamp::MAX);
    let hash = Sha256::digest(file.to_string().as_bytes());
    Ok(Manifest {
        schema: manifest::SCHEMA,
        run_id: id.to_string(),
        scenario: plan.name.to_string(),
        plan: file,
        scenario_hash: hex(&hash),
        seed: plan.seed,
        mode,
        host: host::fingerprint::read().into(),
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        tool_commit: option_env!("BASELINE_COMMIT").map(str::to_owned),
        started_at: format!("{started_at:.3}"),
        planned_end: format!("{planned_end:.3}"),
        planned_windows: plan.windows(),
        gaps: Vec::new(),
    })
}

/// Two digits a byte.
pub(super) fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// The stretch between what is known of the run, its last window or gap or its start, and now.
pub(super) fn gap_of_stop(
    committed: &[Window],
    manifest: &Manifest,
    started_at: Timestamp,
    now: Timestamp,
) -> Option<Gap> {
    let ended = |window: &Window| {
        let length = SignedDuration::try_from(window.duration).unwrap_or(SignedDuration::ZERO);
        window.started_at.saturating_add(length).unwrap_or(window.started_at)
    };
    let gaps = manifest.gaps.iter().filter_map(GapEntry::gap).map(|gap| gap.to);
    let from = committed.iter().map(ended).chain(gaps).max().unwrap_or(started_at);
    (now > from).then_some(Gap { from, to: now, reason: GapReason::Stopped })
}

pub(super) fn embedded_target(
    seed: u64,
    faults: Vec<Fault>,
    already_running: Duration,
) -> Result<Target, CommandError> {
    Ok(Target::start(TargetConfig { seed, faults, already_running, ..TargetConfig::default() })?)
}

/// One thread generates the load: no lock is ever waited for, and its processor time is the generator's.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime, CommandError> {
    let built = tokio::runtime::Builder::new_current_thread().enable_all().build();
    built.map_err(|source| CommandError::System { action: "start the runtime", source })
}

pub(super) fn check_disk(out: &Path, plan: &Plan) -> Result<(), CommandError> {
    let needed = start_plan::bytes_on_disk(plan);
    match host::disk::free_bytes(out) {
        Some(free) if free < needed => {
            Err(CommandError::DiskSpace { needed: bytes(needed), free: bytes(free) })
        }
        _ => Ok(()),
    }
}

/// Where a run stands of which so much is committed.
pub(super) fn position_of(plan: &Plan, started_at: Timestamp, committed: &[Window]) -> Position {
    let cell_of = |window: &Window| -> Option<Cell> {
        let endpoint = plan.endpoints.iter().position(|endpoint| endpoint.name == window.endpoint)?;
        let level = plan.levels.iter().position(|level| level.name == window.level)?;
        Some(Cell { endpoint, level })
    };
    let done: BTreeSet<(u64, Cell)> =
        committed.iter().filter_map(|window| Some((window.cycle, cell_of(window)?))).collect();
    let next_number = committed.iter().map(|window| window.number).max().unwrap_or(0) + 1;
    Position { started_at, next_number, done }
}
