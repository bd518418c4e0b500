//! A new run from its options to its end: of a real target, of the demo server, or rehearsed on a virtual clock.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::demo::model::SWING;
use crate::demo::{DemoConfig, DemoServer, Fault};
use crate::domain::baseline::Baseline;
use crate::domain::run::{RunId, RunState};
use crate::domain::units::{after, whole_millis};
use crate::host;
use crate::load::rehearsal::RehearsalEngine;
use crate::load::session::{self, Position};
use crate::load::stop::Stop;
use crate::scenario::environment::Environment;
use crate::store::manifest::{Manifest, Mode, hash_of, hash_of_bytes};
use crate::store::run_directory::{Commit, RunDirectory};
use crate::store::{StoreError, baselines};

use super::committer::Beat;
use super::create::{create, heartbeat, manifest_of};
use super::drive::{Finished, Launch, announce, check_allowed, committer, conclude, drive};
use super::error::RunError;
use super::event::{Event, Subject};
use super::feed::{Feed, WhenFull};
use super::fingerprint::fingerprint_of;
use super::options::RunOptions;
use super::preflight;
use super::prepared::{self, Prepared, check_disk};
use super::runtime::runtime;

/// Start of a rehearsal's virtual clock: constant, so that the same seed gives the same bytes.
const REHEARSAL_START: &str = "2026-01-01T00:00:00Z";

/// Digits of a rehearsal's hash in its ID: two plans of one name and seed share it in one of four billion cases.
const SHORT_HASH: usize = 8;

/// Measures a plan from its first request to its last; `None` where it was interrupted before there was a run.
/// # Errors
/// [`RunError`]; windows that were committed before stay committed.
pub fn launch(
    options: &RunOptions,
    prepared: &Prepared,
    environment: &Environment,
    stop: Stop,
    feed: &Feed,
) -> Result<Option<Finished>, RunError> {
    let faults = prepared::faults(&options.faults, options.demo, prepared.plan.duration)?;
    let baseline = named_baseline(options, prepared)?;
    check_disk(&options.out, &prepared.plan)?;
    if options.rehearse {
        rehearse(prepared, faults, options, baseline.as_ref(), stop, feed).map(Some)
    } else {
        fresh(prepared, faults, options, baseline.as_ref(), environment, stop, feed)
    }
}

/// The baseline that the options name, read before the first request.
/// # Errors
/// [`RunError`] where there is none of that name, or it cannot be read.
pub fn named_baseline(options: &RunOptions, prepared: &Prepared) -> Result<Option<Baseline>, RunError> {
    let Some(name) = &options.baseline else { return Ok(None) };
    let path = baselines::path(&options.baselines, &prepared.plan.name, name)?;
    let baseline = baselines::read(&path).map_err(|error| match error {
        StoreError::NoBaseline { path } => RunError::NoBaseline {
            scenario: prepared.plan.name.to_string(),
            name: name.clone(),
            path,
            known: baselines::names_of(&options.baselines, &prepared.plan.name),
            measure: options.plain_command(),
        },
        error => error.into(),
    })?;
    if *baseline.scenario == *prepared.plan.name {
        return Ok(Some(baseline));
    }
    let what =
        format!("this is a baseline of scenario {:?}, not of {:?}", baseline.scenario, prepared.plan.name);
    Err(StoreError::Corrupt { path, what }.into())
}

/// The text of the baseline's copy in the run's folder.
fn copy_of(baseline: Option<&Baseline>) -> Result<Option<String>, StoreError> {
    baseline.map(|baseline| baselines::text(baseline, Path::new(baselines::COPY))).transpose()
}

/// Publishes the conditions in which the run differs from its baseline.
fn differ(baseline: Option<&Baseline>, manifest: &Manifest, feed: &Feed) {
    let Some(baseline) = baseline else { return };
    for (name, there, here) in baseline.provenance.differences(&fingerprint_of(manifest)) {
        let baseline = baseline.name.clone();
        feed.publish(Event::Differs { baseline, name, there, here }, WhenFull::Wait);
    }
}

/// Start of the virtual clock of rehearsals.
pub fn rehearsal_start() -> Timestamp {
    REHEARSAL_START.parse().unwrap_or(Timestamp::UNIX_EPOCH)
}

fn rehearse(
    prepared: &Prepared,
    faults: Vec<Fault>,
    options: &RunOptions,
    baseline: Option<&Baseline>,
    mut stop: Stop,
    feed: &Feed,
) -> Result<Finished, RunError> {
    let origin = rehearsal_start();
    let started_at = after(origin, prepared.passed);
    let daily_swing = options.daily_swing;
    let mode = Mode::Rehearsal { faults: faults.iter().map(ToString::to_string).collect(), daily_swing };
    let copy = copy_of(baseline)?;
    let manifest = rehearsal_manifest(prepared, mode, copy.as_deref(), started_at)?;
    let folder = options.out.join(&manifest.run_id);
    // The same rehearsal gives the same bytes, so replacing an earlier one loses nothing.
    if Manifest::read(&folder).is_ok_and(|earlier| matches!(earlier.mode, Mode::Rehearsal { .. })) {
        RunDirectory::remove(&folder)?;
    }
    let beat = heartbeat(&manifest, Beat::AtEnd);
    let directory = RunDirectory::create_with(&folder, &manifest, &beat, Commit::AtEnd, copy.as_deref())?;
    announce(&prepared.plan, &folder, Subject::Rehearsal, feed);
    differ(baseline, &manifest, feed);
    let plan = Arc::new(prepared.plan.clone());
    let planned_end = manifest.end(&folder)?;
    let mut committer = committer(&plan, directory, manifest, planned_end, feed, Beat::AtEnd)?;
    let swing = swing_of(daily_swing);
    committer.now = || Timestamp::MAX;
    let mut engine = RehearsalEngine::new(Arc::clone(&plan), faults, swing, origin).after(prepared.passed);
    let ended = runtime()?.block_on(session::run(
        &plan,
        Position::fresh(started_at),
        &mut engine,
        &mut stop,
        &mut |event| committer.take(event),
    ));
    match ended {
        Ok(end) => conclude(committer, Subject::Rehearsal, end, planned_end),
        Err(error) => {
            // The first error is the one to report.
            let _ = committer.finish(RunState::Failed, planned_end);
            Err(error.into())
        }
    }
}

/// The relative size of the model's daily swing.
fn swing_of(percent: Option<u32>) -> f64 {
    percent.map_or(SWING, |percent| f64::from(percent) / 100.0)
}

/// The manifest of a rehearsal. Its ID names the seed and a hash of everything else that its bytes depend on: the scenario
/// with its overrides, the faults, the daily swing and the baseline. So only the same rehearsal has the same folder.
fn rehearsal_manifest(
    prepared: &Prepared,
    mode: Mode,
    baseline: Option<&str>,
    started_at: Timestamp,
) -> Result<Manifest, RunError> {
    let id = RunId::new(&prepared.plan.name, started_at);
    let mut manifest = manifest_of(prepared, &id, mode, started_at)?;
    manifest.baseline_hash = baseline.map(|text| hash_of_bytes(text.as_bytes()));
    let (faults, daily_swing) = match &manifest.mode {
        Mode::Rehearsal { faults, daily_swing } => (faults.as_slice(), *daily_swing),
        _ => (&[][..], None),
    };
    let swing = swing_of(daily_swing);
    let parts = serde_json::json!([manifest.scenario_hash, faults, swing, manifest.baseline_hash]);
    let hash = hash_of(&parts);
    let short = hash.get(..SHORT_HASH).unwrap_or(&hash);
    let name = format!("{}-rehearsal-seed{}-{short}", prepared.id_name(), prepared.plan.seed);
    manifest.run_id = RunId::new(&name, started_at).to_string();
    Ok(manifest)
}

fn fresh(
    prepared: &Prepared,
    faults: Vec<Fault>,
    options: &RunOptions,
    baseline: Option<&Baseline>,
    environment: &Environment,
    mut stop: Stop,
    feed: &Feed,
) -> Result<Option<Finished>, RunError> {
    let mode = if options.demo {
        Mode::Demo { faults: faults.iter().map(ToString::to_string).collect() }
    } else {
        Mode::Real
    };
    let demo = options.demo.then(|| demo_server(options.seed, faults, Duration::ZERO)).transpose()?;
    let plan = match &demo {
        Some(demo) => prepared.at(&format!("http://{}", demo.address()), environment)?,
        None => prepared.plan.clone(),
    };
    if !check_allowed(&plan, &mut stop)? {
        return Ok(None);
    }
    let is_asked = mode == Mode::Real && !options.no_preflight && plan.duration > preflight::LONG;
    if is_asked {
        match preflight::ask_target(&plan, &mut stop)? {
            preflight::Asked::Interrupted => return Ok(None),
            preflight::Asked::Works(troubles) => {
                for trouble in troubles {
                    feed.notice(format!("warning: {trouble}"));
                }
            }
        }
    }
    let started_at = whole_millis(host::clock::now());
    let copy = copy_of(baseline)?;
    let (directory, manifest) = create(prepared, &options.out, &mode, started_at, copy.as_deref())?;
    differ(baseline, &manifest, feed);
    let position = Position::fresh(started_at);
    let launch = Launch { plan, directory, manifest, position, taken_up: None, demo, sequel: None };
    drive(launch, stop, feed).map(Some)
}

pub(super) fn demo_server(
    seed: u64,
    faults: Vec<Fault>,
    already_running: Duration,
) -> Result<DemoServer, RunError> {
    Ok(DemoServer::start(DemoConfig { seed, faults, already_running, ..DemoConfig::default() })?)
}
