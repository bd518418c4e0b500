//! What is known of a run: fed group by group, and read by every request.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::domain::cell_name::CellName;
use crate::domain::gap::Gap;
use crate::domain::tally::Tally;
use crate::host;
use crate::report::ReportError;
use crate::report::wording::numbers::capital;
use crate::report::wording::times::gap_words;
use crate::run::follow::{Beside, FollowedWindow, Group, RunFollower};
use crate::run::state::{RUNNING, RunStatus};
use crate::store::check_log::CheckRecord;
use crate::store::heartbeat::Heartbeat;

use super::clean::clean;
use super::facts::Facts;
use super::generator::GeneratorWatch;
use super::incidents::Incidents;
use super::json::{
    CapacityEntry, GapEntry, Kind, MarkEntry, Note, Progress, Run, SeriesEntry, Snapshot, StateEvent,
    StateOfRun, Verdict,
};
use super::judging::Judged;
use super::series::Series;

/// Notes about health checks that are kept; the last ones.
const MOST_NOTES: usize = 100;

/// The state of a run.
#[derive(Debug)]
pub(super) struct RunState {
    pub(super) facts: Facts,
    pub(super) series: Vec<Series>,
    index: BTreeMap<CellName, usize>,
    /// Number of each group, and the series of its whole.
    pub(super) groups: Vec<(u64, usize)>,
    pub(super) incidents: Incidents,
    pub(super) gaps: Vec<GapEntry>,
    /// Counts up when progress, verdict or state change.
    pub(super) version: u64,
    /// Counts up when series changed without a window.
    pub(super) series_version: u64,
    /// What people noted, and silences.
    pub(super) marks: Vec<MarkEntry>,
    /// Counts up when marks change.
    pub(super) marks_version: u64,
    /// Whether everything that was in the folder has been read once.
    pub(super) is_read: bool,
    state: &'static str,
    heartbeat: Option<Heartbeat>,
    tally: Tally,
    outliers: (u64, f64),
    generator: GeneratorWatch,
    has_report: bool,
    verdict: Verdict,
    capacity: Vec<CapacityEntry>,
    warnings: Vec<String>,
    checks: Vec<Note>,
    trouble: Option<String>,
}

impl RunState {
    /// A run of which nothing was read but its manifest.
    pub(super) fn new(facts: Facts) -> Self {
        Self {
            facts,
            series: Vec::new(),
            index: BTreeMap::new(),
            groups: Vec::new(),
            incidents: Incidents::default(),
            gaps: Vec::new(),
            version: 0,
            series_version: 0,
            marks: Vec::new(),
            marks_version: 0,
            is_read: false,
            state: "unknown",
            heartbeat: None,
            tally: Tally::default(),
            outliers: (0, 0.0),
            generator: GeneratorWatch::default(),
            has_report: false,
            verdict: unjudged(),
            capacity: Vec::new(),
            warnings: Vec::new(),
            checks: Vec::new(),
            trouble: None,
        }
    }

    /// Takes a committed group.
    pub(super) fn group(&mut self, run: &RunFollower, group: &Group) {
        let mut whole = 0;
        for (place, row) in group.rows.iter().enumerate() {
            let at = self.series_of(row, place);
            whole = at;
            self.series[at].take(row);
            self.series[at].look_up_bands(run.watcher(), run.baseline());
            self.tally.add(&row.window);
        }
        if let Some(row) = group.whole() {
            self.generator.take(&row.window);
            self.groups.push((row.window.number, whole));
        }
        let outliers = run.watcher().for_forecast();
        self.outliers = (outliers.observed, outliers.expected);
        self.version += 1;
    }

    fn series_of(&mut self, row: &FollowedWindow, place: usize) -> usize {
        let cell = &row.window.cell;
        if let Some(at) = self.index.get(cell) {
            return *at;
        }
        let kind = if cell.step.is_some() { Kind::Step } else { self.facts.kind(&cell.workload) };
        let objective = self.facts.objectives.get(&cell.series());
        let series = Series::new(row, place, kind, self.parent_of(cell), objective);
        self.index.insert(cell.clone(), self.series.len());
        self.series.push(series);
        self.series.len() - 1
    }

    /// The series that a step belongs to: the part of a mix that it is a step of, otherwise the whole.
    fn parent_of(&self, cell: &CellName) -> Option<Arc<str>> {
        let step = cell.step.as_ref()?;
        let part =
            step.rsplit_once('.').map(|(part, _)| CellName { step: Some(part.into()), ..cell.clone() });
        let known = part.filter(|part| self.index.contains_key(part));
        let whole = CellName { step: None, ..cell.clone() };
        Some(known.unwrap_or(whole).to_string().into())
    }

    /// Takes what else was recorded.
    pub(super) fn beside(&mut self, beside: &Beside) {
        self.gaps.extend(beside.gaps.iter().map(gap_entry));
        self.checks.extend(beside.checks.iter().map(check_note));
        let more = self.checks.len().saturating_sub(MOST_NOTES);
        self.checks.drain(..more);
    }

    /// Takes all marks; returns whether they changed.
    pub(super) fn mark(&mut self, marks: Vec<MarkEntry>) -> bool {
        let is_changed = self.marks != marks;
        self.marks = marks;
        self.marks_version += u64::from(is_changed);
        is_changed
    }

    /// From the start of the run to its end: the planned one while it is measured.
    pub(super) fn span(&self) -> (Timestamp, Timestamp) {
        let ended = self.heartbeat.as_ref().filter(|_| !self.is_live());
        let ended = ended.and_then(|last| last.updated_at.parse().ok());
        (self.facts.started_at, ended.unwrap_or(self.facts.planned_end))
    }

    /// Takes state and heartbeat; returns whether they changed.
    pub(super) fn status(&mut self, status: RunStatus, has_report: bool) -> bool {
        let is_same = self.state == status.state
            && self.heartbeat == status.heartbeat
            && self.has_report == has_report
            && self.trouble == status.trouble;
        if !is_same {
            self.version += 1;
        }
        self.state = status.state;
        self.heartbeat = status.heartbeat;
        self.trouble = status.trouble;
        self.has_report = has_report;
        !is_same
    }

    /// Takes what reading the whole run told. A run that cannot be read says why in its notes.
    pub(super) fn judged(&mut self, judged: Result<Judged, ReportError>) {
        let judged = match judged {
            Ok(judged) => judged,
            Err(error) => {
                self.warnings = vec![error.to_string()];
                "This run cannot be judged.".clone_into(&mut self.verdict.sentence);
                self.version += 1;
                return;
            }
        };
        self.verdict = judged.verdict;
        self.capacity = judged.capacity;
        self.warnings = judged.warnings;
        self.incidents.describe(&judged.incidents);
        let changed =
            self.series.iter_mut().filter_map(|series| series.judge(&judged.objectives).then_some(()));
        let is_changed = changed.count() > 0;
        self.version += 1;
        self.series_version += u64::from(is_changed);
    }

    /// Whether the run is being measured.
    pub(super) fn is_live(&self) -> bool {
        self.state == RUNNING
    }

    /// Number of the last group; 0 before the first.
    pub(super) fn last(&self) -> u64 {
        self.groups.last().map_or(0, |(number, _)| *number)
    }

    /// The series with this identifier.
    pub(super) fn find(&self, id: &str) -> Option<&Series> {
        self.series.iter().find(|series| *series.id == *id)
    }

    /// The series of a group, steps first.
    pub(super) fn of_group(&self, number: u64, whole: usize) -> Vec<&Series> {
        let Some(whole) = self.series.get(whole) else { return Vec::new() };
        let is_of = |series: &&Series| {
            series.cell.workload == whole.cell.workload && series.cell.level == whole.cell.level
        };
        let mut all: Vec<&Series> =
            self.series.iter().filter(is_of).filter(|series| series.window(number).is_some()).collect();
        all.sort_by_key(|series| series.place);
        all
    }

    /// All series as they are sent, by level and name.
    pub(super) fn entries(&self, recent: bool) -> Vec<SeriesEntry> {
        let mut all: Vec<(&Series, SeriesEntry)> =
            self.series.iter().map(|series| (series, self.entry(series, recent))).collect();
        all.sort_by(|(left, one), (right, other)| {
            let key = |series: &Series, entry: &SeriesEntry| {
                (entry.users, Arc::clone(&series.cell.level), Arc::clone(&series.cell.workload))
            };
            // The whole first, then its steps in their order.
            let place = |series: &Series| if series.cell.step.is_none() { 0 } else { series.place + 1 };
            (key(left, one), place(left)).cmp(&(key(right, other), place(right)))
        });
        all.into_iter().map(|(_, entry)| entry).collect()
    }

    /// A series as it is sent.
    pub(super) fn entry(&self, series: &Series, recent: bool) -> SeriesEntry {
        series.entry(recent, self.incidents.open_of(&series.cell))
    }

    /// Everything that the page shows at first.
    pub(super) fn snapshot(&self) -> Snapshot {
        let facts = &self.facts;
        let is_over = !self.is_live();
        let ended_at = self.heartbeat.as_ref().filter(|_| is_over).map(|last| last.updated_at.clone());
        Snapshot {
            event_id: self.last(),
            now: format!("{:.3}", host::clock::now()),
            is_live: self.is_live(),
            run: Run {
                run_id: facts.run_id.clone(),
                scenario: facts.scenario.clone(),
                mode: facts.mode.clone(),
                state: self.state,
                started_at: format!("{:.3}", facts.started_at),
                planned_end: format!("{:.3}", facts.planned_end),
                ended_at,
                plan: facts.plan.clone(),
                host: facts.host.clone(),
                tool: facts.tool.clone(),
                baseline: facts.baseline.clone(),
                report: self.has_report,
            },
            progress: self.progress(),
            verdict: self.verdict(),
            generator: self.generator.entry(),
            capacity: self.capacity.clone(),
            levels: facts.levels.clone(),
            series: self.entries(true),
            incidents: self.incidents.entries(),
            gaps: self.gaps.clone(),
            notes: self.notes(),
            marks: self.marks.clone(),
        }
    }

    /// What an event `state` says.
    pub(super) fn state_event(&self) -> StateEvent {
        StateEvent {
            progress: self.progress(),
            verdict: self.verdict(),
            generator: self.generator.entry(),
            run: StateOfRun { run_id: self.facts.run_id.clone(), state: self.state, report: self.has_report },
        }
    }

    /// One that was given while the run was measured is not final because the run has ended since.
    fn verdict(&self) -> Verdict {
        Verdict { is_final: self.verdict.is_final && !self.is_live(), ..self.verdict.clone() }
    }

    fn notes(&self) -> Vec<Note> {
        let warnings = self.warnings.iter().chain(&self.trouble);
        let warnings = warnings.map(|text| Note { at: None, sentence: clean(capital(text)) });
        warnings.chain(self.checks.iter().cloned()).collect()
    }

    fn progress(&self) -> Progress {
        let heartbeat = self.heartbeat.as_ref();
        let live = heartbeat.filter(|_| self.is_live());
        let (incidents, open) = self.incidents.counts();
        let counts = self.tally.counts;
        Progress {
            cycle: heartbeat.map(|heartbeat| heartbeat.cycle + 1),
            cycles: self.facts.cycles,
            windows: self.tally.windows,
            planned_windows: self.facts.planned_windows,
            requests: counts.requests(),
            failed: counts.failed,
            throttled: counts.throttled,
            invalid_windows: self.tally.invalid,
            outliers: self.outliers.0,
            outliers_expected: self.outliers.1,
            incidents_open: open,
            incidents,
            gaps: self.gaps.len(),
            left_s: self.is_live().then(|| left(self.facts.planned_end)),
            cell: live.and_then(|heartbeat| heartbeat.cell.clone()),
            next_cycle_at: live.and_then(|heartbeat| heartbeat.next_cycle_at.clone()),
        }
    }
}

fn left(planned_end: Timestamp) -> f64 {
    planned_end.duration_since(host::clock::now()).as_secs_f64().max(0.0)
}

/// The verdict before the run was read as a whole.
fn unjudged() -> Verdict {
    Verdict {
        outcome: "inconclusive",
        is_final: false,
        sentence: "The windows are being read; the verdict follows.".to_owned(),
        reasons: Vec::new(),
    }
}

fn gap_entry(gap: &Gap) -> GapEntry {
    GapEntry {
        from: format!("{:.3}", gap.from),
        to: format!("{:.3}", gap.to),
        reason: gap.reason.name(),
        sentence: format!("{}.", capital(&gap_words(gap))),
    }
}

fn check_note(check: &CheckRecord) -> Note {
    let services: Vec<String> = check
        .services
        .iter()
        .map(|service| format!("{} {}", service.name, service.state.replace('_', " ")))
        .collect();
    let sentence = clean(format!("Health check: {}.", services.join(", ")));
    Note { at: Some(format!("{:.3}", check.at)), sentence }
}
