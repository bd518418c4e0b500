//! A baseline: the accepted behaviour of every cell, from one or more runs.

use std::collections::BTreeMap;

use super::cell_name::CellName;

/// The accepted behaviour of every cell of a scenario.
#[derive(Debug, Clone, PartialEq)]
pub struct Baseline {
    /// Its name, such as `main`.
    pub name: String,
    /// The scenario it belongs to.
    pub scenario: String,
    /// Where it comes from.
    pub provenance: Provenance,
    /// By cell.
    pub cells: BTreeMap<CellName, CellBaseline>,
}

/// Where a baseline comes from, and what another measurement must share to be held against it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provenance {
    /// The runs, in the order in which they were given.
    pub runs: Vec<Origin>,
    /// What must be equal: by name, such as `window` or `host.cores`, sorted.
    pub fingerprint: BTreeMap<String, String>,
}

impl Provenance {
    /// What is not equal to another fingerprint: name, here and there; `-` where one does not have it.
    pub fn differences(&self, other: &BTreeMap<String, String>) -> Vec<(String, String, String)> {
        differences(&self.fingerprint, other)
    }
}

/// What is not equal in two fingerprints: name, here and there; `-` where one does not have it.
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
    /// Its identity.
    pub run_id: String,
    /// When it started, RFC 3339.
    pub started_at: String,
    /// Windows that were taken.
    pub valid_windows: u64,
    /// Windows that were left out: throttled or invalid.
    pub left_out: u64,
}

/// The accepted behaviour of one cell.
#[derive(Debug, Clone, PartialEq)]
pub struct CellBaseline {
    /// Users of the level.
    pub users: u32,
    /// Requests that failed, and all that were judged.
    pub failed: u64,
    /// Failed and succeeded requests.
    pub judged: u64,
    /// By the metric's name.
    pub series: BTreeMap<String, SeriesBaseline>,
    /// What each run says of the cell, in the order of [`Provenance::runs`].
    pub runs: Vec<CellRun>,
}

/// What one run says of a cell: the run is the unit of the gate.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CellRun {
    /// Its valid windows.
    pub windows: u64,
    /// Requests of valid windows that failed.
    pub failed: u64,
    /// Requests of valid windows that failed or succeeded.
    pub judged: u64,
    /// Requests of all windows that were refused for their number.
    pub throttled: u64,
    /// Requests of all windows.
    pub requests: u64,
    /// By the metric's name, the mean of the logarithms of the windows' values, where nearly all windows have one.
    pub values: BTreeMap<String, f64>,
    /// By the metric's name, the logarithm of the percentile of all windows' requests together, where windows have too
    /// few to carry it.
    pub merged: BTreeMap<String, f64>,
}

/// One metric of a cell, on the scale of that metric: logarithms of times and throughput, error ratios as they are.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesBaseline {
    /// Windows.
    pub n: usize,
    /// Mean of the logarithms.
    pub mean: f64,
    /// Their standard deviation.
    pub sigma: f64,
    /// Their median.
    pub median: f64,
    /// Their median absolute deviation, scaled to sigma.
    pub mad_sigma: f64,
    /// Their lag-1 autocorrelation, bias-corrected.
    pub lag_1: f64,
    /// The mean of each run, in the order of their starts; a run without a value is left out.
    pub runs: Vec<f64>,
    /// What to expect of the next window.
    pub outlook: Outlook,
}

/// What to expect next: level and daily swing with their uncertainty, and the noise about them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outlook {
    /// Level; cosine and sine of the day; cosine and sine of half a day.
    pub state: [f64; 5],
    /// Their covariance, row by row, on and above its diagonal.
    pub covariance: [f64; 15],
    /// Variance of the noise.
    pub variance: f64,
    /// How much a value depends on the one before.
    pub lag_1: f64,
    /// From how many values the noise is known.
    pub count: f64,
    /// Seconds between values.
    pub spacing_s: f64,
}
