//! The metrics of one run: fed with what its folder has, read at any time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use crate::analysis::incident::Update;
use crate::analysis::run_judge::RunJudge;
use crate::domain::cell_name::CellName;
use crate::domain::time_summary::TimeKind;
use crate::domain::units::epoch_seconds;
use crate::domain::window::Window;
use crate::run::follow::{Beside, Group, RunFollower};
use crate::run::judged::objectives_of;
use crate::run::state::RunStatus;
use crate::store::check_log::CheckRecord;
use crate::store::manifest::Mode;

use super::cell::Cell;

/// Most cells and steps that have series here.
pub(super) const MOST_CELLS: usize = 2_000;

/// The metrics of one run. Everything is taken from its folder, so a second reader counts the same.
#[derive(Debug)]
pub struct Metrics {
    pub(super) scenario: Arc<str>,
    pub(super) run_id: Arc<str>,
    pub(super) version: Arc<str>,
    pub(super) mode: &'static str,
    pub(super) started_at: f64,
    pub(super) planned_end: Option<f64>,
    pub(super) planned_windows: u64,
    pub(super) state: &'static str,
    pub(super) cells: BTreeMap<CellName, Cell>,
    pub(super) left_out: BTreeSet<CellName>,
    judge: RunJudge,
    pub(super) incidents: u64,
    pub(super) open_incidents: u64,
    /// Cells with an open incident, and its cause.
    pub(super) open: BTreeSet<(CellName, &'static str)>,
    pub(super) gaps: u64,
    pub(super) last: Option<Arc<Window>>,
    pub(super) check: Option<CheckRecord>,
}

impl Metrics {
    /// The metrics of a run before its first group.
    pub fn new(run: &RunFollower) -> Self {
        let manifest = run.manifest();
        let seconds = |text: &str| text.parse::<Timestamp>().ok().map(epoch_seconds);
        Self {
            scenario: manifest.scenario.as_str().into(),
            run_id: manifest.run_id.as_str().into(),
            version: manifest.tool_version.as_str().into(),
            mode: match manifest.mode {
                Mode::Real => "real",
                Mode::Demo { .. } => "demo",
                Mode::Rehearsal { .. } => "rehearsal",
            },
            started_at: seconds(&manifest.started_at).unwrap_or(0.0),
            planned_end: seconds(&manifest.planned_end),
            planned_windows: manifest.planned_windows,
            state: run.status().state,
            cells: BTreeMap::new(),
            left_out: BTreeSet::new(),
            // Objectives that this version cannot read are not shown.
            judge: RunJudge::new(objectives_of(manifest, run.folder()).unwrap_or_default()),
            incidents: 0,
            open_incidents: 0,
            open: BTreeSet::new(),
            gaps: 0,
            last: None,
            check: None,
        }
    }

    /// Takes the next committed group. The follower is the one that it came from, which needs `Distributions::Read`.
    pub fn take(&mut self, run: &RunFollower, group: &Group) {
        for row in &group.rows {
            let window = &row.window;
            if !self.cells.contains_key(&window.cell) && self.cells.len() >= MOST_CELLS {
                self.left_out.insert(window.cell.clone());
                continue;
            }
            let objectives = self.judge.objectives();
            let objective = objectives.get(&window.cell.series()).copied().unwrap_or_default();
            let cell = self.cells.entry(window.cell.clone()).or_insert_with(|| Cell::new(window, objective));
            cell.add(run, row);
            if !objective.is_empty() {
                self.judge.window(window);
                if let Some(times) = &row.times[TimeKind::Service as usize] {
                    self.judge.times(window, times);
                }
            }
        }
        let updates = group.rows.iter().flat_map(|row| &row.noticed.incidents);
        self.incidents += updates.filter(|update| matches!(update, Update::Opened(_))).count() as u64;
        self.open.clear();
        self.open_incidents = 0;
        for incident in run.watcher().open_incidents() {
            self.open_incidents += 1;
            let cells = incident.cells.iter().map(|of| of.cell.clone());
            self.open.extend(cells.map(|cell| (cell, incident.cause.name())));
        }
        self.last = group.whole().map(|row| Arc::clone(&row.window));
    }

    /// Takes gaps and health checks that were recorded since.
    pub fn beside(&mut self, beside: &Beside) {
        self.gaps += beside.gaps.len() as u64;
        if let Some(check) = beside.checks.last() {
            self.check = Some(check.clone());
        }
    }

    /// Takes the state of the run, and judges the SLOs of what was taken since the last call. To be called after the groups
    /// that there are.
    pub fn status(&mut self, status: &RunStatus) {
        self.state = status.state;
        if !self.cells.values().any(|cell| cell.is_new) {
            return;
        }
        for (name, cell) in &mut self.cells {
            // The windows of all cells count where stretches are judged.
            let is_due = cell.is_new || cell.objective.over.is_some();
            if is_due && !cell.objective.is_empty() {
                cell.limits = self.judge.limits_of(name);
            }
            cell.is_new = false;
        }
    }
}
