//! Limits for single windows: how many windows per day would exceed each without a cause.

use crate::domain::cell_name::CellName;
use crate::domain::metric::{Metric, Reading};
use crate::domain::percentile::Percentile;
use crate::domain::time_summary::TimeKind;
use crate::domain::verdict::Validity;
use crate::domain::window::Window;
use crate::stats::normal::two_sided_tail_of_estimate;
use crate::stats::robust::describe;

use super::baseline_model::LEAST_WINDOWS;
use super::series::Scale;

/// Standard deviations at which limits are offered.
pub const OFFERED: [f64; 3] = [3.0, 4.0, 5.0];
/// The metrics that limits are offered for: those that an SLO may name.
pub const LIMITED: [Metric; 2] = [
    Metric::Time(TimeKind::Service, Reading::Mean),
    Metric::Time(TimeKind::Service, Reading::Percentile(Percentile::P95)),
];

/// One limit, and how often it would be exceeded without a cause.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limit {
    /// Standard deviations above the baseline value.
    pub sigmas: f64,
    /// Value of the limit. Units: the metric's; rounded up to two digits.
    pub value: f64,
    /// Windows per day beyond it, if the logarithms of windows are normally distributed.
    pub expected_a_day: f64,
    /// Windows per day that lie beyond it in the data.
    pub seen_a_day: f64,
}

/// The limits of one metric of one cell.
#[derive(Debug, Clone, PartialEq)]
pub struct Suggestion {
    /// Cell, or step of a cell.
    pub cell: CellName,
    /// Concurrent users of the cell's level.
    pub users: u32,
    /// Metric to limit, one of [`LIMITED`].
    pub metric: Metric,
    /// Number of windows that it was computed from.
    pub windows: usize,
    /// Geometric mean of the windows. Units: the metric's.
    pub value: f64,
    /// One limit for each of [`OFFERED`].
    pub limits: [Limit; OFFERED.len()],
}

/// Suggests limits for each cell. `cycle_s` is the time from one measurement of a cell to the next, in seconds.
///
/// Shape: sorted by endpoint, step, users and level; cells with fewer than twenty valid windows are left out.
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
        // The rounded limit lies further out than requested.
        let away = if sigma > 0.0 { (value.ln() - described.mean) / sigma } else { f64::INFINITY };
        let tail = two_sided_tail_of_estimate(away, described.n).unwrap_or(0.0) / 2.0;
        let seen_a_day = beyond as f64 / values.len() as f64 * a_day;
        Limit { sigmas, value, expected_a_day: tail * a_day, seen_a_day }
    });
    let value = scale.take(described.mean);
    Some(Suggestion { cell: cell.clone(), users, metric, windows: values.len(), value, limits })
}

pub(super) fn is_of(window: &Window, cell: &CellName) -> bool {
    window.validity == Validity::Valid && window.cell == *cell
}

/// Rounds up to two digits: 1,234 becomes 1,300.
fn rounded_up(value: f64) -> f64 {
    if value <= 0.0 || !value.is_finite() {
        return value;
    }
    let unit = 10_f64.powf(value.log10().floor() - 1.0);
    // Values that are already round stay, in spite of the last bit.
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
