//! What a distribution of times comes to, and the three times of a request.

use super::histogram::Histogram;
use super::percentile::Percentile;

/// The three times of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeKind {
    /// Completed - sent.
    Service,
    /// Completed - intended.
    Response,
    /// First byte - sent.
    FirstByte,
}

impl TimeKind {
    /// In the order of the columns.
    pub const ALL: [Self; 3] = [Self::Service, Self::Response, Self::FirstByte];

    /// The name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Service => "service_time",
            Self::Response => "response_time",
            Self::FirstByte => "first_byte",
        }
    }
}

/// What a distribution of times comes to. Units: microseconds.
///
/// A percentile that too few requests support is `None`, as is the deviation of a single request.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct TimeSummary {
    /// Arithmetic mean.
    pub mean: Option<f64>,
    /// Standard deviation (n - 1).
    pub stdev: Option<f64>,
    /// Shortest.
    pub min: Option<f64>,
    /// Percentiles, in the order of [`Percentile::ALL`].
    pub percentiles: [Option<f64>; Percentile::ALL.len()],
    /// Longest.
    pub max: Option<f64>,
}

impl TimeSummary {
    /// One of the percentiles.
    pub fn percentile(&self, percentile: Percentile) -> Option<f64> {
        self.percentiles[percentile as usize]
    }

    /// Reads the percentiles of a histogram, leaving out those that its count cannot support.
    pub fn percentiles_of(histogram: &Histogram) -> [Option<f64>; Percentile::ALL.len()] {
        Percentile::ALL.map(|percentile| {
            (histogram.count() >= percentile.needs())
                .then(|| histogram.quantile_ns(percentile.quantile()))
                .flatten()
                .map(|time_ns| time_ns as f64 / 1e3)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_need_their_requests() {
        let mut histogram = Histogram::new().unwrap();
        (0..40).for_each(|n| histogram.record(1_000_000 + n));
        let percentiles = TimeSummary::percentiles_of(&histogram);
        assert_eq!(percentiles.map(|p| p.is_some()), [true, true, false, false, false]);
    }
}
