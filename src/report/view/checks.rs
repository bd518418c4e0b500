//! The health checks of a run, service by service: the first, the last, and how the days until the certificate expires ran;
//! and what they found, with the first and the last time.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::domain::finding::Priority;
use crate::store::check_log::{CertificateRecord, CheckRecord, ServiceRecord};

/// What the checks of a run showed of one service.
pub struct ServiceOverRun<'a> {
    /// Its name.
    pub name: &'a str,
    /// Number of checks that looked at it.
    pub checks: u64,
    /// Of these, in which it was neither healthy nor without a measurement.
    pub troubled: u64,
    /// What the last check found.
    pub last: &'a ServiceRecord,
    /// The certificate of the first check that saw one.
    pub first_certificate: Option<&'a CertificateRecord>,
    /// The certificate of the last check that saw one.
    pub last_certificate: Option<&'a CertificateRecord>,
    /// The grade of the headers in the last check that saw them.
    pub header_grade: Option<&'a str>,
}

impl<'a> ServiceOverRun<'a> {
    /// Every service, in the order in which they appear.
    pub fn all(records: &'a [CheckRecord]) -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        for service in records.iter().flat_map(|record| &record.services) {
            let place = all.iter().position(|known| known.name == service.name).unwrap_or_else(|| {
                all.push(Self {
                    name: &service.name,
                    checks: 0,
                    troubled: 0,
                    last: service,
                    first_certificate: None,
                    last_certificate: None,
                    header_grade: None,
                });
                all.len() - 1
            });
            let known = &mut all[place];
            known.checks += 1;
            known.troubled += u64::from(!["healthy", "not_measured"].contains(&service.state.as_str()));
            known.last = service;
            let certificate = service.certificate.as_ref();
            known.first_certificate = known.first_certificate.or(certificate);
            known.last_certificate = certificate.or(known.last_certificate);
            known.header_grade = service.header_grade.as_deref().or(known.header_grade);
        }
        all
    }
}

/// A finding of the checks of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindingOverRun<'a> {
    /// Name of the service.
    pub service: &'a str,
    /// What kind of finding it is.
    pub rule: &'a str,
    /// What it is about; empty for the service as a whole.
    pub subject: &'a str,
    /// Its priority in the last check that found it.
    pub priority: &'a str,
    /// When the first check that found it began.
    pub first_at: Timestamp,
    /// When the last check that found it began.
    pub last_at: Timestamp,
    /// Number of checks that found it.
    pub found_in: u64,
    /// Number of checks that looked at the service.
    pub checks: u64,
}

impl<'a> FindingOverRun<'a> {
    /// Every finding: the most urgent first, then by service in the order in which they appear, rule and subject.
    pub fn all(records: &'a [CheckRecord]) -> Vec<Self> {
        let services = ServiceOverRun::all(records);
        let place = |name: &str| services.iter().position(|service| service.name == name);
        let mut all: BTreeMap<(Option<usize>, &str, &str), Self> = BTreeMap::new();
        for record in records {
            for service in &record.services {
                let place = place(&service.name);
                for found in &service.findings {
                    let checks = place.and_then(|place| services.get(place)).map_or(0, |known| known.checks);
                    let (rule, subject) = (found.rule.as_str(), found.subject.as_str());
                    let over = all.entry((place, rule, subject)).or_insert_with(|| Self {
                        service: &service.name,
                        rule,
                        subject,
                        priority: &found.priority,
                        first_at: record.at,
                        last_at: record.at,
                        found_in: 0,
                        checks,
                    });
                    over.priority = &found.priority;
                    over.found_in += u64::from(over.found_in == 0 || over.last_at != record.at);
                    over.last_at = record.at;
                }
            }
        }
        let mut all: Vec<Self> = all.into_values().collect();
        let urgency = |name: &str| Priority::ALL.iter().position(|known| known.name() == name);
        all.sort_by_key(|found| urgency(found.priority).unwrap_or(usize::MAX));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::check_log::FindingRecord;

    #[test]
    fn the_first_and_the_last_are_kept() {
        let certificate = |days| CertificateRecord {
            fingerprint: "00".to_owned(),
            days_left: Some(days),
            valid_until: Timestamp::UNIX_EPOCH,
        };
        let record = |state: &str, days: Option<i64>, grade: Option<&str>| CheckRecord {
            at: Timestamp::UNIX_EPOCH,
            requests: 1,
            services: vec![ServiceRecord {
                name: "api".to_owned(),
                state: state.to_owned(),
                certificate: days.map(certificate),
                header_grade: grade.map(str::to_owned),
                ..ServiceRecord::default()
            }],
        };
        let records = [
            record("not_measured", None, None),
            record("healthy", Some(9), Some("B")),
            record("degraded", Some(8), Some("C")),
            record("down", None, None),
        ];
        let all = ServiceOverRun::all(&records);
        let api = &all[0];
        assert_eq!((all.len(), api.checks, api.troubled, api.last.state.as_str()), (1, 4, 2, "down"));
        let days = |certificate: Option<&CertificateRecord>| certificate.and_then(|seen| seen.days_left);
        assert_eq!((days(api.first_certificate), days(api.last_certificate)), (Some(9), Some(8)));
        assert_eq!(api.header_grade, Some("C"));
    }

    #[test]
    fn findings_are_counted_and_the_most_urgent_come_first() {
        let at = |second: i64| Timestamp::from_second(second).unwrap();
        let record = |second: i64, findings: &[(&str, &str, &str)]| CheckRecord {
            at: at(second),
            requests: 1,
            services: vec![ServiceRecord {
                name: "api".to_owned(),
                findings: findings
                    .iter()
                    .map(|(rule, priority, subject)| FindingRecord {
                        rule: (*rule).to_owned(),
                        priority: (*priority).to_owned(),
                        subject: (*subject).to_owned(),
                    })
                    .collect(),
                ..ServiceRecord::default()
            }],
        };
        let records = [
            record(1, &[("csp.missing", "medium", "health")]),
            record(2, &[]),
            record(3, &[("tls.expires", "low", ""), ("csp.missing", "medium", "health")]),
            record(4, &[("tls.expires", "high", "")]),
        ];
        let finding = |rule, subject, priority, seconds: (i64, i64)| FindingOverRun {
            service: "api",
            rule,
            subject,
            priority,
            first_at: at(seconds.0),
            last_at: at(seconds.1),
            found_in: 2,
            checks: 4,
        };
        let expected =
            [finding("tls.expires", "", "high", (3, 4)), finding("csp.missing", "health", "medium", (1, 3))];
        assert_eq!(FindingOverRun::all(&records), expected);
    }
}
