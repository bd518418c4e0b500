//! Finds what differs between an earlier health check and this one. Everything that is the same is left out.

use std::collections::BTreeMap;

use crate::check::facts::Assessed;
use crate::domain::finding::Finding;

use super::change::{Change, Difference};
use super::change_services::{service, words_of_state};
use super::earlier::{Earlier, EarlierCheck, EarlierFinding, EarlierLimit, EarlierService};
use super::json::json;

impl Change {
    /// What changed from an earlier check to this one.
    pub fn between(earlier: &Earlier, now: &Assessed) -> Self {
        let before = &earlier.0;
        // This check in the form in which the earlier one was written, so that no difference is one of writing.
        let mut change = Self {
            since: before.at,
            new: Vec::new(),
            resolved: Vec::new(),
            open: Vec::new(),
            differences: Vec::new(),
        };
        match Earlier::read(&json(now, None)) {
            Ok(Earlier(after)) => {
                change.differences = differences(before, &after);
                change.findings(before, &after, now);
            }
            Err(error) => change.differences.push(Difference {
                service: String::new(),
                subject: String::new(),
                what: "this check cannot be compared",
                before: None,
                after: Some(error.to_string()),
            }),
        }
        change
    }

    fn findings(&mut self, before: &EarlierCheck, after: &EarlierCheck, now: &Assessed) {
        let known = by_identity(before);
        let current = by_identity(after);
        let is_new = |finding: &&Finding| !known.contains_key(&finding.identity());
        self.new = now.findings.iter().filter(is_new).cloned().collect();
        for finding in &before.findings {
            match current.get(&identity(finding)) {
                None if is_open(finding, after) => self.open.push(finding.clone()),
                None => self.resolved.push(finding.clone()),
                Some(found) if found.priority != finding.priority => self.differences.push(Difference {
                    service: finding.service.clone(),
                    subject: finding.rule.clone(),
                    what: "priority of a finding",
                    before: Some(finding.priority.clone()),
                    after: Some(found.priority.clone()),
                }),
                Some(_) => (),
            }
        }
    }
}

fn identity(finding: &EarlierFinding) -> (&str, &str, &str) {
    (&finding.rule, &finding.service, &finding.subject)
}

fn by_identity(check: &EarlierCheck) -> BTreeMap<(&str, &str, &str), &EarlierFinding> {
    // The first of several with one identity is the most urgent one.
    check.findings.iter().rev().map(|finding| (identity(finding), finding)).collect()
}

/// Whether a finding that is missing now may still be true: its service is no longer there, or could not be checked.
fn is_open(finding: &EarlierFinding, after: &EarlierCheck) -> bool {
    let service = after.services.iter().find(|service| service.name == finding.service);
    service.is_none_or(|service| !is_checked(service)) && !finding.service.is_empty()
}

fn is_checked(service: &EarlierService) -> bool {
    !["down", "not_measured"].contains(&service.state.as_str())
}

fn differences(before: &EarlierCheck, after: &EarlierCheck) -> Vec<Difference> {
    let mut found = Vec::new();
    if before.scenario != after.scenario {
        found.push(Difference {
            service: String::new(),
            subject: String::new(),
            what: "scenario",
            before: Some(before.scenario.clone()),
            after: Some(after.scenario.clone()),
        });
    }
    for now in &after.services {
        match before.services.iter().find(|earlier| earlier.name == now.name) {
            Some(earlier) => found.extend(service(earlier, now, is_checked(earlier) && is_checked(now))),
            None => found.push(whole(now, false)),
        }
    }
    let gone = |earlier: &&EarlierService| after.services.iter().all(|now| now.name != earlier.name);
    found.extend(before.services.iter().filter(gone).map(|earlier| whole(earlier, true)));
    found.extend(limits(&before.rate_limits, &after.rate_limits));
    found
}

/// A service that one check alone has.
fn whole(service: &EarlierService, is_gone: bool) -> Difference {
    let words = Some(words_of_state(&service.state));
    let (before, after) = if is_gone { (words, None) } else { (None, words) };
    let what = if is_gone { "service removed" } else { "new service" };
    Difference { service: service.name.clone(), subject: String::new(), what, before, after }
}

fn limits(before: &[EarlierLimit], after: &[EarlierLimit]) -> Vec<Difference> {
    let same = |a: &EarlierLimit, b: &EarlierLimit| {
        a.path == b.path && a.requests == b.requests && (a.per_ms - b.per_ms).abs() < 1.0
    };
    let pairs = after.iter().filter_map(|now| Some((before.iter().find(|earlier| same(earlier, now))?, now)));
    pairs
        .filter(|(earlier, now)| earlier.outcome != now.outcome)
        .map(|(earlier, now)| Difference {
            service: String::new(),
            subject: format!("{}, {} requests", now.path, now.requests),
            what: "rate limit",
            before: Some(earlier.outcome.replace('_', " ")),
            after: Some(now.outcome.replace('_', " ")),
        })
        .collect()
}
