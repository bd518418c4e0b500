//! Incidents of many runs, each once: the days of a monitor are watched as one series, so that one that lasts over midnight
//! is one incident.

use std::time::Duration;

use jiff::Timestamp;

use crate::analysis::incident::{Incident, IncidentCause};
use crate::analysis::watch::Watcher;
use crate::domain::baseline::Baseline;
use crate::domain::window::Window;
use crate::report::wording::phrases::incident_words;
use crate::run::watcher::watcher_of;
use crate::store::manifest::Manifest;

/// An incident of the period.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PeriodIncident {
    pub(super) cause: IncidentCause,
    /// What it is, in words.
    pub(super) what: String,
    /// Endpoints and steps that it comes from.
    pub(super) endpoints: Vec<String>,
    pub(super) opened_at: Timestamp,
    /// `None` while it is open, and where it was open when its run ended.
    pub(super) resolved_at: Option<Timestamp>,
    /// Until when it is known to have lasted.
    pub(super) until: Timestamp,
}

impl PeriodIncident {
    /// How long it lasted, as far as is known.
    pub(super) fn length(&self) -> Duration {
        Duration::try_from(self.until.duration_since(self.opened_at)).unwrap_or_default()
    }
}

/// A series of runs that are watched as one.
struct Chain {
    key: String,
    watcher: Watcher,
    /// Windows of the runs before.
    windows: u64,
    /// Number of the last window of the run that is read.
    last: u64,
    until: Timestamp,
}

/// Watches runs in the order of their starts.
#[derive(Default)]
pub(super) struct Chains {
    all: Vec<Chain>,
}

// A watcher has nothing to show.
impl std::fmt::Debug for Chains {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Chains").field("all", &self.all.len()).finish()
    }
}

impl Chains {
    /// Begins with the next run, and returns the place of its chain. Days of a monitor with the same plan and baseline
    /// continue the day before.
    pub(super) fn run(&mut self, manifest: &Manifest, baseline: Option<&Baseline>) -> usize {
        let baseline_hash = manifest.baseline_hash.as_deref().unwrap_or_default();
        let key = if manifest.monitor {
            format!("{} {baseline_hash}", manifest.scenario_hash)
        } else {
            // Its own; a run ID has no space.
            manifest.run_id.clone()
        };
        if let Some(place) = self.all.iter().position(|chain| chain.key == key) {
            let chain = &mut self.all[place];
            chain.windows += std::mem::take(&mut chain.last);
            return place;
        }
        let watcher = watcher_of(manifest, baseline);
        self.all.push(Chain { key, watcher, windows: 0, last: 0, until: Timestamp::MIN });
        self.all.len() - 1
    }

    /// Takes the next window of the run that was begun.
    pub(super) fn window(&mut self, place: usize, mut window: Window) {
        let Some(chain) = self.all.get_mut(place) else { return };
        (chain.last, chain.until) = (window.number, chain.until.max(window.ended_at()));
        window.number += chain.windows;
        chain.watcher.take(&window);
    }

    /// The incidents that lasted within a period, in the order of their beginnings.
    pub(super) fn within(&self, from: Timestamp, until: Timestamp) -> Vec<PeriodIncident> {
        let mut found = Vec::new();
        for chain in &self.all {
            let incidents = chain.watcher.incidents();
            let all = incidents.iter().map(|incident| of_incident(incident, chain.until));
            found.extend(all.filter(|incident| incident.until >= from && incident.opened_at < until));
        }
        found.sort_by_key(|incident| incident.opened_at);
        found
    }
}

fn of_incident(incident: &Incident, until: Timestamp) -> PeriodIncident {
    PeriodIncident {
        cause: incident.cause,
        what: incident_words(incident),
        endpoints: incident.series(),
        opened_at: incident.opened_at,
        resolved_at: incident.resolved_at,
        until: incident.resolved_at.unwrap_or(until).max(incident.opened_at),
    }
}
