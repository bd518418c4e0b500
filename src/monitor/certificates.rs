//! What the health checks of a service say over time: its certificate, and findings that stay.

use jiff::Timestamp;

use crate::domain::alert::AlertKind;
use crate::domain::finding::Priority;
use crate::store::check_log::{FindingRecord, ServiceRecord};

/// Days before the end of a certificate from which on somebody should renew it.
const SOON_DAYS: i64 = 14;
/// Checks in a row that have to agree on findings.
const AGREEING: u32 = 2;

/// A service that is checked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct CheckedService {
    /// The open alerts, with their beginnings: about the certificate, and about findings.
    pub(super) certificate: Option<(AlertKind, Timestamp)>,
    pub(super) findings: Option<Timestamp>,
    /// Checks in a row that say the opposite of `findings`, and the time of the first.
    pub(super) against: u32,
    pub(super) against_since: Option<Timestamp>,
}

/// An alert that began or ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    Opened { kind: AlertKind, at: Timestamp, what: String },
    Closed { kind: AlertKind, since: Timestamp, at: Timestamp },
}

impl CheckedService {
    /// Counts a check. Whether what is probed responds is left to the probes.
    pub(super) fn take(
        &mut self,
        at: Timestamp,
        record: &ServiceRecord,
        fail_on: Priority,
        is_probed: impl Fn(&str) -> bool,
    ) -> Vec<Step> {
        let mut steps = Vec::new();
        if let Some(days) = record.certificate.as_ref().and_then(|certificate| certificate.days_left) {
            self.certificate(at, days, &mut steps);
        }
        let rules = urgent(record, fail_on, is_probed);
        // A check that saw nothing says nothing, and one of a service that is down says nothing in its favour.
        let is_silent = match record.state.as_str() {
            "not_measured" => true,
            "down" => rules.is_empty(),
            _ => false,
        };
        if !is_silent {
            self.findings(at, &rules, &mut steps);
        }
        steps
    }

    fn certificate(&mut self, at: Timestamp, days: i64, steps: &mut Vec<Step>) {
        let wanted = match days {
            ..0 => Some(AlertKind::CertificateExpired),
            0..SOON_DAYS => Some(AlertKind::CertificateExpiresSoon),
            _ => None,
        };
        if self.certificate.map(|(kind, _)| kind) == wanted {
            return;
        }
        if let Some((kind, since)) = self.certificate.take() {
            steps.push(Step::Closed { kind, since, at });
        }
        if let Some(kind) = wanted {
            self.certificate = Some((kind, at));
            let what = match days {
                ..0 => format!("expired {} day{} ago", -days, if days == -1 { "" } else { "s" }),
                0 => "expires within a day".to_owned(),
                1 => "expires in 1 day".to_owned(),
                days => format!("expires in {days} days"),
            };
            steps.push(Step::Opened { kind, at, what });
        }
    }

    fn findings(&mut self, at: Timestamp, rules: &[&str], steps: &mut Vec<Step>) {
        if rules.is_empty() == self.findings.is_none() {
            (self.against, self.against_since) = (0, None);
            return;
        }
        self.against += 1;
        let first = *self.against_since.get_or_insert(at);
        if self.against < AGREEING {
            return;
        }
        (self.against, self.against_since) = (0, None);
        if let Some(since) = self.findings.take() {
            steps.push(Step::Closed { kind: AlertKind::Check, since, at: first });
        } else {
            self.findings = Some(first);
            steps.push(Step::Opened { kind: AlertKind::Check, at: first, what: listed(rules) });
        }
    }
}

/// The rules of findings that somebody has to act on and that have no alert of their own.
fn urgent(record: &ServiceRecord, fail_on: Priority, is_probed: impl Fn(&str) -> bool) -> Vec<&str> {
    let is_urgent =
        |priority: &str| Priority::ALL.into_iter().any(|known| known.name() == priority && known >= fail_on);
    let is_alerted = |finding: &&FindingRecord| {
        finding.rule.starts_with("tls.expire")
            || finding.rule.starts_with("availability.") && is_probed(&finding.subject)
    };
    let findings = record.findings.iter().filter(|finding| is_urgent(&finding.priority));
    let mut rules: Vec<&str> =
        findings.filter(|finding| !is_alerted(finding)).map(|finding| finding.rule.as_str()).collect();
    // One rule may be about several endpoints.
    let mut seen = std::collections::BTreeSet::new();
    rules.retain(|rule| seen.insert(*rule));
    rules
}

/// The first rules, and how many more.
fn listed(rules: &[&str]) -> String {
    const SHOWN: usize = 5;
    let shown = rules.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
    match rules.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::check_log::CertificateRecord;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(minute * 60).unwrap()
    }

    fn record(days: i64, rules: &[&str], state: &str) -> ServiceRecord {
        let finding = |rule: &&str| FindingRecord {
            rule: (*rule).to_owned(),
            priority: "high".to_owned(),
            subject: String::new(),
        };
        ServiceRecord {
            name: "api".to_owned(),
            state: state.to_owned(),
            certificate: Some(CertificateRecord {
                fingerprint: "f".to_owned(),
                days_left: Some(days),
                valid_until: at(0),
            }),
            findings: rules.iter().map(finding).collect(),
            ..ServiceRecord::default()
        }
    }

    #[test]
    fn a_certificate_expires_soon_then_has_expired_and_is_renewed() {
        let mut service = CheckedService::default();
        let mut take = |minute, days| {
            let steps = service.take(at(minute), &record(days, &[], "healthy"), Priority::High, |_| true);
            steps
                .iter()
                .map(|step| match step {
                    Step::Opened { kind, what, .. } => format!("+{} {what}", kind.name()),
                    Step::Closed { kind, .. } => format!("-{}", kind.name()),
                })
                .collect::<Vec<_>>()
        };
        assert!(take(0, 14).is_empty());
        assert_eq!(take(1, 13), ["+BaselineCertificateExpiresSoon expires in 13 days"]);
        assert!(take(2, 12).is_empty());
        assert_eq!(
            take(3, -1),
            ["-BaselineCertificateExpiresSoon", "+BaselineCertificateExpired expired 1 day ago"]
        );
        assert_eq!(take(4, 90), ["-BaselineCertificateExpired"]);
    }

    #[test]
    fn findings_have_to_be_there_twice_and_gone_twice() {
        let mut service = CheckedService::default();
        let mut take = |minute, rules: &[&str], state| {
            service.take(at(minute), &record(90, rules, state), Priority::High, |_| false)
        };
        assert!(take(0, &["leaks.sql"], "healthy").is_empty());
        assert!(take(1, &[], "healthy").is_empty());
        assert!(take(2, &["leaks.sql"], "healthy").is_empty());
        assert!(take(3, &[], "down").is_empty());
        let what = "leaks.sql".to_owned();
        assert_eq!(
            take(4, &["leaks.sql"], "degraded"),
            [Step::Opened { kind: AlertKind::Check, at: at(2), what }]
        );
        assert!(take(5, &["leaks.sql"], "healthy").is_empty());
        assert!(take(6, &[], "healthy").is_empty());
        assert_eq!(
            take(7, &[], "healthy"),
            [Step::Closed { kind: AlertKind::Check, since: at(2), at: at(6) }]
        );
        assert!(take(8, &["tls.expired"], "healthy").is_empty());
        assert!(take(9, &["tls.expired"], "healthy").is_empty());
    }

    #[test]
    fn only_what_is_not_probed_is_missed_by_a_check() {
        let found = |state, is_probed: bool| {
            let mut service = CheckedService::default();
            let record = record(90, &["availability.failed", "availability.failed"], state);
            (0..2)
                .flat_map(|minute| service.take(at(minute), &record, Priority::High, |_| is_probed))
                .collect::<Vec<_>>()
        };
        let what = "availability.failed".to_owned();
        let expected = [Step::Opened { kind: AlertKind::Check, at: at(0), what }];
        for state in ["degraded", "down"] {
            assert!(found(state, true).is_empty(), "{state}");
            assert_eq!(found(state, false), expected, "{state}");
        }
        assert!(found("not_measured", false).is_empty());
    }
}
