//! The reports of a window's users, summed up.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use super::engine::EngineError;
use super::recorder::Recorder;
use super::shared::{Assignment, UserReport};

/// Different reasons why users could not be set up that are kept of a window.
pub(super) const MOST_FAILURES: usize = 4;

/// The reports of a window's users, summed up.
pub(super) struct Sums {
    pub(super) recorder: Recorder,
    pub(super) duration: Duration,
    /// Users that the duration is averaged over.
    pub(super) present: u64,
    pub(super) littles_law_ratio: Option<f64>,
    pub(super) addresses: BTreeMap<IpAddr, u64>,
    /// What was recorded of each part.
    pub(super) parts: Vec<Recorder>,
    /// The feeder that had no more rows.
    pub(super) out_of_rows: Option<usize>,
    /// Why users could not be set up again, each once.
    pub(super) setup_failures: Vec<String>,
}

impl Sums {
    pub(super) fn of(
        reports: Vec<UserReport>,
        window: &Assignment,
        parts: usize,
    ) -> Result<Self, EngineError> {
        let open_loop = window.schedule.is_some();
        let is_counted = window.tickets.is_some();
        let nominal_ns = window.closes_ns - window.measure_from_ns;
        let mut recorder = Recorder::new(open_loop)?;
        let mut parts: Vec<Recorder> =
            (0..parts).map(|_| Recorder::new(open_loop)).collect::<Result<_, _>>()?;
        let (mut out_of_rows, mut setup_failures) = (None, Vec::new());
        let (mut spans_ns, mut measured_spans_ns, mut users) = (0_u64, 0_u64, 0_u64);
        // A counted window ends when its requests are used up, independent of its nominal length.
        let (mut first_ns, mut last_ns) = (u64::MAX, window.measure_from_ns);
        let mut addresses = BTreeMap::new();
        for report in reports {
            if let Some(address) = report.address {
                *addresses.entry(address).or_insert(0) += 1;
            }
            let span_ns = report.started_ns.map(|started| report.ended_ns.saturating_sub(started));
            // A user that sent nothing was present all the same, unless it found all requests taken.
            spans_ns += span_ns.unwrap_or(if is_counted { 0 } else { nominal_ns });
            users += u64::from(span_ns.is_some() || !is_counted);
            measured_spans_ns += span_ns.unwrap_or(0);
            last_ns = last_ns.max(report.ended_ns);
            first_ns = first_ns.min(report.started_ns.unwrap_or(u64::MAX));
            out_of_rows = out_of_rows.or(report.out_of_rows);
            setup_failures.extend(report.setup_failure);
            for (sum, of_user) in [&mut recorder].into_iter().chain(&mut parts).zip(&report.recorders?) {
                sum.merge(of_user)?;
            }
        }
        setup_failures.sort();
        setup_failures.dedup();
        setup_failures.truncate(MOST_FAILURES);
        // An open loop lasts for its window, and longer where its last responses arrived later. A backlog of the
        // warm-up is worked off first and is not part of it.
        let duration_ns = match &window.schedule {
            Some(schedule) => {
                let planned_ns = (!is_counted).then_some(nominal_ns);
                schedule.span_ns(recorder.counts().requests(), last_ns.saturating_sub(first_ns), planned_ns)
            }
            None => spans_ns / users.max(1),
        };
        let explained = recorder.explained_ns() as f64 / measured_spans_ns.max(1) as f64;
        let closed_with_requests = !open_loop && measured_spans_ns > 0;
        Ok(Self {
            duration: Duration::from_micros(duration_ns / 1_000),
            present: users,
            littles_law_ratio: closed_with_requests.then_some(explained),
            addresses,
            parts,
            out_of_rows,
            setup_failures,
            recorder,
        })
    }
}
