//! What a status page takes from a run: its windows, briefly, its incidents, its gaps.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::analysis::incident::{Incident, IncidentCause};
use crate::domain::availability::Availability;
use crate::domain::gap::Gap;
use crate::domain::metric::{Metric, Reading};
use crate::domain::objective::{Objective, ObjectiveKind};
use crate::domain::time_summary::TimeKind;
use crate::domain::verdict::Validity;
use crate::domain::window::Window;
use crate::report::wording::phrases::incident_words;
use crate::run::judged::objectives_of;
use crate::run::state::RunStatus;
use crate::run::stored_plan::StoredPlan;
use crate::run::watcher::watcher_of;
use crate::store::StoreError;
use crate::store::manifest::{GapEntry, Manifest, Mode};
use crate::store::record::Record;

/// A window of an endpoint or journey as a whole.
#[derive(Debug, Clone)]
pub(super) struct Sample {
    /// Load level.
    pub(super) level: Arc<str>,
    /// Start of the window.
    pub(super) at: Timestamp,
    /// Measured time.
    pub(super) duration: Duration,
    /// The time that it counts for in an availability.
    pub(super) weight: Duration,
    /// The time that it stands for: until the next window of the same level, and at most a cycle and a half.
    pub(super) stands_for: Duration,
    /// Whether the workload worked; `None` where the window does not show it.
    pub(super) worked: Option<bool>,
    /// Failed requests, and requests judged.
    pub(super) failed: u64,
    pub(super) judged: u64,
    /// Whether it misses an SLO on times; `None` without one, and where the window is not valid.
    pub(super) is_slow: Option<bool>,
    /// Mean service time of its succeeded requests, and their number. Units: microseconds.
    pub(super) mean_us: Option<f64>,
    pub(super) succeeded: u64,
}

impl Sample {
    /// Counts its measured time.
    pub(super) fn add_to(&self, availability: &mut Availability) {
        match self.worked {
            Some(true) => {
                (availability.up, availability.windows_up) =
                    (availability.up + self.weight, availability.windows_up + 1);
            }
            Some(false) => {
                (availability.down, availability.windows_down) =
                    (availability.down + self.weight, availability.windows_down + 1);
            }
            None => (),
        }
    }

    fn of(window: &Window, objective: &Objective) -> Self {
        let is_time = |kind: &ObjectiveKind| matches!(kind, ObjectiveKind::Mean | ObjectiveKind::P95);
        let beyond = |(kind, limit): (ObjectiveKind, f64)| Some(kind.metric().of(window)? > limit);
        let timed: Vec<bool> =
            objective.limits().filter(|(kind, _)| is_time(kind)).filter_map(beyond).collect();
        let is_judged = window.validity == Validity::Valid && !timed.is_empty();
        Self {
            level: Arc::clone(&window.cell.level),
            at: window.started_at,
            duration: window.duration,
            weight: window.weight(),
            stands_for: window.duration,
            worked: window.worked(),
            failed: window.counts.failed,
            judged: window.counts.failed + window.counts.succeeded,
            is_slow: is_judged.then(|| timed.contains(&true)),
            mean_us: Metric::Time(TimeKind::Service, Reading::Mean).of(window),
            succeeded: window.counts.succeeded,
        }
    }
}

/// An incident on a status page.
#[derive(Debug, Clone)]
pub(super) struct PageIncident {
    pub(super) cause: IncidentCause,
    /// The affected endpoints and journeys.
    pub(super) workloads: Vec<Arc<str>>,
    /// What was wrong, and where.
    pub(super) what: String,
    pub(super) opened_at: Timestamp,
    /// `None` while it is open, or was open when its run ended.
    pub(super) resolved_at: Option<Timestamp>,
}

/// A run, as a status page sees it.
#[derive(Debug)]
pub(super) struct History {
    pub(super) run_id: String,
    pub(super) scenario: String,
    pub(super) state: &'static str,
    pub(super) cycle: Duration,
    /// Samples by workload, in the order of time.
    pub(super) samples: BTreeMap<Arc<str>, Vec<Sample>>,
    /// Workloads with steps, whose iterations are counted and not requests.
    pub(super) with_steps: BTreeSet<Arc<str>>,
    /// Addresses of endpoints, without anything secret; empty where the target has none that others can reach.
    pub(super) urls: BTreeMap<String, String>,
    /// Accepted fractions of failed requests, by workload.
    pub(super) error_limits: BTreeMap<String, f64>,
    pub(super) incidents: Vec<PageIncident>,
    pub(super) gaps: Vec<Gap>,
    /// What is damaged, a sentence each.
    pub(super) warnings: Vec<String>,
}

impl History {
    /// Reads a run, which may be measured or have ended.
    /// # Errors
    /// [`StoreError`] where its files cannot be read.
    pub(super) fn read(folder: &Path) -> Result<Self, StoreError> {
        let record = Record::read(folder)?;
        let baseline = record.baseline()?;
        let Record { manifest, committed, warnings, .. } = record;
        let objectives = objectives_of(&manifest, folder)?;
        let mut watcher = watcher_of(&manifest, baseline.as_ref());
        let mut samples: BTreeMap<Arc<str>, Vec<Sample>> = BTreeMap::new();
        let mut with_steps = BTreeSet::new();
        for window in &committed.windows {
            watcher.take(window);
            if window.cell.step.is_some() {
                with_steps.insert(Arc::clone(&window.cell.workload));
            } else {
                let objective = objectives.get(&*window.cell.workload).copied().unwrap_or_default();
                samples
                    .entry(Arc::clone(&window.cell.workload))
                    .or_default()
                    .push(Sample::of(window, &objective));
            }
        }
        let cycle = StoredPlan::of(&manifest).span("cycle").unwrap_or_default();
        for samples in samples.values_mut() {
            stretch(samples, cycle);
        }
        let limits =
            objectives.into_iter().filter_map(|(name, objective)| Some((name, objective.error_rate?)));
        Ok(Self {
            state: RunStatus::read(folder, &manifest).state,
            cycle,
            samples,
            with_steps,
            urls: urls(&manifest),
            error_limits: limits.collect(),
            incidents: watcher.incidents().iter().map(incident_of).collect(),
            gaps: manifest.gaps.iter().filter_map(GapEntry::gap).filter(Gap::is_pause).collect(),
            warnings,
            run_id: manifest.run_id,
            scenario: manifest.scenario,
        })
    }
}

/// Gives each sample the time that it stands for.
fn stretch(samples: &mut [Sample], cycle: Duration) {
    samples.sort_by_key(|sample| sample.at);
    let mut next: BTreeMap<Arc<str>, Timestamp> = BTreeMap::new();
    for sample in samples.iter_mut().rev() {
        let until = next.insert(Arc::clone(&sample.level), sample.at);
        let until = until.and_then(|until| Duration::try_from(until.duration_since(sample.at)).ok());
        let stands_for = until.map_or(cycle, |until| until.min(cycle.mul_f64(1.5)));
        sample.stands_for = stands_for.max(sample.duration.min(until.unwrap_or(sample.duration)));
    }
}

fn incident_of(incident: &Incident) -> PageIncident {
    let mut workloads: Vec<Arc<str>> =
        incident.cells.iter().map(|cell| Arc::clone(&cell.cell.workload)).collect();
    workloads.push(Arc::clone(&incident.worst.1.workload));
    workloads.sort();
    workloads.dedup();
    PageIncident {
        cause: incident.cause,
        workloads,
        what: incident_words(incident),
        opened_at: incident.opened_at,
        resolved_at: incident.resolved_at,
    }
}

/// Addresses by workload; none for a demo server or a rehearsal, which nobody else can reach.
fn urls(manifest: &Manifest) -> BTreeMap<String, String> {
    let plan = StoredPlan::of(manifest);
    let (Mode::Real, Some(base), Some(file)) = (&manifest.mode, plan.base_url(), plan.file()) else {
        return BTreeMap::new();
    };
    let endpoints = file.endpoint.iter().map(|endpoint| {
        let base = endpoint.base_url.as_deref().unwrap_or(base);
        (endpoint.name.clone(), public_url(base, &endpoint.path))
    });
    let journeys = file.journey.iter().map(|journey| journey.name.clone());
    let mixes = file.mix.iter().map(|mix| mix.name.clone());
    endpoints.chain(journeys.chain(mixes).map(|name| (name, public_url(base, "")))).collect()
}

/// An address without user, password and query.
fn public_url(base: &str, path: &str) -> String {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let base = match base.split_once("://") {
        Some((scheme, rest)) => {
            let (authority, tail) = rest.find('/').map_or((rest, ""), |place| rest.split_at(place));
            let host = authority.rsplit('@').next().unwrap_or_default();
            format!("{scheme}://{host}{}", tail.split(['?', '#']).next().unwrap_or_default())
        }
        None => base.to_owned(),
    };
    format!("{}{path}", base.trim_end_matches('/'))
}

#[cfg(test)]
impl Sample {
    /// A second at a level, in which everything worked.
    pub(super) fn made_up() -> Self {
        Self {
            level: Arc::from("light"),
            at: Timestamp::UNIX_EPOCH,
            duration: Duration::from_secs(1),
            weight: Duration::from_secs(1),
            stands_for: Duration::from_mins(1),
            worked: Some(true),
            failed: 0,
            judged: 100,
            is_slow: None,
            mean_us: None,
            succeeded: 100,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_shows_no_password_and_no_query() {
        let check = |base: &str, path: &str, expected: &str| assert_eq!(public_url(base, path), expected);
        check("https://user:secret@example.com/", "/a?token=1", "https://example.com/a");
        check("http://127.0.0.1:80/base?x=y", "", "http://127.0.0.1:80/base");
        check("https://a:b@c@example.com", "/#f", "https://example.com/");
    }

    #[test]
    fn a_window_stands_for_the_time_until_the_next_one_but_not_for_a_gap() {
        let at = |minute: i64| Timestamp::from_second(minute * 60).unwrap();
        let mut samples: Vec<Sample> =
            [0, 5, 60].map(|minute| Sample { at: at(minute), ..Sample::made_up() }).to_vec();
        stretch(&mut samples, Duration::from_mins(6));
        let minutes: Vec<u64> = samples.iter().map(|sample| sample.stands_for.as_secs() / 60).collect();
        assert_eq!(minutes, [5, 9, 6]);
    }
}
