//! The one histogram configuration of the product: nanoseconds, 1 us to 1 h, three significant digits.

use std::borrow::Cow;

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
#[derive(Debug, Clone)]
pub struct Histogram(Form);

/// How the counters are kept. A window has some tens of different times, and the configuration 24,576 counters: those that are
/// read from a file one after the other are never laid out.
#[derive(Debug, Clone)]
enum Form {
    /// Every counter.
    Dense(hdrhistogram::Histogram<u64>),
    /// The recorded times, ascending, as [`Histogram::for_each`] gives them, each with its count.
    Sparse(Vec<(u64, u64)>),
}

/// Bits of a time below the resolution of the lowest counters.
const UNIT_BITS: usize = 9;
/// Counters of one doubling of time, as a power of two.
const DOUBLING_BITS: usize = 10;

/// Number of counters.
pub const SLOTS: usize = 24_576;

/// The largest time that falls into a counter. Units: nanoseconds.
fn time_of_slot(slot: usize) -> u64 {
    let doubling = 1_usize << DOUBLING_BITS;
    let (bits, place) = match slot >> DOUBLING_BITS {
        0 => (UNIT_BITS, slot),
        bucket => (UNIT_BITS + bucket - 1, (slot & (doubling - 1)) + doubling),
    };
    ((place as u64 + 1) << bits) - 1
}

impl PartialEq for Histogram {
    fn eq(&self, other: &Self) -> bool {
        let recorded = |histogram: &Self| {
            let mut all = Vec::new();
            histogram.for_each(|time_ns, count| all.push((time_ns, count)));
            all
        };
        recorded(self) == recorded(other)
    }
}

impl Histogram {
    /// An empty histogram, with no value recorded.
    /// # Errors
    /// [`HistogramError::Create`] if the crate refuses the configuration.
    pub fn new() -> Result<Self, HistogramError> {
        Ok(Self(Form::Dense(empty()?)))
    }

    /// Accepts a histogram that was read from a file.
    /// # Errors
    /// [`HistogramError::OtherConfiguration`] where its bounds or digits are not this program's.
    pub fn from_raw(raw: hdrhistogram::Histogram<u64>) -> Result<Self, HistogramError> {
        if (raw.low(), raw.high(), raw.sigfig()) == (LOWEST_NS, HIGHEST_NS, DIGITS) {
            Ok(Self(Form::Dense(raw)))
        } else {
            Err(HistogramError::OtherConfiguration { low: raw.low(), high: raw.high(), digits: raw.sigfig() })
        }
    }

    /// A histogram of counters that were read from a file, ascending, without those that are 0; `None` where one does not exist.
    pub fn of_slots(slots: &[(usize, u64)]) -> Option<Self> {
        let times = slots.iter().map(|(slot, count)| (*slot < SLOTS).then(|| (time_of_slot(*slot), *count)));
        Some(Self(Form::Sparse(times.collect::<Option<_>>()?)))
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
    /// # Errors
    /// [`HistogramError::Create`] as for [`Histogram::new`].
    pub fn as_raw(&self) -> Result<Cow<'_, hdrhistogram::Histogram<u64>>, HistogramError> {
        match &self.0 {
            Form::Dense(raw) => Ok(Cow::Borrowed(raw)),
            Form::Sparse(times) => {
                let mut raw = empty()?;
                add_times(&mut raw, times)?;
                Ok(Cow::Owned(raw))
            }
        }
    }

    /// Every counter, laid out.
    fn dense(&mut self) -> Result<&mut hdrhistogram::Histogram<u64>, HistogramError> {
        if let Form::Sparse(_) = self.0 {
            self.0 = Form::Dense(self.as_raw()?.into_owned());
        }
        match &mut self.0 {
            Form::Dense(raw) => Ok(raw),
            Form::Sparse(_) => Err(HistogramError::Create("its counters are not laid out".to_owned())),
        }
    }

    /// Records one time; beyond the bounds it is recorded as the nearest bound.
    pub fn record(&mut self, time_ns: u64) {
        // Whatever records was created empty, with its counters.
        if let Ok(raw) = self.dense() {
            raw.saturating_record(time_ns);
        }
    }

    /// Adds every value of `other`.
    /// # Errors
    /// [`HistogramError::Saturated`] where a counter was full.
    pub fn merge(&mut self, other: &Self) -> Result<(), HistogramError> {
        let expected = self.count().saturating_add(other.count());
        let raw = self.dense()?;
        match &other.0 {
            Form::Dense(other) => {
                raw.add(other).map_err(|error| HistogramError::Create(error.to_string()))?;
            }
            Form::Sparse(times) => add_times(raw, times)?,
        }
        match self.count() {
            merged if merged == expected => Ok(()),
            merged => Err(HistogramError::Saturated { merged, expected }),
        }
    }

    /// Number of recorded values, those beyond the bounds included.
    pub fn count(&self) -> u64 {
        match &self.0 {
            Form::Dense(raw) => raw.len(),
            Form::Sparse(times) => times.iter().fold(0, |sum, (_, count)| sum.saturating_add(*count)),
        }
    }

    /// As [`Distribution::quantile_ns`] says.
    pub fn quantile_ns(&self, quantile: f64) -> Option<u64> {
        let count = self.count() as f64;
        // Half a rank below, because the crate rounds up.
        let rank = (quantile * count + 0.5).floor().max(1.0) - 0.5;
        if self.count() == 0 {
            return None;
        }
        Some(self.as_raw().ok()?.value_at_quantile(rank / count))
    }

    /// Calls `each` with every recorded time, to the histogram's resolution, and its count. Units: nanoseconds.
    pub fn for_each(&self, mut each: impl FnMut(u64, u64)) {
        match &self.0 {
            Form::Dense(raw) => {
                for step in raw.iter_recorded() {
                    each(step.value_iterated_to(), step.count_since_last_iteration());
                }
            }
            Form::Sparse(times) => times.iter().for_each(|(time_ns, count)| each(*time_ns, *count)),
        }
    }

    /// The arithmetic mean in nanoseconds, to the histogram's resolution; `None` if nothing was recorded.
    pub fn mean_ns(&self) -> Option<f64> {
        if self.count() == 0 {
            return None;
        }
        Some(self.as_raw().ok()?.mean())
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

fn empty() -> Result<hdrhistogram::Histogram<u64>, HistogramError> {
    hdrhistogram::Histogram::new_with_bounds(LOWEST_NS, HIGHEST_NS, DIGITS)
        .map_err(|error| HistogramError::Create(error.to_string()))
}

fn add_times(raw: &mut hdrhistogram::Histogram<u64>, times: &[(u64, u64)]) -> Result<(), HistogramError> {
    for (time_ns, count) in times {
        raw.record_n(*time_ns, *count).map_err(|error| HistogramError::Create(error.to_string()))?;
    }
    Ok(())
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
    fn counters_have_the_times_of_the_library() {
        let mut raw = empty().unwrap();
        assert_eq!(raw.distinct_values(), SLOTS);
        for slot in 0..SLOTS {
            raw.record(time_of_slot(slot)).unwrap();
        }
        let times: Vec<u64> = raw.iter_recorded().map(|step| step.value_iterated_to()).collect();
        assert_eq!(times, (0..SLOTS).map(time_of_slot).collect::<Vec<_>>());
        assert_eq!(Histogram::of_slots(&[(SLOTS, 1)]), None);
    }

    #[test]
    fn counters_that_are_not_laid_out_count_the_same() {
        let slots: Vec<(usize, u64)> = (0..400).map(|n| (n * 61 + 7, (n as u64 * 37) % 90 + 1)).collect();
        let sparse = Histogram::of_slots(&slots).unwrap();
        let dense = Histogram::from_raw(sparse.as_raw().unwrap().into_owned()).unwrap();
        assert_eq!(sparse, dense);
        assert_eq!((sparse.count(), sparse.mean_ns()), (dense.count(), dense.mean_ns()));
        let mut merged = [sparse.clone(), dense.clone(), Histogram::new().unwrap()];
        for merged in &mut merged {
            merged.record(5_000_000);
            merged.merge(&sparse).unwrap();
            merged.merge(&dense).unwrap();
        }
        assert_eq!(merged[0], merged[1]);
        assert_eq!(merged[2].count() + sparse.count(), merged[0].count());
        for quantile in [0.0, 0.25, 0.5, 0.95, 0.999, 1.0] {
            assert_eq!(sparse.quantile_ns(quantile), dense.quantile_ns(quantile));
            assert_eq!(merged[0].quantile_ns(quantile), merged[1].quantile_ns(quantile));
        }
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
