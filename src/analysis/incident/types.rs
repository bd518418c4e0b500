//! What an incident is.

use jiff::Timestamp;

use crate::domain::cell_name::CellName;
use crate::domain::metric::Metric;
use crate::domain::window::Counts;
use crate::stats::Estimate;

/// What is wrong during an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum IncidentCause {
    /// More requests fail than the baseline explains.
    Errors,
    /// Response times are longer, or throughput is lower, than expected at that time of day.
    Slowdown,
    /// Fewer responses come from a cache than expected at that time of day.
    Cache,
}

impl IncidentCause {
    /// Every cause, the more serious first.
    pub const ALL: [Self; 3] = [Self::Errors, Self::Slowdown, Self::Cache];

    /// The cause that a metric shows.
    pub fn of(metric: Metric) -> Self {
        match metric {
            Metric::ErrorRatio => Self::Errors,
            Metric::CacheHitRatio => Self::Cache,
            _ => Self::Slowdown,
        }
    }

    /// The value of `cause` in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Errors => "errors",
            Self::Slowdown => "slowdown",
            Self::Cache => "cache",
        }
    }
}

/// One cell during an incident.
#[derive(Debug, Clone, PartialEq)]
pub struct Affected {
    /// The cell, or step of a cell.
    pub cell: CellName,
    /// What was expected meanwhile. Units: the metric's; for errors the highest ratio compatible with the baseline.
    pub expected: f64,
    /// What was measured meanwhile. Units: the metric's; for errors failed over judged requests.
    pub measured: f64,
    /// Change relative to the expected value, with its 95% interval; `None` for errors.
    pub effect: Option<Estimate>,
    /// Failed requests and requests judged during the incident.
    pub failed: (u64, u64),
}

/// A stretch in which one or more cells were worse than expected.
#[derive(Debug, Clone, PartialEq)]
pub struct Incident {
    /// What was wrong.
    pub cause: IncidentCause,
    /// The metric that is described: the error ratio, the cache hit ratio, mostly the mean service time, else the metric that showed it.
    pub metric: Metric,
    /// Start of the first window that shows it.
    pub opened_at: Timestamp,
    /// Start of the first window that is back to normal; `None` while it is open.
    pub resolved_at: Option<Timestamp>,
    /// The affected cells, the worst first; at least one.
    pub cells: Vec<Affected>,
    /// Change of all cells together relative to the expected value, with its 95% interval; `None` for errors.
    pub effect: Option<Estimate>,
    /// The window of the incident with the worst value: its number, its cell and its value.
    pub worst: (u64, CellName, f64),
}

impl Incident {
    /// The series of the affected cells, sorted, each once: endpoints, or `workload.step`.
    pub fn series(&self) -> Vec<String> {
        let mut names: Vec<String> = self.cells.iter().map(|cell| cell.cell.series()).collect();
        names.sort();
        names.dedup();
        names
    }

    /// Failed requests of all cells during the incident, and requests judged.
    pub fn failed(&self) -> (u64, u64) {
        self.cells.iter().fold((0, 0), |sum, cell| (sum.0 + cell.failed.0, sum.1 + cell.failed.1))
    }

    /// Failed over judged requests; `None` where none was judged.
    pub fn error_ratio(&self) -> Option<f64> {
        let (failed, judged) = self.failed();
        Counts { failed, succeeded: judged - failed.min(judged), throttled: 0 }.error_ratio()
    }

    /// Whether it was over before the last window.
    pub fn is_resolved(&self) -> bool {
        self.resolved_at.is_some()
    }

    /// How serious it is: errors before slowdowns, then by size.
    pub fn weight(&self) -> f64 {
        match self.cause {
            IncidentCause::Errors => 1e6 + self.error_ratio().unwrap_or(0.0),
            IncidentCause::Slowdown => self.effect.map_or(0.0, |effect| effect.value.ln_1p().abs()),
            IncidentCause::Cache => self.effect.map_or(0.0, |effect| effect.value.abs()),
        }
    }
}
