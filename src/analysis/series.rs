//! A series: one metric of one cell, one value per window, on the scale on which changes are judged.
//!
//! The interval of a run's mean and throughput is that of the mean of its windows, moved to the figure over all
//! requests.

use crate::domain::metric::Metric;
use crate::stats::t_test::Mean;

/// The scale on which values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Logarithms: changes are relative, and long tails become symmetric.
    Log,
    /// The values themselves: changes are differences.
    Linear,
}

impl Scale {
    /// The scale of a metric: times and throughput are judged by ratios, error ratios as they are.
    pub fn of(metric: Metric) -> Self {
        match metric {
            Metric::Throughput | Metric::Bytes | Metric::Time(..) => Self::Log,
            Metric::ErrorRatio => Self::Linear,
        }
    }

    /// The scale for values of an unknown kind: logarithms where all are above 0.
    pub fn suiting(values: &[f64]) -> Self {
        if values.iter().all(|value| *value > 0.0) { Self::Log } else { Self::Linear }
    }

    /// A value on the scale; `None` where it has no position there.
    pub fn put(self, value: f64) -> Option<f64> {
        match self {
            Self::Log => (value > 0.0).then(|| value.ln()),
            Self::Linear => Some(value),
        }
        .filter(|value| value.is_finite())
    }

    /// The value at a position on the scale.
    pub fn take(self, place: f64) -> f64 {
        match self {
            Self::Log => place.exp(),
            Self::Linear => place,
        }
    }
}

/// The 95% interval of a figure over all requests, as wide as that of the mean of its windows.
///
/// Units: the figure's. Windows of few requests weigh less in the figure than in their mean, so the interval is moved
/// there. `None` below two windows. The lower end is at least 0.
pub fn interval_about(all: f64, windows: &[f64]) -> Option<(f64, f64)> {
    let of_windows = Mean::of_series(windows)?.estimate();
    let scale = if of_windows.value > 0.0 { all / of_windows.value } else { 1.0 };
    Some(((of_windows.low * scale).max(0.0), of_windows.high * scale))
}
