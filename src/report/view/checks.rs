//! The health checks of a run, service by service: the first, the last, and how the days until the certificate expires ran.

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

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

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
}
