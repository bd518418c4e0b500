//! Whether a run makes progress: each step of it has a time by which the next one must have come.

use std::time::Duration;

use jiff::Timestamp;

use crate::domain::units::{after, nanos};
use crate::run::event::Event;
use crate::scenario::file::ScenarioFile;

/// Time that a window may take beyond its plan: connections that are opened, rows that are read, files that are synced.
const MARGIN: Duration = Duration::from_mins(1);

/// What comes next, and until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// A step of the run, by this time of the monotonic clock.
    Step { by_ns: u64 },
    /// The next cycle, for which the run waits until this moment of the wall clock.
    Cycle { at: Timestamp },
    /// Nothing: the run has ended.
    Nothing,
}

/// Follows the progress of a run by its events.
#[derive(Debug, Clone)]
pub(super) struct Progressing {
    /// Time within which a window ends and is committed.
    allowance: Duration,
    next: Next,
}

impl Progressing {
    /// A run that takes its first step now. Windows may take this long.
    pub(super) fn new(allowance: Duration, now_ns: u64) -> Self {
        let by_ns = now_ns.saturating_add(nanos(allowance));
        Self { allowance, next: Next::Step { by_ns } }
    }

    /// Takes an event of the run at this time.
    pub(super) fn event(&mut self, event: &Event, now_ns: u64) {
        match event {
            Event::Waiting { until, .. } => self.next = Next::Cycle { at: *until },
            Event::Ended { .. } => self.next = Next::Nothing,
            Event::Opened { .. } | Event::Committed { .. } | Event::Gap(_) => self.step(now_ns),
            _ => (),
        }
    }

    /// The run took a step.
    pub(super) fn step(&mut self, now_ns: u64) {
        if self.next != Next::Nothing {
            self.next = Next::Step { by_ns: now_ns.saturating_add(nanos(self.allowance)) };
        }
    }

    /// Whether nothing is overdue.
    pub(super) fn is_on_time(&self, now_ns: u64, now: Timestamp) -> bool {
        match self.next {
            Next::Step { by_ns } => now_ns <= by_ns,
            Next::Cycle { at } => now <= after(at, self.allowance),
            Next::Nothing => false,
        }
    }
}

/// Time within which a window of this plan ends: its own time, the longest iteration with all timeouts, and a margin.
pub(super) fn allowance(warm_up: Duration, window: Duration, file: Option<&ScenarioFile>) -> Duration {
    let longest_iteration = file.map_or(Duration::ZERO, |file| {
        let span = |text: &str| crate::domain::units::parse_span(text).unwrap_or_default();
        let usual = span(&file.target.timeout);
        let of_step = |timeout: &Option<String>| timeout.as_deref().map_or(usual, span);
        let journeys = file.journey.iter().map(|journey| {
            journey.setup.iter().chain(&journey.step).map(|step| of_step(&step.timeout)).sum::<Duration>()
        });
        let endpoints = file.endpoint.iter().map(|endpoint| of_step(&endpoint.timeout));
        // A request may be sent a second time.
        journeys.chain(endpoints).max().unwrap_or_default() * 2
    });
    warm_up + window + longest_iteration + MARGIN
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_window_that_does_not_end_is_overdue() {
        let mut run = Progressing::new(Duration::from_secs(10), 0);
        assert!(run.is_on_time(10 * SECOND, at(0)));
        assert!(!run.is_on_time(11 * SECOND, at(0)));
        run.step(11 * SECOND);
        assert!(run.is_on_time(21 * SECOND, at(0)));
        assert!(!run.is_on_time(22 * SECOND, at(0)));
    }

    #[test]
    fn messages_are_no_progress_and_an_end_is_final() {
        let mut run = Progressing::new(Duration::from_secs(10), 0);
        run.event(&Event::Notice("still here".to_owned()), 9 * SECOND);
        assert!(!run.is_on_time(11 * SECOND, at(0)));
        run.event(&Event::Ended { state: crate::domain::run::RunState::Completed }, 12 * SECOND);
        run.step(12 * SECOND);
        assert!(!run.is_on_time(12 * SECOND, at(0)));
    }

    #[test]
    fn waiting_for_a_cycle_is_progress_until_it_is_due() {
        let mut run = Progressing::new(Duration::from_secs(10), 0);
        run.next = Next::Cycle { at: at(3_600) };
        assert!(run.is_on_time(3_000 * SECOND, at(3_000)));
        assert!(run.is_on_time(3_610 * SECOND, at(3_610)));
        assert!(!run.is_on_time(3_611 * SECOND, at(3_611)));
    }
}
