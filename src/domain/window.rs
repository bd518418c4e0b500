//! A window: one measured stretch of one cell, as counts, summaries and histograms.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::cell_name::CellName;
use super::error_counts::ErrorCounts;
use super::generator::GeneratorHealth;
use super::histogram::Histogram;
use super::sample::ErrorClass;
use super::time_summary::{TimeKind, TimeSummary};
use super::trace::SlowRequest;
use super::units::after;
use super::verdict::{InvalidReason, Validity};

/// Number of requests per outcome; every request has exactly one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Complete responses that met the expectation.
    pub succeeded: u64,
    /// Requests without a complete response, or with an unexpected one.
    pub failed: u64,
    /// Rate-limited requests (429), neither succeeded nor failed.
    pub throttled: u64,
}

impl Counts {
    /// Number of requests with any outcome.
    pub fn requests(&self) -> u64 {
        self.succeeded + self.failed + self.throttled
    }

    /// Failed over failed and succeeded requests; `None` without either.
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

/// Fewest responses that say whether they come from a cache, for their ratio to be judged: below, single ones decide.
pub const LEAST_CACHE_RESPONSES: u64 = 20;

/// What the cache headers of the responses reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CacheCounts {
    /// Responses that a cache served, according to their headers.
    pub hits: u64,
    /// Responses that no cache served, according to their headers.
    pub misses: u64,
}

impl CacheCounts {
    /// Responses that reported either.
    pub fn known(&self) -> u64 {
        self.hits + self.misses
    }

    /// Hits over hits and misses; `None` where no response reported either.
    pub fn hit_ratio(&self) -> Option<f64> {
        (self.known() > 0).then(|| self.hits as f64 / self.known() as f64)
    }
}

/// Connections opened for the window, and the mean times of their phases. Units: microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Phases {
    /// Number of connections opened, warm-up included.
    pub connections: u64,
    /// Mean time to resolve the host name; `None` where none was resolved.
    pub resolve_mean_us: Option<f64>,
    /// Mean time to connect over TCP; `None` where no connection was opened.
    pub connect_mean_us: Option<f64>,
    /// Mean time of the TLS handshake; `None` without one.
    pub tls_mean_us: Option<f64>,
}

/// One committed window of a cell or of one of its steps: a row of `windows.csv`.
#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    /// Number of the window in the run: from 1, in the order of commits.
    pub number: u64,
    /// Cycle it belongs to, from 0.
    pub cycle: u64,
    /// When measuring began, after warm-up; whole milliseconds.
    pub started_at: Timestamp,
    /// The cell, or the step of it, that was measured.
    pub cell: CellName,
    /// Concurrent users of the cell's level.
    pub users: u32,
    /// Time that users were measured, averaged over them.
    pub duration: Duration,
    /// Part of `duration` that users paused after failed requests, averaged over them like it; `None` in files of
    /// versions that did not record it.
    pub backed_off: Option<Duration>,
    /// The most requests that the window could send; `None` without a bound, and in files of versions that did not
    /// record it.
    pub request_cap: Option<u64>,
    /// Number of requests per outcome; every request has exactly one.
    pub counts: Counts,
    /// Whether it may enter a baseline or a verdict.
    pub validity: Validity,
    /// Body bytes received in the responses of the window, as they were sent.
    pub bytes: u64,
    /// Body bytes of these responses without their content encoding; `None` where one was encoded and not decoded.
    pub decoded_bytes: Option<u64>,
    /// Responses that break a rule of HTTP that clients overlook: a folded header, for instance.
    pub odd_responses: u64,
    /// Service time, response time and time to first byte of the succeeded requests, by [`TimeKind`].
    pub times: [TimeSummary; TimeKind::ALL.len()],
    /// Number of responses per status code.
    pub statuses: BTreeMap<u16, u64>,
    /// Number of failed requests per class.
    pub errors: ErrorCounts,
    /// What the cache headers of the responses reported.
    pub cache: CacheCounts,
    /// Connections opened, and their mean phase times.
    pub phases: Phases,
    /// Number of users that were connected to each address when they sent their last request.
    pub addresses: BTreeMap<IpAddr, u64>,
    /// Days until the first certificate of the target's expires, counted from the start of the window; below 0 if one has
    /// expired. `None` without TLS.
    pub certificate_days: Option<f64>,
    /// In an open loop: requests that left more than a millisecond after their intended start.
    pub late_starts: u64,
    /// Redirects that were followed.
    pub redirects: u64,
    /// What was missing in responses, or why users could not be set up; a few of them, without any value.
    pub remarks: Vec<String>,
    /// Health of the load generator during the window.
    pub generator: GeneratorHealth,
}

impl Window {
    /// Complete responses per second, of any status; `None` for an empty span.
    ///
    /// This is arithmetic. Whether it shows what the target can do is for [`Self::no_throughput`] to say.
    pub fn throughput_per_s(&self) -> Option<f64> {
        let completed = self.counts.requests() - self.errors.transport().min(self.counts.requests());
        let seconds = self.duration.as_secs_f64();
        (seconds > 0.0).then(|| completed as f64 / seconds)
    }

    /// Fraction of the measured time that users paused after failed requests, 0 to 1; `None` where it is unknown.
    pub fn backed_off_ratio(&self) -> Option<f64> {
        let measured = self.duration.as_secs_f64();
        self.backed_off.filter(|_| measured > 0.0).map(|paused| paused.as_secs_f64() / measured)
    }

    /// When measuring ended: start plus measured time.
    pub fn ended_at(&self) -> Timestamp {
        after(self.started_at, self.duration)
    }

    /// The summary of one kind of time, in microseconds.
    pub fn time(&self, kind: TimeKind) -> &TimeSummary {
        &self.times[kind as usize]
    }

    /// The validity that follows from counts, errors, and generator health over the time that was measured. `met_limits`: a
    /// request was rate-limited, or a user held back because of an earlier one.
    pub fn judge(
        counts: &Counts,
        errors: &ErrorCounts,
        met_limits: bool,
        generator: &GeneratorHealth,
        measured: Duration,
    ) -> Validity {
        if let Some((reason, _)) = errors.reasons().of_class(ErrorClass::Local).first() {
            Validity::Invalid(InvalidReason::of_local(*reason))
        } else if met_limits {
            Validity::Throttled
        } else if counts.requests() == 0 {
            Validity::Invalid(InvalidReason::NoRequests)
        } else {
            generator.spoils(measured).map_or(Validity::Valid, Validity::Invalid)
        }
    }
}

/// The distributions behind a window's summaries. They contain the succeeded requests.
#[derive(Debug, Clone)]
pub struct Histograms {
    /// From sending the request to the complete response.
    pub service_time: Histogram,
    /// From the scheduled start to the complete response; `None` in a closed loop, where it is the service time.
    pub response_time: Option<Histogram>,
    /// From sending the request to the first byte of the response.
    pub first_byte: Histogram,
}

impl Histograms {
    /// The distribution of one kind of time; the service time stands in for a missing response time.
    pub fn get(&self, kind: TimeKind) -> &Histogram {
        match kind {
            TimeKind::Service => &self.service_time,
            TimeKind::Response => self.response_time.as_ref().unwrap_or(&self.service_time),
            TimeKind::FirstByte => &self.first_byte,
        }
    }
}

/// A window with its distributions, as the engine returns it.
#[derive(Debug, Clone)]
pub struct MeasuredWindow {
    /// Counts and summary statistics of the window.
    pub window: Window,
    /// Distributions that the summaries were computed from.
    pub histograms: Histograms,
    /// Its slowest requests that named a trace, the slowest first; of the row of a journey or a mix, its slowest iterations.
    pub slowest: Vec<SlowRequest>,
}

/// Windows of one cell that were measured together and are committed together: a whole, and its parts.
///
/// An endpoint is a group of one. A workload of several steps has a part for each of them.
#[derive(Debug, Clone)]
pub struct MeasuredGroup {
    /// The window of the workload as a whole.
    pub whole: MeasuredWindow,
    /// The windows of its steps, in their order. They share number, cycle and start with the whole.
    pub parts: Vec<MeasuredWindow>,
    /// Name of the data that has no rows left, so that nothing more can be measured.
    pub out_of_rows: Option<Arc<str>>,
}

impl MeasuredGroup {
    /// A group without steps, as an endpoint is one.
    pub fn of_one(whole: MeasuredWindow) -> Self {
        Self { whole, parts: Vec::new(), out_of_rows: None }
    }

    /// Parts first, the whole last: the row of the whole commits the group.
    pub fn in_commit_order(&self) -> impl Iterator<Item = &MeasuredWindow> {
        self.parts.iter().chain(std::iter::once(&self.whole))
    }
}

#[cfg(test)]
impl Window {
    /// A valid window of one second without requests, for tests to change.
    pub(crate) fn sample() -> Self {
        Self {
            number: 1,
            cycle: 0,
            started_at: Timestamp::UNIX_EPOCH,
            cell: CellName::new("health", "light_load"),
            users: 1,
            duration: Duration::from_secs(1),
            counts: Counts::default(),
            validity: Validity::Valid,
            bytes: 0,
            decoded_bytes: Some(0),
            odd_responses: 0,
            addresses: BTreeMap::new(),
            certificate_days: None,
            times: [TimeSummary::default(); TimeKind::ALL.len()],
            statuses: BTreeMap::new(),
            errors: ErrorCounts::default(),
            cache: CacheCounts::default(),
            phases: Phases::default(),
            late_starts: 0,
            redirects: 0,
            remarks: Vec::new(),
            generator: GeneratorHealth::default(),
            backed_off: None,
            request_cap: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::error_reason::ErrorReason;

    #[test]
    fn an_empty_window_is_not_judged() {
        let counts = Counts::default();
        assert_eq!(counts.error_ratio(), None);
        assert_eq!(
            Window::judge(
                &counts,
                &ErrorCounts::default(),
                false,
                &GeneratorHealth::default(),
                Duration::ZERO
            ),
            Validity::Invalid(InvalidReason::NoRequests)
        );
    }

    #[test]
    fn a_throttled_request_marks_its_window_and_is_no_error() {
        let counts = Counts { succeeded: 3, failed: 1, throttled: 6 };
        assert_eq!(counts.error_ratio(), Some(0.25));
        let judge =
            |errors| Window::judge(&counts, &errors, true, &GeneratorHealth::default(), Duration::ZERO);
        assert_eq!(judge(ErrorCounts::default()), Validity::Throttled);
        let mut local = ErrorCounts::default();
        local.add(ErrorReason::NoLocalPort, 1);
        assert_eq!(judge(local), Validity::Invalid(InvalidReason::LocalPorts));
    }
}
