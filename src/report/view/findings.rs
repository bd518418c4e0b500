//! What a run's numbers come to: alerts, step changes and trends, the comparison with a baseline, capacity and cost.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::analysis::capacity::Capacity;
use crate::analysis::comparison::Comparison;
use crate::analysis::cost::CostRow;
use crate::analysis::drift::{Drift, StepChange};
use crate::analysis::incident::Incident;
use crate::analysis::watch::Alert;
use crate::domain::baseline::Baseline;
use crate::domain::cell_name::CellName;
use crate::domain::cost::Cost;
use crate::domain::metric::Metric;
use crate::scenario::objectives::SeriesTerms;

/// What the scenario and the command say beside the windows.
#[derive(Debug, Clone, Default)]
pub struct Terms {
    /// By endpoint: its objective, and what slows its users down.
    pub endpoints: BTreeMap<String, SeriesTerms>,
    /// Demand and prices; `None` where the scenario has no `cost` section.
    pub cost: Option<Cost>,
    /// The baseline that the run is compared with.
    pub baseline: Option<Baseline>,
    /// What that baseline and this run do not share, a phrase each.
    pub differences: Vec<String>,
}

/// What the numbers come to.
#[derive(Debug, Clone, Default)]
pub struct Findings {
    /// Stretches in which cells were worse than expected, in the order of their beginnings.
    pub incidents: Vec<Incident>,
    /// Changes of cells for the worse that were confirmed while the run went on, in the order of time.
    pub alerts: Vec<Alert>,
    /// Lasting changes of level, in the order of time.
    pub step_changes: Vec<(Series, StepChange)>,
    /// In how many series changes of level could be looked for.
    pub examined: usize,
    /// Drifts since the last change of level.
    pub trends: Vec<(Series, Drift)>,
    /// In how many series a drift could be looked for.
    pub trends_examined: usize,
    /// Half of the largest daily swing of a mean service time, as a relative change; `None` below a day.
    pub daily_swing: Option<(Series, f64)>,
    /// Comparison of the run with its baseline; `None` without a baseline.
    pub comparison: Option<NamedComparison>,
    /// Capacity of each endpoint.
    pub capacities: Vec<Capacity>,
    /// Demand, prices and cost table; `None` where the scenario has no `cost` section.
    pub cost: Option<(Cost, Vec<CostRow>)>,
}

/// A comparison and the name of what was compared with.
#[derive(Debug, Clone)]
pub struct NamedComparison {
    /// Name of the baseline.
    pub name: String,
    /// What the two do not share, a phrase each: then the comparison says less.
    pub differences: Vec<String>,
    /// Comparison of the run with the baseline, metric by metric.
    pub comparison: Comparison,
}

/// A metric of a cell.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Cell that the metric was measured in.
    pub cell: CellName,
    /// Metric of the series.
    pub metric: Metric,
}

/// The time of a step change.
pub fn time_of(change: &StepChange) -> Timestamp {
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds of a date")]
    Timestamp::from_millisecond((change.at * 1e3) as i64).unwrap_or(Timestamp::UNIX_EPOCH)
}
