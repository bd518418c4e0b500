//! Outliers: how many there are, and how many chance brings, with the range of that number.
//!
//! Two comparisons of the same values: with the learned baseline, and with what was expected at that time of day.

use std::collections::BTreeMap;

use crate::domain::metric::{Direction, Metric};
use crate::stats::normal::{
    density, gamma_range_95, tail_share_deviation, two_sided_tail, two_sided_tail_of_estimate,
};

use super::band::{Band, FLAG_SIGMAS};
use super::profile::profile;
use super::series::Scale;

/// Judged values, outliers among them, and the number expected by chance.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct OutlierCount {
    /// Values that were judged.
    pub judged: u64,
    /// Outliers among them.
    pub observed: u64,
    /// Number of outliers expected by chance.
    pub expected: f64,
    /// Standard deviation of the number that chance brings; 0 where it is not known.
    pub deviation: f64,
}

impl OutlierCount {
    /// Between which numbers of outliers 95 of 100 runs without any change lie.
    ///
    /// For normal noise; where values depend on the ones before, a learned baseline strays further. `None` where nothing was
    /// judged, and where the deviation is not known.
    pub fn range_95(&self) -> Option<(f64, f64)> {
        gamma_range_95(self.expected, self.deviation).filter(|_| self.deviation > 0.0)
    }

    /// Both counts together, of series that share their noise, as the metrics of a cell do: a slow window has a low throughput.
    #[must_use]
    pub fn and_same(self, other: Self) -> Self {
        Self { deviation: self.deviation + other.deviation, ..self.and(other) }
    }

    /// Both counts together, of cells: their windows are measured one after the other.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            judged: self.judged + other.judged,
            observed: self.observed + other.observed,
            expected: self.expected + other.expected,
            deviation: self.deviation.hypot(other.deviation),
        }
    }
}

/// Outliers by what values were compared with; the judged values are the same.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct OutlierCounts {
    /// Beyond 2 sigma of what was expected at that time of day.
    pub for_time_of_day: OutlierCount,
    /// Beyond 2 sigma of the learned baseline.
    pub of_baseline: OutlierCount,
}

impl OutlierCounts {
    /// Both together, of series that share their noise; see [`OutlierCount::and_same`].
    #[must_use]
    pub fn and_same(self, other: Self) -> Self {
        Self {
            for_time_of_day: self.for_time_of_day.and_same(other.for_time_of_day),
            of_baseline: self.of_baseline.and_same(other.of_baseline),
        }
    }

    /// Both together, of cells; see [`OutlierCount::and`].
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            for_time_of_day: self.for_time_of_day.and(other.for_time_of_day),
            of_baseline: self.of_baseline.and(other.of_baseline),
        }
    }
}

/// The outliers of a cell, seen with everything that was measured.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CellOutliers {
    /// Over all judged metrics together.
    pub counts: OutlierCounts,
    /// Each judged metric that has enough values, compared with what was expected at each time of day.
    pub series: Vec<(Metric, TimeOfDay)>,
}

/// What chance brings beyond the bands of learned baselines, by the number of values they were learned from.
#[derive(Debug, Default)]
pub(super) struct Chances(BTreeMap<usize, (f64, f64)>);

impl Chances {
    /// The count of one series with this many judged values and outliers, whose baseline comes from `n` values.
    pub(super) fn count(&mut self, n: usize, judged: u64, observed: u64) -> OutlierCount {
        let (share, spread) = *self.0.entry(n).or_insert_with(|| {
            let share = two_sided_tail_of_estimate(FLAG_SIGMAS, n).unwrap_or(0.0);
            (share, tail_share_deviation(FLAG_SIGMAS, n).unwrap_or(0.0))
        });
        let judged_values = judged as f64;
        // The baseline is off by the same amount for all values, and each value is beyond it by chance.
        let deviation = (judged_values * spread).hypot((judged_values * share * (1.0 - share)).sqrt());
        OutlierCount { judged, observed, expected: judged_values * share, deviation }
    }
}

/// One value of a series, compared with what was expected at its time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Placed {
    /// Number of the window within its run.
    pub window: u64,
    /// Start of the window in seconds since 1970.
    pub at: f64,
    /// Value in the window. Units: the metric's.
    pub value: f64,
    /// Expected value at that time, and the band of +-2 sigma around it. Units: the metric's.
    pub band: Band,
    /// Distance from the expected value in sigmas, with its sign.
    pub sigmas: f64,
    /// Whether it was judged: not one of the windows that the baseline was learned from.
    pub is_judged: bool,
}

impl Placed {
    /// Whether it lies beyond 2 sigma, and was judged.
    pub fn is_outlier(&self) -> bool {
        self.is_judged && self.sigmas.abs() > FLAG_SIGMAS
    }
}

/// A series compared with what was expected at each time of day, seen with everything that was measured.
#[derive(Debug, Clone, PartialEq)]
pub struct TimeOfDay {
    /// Every value, in the order of commits.
    pub values: Vec<Placed>,
    /// Outliers among the judged values, and what chance brings.
    pub count: OutlierCount,
}

/// Compares a series with its profile: window, seconds and place on the metric's scale, of which the last `judged` were
/// judged. `incidents` are those of its cell, by their first and their first later moment in seconds.
///
/// `None` where there are too few values for a profile.
pub(super) fn for_time_of_day(
    metric: Metric,
    series: &[(u64, f64, f64)],
    judged: u64,
    incidents: &[(f64, f64)],
) -> Option<TimeOfDay> {
    let sign = if metric.direction() == Direction::LowerIsBetter { 1.0 } else { -1.0 };
    let points: Vec<(f64, f64)> = series.iter().map(|(_, at, place)| (*at, sign * place)).collect();
    let found = profile(&points, incidents)?;
    let learned = series.len().saturating_sub(usize::try_from(judged).unwrap_or(usize::MAX));
    let values: Vec<Placed> = series
        .iter()
        .zip(&found.expected)
        .enumerate()
        .map(|(nth, ((window, at, place), expected))| Placed {
            window: *window,
            at: *at,
            value: Scale::of(metric).take(*place),
            band: Band::of(metric, sign * expected, found.sigma),
            sigmas: (place - sign * expected) / found.sigma,
            is_judged: nth >= learned,
        })
        .collect();
    let observed = values.iter().filter(|value| value.is_outlier()).count() as u64;
    let judged = values.len() - learned;
    let share = two_sided_tail(FLAG_SIGMAS);
    let count = OutlierCount {
        judged: judged as u64,
        observed,
        expected: judged as f64 * share,
        deviation: deviation(share, judged, values.len(), found.lag_1),
    };
    Some(TimeOfDay { values, count })
}

/// Standard deviation of the number of outliers among `judged` of `n` normal values, whose sigma comes from all of them.
///
/// Source: the indicator of an outlier as a series of Hermite polynomials. Its second term is the square of the value, and the
/// sum of squares is what sigma is fitted to: only the values that were not judged leave some of it. Of first-order dependence
/// the terms keep the second and at most the fourth power.
fn deviation(share: f64, judged: usize, n: usize, lag_1: f64) -> f64 {
    let squares = 2.0 * (FLAG_SIGMAS * density(FLAG_SIGMAS)).powi(2);
    let others = share * (1.0 - share) - squares;
    let grouped = |power: i32| (1.0 + lag_1.powi(power)) / (1.0 - lag_1.powi(power));
    let left = 1.0 - judged as f64 / n as f64;
    (judged as f64 * (others * grouped(4) + squares * left * grouped(2))).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_of_a_cell_vary_together_and_cells_do_not() {
        let one = OutlierCount { judged: 500, observed: 20, expected: 25.0, deviation: 12.0 };
        let of_cell = one.and_same(one);
        assert_eq!((of_cell.judged, of_cell.observed), (1_000, 40));
        assert!((of_cell.expected - 50.0).abs() < 1e-9 && (of_cell.deviation - 24.0).abs() < 1e-9);
        let all = (0..4).fold(OutlierCount::default(), |all, _| all.and(one));
        assert!((all.expected - 100.0).abs() < 1e-9 && (all.deviation - 24.0).abs() < 1e-9, "{all:?}");
        assert_eq!(OutlierCount::default().range_95(), None);
        assert_eq!(OutlierCount { deviation: 0.0, ..one }.range_95(), None);
    }

    #[test]
    fn a_single_baseline_has_a_wide_range_and_a_profile_a_narrow_one() {
        let (low, high) = Chances::default().count(60, 1_000, 0).range_95().unwrap();
        // 1.9 % to 10.4 % of one baseline, and a little for chance among 1,000 values.
        assert!((15.0..19.0).contains(&low) && (104.0..110.0).contains(&high), "{low} {high}");
        let share = two_sided_tail(FLAG_SIGMAS);
        // Source: 20,000 series of 600 normal values in numpy, standardised by their own mean and sigma: the outliers
        // among all of them, and among the second half.
        for (judged, spread) in [(600, 3.48), (300, 3.09)] {
            let found = deviation(share, judged, 600, 0.0);
            assert!((found / spread - 1.0).abs() < 0.02, "{judged}: {found}");
        }
        assert!(deviation(share, 600, 600, 0.8) > 1.2 * deviation(share, 600, 600, 0.0));
    }
}
