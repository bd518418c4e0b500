//! Incidents of many runs, each once, also one that lasts over midnight: of the days of a monitor, what its journal has; of other
//! runs, and of days without a journal, what watching their windows as one series finds.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;

use crate::analysis::incident::{Incident, IncidentCause};
use crate::analysis::watch::Watcher;
use crate::domain::alert::{Alert, AlertKind};
use crate::domain::baseline::Baseline;
use crate::domain::window::Window;
use crate::report::wording::phrases::incident_words;
use crate::run::watcher::watcher_of;
use crate::store::journal::{self, alerts_of};
use crate::store::manifest::Manifest;
use crate::store::{StoreError, monitor_folder};

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

/// What the journal of a monitor has.
struct Kept {
    folder: PathBuf,
    alerts: Vec<Alert>,
    /// End of the last window of its days.
    until: Timestamp,
}

/// Where the windows of a run belong.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    Chain(usize),
    Kept(usize),
}

/// Watches runs in the order of their starts.
#[derive(Default)]
pub(super) struct Chains {
    all: Vec<Chain>,
    kept: Vec<Kept>,
}

// A watcher has nothing to show.
impl std::fmt::Debug for Chains {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Chains").field("all", &self.all.len()).field("kept", &self.kept.len()).finish()
    }
}

impl Chains {
    /// Begins with the next run, and returns where its windows belong. Days of a monitor with the same plan and baseline
    /// continue the day before.
    /// # Errors
    /// [`StoreError`] where the journal of its monitor cannot be read.
    pub(super) fn run(
        &mut self,
        folder: &Path,
        manifest: &Manifest,
        baseline: Option<&Baseline>,
    ) -> Result<Place, StoreError> {
        if let Some(monitor) = monitor_folder::folder_of_day(folder, manifest)
            && monitor.join(journal::FILE).is_file()
        {
            if let Some(place) = self.kept.iter().position(|kept| kept.folder == monitor) {
                return Ok(Place::Kept(place));
            }
            let alerts = alerts_of(&journal::read(&monitor)?.entries).into_iter().map(|known| known.alert);
            let alerts = alerts.filter(|alert| cause_of(alert.kind).is_some()).collect();
            self.kept.push(Kept { folder: monitor, alerts, until: Timestamp::MIN });
            return Ok(Place::Kept(self.kept.len() - 1));
        }
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
            return Ok(Place::Chain(place));
        }
        let watcher = watcher_of(manifest, baseline);
        self.all.push(Chain { key, watcher, windows: 0, last: 0, until: Timestamp::MIN });
        Ok(Place::Chain(self.all.len() - 1))
    }

    /// Takes the next window of the run that was begun.
    pub(super) fn window(&mut self, place: Place, mut window: Window) {
        let chain = match place {
            Place::Chain(place) => self.all.get_mut(place),
            Place::Kept(place) => {
                if let Some(kept) = self.kept.get_mut(place) {
                    kept.until = kept.until.max(window.ended_at());
                }
                None
            }
        };
        let Some(chain) = chain else { return };
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
        for kept in &self.kept {
            let all = kept.alerts.iter().filter_map(|alert| of_alert(alert, kept.until));
            found.extend(all.filter(|incident| incident.until >= from && incident.opened_at < until));
        }
        found.sort_by_key(|incident| incident.opened_at);
        found
    }
}

/// What an alert says is wrong; `None` for those that are about no stretch of trouble with an endpoint.
fn cause_of(kind: AlertKind) -> Option<IncidentCause> {
    match kind {
        AlertKind::Down | AlertKind::Errors => Some(IncidentCause::Errors),
        AlertKind::Degraded | AlertKind::Slow => Some(IncidentCause::Slowdown),
        AlertKind::Cache => Some(IncidentCause::Cache),
        _ => None,
    }
}

fn of_alert(alert: &Alert, until: Timestamp) -> Option<PeriodIncident> {
    Some(PeriodIncident {
        cause: cause_of(alert.kind)?,
        what: alert.summary.clone(),
        endpoints: alert.subject.iter().cloned().collect(),
        opened_at: alert.opened_at,
        resolved_at: alert.closed_at,
        until: alert.closed_at.unwrap_or(until).max(alert.opened_at),
    })
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
