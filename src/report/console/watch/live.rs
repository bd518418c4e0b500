//! A run as `watch` knows it. It is filled group by group, so that a long run is read once.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use jiff::Timestamp;

use crate::analysis::baseline_model::WATCHED;
use crate::analysis::incident::Incident;
use crate::analysis::run_judge::Judged;
use crate::analysis::watch::{Band, Watcher};
use crate::domain::cell_name::CellName;
use crate::domain::gap::Gap;
use crate::domain::generator::GeneratorHealth;
use crate::domain::metric::Metric;
use crate::domain::objective::Objective;
use crate::domain::run_verdict::RunOutcome;
use crate::domain::tally::Tally;
use crate::domain::verdict::InvalidReason;
use crate::domain::window::Window;
use crate::report::console::status_text::incident_line;
use crate::report::error::ReportError;
use crate::report::wording::phrases::{incident_span, incident_words};
use crate::report::wording::verdicts::reason_words;
use crate::run::follow::{Beside, Group, RunFollower};
use crate::run::judged::objectives_of;
use crate::run::state::{RUNNING, RunStatus};
use crate::run::stored_plan::StoredPlan;
use crate::store::heartbeat::{Heartbeat, IncidentEntry};

use super::live_cell::LiveCell;
use super::plain::plain;

/// The last windows from which the health of the load generator is shown.
const HEALTH_OF: usize = 10;

/// A run, as far as it was read.
#[derive(Debug, Clone)]
pub struct Live {
    /// ID of the run.
    pub run_id: String,
    /// One of the states of a run, such as `running`.
    pub state: &'static str,
    /// Planned end of the run.
    pub planned_end: Timestamp,
    /// Number of planned cycles, at least 1.
    pub cycles: u64,
    /// Number of planned windows.
    pub planned_windows: u64,
    /// The windows that were read, by validity, with their requests.
    pub tally: Tally,
    /// The last heartbeat; `None` where there is none that can be trusted.
    pub heartbeat: Option<Heartbeat>,
    /// The verdict; `None` until it was computed.
    pub verdict: Option<Verdict>,
    /// The incidents, those that are open first, then the latest first.
    pub incidents: Vec<LiveIncident>,
    /// Stretches without measurements.
    pub gaps: Vec<Gap>,
    /// How the load generator fared.
    pub generator: Generator,
    /// End of the last window; `None` before the first.
    pub measured_until: Option<Timestamp>,
    cells: BTreeMap<CellName, LiveCell>,
    objectives: BTreeMap<String, Objective>,
    started_at: Timestamp,
    cycle_span: Option<Duration>,
    last_cycle: u64,
    in_last_cycle: u64,
}

/// What a run comes to.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// Accepted, failed or inconclusive.
    pub outcome: RunOutcome,
    /// Whether the run has ended, so that it stays.
    pub is_final: bool,
    /// Why, a sentence each, the most serious first.
    pub reasons: Vec<String>,
}

/// An incident in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveIncident {
    /// Whether it is open.
    pub is_open: bool,
    /// Names of the affected series.
    pub series: Vec<String>,
    /// What is wrong, where, and since when.
    pub sentence: String,
}

/// The load generator's health in the last windows.
#[derive(Debug, Clone, Default)]
pub struct Generator {
    last: VecDeque<GeneratorHealth>,
    short: VecDeque<bool>,
}

impl Generator {
    /// Whether it was short of CPU in most of the last windows; `None` where the machine does not report it.
    pub fn is_short_of_cpu(&self) -> Option<bool> {
        let known = self.last.iter().any(|health| health.cpu_share.or(health.wait_share).is_some());
        let short = self.short.iter().filter(|is_short| **is_short).count();
        known.then_some(short * 2 > self.short.len())
    }

    /// The largest CPU time over wall time, 0 to 1, and the largest time of waiting for a CPU, in the last windows.
    pub fn largest(&self) -> (Option<f64>, Option<f64>) {
        let largest =
            |of: fn(&GeneratorHealth) -> Option<f64>| self.last.iter().filter_map(of).reduce(f64::max);
        (largest(|health| health.cpu_share), largest(|health| health.wait_share))
    }
}

impl Live {
    /// A run of which nothing was read yet.
    /// # Errors
    /// [`ReportError`] where its manifest contradicts itself.
    pub fn new(run: &RunFollower) -> Result<Self, ReportError> {
        let manifest = run.manifest();
        let plan = StoredPlan::of(manifest);
        Ok(Self {
            run_id: plain(&manifest.run_id),
            state: "unknown",
            planned_end: manifest.end(run.folder())?,
            cycles: plan.cycles(),
            planned_windows: manifest.planned_windows,
            tally: Tally::default(),
            heartbeat: None,
            verdict: None,
            incidents: Vec::new(),
            gaps: Vec::new(),
            generator: Generator::default(),
            measured_until: None,
            cells: BTreeMap::new(),
            objectives: objectives_of(manifest, run.folder())?,
            started_at: manifest.start(run.folder())?,
            cycle_span: plan.span("cycle"),
            last_cycle: 0,
            in_last_cycle: 0,
        })
    }

    /// Whether the run is being measured.
    pub fn is_running(&self) -> bool {
        self.state == RUNNING
    }

    /// Takes the next group of windows.
    pub fn group(&mut self, group: &Group, watcher: &Watcher) {
        for (place, row) in group.rows.iter().enumerate() {
            let window = &row.window;
            self.tally.add(window);
            let place = if window.cell.step.is_some() { place + 1 } else { 0 };
            let objective = self.objectives.get(&window.cell.series()).copied().unwrap_or_default();
            let new = || LiveCell::new(window.cell.clone(), place, objective);
            let cell = self.cells.entry(window.cell.clone()).or_insert_with(new);
            cell.take(window, &row.noticed);
            cell.bands = bands(watcher, &window.cell);
            cell.slowest.clone_from(&row.slowest);
        }
        let Some(whole) = group.whole() else { return };
        let window = &whole.window;
        self.measured_until = self.measured_until.max(Some(window.ended_at()));
        if window.cycle != self.last_cycle {
            (self.last_cycle, self.in_last_cycle) = (window.cycle, 0);
        }
        self.in_last_cycle += 1;
        let health = &mut self.generator;
        if health.last.len() == HEALTH_OF {
            health.last.pop_front();
            health.short.pop_front();
        }
        health.last.push_back(window.generator);
        health.short.push_back(is_short_of_cpu(window));
    }

    /// Takes gaps that were recorded.
    pub fn beside(&mut self, beside: &Beside) {
        self.gaps.extend(&beside.gaps);
    }

    /// Takes the state of the run. `known` has the incidents of a run whose heartbeat says nothing. Returns whether anything
    /// that is shown has changed.
    pub fn status(&mut self, status: RunStatus, known: impl FnOnce() -> Vec<Incident>) -> bool {
        let seen = |heartbeat: &Option<Heartbeat>| {
            heartbeat
                .as_ref()
                .map(|of| (of.cell.clone(), of.next_cycle_at.clone(), of.incidents.clone(), of.outliers))
        };
        if status.state == self.state && seen(&status.heartbeat) == seen(&self.heartbeat) {
            return false;
        }
        self.state = status.state;
        self.heartbeat = status.heartbeat;
        let mut incidents: Vec<LiveIncident> = match &self.heartbeat {
            Some(heartbeat) => heartbeat.incidents.iter().map(of_entry).collect(),
            None => known().iter().map(of_incident).collect(),
        };
        incidents.reverse();
        incidents.sort_by_key(|incident| !incident.is_open);
        self.incidents = incidents;
        for cell in self.cells.values_mut() {
            cell.has_incident =
                self.incidents.iter().any(|incident| incident.is_open && affects(incident, &cell.name));
        }
        true
    }

    /// Takes the verdict on what was measured so far.
    pub fn judged(&mut self, judged: &Judged) {
        let verdict = &judged.verdict;
        let reasons = verdict.reasons.iter().map(|reason| plain(&reason_words(reason))).collect();
        self.verdict = Some(Verdict { outcome: verdict.outcome(), is_final: !self.is_running(), reasons });
        for (name, evidence) in &judged.cells {
            if let Some(cell) = self.cells.get_mut(name) {
                cell.limits.clone_from(&evidence.limits);
            }
        }
    }

    /// The rows: fewest users first, then by name, steps behind their workload in their order.
    pub fn rows(&self) -> Vec<&LiveCell> {
        let mut rows: Vec<&LiveCell> = self.cells.values().collect();
        let key =
            |cell: &LiveCell| (cell.users, cell.name.level.clone(), cell.name.workload.clone(), cell.place);
        rows.sort_by_key(|cell| key(cell));
        rows
    }

    /// One row; `None` where nothing of it was read yet.
    pub fn cell(&self, name: &CellName) -> Option<&LiveCell> {
        self.cells.get(name)
    }

    /// The load levels with their users, fewest first.
    pub fn levels(&self) -> Vec<(String, u32)> {
        let mut levels: Vec<(u32, String)> =
            self.cells.values().map(|cell| (cell.users, cell.name.level.to_string())).collect();
        levels.sort();
        levels.dedup();
        levels.into_iter().map(|(users, name)| (name, users)).collect()
    }

    /// Number of the cycle that is being measured, or was last, from 1.
    pub fn cycle(&self) -> u64 {
        self.heartbeat.as_ref().map_or(self.last_cycle, |heartbeat| heartbeat.cycle) + 1
    }

    /// How many windows of the cycle are left; `None` where that is not known.
    pub fn left_in_cycle(&self) -> Option<u64> {
        let in_cycle = self.planned_windows.checked_div(self.cycles)?;
        let done = if self.last_cycle + 1 == self.cycle() { self.in_last_cycle } else { 0 };
        in_cycle.checked_sub(done)
    }

    /// When the next cycle begins, by the plan; `None` in the last one, and where it is not known.
    pub fn next_cycle_at(&self) -> Option<Timestamp> {
        let stated =
            self.heartbeat.as_ref().and_then(|heartbeat| heartbeat.next_cycle_at.as_ref()?.parse().ok());
        if stated.is_some() {
            return stated;
        }
        let begun = u32::try_from(self.cycle()).ok().filter(|begun| u64::from(*begun) < self.cycles)?;
        self.started_at.checked_add(self.cycle_span?.checked_mul(begun)?).ok()
    }

    /// Time left until the planned end, zero when it has passed.
    pub fn left(&self, now: Timestamp) -> Duration {
        Duration::try_from(self.planned_end.duration_since(now)).unwrap_or_default()
    }
}

/// The bands that the watcher knows of a cell.
fn bands(watcher: &Watcher, cell: &CellName) -> Vec<(Metric, Band)> {
    let band = |metric| {
        let learnt = watcher.model().learnt(cell, metric)?;
        Some((metric, Band::of(metric, learnt.mean, learnt.sigma)))
    };
    WATCHED.into_iter().filter_map(band).collect()
}

fn of_entry(entry: &IncidentEntry) -> LiveIncident {
    LiveIncident {
        is_open: entry.resolved_at.is_none(),
        series: entry.endpoints.clone(),
        sentence: plain(&incident_line(entry)),
    }
}

fn of_incident(incident: &Incident) -> LiveIncident {
    LiveIncident {
        is_open: !incident.is_resolved(),
        series: incident.series(),
        sentence: plain(&format!("{}, {}", incident_words(incident), incident_span(incident))),
    }
}

/// Whether an incident affects a cell: by its name, or by one of its steps.
fn affects(incident: &LiveIncident, cell: &CellName) -> bool {
    let series = cell.series();
    incident
        .series
        .iter()
        .any(|name| *name == series || name.strip_prefix(&series).is_some_and(|rest| rest.starts_with('.')))
}

/// Whether the load generator itself was short of CPU in a window.
fn is_short_of_cpu(window: &Window) -> bool {
    let is_cpu = |reason: InvalidReason| {
        matches!(
            reason,
            InvalidReason::GeneratorSaturated
                | InvalidReason::GeneratorStarved
                | InvalidReason::SchedulingLag
        )
    };
    window.generator.spoils(window.duration).is_some_and(is_cpu)
}
