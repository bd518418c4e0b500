//! What changed from health check to health check of a run: states, certificates, TLS, security headers.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::check_log::{CertificateRecord, CheckRecord, ServiceRecord};

/// What a change of a service's state is called.
pub const STATE: &str = "state";
/// A state that says nothing about the service.
const NOT_MEASURED: &str = "not_measured";

/// One change at a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// When the check began that saw it first.
    pub at: Timestamp,
    /// Name of the service.
    pub service: String,
    /// What changed: `state`, `certificate`, `TLS version`, or the name of a header.
    pub what: String,
    /// What it was; `None` for a header that was missing.
    pub before: Option<String>,
    /// What it is now; `None` for a header that is missing.
    pub after: Option<String>,
}

/// Compares each check with what was last known. A service that is down shows no headers; that is no change of theirs.
#[derive(Debug, Default)]
pub struct Changes {
    known: BTreeMap<String, ServiceRecord>,
}

impl Changes {
    /// Takes the next check; returns what changed with it. The first one of a service changes nothing.
    pub fn take(&mut self, record: &CheckRecord) -> Vec<Change> {
        let mut changes = Vec::new();
        for service in &record.services {
            let Some(known) = self.known.get_mut(&service.name) else {
                self.known.insert(service.name.clone(), service.clone());
                continue;
            };
            let mut changed = |what: &str, before: Option<String>, after: Option<String>| {
                if before != after {
                    let (at, service, what) = (record.at, service.name.clone(), what.to_owned());
                    changes.push(Change { at, service, what, before, after });
                }
            };
            if service.state != NOT_MEASURED {
                if known.state != NOT_MEASURED {
                    changed(STATE, Some(known.state.clone()), Some(service.state.clone()));
                }
                known.state.clone_from(&service.state);
            }
            if let Some(after) = &service.certificate {
                if let Some(before) = &known.certificate
                    && before.fingerprint != after.fingerprint
                {
                    changed("certificate", Some(words(before)), Some(words(after)));
                }
                known.certificate = Some(after.clone());
            }
            if let Some(after) = &service.tls_version {
                if known.tls_version.is_some() {
                    changed("TLS version", known.tls_version.clone(), Some(after.clone()));
                }
                known.tls_version = Some(after.clone());
            }
            if let Some(after) = &service.headers {
                for (name, before) in known.headers.iter().flatten() {
                    changed(name, before.clone(), after.get(name).cloned().flatten());
                }
                known.headers = Some(after.clone());
            }
        }
        changes
    }

    /// Every change of a run.
    pub fn of(records: &[CheckRecord]) -> Vec<Change> {
        let mut changes = Self::default();
        records.iter().flat_map(|record| changes.take(record)).collect()
    }
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
}
