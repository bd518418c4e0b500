//! What waits to be sent, and when it is tried again.

use std::collections::VecDeque;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::time::Duration;

use crate::domain::units::nanos;
use crate::host::monotonic::Clock;

use super::message::{Unit, request};
use super::sender::{Outcome, Sender};

/// How many values a request has at most, but for one moment of many series.
pub(super) const MOST_POINTS: usize = 10_000;
/// The longest wait for a response.
const RESPONSE: Duration = Duration::from_secs(10);
/// The first wait after a failure; it doubles up to the longest.
const FIRST_WAIT: Duration = Duration::from_millis(500);
/// The longest wait between two tries that no receiver asked for.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// What an attempt came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// All groups up to this one, where there was one, are with the receiver.
    Sent(Option<u64>),
    /// The receiver refuses the group for good.
    Refused {
        /// The group; `None` for a moment between groups.
        group: Option<u64>,
        /// Why.
        why: String,
        /// Whether it was sent before without a response, and is refused now because it is old: the receiver has it.
        is_known: bool,
    },
    /// It is tried again later.
    Failed(String),
    /// It cannot store native histograms, and gets classic ones only from now on.
    WithoutNative,
    /// It is too early, or there is nothing to send.
    Waiting,
}

/// Moments that are to be sent, in the order of time.
pub(super) struct Queue {
    units: VecDeque<Unit>,
    points: usize,
    clock: Clock,
    /// When the next try is due.
    due_ns: u64,
    wait: Duration,
    /// Number of moments at the front that are sent one by one, because the receiver refused them together.
    singly: usize,
    /// Number of moments at the front that the receiver may have, because a response was missing.
    maybe_known: usize,
    has_native: bool,
    has_metadata: bool,
    /// When the receiver accepted something last.
    pub(super) accepted_ns: u64,
}

impl Queue {
    pub(super) fn new() -> Self {
        Self {
            units: VecDeque::new(),
            points: 0,
            clock: Clock::start(),
            due_ns: 0,
            wait: FIRST_WAIT,
            singly: 0,
            // An earlier process may have been killed before it noted what it had sent.
            maybe_known: usize::MAX,
            has_native: true,
            has_metadata: true,
            accepted_ns: 0,
        }
    }

    pub(super) fn push(&mut self, unit: Unit) {
        self.points += unit.points.len();
        self.units.push_back(unit);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.units.is_empty()
    }

    pub(super) fn is_full(&self) -> bool {
        self.points >= MOST_POINTS
    }

    /// Number of groups that wait.
    pub(super) fn groups(&self) -> u64 {
        self.units.iter().filter(|unit| unit.group.is_some()).count() as u64
    }

    pub(super) fn now_ns(&self) -> u64 {
        self.clock.now_ns()
    }

    /// How long until the next try.
    pub(super) fn until_due(&self) -> Duration {
        Duration::from_nanos(self.due_ns.saturating_sub(self.clock.now_ns()))
    }

    /// Gives up all that waits.
    pub(super) fn clear(&mut self) {
        self.units.clear();
        self.points = 0;
    }

    /// Sends what waits, if that is due.
    pub(super) fn step(&mut self, sender: &Sender, within: Duration) -> Step {
        if self.units.is_empty() || !self.until_due().is_zero() {
            return Step::Waiting;
        }
        let number = if self.singly > 0 { 1 } else { self.units.len() };
        let units = &self.units.make_contiguous()[..number];
        let message = request(units, self.has_native, self.has_metadata);
        match sender.send(&message, within.min(RESPONSE)) {
            Outcome::Accepted => {
                self.has_metadata = false;
                self.maybe_known = self.maybe_known.min(self.units.len());
                self.accepted_ns = self.clock.now_ns();
                Step::Sent(self.drop_front(number))
            }
            Outcome::Refused { .. } if number > 1 => {
                // One that is too old takes the others with it: each by itself.
                self.singly = number;
                self.due_ns = 0;
                Step::Waiting
            }
            Outcome::Refused { why } => {
                self.accepted_ns = self.clock.now_ns();
                let is_known = self.maybe_known > 0 && is_about_age(&why);
                Step::Refused { group: self.drop_front(1), why, is_known }
            }
            Outcome::WithoutNative if self.has_native => {
                self.has_native = false;
                Step::WithoutNative
            }
            Outcome::WithoutNative => self.retry("status 500".to_owned(), number, None),
            Outcome::Later { why, after } => self.retry(why, number, after),
        }
    }

    /// Puts off what could not be sent; the receiver may have it all the same.
    fn retry(&mut self, why: String, number: usize, after: Option<Duration>) -> Step {
        self.maybe_known = self.maybe_known.max(number);
        let wait = after.unwrap_or(jittered(self.wait));
        self.wait = (self.wait * 2).min(LONGEST_WAIT);
        self.due_ns = self.clock.now_ns().saturating_add(nanos(wait));
        Step::Failed(why)
    }

    /// Removes moments from the front; the last group among them.
    fn drop_front(&mut self, number: usize) -> Option<u64> {
        self.wait = FIRST_WAIT;
        self.due_ns = 0;
        self.singly = self.singly.saturating_sub(number);
        self.maybe_known = self.maybe_known.saturating_sub(number);
        let mut last = None;
        for unit in self.units.drain(..number) {
            self.points -= unit.points.len();
            last = unit.group.or(last);
        }
        last
    }
}

/// Whether a sample is refused because the receiver has a later one of its series, or the same.
fn is_about_age(why: &str) -> bool {
    let why = why.to_ascii_lowercase();
    ["out of order", "out-of-order", "duplicate"].iter().any(|words| why.contains(words))
}

/// Between half a span and the whole of it, so that many senders do not come back together.
pub(in crate::observe) fn jittered(span: Duration) -> Duration {
    let random = RandomState::new().build_hasher().finish();
    span.mul_f64(0.5 + 0.5 * (random >> 11) as f64 / (1_u64 << 53) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_differ_within_half() {
        for _ in 0..100 {
            let wait = jittered(Duration::from_secs(2));
            assert!(wait >= Duration::from_secs(1) && wait <= Duration::from_secs(2), "{wait:?}");
        }
    }
}
