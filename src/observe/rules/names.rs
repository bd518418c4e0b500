//! The alerts that rules raise: name, priority and runbook. Those that `baseline` raises itself have the same names here.

use crate::domain::alert::AlertKind;
use crate::domain::finding::Priority;

/// An alert that a rule raises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleName {
    /// One that `baseline` raises itself too.
    Known(AlertKind),
    /// Every request fails, and none gets a response.
    Unreachable,
    /// More than 5 % of requests fail.
    ErrorsCritical,
    /// The mean service time is beyond 2 s, or beyond its SLO.
    Slow,
    /// The p95 service time is beyond 3 s, or beyond its SLO.
    P95High,
    /// A machine has used more than 80 % of its memory.
    MemoryHigh,
    /// No window has been measured for three intervals.
    MonitorSilent,
    /// The throughput is far from its baseline, or from the same time of the day or week before.
    TrafficUnusual,
    /// Requests are rejected with status 429.
    RateLimited,
    /// The load generator waits for a CPU.
    GeneratorStarved,
}

impl RuleName {
    /// Every alert, the most urgent first.
    pub const ALL: [Self; 18] = [
        Self::Known(AlertKind::Down),
        Self::Unreachable,
        Self::Known(AlertKind::CertificateExpired),
        Self::ErrorsCritical,
        Self::Known(AlertKind::Errors),
        Self::Slow,
        Self::P95High,
        Self::Known(AlertKind::Cache),
        Self::MemoryHigh,
        Self::MonitorSilent,
        Self::Known(AlertKind::BudgetFast),
        Self::Known(AlertKind::BudgetSlow),
        Self::Known(AlertKind::Slow),
        Self::TrafficUnusual,
        Self::Known(AlertKind::CertificateExpiresSoon),
        Self::Known(AlertKind::Check),
        Self::RateLimited,
        Self::GeneratorStarved,
    ];

    /// The label `alertname`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Known(kind) => kind.name(),
            Self::Unreachable => "BaselineUnreachable",
            Self::ErrorsCritical => "BaselineErrorRateCritical",
            Self::Slow => "BaselineSlow",
            Self::P95High => "BaselineP95High",
            Self::MemoryHigh => "BaselineMemoryHigh",
            Self::MonitorSilent => "BaselineMonitorSilent",
            Self::TrafficUnusual => "BaselineTrafficUnusual",
            Self::RateLimited => "BaselineRateLimited",
            Self::GeneratorStarved => "BaselineGeneratorStarved",
        }
    }

    /// How urgent it is.
    pub fn priority(self) -> Priority {
        match self {
            Self::Unreachable | Self::ErrorsCritical => Priority::Critical,
            // A cache below a fixed limit is more urgent than one below its baseline, which is what the program itself finds.
            Self::Known(AlertKind::Cache)
            | Self::Slow
            | Self::P95High
            | Self::MemoryHigh
            | Self::MonitorSilent => Priority::High,
            Self::Known(kind) => kind.priority(),
            Self::TrafficUnusual => Priority::Medium,
            Self::RateLimited | Self::GeneratorStarved => Priority::Low,
        }
    }

    /// The page in `docs/runbooks/` that says what to do, without `.md`.
    pub fn runbook(self) -> &'static str {
        match self {
            Self::Known(kind) => kind.runbook(),
            Self::Unreachable => "unreachable",
            Self::ErrorsCritical => "high-error-rate",
            Self::Slow | Self::P95High => "slow",
            Self::MemoryHigh => "memory",
            Self::MonitorSilent => "monitor-silent",
            Self::TrafficUnusual => "traffic",
            Self::RateLimited => "rate-limited",
            Self::GeneratorStarved => "generator-starved",
        }
    }
}
