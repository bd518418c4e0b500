//! `gate --aa`: runs the gate on equal code, to measure its false-positive rate on this machine.

use std::io::Write;

use crate::analysis::gate::noise::splits;
use crate::analysis::gate::{Design, RunOfCells};
use crate::commands::{CommandError, Exit, Format};
use crate::domain::baseline::differences;
use crate::host;
use crate::report::console::calibrate::{calibration_json, calibration_text};
use crate::run::feed::Feed;
use crate::run::launch::launch;
use crate::run::options::RunOptions;
use crate::run::prepared::DEMO;
use crate::run::recorded::Recorded;
use crate::scenario::environment::Environment;
use crate::store::noise;
use crate::store::noise::{NoiseFile, StoredSplits};

use super::evidence;
use super::evidence::Fingerprint;
use super::options::{GateOptions, Interrupt, noise_path, prepare};
use super::outputs::Outputs;

/// Runs per side of a gate: baseline and candidate.
const BEFORE: usize = 5;
const AFTER: usize = 3;

pub(super) fn measure(
    options: &GateOptions,
    interrupt: &Interrupt,
    format: Format,
    out: &mut dyn Write,
    feed: &Feed,
) -> Result<Exit, CommandError> {
    if options.outputs != Outputs::default() {
        return Err(CommandError::Usage {
            what: "--aa without --ab has no verdict to write".to_owned(),
            hint: "use --format json, or read the file whose path it prints".to_owned(),
        });
    }
    if format == Format::Markdown {
        return Err(CommandError::Usage {
            what: "--aa without --ab has no Markdown".to_owned(),
            hint: "use --format text or json".to_owned(),
        });
    }
    let few = |runs: usize| CommandError::Usage {
        what: format!("{runs} of the {} runs that --aa needs", BEFORE + AFTER),
        hint: format!("use at least {BEFORE} runs as a baseline and {AFTER} as a candidate"),
    };
    let planned = options.repetitions.unwrap_or(BEFORE + AFTER);
    let runs: Vec<Recorded> = if options.runs.is_empty() {
        if planned < BEFORE + AFTER {
            return Err(few(planned));
        }
        measured(options, planned, interrupt, feed)?
    } else {
        evidence::recorded(options)?.into_iter().map(|(_, run)| run).collect()
    };
    let (fingerprint, scenario) = alike(&runs)?;
    let bad: Vec<&Recorded> = runs.iter().filter(|run| evidence::is_bad(run)).collect();
    if let Some(run) = bad.first() {
        let tally = run.tally();
        let (valid, windows) = (tally.valid, tally.windows.max(run.manifest.planned_windows));
        return Err(CommandError::BadRun { run_id: run.manifest.run_id.clone(), valid, windows });
    }
    let values: Vec<RunOfCells> = runs.iter().map(|run| run.values.clone()).collect();
    let settings = options.settings(Design::Stored);
    let found = splits(&values, BEFORE, AFTER, &settings).ok_or_else(|| few(runs.len()))?;
    let key = evidence::noise_key(&fingerprint, &settings);
    let path = noise_path(options, &scenario, &evidence::identity_of(&key));
    let mut file = match noise::read(&path)? {
        Some(file) => file,
        None => new_file(key),
    };
    file.measured_at = now();
    file.stored = Some(StoredSplits {
        after: AFTER as u64,
        before: BEFORE as u64,
        failed: found.failed as u64,
        inconclusive: found.inconclusive as u64,
        runs: runs.iter().map(|run| run.manifest.run_id.clone()).collect(),
        smallest: found.smallest,
        splits: found.splits as u64,
    });
    noise::write(&path, &file)?;
    let path = path.display().to_string();
    let text = match format {
        Format::Json => calibration_json(&found, &path),
        _ => calibration_text(&found, &path),
    };
    out.write_all(text.as_bytes()).map_err(CommandError::Output)?;
    Ok(Exit::Accepted)
}

/// Measures runs of one plan, one after the other.
fn measured(
    options: &GateOptions,
    planned: usize,
    interrupt: &Interrupt,
    feed: &Feed,
) -> Result<Vec<Recorded>, CommandError> {
    let environment = Environment::of_process();
    let start = options.at(None);
    let scenario = match &start.scenario {
        Some(scenario) => scenario.clone(),
        None if start.demo || start.rehearse => DEMO.to_owned(),
        None => {
            return Err(CommandError::Usage {
                what: "nothing to measure".to_owned(),
                hint: "give recorded runs, a --scenario, or --demo".to_owned(),
            });
        }
    };
    let mut runs: Vec<Recorded> = Vec::new();
    for done in 0..planned {
        let start = RunOptions { seed: start.seed + done as u64, ..start.clone() };
        let prepared = prepare(&scenario, &start, &environment)?;
        match launch(&start, &prepared, &environment, interrupt.stop()?, feed)? {
            Some(finished) if finished.is_complete() => runs.push(Recorded::read(&finished.folder)?),
            _ => return Err(CommandError::GateInterrupted { done, planned }),
        }
    }
    Ok(runs)
}

/// The scenario and fingerprint that all runs share; an error where they differ.
fn alike(runs: &[Recorded]) -> Result<(Fingerprint, String), CommandError> {
    let Some(first) = runs.first() else { return Ok(Default::default()) };
    let fingerprint = evidence::fingerprint_of(&first.manifest);
    for run in runs {
        let other = evidence::fingerprint_of(&run.manifest);
        let mut differences: Vec<String> =
            differences(&fingerprint, &other).into_iter().map(|(name, ..)| name).collect();
        if run.manifest.scenario != first.manifest.scenario {
            differences.insert(0, "scenario".to_owned());
        }
        if !differences.is_empty() {
            return Err(CommandError::NotComparable { run_id: run.manifest.run_id.clone(), differences });
        }
    }
    Ok((fingerprint, first.manifest.scenario.clone()))
}

/// An empty noise file, before anything was measured.
pub(super) fn new_file(fingerprint: Fingerprint) -> NoiseFile {
    NoiseFile {
        schema: noise::SCHEMA,
        fingerprint,
        interleaved: noise::Ledger::default(),
        measured_at: now(),
        stored: None,
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}

/// Current time of the wall clock, RFC 3339.
pub(super) fn now() -> String {
    format!("{:.0}", host::clock::now())
}
