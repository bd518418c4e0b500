//! A window: one measured stretch of one cell, as counts, summaries and histograms.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::generator::GeneratorHealth;
use super::histogram::Histogram;
use super::metric::TimeKind;
use super::percentile::Percentile;
use super::sample::ErrorCounts;
use super::verdict::{InvalidReason, Validity};

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

/// How many requests ended how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Answered as expected.
    pub succeeded: u64,
    /// Not answered, or not as expected.
    pub failed: u64,
    /// Refused for their number (429).
    pub throttled: u64,
}

impl Counts {
    /// All of them.
    pub fn requests(&self) -> u64 {
        self.succeeded + self.failed + self.throttled
    }

    /// Failed over those that were not throttled; `None` of nothing.
    pub fn error_ratio(&self) -> Option<f64> {
        let judged = self.succeeded + self.failed;
        (judged > 0).then(|| self.failed as f64 / judged as f64)
    }
}

/// What caches said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CacheCounts {
    /// Answers from a cache.
    pub hits: u64,
    /// Answers not from a cache.
    pub misses: u64,
}

impl CacheCounts {
    /// Hits over all answers that said either; `None` where none did.
    pub fn hit_ratio(&self) -> Option<f64> {
        let known = self.hits + self.misses;
        (known > 0).then(|| self.hits as f64 / known as f64)
    }
}

/// Connections opened within the window, and their mean phases. Units: microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Phases {
    /// How many connections were opened, warm-up included.
    pub connections: u64,
    /// Resolving the name.
    pub resolve_mean_us: Option<f64>,
    /// Connecting.
    pub connect_mean_us: Option<f64>,
    /// The TLS handshake.
    pub tls_mean_us: Option<f64>,
}

/// One committed window: a row of `windows.csv`.
#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    /// Counts up from 1 in the order of commits.
    pub number: u64,
    /// The cycle it belongs to, from 0.
    pub cycle: u64,
    /// When measuring began, after warm-up; whole milliseconds.
    pub started_at: Timestamp,
    /// The cell's endpoint.
    pub endpoint: Arc<str>,
    /// The cell's level.
    pub level: Arc<str>,
    /// The level's users.
    pub users: u32,
    /// How long its users were measured, on average over users.
    pub duration: Duration,
    /// Outcomes.
    pub counts: Counts,
    /// Whether it may be judged.
    pub validity: Validity,
    /// Body bytes received.
    pub bytes: u64,
    /// Service time, response time and time to first byte of the succeeded requests, by [`TimeKind`].
    pub times: [TimeSummary; TimeKind::ALL.len()],
    /// How often each status came.
    pub statuses: BTreeMap<u16, u64>,
    /// Failures by class.
    pub errors: ErrorCounts,
    /// Cache headers.
    pub cache: CacheCounts,
    /// Connections.
    pub phases: Phases,
    /// In an open loop: requests that left more than a millisecond after their intended start.
    pub late_starts: u64,
    /// The generator's health.
    pub generator: GeneratorHealth,
}

impl Window {
    /// Completed exchanges a second, whatever their status; `None` of an empty span.
    pub fn throughput_per_s(&self) -> Option<f64> {
        let completed = self.counts.requests() - self.errors.transport().min(self.counts.requests());
        let seconds = self.duration.as_secs_f64();
        (seconds > 0.0).then(|| completed as f64 / seconds)
    }

    /// The summary of one kind of time.
    pub fn time(&self, kind: TimeKind) -> &TimeSummary {
        &self.times[kind as usize]
    }

    /// The validity that counts and generator health come to. `met_limits`: a request was refused for its number, or
    /// a user held back because one had been.
    pub fn judge(counts: &Counts, met_limits: bool, generator: &GeneratorHealth) -> Validity {
        if met_limits {
            Validity::Throttled
        } else if counts.requests() == 0 {
            Validity::Invalid(InvalidReason::NoRequests)
        } else {
            generator.spoils().map_or(Validity::Valid, Validity::Invalid)
        }
    }
}

/// The distributions behind a window's summaries. They hold the succeeded requests.
#[derive(Debug, Clone)]
pub struct Histograms {
    /// Completed - sent.
    pub service_time: Histogram,
    /// Completed - intended; `None` in a closed loop, where it is the service time.
    pub response_time: Option<Histogram>,
    /// First byte - sent.
    pub first_byte: Histogram,
}

impl Histograms {
    /// The distribution of one kind of time.
    pub fn get(&self, kind: TimeKind) -> &Histogram {
        match kind {
            TimeKind::Service => &self.service_time,
            TimeKind::Response => self.response_time.as_ref().unwrap_or(&self.service_time),
            TimeKind::FirstByte => &self.first_byte,
        }
    }
}

/// A window with its distributions, as the engine hands it over.
#[derive(Debug, Clone)]
pub struct MeasuredWindow {
    /// Counts and summaries.
    pub window: Window,
    /// The distributions that they summarise.
    pub histograms: Histograms,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_window_is_not_judged() {
        let counts = Counts::default();
        assert_eq!(counts.error_ratio(), None);
        assert_eq!(
            Window::judge(&counts, false, &GeneratorHealth::default()),
            Validity::Invalid(InvalidReason::NoRequests)
        );
    }

    #[test]
    fn a_throttled_request_marks_its_window_and_is_no_error() {
        let counts = Counts { succeeded: 3, failed: 1, throttled: 6 };
        assert_eq!(counts.error_ratio(), Some(0.25));
        assert_eq!(Window::judge(&counts, true, &GeneratorHealth::default()), Validity::Throttled);
    }

    #[test]
    fn percentiles_need_their_requests() {
        let mut histogram = Histogram::new().unwrap();
        (0..40).for_each(|n| histogram.record(1_000_000 + n));
        let percentiles = TimeSummary::percentiles_of(&histogram);
        assert_eq!(percentiles.map(|p| p.is_some()), [true, true, false, false, false]);
    }
}
