//! Records what one user measured in one window: plain fields and histograms, merged when the window closes.
//!
//! No lock, no channel and no allocation on the path of a request, except for the first response of each status. Times are
//! those of requests that succeeded; failures are counted by class, because the times of refused connections and timeouts
//! would make an outage look fast or slow by accident.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use jiff::Timestamp;

use crate::domain::cell_name::CellName;
use crate::domain::error_counts::ErrorCounts;
use crate::domain::error_reason::ErrorReason;
use crate::domain::generator::GeneratorHealth;
use crate::domain::histogram::{Histogram, HistogramError};
use crate::domain::plan::Plan;
use crate::domain::sample::CacheState;
use crate::domain::time_summary::{TimeKind, TimeSummary};
use crate::domain::units::whole_millis;
use crate::domain::window::{CacheCounts, Counts, Histograms, MeasuredWindow, Window};
use crate::http::{ConnectPhases, Response};

use super::engine::WindowOrder;
use super::phase_sums::PhaseSums;
use super::slowest::Slowest;
use super::time_recorder::TimeRecorder;

/// The times of a succeeded request. Units: nanoseconds.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// From sending to the complete response.
    pub service_ns: u64,
    /// From the scheduled start to the complete response.
    pub response_ns: u64,
    /// From sending to the first byte of the response.
    pub first_byte_ns: u64,
}

/// The measurements of one user in one window.
#[derive(Debug, Clone)]
pub struct Recorder {
    counts: Counts,
    bytes: u64,
    decoded_bytes: Option<u64>,
    odd_responses: u64,
    statuses: BTreeMap<u16, u64>,
    errors: ErrorCounts,
    cache: CacheCounts,
    phases: PhaseSums,
    service: TimeRecorder,
    response: Option<TimeRecorder>,
    first_byte: TimeRecorder,
    lateness: Option<Histogram>,
    late_starts: u64,
    held_back: bool,
    redirects: u64,
    remarks: Vec<String>,
    /// The slowest requests that named a trace.
    pub(super) slowest: Slowest,
    /// Time spent on measured requests of any outcome.
    busy_ns: u64,
    /// Time spent waiting on purpose: think time, back-off, rate limits.
    idle_ns: u64,
    /// The part of it that only failed requests caused.
    backed_off_ns: u64,
}

/// When a window was measured, and how its generator fared.
#[derive(Debug, Clone)]
pub(super) struct Stretch {
    /// When measuring began.
    pub(super) started_at: Timestamp,
    /// The same on the clock of the run. Units: nanoseconds.
    pub(super) measured_from_ns: u64,
    /// How long users were measured, averaged over those that were present.
    pub(super) duration: Duration,
    /// Users that were present.
    pub(super) present: u64,
    /// Health of the load generator.
    pub(super) generator: GeneratorHealth,
    /// Whether the target's limits were met, by whatever part.
    pub(super) met_limits: bool,
    /// Users by the address that they were connected to.
    pub(super) addresses: BTreeMap<IpAddr, u64>,
    /// Days until the target's certificate expires.
    pub(super) certificate_days: Option<f64>,
}

/// What was missing in responses is kept this often per window.
const MOST_REMARKS: usize = 4;
/// Units: characters.
const LONGEST_REMARK: usize = 200;
/// A send later than this after its scheduled start counts as a late start.
pub const LATE_START_NS: u64 = 1_000_000;

impl Recorder {
    /// An empty recorder; for an open loop it also records response times and lateness.
    /// # Errors
    /// [`HistogramError`] if a histogram cannot be created.
    pub fn new(open_loop: bool) -> Result<Self, HistogramError> {
        Ok(Self {
            counts: Counts::default(),
            bytes: 0,
            decoded_bytes: Some(0),
            odd_responses: 0,
            statuses: BTreeMap::new(),
            errors: ErrorCounts::default(),
            cache: CacheCounts::default(),
            phases: PhaseSums::default(),
            service: TimeRecorder::new()?,
            response: open_loop.then(TimeRecorder::new).transpose()?,
            first_byte: TimeRecorder::new()?,
            lateness: open_loop.then(Histogram::new).transpose()?,
            late_starts: 0,
            held_back: false,
            redirects: 0,
            remarks: Vec::new(),
            slowest: Slowest::default(),
            busy_ns: 0,
            idle_ns: 0,
            backed_off_ns: 0,
        })
    }

    /// Counts a complete response that met the expectation.
    pub fn succeeded(&mut self, timing: Timing) {
        self.counts.succeeded += 1;
        self.service.record(timing.service_ns);
        self.first_byte.record(timing.first_byte_ns);
        if let Some(response) = &mut self.response {
            response.record(timing.response_ns);
        }
    }

    /// Counts a failed request under its reason.
    pub fn failed(&mut self, reason: ErrorReason) {
        self.counts.failed += 1;
        self.errors.add(reason, 1);
    }

    /// Counts a rate-limited request (429), whose times are not recorded.
    pub fn throttled(&mut self) {
        self.counts.throttled += 1;
    }

    /// Notes that a user waited because of an earlier 429.
    pub fn held_back(&mut self) {
        self.held_back = true;
    }

    /// Whether the target's limits were met: a request was rate-limited, or a user held back.
    pub fn met_limits(&self) -> bool {
        self.held_back || self.counts.throttled > 0
    }

    /// Counts an iteration in which every step succeeded. Units: nanoseconds.
    pub fn iterated(&mut self, active_ns: u64, response_ns: u64) {
        self.counts.succeeded += 1;
        self.service.record(active_ns);
        if let Some(response) = &mut self.response {
            response.record(response_ns);
        }
    }

    /// Counts redirects that were followed.
    pub fn redirected(&mut self, hops: u64) {
        self.redirects += hops;
    }

    /// Keeps what was missing in a response, once; the first few of a window.
    pub fn remark(&mut self, remark: &str) {
        if self.remarks.len() < MOST_REMARKS && !self.remarks.iter().any(|known| known == remark) {
            self.remarks.push(remark.chars().take(LONGEST_REMARK).collect());
        }
    }

    /// Counts what every complete response has, with any outcome: status, body bytes and cache state.
    pub fn answered(&mut self, response: &Response) {
        self.status(response.status);
        self.received(response);
    }

    /// Counts the status of a response, or the one that decided an iteration.
    pub fn status(&mut self, status: u16) {
        *self.statuses.entry(status).or_insert(0) += 1;
    }

    /// Counts the bytes and the cache state of a response.
    pub fn received(&mut self, response: &Response) {
        self.bytes += response.bytes;
        self.decoded_bytes = self.decoded_bytes.zip(response.decoded_bytes).map(|(sum, more)| sum + more);
        self.odd_responses += u64::from(response.is_odd);
        match response.cache {
            Some(CacheState::Hit) => self.cache.hits += 1,
            Some(CacheState::Miss) => self.cache.misses += 1,
            None => (),
        }
    }

    /// Counts an opened connection and its phases.
    pub fn connected(&mut self, phases: ConnectPhases) {
        self.phases.add(phases);
    }

    /// Counts how late an open-loop send was: after its scheduled start, and after its user was free for it.
    pub fn sent_late(&mut self, after_intended_ns: u64, after_free_ns: u64) {
        self.late_starts += u64::from(after_intended_ns > LATE_START_NS);
        if let Some(lateness) = &mut self.lateness {
            lateness.record(after_free_ns);
        }
    }

    /// Adds time spent on a measured request, in nanoseconds.
    pub fn busy(&mut self, span_ns: u64) {
        self.busy_ns += span_ns;
    }

    /// Adds time spent waiting on purpose, in nanoseconds.
    pub fn idle(&mut self, span_ns: u64) {
        self.idle_ns += span_ns;
    }

    /// Adds the part of that time that only failed requests caused, in nanoseconds.
    pub fn backed_off(&mut self, span_ns: u64) {
        self.backed_off_ns += span_ns;
    }

    /// Adds the measurements of another user.
    /// # Errors
    /// [`HistogramError`] where histograms cannot be merged.
    pub fn merge(&mut self, other: &Self) -> Result<(), HistogramError> {
        self.counts += other.counts;
        self.bytes += other.bytes;
        self.decoded_bytes = self.decoded_bytes.zip(other.decoded_bytes).map(|(mine, theirs)| mine + theirs);
        self.odd_responses += other.odd_responses;
        for (status, count) in &other.statuses {
            *self.statuses.entry(*status).or_insert(0) += count;
        }
        self.errors.merge(&other.errors);
        self.cache.hits += other.cache.hits;
        self.cache.misses += other.cache.misses;
        self.phases.merge(&other.phases);
        self.service.merge(&other.service)?;
        self.first_byte.merge(&other.first_byte)?;
        if let (Some(mine), Some(theirs)) = (&mut self.response, &other.response) {
            mine.merge(theirs)?;
        }
        if let (Some(mine), Some(theirs)) = (&mut self.lateness, &other.lateness) {
            mine.merge(theirs)?;
        }
        self.late_starts += other.late_starts;
        self.held_back |= other.held_back;
        self.redirects += other.redirects;
        self.slowest.merge(&other.slowest);
        other.remarks.iter().for_each(|remark| self.remark(remark));
        self.busy_ns += other.busy_ns;
        self.idle_ns += other.idle_ns;
        self.backed_off_ns += other.backed_off_ns;
        Ok(())
    }

    /// Number of requests per outcome so far.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Time spent on measured requests or waiting on purpose, in nanoseconds.
    pub fn explained_ns(&self) -> u64 {
        self.busy_ns.saturating_add(self.idle_ns)
    }

    /// The 99th percentile of how late a free user sent, in microseconds; `None` in a closed loop.
    pub fn send_lateness_p99_us(&self) -> Option<f64> {
        self.lateness.as_ref()?.quantile_ns(0.99).map(|late_ns| late_ns as f64 / 1e3)
    }

    /// Turns the recorded measurements into a window with its histograms.
    pub(super) fn into_window(self, plan: &Plan, order: &WindowOrder, stretch: Stretch) -> MeasuredWindow {
        self.into_row(plan, order, stretch, plan.cell_name(order.cell))
    }

    /// The same for a part of a cell.
    pub(super) fn into_row(
        self,
        plan: &Plan,
        order: &WindowOrder,
        stretch: Stretch,
        cell: CellName,
    ) -> MeasuredWindow {
        let Stretch { started_at, measured_from_ns, duration, present, .. } = stretch;
        let generator = stretch.generator.rounded();
        let times = self.times();
        let met_limits = self.met_limits() || stretch.met_limits;
        let slowest = self.slowest.into_requests(order.number, &cell, (started_at, measured_from_ns));
        let window = Window {
            number: order.number,
            cycle: order.cycle,
            started_at: whole_millis(started_at),
            cell,
            users: plan.level(order.cell).users.get(),
            duration,
            backed_off: Some(Duration::from_micros(self.backed_off_ns / present.max(1) / 1_000)),
            request_cap: order.request_cap,
            counts: self.counts,
            validity: Window::judge(&self.counts, &self.errors, met_limits, &generator, duration),
            bytes: self.bytes,
            decoded_bytes: self.decoded_bytes,
            odd_responses: self.odd_responses,
            times,
            statuses: self.statuses,
            errors: self.errors,
            cache: self.cache,
            phases: self.phases.means(),
            addresses: stretch.addresses,
            certificate_days: stretch.certificate_days,
            late_starts: self.late_starts,
            redirects: self.redirects,
            remarks: self.remarks,
            generator,
        };
        let histograms = Histograms {
            service_time: self.service.histogram,
            response_time: self.response.map(|response| response.histogram),
            first_byte: self.first_byte.histogram,
        };
        MeasuredWindow { window, histograms, slowest }
    }

    /// Summaries of the recorded times, in the order of [`TimeKind::ALL`].
    fn times(&self) -> [TimeSummary; TimeKind::ALL.len()] {
        let service = self.service.summary();
        TimeKind::ALL.map(|kind| match kind {
            TimeKind::Service => service,
            TimeKind::Response => self.response.as_ref().map_or(service, TimeRecorder::summary),
            TimeKind::FirstByte => self.first_byte.summary(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timing(micros: u64) -> Timing {
        Timing { service_ns: micros * 1_000, response_ns: micros * 2_000, first_byte_ns: micros * 500 }
    }

    #[test]
    fn merged_users_are_one() {
        let mut together = Recorder::new(true).unwrap();
        let mut first = Recorder::new(true).unwrap();
        let mut second = Recorder::new(true).unwrap();
        for micros in 1..=100 {
            together.succeeded(timing(micros * 10));
            if micros % 3 == 0 {
                first.succeeded(timing(micros * 10));
            } else {
                second.succeeded(timing(micros * 10));
            }
        }
        first.merge(&second).unwrap();
        assert_eq!(first.times(), together.times());
        assert_eq!(first.service.histogram, together.service.histogram);
    }

    #[test]
    fn moments_are_exact() {
        let mut recorder = Recorder::new(false).unwrap();
        for millis in [2_u64, 4, 4, 4, 5, 5, 7, 9] {
            recorder.succeeded(timing(millis * 1_000));
        }
        let times = recorder.times();
        let summary = times[TimeKind::Service as usize];
        assert_eq!((summary.mean, summary.min, summary.max), (Some(5_000.0), Some(2_000.0), Some(9_000.0)));
        assert!((summary.stdev.unwrap() - 2_138.09).abs() < 1e-3);
        assert_eq!(summary, times[TimeKind::Response as usize]);
    }
}
