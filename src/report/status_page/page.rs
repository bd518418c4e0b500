//! Everything on a status page, from the histories of its runs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::domain::gap::Gap;
use crate::domain::scrub::scrub;
use crate::domain::units::after;
use crate::run::state::RUNNING;

use super::bars::Scale;
use super::component::{Component, Parts, slug_of};
use super::history::{History, PageIncident, Sample};
use super::state::{DEGRADED_FROM, ServiceState};

/// A status page.
#[derive(Debug)]
pub(super) struct StatusPage {
    pub(super) scenario: String,
    pub(super) state: ServiceState,
    /// Endpoints and journeys, by name.
    pub(super) components: Vec<Component>,
    /// Incidents that are open, the latest first.
    pub(super) open: Vec<PageIncident>,
    /// Incidents that are over, the latest first; those without an end were open when their run ended.
    pub(super) past: Vec<PageIncident>,
    pub(super) gaps: Vec<Gap>,
    pub(super) measured_until: Option<Timestamp>,
    /// ID and state of each run, the latest first.
    pub(super) runs: Vec<(String, &'static str)>,
    pub(super) scale: Scale,
    /// What is damaged or could not be read, a sentence each.
    pub(super) warnings: Vec<String>,
}

impl StatusPage {
    /// A page of these runs, in the order of their starts.
    pub(super) fn of(mut histories: Vec<History>, mut warnings: Vec<String>) -> Self {
        let measured_until = until(&histories);
        let from = samples(&histories).map(|sample| sample.at).min();
        let epoch = Timestamp::UNIX_EPOCH;
        let cycle = histories.iter().map(|history| history.cycle).max().unwrap_or_default();
        let scale = Scale::of(from.unwrap_or(epoch), measured_until.or(from).unwrap_or(epoch), cycle);
        let (open, past, ends) = incidents(&histories);
        let names: BTreeSet<Arc<str>> =
            histories.iter().flat_map(|history| history.samples.keys().cloned()).collect();
        let mut slugs: BTreeMap<String, u32> = BTreeMap::new();
        let components: Vec<Component> = names
            .into_iter()
            .map(|name| {
                let slug = unique(slug_of(&scrub(&name)), &mut slugs);
                component(name, slug, &histories, (&open, &ends), (cycle, &scale))
            })
            .collect();
        warnings.extend(histories.iter().flat_map(|history| {
            history.warnings.iter().map(|warning| format!("{}: {warning}", history.run_id))
        }));
        let mut gaps: Vec<Gap> = histories.iter().flat_map(|history| history.gaps.iter().copied()).collect();
        gaps.sort_by_key(|gap| std::cmp::Reverse(gap.from));
        histories.reverse();
        let states: Vec<ServiceState> = components.iter().map(|component| component.state).collect();
        Self {
            scenario: histories.first().map_or_else(String::new, |history| history.scenario.clone()),
            state: ServiceState::of_all(&states),
            components,
            open,
            past,
            gaps,
            measured_until,
            runs: histories.iter().map(|history| (history.run_id.clone(), history.state)).collect(),
            scale,
            warnings,
        }
    }

    /// Whether one of the runs is being measured.
    pub(super) fn is_running(&self) -> bool {
        self.runs.iter().any(|(_, state)| *state == RUNNING)
    }
}

fn samples(histories: &[History]) -> impl Iterator<Item = &Sample> {
    histories.iter().flat_map(|history| history.samples.values().flatten())
}

fn until(histories: &[History]) -> Option<Timestamp> {
    samples(histories).map(|sample| after(sample.at, sample.duration)).max()
}

/// A slug that no other component has.
fn unique(slug: String, taken: &mut BTreeMap<String, u32>) -> String {
    let count = taken.entry(slug.clone()).or_default();
    *count += 1;
    if *count == 1 { slug } else { format!("{slug}-{count}") }
}

type Ends = Vec<(PageIncident, Timestamp)>;

/// Open and past incidents, the latest first, and all of them with the time until which they are known to have lasted.
///
/// Open is an incident of the run that measured last; those of earlier runs ended with them, as far as anybody knows.
fn incidents(histories: &[History]) -> (Vec<PageIncident>, Vec<PageIncident>, Ends) {
    let last = until(histories);
    let (mut open, mut past, mut ends) = (Vec::new(), Vec::new(), Vec::new());
    for history in histories {
        let end = until(std::slice::from_ref(history));
        let is_latest = history.state == RUNNING || end == last;
        for incident in &history.incidents {
            let is_open = incident.resolved_at.is_none() && is_latest;
            if is_open {
                open.push(incident.clone());
            } else {
                past.push(incident.clone());
            }
            let lasted = incident.resolved_at.or(end).unwrap_or(incident.opened_at);
            ends.push((incident.clone(), lasted));
        }
    }
    for list in [&mut open, &mut past] {
        list.sort_by_key(|incident| std::cmp::Reverse(incident.opened_at));
    }
    (open, past, ends)
}

fn component(
    name: Arc<str>,
    slug: String,
    histories: &[History],
    (open, all): (&[PageIncident], &Ends),
    (cycle, scale): (Duration, &Scale),
) -> Component {
    let mut samples: Vec<Sample> =
        histories.iter().filter_map(|history| history.samples.get(&name)).flatten().cloned().collect();
    samples.sort_by_key(|sample| sample.at);
    let affects = |incident: &&PageIncident| incident.workloads.contains(&name);
    let limits = histories.iter().rev().find_map(|history| history.error_limits.get(&*name));
    let url = histories.iter().rev().find_map(|history| history.urls.get(&*name));
    Component::of(Parts {
        slug,
        has_steps: histories.iter().any(|history| history.with_steps.contains(&name)),
        url: url.map_or_else(String::new, |url| scrub(url).into_owned()),
        samples,
        error_limit: limits.copied().unwrap_or(DEGRADED_FROM),
        cycle,
        open: open.iter().filter(affects).map(|incident| incident.cause).collect(),
        incidents: all
            .iter()
            .filter(|(incident, _)| affects(&incident))
            .map(|(incident, end)| (incident.cause, incident.opened_at, *end))
            .collect(),
        scale,
        name,
    })
}
