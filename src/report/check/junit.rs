//! A health check as JUnit XML: one test suite per service, one test case per part that was checked.

use quick_junit::{NonSuccessKind, Property, Report, SerializeError, TestCase, TestCaseStatus, TestSuite};

use crate::check::facts::{Assessed, NotChecked};
use crate::domain::finding::Finding;
use crate::domain::grade::Phase;

use super::change::Change;
use super::earlier::EarlierFinding;
use super::parts::{Part, other_omissions, parts};

/// Why there is no JUnit XML.
#[derive(Debug, thiserror::Error)]
#[error("cannot write JUnit XML")]
pub struct JunitError(#[from] SerializeError);

/// The check as JUnit XML.
pub(super) fn junit(assessed: &Assessed, change: Option<&Change>) -> Result<String, JunitError> {
    let mut report = Report::new(format!("baseline check: {}", assessed.scenario));
    let at = assessed.at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    for service in &assessed.services {
        let mut suite = TestSuite::new(&*service.name);
        suite.add_property(Property::new("at", at.as_str()));
        suite.add_property(Property::new("state", service.state.name()));
        suite.add_property(Property::new("url", service.origin.url()));
        let parts = parts(assessed, service);
        suite.add_test_cases(parts.iter().map(|part| case(&service.name, part, assessed)));
        suite.add_test_cases(skipped(assessed, &service.name, &parts));
        report.add_test_suite(suite);
    }
    let mut rest = TestSuite::new("check");
    rest.add_test_cases(strays(assessed));
    rest.add_test_cases(skipped(assessed, "", &[]));
    rest.add_test_cases(change.map(changes));
    if !rest.test_cases.is_empty() {
        report.add_test_suite(rest);
    }
    Ok(report.to_string()?)
}

fn case(service: &str, part: &Part<'_>, assessed: &Assessed) -> TestCase {
    let fail_on = assessed.settings.fail_on;
    let failing: Vec<&&Finding> =
        part.findings.iter().filter(|finding| finding.priority >= fail_on).collect();
    let status = match failing.first() {
        Some(first) => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            let issues: Vec<&str> = failing.iter().map(|finding| finding.issue.as_str()).collect();
            let texts: Vec<String> = failing.iter().map(|finding| words(finding)).collect();
            status.set_type(&*first.rule).set_message(issues.join("; ")).set_description(texts.join("\n\n"));
            status
        }
        None if part.skipped.is_some() => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(part.skipped.unwrap_or_default());
            status
        }
        None => TestCaseStatus::success(),
    };
    let mut case = TestCase::new(part.title(), status);
    case.set_classname(format!("{service}.{}", part.area));
    if let Some(total) = part.endpoint.and_then(|endpoint| endpoint.phase(Phase::Total))
        && part.area == "times"
        && part.skipped.is_none()
    {
        case.set_time(total.median);
    }
    let others: Vec<String> = part
        .findings
        .iter()
        .filter(|finding| finding.priority < fail_on)
        .map(|finding| words(finding))
        .collect();
    if !others.is_empty() {
        case.set_system_out(others.join("\n\n"));
    }
    case
}

/// A finding in a few lines.
fn words(finding: &Finding) -> String {
    let about = if finding.subject.is_empty() { String::new() } else { format!(", {}", finding.subject) };
    format!(
        "{} ({}{about}): {}\nEvidence: {}\nImpact: {}\nWhat to do: {}",
        finding.priority.name(),
        finding.rule,
        finding.issue,
        finding.evidence,
        finding.impact,
        finding.recommendation
    )
}

/// What could not be checked of a service, besides its parts.
fn skipped(assessed: &Assessed, service: &str, parts: &[Part<'_>]) -> Vec<TestCase> {
    let case = |not: &NotChecked| {
        let mut status = TestCaseStatus::skipped();
        status.set_message(not.why.as_str());
        let mut case = TestCase::new(not.what.as_str(), status);
        let class = if service.is_empty() { "check" } else { service };
        case.set_classname(format!("{class}.not_checked"));
        case
    };
    other_omissions(assessed, service, parts).into_iter().map(case).collect()
}

/// Findings of no service in the list: about rate limits, for instance.
fn strays(assessed: &Assessed) -> Vec<TestCase> {
    let is_known =
        |finding: &&Finding| assessed.services.iter().any(|service| service.name == finding.service);
    let strays = assessed.findings.iter().filter(|finding| !is_known(finding));
    strays
        .map(|finding| {
            let class = if finding.service.is_empty() { "check" } else { &finding.service };
            case(class, &Part::of_finding(finding), assessed)
        })
        .collect()
}

/// What changed, to be read: it fails nothing by itself.
fn changes(change: &Change) -> TestCase {
    let mut lines = Vec::new();
    lines.extend(
        change.new.iter().map(|new| format!("new: {}, {}: {}", new.priority.name(), new.service, new.issue)),
    );
    let earlier = [("resolved", &change.resolved), ("not checked again", &change.open)];
    for (word, findings) in earlier {
        let line = |finding: &EarlierFinding| {
            format!("{word}: {}, {}: {}", finding.priority, finding.service, finding.issue)
        };
        lines.extend(findings.iter().map(line));
    }
    for difference in &change.differences {
        let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "none".to_owned());
        lines.push(format!(
            "changed: {} {} {}: {} -> {}",
            difference.service,
            difference.what,
            difference.subject,
            value(&difference.before),
            value(&difference.after)
        ));
    }
    if lines.is_empty() {
        lines.push("nothing changed".to_owned());
    }
    let since = change.since.strftime("%Y-%m-%d %H:%M UTC");
    let mut case = TestCase::new(format!("changes since {since}"), TestCaseStatus::success());
    case.set_classname("check.changes").set_system_out(lines.join("\n"));
    case
}
