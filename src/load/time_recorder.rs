//! Records one kind of time: its distribution, and exact sums.

use crate::domain::histogram::{Histogram, HistogramError};
use crate::domain::time_summary::TimeSummary;
use crate::domain::units::round_to_thousandths;

/// One kind of time: its distribution, and exact sums for mean and deviation.
#[derive(Debug, Clone)]
pub struct TimeRecorder {
    /// The distribution.
    pub(super) histogram: Histogram,
    sum_ns: u128,
    sum_of_squares: u128,
    min_ns: u64,
    max_ns: u64,
}

impl TimeRecorder {
    /// Nothing recorded yet.
    pub(super) fn new() -> Result<Self, HistogramError> {
        Ok(Self { histogram: Histogram::new()?, sum_ns: 0, sum_of_squares: 0, min_ns: u64::MAX, max_ns: 0 })
    }

    /// Records the time of one request, in nanoseconds.
    pub fn record(&mut self, time_ns: u64) {
        self.histogram.record(time_ns);
        self.sum_ns += u128::from(time_ns);
        self.sum_of_squares += u128::from(time_ns) * u128::from(time_ns);
        self.min_ns = self.min_ns.min(time_ns);
        self.max_ns = self.max_ns.max(time_ns);
    }

    /// Adds what another recorded.
    pub(super) fn merge(&mut self, other: &Self) -> Result<(), HistogramError> {
        self.histogram.merge(&other.histogram)?;
        self.sum_ns += other.sum_ns;
        self.sum_of_squares += other.sum_of_squares;
        self.min_ns = self.min_ns.min(other.min_ns);
        self.max_ns = self.max_ns.max(other.max_ns);
        Ok(())
    }

    /// Mean, deviation, extremes and percentiles.
    pub(super) fn summary(&self) -> TimeSummary {
        let n = self.histogram.count();
        if n == 0 {
            return TimeSummary::default();
        }
        let mean_ns = self.sum_ns as f64 / n as f64;
        // Sums are exact integers, so n x squares - sum^2 loses nothing before the one division.
        let spread = (u128::from(n) * self.sum_of_squares).saturating_sub(self.sum_ns * self.sum_ns);
        let stdev_ns = (n > 1).then(|| (spread as f64 / (n as f64 * (n - 1) as f64)).sqrt());
        TimeSummary {
            mean: Some(round_to_thousandths(mean_ns / 1e3)),
            stdev: stdev_ns.map(|stdev| round_to_thousandths(stdev / 1e3)),
            min: Some(self.min_ns as f64 / 1e3),
            percentiles: TimeSummary::percentiles_of(&self.histogram),
            max: Some(self.max_ns as f64 / 1e3),
        }
    }
}
