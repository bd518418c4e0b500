//! Times counted in the buckets of Prometheus: classic ones, and exponential ones for native histograms.
//!
//! A request is counted at the upper end of its slot in the run's histograms, as percentiles are. So the count at a bound is
//! exact, but for requests within a thousandth below the bound that share their slot with some above it.

use std::collections::BTreeMap;

use crate::domain::histogram::Histogram;

/// Upper bounds of the classic buckets: 1, 2.5 and 5 in each factor of ten from 100 us to 100 s. Units: nanoseconds.
pub const BOUNDS_NS: [u64; 19] = bounds();
/// Schema of the native histograms: 16 buckets for each doubling, so each is 4.4% wide.
pub const SCHEMA: i32 = 4;
/// Buckets of a doubling.
const PER_DOUBLING: f64 = 16.0;
/// Width of the bucket around zero, which stays empty; one that is not 0 marks a histogram without values as native.
pub const ZERO_THRESHOLD: f64 = 2.938_735_877_055_719e-39;

const fn bounds() -> [u64; 19] {
    let mut all = [0; 19];
    let (mut place, mut decade) = (0, 100_000);
    while place + 3 <= all.len() {
        all[place] = decade;
        all[place + 1] = decade / 10 * 25;
        all[place + 2] = decade * 5;
        place += 3;
        decade *= 10;
    }
    all[place] = decade;
    all
}

/// The times of a cell over a run.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Distribution {
    /// Number of times.
    pub count: u64,
    /// Their sum, from the exact means of the windows. Units: seconds.
    pub sum_s: f64,
    /// Times in each classic bucket by itself; the last one is beyond all bounds.
    classic: [u64; BOUNDS_NS.len() + 1],
    /// Times by native bucket; the bucket with index i ends at 2^(i/16) seconds.
    pub native: BTreeMap<i32, u64>,
}

impl Distribution {
    /// Adds the times of a window with this mean. Units: microseconds.
    pub fn add(&mut self, times: &Histogram, mean_us: f64) {
        let mut count = 0_u64;
        times.for_each(|time_ns, n| {
            count += n;
            self.classic[BOUNDS_NS.partition_point(|bound| *bound < time_ns)] += n;
            *self.native.entry(native_index(time_ns)).or_insert(0) += n;
        });
        self.count += count;
        self.sum_s += mean_us * count as f64 / 1e6;
    }

    /// Each bound in seconds with the number of times up to it. Shape: ascending; the last bound is infinite.
    pub fn cumulative(&self) -> impl Iterator<Item = (f64, u64)> + '_ {
        let bounds = BOUNDS_NS.iter().map(|bound| *bound as f64 / 1e9).chain([f64::INFINITY]);
        let counts = self.classic.iter().scan(0_u64, |sum, count| {
            *sum += count;
            Some(*sum)
        });
        bounds.zip(counts)
    }

    /// The native buckets as spans and differences of neighbouring counts, which is how they are sent. A gap of up to two empty
    /// buckets is written as zeros, which is shorter than another span.
    pub fn spans(&self) -> (Vec<(i32, u32)>, Vec<i64>) {
        let (mut spans, mut deltas): (Vec<(i32, u32)>, Vec<i64>) = (Vec::new(), Vec::new());
        let (mut next, mut before) = (0, 0_i64);
        for (index, count) in &self.native {
            let count = i64::try_from(*count).unwrap_or(i64::MAX);
            let gap = index - next;
            match spans.last_mut() {
                Some((_, length)) if gap <= 2 => {
                    for _ in 0..gap {
                        *length += 1;
                        deltas.push(-before);
                        before = 0;
                    }
                    *length += 1;
                }
                _ => spans.push((gap, 1)),
            }
            deltas.push(count - before);
            (before, next) = (count, index + 1);
        }
        (spans, deltas)
    }
}

/// The native bucket of a time: the smallest whose upper end is not below it.
fn native_index(time_ns: u64) -> i32 {
    let seconds = time_ns.max(1) as f64 / 1e9;
    #[expect(clippy::cast_possible_truncation, reason = "at most 16 times 34 doublings from 1 ns to an hour")]
    let index = (seconds.log2() * PER_DOUBLING).ceil() as i32;
    index
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_three_for_each_factor_of_ten() {
        let texts: Vec<String> = BOUNDS_NS.iter().map(|bound| (*bound as f64 / 1e9).to_string()).collect();
        assert_eq!(texts[..4], ["0.0001", "0.00025", "0.0005", "0.001"]);
        assert_eq!(texts[15..], ["10", "25", "50", "100"]);
    }

    #[test]
    fn counts_are_cumulative_and_those_of_the_histogram() {
        let mut times = Histogram::new().unwrap();
        for time_us in [50, 99, 300, 300, 4_000, 2_000_000_000_u64] {
            times.record(time_us * 1_000);
        }
        let mut all = Distribution::default();
        all.add(&times, 10.0);
        let counts: Vec<u64> = all.cumulative().map(|(_, count)| count).collect();
        assert_eq!(counts[..7], [2, 2, 4, 4, 4, 5, 5]);
        assert_eq!((counts[18], counts[19], all.count), (5, 6, 6));
        assert!((all.sum_s - 60e-6).abs() < 1e-15);
        assert_eq!(all.native.values().sum::<u64>(), 6);
    }

    #[test]
    fn native_buckets_are_as_wide_as_the_schema_says() {
        let base = 2.0_f64.powf(2.0_f64.powi(-SCHEMA));
        assert!(base < 1.05);
        for time_ns in [1_000, 99_999, 250_000, 1_000_000_000, 3_599_000_000_000] {
            let (seconds, upper) = (time_ns as f64 / 1e9, base.powi(native_index(time_ns)));
            assert!(seconds <= upper * 1.000_001 && seconds > upper / base * 0.999_999, "{time_ns}");
        }
        assert_eq!(native_index(1_000_000_000), 0);
    }

    #[test]
    fn spans_hold_every_bucket() {
        let native = [(-3, 5), (-2, 7), (1, 4), (9, 2)];
        let all = Distribution { native: native.into(), ..Distribution::default() };
        let (spans, deltas) = all.spans();
        assert_eq!(spans, [(-3, 5), (7, 1)]);
        assert_eq!(deltas, [5, 2, -7, 0, 4, -2]);
        assert_eq!(Distribution::default().spans(), (Vec::new(), Vec::new()));
    }
}
