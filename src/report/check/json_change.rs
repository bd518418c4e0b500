//! What changed since an earlier check, in the JSON of a health check.

use schemars::JsonSchema;
use serde::Serialize;

use crate::domain::finding::Finding;
use crate::report::formats::values::Moment;

use super::change::{Change, Difference};
use super::earlier::EarlierFinding;

/// What changed since an earlier check.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Changes<'a> {
    /// When the earlier check began.
    since: Moment,
    /// Whether anything changed.
    has_changed: bool,
    /// Findings that the earlier check does not have.
    new_findings: Vec<ChangedFinding<'a>>,
    /// Findings of the earlier check that are gone.
    resolved_findings: Vec<ChangedFinding<'a>>,
    /// Findings of the earlier check whose subject was not checked this time, or is no longer part of the scenario.
    findings_not_checked_again: Vec<ChangedFinding<'a>>,
    /// What else differs.
    differences: Vec<DifferenceOutput<'a>>,
}

impl<'a> From<&'a Change> for Changes<'a> {
    fn from(change: &'a Change) -> Self {
        let earlier = |findings: &'a [EarlierFinding]| findings.iter().map(ChangedFinding::from).collect();
        Self {
            since: Moment(change.since),
            has_changed: !change.is_empty(),
            new_findings: change.new.iter().map(ChangedFinding::from).collect(),
            resolved_findings: earlier(&change.resolved),
            findings_not_checked_again: earlier(&change.open),
            differences: change.differences.iter().map(DifferenceOutput::from).collect(),
        }
    }
}

/// A finding of one of the two checks. Rule, service and subject make it the same one.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct ChangedFinding<'a> {
    /// What kind of finding it is.
    rule: &'a str,
    /// How urgent it is: `critical`, `high`, `medium` or `low`.
    priority: &'a str,
    /// Name of the service.
    service: &'a str,
    /// The endpoint, path or host that it is about; empty for the service as a whole.
    subject: &'a str,
    /// What is wrong.
    issue: &'a str,
}

impl<'a> From<&'a Finding> for ChangedFinding<'a> {
    fn from(finding: &'a Finding) -> Self {
        Self {
            rule: &finding.rule,
            priority: finding.priority.name(),
            service: &finding.service,
            subject: &finding.subject,
            issue: &finding.issue,
        }
    }
}

impl<'a> From<&'a EarlierFinding> for ChangedFinding<'a> {
    fn from(finding: &'a EarlierFinding) -> Self {
        Self {
            rule: &finding.rule,
            priority: &finding.priority,
            service: &finding.service,
            subject: &finding.subject,
            issue: &finding.issue,
        }
    }
}

/// Something that differs.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct DifferenceOutput<'a> {
    /// Name of the service; empty where it is about the whole check.
    service: &'a str,
    /// The endpoint, path, header or phase; empty for the service as a whole.
    subject: &'a str,
    /// What differs, in words: `state`, `certificate`.
    what: &'static str,
    /// As it was; null where there was none.
    before: Option<&'a str>,
    /// As it is; null where there is none.
    after: Option<&'a str>,
}

impl<'a> From<&'a Difference> for DifferenceOutput<'a> {
    fn from(difference: &'a Difference) -> Self {
        Self {
            service: &difference.service,
            subject: &difference.subject,
            what: difference.what,
            before: difference.before.as_deref(),
            after: difference.after.as_deref(),
        }
    }
}
