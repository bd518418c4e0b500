//! What the judge of SLOs keeps of a window: sums, so that the windows of any stretch are added in no time.

use jiff::Timestamp;

use crate::domain::histogram::Histogram;
use crate::domain::objective::{Objective, ObjectiveKind};
use crate::domain::time_summary::TimeKind;
use crate::domain::verdict::Validity;
use crate::domain::window::Window;

/// A valid window of a cell, as far as SLOs are concerned.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// Number of the window.
    pub number: u64,
    /// When measuring began.
    pub from: Timestamp,
    /// When it ended.
    pub until: Timestamp,
    /// Its requests and their times, as sums.
    pub sums: Sums,
    /// Days until a certificate expires; `None` without TLS.
    pub certificate_days: Option<f64>,
    /// Its times beyond the limit of p95; `None` where they were not kept, or there is no such limit.
    pub beyond: Option<Beyond>,
}

/// Sums over windows.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Sums {
    /// Number of windows.
    pub windows: u64,
    /// Windows in which the workload did not work.
    pub down: u64,
    /// Failed requests.
    pub failed: u64,
    /// Failed and succeeded requests.
    pub judged: u64,
    /// Number of times: succeeded requests of windows with a mean.
    pub times: f64,
    /// Sum of the times. Units: microseconds.
    pub sum_us: f64,
    /// Sum of the squared times.
    pub squares: f64,
    /// Responses that say whether they come from a cache, and those that do not come from one.
    pub cache: (u64, u64),
}

impl Sums {
    /// The sums of both.
    #[must_use]
    pub fn and(self, other: &Self) -> Self {
        Self {
            windows: self.windows + other.windows,
            down: self.down + other.down,
            failed: self.failed + other.failed,
            judged: self.judged + other.judged,
            times: self.times + other.times,
            sum_us: self.sum_us + other.sum_us,
            squares: self.squares + other.squares,
            cache: (self.cache.0 + other.cache.0, self.cache.1 + other.cache.1),
        }
    }

    /// The sums of these windows without those of `earlier`, which are among them.
    #[must_use]
    pub fn since(self, earlier: &Self) -> Self {
        Self {
            windows: self.windows - earlier.windows,
            down: self.down - earlier.down,
            failed: self.failed - earlier.failed,
            judged: self.judged - earlier.judged,
            times: self.times - earlier.times,
            sum_us: self.sum_us - earlier.sum_us,
            squares: self.squares - earlier.squares,
            cache: (self.cache.0 - earlier.cache.0, self.cache.1 - earlier.cache.1),
        }
    }

    /// The fraction of responses from a cache; `None` where none says whether it is.
    pub fn hit_ratio(&self) -> Option<f64> {
        let (known, misses) = self.cache;
        (known > 0).then(|| (known - misses) as f64 / known as f64)
    }

    /// Mean of the times and its standard error by the spread of single requests, in microseconds; `None` without
    /// times.
    pub fn mean_us(&self) -> Option<(f64, f64)> {
        let mean = (self.times > 0.0).then(|| self.sum_us / self.times)?;
        let variance = (self.squares - self.times * mean * mean).max(0.0) / (self.times - 1.0).max(1.0);
        // The histogram resolves times to a thousandth, so no spread is smaller.
        Some((mean, variance.sqrt().max(mean * 1e-3) / self.times.sqrt()))
    }
}

/// The times of a window that lie beyond a limit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Beyond {
    /// Number of all its times.
    pub times: u64,
    /// Number of those beyond the limit.
    pub beyond: u64,
    /// Each time beyond the limit, with its count, in any order. Units: nanoseconds.
    pub tail: Vec<(u64, u64)>,
}

impl Beyond {
    /// The times of a histogram beyond the limit of p95; `None` where the SLO has none.
    pub fn of(histogram: &Histogram, objective: &Objective) -> Option<Self> {
        let limit_us = objective.limit(ObjectiveKind::P95)?;
        let mut found = Self { times: histogram.count(), ..Self::default() };
        histogram.for_each(|time_ns, count| {
            if time_ns as f64 / 1e3 > limit_us {
                found.beyond += count;
                found.tail.push((time_ns, count));
            }
        });
        Some(found)
    }
}

impl Sample {
    /// What counts of a window, without its times beyond a limit; `None` for one that is not valid.
    pub fn of(window: &Window) -> Option<Self> {
        if window.validity != Validity::Valid {
            return None;
        }
        let counts = window.counts;
        let summary = window.time(TimeKind::Service);
        let times = summary.mean.map_or(0.0, |_| counts.succeeded as f64);
        let (mean, stdev) = (summary.mean.unwrap_or(0.0), summary.stdev.unwrap_or(0.0));
        let sums = Sums {
            windows: 1,
            down: u64::from(window.worked() == Some(false)),
            failed: counts.failed,
            judged: counts.failed + counts.succeeded,
            times,
            sum_us: times * mean,
            squares: (times - 1.0).max(0.0) * stdev * stdev + times * mean * mean,
            cache: (window.cache.known(), window.cache.misses),
        };
        let (from, until) = (window.started_at, window.ended_at());
        let certificate_days = window.certificate_days;
        Some(Self { number: window.number, from, until, sums, certificate_days, beyond: None })
    }
}

/// The 95th percentile over windows of which more than 5% of the times lie beyond the limit; `None` where fewer do.
///
/// Units: microseconds.
pub fn p95_beyond<'a>(windows: impl IntoIterator<Item = &'a Beyond>) -> Option<f64> {
    let (mut times, mut tail) = (0, Vec::new());
    for window in windows {
        times += window.times;
        tail.extend_from_slice(&window.tail);
    }
    tail.sort_unstable_by(|left: &(u64, u64), right| right.cmp(left));
    let rank = (0.95 * times as f64).round().max(1.0);
    let mut above = 0;
    tail.into_iter().find_map(|(time_ns, count)| {
        above += count;
        // This time has ranks from `times - above + 1` on.
        ((times - above) as f64 + 1.0 <= rank).then_some(time_ns as f64 / 1e3)
    })
}
