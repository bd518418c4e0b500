//! Collects what the verdict of a run needs, window by window, and gives the verdict.
//!
//! Whoever reads a run for another purpose feeds it on the way, so that a report and an exit code cannot differ.

use std::collections::BTreeMap;

use crate::domain::availability::Availability;
use crate::domain::cell_name::CellName;
use crate::domain::histogram::Histogram;
use crate::domain::merged_times::MergedTimes;
use crate::domain::objective::{Basis, JudgedLimit, Objective, ObjectiveState};
use crate::domain::outcomes::Outcomes;
use crate::domain::percentile::Percentile;
use crate::domain::run_verdict::{CellEvidence, RunProgress, RunVerdict};
use crate::domain::tally::Tally;
use crate::domain::time_summary::TimeSummary;
use crate::domain::verdict::Validity;
use crate::domain::window::Window;

use super::objective::sample::{Beyond, Sample};
use super::objective::stretches::{tests_of, violations};
use super::objective::whole::Whole;

/// A run on its way to a verdict.
#[derive(Debug, Default)]
pub struct RunJudge {
    objectives: BTreeMap<String, Objective>,
    cells: BTreeMap<CellName, CellJudge>,
    tally: Tally,
}

#[derive(Debug, Default)]
struct CellJudge {
    outcomes: Outcomes,
    availability: Availability,
    samples: Vec<Sample>,
    /// Service times of the valid windows, where the SLO limits a percentile.
    times: MergedTimes,
}

/// A run's verdict, with what it rests on.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Judged {
    /// What the run comes to, and why.
    pub verdict: RunVerdict,
    /// What was measured of each cell, and of each step with an SLO of its own; other steps are judged with their whole.
    pub cells: BTreeMap<CellName, CellEvidence>,
    /// Measured time of all cells together, by whether they worked.
    pub availability: Availability,
    /// Windows by validity, and their requests.
    pub tally: Tally,
}

impl RunJudge {
    /// For a run whose series have these SLOs, by name: `endpoint`, `journey`, `journey.step`.
    pub fn new(objectives: BTreeMap<String, Objective>) -> Self {
        Self { objectives, ..Self::default() }
    }

    /// Whether an SLO limits a percentile, so that the verdict needs the histograms.
    pub fn needs_times(&self) -> bool {
        self.objectives.values().any(|objective| objective.p95.is_some())
    }

    /// Takes the next window, in the order of commits.
    pub fn window(&mut self, window: &Window) {
        // Steps are judged with their whole, and by themselves where they have an SLO.
        if window.cell.step.is_some() && self.objective_of(&window.cell).is_none() {
            return;
        }
        self.tally.add(window);
        let cell = self.cells.entry(window.cell.clone()).or_default();
        cell.outcomes.add(window);
        cell.availability.add(window);
        cell.samples.extend(Sample::of(window));
    }

    /// The SLO of a cell or of a step; `None` where it has none.
    fn objective_of(&self, cell: &CellName) -> Option<Objective> {
        self.objectives.get(&cell.series()).copied().filter(|objective| !objective.is_empty())
    }

    /// Takes the service times of a window that was taken before.
    pub fn times(&mut self, window: &Window, times: &Histogram) {
        let objective = self.objective_of(&window.cell);
        let Some(objective) = objective.filter(|objective| objective.p95.is_some()) else { return };
        if window.validity != Validity::Valid {
            return;
        }
        let Some(cell) = self.cells.get_mut(&window.cell) else { return };
        let at = cell.samples.binary_search_by_key(&window.number, |sample| sample.number);
        if let Ok(place) = at {
            cell.samples[place].beyond = Beyond::of(times, &objective);
        }
        cell.times.merge(times);
    }

    /// The limits of a cell's SLO as they stand now; empty without an SLO, and before the first window of the cell.
    pub fn limits_of(&self, cell: &CellName) -> Vec<JudgedLimit> {
        let (Some(of_cell), Some(objective)) = (self.cells.get(cell), self.objective_of(cell)) else {
            return Vec::new();
        };
        of_cell.limits(&objective, self.tests())
    }

    /// The SLOs, by the names of their series.
    pub fn objectives(&self) -> &BTreeMap<String, Objective> {
        &self.objectives
    }

    /// Number of stretches times limits that the whole run has.
    fn tests(&self) -> usize {
        let of = |cell: &CellName| self.objectives.get(&cell.series()).copied().unwrap_or_default();
        self.cells.iter().map(|(name, cell)| tests_of(&of(name), cell.samples.len())).sum()
    }

    /// The verdict of a run of this many planned windows, as far as it has come.
    pub fn finish(self, planned: u64, progress: RunProgress) -> Judged {
        let tests = self.tests();
        let objectives = self.objectives;
        let of = |cell: &CellName| objectives.get(&cell.series()).copied().unwrap_or_default();
        let mut availability = Availability::default();
        let mut cells = BTreeMap::new();
        for (name, cell) in self.cells {
            if name.step.is_none() {
                availability.merge(&cell.availability);
            }
            let limits = cell.limits(&of(&name), tests);
            let CellJudge { outcomes, availability, .. } = cell;
            cells.insert(name, CellEvidence { outcomes, availability, limits });
        }
        let verdict = RunVerdict::of(&self.tally, planned, progress, &cells);
        Judged { verdict, cells, availability, tally: self.tally }
    }
}

impl CellJudge {
    /// The limits of the cell's SLO, judged on all windows, and on stretches where the SLO names their length.
    fn limits(&self, objective: &Objective, tests: usize) -> Vec<JudgedLimit> {
        let p95_us = TimeSummary::percentiles_of(&self.times)[Percentile::P95 as usize];
        let whole = Whole { windows: &self.samples, availability: self.availability, p95_us };
        let mut limits = whole.judged(objective);
        if objective.over.is_some() {
            // The days of a certificate have no stretch: the lowest value of the whole run decides.
            let of_stretches = Objective { certificate_days: None, ..*objective };
            for (kind, _, stretch) in violations(&of_stretches, &self.samples, tests) {
                if let Some(limit) = limits.iter_mut().find(|limit| limit.kind == kind) {
                    (limit.state, limit.basis) = (ObjectiveState::Violated, Basis::Stretch(stretch));
                    limit.needs = None;
                }
            }
        }
        limits
    }
}
