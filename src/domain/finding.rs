//! A finding: one thing that a health check found at a service, how urgent it is, and what to do about it.

use std::borrow::Cow;
use std::sync::Arc;

/// How urgent a finding is. Ordered: a later one is more urgent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// Worth knowing; nothing breaks.
    Low,
    /// Should be planned.
    Medium,
    /// Should be done soon: users are affected, or will be.
    High,
    /// Now: the service is down, or open to an attack.
    Critical,
}

impl Priority {
    /// Every priority, the most urgent first.
    pub const ALL: [Self; 4] = [Self::Critical, Self::High, Self::Medium, Self::Low];

    /// The name in files and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// The name on call: `P0` is the most urgent.
    pub fn code(self) -> &'static str {
        match self {
            Self::Low => "P3",
            Self::Medium => "P2",
            Self::High => "P1",
            Self::Critical => "P0",
        }
    }

    /// The label `severity` of alerts, in the words of `PagerDuty`.
    pub fn severity(self) -> &'static str {
        match self {
            Self::Low => "info",
            Self::Medium => "warning",
            Self::High => "error",
            Self::Critical => "critical",
        }
    }
}

/// One thing that a check found at a service.
///
/// Its texts are whole sentences for people. Values of headers of requests and of variables never enter them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What kind of finding it is, the same in every run: `tls.expired`, `headers.csp`. Rules of a scenario are `body.NAME`.
    pub rule: Cow<'static, str>,
    /// How urgent it is.
    pub priority: Priority,
    /// Name of the service.
    pub service: Arc<str>,
    /// The endpoint, path or host that it is about; empty for the service as a whole.
    pub subject: String,
    /// What is wrong, without values that change from run to run.
    pub issue: String,
    /// What was seen, with its values.
    pub evidence: String,
    /// What it means for users or for the business.
    pub impact: String,
    /// What to do.
    pub recommendation: String,
}

impl Finding {
    /// What makes two findings of different checks the same one: rule, service and subject.
    pub fn identity(&self) -> (&str, &str, &str) {
        (&self.rule, &self.service, &self.subject)
    }
}

/// The state of a service. Ordered: a later one is worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ServiceState {
    /// Everything that was checked works. Findings of medium or low priority may remain.
    Healthy,
    /// It works, with at least one finding of high priority.
    Degraded,
    /// At least one finding of critical priority, or an endpoint that does not work.
    Unhealthy,
    /// No endpoint responded.
    Down,
    /// This machine, or a rate limit, did not let anything be measured.
    NotMeasured,
}

impl ServiceState {
    /// Every state, the best first.
    pub const ALL: [Self; 5] =
        [Self::Healthy, Self::Degraded, Self::Unhealthy, Self::Down, Self::NotMeasured];

    /// The name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Degraded => "degraded",
            Self::Unhealthy => "unhealthy",
            Self::Down => "down",
            Self::NotMeasured => "not_measured",
        }
    }

    /// The state as people read it.
    pub fn words(self) -> &'static str {
        match self {
            Self::NotMeasured => "not measured",
            state => state.name(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_urgent_comes_first() {
        assert!(Priority::ALL.is_sorted_by(|a, b| a > b));
        assert!(ServiceState::ALL.is_sorted());
    }
}
