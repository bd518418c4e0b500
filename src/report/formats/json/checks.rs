//! The health checks of a run in `report.json`.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::report::view::checks::{FindingOverRun, ServiceOverRun};
use crate::store::check_changes;
use crate::store::check_log::{CertificateRecord, CheckRecord};

/// Health checks during a run. Each of them is a line of `checks.jsonl`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::report) struct Checks<'a> {
    /// Number of checks.
    count: u64,
    /// When the first one began, RFC 3339.
    first_at: String,
    /// When the last one began, RFC 3339.
    last_at: String,
    /// Requests of all checks together; they are in no window.
    requests: u64,
    /// The services, in the order of the scenario.
    services: Vec<CheckedService<'a>>,
    /// What the checks found, the most urgent first.
    findings: Vec<CheckFinding<'a>>,
    /// What changed from check to check, in the order of time.
    changes: Vec<CheckChange>,
}

/// A service over the run.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct CheckedService<'a> {
    /// Name of the service.
    service: &'a str,
    /// Checks that looked at it.
    checks: u64,
    /// Checks in which it was degraded, unhealthy or down.
    checks_not_healthy: u64,
    /// State in the last check: `healthy`, `degraded`, `unhealthy`, `down` or `not_measured`.
    state: &'a str,
    /// Whole days until the certificate expires, at the first check that saw one; null without TLS.
    certificate_days_first: Option<i64>,
    /// The same at the last check that saw one.
    certificate_days_last: Option<i64>,
    /// When that certificate expires, RFC 3339; null without TLS.
    certificate_expires: Option<String>,
    /// Grade of the security headers in the last check that saw them; null without any.
    header_grade: Option<&'a str>,
}

/// A finding of one check or of several.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct CheckFinding<'a> {
    /// Name of the service.
    service: &'a str,
    /// What kind of finding it is, such as `tls.expired`.
    rule: &'a str,
    /// The endpoint or path that it is about; empty for the service as a whole.
    subject: &'a str,
    /// `critical`, `high`, `medium` or `low`, in the last check that found it.
    priority: &'a str,
    /// When the first check that found it began, RFC 3339.
    first_at: String,
    /// When the last check that found it began, RFC 3339.
    last_at: String,
    /// Checks that found it.
    found_in: u64,
    /// Checks that looked at the service.
    checks: u64,
}

/// One change between two checks.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct CheckChange {
    /// When the check began that saw it first, RFC 3339.
    at: String,
    /// Name of the service.
    service: String,
    /// `state`, `certificate`, `TLS version`, the name of a header, or `finding` with its rule and its subject.
    what: String,
    /// What it was; null for a header that was missing, and for a finding that was not there.
    before: Option<String>,
    /// What it is now; null for a header that is missing, and for a finding that is gone. Of a finding it is the priority.
    after: Option<String>,
}

impl<'a> Checks<'a> {
    /// The checks of a run; `None` where it made none.
    pub(super) fn of(records: &'a [CheckRecord]) -> Option<Self> {
        let (first, last) = records.first().zip(records.last())?;
        Some(Self {
            count: records.len() as u64,
            first_at: rfc3339(first.at),
            last_at: rfc3339(last.at),
            requests: records.iter().map(|record| record.requests).sum(),
            services: ServiceOverRun::all(records).iter().map(CheckedService::from).collect(),
            findings: FindingOverRun::all(records).iter().map(CheckFinding::from).collect(),
            changes: check_changes::Changes::of(records).into_iter().map(CheckChange::from).collect(),
        })
    }
}

impl<'a> From<&ServiceOverRun<'a>> for CheckedService<'a> {
    fn from(over: &ServiceOverRun<'a>) -> Self {
        let days = |seen: Option<&CertificateRecord>| seen.and_then(|certificate| certificate.days_left);
        Self {
            service: over.name,
            checks: over.checks,
            checks_not_healthy: over.troubled,
            state: &over.last.state,
            certificate_days_first: days(over.first_certificate),
            certificate_days_last: days(over.last_certificate),
            certificate_expires: over.last_certificate.map(|seen| rfc3339(seen.valid_until)),
            header_grade: over.header_grade,
        }
    }
}

impl<'a> From<&FindingOverRun<'a>> for CheckFinding<'a> {
    fn from(over: &FindingOverRun<'a>) -> Self {
        let FindingOverRun { service, rule, subject, priority, first_at, last_at, found_in, checks } = *over;
        let (first_at, last_at) = (rfc3339(first_at), rfc3339(last_at));
        Self { service, rule, subject, priority, first_at, last_at, found_in, checks }
    }
}

impl From<check_changes::Change> for CheckChange {
    fn from(change: check_changes::Change) -> Self {
        let check_changes::Change { at, service, what, before, after } = change;
        Self { at: rfc3339(at), service, what, before, after }
    }
}

fn rfc3339(at: Timestamp) -> String {
    format!("{at:.3}")
}
