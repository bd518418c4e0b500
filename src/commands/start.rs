//! `baseline start`: runs a plan from the first request to the report, or takes a run up again where it was cut off.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use crate::domain::baseline::Baseline;
use crate::domain::gap::{Gap, GapReason};
use crate::domain::plan::{Cell, Plan};
use crate::domain::run::{RunId, RunState};
use crate::domain::units::whole_millis;
use crate::domain::window::Window;
use crate::host;
use crate::load::goose_engine::GooseEngine;
use crate::load::rehearsal::RehearsalEngine;
use crate::load::session::{self, Position, SessionEnd};
use crate::load::stop::Stop;
use crate::report::numbers::bytes;
use crate::scenario::environment::Environment;
use crate::scenario::file::ScenarioFile;
use crate::scenario::overrides::Overrides;
use crate::scenario::{Settings, Source, plan_of};
use crate::store::heartbeat::Heartbeat;
use crate::store::manifest::{self, GapEntry, Manifest, Mode};
use crate::store::run_directory::{Commit, RunDirectory};
use crate::store::{StoreError, baselines, runs};
use crate::target::{Fault, Target, TargetConfig};

use super::committer::{Beat, Committer};
use super::observer::Observer;
use super::start_plan::{self, DEMO, EMBEDDED, Prepared};
use super::watching::{self, baseline_of, watcher_of};
use super::{CommandError, Exit, Format, fingerprint, interrupt, report};

/// Where a rehearsal's virtual clock starts: always there, so that the same seed gives the same bytes.
const REHEARSAL_START: &str = "2026-01-01T00:00:00Z";

/// What `start` was asked to do.
#[derive(Debug, Clone, Default)]
pub struct StartOptions {
    /// A path or a name; the demo's own with `--demo`.
    pub scenario: Option<String>,
    /// Whether the embedded target is measured.
    pub demo: bool,
    /// Options in place of the scenario's values.
    pub overrides: Overrides,
    /// A run to take up again.
    pub resume: Option<String>,
    /// Whether to print what would be sent, and end.
    pub dry_run: bool,
    /// Whether to run on a virtual clock.
    pub rehearse: bool,
    /// Faults of the embedded target or of the rehearsal.
    pub faults: Vec<String>,
    /// The seed of every random choice.
    pub seed: u64,
    /// The folder that holds runs.
    pub out: PathBuf,
    /// The name of the baseline that windows are judged by from the first on.
    pub baseline: Option<String>,
    /// The folder that holds baselines.
    pub baselines: PathBuf,
}

/// Runs `start`.
/// # Errors
/// [`CommandError`]; windows that were committed before stay committed.
pub fn start(
    options: &StartOptions,
    format: Format,
    out: &mut dyn Write,
    observer: &mut dyn Observer,
) -> Result<Exit, CommandError> {
    let environment = Environment::of_process();
    if let Some(run) = &options.resume {
        return resume(&runs::find(&options.out, run)?, &environment, out, observer);
    }
    let on_model = options.demo || options.rehearse;
    if !on_model && !options.faults.is_empty() {
        return Err(CommandError::Usage {
            what: "--fault is for the embedded target".to_owned(),
            hint: "add --demo or --rehearse".to_owned(),
        });
    }
    let scenario = options.scenario.as_deref().unwrap_or(DEMO);
    let prepared = Prepared::new(scenario, &options.overrides, options.seed, &environment, on_model)?;
    if options.dry_run {
        let text = start_plan::dry_run(&prepared, format);
        out.write_all(text.as_bytes()).map_err(CommandError::Output)?;
        return Ok(Exit::Accepted);
    }
    let faults = start_plan::faults(&options.faults, options.demo, prepared.plan.duration)?;
    let baseline = named_baseline(options, &prepared)?;
    check_disk(&options.out, &prepared.plan)?;
    if options.rehearse {
        rehearse(&prepared, faults, options, baseline.as_ref(), out, observer)
    } else {
        fresh(&prepared, faults, options, baseline.as_ref(), &environment, out, observer)
    }
}

/// The baseline that was asked for, read before the first request.
fn named_baseline(options: &StartOptions, prepared: &Prepared) -> Result<Option<Baseline>, CommandError> {
    let Some(name) = &options.baseline else { return Ok(None) };
    let path = baselines::path(&options.baselines, &prepared.plan.name, name)?;
    let baseline = baselines::read(&path)?;
    if *baseline.scenario == *prepared.plan.name {
        return Ok(Some(baseline));
    }
    let what =
        format!("it is a baseline of scenario {:?}, not of {:?}", baseline.scenario, prepared.plan.name);
    Err(StoreError::Corrupt { path, what }.into())
}

/// Puts a copy of the baseline beside the run, and tells what the two do not share.
fn lay_down(
    baseline: Option<&Baseline>,
    folder: &Path,
    manifest: &Manifest,
    observer: &mut dyn Observer,
) -> Result<(), CommandError> {
    let Some(baseline) = baseline else { return Ok(()) };
    baselines::write(&folder.join(watching::BASELINE), baseline)?;
    for (name, here, there) in baseline.provenance.differences(&fingerprint::of(manifest)) {
        let text =
            format!("warning: not as in baseline {}: {name} is {there}, and was {here}", baseline.name);
        observer.remark(&text);
    }
    Ok(())
}

fn rehearse(
    prepared: &Prepared,
    faults: Vec<Fault>,
    options: &StartOptions,
    baseline: Option<&Baseline>,
    out: &mut dyn Write,
    observer: &mut dyn Observer,
) -> Result<Exit, CommandError> {
    let started_at: Timestamp = REHEARSAL_START.parse().unwrap_or(Timestamp::UNIX_EPOCH);
    let id = RunId::new(&format!("{}-rehearsal-seed{}", prepared.plan.name, options.seed), started_at);
    let folder = options.out.join(id.as_str());
    // The same rehearsal gives the same bytes, so an earlier one in its place is no loss.
    if Manifest::read(&folder).is_ok_and(|earlier| matches!(earlier.mode, Mode::Rehearsal { .. })) {
        RunDirectory::remove(&folder)?;
    }
    let mode = Mode::Rehearsal { faults: faults.iter().map(ToString::to_string).collect() };
    let manifest = manifest(prepared, &id, mode, started_at)?;
    let directory =
        RunDirectory::create(&folder, &manifest, &heartbeat(&manifest, Beat::AtEnd), Commit::AtEnd)?;
    observer.began(&folder, "a rehearsal on a virtual clock");
    lay_down(baseline, &folder, &manifest, observer)?;
    let plan = Arc::new(prepared.plan.clone());
    let planned_end = manifest.end(&folder)?;
    let mut committer = committer(&plan, directory, manifest, planned_end, observer, Beat::AtEnd)?;
    committer.now = || Timestamp::MAX;
    let mut stop = interrupt::listen()?;
    let mut engine = RehearsalEngine::new(Arc::clone(&plan), faults, started_at);
    let end = runtime()?.block_on(session::run(
        &plan,
        Position::fresh(started_at),
        &mut engine,
        &mut stop,
        &mut |event| committer.take(event),
    ))?;
    conclude(committer, end, planned_end, out)
}

fn fresh(
    prepared: &Prepared,
    faults: Vec<Fault>,
    options: &StartOptions,
    baseline: Option<&Baseline>,
    environment: &Environment,
    out: &mut dyn Write,
    observer: &mut dyn Observer,
) -> Result<Exit, CommandError> {
    let mut stop = interrupt::listen()?;
    let mode = if options.demo {
        Mode::Demo { faults: faults.iter().map(ToString::to_string).collect() }
    } else {
        Mode::Real
    };
    let target = options.demo.then(|| embedded_target(options.seed, faults, Duration::ZERO)).transpose()?;
    let plan = match &target {
        Some(target) => prepared.at(&format!("http://{}", target.address()), environment)?,
        None => prepared.plan.clone(),
    };
    // Before there is a run: a plan whose packets may go nowhere leaves nothing behind.
    let runtime = runtime()?;
    let allowed = runtime.block_on(async {
        tokio::select! {
            allowed = GooseEngine::preflight(&plan) => Some(allowed),
            () = stop.raised() => None,
        }
    });
    // A name server that does not answer is not waited for.
    runtime.shutdown_background();
    match allowed {
        Some(allowed) => allowed?,
        None => return Ok(Exit::Inconclusive),
    }
    let started_at = whole_millis(host::clock::now());
    let (directory, manifest) = create(prepared, &options.out, &mode, started_at)?;
    lay_down(baseline, directory.folder(), &manifest, observer)?;
    let position = Position::fresh(started_at);
    drive(Launch { plan, directory, manifest, position, taken_up: None, target }, stop, out, observer)
}

/// Makes the run's folder; a second run within a second gets a number.
fn create(
    prepared: &Prepared,
    out: &Path,
    mode: &Mode,
    started_at: Timestamp,
) -> Result<(RunDirectory, Manifest), CommandError> {
    let id = RunId::new(&prepared.plan.name, started_at);
    let mut number = 1;
    loop {
        let id = if number == 1 { id.clone() } else { id.numbered(number) };
        let manifest = manifest(prepared, &id, mode.clone(), started_at)?;
        let heartbeat = heartbeat(&manifest, Beat::EveryStep);
        match RunDirectory::create(&out.join(id.as_str()), &manifest, &heartbeat, Commit::EachWindow) {
            Ok(directory) => return Ok((directory, manifest)),
            Err(StoreError::Exists { .. }) if number < 100 => number += 1,
            Err(error) => return Err(error.into()),
        }
    }
}

fn resume(
    folder: &Path,
    environment: &Environment,
    out: &mut dyn Write,
    observer: &mut dyn Observer,
) -> Result<Exit, CommandError> {
    let manifest = Manifest::read(folder)?;
    let faults = match &manifest.mode {
        Mode::Real => Vec::new(),
        Mode::Demo { faults } => {
            faults.iter().map(|text| start_plan::parse_fault(text)).collect::<Result<Vec<_>, _>>()?
        }
        Mode::Rehearsal { .. } => {
            return Err(CommandError::Usage {
                what: "a rehearsal is not resumed".to_owned(),
                hint: "run it again: the same seed gives the same bytes, in seconds".to_owned(),
            });
        }
    };
    let started_at = manifest.start(folder)?;
    let planned_end = manifest.end(folder)?;
    let stop = interrupt::listen()?;
    let (directory, committed) = RunDirectory::resume(folder, Commit::EachWindow)?;
    // Read again: until the lock was ours, the process that held it may have added to it.
    let manifest = Manifest::read(folder)?;
    let now = host::clock::now();
    let is_demo = matches!(manifest.mode, Mode::Demo { .. });
    let running = Duration::try_from(now.duration_since(started_at)).unwrap_or(Duration::ZERO);
    let is_over = now >= planned_end || committed.len() as u64 >= manifest.planned_windows;
    let target =
        (is_demo && !is_over).then(|| embedded_target(manifest.seed, faults, running)).transpose()?;
    let plan = plan_of_manifest(&manifest, folder, target.as_ref(), environment)?;
    let position = position(&plan, started_at, &committed);
    if is_over {
        let mut committer = committer(&plan, directory, manifest, planned_end, observer, Beat::EveryStep)?;
        committer.take_up(&committed)?;
        let is_whole = committed.len() as u64 >= committer.manifest.planned_windows;
        if let Some(gap) = gap_of_stop(&committed, &committer.manifest, started_at, now.min(planned_end))
            .filter(|_| !is_whole)
        {
            committer.gap(gap)?;
        }
        committer.observer.remark("the planned end has passed: writing the report");
        return conclude(committer, SessionEnd::Completed, now, out);
    }
    let launch = Launch { plan, directory, manifest, position, taken_up: Some(committed), target };
    drive(launch, stop, out, observer)
}

/// A run that is ready to be driven, from its start or from where it was cut off.
struct Launch {
    plan: Plan,
    directory: RunDirectory,
    manifest: Manifest,
    position: Position,
    /// What an earlier session committed; `None` for a fresh run.
    taken_up: Option<Vec<Window>>,
    target: Option<Target>,
}

fn drive(
    launch: Launch,
    mut stop: Stop,
    out: &mut dyn Write,
    observer: &mut dyn Observer,
) -> Result<Exit, CommandError> {
    let Launch { plan, directory, manifest, position, taken_up, target } = launch;
    let mode = if target.is_some() { "the embedded target" } else { "a real target" };
    observer.began(directory.folder(), mode);
    if let Some(left_out) = start_plan::left_out(&plan) {
        observer.remark(&left_out);
    }
    let plan = Arc::new(plan);
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
        let end =
            session::run(&plan, position, &mut engine, &mut stop, &mut |event| committer.take(event)).await;
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
        Ok(end) => conclude(committer, end, now, out),
        Err(error) => {
            // The first error is the one to tell; a heartbeat that cannot be written changes nothing about it.
            let _ = committer.finish(RunState::Failed, now);
            committer.observer.ended();
            Err(error)
        }
    }
}

/// Ends a run: last heartbeat, report, and its path as the result.
fn conclude(
    mut committer: Committer<'_>,
    end: SessionEnd,
    at: Timestamp,
    out: &mut dyn Write,
) -> Result<Exit, CommandError> {
    let state = match end {
        SessionEnd::Completed => RunState::Completed,
        SessionEnd::Stopped => RunState::Stopped,
    };
    committer.finish(state, at)?;
    let folder = committer.directory.folder().to_owned();
    let drawn = report::draw(&folder, report::Drawing::ALL)?;
    committer.observer.ended();
    committer.observer.remark(&drawn.summary);
    let is_rehearsal = matches!(committer.manifest.mode, Mode::Rehearsal { .. });
    if end == SessionEnd::Stopped && !is_rehearsal {
        committer.observer.remark(&format!(
            "stopped before the planned end; `baseline start --resume {}` goes on",
            committer.manifest.run_id
        ));
    }
    writeln!(out, "{}", folder.join(report::MARKDOWN).display()).map_err(CommandError::Output)?;
    Ok(match end {
        SessionEnd::Completed if drawn.is_judgeable => Exit::Accepted,
        _ => Exit::Inconclusive,
    })
}

fn committer<'a>(
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
fn heartbeat(manifest: &Manifest, beat: Beat) -> Heartbeat {
    let process = (beat == Beat::EveryStep).then(host::process::own_identity);
    let mut heartbeat = Heartbeat::new(RunState::Running, process);
    heartbeat.gaps = manifest.gaps.len() as u64;
    heartbeat.updated_at.clone_from(&manifest.started_at);
    heartbeat
}

fn manifest(
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

fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn plan_of_manifest(
    manifest: &Manifest,
    folder: &Path,
    target: Option<&Target>,
    environment: &Environment,
) -> Result<Plan, CommandError> {
    let path = folder.join(manifest::FILE);
    let mut file: ScenarioFile = serde_json::from_value(manifest.plan.clone())
        .map_err(|error| StoreError::Corrupt { path: path.clone(), what: format!("plan: {error}") })?;
    if matches!(manifest.mode, Mode::Demo { .. }) {
        let url = target.map_or_else(|| EMBEDDED.to_owned(), |target| format!("http://{}", target.address()));
        start_plan::move_to(&mut file, &url);
    }
    let source = Source { label: path.display().to_string(), text: String::new() };
    let settings = Settings { seed: manifest.seed, ..Settings::default() };
    Ok(plan_of(&file, &source, environment, &settings)?)
}

fn position(plan: &Plan, started_at: Timestamp, committed: &[Window]) -> Position {
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

/// The stretch between what is known of the run, its last window or gap or its start, and now.
fn gap_of_stop(
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

fn embedded_target(seed: u64, faults: Vec<Fault>, already_running: Duration) -> Result<Target, CommandError> {
    Ok(Target::start(TargetConfig { seed, faults, already_running, ..TargetConfig::default() })?)
}

/// One thread generates the load: no lock is ever waited for, and its processor time is the generator's.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime, CommandError> {
    let built = tokio::runtime::Builder::new_current_thread().enable_all().build();
    built.map_err(|source| CommandError::System { action: "start the runtime", source })
}

fn check_disk(out: &Path, plan: &Plan) -> Result<(), CommandError> {
    let needed = start_plan::bytes_on_disk(plan);
    match host::disk::free_bytes(out) {
        Some(free) if free < needed => {
            Err(CommandError::DiskSpace { needed: bytes(needed), free: bytes(free) })
        }
        _ => Ok(()),
    }
}
