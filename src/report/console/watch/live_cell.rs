//! One row of `watch`: an endpoint, a journey or a step at one load level, with its last windows.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::analysis::watch::{Band, Noticed};
use crate::domain::cell_name::CellName;
use crate::domain::metric::{Metric, Reading};
use crate::domain::objective::{JudgedLimit, Objective, ObjectiveKind, ObjectiveState};
use crate::domain::outcomes::Outcomes;
use crate::domain::percentile::Percentile;
use crate::domain::time_summary::TimeKind;
use crate::domain::trace::SlowRequest;
use crate::domain::verdict::Validity;
use crate::domain::window::Window;

/// The most windows of a row that are kept.
pub const RECENT: usize = 60;

pub(super) const MEAN: Metric = Metric::Time(TimeKind::Service, Reading::Mean);
const P95: Metric = Metric::Time(TimeKind::Service, Reading::Percentile(Percentile::P95));

/// How a row is doing, the most serious first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CellState {
    /// At least half of the requests of the last window failed.
    Down,
    /// An incident that affects it is open.
    Incident,
    /// An SLO is violated, over everything that was measured.
    Violated,
    /// The last window misses an SLO, which alone violates none.
    OverSlo,
    /// The last window proves nothing about the target.
    Invalid,
    /// Requests of the last window were rate-limited (429).
    RateLimited,
    /// A value of the last window lies outside its baseline band.
    Outlier,
    /// No baseline is known yet.
    Learning,
    /// None of these.
    Ok,
}

impl CellState {
    /// The word that is shown.
    pub fn word(self) -> &'static str {
        match self {
            Self::Down => "DOWN",
            Self::Incident => "INCIDENT",
            Self::Violated => "VIOLATED",
            Self::OverSlo => "over SLO",
            Self::Invalid => "invalid",
            Self::RateLimited => "limited",
            Self::Outlier => "outlier",
            Self::Learning => "learning",
            Self::Ok => "ok",
        }
    }
}

/// One row.
#[derive(Debug, Clone)]
pub struct LiveCell {
    /// The cell, or the step of one.
    pub name: CellName,
    /// Its place among the steps of its workload, from 1; 0 for the workload as a whole.
    pub place: usize,
    /// Concurrent users.
    pub users: u32,
    /// Number of its windows so far.
    pub windows: u64,
    /// Its requests so far, with statuses and reasons of failures.
    pub outcomes: Outcomes,
    /// Its last windows, the latest last.
    pub recent: VecDeque<Arc<Window>>,
    /// Metrics whose last value lies outside the baseline band.
    pub flags: Vec<Metric>,
    /// Its SLO.
    pub objective: Objective,
    /// The limits of its SLO as they were judged last; empty before that.
    pub limits: Vec<JudgedLimit>,
    /// Baseline bands of the metrics that have one.
    pub bands: Vec<(Metric, Band)>,
    /// Whether an incident that affects it is open.
    pub has_incident: bool,
    /// The slowest requests of the last window, the slowest first; empty where none were kept.
    pub slowest: Vec<SlowRequest>,
}

impl LiveCell {
    pub(super) fn new(name: CellName, place: usize, objective: Objective) -> Self {
        Self {
            name,
            place,
            users: 0,
            windows: 0,
            outcomes: Outcomes::default(),
            recent: VecDeque::new(),
            flags: Vec::new(),
            objective,
            limits: Vec::new(),
            bands: Vec::new(),
            has_incident: false,
            slowest: Vec::new(),
        }
    }

    pub(super) fn take(&mut self, window: &Arc<Window>, noticed: &Noticed) {
        self.users = window.users;
        self.windows += 1;
        self.outcomes.add(window);
        self.flags = noticed.flags.iter().map(|flag| flag.metric).collect();
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(Arc::clone(window));
    }

    /// The last window.
    pub fn last(&self) -> Option<&Window> {
        self.recent.back().map(|window| &**window)
    }

    /// The metric that is drawn: p95, or the mean where only that has an SLO, or where no window has enough requests for a p95.
    pub fn metric(&self) -> Metric {
        let is_of_mean = self.objective.p95.is_none() && self.objective.mean.is_some();
        let has_p95 = || self.recent.iter().any(|window| P95.of(window).is_some());
        if is_of_mean || !has_p95() { MEAN } else { P95 }
    }

    /// That metric in the last windows, the latest last. Units: microseconds.
    pub fn values(&self) -> Vec<Option<f64>> {
        let metric = self.metric();
        self.recent.iter().map(|window| metric.of(window)).collect()
    }

    /// That metric in the last window. Units: microseconds.
    pub fn value(&self) -> Option<f64> {
        self.metric().of(self.last()?)
    }

    /// The limit of that metric. Units: microseconds.
    pub fn limit(&self) -> Option<f64> {
        let metric = self.metric();
        self.objective.limits().find(|(kind, _)| kind.metric() == metric).map(|(_, limit)| limit)
    }

    /// The baseline band of that metric.
    pub fn band(&self) -> Option<Band> {
        self.band_of(self.metric())
    }

    /// The baseline band of a metric.
    pub fn band_of(&self, metric: Metric) -> Option<Band> {
        self.bands.iter().find(|(known, _)| *known == metric).map(|(_, band)| *band)
    }

    /// How the row is doing.
    pub fn state(&self) -> CellState {
        let Some(last) = self.last() else { return CellState::Learning };
        let is_violated = self.limits.iter().any(|limit| limit.state == ObjectiveState::Violated);
        if last.worked() == Some(false) {
            CellState::Down
        } else if self.has_incident {
            CellState::Incident
        } else if is_violated {
            CellState::Violated
        } else if misses(&self.objective, last) {
            CellState::OverSlo
        } else if matches!(last.validity, Validity::Invalid(_)) {
            CellState::Invalid
        } else if last.validity == Validity::Throttled {
            CellState::RateLimited
        } else if !self.flags.is_empty() {
            CellState::Outlier
        } else if self.bands.is_empty() {
            CellState::Learning
        } else {
            CellState::Ok
        }
    }
}

/// Whether a window by itself misses a limit of an SLO; a window that is not valid misses none.
pub(in crate::report) fn misses(objective: &Objective, window: &Window) -> bool {
    let is_beyond = |(kind, limit): (ObjectiveKind, f64)| {
        kind.metric()
            .of(window)
            .is_some_and(|value| if kind.is_lower_limit() { value < limit } else { value > limit })
    };
    window.validity == Validity::Valid && objective.limits().any(is_beyond)
}
