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
    /// The affected cells, the worst first, and journeys behind their affected steps; at least one.
    pub cells: Vec<Affected>,
    /// Change of the cells that it comes from, together, relative to the expected value, with its 95% interval; `None` for
    /// errors.
    pub effect: Option<Estimate>,
    /// The window of the incident with the worst value: its number, its cell and its value.
    pub worst: (u64, CellName, f64),
}

impl Incident {
    /// The affected cells that no affected step explains: a journey is slow because one of its steps is.
    pub fn sources(&self) -> impl Iterator<Item = &Affected> {
        let is_explained = |cell: &Affected| self.cells.iter().any(|other| cell.cell.has_step(&other.cell));
        self.cells.iter().filter(move |cell| !is_explained(cell))
    }

    /// The series that it comes from, sorted, each once: endpoints, or `workload.step`. A journey or a mix with an affected
    /// step is not among them.
    pub fn series(&self) -> Vec<String> {
        let mut names: Vec<String> = self.sources().map(|cell| cell.cell.series()).collect();
        names.sort();
        names.dedup();
        names
    }

    /// Failed requests of these cells during the incident, and requests judged.
    pub fn failed(&self) -> (u64, u64) {
        self.sources().fold((0, 0), |sum, cell| (sum.0 + cell.failed.0, sum.1 + cell.failed.1))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(step: Option<&str>, level: &str) -> Affected {
        Affected {
            cell: CellName { step: step.map(Into::into), ..CellName::new("traffic", level) },
            expected: 0.0,
            measured: 0.5,
            effect: None,
            failed: (5, 10),
        }
    }

    #[test]
    fn an_incident_comes_from_the_steps_that_explain_it() {
        let check = |cells: Vec<Affected>, series: &[&str], failed: (u64, u64)| {
            let worst = (1, cells[0].cell.clone(), 0.5);
            let incident = Incident {
                cause: IncidentCause::Errors,
                metric: Metric::ErrorRatio,
                opened_at: Timestamp::UNIX_EPOCH,
                resolved_at: None,
                cells,
                effect: None,
                worst,
            };
            assert_eq!(
                (incident.series(), incident.failed()),
                (series.iter().map(ToString::to_string).collect(), failed)
            );
        };
        let (mix, member, step) = (None, Some("pitch"), Some("pitch.create"));
        check(vec![cell(mix, "light")], &["traffic"], (5, 10));
        check(vec![cell(mix, "light"), cell(mix, "heavy")], &["traffic"], (10, 20));
        check(
            vec![cell(step, "light"), cell(member, "light"), cell(mix, "light")],
            &["traffic.pitch.create"],
            (5, 10),
        );
        // A step that shows at one level explains its journey at every level.
        check(vec![cell(step, "light"), cell(member, "heavy")], &["traffic.pitch.create"], (5, 10));
        let two = vec![cell(step, "light"), cell(Some("pitchfork"), "light"), cell(mix, "heavy")];
        check(two, &["traffic.pitch.create", "traffic.pitchfork"], (10, 20));
    }
}
