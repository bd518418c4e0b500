//! Whether a measurement may be judged at all, and the outcome of comparing two.

use std::fmt;

use super::error_reason::ErrorReason;

/// Why a window proves nothing about the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidReason {
    /// No request was completed or failed.
    NoRequests,
    /// The generator's own thread was busy nearly all the time.
    GeneratorSaturated,
    /// The generator was ready to run but waited for a processor.
    GeneratorStarved,
    /// The generator's timers fired more than 20 ms late (99th percentile).
    SchedulingLag,
    /// In an open loop, a free user sent its request late.
    LateSends,
    /// In a closed loop, users x time is not accounted for by requests and pauses.
    LittlesLaw,
    /// The process was paused, or the machine slept, within the window.
    Interrupted,
    /// Fewer than 5% of the file descriptors were left, or a request found none.
    Descriptors,
    /// Requests found no free local port.
    LocalPorts,
    /// Requests found no route to the target.
    NoRoute,
    /// Requests were not sent for another reason of this machine's.
    LocalFailure,
    /// The setup of a journey's users failed, their login for instance, so that they sent nothing or stopped.
    SetupFailed,
}

impl InvalidReason {
    /// Every reason, in the order of their declaration.
    pub const ALL: [Self; 12] = [
        Self::NoRequests,
        Self::GeneratorSaturated,
        Self::GeneratorStarved,
        Self::SchedulingLag,
        Self::LateSends,
        Self::LittlesLaw,
        Self::Interrupted,
        Self::Descriptors,
        Self::LocalPorts,
        Self::NoRoute,
        Self::LocalFailure,
        Self::SetupFailed,
    ];

    /// The value of `invalid_reason` in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::NoRequests => "no_requests",
            Self::GeneratorSaturated => "generator_saturated",
            Self::GeneratorStarved => "generator_starved",
            Self::SchedulingLag => "scheduling_lag",
            Self::LateSends => "late_sends",
            Self::LittlesLaw => "littles_law",
            Self::Interrupted => "interrupted",
            Self::Descriptors => "descriptors",
            Self::LocalPorts => "local_ports",
            Self::NoRoute => "no_route",
            Self::LocalFailure => "local_failure",
            Self::SetupFailed => "setup_failed",
        }
    }

    /// The reason for a window in which requests failed on this machine.
    pub fn of_local(reason: ErrorReason) -> Self {
        match reason {
            ErrorReason::NoLocalPort => Self::LocalPorts,
            ErrorReason::NoRoute => Self::NoRoute,
            ErrorReason::NoDescriptor => Self::Descriptors,
            _ => Self::LocalFailure,
        }
    }

    /// The reason with this name in files.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == name)
    }

    /// What was observed and what to do about it, as a sentence fragment.
    pub fn advice(self) -> &'static str {
        match self {
            Self::NoRequests => "no request completed; check the errors, or use a longer window",
            Self::GeneratorSaturated => {
                "the load generator used its whole core; reduce the load, or use a faster machine"
            }
            Self::GeneratorStarved => {
                "the load generator waited for a CPU; stop other processes on this machine"
            }
            Self::SchedulingLag => {
                "the load generator woke up late; stop other processes on this machine, or give it a core of its own"
            }
            Self::LateSends => "requests were sent late although users were free; use a lower rate",
            Self::LittlesLaw => {
                "requests do not account for the time of the users; the load generator was the bottleneck"
            }
            Self::Interrupted => "the process was paused or the machine was suspended; measure again",
            Self::Descriptors => "too few file descriptors; raise `ulimit -n`",
            Self::LocalPorts => {
                "this machine ran out of local ports; keep connections open, or widen net.ipv4.ip_local_port_range"
            }
            Self::NoRoute => "this machine has no route to the target; check its network",
            Self::LocalFailure => {
                "requests failed on this machine before they were sent; see the reasons of the failures"
            }
            Self::SetupFailed => {
                "the setup of a user failed, so nothing useful was sent; run the journey with `baseline test --once`"
            }
        }
    }
}

/// Whether a window may enter a baseline or a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validity {
    /// It may: load and measurement were as planned.
    Valid,
    /// The target rate-limited some requests (429): its times are those of the limiter.
    Throttled,
    /// The generator, not the target, was measured.
    Invalid(InvalidReason),
}

impl Validity {
    /// The word in the `validity` column: `valid`, `throttled` or `invalid`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Throttled => "throttled",
            Self::Invalid(_) => "invalid",
        }
    }

    /// Why it is invalid; `None` for the other two.
    pub fn reason(self) -> Option<InvalidReason> {
        match self {
            Self::Invalid(reason) => Some(reason),
            _ => None,
        }
    }

    /// Reads the two columns `validity` and reason of a file; `None` where they do not fit together.
    pub fn from_words(word: &str, reason: &str) -> Option<Self> {
        match (word, reason) {
            ("valid", "") => Some(Self::Valid),
            ("throttled", "") => Some(Self::Throttled),
            ("invalid", reason) => InvalidReason::from_name(reason).map(Self::Invalid),
            _ => None,
        }
    }
}

impl fmt::Display for Validity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(reason) => write!(f, "invalid ({})", reason.name()),
            other => f.write_str(other.word()),
        }
    }
}

/// Outcome of comparing one metric of two measurements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Worse, statistically significant and above the floor.
    Regressed,
    /// Too little data to decide between the others.
    Inconclusive,
    /// Better, statistically significant and above the floor.
    Improved,
    /// Within the floor, with enough data to exclude a larger change.
    Unchanged,
}

impl Verdict {
    /// Every verdict, in the order of their declaration.
    pub const ALL: [Self; 4] = [Self::Regressed, Self::Inconclusive, Self::Improved, Self::Unchanged];

    /// The value of `verdict` in files and tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::Regressed => "regressed",
            Self::Inconclusive => "inconclusive",
            Self::Improved => "improved",
            Self::Unchanged => "unchanged",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_validity_is_read_back() {
        let all = InvalidReason::ALL.into_iter().map(Validity::Invalid);
        for validity in all.chain([Validity::Valid, Validity::Throttled]) {
            let reason = validity.reason().map_or("", InvalidReason::name);
            assert_eq!(Validity::from_words(validity.word(), reason), Some(validity));
        }
        assert_eq!(Validity::from_words("invalid", ""), None);
    }
}
