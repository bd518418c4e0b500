//! Limits that the data supports: at what value how many windows a day would raise an alarm without a cause.

use crate::domain::metric::{Metric, Reading, TimeKind};
use crate::domain::percentile::Percentile;
use crate::domain::verdict::Validity;
use crate::domain::window::Window;
use crate::stats::normal::two_sided_tail_of_estimate;
use crate::stats::proportion::wilson_95;
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
    /// The cell's endpoint.
    pub endpoint: String,
    /// The cell's level.
    pub level: String,
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
pub struct Objective {
    /// The endpoint.
    pub endpoint: String,
    /// Mean service time, in microseconds.
    pub mean_us: Option<f64>,
    /// Service time p95, in microseconds.
    pub p95_us: Option<f64>,
    /// Error ratio.
    pub error_rate: Option<f64>,
}

/// Suggests limits for each cell. `cycle_s` is how often a cell is measured.
///
/// Shape: by endpoint and level as they first appear; cells with fewer than twenty valid windows are left out.
pub fn suggest(windows: &[Window], cycle_s: f64) -> Vec<Suggestion> {
    let mut keys: Vec<(&str, &str, u32)> = Vec::new();
    for window in windows {
        let key = (&*window.endpoint, &*window.level, window.users);
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    keys.sort_by(|left, right| (left.0, left.2, left.1).cmp(&(right.0, right.2, right.1)));
    let mut suggestions = Vec::new();
    for (endpoint, level, _) in keys {
        let of_metric = |metric| suggestion(windows, endpoint, level, metric, cycle_s);
        suggestions.extend(LIMITED.into_iter().filter_map(of_metric));
    }
    suggestions
}

fn suggestion(
    windows: &[Window],
    endpoint: &str,
    level: &str,
    metric: Metric,
    cycle_s: f64,
) -> Option<Suggestion> {
    let scale = Scale::of(metric);
    let values: Vec<f64> = windows
        .iter()
        .filter(|window| is_of(window, endpoint, level))
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
    Some(Suggestion {
        endpoint: endpoint.to_owned(),
        level: level.to_owned(),
        metric,
        windows: values.len(),
        usual,
        limits,
    })
}

fn is_of(window: &Window, endpoint: &str, level: &str) -> bool {
    window.validity == Validity::Valid && *window.endpoint == *endpoint && *window.level == *level
}

/// Objectives: for each endpoint the widest limit at four deviations over its levels, and the error ratio that its
/// counts are compatible with.
pub fn objectives(suggestions: &[Suggestion], windows: &[Window]) -> Vec<Objective> {
    let mut objectives: Vec<Objective> = Vec::new();
    for suggestion in suggestions {
        let place = objectives.iter().position(|objective| objective.endpoint == suggestion.endpoint);
        let place = place.unwrap_or_else(|| {
            let error_rate = error_rate(windows, &suggestion.endpoint);
            let endpoint = suggestion.endpoint.clone();
            objectives.push(Objective { endpoint, mean_us: None, p95_us: None, error_rate });
            objectives.len() - 1
        });
        let objective = &mut objectives[place];
        let limit = Some(suggestion.limits[1].value);
        let is_mean = suggestion.metric == LIMITED[0];
        let slot = if is_mean { &mut objective.mean_us } else { &mut objective.p95_us };
        *slot = limit.max_by(*slot);
    }
    objectives
}

trait MaxBy {
    fn max_by(self, other: Self) -> Self;
}

impl MaxBy for Option<f64> {
    fn max_by(self, other: Self) -> Self {
        match (self, other) {
            (Some(one), Some(two)) => Some(one.max(two)),
            (one, two) => one.or(two),
        }
    }
}

fn error_rate(windows: &[Window], endpoint: &str) -> Option<f64> {
    let of_endpoint = || {
        windows.iter().filter(|window| window.validity == Validity::Valid && *window.endpoint == *endpoint)
    };
    let failed: u64 = of_endpoint().map(|window| window.counts.failed).sum();
    let judged = failed + of_endpoint().map(|window| window.counts.succeeded).sum::<u64>();
    wilson_95(failed, judged).map(|(_, high)| rounded_up(high))
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
        for (value, expected) in [(1_234.0, 1_300.0), (12.0, 12.0), (0.012_01, 0.013), (99.5, 100.0), (0.0, 0.0)] {
            assert!((rounded_up(value) - expected).abs() < 1e-9 * expected.max(1.0), "{value}");
        }
    }
}
