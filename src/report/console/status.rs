//! Output of `baseline status`: the facts, read from the folder of a run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;

use crate::analysis::run_judge::Judged;
use crate::domain::outcomes::Outcomes;
use crate::domain::tally::Tally;
use crate::host;
use crate::report::drawing::{HTML, view};
use crate::report::error::ReportError;
use crate::report::view::rolling::RollingView;
use crate::run::judged::{judged_of, progress_of_state};
use crate::run::state::{RUNNING, RunStatus};
use crate::run::stored_plan::StoredPlan;
use crate::scenario::notes::INSECURE;
use crate::store::heartbeat::{Heartbeat, IncidentEntry};
use crate::store::manifest::Manifest;
use crate::store::queue_ledger;
use crate::store::record::Record;

use super::worst::Worst;

/// The status of a run.
#[derive(Debug, Clone)]
pub struct Status {
    pub(super) folder: PathBuf,
    pub(super) manifest: Manifest,
    pub(super) state: &'static str,
    pub(super) heartbeat: Option<Heartbeat>,
    pub(super) started_at: Timestamp,
    pub(super) planned_end: Timestamp,
    pub(super) tally: Tally,
    /// What is missing from the files of the run, or damaged, a sentence each.
    pub(super) warnings: Vec<String>,
    /// The verdict on what was measured so far.
    pub(super) judged: Judged,
    /// How many rows of each queue were handed out.
    pub(super) queues: BTreeMap<String, u64>,
    /// The last minute to hour, where that was asked for: it takes reading the whole run.
    pub(super) rolling: Option<Vec<RollingView>>,
}

impl Status {
    /// Reads the status of a run, with `is_rolling` also its last minute to hour.
    /// # Errors
    /// [`ReportError`] where the run cannot be read.
    pub fn read(folder: &Path, is_rolling: bool) -> Result<Self, ReportError> {
        let manifest = Manifest::read(folder)?;
        let RunStatus { state, heartbeat, trouble: _ } = RunStatus::read(folder, &manifest);
        let record = Record::read(folder)?;
        let log = record.log_of_values()?;
        let windows = record.committed.windows;
        let (tally, mut warnings) = match &heartbeat {
            Some(heartbeat) if state == RUNNING => (heartbeat.tally(), Vec::new()),
            // A dead run's heartbeat may be a window behind, so its rows are counted.
            _ => (Tally::of(&windows), record.warnings.into_iter().chain(log.warnings()).collect()),
        };
        let view = if is_rolling { Some(view(folder)?) } else { None };
        if let Some(view) = &view {
            warnings.clone_from(&view.facts.warnings);
        } else if StoredPlan::of(&manifest).is_insecure() {
            warnings.insert(0, INSECURE.to_owned());
        }
        Ok(Self {
            folder: folder.to_owned(),
            state,
            started_at: manifest.start(folder)?,
            planned_end: manifest.end(folder)?,
            judged: judged_of(folder, &manifest, &windows, &log, progress_of_state(state))?,
            queues: queue_ledger::read(folder)?,
            manifest,
            heartbeat,
            tally,
            warnings,
            rolling: view.map(|view| view.rolling),
        })
    }

    /// Reads only the heartbeat again. `false` where the state of the run or the number of its windows has changed since,
    /// so that everything else is out of date.
    pub fn refresh(&mut self) -> bool {
        let RunStatus { state, heartbeat, trouble: _ } = RunStatus::read(&self.folder, &self.manifest);
        let windows = heartbeat.as_ref().map(|heartbeat| heartbeat.windows);
        let is_current = state == self.state && windows == self.heartbeat.as_ref().map(|known| known.windows);
        if let (Some(heartbeat), RUNNING) = (&heartbeat, state) {
            self.tally = heartbeat.tally();
        }
        (self.state, self.heartbeat) = (state, heartbeat);
        is_current
    }

    /// Whether the run is being measured.
    pub fn is_running(&self) -> bool {
        self.state == RUNNING
    }

    /// What a reader would call news: state, verdict, windows and incidents.
    pub fn news(&self) -> impl PartialEq + use<> {
        (self.state, self.judged.verdict.clone(), self.tally.windows, self.incidents().to_vec())
    }

    pub(super) fn left(&self) -> Option<Duration> {
        let now = host::clock::now();
        Duration::try_from(self.planned_end.duration_since(now)).ok().filter(|left| !left.is_zero())
    }

    /// When a run that is over gave its last sign of life.
    pub(super) fn ended_at(&self) -> Option<Timestamp> {
        let heartbeat = self.heartbeat.as_ref().filter(|_| !self.is_running())?;
        heartbeat.updated_at.parse().ok()
    }

    pub(super) fn flags(&self) -> u64 {
        self.heartbeat.as_ref().map_or(0, |heartbeat| heartbeat.flags)
    }

    pub(super) fn incidents(&self) -> &[IncidentEntry] {
        self.heartbeat.as_ref().map_or(&[], |heartbeat| &heartbeat.incidents)
    }

    pub(super) fn worst(&self) -> Option<Worst> {
        Worst::of(&self.judged)
    }

    /// All requests, by outcome and reason. Steps are counted with their journey.
    pub(super) fn outcomes(&self) -> Outcomes {
        let mut all = Outcomes::default();
        let wholes = self.judged.cells.iter().filter(|(name, _)| name.step.is_none());
        wholes.for_each(|(_, cell)| all.merge(&cell.outcomes));
        all
    }

    /// Whether iterations of journeys or mixes are counted beside requests.
    pub(super) fn has_iterations(&self) -> bool {
        let [_, journeys, mixes] = StoredPlan::of(&self.manifest).workload_counts();
        journeys + mixes > 0
    }

    /// Path of the report for browsers; `None` where it is not written yet.
    pub(super) fn report(&self) -> Option<PathBuf> {
        let path = self.folder.join(HTML);
        path.is_file().then_some(path)
    }
}
