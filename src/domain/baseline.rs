//! A baseline: the accepted behaviour of every cell, from one or more runs.

use std::collections::BTreeMap;

use super::cell_name::CellName;

/// The accepted behaviour of every cell of a scenario.
#[derive(Debug, Clone, PartialEq)]
pub struct Baseline {
    /// File-name part that people choose, such as `main`; unique within its scenario.
    pub name: String,
    /// Name of the scenario whose runs it was built from.
    pub scenario: String,
    /// Runs it was built from, and the conditions they were measured under.
    pub provenance: Provenance,
    /// One entry per cell, or per step of a cell.
    pub cells: BTreeMap<CellName, CellBaseline>,
}

/// Runs that a baseline was built from, and the conditions that a measurement must share to be compared with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provenance {
    /// Source runs, in the order in which they were given.
    pub runs: Vec<Origin>,
    /// Conditions that must be equal, by name, such as `window` or `host.cores`; sorted.
    pub fingerprint: BTreeMap<String, String>,
}

impl Provenance {
    /// Conditions that differ from another fingerprint: name, here and there; `-` where one lacks it.
    pub fn differences(&self, other: &BTreeMap<String, String>) -> Vec<(String, String, String)> {
        differences(&self.fingerprint, other)
    }
}

/// Conditions that differ between two fingerprints: name, here and there; `-` where one lacks it.
pub fn differences(
    here: &BTreeMap<String, String>,
    there: &BTreeMap<String, String>,
) -> Vec<(String, String, String)> {
    let names: std::collections::BTreeSet<&String> = here.keys().chain(there.keys()).collect();
    let of = |map: &BTreeMap<String, String>, name: &String| {
        map.get(name).cloned().unwrap_or_else(|| "-".to_owned())
    };
    names
        .into_iter()
        .map(|name| (name.clone(), of(here, name), of(there, name)))
        .filter(|(_, here, there)| here != there)
        .collect()
}

/// A run that a baseline comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Run ID, which is also the name of the run's folder.
    pub run_id: String,
    /// Start of the run, RFC 3339, UTC.
    pub started_at: String,
    /// Valid windows, the only ones that enter the baseline.
    pub valid_windows: u64,
    /// Windows left out of the baseline: rate-limited or invalid.
    pub left_out: u64,
}

/// The accepted behaviour of one cell.
#[derive(Debug, Clone, PartialEq)]
pub struct CellBaseline {
    /// Concurrent users of the cell's load level.
    pub users: u32,
    /// Failed requests of valid windows, over all runs.
    pub failed: u64,
    /// Failed and succeeded requests of valid windows, over all runs; rate-limited ones are not among them.
    pub judged: u64,
    /// Statistics per metric, by the name from [`Metric::name`](super::metric::Metric::name).
    pub series: BTreeMap<String, SeriesBaseline>,
    /// The cell in each run, in the order of [`Provenance::runs`].
    pub runs: Vec<CellRun>,
}

/// One cell in one run. The gate compares runs, so this is its unit of measurement.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CellRun {
    /// Valid windows of the cell in this run.
    pub windows: u64,
    /// Requests of valid windows that failed.
    pub failed: u64,
    /// Requests of valid windows that failed or succeeded.
    pub judged: u64,
    /// Requests of all windows that were rate-limited (429).
    pub throttled: u64,
    /// Requests of all windows, valid or not.
    pub requests: u64,
    /// By metric name: the mean logarithm of the windows' values, where nearly all windows have a value.
    pub values: BTreeMap<String, f64>,
    /// By metric name: the logarithm of the percentile over the requests of all windows together, where single windows
    /// have too few requests to support it.
    pub merged: BTreeMap<String, f64>,
}

/// One metric of a cell, on the scale of that metric: logarithms of times and throughput, error ratios as they are.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesBaseline {
    /// Valid windows that have a value.
    pub n: usize,
    /// Mean of the windows' values, on the metric's scale.
    pub mean: f64,
    /// Standard deviation (n - 1) of the windows' values, on the metric's scale.
    pub sigma: f64,
    /// Median of the windows' values, on the metric's scale.
    pub median: f64,
    /// Median absolute deviation of the windows' values, scaled to estimate sigma.
    pub mad_sigma: f64,
    /// Lag-1 autocorrelation of the windows' values, bias-corrected; -1 to 1.
    pub lag_1: f64,
    /// Mean of each run, in the order of their starts; a run without a value is left out.
    pub runs: Vec<f64>,
    /// Forecast for the next window, as it stood at the end of the last run.
    pub outlook: Outlook,
}

/// Forecast of a metric: level and daily swing with their uncertainty, and the noise around them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outlook {
    /// Level; cosine and sine of the day; cosine and sine of half a day.
    pub state: [f64; 5],
    /// Covariance of `state`: its upper triangle with the diagonal, row by row.
    pub covariance: [f64; 15],
    /// Variance of the noise, on the squared scale of the metric.
    pub variance: f64,
    /// Lag-1 autocorrelation of the noise: how much a value depends on the one before; -1 to 1.
    pub lag_1: f64,
    /// Number of values from which the noise was estimated.
    pub count: f64,
    /// Typical time between two values, in seconds.
    pub spacing_s: f64,
}
