//! `gate --aa`: the gate against itself, so that its false alarms on this machine are measured and not assumed.

use std::io::Write;

use serde_json::json;

use crate::analysis::gate::noise::{Splits, splits};
use crate::analysis::gate::{Design, RunOfCells};
use crate::domain::baseline::differences;
use crate::host;
use crate::report::numbers::{counted, percent, significant};
use crate::report::sentences::signed_percent;
use crate::scenario::environment::Environment;
use crate::store::noise::{self, NoiseFile, StoredSplits};

use super::super::observer::Observer;
use super::super::recorded::Recorded;
use super::super::start::{StartOptions, measure as measure_run};
use super::super::start_plan::{DEMO, Prepared};
use super::super::{CommandError, Exit, Format};
use super::evidence::{self, Fingerprint};
use super::{GateOptions, Interrupt, Outputs, noise_path};

/// The runs of a gate: those of its baseline, and those of its candidate.
const BEFORE: usize = 5;
const AFTER: usize = 3;

pub(super) fn measure(
    options: &GateOptions,
    interrupt: &Interrupt,
    format: Format,
    out: &mut dyn Write,
    observer: &mut dyn Observer,
) -> Result<Exit, CommandError> {
    if options.outputs != Outputs::default() {
        return Err(CommandError::Usage {
            what: "--aa without --ab judges no change, so there is no verdict to write".to_owned(),
            hint: "use --format json, or read the file that it names".to_owned(),
        });
    }
    let few = |runs: usize| CommandError::Usage {
        what: format!("{} do not make one gate", counted(runs as u64, "run")),
        hint: format!("{} are needed: {BEFORE} as a baseline and {AFTER} as a candidate", BEFORE + AFTER),
    };
    let planned = options.repetitions.unwrap_or(BEFORE + AFTER);
    let runs: Vec<Recorded> = if options.runs.is_empty() {
        if planned < BEFORE + AFTER {
            return Err(few(planned));
        }
        measured(options, planned, interrupt, observer)?
    } else {
        evidence::recorded(options)?.into_iter().map(|(_, run)| run).collect()
    };
    let (fingerprint, scenario) = alike(&runs)?;
    let bad: Vec<&Recorded> = runs.iter().filter(|run| evidence::is_bad(run)).collect();
    if let Some(run) = bad.first() {
        let planned = usize::try_from(run.manifest.planned_windows).unwrap_or(usize::MAX);
        let (valid, windows) = (run.valid(), run.windows.len().max(planned));
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
    let text = match format {
        Format::Json => {
            serde_json::to_string_pretty(&json!({
                "schema": 1,
                "path": path.display().to_string(),
                "runs": found.runs,
                "splits": found.splits,
                "failed": found.failed,
                "inconclusive": found.inconclusive,
                "independent_gates": found.worth(),
                "interval_95": found.interval().map(|(low, high)| [low, high]),
                "minimum_detectable_effect": found.smallest,
            }))
            .unwrap_or_default()
                + "\n"
        }
        _ => words(&found, &path.display().to_string()),
    };
    out.write_all(text.as_bytes()).map_err(CommandError::Output)?;
    Ok(Exit::Accepted)
}

fn words(found: &Splits, path: &str) -> String {
    let interval = found.interval().map_or_else(String::new, |(low, high)| {
        format!(" (95 % interval {} to {})", percent(Some(low)), percent(Some(high)))
    });
    let smallest = found.smallest.map_or_else(String::new, |smallest| {
        format!(
            "in the middle of them a change of {} would probably have been seen in any cell\n",
            signed_percent(smallest)
        )
    });
    format!(
        "of {2} of the same code, in every split that keeps their order: {0} of {1} failed{interval}, {3} could not tell\n\
         neighbours share runs, so together they are worth {4} independent gates; more runs make it surer\n\
         {smallest}kept in {path}\n",
        found.failed,
        counted(found.splits as u64, "gate"),
        counted(found.runs as u64, "run"),
        found.inconclusive,
        significant(found.worth())
    )
}

/// Runs of one plan, one after the other.
fn measured(
    options: &GateOptions,
    planned: usize,
    interrupt: &Interrupt,
    observer: &mut dyn Observer,
) -> Result<Vec<Recorded>, CommandError> {
    let environment = Environment::of_process();
    let start = options.at(None);
    let scenario = match &start.scenario {
        Some(scenario) => scenario.clone(),
        None if start.demo || start.rehearse => DEMO.to_owned(),
        None => {
            return Err(CommandError::Usage {
                what: "there is nothing to measure".to_owned(),
                hint: "name recorded runs, a --scenario, or --demo".to_owned(),
            });
        }
    };
    let mut runs: Vec<Recorded> = Vec::new();
    for done in 0..planned {
        let start = StartOptions { seed: start.seed + done as u64, ..start.clone() };
        let on_model = start.demo || start.rehearse;
        let prepared = Prepared::new(&scenario, &start.overrides, start.seed, &environment, on_model)?;
        match measure_run(&start, &prepared, &environment, interrupt.stop()?, observer)? {
            Some(finished) if finished.is_complete() => runs.push(Recorded::read(&finished.folder)?),
            _ => return Err(CommandError::GateInterrupted { done, planned }),
        }
    }
    Ok(runs)
}

/// The scenario and fingerprint that all runs share.
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

/// What is known of a machine before anything was measured.
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

/// The wall clock, RFC 3339.
pub(super) fn now() -> String {
    format!("{:.0}", host::clock::now())
}

/// What was kept, as it was found.
pub(super) fn splits_of(stored: &StoredSplits) -> Splits {
    let size = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
    Splits {
        runs: stored.runs.len(),
        before: size(stored.before),
        after: size(stored.after),
        splits: size(stored.splits),
        failed: size(stored.failed),
        inconclusive: size(stored.inconclusive),
        smallest: stored.smallest,
    }
}
