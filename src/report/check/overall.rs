//! The whole check in one word and in one sentence.

use crate::check::facts::{Assessed, AssessedService};
use crate::domain::finding::{Priority, ServiceState};
use crate::report::wording::numbers::{count, counted, span};

use super::wording::{findings_words, without_period};

/// How many services that are not healthy the sentence names.
const MOST_NAMED: usize = 4;

/// The state of all services together: that of the worst one that was measured. [`ServiceState::NotMeasured`] where
/// one was not measured and the others are healthy.
pub(super) fn state(assessed: &Assessed) -> ServiceState {
    let states = || assessed.services.iter().map(|service| service.state);
    let worst = states().filter(|state| *state != ServiceState::NotMeasured).max();
    let all_measured = states().all(|state| state != ServiceState::NotMeasured);
    match worst {
        Some(ServiceState::Healthy) if !all_measured => ServiceState::NotMeasured,
        Some(state) => state,
        None => ServiceState::NotMeasured,
    }
}

/// The state in one sentence: `2 of 3 services are healthy; backend is degraded: ….`
pub(super) fn sentence(assessed: &Assessed) -> String {
    let services = &assessed.services;
    let healthy = services.iter().filter(|service| service.state == ServiceState::Healthy).count();
    let mut ill: Vec<&AssessedService> =
        services.iter().filter(|service| service.state != ServiceState::Healthy).collect();
    ill.sort_by_key(|service| std::cmp::Reverse(service.state));
    let head = match (services.len(), healthy) {
        (0, _) => return "No service was checked.".to_owned(),
        (1, 1) => return format!("{} is healthy.", services[0].name),
        (all, healthy) if all == healthy => {
            return format!("All {} services are healthy.", count(all as u64));
        }
        (1, _) => None,
        (all, 0) => Some(format!("None of the {} services is healthy", count(all as u64))),
        (all, 1) => Some(format!("1 of {} services is healthy", count(all as u64))),
        (all, some) => Some(format!("{} of {} services are healthy", count(some as u64), count(all as u64))),
    };
    let mut parts: Vec<String> = head.into_iter().collect();
    parts.extend(ill.iter().take(MOST_NAMED).map(|service| trouble(assessed, service)));
    if ill.len() > MOST_NAMED {
        let more = (ill.len() - MOST_NAMED) as u64;
        let verb = if more == 1 { "is" } else { "are" };
        parts.push(format!("{} {verb} not healthy either", counted(more, "more service")));
    }
    format!("{}.", parts.join("; "))
}

fn trouble(assessed: &Assessed, service: &AssessedService) -> String {
    let state = format!("{} is {}", service.name, service.state.words());
    let mut urgent = assessed.findings_of(&service.name).filter(|finding| finding.priority >= Priority::High);
    let Some(first) = urgent.next() else {
        let mut reasons = assessed.not_checked.iter().filter(|not| not.service == *service.name);
        return match reasons.next() {
            Some(not) if service.state == ServiceState::NotMeasured => {
                format!("{state}: {}", without_period(&not.why))
            }
            _ => state,
        };
    };
    let more = match urgent.count() {
        0 => String::new(),
        more => format!(" (and {} of critical or high priority)", counted(more as u64, "more finding")),
    };
    format!("{state}: {}{more}", without_period(&first.issue))
}

/// How many findings there are, whether they fail the check, and what the check cost.
pub(super) fn rest(assessed: &Assessed) -> String {
    let cost = format!(
        "Checked with {} in {}.",
        counted(assessed.requests, "request"),
        span(std::time::Duration::from_millis(u64::try_from(assessed.took.as_millis()).unwrap_or(u64::MAX)))
    );
    if assessed.findings.is_empty() {
        return format!("No findings. {cost}");
    }
    let fail_on = assessed.settings.fail_on;
    let above = if fail_on == Priority::Critical { "" } else { " or above" };
    let verdict = if assessed.has_failed() {
        format!("The check fails: at least one finding has {} priority{above}.", fail_on.name())
    } else {
        format!("The check passes: no finding has {} priority{above}.", fail_on.name())
    };
    format!("Findings: {}. {verdict} {cost}", findings_words(|priority| assessed.count(priority)))
}

/// Action items: what to do, the most urgent first. One item for all findings that the same fix solves.
pub(super) fn actions(assessed: &Assessed) -> Vec<Action<'_>> {
    let mut actions: Vec<Action<'_>> = Vec::new();
    for (place, finding) in assessed.findings.iter().enumerate() {
        let advice = finding.recommendation.trim();
        if advice.is_empty() {
            continue;
        }
        match actions.iter_mut().find(|action| action.advice == advice) {
            Some(action) => {
                action.findings.push(place);
                action.priority = action.priority.max(finding.priority);
            }
            None => actions.push(Action { advice, priority: finding.priority, findings: vec![place] }),
        }
    }
    // Stable: items of one priority stay in the order of their findings.
    actions.sort_by_key(|action| std::cmp::Reverse(action.priority));
    actions
}

/// Something to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Action<'a> {
    /// What to do, in sentences.
    pub(super) advice: &'a str,
    /// The highest priority of its findings.
    pub(super) priority: Priority,
    /// Places of the findings that it solves, from 0.
    pub(super) findings: Vec<usize>,
}

impl Action<'_> {
    /// Names of the services that it concerns, each once, in the order of their findings.
    pub(super) fn services(&self, assessed: &Assessed) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for place in &self.findings {
            let name = assessed.findings[*place].service.to_string();
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }
}
