//! The one histogram configuration of the product: nanoseconds, 1 us to 1 h, three significant digits.

/// Smallest value that is resolved, in nanoseconds.
pub const LOWEST_NS: u64 = 1_000;
/// Largest value, in nanoseconds; longer times are recorded as this.
pub const HIGHEST_NS: u64 = 3_600_000_000_000;
/// Significant decimal digits that are kept of a value.
pub const DIGITS: u8 = 3;

/// Why a histogram could not be created or merged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HistogramError {
    /// The library rejected this configuration; contains its message.
    #[error("cannot create a histogram of {LOWEST_NS} ns to {HIGHEST_NS} ns: {0}")]
    Create(String),
    /// Merging would silently record every value again at another resolution.
    #[error("unsupported histogram configuration: {low} to {high} ns with {digits} digits")]
    OtherConfiguration {
        /// Lower bound of the other histogram, in nanoseconds.
        low: u64,
        /// Upper bound of the other histogram, in nanoseconds.
        high: u64,
        /// Significant digits of the other histogram.
        digits: u8,
    },
    /// A counter would have saturated, and the total would be wrong.
    #[error("the merged histogram has {merged} values, but {expected} were recorded")]
    Saturated {
        /// Number of values that the merged histogram counts.
        merged: u64,
        /// Sum of the counts of its parts.
        expected: u64,
    },
}

/// A distribution of times, in the one configuration that the product uses.
///
/// Units: nanoseconds. Shape: fixed size, never resized; values above one hour are recorded as one hour.
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram(hdrhistogram::Histogram<u64>);

impl Histogram {
    /// An empty histogram, with no value recorded.
    /// # Errors
    /// [`HistogramError::Create`] if the crate refuses the configuration.
    pub fn new() -> Result<Self, HistogramError> {
        hdrhistogram::Histogram::new_with_bounds(LOWEST_NS, HIGHEST_NS, DIGITS)
            .map(Self)
            .map_err(|error| HistogramError::Create(error.to_string()))
    }

    /// Accepts a histogram that was read from a file.
    /// # Errors
    /// [`HistogramError::OtherConfiguration`] where its bounds or digits are not this program's.
    pub fn from_raw(raw: hdrhistogram::Histogram<u64>) -> Result<Self, HistogramError> {
        if (raw.low(), raw.high(), raw.sigfig()) == (LOWEST_NS, HIGHEST_NS, DIGITS) {
            Ok(Self(raw))
        } else {
            Err(HistogramError::OtherConfiguration { low: raw.low(), high: raw.high(), digits: raw.sigfig() })
        }
    }

    /// The largest time that is resolved. Units: nanoseconds.
    pub const HIGHEST_NS: u64 = HIGHEST_NS;

    /// Checks the bounds and digits of an encoded histogram, which decide how much memory it takes to decode.
    /// # Errors
    /// [`HistogramError::OtherConfiguration`] where they are not this program's.
    pub fn check_head(encoded: &[u8]) -> Result<(), HistogramError> {
        let number = |from: usize, length: usize| {
            let bytes = encoded.get(from..from + length).unwrap_or_default();
            bytes.iter().fold(0_u64, |number, byte| (number << 8) | u64::from(*byte))
        };
        // Cookie, length and offset come before, four bytes each.
        let (digits, low, high) = (number(12, 4), number(16, 8), number(24, 8));
        if (digits, low, high) == (u64::from(DIGITS), LOWEST_NS, HIGHEST_NS) {
            return Ok(());
        }
        Err(HistogramError::OtherConfiguration { low, high, digits: u8::try_from(digits).unwrap_or(u8::MAX) })
    }

    /// The library's histogram, for writing it to a file.
    pub fn as_raw(&self) -> &hdrhistogram::Histogram<u64> {
        &self.0
    }

    /// Records one time; beyond the bounds it is recorded as the nearest bound.
    pub fn record(&mut self, time_ns: u64) {
        self.0.saturating_record(time_ns);
    }

    /// Adds every value of `other`.
    /// # Errors
    /// [`HistogramError::Saturated`] where a counter was full.
    pub fn merge(&mut self, other: &Self) -> Result<(), HistogramError> {
        let expected = self.count().saturating_add(other.count());
        self.0.add(&other.0).map_err(|error| HistogramError::Create(error.to_string()))?;
        match self.count() {
            merged if merged == expected => Ok(()),
            merged => Err(HistogramError::Saturated { merged, expected }),
        }
    }

    /// Number of recorded values, those beyond the bounds included.
    pub fn count(&self) -> u64 {
        self.0.len()
    }

    /// As [`Distribution::quantile_ns`] says.
    pub fn quantile_ns(&self, quantile: f64) -> Option<u64> {
        let count = self.count() as f64;
        // Half a rank below, because the crate rounds up.
        let rank = (quantile * count + 0.5).floor().max(1.0) - 0.5;
        (self.count() > 0).then(|| self.0.value_at_quantile(rank / count))
    }

    /// Calls `each` with every recorded time, to the histogram's resolution, and its count. Units: nanoseconds.
    pub fn for_each(&self, mut each: impl FnMut(u64, u64)) {
        for step in self.0.iter_recorded() {
            each(step.value_iterated_to(), step.count_since_last_iteration());
        }
    }

    /// The arithmetic mean in nanoseconds, to the histogram's resolution; `None` if nothing was recorded.
    pub fn mean_ns(&self) -> Option<f64> {
        (self.count() > 0).then(|| self.0.mean())
    }
}

/// What percentiles are taken from.
pub trait Distribution {
    /// Number of recorded values, those beyond the bounds included.
    fn count(&self) -> u64;

    /// The time at a quantile from 0 to 1, in nanoseconds; `None` if nothing was recorded.
    ///
    /// It is the value of rank round(q n), as the Python reader of this format computes it; Java's takes the next rank
    /// where q n is not whole. They are at most one request apart, and a file should match what its readers show.
    fn quantile_ns(&self, quantile: f64) -> Option<u64>;
}

impl Distribution for Histogram {
    fn count(&self) -> u64 {
        self.count()
    }

    fn quantile_ns(&self, quantile: f64) -> Option<u64> {
        self.quantile_ns(quantile)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merging_counts_every_value() {
        let mut left = Histogram::new().unwrap();
        let mut right = Histogram::new().unwrap();
        (1..=100).for_each(|n| left.record(n * 10_000));
        (1..=50).for_each(|n| right.record(n * 1_000_000));
        left.merge(&right).unwrap();
        assert_eq!(left.count(), 150);
    }

    #[test]
    fn another_configuration_is_refused() {
        let foreign = hdrhistogram::Histogram::new_with_bounds(1, 1_000_000, 2).unwrap();
        assert!(matches!(
            Histogram::from_raw(foreign),
            Err(HistogramError::OtherConfiguration { digits: 2, .. })
        ));
    }

    #[test]
    fn values_out_of_range_are_kept_at_the_ends() {
        let mut histogram = Histogram::new().unwrap();
        histogram.record(0);
        histogram.record(u64::MAX);
        assert_eq!(histogram.count(), 2);
        assert!(histogram.quantile_ns(1.0).unwrap() >= HIGHEST_NS);
    }

    #[test]
    fn nothing_has_no_quantile() {
        assert_eq!(Histogram::new().unwrap().quantile_ns(0.5), None);
    }
}
