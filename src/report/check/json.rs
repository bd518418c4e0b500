//! A health check as one JSON object, for programs and for the next check.

use schemars::JsonSchema;
use serde::Serialize;

use crate::check::facts::{Assessed, LimitFacts, LimitOutcome, NotChecked};
use crate::domain::finding::{Finding, Priority, ServiceState};
use crate::domain::grade::{Limits, Phase};
use crate::report::formats::envelope::{Output, print, schema_text};
use crate::report::formats::values::Moment;
use crate::report::formats::words::{ByWord, Word};

use super::change::Change;
use super::json_change::Changes;
use super::json_service::Service;
use super::overall::{self, Action};
use super::wording::milliseconds;

/// The check as JSON.
pub(super) fn json(assessed: &Assessed, change: Option<&Change>) -> String {
    print(CheckOutput::of(assessed, change))
}

/// The JSON Schema of it.
pub(super) fn schema() -> String {
    schema_text::<CheckOutput<'static>>()
}

/// What a health check found out.
///
/// Keys that end in `_ms` are milliseconds. A value that is not known is null.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(title = "what `baseline check --format json` prints", deny_unknown_fields)]
pub(in crate::report) struct CheckOutput<'a> {
    /// Name of the scenario, or the URL.
    scenario: &'a str,
    /// When the check began.
    at: Moment,
    /// How long it took.
    took_ms: f64,
    /// Number of requests that were sent, all services together.
    requests: u64,
    overall: Overall,
    thresholds: Thresholds,
    /// The services, in the order of the file.
    services: Vec<Service<'a>>,
    /// Every finding, the most urgent first.
    findings: Vec<FoundFinding<'a>>,
    /// What to do, the most urgent first: one item for all findings that the same fix solves.
    actions: Vec<ActionItem<'a>>,
    /// What could not be checked.
    not_checked: Vec<Omission<'a>>,
    /// The documented rate limits that were verified.
    rate_limits: Vec<RateLimit<'a>>,
    /// What changed since an earlier check; null without one.
    changes: Option<Changes<'a>>,
}

impl Output for CheckOutput<'_> {
    const KIND: &'static str = "check";
}

impl<'a> CheckOutput<'a> {
    /// The output of a check.
    pub(super) fn of(assessed: &'a Assessed, change: Option<&'a Change>) -> Self {
        Self {
            scenario: &assessed.scenario,
            at: Moment(assessed.at),
            took_ms: milliseconds(assessed.took),
            requests: assessed.requests,
            overall: assessed.into(),
            thresholds: assessed.into(),
            services: assessed
                .services
                .iter()
                .map(|service| Service::of(service, &assessed.settings.grades))
                .collect(),
            findings: assessed.findings.iter().map(FoundFinding::from).collect(),
            actions: overall::actions(assessed)
                .iter()
                .map(|action| ActionItem::of(action, assessed))
                .collect(),
            not_checked: assessed.not_checked.iter().map(Omission::from).collect(),
            rate_limits: assessed.rate_limits.iter().map(RateLimit::from).collect(),
            changes: change.map(Changes::from),
        }
    }
}

/// The check in short.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Overall {
    /// State of the worst service that was measured; `not_measured` where one was not and the others are healthy.
    state: Word<ServiceState>,
    /// The state in a sentence.
    summary: String,
    /// Number of services by state.
    services: ByWord<ServiceState, usize>,
    /// Number of findings by priority.
    findings: ByWord<Priority, usize>,
    /// Findings of this priority or above fail the check.
    fail_on: Word<Priority>,
    /// Whether there is such a finding.
    has_failed: bool,
}

impl From<&Assessed> for Overall {
    fn from(assessed: &Assessed) -> Self {
        let of_state = |state| assessed.services.iter().filter(|service| service.state == state).count();
        Self {
            state: Word(overall::state(assessed)),
            summary: overall::sentence(assessed),
            services: ByWord::of(of_state),
            findings: ByWord::of(|priority| assessed.count(priority)),
            fail_on: Word(assessed.settings.fail_on),
            has_failed: assessed.has_failed(),
        }
    }
}

/// What the check compared with.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Thresholds {
    /// Number of requests on new connections to each endpoint.
    samples: u32,
    /// Longest time that the check of one service takes.
    time_limit_ms: f64,
    /// Response time that is aimed at; a longer median is a finding.
    target_ms: f64,
    /// A longer median response time is a finding of high priority.
    alert_ms: f64,
    /// Ratio of requests that must succeed over a month.
    availability: f64,
    /// Ratio of failed requests that is a finding of high priority.
    error_rate: f64,
    /// The longest time of each grade, by phase; a longer one is slow.
    grades: ByWord<Phase, GradeLimits>,
}

impl From<&Assessed> for Thresholds {
    fn from(assessed: &Assessed) -> Self {
        let settings = &assessed.settings;
        Self {
            samples: settings.samples,
            time_limit_ms: milliseconds(settings.time_limit),
            target_ms: milliseconds(settings.target),
            alert_ms: milliseconds(settings.alert),
            availability: settings.availability,
            error_rate: settings.error_rate,
            grades: ByWord::of(|phase| settings.grades.limits(phase).into()),
        }
    }
}

/// The longest time of each grade; null for a grade that is not used.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "keys say their unit")]
struct GradeLimits {
    /// Longest time that is excellent.
    excellent_ms: Option<f64>,
    /// Longest time that is very fast.
    very_fast_ms: Option<f64>,
    /// Longest time that is good.
    good_ms: Option<f64>,
    /// Longest time that is acceptable.
    acceptable_ms: Option<f64>,
}

impl From<&Limits> for GradeLimits {
    fn from(limits: &Limits) -> Self {
        Self {
            excellent_ms: limits.excellent.map(milliseconds),
            very_fast_ms: limits.very_fast.map(milliseconds),
            good_ms: limits.good.map(milliseconds),
            acceptable_ms: limits.acceptable.map(milliseconds),
        }
    }
}

/// One thing that was found.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct FoundFinding<'a> {
    /// What kind of finding it is, the same in every check: `tls.expired`.
    rule: &'a str,
    priority: Word<Priority>,
    /// Name of the service.
    service: &'a str,
    /// The endpoint, path or host that it is about; empty for the service as a whole.
    subject: &'a str,
    /// What is wrong.
    issue: &'a str,
    /// What was seen, with its values.
    evidence: &'a str,
    /// What it means.
    impact: &'a str,
    /// What to do.
    recommendation: &'a str,
}

impl<'a> From<&'a Finding> for FoundFinding<'a> {
    fn from(finding: &'a Finding) -> Self {
        Self {
            rule: &finding.rule,
            priority: Word(finding.priority),
            service: &finding.service,
            subject: &finding.subject,
            issue: &finding.issue,
            evidence: &finding.evidence,
            impact: &finding.impact,
            recommendation: &finding.recommendation,
        }
    }
}

/// Something to do.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct ActionItem<'a> {
    /// The highest priority of the findings that it solves.
    priority: Word<Priority>,
    /// What to do.
    action: &'a str,
    /// Names of the services that it concerns.
    services: Vec<String>,
    /// Places of the findings that it solves within `findings`, from 0.
    findings: Vec<usize>,
}

impl<'a> ActionItem<'a> {
    fn of(action: &Action<'a>, assessed: &Assessed) -> Self {
        Self {
            priority: Word(action.priority),
            action: action.advice,
            services: action.services(assessed),
            findings: action.findings.clone(),
        }
    }
}

/// Something that could not be checked.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Omission<'a> {
    /// Name of the service; empty where it is about all of them.
    service: &'a str,
    /// What was to be checked.
    what: &'a str,
    /// Why it was not.
    why: &'a str,
}

impl<'a> From<&'a NotChecked> for Omission<'a> {
    fn from(not: &'a NotChecked) -> Self {
        Self { service: &not.service, what: &not.what, why: &not.why }
    }
}

/// A documented rate limit, and how it was found.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct RateLimit<'a> {
    /// The paths that it is about.
    path: &'a str,
    /// Requests that it allows.
    requests: u64,
    /// In how long.
    per_ms: f64,
    /// `as_documented`, `too_early`, `not_enforced`, `unreachable` or `not_verified`.
    outcome: &'static str,
    /// Number of the request that was refused within the limit, from 1; null unless `too_early`.
    refused_request: Option<u64>,
    /// Number of requests that were sent for it.
    sent: u64,
    /// What differs from the documentation in the 429.
    problems: &'a [String],
    /// `Retry-After` of the 429 in seconds.
    retry_after_s: Option<u64>,
    /// Whether a request after that time succeeded; null where it was not tried.
    retry_succeeded: Option<bool>,
}

impl<'a> From<&'a LimitFacts> for RateLimit<'a> {
    fn from(limit: &'a LimitFacts) -> Self {
        let refused_request = match limit.outcome {
            LimitOutcome::TooEarly(number) => Some(number),
            _ => None,
        };
        Self {
            path: &limit.path,
            requests: limit.requests,
            per_ms: milliseconds(limit.per),
            outcome: match limit.outcome {
                LimitOutcome::AsDocumented => "as_documented",
                LimitOutcome::TooEarly(_) => "too_early",
                LimitOutcome::NotEnforced => "not_enforced",
                LimitOutcome::Unreachable => "unreachable",
                LimitOutcome::NotVerified => "not_verified",
            },
            refused_request,
            sent: limit.sent,
            problems: &limit.problems,
            retry_after_s: limit.retry_after_s,
            retry_succeeded: limit.retry_succeeded,
        }
    }
}
