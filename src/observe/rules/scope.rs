//! What the rules of a scenario are about: its workloads, and how often they are measured.

use crate::domain::baseline::Baseline;
use crate::domain::plan::Plan;

use super::promql;
use super::rule::Series;
use super::timing::Timing;

/// A scenario and its baseline, as rules need them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scope<'a> {
    /// The scenario.
    pub(super) plan: &'a Plan,
    /// The baseline whose bands are written into the rules; `None` for the bands that runs export.
    pub(super) baseline: Option<&'a Baseline>,
}

impl Scope<'_> {
    /// Durations of rules.
    pub(super) fn timing(self) -> Timing {
        Timing { every: self.plan.monitoring.every }
    }

    /// The label of the scenario, as a matcher.
    pub(super) fn scenario(self) -> String {
        format!("scenario={}", promql::quoted(&self.plan.name))
    }

    /// Matchers of whole workloads: the steps of a journey and the members of a mix would count its requests twice.
    pub(super) fn workloads(self) -> String {
        let names = self.plan.workloads.iter().map(|workload| &**workload.name());
        format!("{},endpoint=~{}", self.scenario(), promql::one_of(names))
    }

    /// A workload and one of its levels, for tests; `None` where the scenario has no load.
    pub(super) fn example(self) -> Option<(String, String)> {
        (0..self.plan.workloads.len()).find_map(|workload| self.example_of(workload))
    }

    /// The same of one workload.
    pub(super) fn example_of(self, workload: usize) -> Option<(String, String)> {
        let cell =
            self.plan.cells.iter().chain(&self.plan.left_out).find(|cell| cell.workload == workload)?;
        let name = self.plan.cell_name(*cell);
        Some((name.workload.to_string(), name.level.to_string()))
    }

    /// A series of a cell, for a test.
    pub(super) fn series(
        self,
        name: &str,
        cell: &(String, String),
        further: &[(&str, &str)],
        values: impl Into<String>,
    ) -> Series {
        let own = [("scenario", &*self.plan.name), ("endpoint", cell.0.as_str()), ("level", cell.1.as_str())];
        Series::new(name, &[&own[..], further].concat(), values)
    }

    /// The end of the last window of a cell that is measured all the time, for a test of this many evaluations.
    pub(super) fn measured(self, cell: &(String, String), evaluations: u64) -> Series {
        let step = self.timing().evaluation().as_secs();
        self.series("baseline_window_timestamp_seconds", cell, &[], format!("0+{step}x{evaluations}"))
    }
}

/// The labels of a cell, as an alert has them.
pub(super) fn subject(cell: &(String, String)) -> Vec<(&'static str, String)> {
    vec![("endpoint", cell.0.clone()), ("level", cell.1.clone())]
}
