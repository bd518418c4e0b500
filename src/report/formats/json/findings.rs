//! What the numbers of a run come to, in `report.json`: alerts, changes of level, trends, comparison, capacity, cost.

use schemars::JsonSchema;
use serde::Serialize;

use crate::analysis::alert::AlertKind;
use crate::analysis::drift::{Drift, StepChange};
use crate::analysis::watch;
use crate::domain::metric::Metric;
use crate::report::formats::values::{Interval, Moment, Place, Series, finite};
use crate::report::formats::words::Word;
use crate::report::view::findings;
use crate::report::view::findings::time_of;
use crate::report::view::incident_view::IncidentView;
use crate::report::view::run_view::RunView;

use super::capacity::{Capacity, Cost};
use super::comparison::BaselineComparison;
use super::incidents::Incident;

/// What the numbers of a run come to.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(in crate::report) struct Findings<'a> {
    /// Stretches in which cells were worse than expected, in the order of their beginnings.
    incidents: Vec<Incident>,
    /// Changes of cells for the worse that were confirmed during the run, in the order of time.
    alerts: Vec<Alert>,
    /// Series with enough windows to look for level shifts.
    series_examined_for_changes: usize,
    /// Series with enough windows to look for a trend.
    series_examined_for_trends: usize,
    /// Lasting level shifts, in the order of time.
    regime_changes: Vec<LevelShift>,
    /// Trends since the last level shift.
    trends: Vec<Trend>,
    /// The largest daily swing of a mean service time; null below a day.
    largest_daily_swing: Option<DailySwing>,
    /// Comparison with the baseline of the run; null without one.
    comparison: Option<BaselineComparison<'a>>,
    /// Capacity of each endpoint, sorted by name.
    capacity: Vec<Capacity<'a>>,
    /// Cost by number of customers; null where the scenario has no prices.
    cost: Option<Cost<'a>>,
}

impl<'a> From<&'a RunView> for Findings<'a> {
    fn from(view: &'a RunView) -> Self {
        let found = &view.findings;
        Self {
            incidents: IncidentView::all(view).iter().map(Incident::from).collect(),
            alerts: found.alerts.iter().map(Alert::from).collect(),
            series_examined_for_changes: found.examined,
            series_examined_for_trends: found.trends_examined,
            regime_changes: found.step_changes.iter().map(LevelShift::from).collect(),
            trends: found.trends.iter().map(Trend::from).collect(),
            largest_daily_swing: found.daily_swing.as_ref().map(DailySwing::from),
            comparison: found.comparison.as_ref().map(BaselineComparison::from),
            capacity: found.capacities.iter().map(Capacity::from).collect(),
            cost: found.cost.as_ref().map(Cost::from),
        }
    }
}

/// An alert: a confirmed change during the run.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Alert {
    /// The window that confirmed it.
    window: u64,
    /// Start of that window.
    started_at: Moment,
    #[serde(flatten)]
    place: Place,
    /// Kind of change: `burst`, `shift` or `errors`.
    kind: Word<AlertKind>,
    /// The metric that showed it first.
    metric: Word<Metric>,
    /// Its value in that window.
    value: f64,
    /// The value that was expected there.
    expected: f64,
    /// The new level: what was expected, moved by the change.
    moved_to: f64,
    /// Relative to what was expected: 0.2 is a fifth more; null for errors.
    change: Option<f64>,
    /// The shift divided by its standard error; null where windows never differ.
    standard_errors: Option<f64>,
    /// How many windows it had lasted.
    windows: usize,
    /// Whether the target got worse, not better.
    is_worse: bool,
}

impl From<&watch::Alert> for Alert {
    fn from(alert: &watch::Alert) -> Self {
        Self {
            window: alert.place.window,
            started_at: Moment(alert.place.started_at),
            place: (&alert.place.cell).into(),
            kind: Word(alert.kind),
            metric: Word(alert.metric),
            value: alert.value,
            expected: alert.expected,
            moved_to: alert.level,
            change: alert.effect,
            standard_errors: finite(alert.z),
            windows: alert.windows,
            is_worse: alert.is_worse(),
        }
    }
}

/// A lasting level shift of a series.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct LevelShift {
    #[serde(flatten)]
    series: Series,
    /// The first window at the new level.
    window: u64,
    /// Start of that window.
    at: Moment,
    /// The level before, in the unit of the metric.
    before: f64,
    /// The level after, in the unit of the metric.
    after: f64,
    /// After over before, less 1.
    change: f64,
    /// The probability of such a difference by chance, without the search for its place.
    p: f64,
}

impl From<&(findings::Series, StepChange)> for LevelShift {
    fn from((series, change): &(findings::Series, StepChange)) -> Self {
        Self {
            series: Series::of(&series.cell, series.metric),
            window: change.window,
            at: Moment(time_of(change)),
            before: change.before,
            after: change.after,
            change: change.effect(),
            p: change.p,
        }
    }
}

/// A trend of a series since its last level shift.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Trend {
    #[serde(flatten)]
    series: Series,
    /// Where 24 hours of it lead, relative to now: 0.1 is a tenth more.
    change_in_24_h: f64,
    /// 95% confidence interval of `change_in_24_h`.
    interval_95: Interval,
    /// The probability of such a trend by chance, adjusted for the number of series.
    p_adjusted: f64,
    /// Over how long it was seen.
    seen_s: f64,
}

impl From<&(findings::Series, Drift)> for Trend {
    fn from((series, drift): &(findings::Series, Drift)) -> Self {
        Self {
            series: Series::of(&series.cell, series.metric),
            change_in_24_h: drift.in_a_day.value,
            interval_95: drift.in_a_day.into(),
            p_adjusted: drift.p,
            seen_s: drift.seen_s,
        }
    }
}

/// The daily swing of a series.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct DailySwing {
    #[serde(flatten)]
    series: Series,
    /// Half of the swing, as a relative change.
    amplitude: f64,
}

impl From<&(findings::Series, f64)> for DailySwing {
    fn from((series, amplitude): &(findings::Series, f64)) -> Self {
        Self { series: Series::of(&series.cell, series.metric), amplitude: *amplitude }
    }
}
