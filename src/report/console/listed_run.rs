//! One run of `baseline list`: from its small files where they are current, so that long runs cost no more than short ones.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;

use crate::domain::objective::{Basis, JudgedLimit, ObjectiveKind, ObjectiveState};
use crate::domain::run_verdict::RunOutcome;
use crate::host;
use crate::report::drawing::{HTML, JSON};
use crate::run::judged::judged;
use crate::run::state::{RUNNING, RunStatus};
use crate::store::heartbeat::Heartbeat;
use crate::store::manifest::Manifest;
use crate::store::{StoreError, read_drawing, window_log};

use super::worst::Worst;

/// A run in the output folder.
#[derive(Debug, Clone)]
pub(super) struct ListedRun {
    pub(super) manifest: Manifest,
    pub(super) state: &'static str,
    pub(super) windows: u64,
    /// What it comes to so far; `None` where that cannot be read.
    pub(super) outcome: Option<RunOutcome>,
    /// Incidents, and how many of them are open; `None` without a heartbeat.
    pub(super) incidents: Option<(u64, u64)>,
    /// The worst limit; `None` where no SLO is set, and where no current report says it.
    pub(super) worst: Option<Worst>,
    /// Time to the planned end of a run that is being measured.
    pub(super) left: Option<Duration>,
    /// Last heartbeat of a run that is over.
    pub(super) ended_at: Option<Timestamp>,
    /// Path of the report for browsers; `None` where none is written yet.
    pub(super) report: Option<PathBuf>,
}

impl ListedRun {
    /// Reads a run; what cannot be read becomes a warning.
    /// # Errors
    /// [`StoreError`] where it has no manifest that can be read.
    pub(super) fn read(folder: &Path, warnings: &mut Vec<String>) -> Result<Self, StoreError> {
        let manifest = Manifest::read(folder)?;
        let RunStatus { state, heartbeat, trouble } = RunStatus::read(folder, &manifest);
        warnings.extend(trouble);
        let windows = windows_of(folder, heartbeat.as_ref()).unwrap_or_else(|error| {
            warnings.push(error.to_string());
            0
        });
        let (outcome, worst) = match summary_of(folder, &manifest.run_id, state, windows) {
            Some(summary) => (summary.outcome(), summary.worst()),
            // Whoever ends a run early asks for no verdict.
            None if matches!(state, "stopped" | "killed" | "failed") => {
                (Some(RunOutcome::Inconclusive), None)
            }
            None => match judged(folder) {
                Ok(judged) => (Some(judged.verdict.outcome()), Worst::of(&judged)),
                Err(error) => {
                    warnings.push(error.to_string());
                    (None, None)
                }
            },
        };
        let incidents = heartbeat.as_ref().map(|heartbeat| {
            let open = heartbeat.incidents.iter().filter(|incident| incident.resolved_at.is_none());
            (heartbeat.incidents.len() as u64, open.count() as u64)
        });
        let is_running = state == RUNNING;
        let left = manifest.end(folder).ok().filter(|_| is_running);
        let ended_at = heartbeat.filter(|_| !is_running).and_then(|last| last.updated_at.parse().ok());
        let report = folder.join(HTML);
        Ok(Self {
            state,
            windows,
            outcome,
            incidents,
            worst,
            left: left
                .map(|end| Duration::try_from(end.duration_since(host::clock::now())).unwrap_or_default()),
            ended_at,
            report: report.is_file().then_some(report),
            manifest,
        })
    }
}

fn windows_of(folder: &Path, heartbeat: Option<&Heartbeat>) -> Result<u64, StoreError> {
    match heartbeat {
        Some(heartbeat) => Ok(heartbeat.windows),
        None => window_log::read(&folder.join(window_log::FILE)).map(|log| log.windows.len() as u64),
    }
}

/// What a run comes to according to its `report.json`; `None` where there is none of this state and these windows.
pub fn reported_outcome(folder: &Path, run_id: &str, state: &str, windows: u64) -> Option<RunOutcome> {
    summary_of(folder, run_id, state, windows)?.outcome()
}

/// The report of a run, if it is of this state and these windows.
fn summary_of(folder: &Path, run_id: &str, state: &str, windows: u64) -> Option<Summary> {
    let bytes = read_drawing(&folder.join(JSON)).ok()?;
    let summary: Summary = serde_json::from_slice(&bytes).ok()?;
    let is_current = summary.schema == SCHEMA
        && summary.run.id == run_id
        && summary.run.state == state
        && summary.health.windows == windows;
    is_current.then_some(summary)
}

/// The schema of `report.json` that is read.
const SCHEMA: u32 = 1;

/// What the list needs of `report.json`.
#[derive(Debug, Deserialize)]
struct Summary {
    schema: u32,
    run: RunPart,
    verdict: VerdictPart,
    health: HealthPart,
    levels: Vec<LevelPart>,
}

#[derive(Debug, Deserialize)]
struct RunPart {
    id: String,
    state: String,
}

#[derive(Debug, Deserialize)]
struct VerdictPart {
    outcome: String,
}

#[derive(Debug, Deserialize)]
struct HealthPart {
    windows: u64,
}

#[derive(Debug, Deserialize)]
struct LevelPart {
    level: String,
    cells: Vec<CellPart>,
}

#[derive(Debug, Deserialize)]
struct CellPart {
    endpoint: String,
    objectives: Vec<LimitPart>,
}

#[derive(Debug, Deserialize)]
struct LimitPart {
    metric: String,
    at_most: Option<f64>,
    at_least: Option<f64>,
    state: String,
    value: Option<f64>,
    requests: u64,
}

impl Summary {
    fn outcome(&self) -> Option<RunOutcome> {
        RunOutcome::ALL.into_iter().find(|outcome| outcome.word() == self.verdict.outcome)
    }

    fn worst(&self) -> Option<Worst> {
        let cells = self.levels.iter().flat_map(|level| level.cells.iter().map(move |cell| (level, cell)));
        Worst::among(cells.flat_map(|(level, cell)| {
            cell.objectives.iter().filter_map(|limit| {
                let (endpoint, level) = (cell.endpoint.clone(), level.level.clone());
                Some(Worst { endpoint, level, limit: limit.judged()? })
            })
        }))
    }
}

impl LimitPart {
    /// The limit as far as a list needs it; `None` for one of a later version.
    fn judged(&self) -> Option<JudgedLimit> {
        Some(JudgedLimit {
            kind: ObjectiveKind::ALL.into_iter().find(|kind| kind.metric().name() == self.metric)?,
            limit: self.at_most.or(self.at_least)?,
            value: self.value,
            state: ObjectiveState::ALL.into_iter().find(|state| state.name() == self.state)?,
            basis: Basis::Requests,
            requests: self.requests,
            needs: None,
        })
    }
}
