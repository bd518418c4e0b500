//! A report over many runs as JSON, for programs.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::analysis::incident::IncidentCause;
use crate::domain::availability::Availability;
use crate::domain::error_budget::BurnWindow;
use crate::domain::measured_minutes::MinuteCounts;
use crate::report::formats::envelope::{Output, print};
use crate::report::formats::values::{Interval, Moment, Place, run_states};
use crate::report::formats::words::Word;
use crate::report::wording::budget;

use super::cells::{CellTrend, Reference};
use super::view::{DayView, PeriodView, WorkloadView};

/// A report over many runs of a scenario: what `report --last SPAN --format json` prints.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(title = "what `baseline report --last SPAN --format json` prints", deny_unknown_fields)]
pub(in crate::report) struct PeriodOutput<'a> {
    /// Name of the scenario.
    scenario: &'a str,
    /// Beginning of the period.
    from: Moment,
    /// End of the period.
    until: Moment,
    /// Whether the runs are rehearsals, whose times are those of a virtual clock.
    is_virtual: bool,
    /// The runs, in the order of their starts.
    runs: Vec<PeriodRunOutput<'a>>,
    /// Availability objective of the latest run, 0 to 1.
    objective: f64,
    /// How long a workload may fail within the period.
    allowed_s: f64,
    /// What the interval of the probes can see of the objective; null where no interval is known.
    visibility: Option<VisibilityOutput>,
    /// All workloads together: a minute is down where one of them is.
    all: WorkloadOutput,
    /// Endpoints, journeys and mixes, by name.
    workloads: BTreeMap<&'a str, WorkloadOutput>,
    /// The days of the period, UTC; the first and the last may be cut.
    days: Vec<DayOutput<'a>>,
    /// Incidents that lasted within the period, in the order of their beginnings, each once.
    incidents: Vec<IncidentOutput<'a>>,
    /// How the mean service time of each cell has changed.
    trends: Vec<TrendOutput<'a>>,
    /// Stretches without measurements of at least two intervals, in the order of time. They count neither as up nor as down.
    unmeasured: Vec<StretchOutput>,
    /// Time of which nothing was measured, shorter stretches left out.
    unmeasured_s: f64,
    /// What is damaged or could not be read, a sentence each.
    warnings: &'a [String],
}

impl Output for PeriodOutput<'_> {
    const KIND: &'static str = "period";
}

/// A run of the period.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "PeriodRun", deny_unknown_fields)]
struct PeriodRunOutput<'a> {
    /// The run ID.
    run: &'a str,
    /// State of the run.
    #[schemars(schema_with = "run_states")]
    state: &'static str,
    /// Whether it is a day of a monitor.
    is_monitor: bool,
    /// Start of the run.
    started_at: Moment,
    /// Windows within the period, those of steps included.
    windows: u64,
}

/// What the interval of the probes can see.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Visibility", deny_unknown_fields)]
struct VisibilityOutput {
    /// Time from one probe to the next; an outage that is shorter can be missed.
    interval_s: f64,
    /// Whether an outage that uses up the error budget meets at least one probe.
    is_visible: bool,
    /// Whether a single failed probe uses more than a fifth of the budget.
    is_coarse: bool,
    /// The strictest objective that this interval can see, 0 to 1.
    strictest_objective: f64,
    /// The same in words.
    what: String,
}

/// A workload over the period.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "PeriodWorkload", deny_unknown_fields)]
struct WorkloadOutput {
    /// Measured minutes in which every probe worked.
    minutes_up: u64,
    /// Measured minutes in which a probe failed: at least half of its requests.
    minutes_down: u64,
    /// Minutes up over minutes measured, 0 to 1; null where none was measured.
    availability: Option<f64>,
    /// The same by time: each window counts for the time up to the next one. Null where none was measured, and for all
    /// workloads together.
    availability_by_time: Option<f64>,
    /// Failed requests.
    failed: u64,
    /// Requests that failed or succeeded.
    judged: u64,
    /// How long it failed.
    failed_s: f64,
    /// How long it may still fail within the period.
    left_s: f64,
    /// Fraction of the error budget that is used, above 1 where it is overrun; null where nothing is allowed and something
    /// failed.
    budget_used: Option<f64>,
    /// How fast the budget was used before the end of the period: 1 uses all of it within the period.
    burn_rates: BurnOutput,
}

/// Burn rates by the time over which they are taken; null where nothing was measured.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "BurnRates", deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "the keys say over which time")]
struct BurnOutput {
    /// Over the last hour.
    last_1h: Option<f64>,
    /// Over the last 6 hours.
    last_6h: Option<f64>,
    /// Over the last day.
    last_1d: Option<f64>,
    /// Over the last 3 days.
    last_3d: Option<f64>,
}

/// Minutes of a day.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "DayMinutes", deny_unknown_fields)]
struct MinutesOutput {
    /// Minutes in which every probe worked.
    up: u64,
    /// Minutes in which a probe failed.
    down: u64,
    /// Up over all; null where none was measured.
    availability: Option<f64>,
}

/// A day, UTC.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "PeriodDay", deny_unknown_fields)]
struct DayOutput<'a> {
    /// The date.
    day: String,
    /// All workloads together.
    all: MinutesOutput,
    /// By workload.
    workloads: BTreeMap<&'a str, MinutesOutput>,
    /// Number of incidents that opened on this day.
    incidents: u64,
    /// Mean service time over all requests of the day, by endpoint and level; those without a value are missing.
    service_time_mean_us: BTreeMap<&'a str, f64>,
}

/// An incident.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "PeriodIncident", deny_unknown_fields)]
struct IncidentOutput<'a> {
    /// What was wrong.
    cause: Word<IncidentCause>,
    /// The incident in words.
    what: &'a str,
    /// Names of the endpoints and steps that it comes from.
    endpoints: &'a [String],
    /// Start of the first affected window.
    opened_at: Moment,
    /// Start of the first window back to normal; null while it is open, and where it was open when its run ended.
    resolved_at: Option<Moment>,
    /// How long it lasted, as far as is known.
    lasted_s: f64,
}

/// How the mean service time of a cell has changed.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "PeriodTrend", deny_unknown_fields)]
struct TrendOutput<'a> {
    #[serde(flatten)]
    place: Place,
    /// Name of the baseline that the days are compared with; null where they are compared with the first days.
    baseline: Option<&'a str>,
    /// Number of first days; null for a baseline.
    first_days: Option<u64>,
    /// Typical mean service time in the baseline or the first days.
    before_us: f64,
    /// Typical mean service time of the days after.
    after_us: f64,
    /// Number of days after.
    days: u64,
    /// After relative to before, less 1: 0.2 is a fifth more; null with fewer than two days on a side.
    change: Option<f64>,
    /// 95% confidence interval of `change`.
    interval_95: Option<Interval>,
    /// Change within a week, as `change`; null with fewer than ten days.
    per_week: Option<f64>,
    /// 95% confidence interval of `per_week`.
    per_week_interval_95: Option<Interval>,
    /// Probability of such a trend by chance; null with fewer than ten days.
    p: Option<f64>,
}

/// A stretch of time.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Stretch", deny_unknown_fields)]
struct StretchOutput {
    /// Its beginning.
    from: Moment,
    /// Its end.
    until: Moment,
}

impl PeriodView {
    /// The report as JSON.
    pub fn json(&self) -> String {
        let all = self.workloads.iter().find(|one| one.name.is_none()).map(WorkloadOutput::from);
        let named = self.workloads.iter().filter_map(|one| Some((one.name.as_deref()?, one.into())));
        print(PeriodOutput {
            scenario: &self.scenario,
            from: Moment(self.period.from),
            until: Moment(self.period.until),
            is_virtual: self.is_virtual,
            runs: self.runs.iter().map(run).collect(),
            objective: self.budget.objective,
            allowed_s: self.budget.allowed().as_secs_f64(),
            visibility: self.visibility.as_ref().map(|seen| VisibilityOutput {
                interval_s: seen.interval.as_secs_f64(),
                is_visible: seen.is_visible(),
                is_coarse: seen.is_coarse(),
                strictest_objective: seen.strictest_objective(),
                what: budget::visible(seen),
            }),
            all: all.unwrap_or_else(WorkloadOutput::nothing),
            workloads: named.collect(),
            days: self.days.iter().map(day).collect(),
            incidents: self.incidents.iter().map(incident).collect(),
            trends: self.trends.iter().map(trend).collect(),
            unmeasured: self
                .unmeasured
                .iter()
                .map(|(from, until)| StretchOutput { from: Moment(*from), until: Moment(*until) })
                .collect(),
            unmeasured_s: self.unmeasured_time().as_secs_f64(),
            warnings: &self.warnings,
        })
    }
}

fn run(run: &super::measured::PeriodRun) -> PeriodRunOutput<'_> {
    PeriodRunOutput {
        run: &run.id,
        state: run.state,
        is_monitor: run.is_monitor,
        started_at: Moment(run.started_at),
        windows: run.windows,
    }
}

impl WorkloadOutput {
    fn nothing() -> Self {
        Self {
            minutes_up: 0,
            minutes_down: 0,
            availability: None,
            availability_by_time: None,
            failed: 0,
            judged: 0,
            failed_s: 0.0,
            left_s: 0.0,
            budget_used: Some(0.0),
            burn_rates: BurnOutput { last_1h: None, last_6h: None, last_1d: None, last_3d: None },
        }
    }
}

impl From<&WorkloadView> for WorkloadOutput {
    fn from(one: &WorkloadView) -> Self {
        // In the order of the windows of burn rates.
        const _: () = assert!(BurnWindow::ALL.len() == 4, "a key for each window");
        let [last_1h, last_6h, last_1d, last_3d] = one.budget.burn;
        Self {
            minutes_up: one.minutes.up,
            minutes_down: one.minutes.down,
            availability: one.minutes.ratio(),
            availability_by_time: one.time.as_ref().and_then(Availability::ratio),
            failed: one.failed,
            judged: one.judged,
            failed_s: one.budget.failed.as_secs_f64(),
            left_s: one.budget.left.as_secs_f64(),
            budget_used: one.budget.used,
            burn_rates: BurnOutput { last_1h, last_6h, last_1d, last_3d },
        }
    }
}

impl From<MinuteCounts> for MinutesOutput {
    fn from(minutes: MinuteCounts) -> Self {
        Self { up: minutes.up, down: minutes.down, availability: minutes.ratio() }
    }
}

fn day(day: &DayView) -> DayOutput<'_> {
    DayOutput {
        day: day.day.to_string(),
        all: day.minutes.into(),
        workloads: day.by_workload.iter().map(|(name, minutes)| (name.as_str(), (*minutes).into())).collect(),
        incidents: day.incidents,
        service_time_mean_us: day.means_us.iter().map(|(cell, mean)| (cell.as_str(), *mean)).collect(),
    }
}

fn incident(incident: &super::incidents::PeriodIncident) -> IncidentOutput<'_> {
    IncidentOutput {
        cause: Word(incident.cause),
        what: &incident.what,
        endpoints: &incident.endpoints,
        opened_at: Moment(incident.opened_at),
        resolved_at: incident.resolved_at.map(Moment),
        lasted_s: incident.length().as_secs_f64(),
    }
}

fn trend(trend: &CellTrend) -> TrendOutput<'_> {
    let less_one = |ratio: f64| ratio - 1.0;
    let (baseline, first_days) = match &trend.reference {
        Reference::Baseline(name) => (Some(name.as_str()), None),
        Reference::FirstDays(days) => (None, Some(*days as u64)),
    };
    TrendOutput {
        place: (&trend.cell).into(),
        baseline,
        first_days,
        before_us: trend.before_us,
        after_us: trend.after_us,
        days: trend.days as u64,
        change: trend.change.map(|change| less_one(change.value)),
        interval_95: trend.change.map(|change| change.map(less_one).into()),
        per_week: trend.per_week.map(|(change, _)| less_one(change.value)),
        per_week_interval_95: trend.per_week.map(|(change, _)| change.map(less_one).into()),
        p: trend.per_week.map(|(_, p)| p),
    }
}
