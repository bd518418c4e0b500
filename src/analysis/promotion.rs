//! From accepted runs to a baseline: every cell's series, described and ready to judge from the first window.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::baseline::{Baseline, CellBaseline, CellRun, Origin, Provenance, SeriesBaseline};
use crate::domain::cell_name::CellName;
use crate::domain::metric::{Metric, Reading};
use crate::domain::percentile::Percentile;
use crate::domain::tally::Tally;
use crate::domain::time_summary::TimeKind;
use crate::domain::verdict::Validity;
use crate::domain::window::Window;
use crate::stats::autocorrelation::{at_lag, corrected};
use crate::stats::robust::describe;

use super::alert::SeriesWatch;
use super::baseline_model::{LEAST_WINDOWS, MOST_WINDOWS, judged_value, seconds};
use super::series::Scale;

/// The metrics that a baseline keeps.
pub const KEPT: [Metric; 7] = [
    Metric::Throughput,
    Metric::ErrorRatio,
    Metric::Time(TimeKind::Service, Reading::Mean),
    Metric::Time(TimeKind::Service, Reading::Percentile(Percentile::P50)),
    Metric::Time(TimeKind::Service, Reading::Percentile(Percentile::P95)),
    Metric::Time(TimeKind::Service, Reading::Percentile(Percentile::P99)),
    Metric::CacheHitRatio,
];

/// Deviation between two runs of the same code, assumed where there is only one run: 3%.
const RUN_TO_RUN: f64 = 0.03;

/// A run that becomes part of a baseline.
#[derive(Debug, Clone)]
pub struct Run {
    /// Run ID, recorded as the baseline's source.
    pub run_id: String,
    /// Start of the run, RFC 3339.
    pub started_at: String,
    /// All windows of the run, valid or not, in the order of commits.
    pub windows: Vec<Window>,
    /// Its values per cell; see [`super::gate::run_values`].
    pub values: BTreeMap<CellName, CellRun>,
}

/// Result of promoting runs to a baseline.
#[derive(Debug, Clone, PartialEq)]
pub struct Promotion {
    /// Baseline of the cells with enough valid windows.
    pub baseline: Baseline,
    /// Cells with too few valid windows, and their number of valid windows.
    pub left_out: Vec<(CellName, usize)>,
}

/// Makes a baseline of runs. Only valid windows enter it, neither rate-limited nor invalid ones.
pub fn promote(name: &str, scenario: &str, runs: &[Run], fingerprint: BTreeMap<String, String>) -> Promotion {
    let mut left_out = Vec::new();
    let mut cells = BTreeMap::new();
    for key in keys_of(runs) {
        let of_cell: Vec<Vec<&Window>> = runs.iter().map(|run| valid_of(run, &key)).collect();
        let valid = of_cell.iter().map(Vec::len).sum();
        if valid < LEAST_WINDOWS {
            left_out.push((key, valid));
        } else {
            let of_runs = runs.iter().map(|run| run.values.get(&key).cloned().unwrap_or_default()).collect();
            cells.insert(key, cell(&of_cell, of_runs));
        }
    }
    let origins = runs.iter().map(origin).collect();
    let provenance = Provenance { runs: origins, fingerprint };
    let baseline = Baseline { name: name.to_owned(), scenario: scenario.to_owned(), provenance, cells };
    Promotion { baseline, left_out }
}

fn origin(run: &Run) -> Origin {
    let tally = Tally::of(&run.windows);
    Origin {
        run_id: run.run_id.clone(),
        started_at: run.started_at.clone(),
        valid_windows: tally.valid,
        left_out: tally.windows - tally.valid,
    }
}

fn keys_of(runs: &[Run]) -> BTreeSet<CellName> {
    let windows = runs.iter().flat_map(|run| &run.windows);
    windows.map(|window| window.cell.clone()).collect()
}

fn valid_of<'a>(run: &'a Run, cell: &CellName) -> Vec<&'a Window> {
    let is_of = |window: &&Window| window.validity == Validity::Valid && window.cell == *cell;
    run.windows.iter().filter(is_of).collect()
}

fn cell(runs: &[Vec<&Window>], values: Vec<CellRun>) -> CellBaseline {
    let all = || runs.iter().flatten();
    let series = KEPT.into_iter().filter_map(|metric| Some((metric.name(), series(metric, runs)?))).collect();
    CellBaseline {
        users: all().map(|window| window.users).max().unwrap_or(0),
        failed: all().map(|window| window.counts.failed).sum(),
        judged: all().map(|window| window.counts.failed + window.counts.succeeded).sum(),
        series,
        runs: values,
    }
}

fn series(metric: Metric, runs: &[Vec<&Window>]) -> Option<SeriesBaseline> {
    let scale = Scale::of(metric);
    let of_run = |windows: &Vec<&Window>| -> Vec<(f64, f64)> {
        let values =
            windows.iter().filter_map(|window| Some((seconds(window), judged_value(metric, window)?)));
        values.filter(|(_, value)| scale.put(*value).is_some()).collect()
    };
    let mut points: Vec<Vec<(f64, f64)>> =
        runs.iter().map(of_run).filter(|points| !points.is_empty()).collect();
    points.sort_by(|left, right| left[0].0.total_cmp(&right[0].0));
    let places = |points: &[(f64, f64)]| -> Vec<f64> {
        points.iter().filter_map(|(_, value)| scale.put(*value)).collect()
    };
    let flat: Vec<f64> = points.iter().flat_map(|points| places(points)).collect();
    let described = describe(&flat).filter(|described| described.n >= LEAST_WINDOWS)?;
    let means: Vec<f64> = points.iter().map(|points| mean(&places(points))).collect();
    let rest: Vec<f64> = points
        .iter()
        .zip(&means)
        .flat_map(|(points, mean)| places(points).into_iter().map(move |place| place - mean))
        .collect();
    let lag_1 = at_lag(&rest, 1).map_or(0.0, |plain| corrected(plain, rest.len(), means.len()));
    let outlook = outlook(&points.concat(), scale, &means)?;
    let (n, mean, sigma) = (described.n, described.mean, described.sigma);
    let (median, mad_sigma) = (described.median, described.mad_sigma);
    Some(SeriesBaseline { n, mean, sigma, median, mad_sigma, lag_1, runs: means, outlook })
}

/// Forecast for the next run: what these runs taught, and the difference between runs.
fn outlook(points: &[(f64, f64)], scale: Scale, means: &[f64]) -> Option<crate::domain::baseline::Outlook> {
    let (first, rest) = points.split_at(points.len().min(MOST_WINDOWS));
    let mut watch = SeriesWatch::learn(first, scale, true)?.steadfast();
    for (at, value) in rest {
        watch.take(*at, *value);
    }
    let mut outlook = watch.outlook();
    let between = describe(means).map_or(RUN_TO_RUN, |described| described.sigma);
    let unit = if scale == Scale::Linear { 0.0 } else { 1.0 };
    outlook.covariance[0] += (between * unit).powi(2);
    Some(outlook)
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}
