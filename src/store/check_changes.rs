//! What changed from health check to health check of a run: states, certificates, TLS, security headers, findings.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::domain::csp_nonce::without_nonces;

use super::check_log::{CertificateRecord, CheckRecord, FindingRecord, ServiceRecord};

/// What a change of a service's state is called.
pub const STATE: &str = "state";
/// A state that says nothing about the service.
const NOT_MEASURED: &str = "not_measured";
/// Begins the name of a finding that came, went, or changed its priority.
const FINDING: &str = "finding ";

/// One change at a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// When the check began that saw it first.
    pub at: Timestamp,
    /// Name of the service.
    pub service: String,
    /// What changed: `state`, `certificate`, `TLS version`, the name of a header, or `finding`, its rule and its subject.
    pub what: String,
    /// What it was; `None` for a header that was missing, and for a finding that was not there.
    pub before: Option<String>,
    /// What it is now; `None` for a header that is missing, and for a finding that is gone.
    pub after: Option<String>,
}

impl Change {
    /// What is written for a side without a value.
    pub fn missing(&self) -> &'static str {
        if self.what.starts_with(FINDING) { "not found" } else { "missing" }
    }
}

/// Compares each check with what was last known. What a check could not see is no change: a service that is down shows no
/// headers, and the headers of one endpoint say nothing about those of another.
#[derive(Debug, Default)]
pub struct Changes {
    known: BTreeMap<String, Known>,
}

/// What is known of a service.
#[derive(Debug, Default)]
struct Known {
    state: Option<String>,
    certificate: Option<CertificateRecord>,
    tls_version: Option<String>,
    /// By the endpoint whose response was looked at.
    headers: BTreeMap<Option<String>, Headers>,
    findings: Findings,
}

/// Values of headers by their names; `None` for a missing one.
type Headers = BTreeMap<String, Option<String>>;

/// The changes that a check makes known of one service.
struct Found<'a> {
    at: Timestamp,
    service: &'a str,
    changes: &'a mut Vec<Change>,
}

impl Found<'_> {
    /// Notes both values where they differ.
    fn changed(&mut self, what: &str, before: Option<String>, after: Option<String>) {
        if before != after {
            let (at, service, what) = (self.at, self.service.to_owned(), what.to_owned());
            self.changes.push(Change { at, service, what, before, after });
        }
    }
}

impl Changes {
    /// Takes the next check; returns what changed with it. The first one of a service changes nothing.
    pub fn take(&mut self, record: &CheckRecord) -> Vec<Change> {
        let mut changes = Vec::new();
        for service in &record.services {
            let found = Found { at: record.at, service: &service.name, changes: &mut changes };
            self.known.entry(service.name.clone()).or_default().take(service, found);
        }
        changes
    }

    /// Every change of a run.
    pub fn of(records: &[CheckRecord]) -> Vec<Change> {
        let mut changes = Self::default();
        records.iter().flat_map(|record| changes.take(record)).collect()
    }
}

impl Known {
    fn take(&mut self, service: &ServiceRecord, mut found: Found<'_>) {
        if service.state != NOT_MEASURED {
            let before = self.state.replace(service.state.clone());
            if before.is_some() {
                found.changed(STATE, before, self.state.clone());
            }
        }
        if let Some(after) = &service.certificate
            && let Some(before) = self.certificate.replace(after.clone())
            && before.fingerprint != after.fingerprint
        {
            found.changed("certificate", Some(words(&before)), Some(words(after)));
        }
        if let Some(after) = &service.tls_version
            && let Some(before) = self.tls_version.replace(after.clone())
        {
            found.changed("TLS version", Some(before), Some(after.clone()));
        }
        if let Some(after) = &service.headers {
            let normal = |(name, value): (&String, &Option<String>)| {
                (name.clone(), value.as_deref().map(|value| without_nonces(value).into_owned()))
            };
            let after: Headers = after.iter().map(normal).collect();
            let before = self.headers.insert(service.header_endpoint.clone(), after.clone());
            for (name, before) in before.into_iter().flatten() {
                found.changed(&name, before, after.get(&name).cloned().flatten());
            }
        }
        self.findings.take(service, &mut found);
    }
}

/// The findings of a service as they were last seen.
#[derive(Debug, Default)]
struct Findings {
    /// Priorities by rule and subject.
    known: BTreeMap<(String, String), String>,
    /// Endpoints whose headers were looked at.
    scored: BTreeSet<String>,
    /// Whether a check saw all of the service, so that what is new was not there before.
    is_complete: bool,
}

impl Findings {
    fn take(&mut self, service: &ServiceRecord, found: &mut Found<'_>) {
        let is_whole = !["down", NOT_MEASURED].contains(&service.state.as_str())
            && service.statuses.values().all(Option::is_some);
        let scored = service.header_endpoint.as_deref();
        let is_first_score = scored.is_some_and(|endpoint| self.scored.insert(endpoint.to_owned()));
        let now: BTreeMap<_, _> = service.findings.iter().map(keyed).collect();
        for (key, priority) in &now {
            let before = self.known.insert(key.clone(), priority.clone());
            let is_about_new_headers = is_first_score && scored == Some(key.1.as_str());
            if self.is_complete && !(before.is_none() && is_about_new_headers) {
                found.changed(&name(key), before, Some(priority.clone()));
            }
        }
        // A check that saw only a part says nothing about the rest.
        if is_whole {
            self.known.retain(|key, priority| {
                let was_looked_at = scored == Some(key.1.as_str()) || !self.scored.contains(&key.1);
                let is_gone = was_looked_at && !now.contains_key(key);
                if is_gone && self.is_complete {
                    found.changed(&name(key), Some(priority.clone()), None);
                }
                !is_gone
            });
            self.is_complete = true;
        }
    }
}

fn keyed(finding: &FindingRecord) -> ((String, String), String) {
    ((finding.rule.clone(), finding.subject.clone()), finding.priority.clone())
}

fn name((rule, subject): &(String, String)) -> String {
    if subject.is_empty() { format!("{FINDING}{rule}") } else { format!("{FINDING}{rule}, {subject}") }
}

/// A certificate in a few words: the beginning of its fingerprint, and the day it expires.
fn words(certificate: &CertificateRecord) -> String {
    let fingerprint: String = certificate.fingerprint.chars().take(16).collect();
    format!("SHA-256 {fingerprint}…, expires {}", certificate.valid_until.strftime("%Y-%m-%d"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(state: &str, fingerprint: &str, policy: Option<&str>) -> ServiceRecord {
        let certificate = CertificateRecord {
            fingerprint: fingerprint.repeat(64),
            days_left: Some(9),
            valid_until: Timestamp::UNIX_EPOCH,
        };
        let policy = policy.map(str::to_owned);
        ServiceRecord {
            name: "api".to_owned(),
            state: state.to_owned(),
            tls_version: Some("TLS 1.3".to_owned()),
            certificate: Some(certificate),
            headers: Some(BTreeMap::from([("Referrer-Policy".to_owned(), policy)])),
            ..ServiceRecord::default()
        }
    }

    fn check(services: &[ServiceRecord], expected: &[(i64, &str, Option<&str>, Option<&str>)]) {
        let at = |index: usize| Timestamp::from_second(i64::try_from(index).unwrap()).unwrap();
        let records: Vec<CheckRecord> = services
            .iter()
            .enumerate()
            .map(|(index, service)| CheckRecord {
                at: at(index),
                requests: 1,
                services: vec![service.clone()],
            })
            .collect();
        let changes = Changes::of(&records);
        let found: Vec<_> = changes
            .iter()
            .map(|change| {
                let at = change.at.as_second();
                (at, change.what.as_str(), change.before.as_deref(), change.after.as_deref())
            })
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn each_change_has_its_time_and_both_sides() {
        let first = service("healthy", "a", None);
        check(&[], &[]);
        check(&[first.clone(), first.clone()], &[]);
        check(
            &[first.clone(), service("degraded", "a", Some("no-referrer")), first.clone()],
            &[
                (1, "state", Some("healthy"), Some("degraded")),
                (1, "Referrer-Policy", None, Some("no-referrer")),
                (2, "state", Some("degraded"), Some("healthy")),
                (2, "Referrer-Policy", Some("no-referrer"), None),
            ],
        );
        let (before, after) = (
            "SHA-256 aaaaaaaaaaaaaaaa…, expires 1970-01-01",
            "SHA-256 bbbbbbbbbbbbbbbb…, expires 1970-01-01",
        );
        check(
            &[first.clone(), service("healthy", "b", None)],
            &[(1, "certificate", Some(before), Some(after))],
        );
        let older = ServiceRecord { tls_version: Some("TLS 1.2".to_owned()), ..first.clone() };
        check(&[first, older], &[(1, "TLS version", Some("TLS 1.3"), Some("TLS 1.2"))]);
    }

    #[test]
    fn what_was_not_seen_is_no_change() {
        let first = service("healthy", "a", Some("no-referrer"));
        let bare = |state: &str| ServiceRecord {
            name: "api".to_owned(),
            state: state.to_owned(),
            ..ServiceRecord::default()
        };
        check(&[first.clone(), bare(NOT_MEASURED), first.clone()], &[]);
        check(&[bare(NOT_MEASURED), first.clone(), first.clone()], &[]);
        check(
            &[first.clone(), bare("down"), service("down", "a", None)],
            &[(1, "state", Some("healthy"), Some("down")), (2, "Referrer-Policy", Some("no-referrer"), None)],
        );
    }

    #[test]
    fn nonces_are_no_change() {
        let first = service("healthy", "a", Some("script-src 'nonce-abc'"));
        check(&[first.clone(), service("healthy", "a", Some("script-src 'nonce-def'"))], &[]);
        let weaker = service("healthy", "a", Some("script-src 'nonce-def' *"));
        let (before, after) = ("script-src 'nonce-…'", "script-src 'nonce-…' *");
        check(&[first, weaker], &[(1, "Referrer-Policy", Some(before), Some(after))]);
    }

    #[test]
    fn headers_are_compared_with_those_of_the_same_endpoint() {
        let of = |endpoint: &str, policy: Option<&str>| ServiceRecord {
            header_endpoint: Some(endpoint.to_owned()),
            ..service("healthy", "a", policy)
        };
        check(
            &[of("health", Some("no-referrer")), of("pages", None), of("health", Some("no-referrer"))],
            &[],
        );
        check(
            &[of("health", Some("no-referrer")), of("pages", None), of("health", None)],
            &[(2, "Referrer-Policy", Some("no-referrer"), None)],
        );
    }

    #[test]
    fn findings_come_and_go() {
        let of = |status: Option<u16>, scored: &str, findings: &[(&str, &str, &str)]| ServiceRecord {
            name: "api".to_owned(),
            state: "degraded".to_owned(),
            header_endpoint: Some(scored.to_owned()),
            statuses: BTreeMap::from([("health".to_owned(), status)]),
            findings: findings
                .iter()
                .map(|(rule, priority, subject)| FindingRecord {
                    rule: (*rule).to_owned(),
                    priority: (*priority).to_owned(),
                    subject: (*subject).to_owned(),
                })
                .collect(),
            ..ServiceRecord::default()
        };
        let (csp, expiry) = (("csp.missing", "medium", "health"), ("tls.expires_soon", "low", ""));
        let well = of(Some(200), "health", &[csp]);
        check(&[well.clone(), well.clone()], &[]);
        check(
            &[well.clone(), of(Some(200), "health", &[csp, expiry]), well.clone()],
            &[
                (1, "finding tls.expires_soon", None, Some("low")),
                (2, "finding tls.expires_soon", Some("low"), None),
            ],
        );
        let urgent = ("csp.missing", "high", "health");
        check(
            &[well.clone(), of(Some(200), "health", &[urgent])],
            &[(1, "finding csp.missing, health", Some("medium"), Some("high"))],
        );
        // Where a part was not seen, nothing is gone; what such a first check lacks was not new later.
        let timeout = ("availability.failed", "high", "health");
        let failed = of(None, "pages", &[timeout, ("csp.missing", "medium", "pages")]);
        check(
            &[well.clone(), failed.clone(), well.clone()],
            &[
                (1, "finding availability.failed, health", None, Some("high")),
                (2, "finding availability.failed, health", Some("high"), None),
            ],
        );
        check(&[failed, well], &[]);
    }
}
