//! What reports say of an incident beyond what it is itself: why its requests failed, how long it lasted, where.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use crate::analysis::incident::{Incident, IncidentCause};
use crate::domain::cell_name::CellName;
use crate::domain::error_counts::ErrorCounts;
use crate::domain::trace::SlowRequest;
use crate::report::wording::failures::failures_listed;
use crate::report::wording::numbers::span;
use crate::report::wording::phrases::{incident_span, incident_words};

use super::run_view::RunView;

/// The most reasons that are named for one incident.
const MOST_REASONS: usize = 3;
/// The most traces that are named for one incident.
const MOST_TRACES: usize = 3;

/// An incident of a run, with its place in the list of all.
#[derive(Debug, Clone, Copy)]
pub struct IncidentView<'a> {
    /// Its place in the order of beginnings, from 0.
    pub place: usize,
    /// The incident.
    pub incident: &'a Incident,
    view: &'a RunView,
}

impl<'a> IncidentView<'a> {
    /// All incidents of a run, in the order of their beginnings.
    pub fn all(view: &'a RunView) -> Vec<Self> {
        let all = view.findings.incidents.iter().enumerate();
        all.map(|(place, incident)| Self { place, incident, view }).collect()
    }

    /// All incidents of a run, the most serious first.
    pub fn by_weight(view: &'a RunView) -> Vec<Self> {
        let mut all = Self::all(view);
        all.sort_by(|left, right| right.incident.weight().total_cmp(&left.incident.weight()));
        all
    }

    /// The name under which text and charts refer to it: `I1`.
    pub fn label(&self) -> String {
        format!("I{}", self.place + 1)
    }

    /// Failures during it by class and reason, and responses by status; nothing unless it is about failures.
    pub fn failures(&self) -> (ErrorCounts, BTreeMap<u16, u64>) {
        let mut errors = ErrorCounts::default();
        let mut statuses: BTreeMap<u16, u64> = BTreeMap::new();
        if self.incident.cause != IncidentCause::Errors {
            return (errors, statuses);
        }
        let within = |at: Timestamp| {
            at >= self.incident.opened_at && self.incident.resolved_at.is_none_or(|until| at < until)
        };
        // A failure of a step is one of its journey as well, and is counted once.
        let is_affected = |cell: &CellName| self.incident.sources().any(|affected| affected.cell == *cell);
        for window in &self.view.windows {
            if within(window.started_at) && is_affected(&window.cell) {
                errors.merge(&window.errors);
                for (status, n) in &window.statuses {
                    *statuses.entry(*status).or_default() += n;
                }
            }
        }
        (errors, statuses)
    }

    /// The slowest requests of the affected cells meanwhile, one of each window, the slowest first.
    pub fn slowest(&self) -> Vec<&'a SlowRequest> {
        let incident = self.incident;
        self.view.slowest.of_rows(MOST_TRACES, |slow| {
            slow.sent_at >= incident.opened_at
                && incident.resolved_at.is_none_or(|until| slow.sent_at < until)
                && incident.sources().any(|affected| affected.cell == slow.cell)
        })
    }

    /// Why requests failed during it, the most frequent reason first: `status 500 (2,240)`. Empty unless it is about failures.
    pub fn reasons(&self) -> Vec<String> {
        let (errors, statuses) = self.failures();
        let mut reasons = failures_listed(&errors, &statuses);
        let more = reasons.len().saturating_sub(MOST_REASONS);
        reasons.truncate(MOST_REASONS);
        if more > 0 {
            reasons.push(format!("{more} more"));
        }
        // One reason explains all failures, so it needs no number.
        if let [only] = reasons.as_mut_slice()
            && let Some((what, _)) = only.rsplit_once(" (")
        {
            *only = what.to_owned();
        }
        reasons
    }

    /// What it is, with the reasons of failures: `39.0 % of the requests to health failed (status 500)`.
    pub fn words(&self) -> String {
        let words = incident_words(self.incident);
        match self.reasons().as_slice() {
            [] => words,
            reasons => format!("{words} ({})", reasons.join(", ")),
        }
    }

    /// The same with its beginning and end.
    pub fn sentence(&self) -> String {
        let joint = if self.incident.is_resolved() { " " } else { ", not resolved, " };
        format!("{}{joint}{}", self.words(), incident_span(self.incident))
    }

    /// How long it lasted, or has lasted by the end of the last window.
    pub fn length(&self) -> Duration {
        let until = self.incident.resolved_at.or(self.view.health.last_window_at);
        until.map_or(Duration::ZERO, |until| {
            // As the times are shown: cut to the second.
            let seconds = until.as_second() - self.incident.opened_at.as_second();
            Duration::from_secs(u64::try_from(seconds).unwrap_or(0))
        })
    }

    /// How long it lasted in words: `2 h 5 min`; `2 h 5 min so far`.
    pub fn length_words(&self) -> String {
        let so_far = if self.incident.is_resolved() { "" } else { " so far" };
        format!("{}{so_far}", span(self.length()))
    }

    /// Names of the levels that it was seen at, each once, in the order of the report's levels.
    pub fn levels(&self) -> Vec<String> {
        let is_affected =
            |name: &str| self.incident.cells.iter().any(|affected| *affected.cell.level == *name);
        let names = self.view.levels.iter().map(|level| level.name.to_string());
        names.filter(|name| is_affected(name)).collect()
    }
}
