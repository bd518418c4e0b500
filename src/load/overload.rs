//! Notices that a target is asked for more than it can do, so that its time is not spent on responses that come too late.
//!
//! A target that answers 20 requests a second and has 19 unanswered takes a second for the next one. Where that is beyond the
//! timeout the request is not sent: it would be given up, and the target would have worked in vain. By Little's law the wait
//! is the number of unanswered requests times the interval between responses, in the mean and for every target; that each
//! further request waits for those before it must show in what was measured.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::http::Failure;

use crate::domain::sample::ErrorClass;

/// Weight of the newest value of a moving mean: one in this many.
const MEMORY: u64 = 8;
/// The same for the time between responses, which varies more.
const LONG_MEMORY: u64 = 32;
/// Requests that get longer by this factor than the shortest of the window wait for others.
const WAITS_FROM: u64 = 2;
/// With fewer unanswered requests than this their number says little about the wait.
const FEW: u64 = 8;
/// A request is on time that is late by less than the timeout divided by this.
const ON_TIME: u64 = 50;
/// Requests that time out, in thousandths of the last few, from which on the target is taken for overloaded: three in a row.
const TIME_OUT_FROM: u64 = 300;
/// Responses after which it is not any more.
const CAUTION: u64 = 200;

/// What is known about the load of a target in one window of an open loop. Units: nanoseconds.
#[derive(Debug, Default)]
pub(crate) struct Overload {
    unanswered: AtomicU64,
    /// When the last response came.
    last_ns: AtomicU64,
    /// Moving mean of the time between two responses, and number of values in it.
    interval_ns: AtomicU64,
    intervals: AtomicU64,
    shortest_ns: AtomicU64,
    newest_ns: AtomicU64,
    /// Moving mean of the time of a request.
    usual_ns: AtomicU64,
    /// Moving mean of the requests that time out, in thousandths.
    time_out: AtomicU64,
    /// Responses until requests that timed out are forgotten.
    caution: AtomicU64,
}

impl Overload {
    /// Whether a request that was due `late_ns` ago can be answered within its timeout, if it is sent now.
    pub(crate) fn is_in_time(&self, now: u64, late_ns: u64, timeout_ns: u64) -> bool {
        let usual_ns = self.usual_ns.load(Relaxed);
        // Every request is late by a little. One that is on time is sent even where they usually time out.
        if late_ns > timeout_ns / ON_TIME && late_ns.saturating_add(usual_ns) > timeout_ns {
            return false;
        }
        let unanswered = self.unanswered.load(Relaxed);
        let wait_ns = (unanswered + 1).saturating_mul(self.interval_ns.load(Relaxed));
        if unanswered > 0 && self.caution.load(Relaxed) > 0 {
            // A target that has not answered anything for so long is asked for one response at a time.
            let silent_ns = now.saturating_sub(self.last_ns.load(Relaxed));
            return silent_ns <= timeout_ns && wait_ns <= timeout_ns / 10 * 8;
        }
        let waits =
            self.newest_ns.load(Relaxed) > WAITS_FROM * self.shortest_ns.load(Relaxed) && unanswered >= FEW;
        !waits || wait_ns <= timeout_ns
    }

    /// A request is sent.
    pub(crate) fn sent(&self) {
        self.unanswered.fetch_add(1, Relaxed);
    }

    /// A request ended.
    pub(crate) fn ended(&self, sent_ns: u64, ended_ns: u64, outcome: Result<(), Failure>) {
        self.unanswered.fetch_sub(1, Relaxed);
        let took_ns = ended_ns.saturating_sub(sent_ns);
        let class = outcome.err().map(|failure| failure.reason.class());
        if matches!(class, None | Some(ErrorClass::Timeout)) {
            mean(&self.usual_ns, took_ns);
            self.newest_ns.store(took_ns, Relaxed);
            let known = self.time_out.load(Relaxed);
            let time_out = known - known / MEMORY + if class.is_some() { 1_000 / MEMORY } else { 0 };
            self.time_out.store(time_out, Relaxed);
            let caution = self.caution.load(Relaxed).saturating_sub(1);
            self.caution.store(if time_out > TIME_OUT_FROM { CAUTION } else { caution }, Relaxed);
        }
        if outcome.is_err() {
            return;
        }
        let last_ns = self.last_ns.swap(ended_ns, Relaxed);
        if last_ns > 0 {
            let count = (self.intervals.load(Relaxed) + 1).min(LONG_MEMORY);
            self.intervals.store(count, Relaxed);
            let (known, new) = (self.interval_ns.load(Relaxed), ended_ns.saturating_sub(last_ns));
            self.interval_ns.store(known - known / count + new / count, Relaxed);
        }
        let shortest_ns = self.shortest_ns.load(Relaxed);
        if shortest_ns == 0 || took_ns < shortest_ns {
            self.shortest_ns.store(took_ns.max(1), Relaxed);
        }
    }
}

/// Adds a value to a moving mean; the first value is the mean.
fn mean(place: &AtomicU64, value: u64) {
    let known = place.load(Relaxed);
    let next = if known == 0 { value } else { known - known / MEMORY + value / MEMORY };
    place.store(next, Relaxed);
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;
    use crate::domain::error_reason::ErrorReason;

    const MS: u64 = 1_000_000;

    /// Uniform arrivals at a target, with any number of users. Returns how many were answered, timed out, and were not sent.
    fn offered(
        per_s: u64,
        seconds: u64,
        timeout_ns: u64,
        mut takes: impl FnMut(u64, u64) -> u64,
    ) -> [u64; 3] {
        let overload = Overload::default();
        let (mut in_flight, mut told): (VecDeque<(u64, u64, bool)>, _) = (VecDeque::new(), [0, 0, 0]);
        for arrival in 0..per_s * seconds {
            let now = arrival * 1_000 * MS / per_s;
            let mut due: Vec<_> = in_flight.iter().copied().filter(|(_, end, _)| *end <= now).collect();
            in_flight.retain(|(_, end, _)| *end > now);
            due.sort_by_key(|(_, end, _)| *end);
            for (sent, end, answered) in due {
                let gave_up = Failure::of(ErrorReason::ResponseTimeout);
                overload.ended(sent, end, if answered { Ok(()) } else { Err(gave_up) });
                told[usize::from(!answered)] += 1;
            }
            if overload.is_in_time(now, 0, timeout_ns) {
                overload.sent();
                let took = takes(now, in_flight.len() as u64);
                in_flight.push_back((now, now + took.min(timeout_ns), took <= timeout_ns));
            } else {
                told[2] += 1;
            }
        }
        told
    }

    /// A target with one worker that answers in turn, and goes on with what was given up.
    fn in_turn(work_ns: u64) -> impl FnMut(u64, u64) -> u64 {
        let mut free = 0;
        move |now, _| {
            free = free.max(now) + work_ns;
            free - now
        }
    }

    #[test]
    fn a_target_that_is_asked_for_too_much_answers_what_it_can() {
        for (capacity, per_s) in [(20, 100), (20, 25), (100, 1_000), (5, 40), (200, 230)] {
            let [answered, given_up, unsent] = offered(per_s, 20, 1_000 * MS, in_turn(1_000 * MS / capacity));
            let told = format!("{capacity} of {per_s}: {answered} {given_up} {unsent}");
            // What piles up before the first response comes late is worked off once: half of the time where each takes a
            // fifth of the timeout.
            let share = if capacity < 10 { 50 } else { 95 };
            assert!(answered * 100 >= capacity * 19 * share, "{told}");
            assert!(given_up * 20 <= per_s * 20 || capacity < 10, "{told}");
        }
    }

    #[test]
    fn a_target_that_is_not_overloaded_gets_every_request() {
        // Many workers, with times that differ and come near the timeout.
        let mut state = 7_u64;
        for (per_s, work_ms) in [(2, 900), (50, 300), (500, 100), (500, 900)] {
            let [_, given_up, unsent] = offered(per_s, 20, 1_000 * MS, |_, _| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                work_ms * MS / 2 + (state >> 33) % (work_ms * MS / 2)
            });
            assert_eq!((given_up, unsent), (0, 0), "{per_s} of {work_ms} ms");
        }
        // One request in fifty hangs, and the others do not wait for it.
        for (per_s, work_ms) in [(2, 900), (5, 900), (50, 300), (20, 800)] {
            let mut number = 0;
            let told = offered(per_s, 60, 1_000 * MS, |_, _| {
                number += 1;
                MS * if number % 50 == 7 { 5_000 } else { work_ms }
            });
            assert!(told[1] > 0 && told[2] == 0, "{per_s} of {work_ms} ms: {told:?}");
        }
        // One worker with 80 % of its time used, and one that freezes for 300 ms every two seconds.
        assert_eq!(offered(80, 20, 1_000 * MS, in_turn(10 * MS))[2], 0);
        let freezing = offered(100, 20, 1_000 * MS, |now, _| {
            let into = now % (2_000 * MS);
            2 * MS + (300 * MS).saturating_sub(into)
        });
        assert_eq!(&freezing[1..], [0, 0]);
    }

    #[test]
    fn an_arrival_that_waited_too_long_is_not_sent() {
        let overload = Overload::default();
        assert!(overload.is_in_time(1, 900 * MS, 1_000 * MS));
        overload.sent();
        overload.ended(1, 200 * MS, Ok(()));
        let is_in_time = |late_ms| overload.is_in_time(300 * MS, late_ms * MS, 1_000 * MS);
        assert!(!is_in_time(900) && is_in_time(700));
    }
}
