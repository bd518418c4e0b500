//! One metric over all cells of a gate: how much each cell moved, with what uncertainty, and what moved them together.
//!
//! Machine-wide noise moves all cells of a run together, and each cell has noise of its own. The two are separated: the
//! movement of a cell beyond the others is judged against its own noise, and the common movement against the machine's,
//! with an allowance for drift. A t test on each value alone fails 63 to 100% of gates after a drift of 10%, and misses
//! +10% at 3% noise in one gate of five. Source of the moderated variance: Smyth (2004), with fixed prior degrees.

use crate::stats::robust::describe;
use crate::stats::{moderation, normal, t_test};

use super::feasible::{LEAST_CELLS, LEAST_ENDPOINTS};

/// The weight of all cells' variance in that of one, as degrees of freedom: the most, where cells vary alike, and the
/// least, where each has its own.
const PRIOR_DEGREES: f64 = 8.0;
const LEAST_PRIOR_DEGREES: f64 = 1.0;

/// A metric's values, oriented so that above 0 is slower, as differences between two sides.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Samples {
    /// How much each cell moved: mean logarithm after, less that before.
    pub(super) differences: Vec<f64>,
    /// Distance of each run from the mean of its side, `[run][cell]`.
    pub(super) deviations: Vec<Vec<f64>>,
    /// Degrees of freedom of the deviations.
    pub(super) degrees: f64,
    /// Variance of a difference, in multiples of the variance of one run.
    pub(super) factor: f64,
}

impl Samples {
    /// Two groups of runs, each `[run][cell]`; `None` with too few runs to show how they vary.
    pub(super) fn of_groups(before: &[Vec<f64>], after: &[Vec<f64>]) -> Option<Self> {
        let (n, k) = (before.len(), after.len());
        let runs = (n >= 1 && k >= 1 && n + k >= 3).then_some(n + k)?;
        let ((first, mut deviations), (second, more)) = (centred(before)?, centred(after)?);
        deviations.extend(more);
        Some(Self {
            differences: second.iter().zip(&first).map(|(after, before)| after - before).collect(),
            deviations,
            degrees: runs as f64 - 2.0,
            factor: 1.0 / n as f64 + 1.0 / k as f64,
        })
    }

    /// Interleaved rounds of two sides, each `[round][cell]`; `None` with too few rounds to show how they vary.
    pub(super) fn of_rounds(first: &[Vec<f64>], second: &[Vec<f64>]) -> Option<Self> {
        let pairs: Vec<Vec<f64>> = first
            .iter()
            .zip(second)
            .map(|(first, second)| second.iter().zip(first).map(|(after, before)| after - before).collect())
            .collect();
        let rounds = (pairs.len() >= 2).then_some(pairs.len() as f64)?;
        let (differences, deviations) = centred(&pairs)?;
        Some(Self { differences, deviations, degrees: rounds - 1.0, factor: 1.0 / rounds })
    }
}

impl Samples {
    /// The deviation of each run that all its cells share.
    fn run_offsets(&self) -> Vec<f64> {
        let mean = |run: &Vec<f64>| run.iter().sum::<f64>() / run.len() as f64;
        self.deviations.iter().map(mean).collect()
    }

    /// The variance of each cell beyond the shared one.
    fn own_variances(&self) -> Vec<f64> {
        let (run_offsets, count) = (self.run_offsets(), self.differences.len());
        let of_cell = |cell: usize| {
            let squares =
                self.deviations.iter().zip(&run_offsets).map(|(run, offset)| (run[cell] - offset).powi(2));
            squares.sum::<f64>() / (self.degrees * (1.0 - 1.0 / count as f64))
        };
        (0..count).map(of_cell).collect()
    }
}

/// How much the cells' variances may borrow from each other, from their similarity over all metrics. With few cells,
/// the maximum.
pub(super) fn prior_degrees(metrics: &[&Samples]) -> f64 {
    let spreads: Vec<(f64, f64)> = metrics
        .iter()
        .filter(|samples| samples.differences.len() >= LEAST_CELLS)
        .filter_map(|samples| {
            // A cell that never varies, such as the throughput of an open loop, has no logarithm.
            let logs: Vec<f64> = samples.own_variances().into_iter().map(f64::ln).collect();
            let count = logs.len() as f64;
            Some((describe(&logs)?.sigma.powi(2), samples.degrees * (1.0 - 1.0 / count)))
        })
        .collect();
    let mean = |of: &dyn Fn(&(f64, f64)) -> f64| spreads.iter().map(of).sum::<f64>() / spreads.len() as f64;
    let (spread, degrees) = (mean(&|one| one.0), mean(&|one| one.1));
    if spreads.is_empty() {
        return PRIOR_DEGREES;
    }
    moderation::prior_degrees(spread, degrees, LEAST_PRIOR_DEGREES, PRIOR_DEGREES)
}

/// The mean of each cell, and each run's distance from it.
fn centred(runs: &[Vec<f64>]) -> Option<(Vec<f64>, Vec<Vec<f64>>)> {
    let cells = runs.first()?.len();
    let means: Vec<f64> =
        (0..cells).map(|cell| runs.iter().map(|run| run[cell]).sum::<f64>() / runs.len() as f64).collect();
    let away = |run: &Vec<f64>| run.iter().zip(&means).map(|(value, mean)| value - mean).collect();
    let deviations = runs.iter().map(away).collect();
    Some((means, deviations))
}

/// How much one cell moved, with standard errors.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct CellChange {
    /// Change on the logarithmic scale; above 0 is slower.
    pub(super) difference: f64,
    /// Standard error of `difference`, machine-wide noise included.
    pub(super) error: f64,
    pub(super) degrees: f64,
    /// Change beyond the common movement; the difference itself where that is unknown.
    pub(super) alone: f64,
    pub(super) alone_error: f64,
    pub(super) alone_degrees: f64,
    /// Two-sided probability of `alone` by chance; without a known common movement, of the part beyond drift.
    pub(super) p: f64,
    /// Two-sided probability of the whole difference by chance.
    pub(super) p_whole: f64,
}

impl CellChange {
    /// 95% interval of `difference`.
    pub(super) fn interval(&self) -> (f64, f64) {
        around(self.difference, self.error, self.degrees)
    }

    /// 95% interval of `alone`.
    pub(super) fn alone_interval(&self) -> (f64, f64) {
        around(self.alone, self.alone_error, self.alone_degrees)
    }
}

/// The 95% interval of a value with this standard error.
fn around(value: f64, error: f64, degrees: f64) -> (f64, f64) {
    let half = if error > 0.0 { t_test::quantile(0.95, degrees) * error } else { 0.0 };
    (value - half, value + half)
}

/// The common movement of all cells.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Common {
    /// Change on the logarithmic scale; above 0 is slower.
    pub(super) change: f64,
    pub(super) error: f64,
    /// One-sided probability that it exceeds the allowance for drift by chance.
    pub(super) p_beyond_drift: f64,
    /// One-sided probability that it exceeds 0 by chance.
    pub(super) p_above_zero: f64,
    /// One-sided probability that it lies below the negative allowance by chance: faster.
    pub(super) p_faster_than_drift: f64,
}

/// The fit of one metric over its cells.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Model {
    /// One change per cell, in the order of the samples.
    pub(super) cells: Vec<CellChange>,
    /// The common movement; `None` with too few cells or endpoints.
    pub(super) common: Option<Common>,
    /// Degrees of freedom, as in [`Samples`].
    pub(super) degrees: f64,
    /// Variance of a difference in variances of one run, as in [`Samples`].
    pub(super) factor: f64,
}

impl Model {
    /// Fits samples. `prior` is the result of [`prior_degrees`] over all metrics, `drift` how far all cells may move
    /// together without meaning, and `floor` the smallest change that counts; both on the logarithmic scale.
    pub(super) fn fit(samples: &Samples, prior: f64, drift: f64, floor: f64, endpoints: usize) -> Self {
        let (degrees, factor) = (samples.degrees, samples.factor);
        let count = samples.differences.len();
        let cells = count as f64;
        let run_offsets = samples.run_offsets();
        let offset_variance = run_offsets.iter().map(|offset| offset * offset).sum::<f64>() / degrees;
        if count == 1 {
            let error = (offset_variance * factor).sqrt();
            let change = of_difference(samples.differences[0], error, degrees, drift);
            return Self { cells: vec![change], common: None, degrees, factor };
        }
        let own = samples.own_variances();
        let pooled = own.iter().sum::<f64>() / cells;
        let moderated_degrees = prior + degrees;
        let moderated: Vec<f64> =
            own.iter().map(|own| (prior * pooled + degrees * own) / moderated_degrees).collect();
        let shared = (offset_variance - pooled / cells).max(0.0);
        let is_told_apart = count >= LEAST_CELLS && endpoints >= LEAST_ENDPOINTS;
        let common = is_told_apart.then(|| {
            let change = reference(&samples.differences, (pooled * factor).sqrt(), endpoints);
            let error = ((shared + 2.0 * pooled / cells) * factor).sqrt();
            let beyond = |least: f64| upper_p(change - least, error, degrees);
            Common {
                change,
                error,
                p_beyond_drift: beyond(drift),
                p_above_zero: beyond(0.0),
                p_faster_than_drift: upper_p(-change - drift, error, degrees),
            }
        });
        let cells = samples.differences.iter().zip(&moderated).map(|(difference, own)| {
            let variance = shared + own;
            let joint_degrees = if variance > 0.0 {
                variance.powi(2) / (shared.powi(2) / degrees + own.powi(2) / moderated_degrees)
            } else {
                degrees
            };
            let whole = of_difference(*difference, (variance * factor).sqrt(), joint_degrees, drift);
            let Some(common) = &common else { return whole };
            let (alone, alone_error) = (difference - common.change, (own * factor).sqrt());
            let p = two_sided_p(alone, alone_error, moderated_degrees);
            // Where many cells got faster they are no reference for the others, which may not have moved by themselves.
            let is_left_behind = common.change < -floor / 2.0 && alone > 0.0;
            let p = if is_left_behind { p.max(whole.p_whole) } else { p };
            CellChange { alone, alone_error, alone_degrees: moderated_degrees, p, ..whole }
        });
        Self { cells: cells.collect(), common, degrees, factor }
    }
}

/// A change where the machine's part is unknown.
fn of_difference(difference: f64, error: f64, degrees: f64, drift: f64) -> CellChange {
    let beyond_drift = difference - difference.clamp(-drift, drift);
    CellChange {
        difference,
        error,
        degrees,
        alone: difference,
        alone_error: error,
        alone_degrees: degrees,
        p: two_sided_p(beyond_drift, error, degrees),
        p_whole: two_sided_p(difference, error, degrees),
    }
}

/// The movement of the cells that moved least upwards: their lower quartile, corrected for noise.
///
/// A lower quartile, because a change may well touch half of the cells, and is then no reference. Where an endpoint has a
/// quarter of the cells or more, it is the value of one cell and not one between two: with two of three endpoints
/// slower, that would lie between the cells that moved and those that did not, and call part of the regression a
/// movement of the machine.
fn reference(differences: &[f64], error: f64, endpoints: usize) -> f64 {
    let mut sorted = differences.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (low, weight) = quartile_place(sorted.len(), endpoints);
    let high = (low + 1).min(sorted.len() - 1);
    let quartile = (1.0 - weight) * sorted[low] + weight * sorted[high];
    quartile - expected_quartile(sorted.len(), endpoints) * error
}

/// With this many endpoints or more, one of them has less than a quarter of the cells.
const MANY_ENDPOINTS: usize = 5;

/// The order statistics around the lower quartile: the position of the lower one, and the fraction towards the next.
fn quartile_place(count: usize, endpoints: usize) -> (usize, f64) {
    let rank = count - 1;
    let weight = if endpoints < MANY_ENDPOINTS { 0.0 } else { (rank % 4) as f64 / 4.0 };
    (rank / 4, weight)
}

/// The expected lower quartile of this many standard normal values.
///
/// Source: Blom (1958), expected order statistics at (i - 0.375) / (n + 0.25).
fn expected_quartile(count: usize, endpoints: usize) -> f64 {
    let (low, weight) = quartile_place(count, endpoints);
    let score = |place: usize| normal::quantile((place as f64 + 1.0 - 0.375) / (count as f64 + 0.25));
    (1.0 - weight) * score(low) + weight * score((low + 1).min(count - 1))
}

/// The two-sided p-value of a value; where nothing varies, any difference is significant.
fn two_sided_p(value: f64, error: f64, degrees: f64) -> f64 {
    if error > 0.0 {
        t_test::two_sided_p(value / error, degrees)
    } else if value == 0.0 {
        1.0
    } else {
        0.0
    }
}

fn upper_p(value: f64, error: f64, degrees: f64) -> f64 {
    let tail = two_sided_p(value, error, degrees) / 2.0;
    match (error > 0.0, value > 0.0) {
        (true, true) => tail,
        (true, false) => 1.0 - tail,
        (false, true) => 0.0,
        (false, false) => 1.0,
    }
}
