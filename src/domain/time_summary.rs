//! Summary statistics of a distribution of times, and the three times of a request.

use super::histogram::Distribution;
use super::percentile::Percentile;

/// The three times that are measured of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeKind {
    /// Service time: from sending the request to the complete response.
    Service,
    /// Response time: from the scheduled start to the complete response; in a closed loop, the service time.
    Response,
    /// Time to first byte: from sending the request to the first byte of the response.
    FirstByte,
}

impl TimeKind {
    /// Every kind, in the order of the columns.
    pub const ALL: [Self; 3] = [Self::Service, Self::Response, Self::FirstByte];

    /// The first part of a column's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Service => "service_time",
            Self::Response => "response_time",
            Self::FirstByte => "first_byte",
        }
    }
}

/// Summary statistics of a distribution of times. Units: microseconds.
///
/// All are `None` without requests. So is a percentile that too few requests support, and the deviation of one request.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct TimeSummary {
    /// Arithmetic mean of the succeeded requests, in microseconds.
    pub mean: Option<f64>,
    /// Standard deviation (n - 1), in microseconds; `None` below two requests.
    pub stdev: Option<f64>,
    /// Shortest time of a succeeded request, in microseconds.
    pub min: Option<f64>,
    /// Percentiles, in the order of [`Percentile::ALL`].
    pub percentiles: [Option<f64>; Percentile::ALL.len()],
    /// Longest time of a succeeded request, in microseconds.
    pub max: Option<f64>,
}

impl TimeSummary {
    /// One of the percentiles; `None` where too few requests support it.
    pub fn percentile(&self, percentile: Percentile) -> Option<f64> {
        self.percentiles[percentile as usize]
    }

    /// Reads the percentiles of a histogram, leaving out those that too few requests support. Units: microseconds.
    pub fn percentiles_of(histogram: &impl Distribution) -> [Option<f64>; Percentile::ALL.len()] {
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
    use crate::domain::histogram::Histogram;

    #[test]
    fn percentiles_need_their_requests() {
        let mut histogram = Histogram::new().unwrap();
        (0..40).for_each(|n| histogram.record(1_000_000 + n));
        let percentiles = TimeSummary::percentiles_of(&histogram);
        assert_eq!(percentiles.map(|p| p.is_some()), [true, true, false, false, false]);
    }
}
