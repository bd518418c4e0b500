//! The one tally of windows: what heartbeat, progress, status, report and promotion all count.

use super::verdict::{InvalidReason, Validity};
use super::window::{Counts, Window};

/// Windows by validity, and the requests of all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Committed windows; the steps of a workload are not counted separately.
    pub windows: u64,
    /// Windows that may enter a baseline or a verdict.
    pub valid: u64,
    /// Windows in which the target rate-limited requests (429).
    pub throttled: u64,
    /// Windows that prove nothing about the target; not valid, and not rate-limited.
    pub invalid: u64,
    /// Invalid windows in which no request ended: the target is down, or the window is too short.
    pub silent: u64,
    /// Requests of all windows, by outcome.
    pub counts: Counts,
}

impl Tally {
    /// The tally of these windows; steps are not counted separately.
    pub fn of<'a>(windows: impl IntoIterator<Item = &'a Window>) -> Self {
        let mut tally = Self::default();
        windows.into_iter().for_each(|window| tally.add(window));
        tally
    }

    /// Counts one more window. Parts of a group are counted with their whole and never by themselves.
    pub fn add(&mut self, window: &Window) {
        if window.cell.step.is_some() {
            return;
        }
        self.windows += 1;
        match window.validity {
            Validity::Valid => self.valid += 1,
            Validity::Throttled => self.throttled += 1,
            Validity::Invalid(reason) => {
                self.invalid += 1;
                self.silent += u64::from(reason == InvalidReason::NoRequests);
            }
        }
        self.counts += window.counts;
    }

    /// Why these windows are too few to judge what they are of; `None` where they suffice.
    ///
    /// `planned` is the number of windows that should be there: 0 where that is not known yet.
    pub fn shortfall(&self, planned: u64) -> Option<Shortfall> {
        let half_of = |part: u64, all: u64| part * 2 >= all;
        if self.windows == 0 {
            Some(Shortfall::Empty)
        } else if !half_of(self.windows, planned) {
            Some(Shortfall::Missing)
        } else if !half_of(self.valid + self.throttled + self.silent, planned.max(self.windows)) {
            Some(Shortfall::Unmeasured)
        } else if !half_of(self.valid, self.windows) {
            Some(Shortfall::Unproven)
        } else {
            None
        }
    }
}

/// Why windows are too few to judge what they are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shortfall {
    /// There is no window.
    Empty,
    /// More than half of the planned windows are missing.
    Missing,
    /// More than half of the windows measured the load generator, or are missing.
    Unmeasured,
    /// More than half of the windows were rate-limited or without a response: the target was measured, its times were
    /// not.
    Unproven,
}

impl Shortfall {
    /// Whether not even the outcomes of the requests can be compared.
    pub fn spoils_counts(self) -> bool {
        self != Self::Unproven
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(valid: u64, throttled: u64, silent: u64, starved: u64) -> Tally {
        let invalid = silent + starved;
        let windows = valid + throttled + invalid;
        Tally { windows, valid, throttled, invalid, silent, counts: Counts::default() }
    }

    #[test]
    fn half_of_the_planned_windows_must_be_there_and_half_of_those_valid() {
        let check = |tally: Tally, planned, expected| {
            assert_eq!(tally.shortfall(planned), expected, "{tally:?} of {planned}");
        };
        check(tally(0, 0, 0, 0), 0, Some(Shortfall::Empty));
        check(tally(1, 1, 0, 0), 2, None);
        check(tally(4, 3, 1, 1), 9, Some(Shortfall::Unproven));
        check(tally(45, 0, 0, 0), 300, Some(Shortfall::Missing));
        check(tally(50, 0, 0, 0), 100, None);
        check(tally(45, 0, 0, 0), 0, None);
        check(tally(4, 0, 0, 6), 10, Some(Shortfall::Unmeasured));
        check(tally(4, 1, 0, 5), 10, Some(Shortfall::Unproven));
    }

    #[test]
    fn a_target_that_is_down_or_limits_its_rate_was_measured() {
        let check = |tally: Tally| {
            assert!(tally.shortfall(10).is_none_or(|short| !short.spoils_counts()), "{tally:?}");
        };
        check(tally(0, 5, 5, 0));
        check(tally(4, 1, 0, 5));
    }
}
