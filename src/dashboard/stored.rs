//! A window as it is kept in memory: numbers only, about a hundred bytes. Everything else of it is read from the folder again.

use crate::analysis::baseline_model::WATCHED;
use crate::analysis::watch::Flag;
use crate::domain::metric::{Metric, Reading};
use crate::domain::percentile::Percentile;
use crate::domain::time_summary::TimeKind;
use crate::domain::verdict::{InvalidReason, Validity};
use crate::domain::window::{Counts, Window};

use super::json::{Columns, Point};

/// The statistics of the service time that are kept.
const KEPT: [Reading; 7] = [
    Reading::Mean,
    Reading::Percentile(Percentile::P50),
    Reading::Percentile(Percentile::P90),
    Reading::Percentile(Percentile::P95),
    Reading::Percentile(Percentile::P99),
    Reading::Percentile(Percentile::P999),
    Reading::Max,
];
const MEAN: usize = 0;
const P50: usize = 1;
const P90: usize = 2;
const P95: usize = 3;
const P99: usize = 4;
const P999: usize = 5;
const MAX: usize = 6;

/// A window of a series.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stored {
    pub(super) number: u64,
    cycle: u32,
    pub(super) started_ms: i64,
    duration_s: f64,
    counts: Counts,
    /// NaN where the window shows none.
    throughput: f64,
    /// By [`KEPT`], in microseconds; NaN where the window does not support one.
    times: [f64; KEPT.len()],
    validity: Validity,
    /// A bit for each of [`WATCHED`].
    flags: u8,
}

fn known(value: f64) -> Option<f64> {
    (!value.is_nan()).then_some(value)
}

impl Stored {
    /// What is kept of a window.
    pub(super) fn of(window: &Window, flags: &[Flag]) -> Self {
        let is_flagged = |metric: &Metric| flags.iter().any(|flag| flag.metric == *metric);
        let bits = WATCHED.iter().enumerate().filter(|(_, metric)| is_flagged(metric));
        let service = window.time(TimeKind::Service);
        Self {
            number: window.number,
            cycle: u32::try_from(window.cycle).unwrap_or(u32::MAX),
            started_ms: window.started_at.as_millisecond(),
            duration_s: window.duration.as_secs_f64(),
            counts: window.counts,
            throughput: Metric::Throughput.of(window).unwrap_or(f64::NAN),
            times: KEPT.map(|reading| reading.of(service).unwrap_or(f64::NAN)),
            validity: window.validity,
            flags: bits.fold(0, |bits, (place, _)| bits | 1 << place),
        }
    }

    /// The point of a chart.
    pub(super) fn point(&self) -> Point {
        let flags = WATCHED.iter().enumerate().filter(|(place, _)| self.flags & 1 << place != 0);
        let time = |place: usize| known(self.times[place]);
        Point {
            number: self.number,
            cycle: self.cycle.into(),
            started_at_ms: self.started_ms,
            duration_s: self.duration_s,
            validity: self.validity.word(),
            invalid_reason: self.validity.reason().map(InvalidReason::name),
            requests: self.counts.requests(),
            succeeded: self.counts.succeeded,
            failed: self.counts.failed,
            throttled: self.counts.throttled,
            throughput_per_s: known(self.throughput),
            error_ratio: self.counts.error_ratio(),
            mean_us: time(MEAN),
            p50_us: time(P50),
            p90_us: time(P90),
            p95_us: time(P95),
            p99_us: time(P99),
            p999_us: time(P999),
            max_us: time(MAX),
            flags: flags.map(|(_, metric)| metric.name()).collect(),
        }
    }

    /// Whether its values are not to be believed.
    pub(super) fn is_invalid(&self) -> bool {
        matches!(self.validity, Validity::Invalid(_))
    }

    /// The mean service time, or its p95. Units: microseconds.
    pub(super) fn mean_or_p95(&self, is_mean: bool) -> Option<f64> {
        known(self.times[if is_mean { MEAN } else { P95 }])
    }

    /// Adds the next window: counts are added, the mean is that of all requests, of percentiles the largest remains.
    fn merge(&mut self, next: &Self) {
        let seconds = self.duration_s + next.duration_s;
        self.throughput = match (known(self.throughput), known(next.throughput)) {
            (Some(own), Some(other)) if seconds > 0.0 => {
                (own * self.duration_s + other * next.duration_s) / seconds
            }
            (own, other) => own.or(other).unwrap_or(f64::NAN),
        };
        let (own, other) = (self.counts.succeeded as f64, next.counts.succeeded as f64);
        for (place, time) in self.times.iter_mut().enumerate() {
            *time = match (known(*time), known(next.times[place])) {
                (Some(mean), Some(more)) if place == MEAN && own + other > 0.0 => {
                    (mean * own + more * other) / (own + other)
                }
                (Some(longest), Some(more)) => longest.max(more),
                (longest, more) => longest.or(more).unwrap_or(f64::NAN),
            };
        }
        self.duration_s = seconds;
        self.counts += next.counts;
        self.flags |= next.flags;
        if rank(next.validity) > rank(self.validity) {
            self.validity = next.validity;
        }
    }
}

fn rank(validity: Validity) -> u8 {
    match validity {
        Validity::Valid => 0,
        Validity::Throttled => 1,
        Validity::Invalid(_) => 2,
    }
}

/// Windows as columns of at most `most` values, and how many neighbours each value is of.
pub(super) fn columns(windows: &[Stored], most: usize) -> (usize, Columns) {
    let merged = windows.len().div_ceil(most.max(1)).max(1);
    let mut columns = Columns::default();
    for chunk in windows.chunks(merged) {
        let Some((first, rest)) = chunk.split_first() else { continue };
        let mut all = *first;
        for next in rest {
            all.merge(next);
        }
        push(&mut columns, &all);
    }
    (merged, columns)
}

fn push(columns: &mut Columns, window: &Stored) {
    let time = |place: usize| known(window.times[place]);
    columns.number.push(window.number);
    columns.started_at_ms.push(window.started_ms);
    columns.duration_s.push(window.duration_s);
    columns.requests.push(window.counts.requests());
    columns.failed.push(window.counts.failed);
    columns.throughput_per_s.push(known(window.throughput));
    columns.error_ratio.push(window.counts.error_ratio());
    columns.mean_us.push(time(MEAN));
    columns.p50_us.push(time(P50));
    columns.p95_us.push(time(P95));
    columns.p99_us.push(time(P99));
    columns.max_us.push(time(MAX));
    columns.validity.push(rank(window.validity));
    columns.flagged.push(u8::from(window.flags != 0));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(number: u64, succeeded: u64, mean_us: f64, p95_us: f64) -> Stored {
        let mut window = Window::sample();
        window.number = number;
        window.counts = Counts { succeeded, failed: 1, throttled: 0 };
        let mut stored = Stored::of(&window, &[]);
        stored.times[MEAN] = mean_us;
        stored.times[P95] = p95_us;
        stored
    }

    #[test]
    fn a_window_takes_little_memory() {
        assert!(size_of::<Stored>() <= 136, "{}", size_of::<Stored>());
    }

    #[test]
    fn merged_windows_have_the_mean_of_all_requests_and_the_largest_percentile() {
        let windows = [window(1, 10, 100.0, 900.0), window(2, 30, 200.0, 400.0), window(3, 1, 5.0, f64::NAN)];
        let (merged, columns) = columns(&windows, 2);
        assert_eq!((merged, &columns.number[..]), (2, &[1, 3][..]));
        assert_eq!(columns.mean_us, [Some(175.0), Some(5.0)]);
        assert_eq!(columns.p95_us, [Some(900.0), None]);
        assert_eq!((&columns.requests[..], &columns.failed[..]), (&[42, 2][..], &[2, 1][..]));
        assert_eq!(columns.p50_us, [None, None]);
    }

    #[test]
    fn few_windows_are_not_merged() {
        let windows = [window(1, 10, 100.0, 900.0), window(2, 30, 200.0, 400.0)];
        let (merged, columns) = columns(&windows, 2);
        assert_eq!((merged, columns.mean_us.len()), (1, 2));
        assert_eq!(super::columns(&[], 0).0, 1);
    }
}
