//! When the windows of a cell show the throughput of their target, and why they do not.
//!
//! A window that ended because its requests were used up shows the limit that was set, and one with a handful of requests
//! shows little more than the time of one. Neither has a throughput, so nothing that builds on it has one either:
//! sustained throughput, cost, comparisons, alerts.

use super::window::Window;

/// With fewer requests, one more or less changes the throughput by more than 10%.
pub const LEAST_REQUESTS: u64 = 10;
/// A cell has a throughput if at least this fraction of its valid windows have one: those that do are the faster ones.
const NEARLY_ALL: f64 = 0.95;

/// Why there is no throughput.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoThroughput {
    /// The windows end when their requests are used up; contains the largest number that a window may send.
    #[error("windows are limited to {requests} {} each by the rate limits", if *.0 == 1 { "request" } else { "requests" }, requests = .0)]
    Capped(u64),
    /// The windows have too few requests.
    #[error("windows have fewer than {LEAST_REQUESTS} requests each")]
    FewRequests,
}

impl Window {
    /// Why this window shows no throughput; `None` where it does.
    pub fn no_throughput(&self) -> Option<NoThroughput> {
        let requests = self.counts.requests();
        match self.request_cap {
            Some(cap) if requests >= cap => Some(NoThroughput::Capped(cap)),
            _ if self.has_few_requests() => Some(NoThroughput::FewRequests),
            _ => None,
        }
    }

    /// Whether it has too few requests to show a throughput.
    ///
    /// A target that does not respond is the reason for few requests, and its throughput is low indeed.
    pub fn has_few_requests(&self) -> bool {
        self.counts.requests() < LEAST_REQUESTS && self.errors.transport() == 0
    }
}

/// Counts the valid windows of a cell that show no throughput.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ThroughputTally {
    windows: u64,
    capped: u64,
    few: u64,
    largest_cap: u64,
}

impl ThroughputTally {
    /// Adds a valid window.
    pub fn add(&mut self, window: &Window) {
        self.windows += 1;
        match window.no_throughput() {
            Some(NoThroughput::Capped(cap)) => {
                self.capped += 1;
                self.largest_cap = self.largest_cap.max(cap);
            }
            Some(NoThroughput::FewRequests) => self.few += 1,
            None => (),
        }
    }

    /// Why the cell has no throughput; `None` where it has one, and without any window.
    pub fn refusal(&self) -> Option<NoThroughput> {
        let shown = self.windows - self.capped - self.few;
        if shown as f64 >= NEARLY_ALL * self.windows as f64 {
            None
        } else if self.capped >= self.few {
            Some(NoThroughput::Capped(self.largest_cap))
        } else {
            Some(NoThroughput::FewRequests)
        }
    }
}
