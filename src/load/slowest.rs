//! The slowest requests of a window: a bounded list that costs one comparison for a request that is not among them.

use jiff::{SignedDuration, Timestamp};

use crate::domain::cell_name::CellName;
use crate::domain::error_reason::ErrorReason;
use crate::domain::sample::ErrorClass;
use crate::domain::trace::SlowRequest;

use super::tracer::Ids;

/// Requests that are kept of each window and series.
pub(super) const MOST: usize = 10;

/// A request that may be among the slowest. Units: nanoseconds; of the run's clock for `sent_ns`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
    pub(super) sent_ns: u64,
    pub(super) service_ns: u64,
    pub(super) ids: Ids,
    pub(super) status: Option<u16>,
    pub(super) failure: Option<ErrorReason>,
}

/// The slowest requests so far, in no order.
#[derive(Debug, Clone, Default)]
pub(super) struct Slowest {
    kept: Vec<Candidate>,
    /// A request that took no longer is not among them. Units: nanoseconds.
    threshold_ns: u64,
}

impl Slowest {
    /// Whether a request with this time is among the slowest.
    pub(super) fn wants(&self, service_ns: u64) -> bool {
        service_ns > self.threshold_ns
    }

    /// Keeps a request if it is among the slowest. Of several with the same time the first is kept.
    pub(super) fn offer(&mut self, candidate: Candidate) {
        if !self.wants(candidate.service_ns) {
            return;
        }
        if self.kept.len() < MOST {
            self.kept.push(candidate);
        } else if let Some(fastest) = self.kept.iter_mut().min_by_key(|kept| kept.service_ns) {
            *fastest = candidate;
        }
        if self.kept.len() == MOST {
            self.threshold_ns = self.kept.iter().map(|kept| kept.service_ns).min().unwrap_or(0);
        }
    }

    /// Adds those of another user.
    pub(super) fn merge(&mut self, other: &Self) {
        other.kept.iter().for_each(|candidate| self.offer(*candidate));
    }

    /// The slowest first. `origin`: the same moment on the wall clock and on that of the run.
    pub(super) fn into_requests(
        mut self,
        window: u64,
        cell: &CellName,
        (wall, clock_ns): (Timestamp, u64),
    ) -> Vec<SlowRequest> {
        self.kept.sort_by_key(|kept| (std::cmp::Reverse(kept.service_ns), kept.sent_ns));
        let request = |kept: Candidate| SlowRequest {
            window,
            cell: cell.clone(),
            sent_at: moment(wall, clock_ns, kept.sent_ns),
            service_time: std::time::Duration::from_nanos(kept.service_ns),
            trace_id: kept.ids.trace,
            span_id: kept.ids.span,
            status: kept.status,
            failure: kept.failure,
        };
        self.kept.into_iter().map(request).collect()
    }
}

/// Whether a request that failed for this reason had left.
pub(super) fn was_sent(reason: ErrorReason) -> bool {
    match reason.class() {
        ErrorClass::Resolve
        | ErrorClass::Connect
        | ErrorClass::Tls
        | ErrorClass::Local
        | ErrorClass::Deadline => false,
        _ => !matches!(
            reason,
            ErrorReason::ConnectTimeout | ErrorReason::ValueUnsendable | ErrorReason::Unsendable
        ),
    }
}

/// A moment of the run's clock on the wall clock, in whole microseconds.
fn moment(wall: Timestamp, clock_ns: u64, at_ns: u64) -> Timestamp {
    let later = SignedDuration::from_nanos_i128(i128::from(at_ns) - i128::from(clock_ns));
    let exact = wall.saturating_add(later).unwrap_or(wall);
    Timestamp::from_microsecond(exact.as_microsecond()).unwrap_or(exact)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::trace::{SpanId, TraceId};

    fn candidate(number: u64, service_ns: u64) -> Candidate {
        let trace = TraceId(u128::from(number).to_be_bytes());
        let ids = Ids { trace, span: SpanId(number.to_be_bytes()) };
        Candidate { sent_ns: number, service_ns, ids, status: Some(200), failure: None }
    }

    #[test]
    fn the_slowest_of_all_users_are_kept_and_no_others() {
        // Every user sees other times, in an order of its own.
        let mut all: Vec<Candidate> =
            (0..1_000).map(|number| candidate(number, number * 7_919 % 1_009)).collect();
        let mut users = vec![Slowest::default(); 7];
        for (number, one) in all.iter().enumerate() {
            users[number % 7].offer(*one);
        }
        let mut merged = Slowest::default();
        for user in &users {
            merged.merge(user);
        }
        all.sort_by_key(|one| std::cmp::Reverse(one.service_ns));
        let wall = Timestamp::from_second(1_700_000_000).unwrap();
        let kept = merged.into_requests(3, &CellName::new("a", "b"), (wall, 500));
        let found: Vec<String> = kept.iter().map(|slow| slow.trace_id.to_string()).collect();
        let expected: Vec<String> = all[..MOST].iter().map(|one| one.ids.trace.to_string()).collect();
        assert_eq!(found, expected);
        assert_eq!(kept[0].window, 3);
    }

    #[test]
    fn few_requests_are_all_kept_and_the_first_of_equals() {
        let mut few = Slowest::default();
        for number in [3, 1, 2] {
            few.offer(candidate(number, number));
        }
        assert_eq!(few.kept.len(), 3);
        let mut equal = Slowest::default();
        (1..=30).for_each(|number| equal.offer(candidate(number, 5)));
        assert!(equal.kept.iter().all(|kept| kept.sent_ns <= 10));
        assert!(!equal.wants(5) && equal.wants(6));
    }

    #[test]
    fn moments_lie_on_both_sides_of_the_beginning() {
        let wall = Timestamp::from_second(10).unwrap();
        assert_eq!(moment(wall, 5_000_000, 7_000_999), Timestamp::from_microsecond(10_002_000).unwrap());
        assert_eq!(moment(wall, 5_000_000, 4_000_000), Timestamp::from_microsecond(9_999_000).unwrap());
    }

    #[test]
    fn what_never_left_has_no_trace() {
        assert!(was_sent(ErrorReason::ResponseTimeout) && was_sent(ErrorReason::UnexpectedStatus));
        assert!(!was_sent(ErrorReason::ConnectionRefused) && !was_sent(ErrorReason::NotInTime));
        assert!(!was_sent(ErrorReason::ValueUnsendable));
    }
}
