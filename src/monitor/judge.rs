//! What a monitor knows of a scenario: every workload and service, and what changes with each probe and check. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::analysis::usual::UsualPace;
use crate::domain::alert::{Alert, AlertKind};
use crate::domain::baseline::Baseline;
use crate::domain::error_budget::{ErrorBudget, PERIOD};
use crate::domain::finding::Priority;
use crate::domain::health::{Health, HealthRules, Probe};
use crate::domain::metric::{Metric, Reading};
use crate::domain::objective::Objective;
use crate::domain::plan::Plan;
use crate::domain::time_summary::TimeKind;
use crate::domain::window::Window;
use crate::domain::workload::Workload;
use crate::store::check_log::CheckRecord;

use super::burning::too_fast;
use super::certificates::{CheckedService, Step};
use super::health::{Turn, Watched};
use super::words;

/// Something that changed.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// The state of a workload.
    State {
        /// The endpoint or journey.
        workload: String,
        /// Its state before.
        before: Health,
        /// Its state from now on.
        after: Health,
        /// Start of the window that showed it.
        at: Timestamp,
    },
    /// An alert began.
    Opened(Alert),
    /// An alert ended.
    Closed {
        /// Its identifier.
        id: String,
        /// What it was about.
        kind: AlertKind,
        /// The endpoint, journey or service.
        subject: String,
        /// When it ended.
        at: Timestamp,
    },
}

/// What judges.
#[derive(Debug, Clone)]
pub struct Judge {
    pub(super) scenario: Arc<str>,
    pub(super) rules: HealthRules,
    pub(super) interval: Duration,
    pub(super) budget: ErrorBudget,
    fail_on: Priority,
    objectives: BTreeMap<String, Objective>,
    baseline: Option<Baseline>,
    /// The services that are checked.
    checked: BTreeSet<String>,
    pub(super) workloads: BTreeMap<String, Watched>,
    pub(super) services: BTreeMap<String, CheckedService>,
}

impl Judge {
    /// What judges the probes of a plan, compared with a baseline where there is one.
    pub fn new(plan: &Plan, interval: Duration, baseline: Option<&Baseline>) -> Self {
        let objective = |workload: &Workload| (workload.name().to_string(), *workload.objective());
        let mut judge = Self {
            scenario: Arc::clone(&plan.name),
            rules: plan.monitoring.rules,
            interval,
            budget: ErrorBudget::new(plan.assessment.availability, PERIOD),
            fail_on: plan.assessment.fail_on,
            objectives: plan.workloads.iter().map(objective).collect(),
            baseline: baseline.cloned(),
            checked: plan.assessment.services.iter().map(|service| service.name.to_string()).collect(),
            workloads: BTreeMap::new(),
            services: BTreeMap::new(),
        };
        for cell in &plan.cells {
            let name = plan.workload(*cell).name().to_string();
            let watched = judge.fresh(&name, &plan.level(*cell).name);
            judge.workloads.insert(name, watched);
        }
        judge
    }

    /// A workload of which nothing is known.
    fn fresh(&self, name: &str, level: &str) -> Watched {
        let mean = Metric::Time(TimeKind::Service, Reading::Mean).name();
        let series = self.baseline.as_ref().and_then(|baseline| {
            let cell = baseline
                .cells
                .iter()
                .find(|(cell, _)| *cell.workload == *name && *cell.level == *level && cell.step.is_none());
            cell.and_then(|(_, cell)| cell.series.get(mean.as_str()))
        });
        let pace = series.map_or_else(UsualPace::learning, UsualPace::of_baseline);
        Watched::new(self.objectives.get(name).copied().unwrap_or_default(), self.rules, pace)
    }

    /// Counts a window of probes. Steps are judged with their whole.
    pub fn window(&mut self, window: &Window) -> Vec<Change> {
        if window.cell.step.is_some() {
            return Vec::new();
        }
        let name = window.cell.workload.to_string();
        if !self.workloads.contains_key(&name) {
            let fresh = self.fresh(&name, &window.cell.level);
            self.workloads.insert(name.clone(), fresh);
        }
        let (interval, budget) = (self.interval, self.budget);
        let Some(watched) = self.workloads.get_mut(&name) else { return Vec::new() };
        let turn = watched.take(window, interval);
        let mut changes = Vec::new();
        if let Some(turn) = turn {
            let told = words::of_state(watched, window, turn);
            self.turned(&name, window, turn, told, &mut changes);
        }
        self.burn(&name, window.started_at, &budget, &mut changes);
        changes
    }

    fn turned(
        &self,
        name: &str,
        window: &Window,
        turn: Turn,
        (summary, description): (String, String),
        changes: &mut Vec<Change>,
    ) {
        let Turn { before, after, closed, opened } = turn;
        changes.push(Change::State { workload: name.to_owned(), before, after, at: window.started_at });
        if let Some((kind, since, at)) = closed {
            changes.push(self.closed(kind, name, since, at));
        }
        if let Some((kind, since)) = opened {
            let level = Some(window.cell.level.to_string());
            let alert = Alert { level, ..self.alert(kind, name, since, summary, description) };
            changes.push(Change::Opened(alert));
        }
    }

    /// Whether the budget of a workload begins or ends to burn too fast.
    fn burn(&mut self, name: &str, at: Timestamp, budget: &ErrorBudget, changes: &mut Vec<Change>) {
        for (place, kind) in [AlertKind::BudgetFast, AlertKind::BudgetSlow].into_iter().enumerate() {
            let Some(watched) = self.workloads.get_mut(name) else { return };
            let rate = too_fast(&watched.history, budget, at, place == 0);
            match (watched.burning[place], rate) {
                (None, Some(rate)) => {
                    watched.burning[place] = Some(at);
                    let (summary, description) = words::of_budget(name, rate, budget);
                    changes.push(Change::Opened(self.alert(kind, name, at, summary, description)));
                }
                (Some(since), None) => {
                    watched.burning[place] = None;
                    changes.push(self.closed(kind, name, since, at));
                }
                _ => (),
            }
        }
    }

    /// Counts a health check.
    pub fn check(&mut self, record: &CheckRecord) -> Vec<Change> {
        let mut changes = Vec::new();
        let workloads = &self.workloads;
        let is_probed = |subject: &str| workloads.contains_key(subject);
        for service in &record.services {
            let known = self.services.entry(service.name.clone()).or_default();
            for step in known.take(record.at, service, self.fail_on, is_probed) {
                changes.push(match step {
                    Step::Opened { kind, at, what } => {
                        let summary = words::of_check(kind, &service.name, &what);
                        Change::Opened(self.alert(kind, &service.name, at, summary, String::new()))
                    }
                    Step::Closed { kind, since, at } => self.closed(kind, &service.name, since, at),
                });
            }
        }
        changes
    }

    fn alert(
        &self,
        kind: AlertKind,
        subject: &str,
        at: Timestamp,
        summary: String,
        description: String,
    ) -> Alert {
        Alert {
            id: Alert::id_of(&self.scenario, kind, Some(subject), at),
            kind,
            scenario: Arc::clone(&self.scenario),
            subject: Some(subject.to_owned()),
            level: None,
            summary,
            description,
            opened_at: at,
            closed_at: None,
        }
    }

    fn closed(&self, kind: AlertKind, subject: &str, since: Timestamp, at: Timestamp) -> Change {
        let id = Alert::id_of(&self.scenario, kind, Some(subject), since);
        Change::Closed { id, kind, subject: subject.to_owned(), at }
    }

    /// The workloads that are watched with their states, by name.
    pub fn states(&self) -> impl Iterator<Item = (&str, Health)> {
        self.workloads.iter().map(|(name, watched)| (name.as_str(), watched.state))
    }

    /// The worst state of all workloads; unknown where one of them is, and none is worse than healthy.
    pub fn worst(&self) -> Health {
        let states = || self.states().map(|(_, state)| state);
        match states().max() {
            Some(Health::Healthy) if states().any(|state| state == Health::Unknown) => Health::Unknown,
            worst => worst.unwrap_or(Health::Unknown),
        }
    }

    /// Whether an alert of this kind about this subject can still end by itself.
    pub(super) fn is_watched(&self, kind: AlertKind, subject: &str) -> bool {
        if kind.is_of_service() {
            self.checked.contains(subject)
        } else {
            self.workloads.contains_key(subject)
        }
    }

    /// Whether the last probes of any workload that is not known yet showed trouble.
    pub fn has_failures(&self) -> bool {
        let unknown = self.workloads.values().filter(|watched| watched.state == Health::Unknown);
        unknown.flat_map(|watched| &watched.probes).any(|(_, probe)| *probe != Probe::Good)
    }
}

#[cfg(test)]
mod tests;
