//! `baselines/<scenario>/<name>.json`: accepted behaviour, committed and diffable. Keys are sorted, `schema` first.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::domain::baseline::{Baseline, CellBaseline, CellRun, Origin, Outlook, Provenance, SeriesBaseline};
use crate::domain::cell_name::CellName;

use super::atomic_write::write_atomically;
use super::{StoreError, bounded};

/// File name of the copy in a run's folder, so that the run can be read without the original.
pub const COPY: &str = "baseline.json";
/// The schema that this version writes, and the newest it reads.
pub const SCHEMA: u64 = 1;

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    schema: u64,
    cells: BTreeMap<String, BTreeMap<String, CellEntry>>,
    fingerprint: BTreeMap<String, String>,
    name: String,
    runs: Vec<OriginEntry>,
    scenario: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CellEntry {
    failed: u64,
    judged: u64,
    /// In the order of the file's `runs`; empty in files of earlier versions.
    #[serde(default)]
    runs: Vec<CellRunEntry>,
    series: BTreeMap<String, SeriesEntry>,
    /// The steps of a workload of several requests.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    steps: BTreeMap<String, CellEntry>,
    users: u32,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CellRunEntry {
    failed: u64,
    judged: u64,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    merged: BTreeMap<String, f64>,
    requests: u64,
    throttled: u64,
    values: BTreeMap<String, f64>,
    windows: u64,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SeriesEntry {
    lag_1: f64,
    mad_sigma: f64,
    mean: f64,
    median: f64,
    outlook: OutlookEntry,
    runs: Vec<f64>,
    sigma: f64,
    windows: usize,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OutlookEntry {
    count: f64,
    covariance: [f64; 15],
    lag_1: f64,
    spacing_s: f64,
    state: [f64; 5],
    variance: f64,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OriginEntry {
    left_out: u64,
    run: String,
    started_at: String,
    valid_windows: u64,
}

/// Path of a baseline's file: `<folder>/<scenario>/<name>.json`.
/// # Errors
/// [`StoreError::BadName`] for a scenario or name that is not a plain file name.
pub fn path(folder: &Path, scenario: &str, name: &str) -> Result<PathBuf, StoreError> {
    let is_plain = |text: &str| {
        !text.is_empty()
            && text.len() <= 100
            && !text.starts_with('.')
            && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
    };
    match [scenario, name].into_iter().find(|text| !is_plain(text)) {
        Some(text) => Err(StoreError::BadName { name: text.to_owned() }),
        None => Ok(folder.join(scenario).join(format!("{name}.json"))),
    }
}

/// The names of the baselines of all scenarios, in no order; two scenarios may have one of the same name.
pub fn names(folder: &Path) -> Vec<String> {
    let scenarios = std::fs::read_dir(folder).into_iter().flatten().flatten();
    scenarios.flat_map(|scenario| names_in(&scenario.path())).collect()
}

/// The names of the baselines of one scenario, sorted.
pub fn names_of(folder: &Path, scenario: &str) -> Vec<String> {
    let mut names = names_in(&folder.join(scenario));
    names.sort();
    names
}

/// The files of the baselines of all scenarios, in no order.
pub fn paths(folder: &Path) -> Vec<PathBuf> {
    let scenarios = std::fs::read_dir(folder).into_iter().flatten().flatten();
    scenarios.flat_map(|scenario| files_in(&scenario.path())).collect()
}

fn names_in(folder: &Path) -> Vec<String> {
    files_in(folder).iter().filter_map(|path| path.file_stem()?.to_str().map(str::to_owned)).collect()
}

fn files_in(folder: &Path) -> Vec<PathBuf> {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|file| file.path());
    files.filter(|path| path.extension().is_some_and(|ending| ending == "json")).collect()
}

/// Writes a baseline, completely or not at all. Creates its folder.
/// # Errors
/// [`StoreError`]; an earlier baseline of that name is then intact.
pub fn write(path: &Path, baseline: &Baseline) -> Result<(), StoreError> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(StoreError::io("create", folder))?;
    }
    write_atomically(path, text(baseline, path)?.as_bytes())
}

/// The content of a baseline's file; `path` is for the error.
/// # Errors
/// [`StoreError::Corrupt`] where it cannot be encoded.
pub fn text(baseline: &Baseline, path: &Path) -> Result<String, StoreError> {
    let mut text = serde_json::to_string_pretty(&File::from(baseline)).map_err(corrupt(path))?;
    text.push('\n');
    Ok(text)
}

/// Reads a baseline and checks that its numbers are possible.
/// # Errors
/// [`StoreError`] where it does not exist, has a newer schema, is not a baseline, or contains impossible numbers.
pub fn read(path: &Path) -> Result<Baseline, StoreError> {
    if !path.exists() {
        return Err(StoreError::NoBaseline { path: path.to_owned() });
    }
    parse(&bounded::read(path, bounded::MEDIUM)?, path)
}

/// Reads the content of a baseline's file.
/// # Errors
/// As [`read`].
pub fn parse(bytes: &[u8], path: &Path) -> Result<Baseline, StoreError> {
    // The schema first: a newer file may have a different shape.
    let value: serde_json::Value = serde_json::from_slice(bytes).map_err(corrupt(path))?;
    let found = value.get("schema").and_then(serde_json::Value::as_u64).unwrap_or(0);
    if found > SCHEMA {
        return Err(StoreError::NewerSchema { path: path.to_owned(), found, known: SCHEMA });
    }
    if found == 0 {
        let what = "schema is missing or not a number above 0".to_owned();
        return Err(StoreError::Corrupt { path: path.to_owned(), what });
    }
    let file: File = serde_json::from_value(value).map_err(corrupt(path))?;
    file.baseline().map_err(|what| StoreError::Corrupt { path: path.to_owned(), what })
}

fn corrupt(path: &Path) -> impl Fn(serde_json::Error) -> StoreError {
    move |error| StoreError::Corrupt { path: path.to_owned(), what: error.to_string() }
}

impl From<&Baseline> for File {
    fn from(baseline: &Baseline) -> Self {
        let mut cells: BTreeMap<String, BTreeMap<String, CellEntry>> = BTreeMap::new();
        let (wholes, steps): (Vec<_>, Vec<_>) =
            baseline.cells.iter().partition(|(name, _)| name.step.is_none());
        for (name, cell) in wholes {
            let levels = cells.entry(name.workload.to_string()).or_default();
            levels.insert(name.level.to_string(), CellEntry::from(cell));
        }
        for (name, cell) in steps {
            let levels = cells.get_mut(&*name.workload);
            if let (Some(whole), Some(step)) = (levels.and_then(|all| all.get_mut(&*name.level)), &name.step)
            {
                whole.steps.insert(step.to_string(), CellEntry::from(cell));
            }
        }
        let runs = baseline.provenance.runs.iter().map(|origin| OriginEntry {
            left_out: origin.left_out,
            run: origin.run_id.clone(),
            started_at: origin.started_at.clone(),
            valid_windows: origin.valid_windows,
        });
        Self {
            schema: SCHEMA,
            cells,
            fingerprint: baseline.provenance.fingerprint.clone(),
            name: baseline.name.clone(),
            runs: runs.collect(),
            scenario: baseline.scenario.clone(),
        }
    }
}

impl File {
    fn baseline(self) -> Result<Baseline, String> {
        let mut cells = BTreeMap::new();
        let known = self.runs.len();
        for (endpoint, levels) in self.cells {
            for (level, mut cell) in levels {
                let whole = CellName::new(endpoint.as_str(), level);
                for (step, cell) in std::mem::take(&mut cell.steps) {
                    let name = CellName { step: Some(step.into()), ..whole.clone() };
                    let cell = cell.cell(known).map_err(|what| format!("{name}: {what}"))?;
                    cells.insert(name, cell);
                }
                let cell = cell.cell(known).map_err(|what| format!("{whole}: {what}"))?;
                cells.insert(whole, cell);
            }
        }
        let runs = self.runs.into_iter().map(|entry| Origin {
            run_id: entry.run,
            started_at: entry.started_at,
            valid_windows: entry.valid_windows,
            left_out: entry.left_out,
        });
        let provenance = Provenance { runs: runs.collect(), fingerprint: self.fingerprint };
        Ok(Baseline { name: self.name, scenario: self.scenario, provenance, cells })
    }
}

impl From<&CellBaseline> for CellEntry {
    fn from(cell: &CellBaseline) -> Self {
        let series = cell.series.iter().map(|(metric, series)| (metric.clone(), SeriesEntry::from(series)));
        Self {
            failed: cell.failed,
            judged: cell.judged,
            runs: cell.runs.iter().map(CellRunEntry::from).collect(),
            series: series.collect(),
            steps: BTreeMap::new(),
            users: cell.users,
        }
    }
}

impl CellEntry {
    fn cell(self, known: usize) -> Result<CellBaseline, String> {
        if self.failed > self.judged {
            return Err(format!("{} of {} requests cannot have failed", self.failed, self.judged));
        }
        if !self.runs.is_empty() && self.runs.len() != known {
            return Err(format!(
                "it has values of {} runs, but the file lists {known} runs",
                self.runs.len()
            ));
        }
        let mut runs = self.runs.into_iter().map(CellRunEntry::run).collect::<Result<Vec<_>, _>>()?;
        runs.resize(known, CellRun::default());
        let mut series = BTreeMap::new();
        for (metric, entry) in self.series {
            let entry = entry.series().map_err(|what| format!("{metric}: {what}"))?;
            series.insert(metric, entry);
        }
        Ok(CellBaseline { users: self.users, failed: self.failed, judged: self.judged, series, runs })
    }
}

impl From<&CellRun> for CellRunEntry {
    fn from(run: &CellRun) -> Self {
        Self {
            failed: run.failed,
            judged: run.judged,
            merged: run.merged.clone(),
            requests: run.requests,
            throttled: run.throttled,
            values: run.values.clone(),
            windows: run.windows,
        }
    }
}

impl CellRunEntry {
    fn run(self) -> Result<CellRun, String> {
        let Self { failed, judged, merged, requests, throttled, values, windows } = self;
        if failed > judged || throttled > requests || judged > requests || requests > MOST_REQUESTS {
            return Err("a run has inconsistent request counts".to_owned());
        }
        if !values.values().chain(merged.values()).all(|value| value.abs() <= MOST_LOG) {
            return Err("a value of a run is out of range".to_owned());
        }
        Ok(CellRun { windows, failed, judged, throttled, requests, values, merged })
    }
}

impl From<&SeriesBaseline> for SeriesEntry {
    fn from(series: &SeriesBaseline) -> Self {
        let Outlook { state, covariance, variance, lag_1, count, spacing_s } = series.outlook;
        Self {
            lag_1: series.lag_1,
            mad_sigma: series.mad_sigma,
            mean: series.mean,
            median: series.median,
            outlook: OutlookEntry { count, covariance, lag_1, spacing_s, state, variance },
            runs: series.runs.clone(),
            sigma: series.sigma,
            windows: series.n,
        }
    }
}

impl SeriesEntry {
    fn series(self) -> Result<SeriesBaseline, String> {
        let OutlookEntry { count, covariance, lag_1, spacing_s, state, variance } = self.outlook;
        if self.windows < 2 {
            return Err("fewer than two windows".to_owned());
        }
        if self.sigma < 0.0 || self.mad_sigma < 0.0 || variance < 0.0 {
            return Err("standard deviation below 0".to_owned());
        }
        if !(0.0..1.0).contains(&self.lag_1) || !(0.0..1.0).contains(&lag_1) {
            return Err("autocorrelation not between 0 and 1".to_owned());
        }
        let is_within = |value: f64, most: f64| value > 0.0 && value <= most;
        let is_spread = is_covariance(&covariance)
            && is_within(variance, MOST_VARIANCE)
            && is_within(count, MOST_VALUES)
            && is_within(spacing_s, LONGEST_SPACING_S);
        if !is_spread {
            return Err("invalid forecast".to_owned());
        }
        // Beyond that no time or rate has its logarithm.
        let levels = [self.mean, self.median, self.sigma, self.mad_sigma];
        if !levels.iter().chain(&state).chain(&self.runs).all(|level| level.abs() <= MOST_LOG) {
            return Err("a baseline value is out of range".to_owned());
        }
        Ok(SeriesBaseline {
            n: self.windows,
            mean: self.mean,
            sigma: self.sigma,
            median: self.median,
            mad_sigma: self.mad_sigma,
            lag_1: self.lag_1,
            runs: self.runs,
            outlook: Outlook { state, covariance, variance, lag_1, count, spacing_s },
        })
    }
}

/// More than any run sends, and small enough that a thousand runs can be added up.
const MOST_REQUESTS: u64 = 1_000_000_000_000_000;
/// Largest absolute logarithm of a value: a number with 43 digits.
const MOST_LOG: f64 = 100.0;
/// Largest variance of such a value.
const MOST_VARIANCE: f64 = MOST_LOG * MOST_LOG;
/// More values than any series has.
const MOST_VALUES: f64 = 1e12;
/// Longest time between two windows: 30 years.
const LONGEST_SPACING_S: f64 = 1e9;

/// Whether the upper triangle can be that of a covariance matrix: each pair keeps its bound.
fn is_covariance(entries: &[f64; 15]) -> bool {
    let diagonal = [0, 5, 9, 12, 14].map(|place| entries[place]);
    let mut places = (0..5).flat_map(|i| (i..5).map(move |j| (i, j)));
    entries.iter().all(|entry| {
        let (i, j) = places.next().unwrap_or_default();
        entry.is_finite() && entry * entry <= diagonal[i] * diagonal[j] * (1.0 + 1e-6)
    }) && diagonal.iter().all(|variance| (0.0..=MOST_VARIANCE).contains(variance))
}
