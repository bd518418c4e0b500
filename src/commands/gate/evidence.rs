//! Evidence of a recorded run for a gate: whether it may be compared and judged, its values, its SLO violations.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::analysis::gate::noise::Splits;
use crate::analysis::gate::{Design, OutcomesOfCells, Settings};
use crate::analysis::objective::sample::{Beyond, Sample};
use crate::analysis::objective::stretches::{Violation, tests_of, violations};
use crate::commands::CommandError;
use crate::domain::cell_name::CellName;
use crate::domain::objective::Objective;
use crate::domain::tally::Shortfall;
use crate::domain::time_summary::TimeKind;
use crate::domain::window::Window;
use crate::report::gate::NoiseView;
use crate::report::wording::numbers::counted;
use crate::run::fingerprint::{FAULTS, fingerprint_of as fingerprint_of_run};
use crate::run::recorded::Recorded;
use crate::run::state::is_running;
use crate::run::stored_plan::StoredPlan;
use crate::scenario::file::ScenarioFile;
use crate::scenario::objectives::{self, SeriesTerms};
use crate::stats::proportion::wilson_95;
use crate::store::manifest::{self, Manifest, hash_of_bytes};
use crate::store::noise::StoredSplits;
use crate::store::{StoreError, histogram_log, noise, runs};

use super::options::{GateOptions, noise_path};

/// Conditions that must be equal, by name.
pub(super) type Fingerprint = BTreeMap<String, String>;

/// The conditions that measurements of different code must share. Faults of the demo server belong to the code, not to
/// the measurement, so they are left out.
pub(super) fn fingerprint_of(manifest: &Manifest) -> Fingerprint {
    without_faults(fingerprint_of_run(manifest))
}

/// A fingerprint, such as a baseline's, without faults.
pub(super) fn without_faults(mut fingerprint: Fingerprint) -> Fingerprint {
    fingerprint.remove(FAULTS);
    fingerprint
}

/// A short hash of a fingerprint: 16 hexadecimal digits.
pub(super) fn identity_of(fingerprint: &Fingerprint) -> String {
    let text: String =
        fingerprint.iter().flat_map(|(name, value)| [name.as_str(), "\0", value.as_str(), "\0"]).collect();
    hash_of_bytes(text.as_bytes()).chars().take(16).collect()
}

/// Reads the named runs in the order of their starts; an error where one is still running, or named twice.
pub(super) fn recorded(options: &GateOptions) -> Result<Vec<(PathBuf, Recorded)>, CommandError> {
    let mut all: Vec<(PathBuf, Recorded)> = Vec::new();
    for wanted in &options.runs {
        let folder = runs::find(&options.start.out, wanted)?;
        let run = Recorded::read(&folder)?;
        let run_id = run.manifest.run_id.clone();
        if is_running(&folder) {
            return Err(CommandError::Usage {
                what: format!("run {run_id} is still running"),
                hint: "use it after it has ended; `baseline status` shows the planned end".to_owned(),
            });
        }
        if all.iter().any(|(_, known)| known.manifest.run_id == run_id) {
            return Err(CommandError::Usage {
                what: format!("run {run_id} is given twice"),
                hint: "give each run once; a repeated run would look like a confirmation".to_owned(),
            });
        }
        all.push((folder, run));
    }
    all.sort_by(|(_, left), (_, right)| left.manifest.started_at.cmp(&right.manifest.started_at));
    Ok(all)
}

/// Whether a run was measured too badly to compare even its errors.
pub(super) fn is_bad(run: &Recorded) -> bool {
    run.tally().shortfall(run.manifest.planned_windows).is_some_and(Shortfall::spoils_counts)
}

/// What the requests of each cell of some windows show; steps are part of their whole. `name` maps a cell to its name on a
/// side; `None` leaves it out.
pub(super) fn outcomes_of<'a>(
    windows: impl IntoIterator<Item = &'a Window>,
    name: impl Fn(&CellName) -> Option<CellName>,
) -> OutcomesOfCells {
    let mut all = OutcomesOfCells::new();
    for window in windows.into_iter().filter(|window| window.cell.step.is_none()) {
        if let Some(cell) = name(&window.cell) {
            all.entry(cell).or_default().add(window);
        }
    }
    all
}

/// Remarks for a run with missing windows or damaged files.
pub(super) fn shortcoming(run: &Recorded) -> Vec<String> {
    let (run_id, windows, planned) =
        (&run.manifest.run_id, run.tally().windows, run.manifest.planned_windows);
    let missing = (windows < planned)
        .then(|| format!("{run_id} has {windows} of {}", counted(planned, "planned window")));
    let warnings = run.warnings.iter().map(|warning| format!("{run_id}: {warning}"));
    missing.into_iter().chain(warnings).collect()
}

/// The SLO violations of a run. `name` maps an endpoint's name in the run to that in the scenario; `None` excludes it.
pub(super) fn violated_objectives(
    folder: &Path,
    run: &Recorded,
    name: impl Fn(&str) -> Option<String>,
    remarks: &mut Vec<String>,
) -> Result<Vec<Violation>, CommandError> {
    let plan = StoredPlan::of(&run.manifest);
    let Some(file) = plan.terms(folder)? else { return Ok(Vec::new()) };
    let objectives: BTreeMap<String, Objective> = terms_of(file, folder)?
        .into_iter()
        .filter(|(_, terms)| name(&terms.workload).is_some() && !terms.objective.is_empty())
        .map(|(series, terms)| (series, terms.objective))
        .collect();
    if objectives.is_empty() {
        return Ok(Vec::new());
    }
    if let Some(what) = run.log.damaged.values().next() {
        let path = folder.join(histogram_log::FILE);
        let remedy = "restore it from a copy: the SLOs for service time cannot be checked without it";
        return Err(StoreError::Damaged { path, what: what.clone(), remedy }.into());
    }
    let mut beyond = times_beyond(folder, &run.windows, &objectives, remarks)?;
    let mut cells: BTreeMap<CellName, Vec<Sample>> = BTreeMap::new();
    for window in &run.windows {
        if let (Some(sample), true) = (Sample::of(window), objectives.contains_key(&window.cell.series())) {
            let key = (window.number, window.cell.step.clone());
            let sample = Sample { beyond: beyond.remove(&key), ..sample };
            cells.entry(window.cell.clone()).or_default().push(sample);
        }
    }
    let tests =
        cells.iter().map(|(cell, windows)| tests_of(&objectives[&cell.series()], windows.len())).sum();
    let mut all = Vec::new();
    for (cell, windows) in &cells {
        let Some(name) = name(&cell.workload) else { continue };
        let found = violations(&objectives[&cell.series()], windows, tests);
        all.extend(found.into_iter().map(|(kind, limit, stretch)| Violation {
            run_id: run.manifest.run_id.clone(),
            cell: CellName { workload: name.as_str().into(), ..cell.clone() },
            kind,
            limit,
            stretch,
        }));
    }
    Ok(all)
}

/// Times beyond a limit by number of the window and step.
type BeyondOfRows = BTreeMap<(u64, Option<Arc<str>>), Beyond>;

fn terms_of(file: &ScenarioFile, folder: &Path) -> Result<BTreeMap<String, SeriesTerms>, StoreError> {
    let corrupt = |what| StoreError::Corrupt { path: folder.join(manifest::FILE), what };
    objectives::terms_of(file).map_err(corrupt)
}

/// The times of each window beyond the limit of its p95, by its number and step. Without a log those limits are not judged, which a
/// remark states.
fn times_beyond(
    folder: &Path,
    windows: &[Window],
    objectives: &BTreeMap<String, Objective>,
    remarks: &mut Vec<String>,
) -> Result<BeyondOfRows, StoreError> {
    let mut beyond = BTreeMap::new();
    if objectives.values().all(|objective| objective.p95.is_none()) {
        return Ok(beyond);
    }
    let path = folder.join(histogram_log::FILE);
    if !histogram_log::exists(&path) {
        let name = histogram_log::FILE;
        remarks.push(format!("SLOs for p95 service time were not checked for runs without {name}"));
        return Ok(beyond);
    }
    histogram_log::read_each(&path, windows, |window, kind, histogram| {
        let objective = objectives.get(&window.cell.series());
        if let (Some(objective), TimeKind::Service) = (objective, kind)
            && let Some(found) = Beyond::of(&histogram, objective)
        {
            beyond.insert((window.number, window.cell.step.clone()), found);
        }
        Ok(())
    })?;
    Ok(beyond)
}

/// The conditions that determine a gate's false-positive rate: fingerprint and settings.
pub(super) fn noise_key(fingerprint: &Fingerprint, settings: &Settings) -> Fingerprint {
    let Settings { design, floor, tail_floor, error_floor, drift } = settings;
    let mut key = fingerprint.clone();
    let mut put = |name: &str, value: String| key.insert(format!("gate.{name}"), value);
    put("floor", floor.to_string());
    put("tail_floor", tail_floor.to_string());
    put("error_floor", error_floor.to_string());
    match design {
        Design::Stored => put("drift", drift.to_string()),
        Design::Interleaved => put("design", "interleaved".to_owned()),
    };
    key
}

/// The measured false-positive rate of this gate on this machine; `None` where none was measured or it cannot be read.
pub(super) fn noise_of(
    options: &GateOptions,
    scenario: &str,
    fingerprint: &Fingerprint,
    settings: &Settings,
    remarks: &mut Vec<String>,
) -> Option<NoiseView> {
    let path = noise_path(options, scenario, &identity_of(&noise_key(fingerprint, settings)));
    // A verdict that took hours must not be lost because of an unreadable file.
    let file = noise::read(&path).unwrap_or_else(|error| {
        remarks.push(format!("cannot read the false-alarm rate of this machine: {error}"));
        None
    })?;
    match settings.design {
        Design::Interleaved => {
            let gates = file.interleaved.gates - file.interleaved.inconclusive;
            (gates > 0).then(|| NoiseView {
                measured_at: file.measured_at,
                gates,
                failed: file.interleaved.failed,
                worth: gates as f64,
                interval: wilson_95(file.interleaved.failed, gates),
            })
        }
        Design::Stored => {
            let splits = splits_of(&file.stored?);
            let gates = splits.conclusive() as u64;
            (gates > 0).then(|| NoiseView {
                measured_at: file.measured_at,
                gates,
                failed: splits.failed as u64,
                worth: splits.worth(),
                interval: splits.interval(),
            })
        }
    }
}

/// The stored counts as the result of an analysis.
fn splits_of(stored: &StoredSplits) -> Splits {
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
