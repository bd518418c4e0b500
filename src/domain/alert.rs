//! An alert: something that somebody should look at, from its beginning to its end.

use std::sync::Arc;

use jiff::Timestamp;

use super::finding::Priority;

/// Folder of the runbooks, unless an option says where they are published.
pub const RUNBOOKS: &str = "docs/runbooks";

/// What an alert is about. Its name and its runbook are those of the exported rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AlertKind {
    /// At least half of the requests fail.
    Down,
    /// It works, but is slow or fails more often than its SLO or its baseline allows.
    Degraded,
    /// More requests fail than the baseline explains.
    Errors,
    /// Slower than the baseline.
    Slow,
    /// Fewer responses come from a cache than the baseline has.
    Cache,
    /// A certificate has expired, or is not trusted.
    CertificateExpired,
    /// A certificate expires soon.
    CertificateExpiresSoon,
    /// A health check has a finding that fails the check.
    Check,
    /// The error budget burns so fast that it is gone within days.
    BudgetFast,
    /// The error budget burns faster than it refills.
    BudgetSlow,
    /// Sent by `baseline alert test`; nothing is wrong.
    Test,
}

impl AlertKind {
    /// Whether it is about a service that is checked, not about an endpoint or a journey.
    pub fn is_of_service(self) -> bool {
        matches!(self, Self::CertificateExpired | Self::CertificateExpiresSoon | Self::Check)
    }

    /// Every kind, in the order of their declaration.
    pub const ALL: [Self; 11] = [
        Self::Down,
        Self::Degraded,
        Self::Errors,
        Self::Slow,
        Self::Cache,
        Self::CertificateExpired,
        Self::CertificateExpiresSoon,
        Self::Check,
        Self::BudgetFast,
        Self::BudgetSlow,
        Self::Test,
    ];

    /// The label `alertname`, as the exported rules have it too.
    pub fn name(self) -> &'static str {
        match self {
            Self::Down => "BaselineDown",
            Self::Degraded => "BaselineDegraded",
            Self::Errors => "BaselineErrorRateHigh",
            Self::Slow => "BaselineSlowerThanBaseline",
            Self::Cache => "BaselineCacheHitRatioLow",
            Self::CertificateExpired => "BaselineCertificateExpired",
            Self::CertificateExpiresSoon => "BaselineCertificateExpiresSoon",
            Self::Check => "BaselineCheckFailed",
            Self::BudgetFast => "BaselineErrorBudgetBurnFast",
            Self::BudgetSlow => "BaselineErrorBudgetBurnSlow",
            Self::Test => "BaselineTest",
        }
    }

    /// The kind with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// How urgent it is.
    pub fn priority(self) -> Priority {
        match self {
            Self::Down | Self::CertificateExpired => Priority::Critical,
            Self::Errors | Self::BudgetFast => Priority::High,
            Self::Degraded
            | Self::Slow
            | Self::Cache
            | Self::Check
            | Self::BudgetSlow
            | Self::CertificateExpiresSoon => Priority::Medium,
            Self::Test => Priority::Low,
        }
    }

    /// The page in `docs/runbooks/` that says what to do, without `.md`.
    pub fn runbook(self) -> &'static str {
        match self {
            Self::Down => "unreachable",
            Self::Degraded | Self::Slow | Self::Cache => "slow",
            Self::Errors | Self::BudgetFast | Self::BudgetSlow => "high-error-rate",
            Self::CertificateExpired | Self::CertificateExpiresSoon => "certificate",
            Self::Check => "failed-check",
            Self::Test => "alert-tuning",
        }
    }
}

/// Something that somebody should look at.
#[derive(Debug, Clone, PartialEq)]
pub struct Alert {
    /// Identifier: the same for the same alert, over restarts too. 12 hexadecimal digits.
    pub id: String,
    /// What it is about.
    pub kind: AlertKind,
    /// Name of the scenario.
    pub scenario: Arc<str>,
    /// The endpoint, journey, step or service; `None` for the scenario as a whole.
    pub subject: Option<String>,
    /// The load level, where only one was measured.
    pub level: Option<String>,
    /// What is wrong, in a line without a full stop.
    pub summary: String,
    /// What was measured, in one or two sentences; may be empty.
    pub description: String,
    /// When it began.
    pub opened_at: Timestamp,
    /// When it ended; `None` while it lasts.
    pub closed_at: Option<Timestamp>,
}

impl Alert {
    /// The identifier of an alert: of what, where and since when.
    pub fn id_of(scenario: &str, kind: AlertKind, subject: Option<&str>, opened_at: Timestamp) -> String {
        // FNV-1a: the same in every version and on every machine.
        let text = format!(
            "{scenario}\0{}\0{}\0{}",
            kind.name(),
            subject.unwrap_or_default(),
            opened_at.as_millisecond()
        );
        let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        format!("{:012x}", hash >> 16)
    }

    /// Whether it lasts.
    pub fn is_open(&self) -> bool {
        self.closed_at.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_is_of_what_where_and_when() {
        let id =
            |kind, subject, at| Alert::id_of("shop", kind, subject, Timestamp::from_millisecond(at).unwrap());
        let one = id(AlertKind::Down, Some("health"), 1_000);
        assert_eq!(one.len(), 12);
        assert_eq!(one, id(AlertKind::Down, Some("health"), 1_000));
        for other in [
            id(AlertKind::Degraded, Some("health"), 1_000),
            id(AlertKind::Down, None, 1_000),
            id(AlertKind::Down, Some("health"), 1_001),
        ] {
            assert_ne!(one, other);
        }
    }

    #[test]
    fn names_are_read_back() {
        for kind in AlertKind::ALL {
            assert_eq!(AlertKind::named(kind.name()), Some(kind));
        }
        assert_eq!(AlertKind::named("x"), None);
    }
}
