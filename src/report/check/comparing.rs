//! Finds what differs between an earlier health check and this one. Everything that is the same is left out.

use std::collections::BTreeMap;

use crate::check::facts::Assessed;
use crate::domain::finding::Finding;

use super::change::{Change, Difference};
use super::change_services::{service, words_of_state};
use super::earlier::{Earlier, EarlierCheck, EarlierFinding, EarlierLimit, EarlierService};
use super::json::json;
use super::looked_at::is_looked_at;

impl Change {
    /// What changed from an earlier check to this one. With `only_some_services`, services that are not in this check were
    /// not asked for: nothing is said about them.
    pub fn between(earlier: &Earlier, now: &Assessed, only_some_services: bool) -> Self {
        let mut before = earlier.0.clone();
        if only_some_services {
            let is_chosen = |name: &str| now.services.iter().any(|service| &*service.name == name);
            before.services.retain(|service| is_chosen(&service.name));
            // What compares services with each other cannot be seen in some of them.
            before
                .findings
                .retain(|finding| is_chosen(&finding.service) && finding.rule != "login.differing");
        }
        let before = &before;
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
        let (known, current) = (by_identity(before), by_identity(after));
        // The findings of this check in its JSON are in the same order.
        let places = places(after);
        let is_new = |(place, _): &(&Identity<'_>, &Finding)| !known.contains_key(place);
        self.new =
            places.iter().zip(&now.findings).filter(is_new).map(|(_, finding)| finding.clone()).collect();
        for (identity, finding) in self::places(before).into_iter().zip(&before.findings) {
            match current.get(&identity) {
                None if is_looked_at(finding, before, now) => self.resolved.push(finding.clone()),
                None => self.open.push(finding.clone()),
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

/// Rule, service and subject; and a number from 0 for several of the same, such as two logins on one path.
type Identity<'f> = (&'f str, &'f str, &'f str, usize);

/// The identity of each finding, in order.
fn places(check: &EarlierCheck) -> Vec<Identity<'_>> {
    let mut seen: BTreeMap<(&str, &str, &str), usize> = BTreeMap::new();
    let mut all = Vec::new();
    for finding in &check.findings {
        let (rule, service, subject) = (&*finding.rule, &*finding.service, &*finding.subject);
        let number = seen.entry((rule, service, subject)).or_default();
        all.push((rule, service, subject, *number));
        *number += 1;
    }
    all
}

fn by_identity(check: &EarlierCheck) -> BTreeMap<Identity<'_>, &EarlierFinding> {
    places(check).into_iter().zip(&check.findings).collect()
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
