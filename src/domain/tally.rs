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

    /// Whether at least half of the planned windows were measured, no matter what they show about the target: windows
    /// that were rate-limited, and windows without a request, count as measured.
    pub fn is_measured(&self, planned: u64) -> bool {
        (self.valid + self.throttled + self.silent) * 2 >= planned.max(self.windows)
    }

    /// Whether the valid windows suffice to judge the whole: at least one, and at least half of all windows.
    pub fn is_judgeable(&self) -> bool {
        self.valid > 0 && self.valid * 2 >= self.windows
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
    fn half_of_the_windows_must_be_valid_to_judge() {
        let check = |tally: Tally, expected| assert_eq!(tally.is_judgeable(), expected, "{tally:?}");
        check(tally(0, 0, 0, 0), false);
        check(tally(1, 1, 0, 0), true);
        check(tally(4, 3, 1, 1), false);
    }

    #[test]
    fn a_target_that_is_down_or_limits_its_rate_was_measured() {
        let check = |tally: Tally, planned, expected| {
            assert_eq!(tally.is_measured(planned), expected, "{tally:?} of {planned}");
        };
        check(tally(0, 5, 5, 0), 10, true);
        check(tally(4, 0, 0, 0), 10, false);
        check(tally(4, 1, 0, 5), 10, true);
        check(tally(4, 0, 0, 6), 10, false);
    }
}
