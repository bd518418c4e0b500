//! Comparison of a run with a baseline: before, after, change, its interval, and the verdict.
//!
//! Before and after are values of a typical window (geometric mean of windows), which is what baselines keep.

use std::collections::BTreeMap;

use crate::domain::baseline::{Baseline, SeriesBaseline};
use crate::domain::cell_name::CellName;
use crate::domain::metric::{Direction, Metric, Reading};
use crate::domain::percentile::Percentile;
use crate::domain::verdict::{Validity, Verdict};
use crate::domain::window::Window;
use crate::stats::Estimate;
use crate::stats::multiplicity::benjamini_hochberg;
use crate::stats::proportion::{fisher_exact, wilson_95};
use crate::stats::robust::describe;
use crate::stats::t_test::{Mean, welch};

use super::baseline_model::{LEAST_WINDOWS, judged_value};
use super::promotion::KEPT;
use super::series::Scale;

/// False discovery rate: the expected fraction of false alarms among the changes that are reported.
const LEVEL: f64 = 0.05;
/// Smallest change of the error ratio that is reported. Units: ratio.
const ERROR_FLOOR: f64 = 0.005;
/// The same for the cache hit ratio. Units: ratio.
const CACHE_FLOOR: f64 = 0.05;

/// One metric of one cell, before and after.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Cell, or step of a cell, that is compared.
    pub cell: CellName,
    /// Metric that is compared, one of [`KEPT`].
    pub metric: Metric,
    /// Baseline value. Units: the metric's; geometric mean of windows for times and throughput.
    pub before: f64,
    /// Value of the run, in the same unit.
    pub after: f64,
    /// After over before with its 95% interval; for ratios, the ratio of the run with the interval of the change around it.
    pub change: Estimate,
    /// Probability of such a difference by chance, adjusted for the number of rows.
    pub p: f64,
    /// The difference in standard deviations between windows, above 0 where the run is better; `None` for errors, and
    /// where windows never differ.
    pub effect: Option<f64>,
    /// Outcome of the comparison of this metric.
    pub verdict: Verdict,
}

impl Row {
    /// The change, oriented so that above 0 is better: 0.2 is a fifth less time, or a fifth more throughput.
    ///
    /// `None` for ratios; their difference is reported instead.
    pub fn improvement(&self) -> Option<Estimate> {
        let Estimate { value, low, high } = self.change;
        match (self.metric, self.metric.direction()) {
            (metric, _) if is_ratio(metric) => None,
            (_, Direction::LowerIsBetter) => {
                Some(Estimate { value: 1.0 - value, low: 1.0 - high, high: 1.0 - low })
            }
            (_, Direction::HigherIsBetter) => {
                Some(Estimate { value: value - 1.0, low: low - 1.0, high: high - 1.0 })
            }
        }
    }
}

/// Comparison of a run with a baseline, over all cells.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Comparison {
    /// By cell, then in the order of [`KEPT`]; metrics that one side lacks are left out.
    pub rows: Vec<Row>,
    /// Cells that only one side has, or that have too few valid windows.
    pub not_compared: Vec<CellName>,
    /// Whether one side has several runs and so shows how much runs differ; otherwise intervals are too narrow by that
    /// much.
    pub knows_runs: bool,
}

/// A metric of a cell on one side, on the metric's scale.
#[derive(Debug, Clone, Copy)]
struct Sample {
    mean: Mean,
    /// Standard deviation of all windows; with several runs it includes the differences between them.
    sigma: f64,
    /// Number of runs behind the variance; `None` where it comes from the windows of one run.
    runs: Option<f64>,
}

impl Sample {
    fn of_windows(metric: Metric, windows: &[&Window]) -> Option<Self> {
        let scale = Scale::of(metric);
        let values: Vec<f64> = windows
            .iter()
            .filter_map(|window| judged_value(metric, window))
            .filter_map(|value| scale.put(value))
            .collect();
        let mean = Mean::of_series(&values).filter(|_| values.len() >= LEAST_WINDOWS)?;
        Some(Self { mean, sigma: describe(&values)?.sigma, runs: None })
    }

    fn of_baseline(known: &SeriesBaseline) -> Self {
        let sigma = known.sigma;
        // With several runs, the run is the unit.
        if let Some(runs) = describe(&known.runs) {
            let (count, between) = (runs.n as f64, runs.sigma.powi(2));
            let mean = Mean { mean: runs.mean, variance: between / count, degrees: count - 1.0 };
            return Self { mean, sigma, runs: Some(count) };
        }
        let mean = Mean::of_described_series(known.n, known.mean, sigma, known.lag_1);
        Self { mean, sigma, runs: None }
    }
}

/// Compares two baselines, or runs turned into baselines. Metrics of `after` that `before` lacks are left out.
pub fn compare_baselines(before: &Baseline, after: &Baseline) -> Comparison {
    let knows_runs = before.provenance.runs.len() > 1 || after.provenance.runs.len() > 1;
    let mut comparison = Comparison { knows_runs, ..Comparison::default() };
    for (key, known) in &before.cells {
        let Some(other) = after.cells.get(key) else {
            comparison.not_compared.push(key.clone());
            continue;
        };
        for metric in KEPT {
            let name = metric.name();
            let row = match metric {
                Metric::ErrorRatio => errors(key, (known.failed, known.judged), (other.failed, other.judged)),
                _ => known.series.get(&name).zip(other.series.get(&name)).map(|(series, other)| {
                    times(key, metric, &Sample::of_baseline(series), &Sample::of_baseline(other))
                }),
            };
            comparison.rows.extend(row);
        }
    }
    let strangers = after.cells.keys().filter(|key| !before.cells.contains_key(*key));
    comparison.not_compared.extend(strangers.cloned());
    judge(&mut comparison.rows);
    comparison
}

/// Compares the valid windows of a run with a baseline.
pub fn compare(baseline: &Baseline, windows: &[Window]) -> Comparison {
    let mut cells: BTreeMap<CellName, Vec<&Window>> = BTreeMap::new();
    for window in windows.iter().filter(|window| window.validity == Validity::Valid) {
        cells.entry(window.cell.clone()).or_default().push(window);
    }
    let mut comparison =
        Comparison { knows_runs: baseline.provenance.runs.len() > 1, ..Comparison::default() };
    for (key, known) in &baseline.cells {
        let Some(windows) = cells.remove(key).filter(|windows| windows.len() >= LEAST_WINDOWS) else {
            comparison.not_compared.push(key.clone());
            continue;
        };
        for metric in KEPT {
            let row = match metric {
                Metric::ErrorRatio => errors(key, (known.failed, known.judged), judged(&windows)),
                _ => known.series.get(&metric.name()).and_then(|series| {
                    let after = Sample::of_windows(metric, &windows)?;
                    Some(times(key, metric, &Sample::of_baseline(series), &after))
                }),
            };
            comparison.rows.extend(row);
        }
    }
    comparison.not_compared.extend(cells.into_keys());
    judge(&mut comparison.rows);
    comparison
}

/// Whether a metric is a ratio of counts, whose changes are differences: of the requests that failed, or came from a cache.
pub fn is_ratio(metric: Metric) -> bool {
    matches!(metric, Metric::ErrorRatio | Metric::CacheHitRatio)
}

/// Smallest change that is reported; the tails of a distribution vary more than its middle.
fn floor(metric: Metric) -> f64 {
    match metric {
        Metric::Time(_, Reading::Percentile(Percentile::P95 | Percentile::P99 | Percentile::P999)) => 0.10,
        _ => 0.05,
    }
}

fn times(key: &CellName, metric: Metric, before: &Sample, after: &Sample) -> Row {
    let (first, second) = match (before.runs, after.runs) {
        (Some(runs), None) => beside_runs(&before.mean, runs, &after.mean),
        (None, Some(runs)) => {
            let (runs, single) = beside_runs(&after.mean, runs, &before.mean);
            (single, runs)
        }
        _ => (before.mean, after.mean),
    };
    let difference = welch(&first, &second);
    // Two series that never vary differ exactly, or not at all.
    let exact = second.mean - first.mean;
    let change =
        difference.map_or(Estimate { value: exact, low: exact, high: exact }, |found| found.estimate);
    let scale = Scale::of(metric);
    let change = if is_ratio(metric) {
        change.map(|away| scale.take(first.mean + away))
    } else {
        change.map(f64::exp)
    };
    let p = difference
        .map_or(if second.mean.to_bits() == first.mean.to_bits() { 1.0 } else { 0.0 }, |difference| {
            difference.p
        });
    Row {
        cell: key.clone(),
        metric,
        before: scale.take(first.mean),
        after: scale.take(second.mean),
        change,
        p,
        effect: effect(metric, before, after),
        verdict: Verdict::Inconclusive,
    }
}

/// A single run varies around the mean of others as much as they do, on the same degrees of freedom, unless its windows
/// vary more than that.
fn beside_runs(known: &Mean, runs: f64, single: &Mean) -> (Mean, Mean) {
    let between = known.variance * runs;
    if single.variance > between {
        return (*known, *single);
    }
    (Mean { variance: between * (1.0 + 1.0 / runs), ..*known }, Mean { variance: 0.0, ..*single })
}

/// Cohen's d on the metric's scale, oriented so that above 0 is better.
fn effect(metric: Metric, before: &Sample, after: &Sample) -> Option<f64> {
    let sigma = f64::midpoint(before.sigma.powi(2), after.sigma.powi(2)).sqrt();
    let gain = match metric.direction() {
        Direction::LowerIsBetter => before.mean.mean - after.mean.mean,
        Direction::HigherIsBetter => after.mean.mean - before.mean.mean,
    };
    (sigma > 0.0).then(|| gain / sigma)
}

/// Failed requests, and failed plus succeeded requests.
fn judged(windows: &[&Window]) -> (u64, u64) {
    let failed = windows.iter().map(|window| window.counts.failed).sum::<u64>();
    (failed, failed + windows.iter().map(|window| window.counts.succeeded).sum::<u64>())
}

fn errors(key: &CellName, before: (u64, u64), (failed, judged): (u64, u64)) -> Option<Row> {
    let (low, high) = wilson_95(failed, judged)?;
    let value = failed as f64 / judged as f64;
    Some(Row {
        cell: key.clone(),
        metric: Metric::ErrorRatio,
        before: (before.1 > 0).then(|| before.0 as f64 / before.1 as f64)?,
        after: value,
        change: Estimate { value, low, high },
        p: fisher_exact(before, (failed, judged)),
        effect: None,
        verdict: Verdict::Inconclusive,
    })
}

fn judge(rows: &mut [Row]) {
    let p: Vec<f64> = rows.iter().map(|row| row.p).collect();
    for (row, p) in rows.iter_mut().zip(benjamini_hochberg(&p)) {
        row.p = p;
        row.verdict = verdict(row);
    }
}

fn verdict(row: &Row) -> Verdict {
    let is_lower_better = row.metric.direction() == Direction::LowerIsBetter;
    let (is_large, is_higher, is_within) = if is_ratio(row.metric) {
        let away = row.after - row.before;
        let floor = if row.metric == Metric::ErrorRatio { ERROR_FLOOR } else { CACHE_FLOOR };
        let within = |end: f64| (end - row.before).abs() < floor;
        (away.abs() >= floor, away > 0.0, within(row.change.low) && within(row.change.high))
    } else {
        let floor = floor(row.metric).ln_1p();
        let away = row.change.value.ln();
        let within = |end: f64| end.ln().abs() < floor;
        (away.abs() >= floor, away > 0.0, within(row.change.low) && within(row.change.high))
    };
    match (row.p < LEVEL && is_large, is_within) {
        (true, _) if is_higher == is_lower_better => Verdict::Regressed,
        (true, _) => Verdict::Improved,
        (false, true) => Verdict::Unchanged,
        (false, false) => Verdict::Inconclusive,
    }
}
