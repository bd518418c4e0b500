//! A window: one measured stretch of one cell, as counts, summaries and histograms.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use super::cell_name::CellName;
use super::generator::GeneratorHealth;
use super::histogram::Histogram;
use super::sample::ErrorCounts;
use super::time_summary::{TimeKind, TimeSummary};
use super::units::after;
use super::verdict::{InvalidReason, Validity};

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

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.succeeded += other.succeeded;
        self.failed += other.failed;
        self.throttled += other.throttled;
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
    /// The cell, or the step of it, that was measured.
    pub cell: CellName,
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

    /// When measuring ended.
    pub fn ended_at(&self) -> Timestamp {
        after(self.started_at, self.duration)
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

/// The windows of one cell that were measured together and are committed together: a whole, and its parts.
///
/// An endpoint is a group of one. A workload of several steps has a part for each of them.
#[derive(Debug, Clone)]
pub struct MeasuredGroup {
    /// The workload as a whole.
    pub whole: MeasuredWindow,
    /// Its steps, in their order. They share number, cycle and start with the whole.
    pub parts: Vec<MeasuredWindow>,
}

impl MeasuredGroup {
    /// A group of one.
    pub fn of_one(whole: MeasuredWindow) -> Self {
        Self { whole, parts: Vec::new() }
    }

    /// Parts first, the whole last: the whole's row commits the group, so a group without it is none.
    pub fn in_commit_order(&self) -> impl Iterator<Item = &MeasuredWindow> {
        self.parts.iter().chain(std::iter::once(&self.whole))
    }
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
}
