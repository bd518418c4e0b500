//! A series: one metric of one cell, one value per window, on the scale on which changes are judged.
//!
//! The interval of a run's mean and throughput is that of the mean of its windows, moved to the figure over all
//! requests.

use std::f64::consts::FRAC_PI_2;

use crate::domain::metric::Metric;
use crate::stats::autocorrelation::{at_lag, corrected, effective_size};
use crate::stats::t_test::quantile;

use super::steps::stepped;

/// The scale on which values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Logarithms: changes are relative, and long tails become symmetric.
    Log,
    /// The values themselves: changes are differences.
    Linear,
    /// For ratios of counts, the arcsine of the square root: noise has one size at every level, and 0 and 1 have a place.
    ///
    /// Units: radians, 0 to a quarter turn; 0.1 is a fall by 10 points from one half, by 7 from 90 %, by 3 from 99 %.
    Angle,
}

impl Scale {
    /// The scale of a metric: times and throughput are judged by ratios, the cache hit ratio by its angle, others as they are.
    pub fn of(metric: Metric) -> Self {
        match metric {
            Metric::Throughput | Metric::Bytes | Metric::Time(..) => Self::Log,
            Metric::ErrorRatio | Metric::CertificateDays => Self::Linear,
            Metric::CacheHitRatio => Self::Angle,
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
            Self::Angle => (0.0..=1.0).contains(&value).then(|| value.sqrt().asin()),
        }
        .filter(|value| value.is_finite())
    }

    /// The value at a position on the scale.
    pub fn take(self, place: f64) -> f64 {
        match self {
            Self::Log => place.exp(),
            Self::Linear => place,
            Self::Angle => place.clamp(0.0, FRAC_PI_2).sin().powi(2),
        }
    }
}

/// Fewest windows that an interval is computed from: fewer do not show how much they depend on each other.
const LEAST_WINDOWS: usize = 36;
/// More windows than these are averaged in neighbours before steps are looked for.
const MOST_POINTS: usize = 2_000;
/// Fewest independent windows, less fitted parameters, that an interval is computed from.
const LEAST_DEGREES: f64 = 8.0;

/// Why a figure has no interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoInterval {
    /// There are fewer than 36 windows.
    TooFew,
    /// The windows depend on each other too much: they are worth only a few independent ones.
    Wanders,
}

impl NoInterval {
    /// Every reason, in the order of their declaration.
    pub const ALL: [Self; 2] = [Self::TooFew, Self::Wanders];

    /// The value in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::TooFew => "too_few_windows",
            Self::Wanders => "windows_wander",
        }
    }
}

/// How far a figure over a whole run is known. Units: the figure's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// The lowest and the highest value of a window.
    pub range: (f64, f64),
    /// The 95% interval of the figure; never wider than the range.
    pub interval: Result<(f64, f64), NoInterval>,
}

/// How far a figure over all requests is known, from the windows behind it: start in seconds, and value.
///
/// The daily cycle and level shifts are taken out first, where they are clear: they are part of the run and no uncertainty of
/// its mean. What is left is a series in which each value depends on the one before. Windows of few requests weigh less in the
/// figure than in the mean of windows, so the interval is moved there. The lower end is at least 0. `None` without a window.
pub fn spread_about(all: f64, windows: &[(f64, f64)]) -> Option<Spread> {
    let low = windows.iter().map(|(_, value)| *value).min_by(f64::total_cmp)?;
    let high = windows.iter().map(|(_, value)| *value).max_by(f64::total_cmp)?;
    let mean = windows.iter().map(|(_, value)| value).sum::<f64>() / windows.len() as f64;
    let scale = if mean > 0.0 { all / mean } else { 1.0 };
    let range = (low * scale, high * scale);
    if low.total_cmp(&high).is_eq() && windows.len() >= LEAST_WINDOWS {
        return Some(Spread { range, interval: Ok(range) });
    }
    let interval = half_width(windows, mean).and_then(|half| {
        let interval = (((mean - half) * scale).max(0.0), (mean + half) * scale);
        let is_narrow = interval.0 >= range.0 && interval.1 <= range.1;
        if is_narrow { Ok(interval) } else { Err(NoInterval::Wanders) }
    });
    Some(Spread { range, interval })
}

/// Half of the width of the 95% interval of the mean.
fn half_width(windows: &[(f64, f64)], mean: f64) -> Result<f64, NoInterval> {
    if windows.len() < LEAST_WINDOWS {
        return Err(NoInterval::TooFew);
    }
    let size = if mean > 0.0 { mean } else { 1.0 };
    let points = together(windows, size);
    let found = stepped(&points).ok_or(NoInterval::TooFew)?.fit;
    let plain = at_lag(&found.rest, 1).unwrap_or(0.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small count above 0")]
    let lag_1 = corrected(plain, points.len(), found.parameters.round() as usize);
    let squares: f64 = found.rest.iter().map(|rest| rest * rest).sum::<f64>() * size * size;
    let worth = effective_size(points.len(), lag_1);
    let degrees = worth - found.parameters;
    if degrees < LEAST_DEGREES {
        return Err(NoInterval::Wanders);
    }
    // The spread around what was fitted is too small, the more so where neighbours depend on each other.
    let variance = squares / points.len() as f64 * worth / degrees;
    Ok(quantile(0.95, degrees) * (variance / worth).sqrt())
}

/// The windows relative to their mean; of many, neighbours are averaged.
fn together(windows: &[(f64, f64)], size: f64) -> Vec<(f64, f64)> {
    let each = windows.len().div_ceil(MOST_POINTS).max(1);
    let mean = |chunk: &[(f64, f64)]| chunk.iter().map(|(_, value)| value).sum::<f64>() / chunk.len() as f64;
    windows.chunks(each).map(|chunk| (chunk[0].0, mean(chunk) / size)).collect()
}
