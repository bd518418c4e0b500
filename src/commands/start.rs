//! `baseline start`: runs a plan from the first request to the report, or takes a run up again where it was cut off.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::domain::baseline::Baseline;
use crate::domain::plan::Plan;
use crate::domain::run::RunId;
use crate::domain::units::whole_millis;
use crate::host;
use crate::load::rehearsal::RehearsalEngine;
use crate::load::session::{self, Position, SessionEnd};
use crate::load::stop::Stop;
use crate::scenario::environment::Environment;
use crate::scenario::file::ScenarioFile;
use crate::scenario::overrides::Overrides;
use crate::scenario::{Settings, Source, plan_of};
use crate::store::manifest::{self, Manifest, Mode};
use crate::store::run_directory::{Commit, RunDirectory};
use crate::store::{StoreError, baselines, runs};
use crate::target::{Fault, Target};

use super::committer::Beat;
use super::launch::{
    Finished, Launch, check_disk, committer, conclude, create, drive, embedded_target, gap_of_stop,
    heartbeat, manifest_of, position_of, preflight, runtime,
};
use super::observer::Observer;
use super::start_plan::{self, DEMO, EMBEDDED, Prepared};
use super::{CommandError, Exit, Format, fingerprint, interrupt, report, watching};

/// Where a rehearsal's virtual clock starts: always there, so that the same seed gives the same bytes.
const REHEARSAL_START: &str = "2026-01-01T00:00:00Z";

/// What `start` was asked to do.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line, or of the gate")]
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
    /// Whether reports are drawn at the end.
    pub is_drawn: bool,
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
        let folder = runs::find(&options.out, run)?;
        return tell(&resume(&folder, &environment, observer)?, out);
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
    match measure(options, &prepared, &environment, interrupt::listen()?, observer)? {
        Some(finished) => tell(&finished, out),
        None => Ok(Exit::Inconclusive),
    }
}

/// The path of the report is the result.
fn tell(finished: &Finished, out: &mut dyn Write) -> Result<Exit, CommandError> {
    let report = finished.folder.join(report::MARKDOWN);
    writeln!(out, "{}", report.display()).map_err(CommandError::Output)?;
    Ok(finished.exit())
}

/// One run of a plan from its first request to its report; `None` where it was interrupted before there was a run.
pub(super) fn measure(
    options: &StartOptions,
    prepared: &Prepared,
    environment: &Environment,
    stop: Stop,
    observer: &mut dyn Observer,
) -> Result<Option<Finished>, CommandError> {
    let faults = start_plan::faults(&options.faults, options.demo, prepared.plan.duration)?;
    let baseline = named_baseline(options, prepared)?;
    check_disk(&options.out, &prepared.plan)?;
    if options.rehearse {
        rehearse(prepared, faults, options, baseline.as_ref(), stop, observer).map(Some)
    } else {
        fresh(prepared, faults, options, baseline.as_ref(), environment, stop, observer)
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
    mut stop: Stop,
    observer: &mut dyn Observer,
) -> Result<Finished, CommandError> {
    let started_at: Timestamp = REHEARSAL_START.parse().unwrap_or(Timestamp::UNIX_EPOCH);
    let id = RunId::new(&format!("{}-rehearsal-seed{}", prepared.plan.name, options.seed), started_at);
    let folder = options.out.join(id.as_str());
    // The same rehearsal gives the same bytes, so an earlier one in its place is no loss.
    if Manifest::read(&folder).is_ok_and(|earlier| matches!(earlier.mode, Mode::Rehearsal { .. })) {
        RunDirectory::remove(&folder)?;
    }
    let mode = Mode::Rehearsal { faults: faults.iter().map(ToString::to_string).collect() };
    let manifest = manifest_of(prepared, &id, mode, started_at)?;
    let directory =
        RunDirectory::create(&folder, &manifest, &heartbeat(&manifest, Beat::AtEnd), Commit::AtEnd)?;
    observer.began(&folder, "a rehearsal on a virtual clock");
    lay_down(baseline, &folder, &manifest, observer)?;
    let plan = Arc::new(prepared.plan.clone());
    let planned_end = manifest.end(&folder)?;
    let mut committer = committer(&plan, directory, manifest, planned_end, observer, Beat::AtEnd)?;
    committer.now = || Timestamp::MAX;
    let mut engine = RehearsalEngine::new(Arc::clone(&plan), faults, started_at);
    let end = runtime()?.block_on(session::run(
        &plan,
        Position::fresh(started_at),
        &mut engine,
        &mut stop,
        &mut |event| committer.take(event),
    ))?;
    conclude(committer, end, planned_end, options.is_drawn)
}

fn fresh(
    prepared: &Prepared,
    faults: Vec<Fault>,
    options: &StartOptions,
    baseline: Option<&Baseline>,
    environment: &Environment,
    mut stop: Stop,
    observer: &mut dyn Observer,
) -> Result<Option<Finished>, CommandError> {
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
    if !preflight(&plan, &mut stop)? {
        return Ok(None);
    }
    let started_at = whole_millis(host::clock::now());
    let (directory, manifest) = create(prepared, &options.out, &mode, started_at)?;
    lay_down(baseline, directory.folder(), &manifest, observer)?;
    let position = Position::fresh(started_at);
    let is_drawn = options.is_drawn;
    let launch =
        Launch { plan, directory, manifest, position, taken_up: None, target, sequel: None, is_drawn };
    drive(launch, stop, observer).map(Some)
}

fn resume(
    folder: &Path,
    environment: &Environment,
    observer: &mut dyn Observer,
) -> Result<Finished, CommandError> {
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
    let position = position_of(&plan, started_at, &committed);
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
        return conclude(committer, SessionEnd::Completed, now, true);
    }
    let taken_up = Some(committed);
    let launch =
        Launch { plan, directory, manifest, position, taken_up, target, sequel: None, is_drawn: true };
    drive(launch, stop, observer)
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
