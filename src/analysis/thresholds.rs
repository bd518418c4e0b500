//! Limits that the data supports: at what value how many windows a day would raise an alarm without a cause.

use crate::domain::cell_name::CellName;
use crate::domain::metric::{Metric, Reading};
use crate::domain::percentile::Percentile;
use crate::domain::time_summary::TimeKind;
use crate::domain::verdict::Validity;
use crate::domain::window::Window;
use crate::stats::normal::two_sided_tail_of_estimate;
use crate::stats::proportion::{binomial_tail, wilson_95};
use crate::stats::robust::describe;

use super::baseline_model::LEAST_WINDOWS;
use super::series::Scale;

/// The deviations at which limits are offered.
pub const OFFERED: [f64; 3] = [3.0, 4.0, 5.0];
/// The metrics that limits are offered for: those that an objective may name.
pub const LIMITED: [Metric; 2] = [
    Metric::Time(TimeKind::Service, Reading::Mean),
    Metric::Time(TimeKind::Service, Reading::Percentile(Percentile::P95)),
];

/// One limit and what it would cost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limit {
    /// Deviations above the usual.
    pub sigmas: f64,
    /// The limit. Units: the metric's; rounded up to two digits.
    pub value: f64,
    /// Windows a day beyond it, were the logarithms of windows normal.
    pub expected_a_day: f64,
    /// Windows a day beyond it in the data.
    pub seen_a_day: f64,
}

/// The limits of one metric of one cell.
#[derive(Debug, Clone, PartialEq)]
pub struct Suggestion {
    /// The cell.
    pub cell: CellName,
    /// Its users.
    pub users: u32,
    /// The metric.
    pub metric: Metric,
    /// Windows behind it.
    pub windows: usize,
    /// Usual value.
    pub usual: f64,
    /// At 3, 4 and 5 deviations.
    pub limits: [Limit; OFFERED.len()],
}

/// The objective of an endpoint that its data supports, at its busiest level.
#[derive(Debug, Clone, PartialEq)]
pub struct SuggestedObjective {
    /// The endpoint.
    pub endpoint: String,
    /// Mean service time, in microseconds.
    pub mean_us: Option<f64>,
    /// Service time p95, in microseconds.
    pub p95_us: Option<f64>,
    /// Error ratio of a window.
    pub error_rate: Option<f64>,
    /// Windows a day that would miss one of them without a cause.
    pub expected_a_day: f64,
}

/// Suggests limits for each cell. `cycle_s` is how often a cell is measured.
///
/// Shape: by endpoint and level as they first appear; cells with fewer than twenty valid windows are left out.
pub fn suggest(windows: &[&Window], cycle_s: f64) -> Vec<Suggestion> {
    let mut keys: Vec<(&CellName, u32)> = Vec::new();
    for window in windows {
        let key = (&window.cell, window.users);
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    keys.sort_by_key(|(cell, users)| (&cell.workload, &cell.step, *users, &cell.level));
    let mut suggestions = Vec::new();
    for key in keys {
        let of_metric = |metric| suggestion(windows, key, metric, cycle_s);
        suggestions.extend(LIMITED.into_iter().filter_map(of_metric));
    }
    suggestions
}

fn suggestion(
    windows: &[&Window],
    (cell, users): (&CellName, u32),
    metric: Metric,
    cycle_s: f64,
) -> Option<Suggestion> {
    let scale = Scale::of(metric);
    let values: Vec<f64> = windows
        .iter()
        .filter(|window| is_of(window, cell))
        .filter_map(|window| scale.put(metric.of(window)?))
        .collect();
    let described = describe(&values).filter(|described| described.n >= LEAST_WINDOWS)?;
    let a_day = 86_400.0 / cycle_s;
    let sigma = described.sigma.max(described.mad_sigma);
    let limits = OFFERED.map(|sigmas| {
        let value = rounded_up(scale.take(described.mean + sigmas * sigma));
        let beyond = values.iter().filter(|place| scale.take(**place) > value).count();
        // What is rounded up lies further out than it was asked to.
        let away = if sigma > 0.0 { (value.ln() - described.mean) / sigma } else { f64::INFINITY };
        let tail = two_sided_tail_of_estimate(away, described.n).unwrap_or(0.0) / 2.0;
        let seen_a_day = beyond as f64 / values.len() as f64 * a_day;
        Limit { sigmas, value, expected_a_day: tail * a_day, seen_a_day }
    });
    let usual = scale.take(described.mean);
    Some(Suggestion { cell: cell.clone(), users, metric, windows: values.len(), usual, limits })
}

fn is_of(window: &Window, cell: &CellName) -> bool {
    window.validity == Validity::Valid && window.cell == *cell
}

/// How unlikely a window's errors must be under what was seen, for an objective.
const ERROR_TAIL: f64 = 1e-4;

/// Objectives: for each endpoint the limits at four deviations of its level with most users, and the error ratio that a
/// window of that level hardly reaches by chance.
pub fn objectives(suggestions: &[Suggestion], windows: &[&Window], cycle_s: f64) -> Vec<SuggestedObjective> {
    let mut objectives: Vec<SuggestedObjective> = Vec::new();
    // Suggestions come by endpoint, fewest users first, so the last of an endpoint are those of its busiest level.
    for endpoint in suggestions.chunk_by(|left, right| left.cell.series() == right.cell.series()) {
        let Some(busiest) = endpoint.last() else { continue };
        let of = |metric| {
            endpoint
                .iter()
                .find(|suggestion| suggestion.cell.level == busiest.cell.level && suggestion.metric == metric)
        };
        let limit = |metric| of(metric).map(|suggestion: &Suggestion| suggestion.limits[1]);
        let (mean, p95) = (limit(LIMITED[0]), limit(LIMITED[1]));
        let error_rate = error_rate(windows, busiest);
        let by_errors = error_rate.map_or(0.0, |_| ERROR_TAIL * 86_400.0 / cycle_s);
        let by_times = [mean, p95].into_iter().flatten().map(|limit| limit.expected_a_day).sum::<f64>();
        objectives.push(SuggestedObjective {
            endpoint: busiest.cell.series(),
            mean_us: mean.map(|limit| limit.value),
            p95_us: p95.map(|limit| limit.value),
            error_rate,
            expected_a_day: by_times + by_errors,
        });
    }
    objectives
}

/// The least ratio that a window of usual size exceeds with a probability below [`ERROR_TAIL`], if its true ratio is the
/// highest that the counts are compatible with.
fn error_rate(windows: &[&Window], suggestion: &Suggestion) -> Option<f64> {
    let of_cell: Vec<(u64, u64)> = windows
        .iter()
        .filter(|window| is_of(window, &suggestion.cell))
        .map(|window| (window.counts.failed, window.counts.failed + window.counts.succeeded))
        .collect();
    let (failed, judged) = of_cell.iter().fold((0, 0), |sum, counts| (sum.0 + counts.0, sum.1 + counts.1));
    let usual = judged / (of_cell.len() as u64).max(1);
    let (_, highest) = wilson_95(failed, judged).filter(|_| usual > 0)?;
    let most = (0..=usual)
        .find(|failed| binomial_tail(failed + 1, usual, highest).is_some_and(|tail| tail < ERROR_TAIL))?;
    Some(rounded_up(most as f64 / usual as f64).min(1.0))
}

/// Up to two digits: 1,234 becomes 1,300.
fn rounded_up(value: f64) -> f64 {
    if value <= 0.0 || !value.is_finite() {
        return value;
    }
    let unit = 10_f64.powf(value.log10().floor() - 1.0);
    // What is already round stays, in spite of the last bit.
    (value / unit - 1e-9).ceil() * unit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_rounded_up() {
        for (value, expected) in
            [(1_234.0, 1_300.0), (12.0, 12.0), (0.012_01, 0.013), (99.5, 100.0), (0.0, 0.0)]
        {
            assert!((rounded_up(value) - expected).abs() < 1e-9 * expected.max(1.0), "{value}");
        }
    }
}
