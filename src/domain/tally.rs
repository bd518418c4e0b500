//! The one tally of windows: what heartbeat, progress, status, report and promotion all count.

use super::verdict::Validity;
use super::window::{Counts, Window};

/// Windows by validity, and the requests of all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Committed windows.
    pub windows: u64,
    /// Windows that may enter a baseline or a verdict.
    pub valid: u64,
    /// Windows in which the target limited the rate of requests.
    pub throttled: u64,
    /// Windows that say nothing about the target.
    pub invalid: u64,
    /// Requests of all windows, by outcome.
    pub counts: Counts,
}

impl Tally {
    /// The tally of some windows.
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
            Validity::Invalid(_) => self.invalid += 1,
        }
        self.counts += window.counts;
    }

    /// Whether enough was measured well to judge the whole: at least half of the windows, and at least one, are valid.
    pub fn is_judgeable(&self) -> bool {
        self.valid > 0 && self.valid * 2 >= self.windows
    }
}
