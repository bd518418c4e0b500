//! Durations of rules: those of their definition, but never too short for the interval at which workloads are measured.

use std::time::Duration;

const MINUTE: Duration = Duration::from_mins(1);

/// How often something is measured, and what follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Timing {
    /// Time from one window of a workload to the next.
    pub(super) every: Duration,
}

impl Timing {
    /// How often rules are evaluated: each interval, at least once a minute.
    pub(super) fn evaluation(self) -> Duration {
        Duration::from_secs(self.every.as_secs().max(1)).min(MINUTE)
    }

    /// Age beyond which the last window says nothing about now.
    pub(super) fn stale_after(self) -> Duration {
        3 * self.every
    }

    /// A range of counters. Three intervals always contain two values, which a rate needs.
    pub(super) fn range(self, at_least: Duration) -> Duration {
        at_least.max(3 * self.every)
    }

    /// How long a condition must last, so that one window alone never raises an alert.
    pub(super) fn hold(self, at_least: Duration) -> Duration {
        at_least.max(2 * self.every)
    }

    /// As [`Timing::hold`], for what has to be known after the next window.
    pub(super) fn brief(self, at_least: Duration) -> Duration {
        at_least.max(self.every)
    }

    /// Distance of the values that a rule counts: one per window, at most one per minute.
    pub(super) fn step(self) -> Duration {
        self.every.max(MINUTE)
    }

    /// A range with exactly this many values, in every version of Prometheus: they differ in whether both ends count.
    pub(super) fn steps(self, count: u32) -> Duration {
        (count * self.step()).saturating_sub(Duration::from_secs(1))
    }
}
