//! The numbers of a report over many runs.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::domain::availability::Availability;
use crate::domain::error_budget::{BurnWindow, ErrorBudget, Visibility};
use crate::domain::measured_minutes::{MeasuredMinutes, MinuteCounts};

use super::cells::CellTrend;
use super::incidents::PeriodIncident;
use super::measured::{Measured, Period, PeriodRun, WorkloadSums, day_of};

/// Shortest stretch without measurements that is listed, in intervals.
const GAP_INTERVALS: f64 = 2.0;
/// Interval where none is known: single runs without a second window.
const MINUTE: Duration = Duration::from_mins(1);

/// How much of an error budget was used.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct BudgetUse {
    /// How long it failed.
    pub(super) failed: Duration,
    /// How long it may still fail; zero once the budget is used up.
    pub(super) left: Duration,
    /// Fraction of the budget that is used; `None` where nothing is allowed and something failed.
    pub(super) used: Option<f64>,
    /// How fast it was used at the end of the period, by [`BurnWindow::ALL`]; `None` where nothing was measured.
    pub(super) burn: [Option<f64>; BurnWindow::ALL.len()],
}

/// An endpoint, a journey or a mix over the period.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct WorkloadView {
    /// `None` for all together: a minute is down where one of them is.
    pub(super) name: Option<String>,
    /// By the time that each window stands for; nothing for all together.
    pub(super) time: Option<Availability>,
    pub(super) minutes: MinuteCounts,
    pub(super) failed: u64,
    pub(super) judged: u64,
    pub(super) budget: BudgetUse,
}

/// A day of the period, UTC.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct DayView {
    pub(super) day: Date,
    /// Minutes of all workloads together.
    pub(super) minutes: MinuteCounts,
    /// Incidents that opened on it.
    pub(super) incidents: u64,
    /// By workload.
    pub(super) by_workload: BTreeMap<String, MinuteCounts>,
    /// Mean service time by cell. Units: microseconds.
    pub(super) means_us: BTreeMap<String, f64>,
}

/// Everything in a report over many runs.
#[derive(Debug, Clone)]
pub struct PeriodView {
    /// Name of the scenario.
    pub scenario: String,
    /// The stretch that it is about.
    pub period: Period,
    pub(super) is_virtual: bool,
    pub(super) runs: Vec<PeriodRun>,
    pub(super) budget: ErrorBudget,
    /// What the interval of the probes can see of the objective; `None` where no interval is known.
    pub(super) visibility: Option<Visibility>,
    /// All together first, then by name.
    pub(super) workloads: Vec<WorkloadView>,
    pub(super) days: Vec<DayView>,
    pub(super) incidents: Vec<PeriodIncident>,
    pub(super) trends: Vec<CellTrend>,
    /// Stretches without measurements, in the order of time.
    pub(super) unmeasured: Vec<(Timestamp, Timestamp)>,
    /// What is damaged or could not be read, a sentence each.
    pub(super) warnings: Vec<String>,
}

impl PeriodView {
    /// The numbers of what was measured.
    pub fn of(measured: Measured) -> Self {
        let period = measured.period;
        let budget = ErrorBudget::new(measured.objective, period.length());
        let mut all = MeasuredMinutes::default();
        measured.workloads.values().for_each(|sums| all.merge(&sums.minutes));
        let together = WorkloadSums {
            minutes: all.clone(),
            failed: measured.workloads.values().map(|sums| sums.failed).sum(),
            judged: measured.workloads.values().map(|sums| sums.judged).sum(),
            ..WorkloadSums::default()
        };
        let mut workloads = vec![workload(None, &together, &budget, period)];
        let each = measured.workloads.iter();
        workloads.extend(each.map(|(name, sums)| workload(Some(name), sums, &budget, period)));
        let incidents = measured.chains.within(period.from, period.until);
        let least = measured.interval.unwrap_or(MINUTE).mul_f64(GAP_INTERVALS);
        Self {
            days: days(&measured, &all, &incidents),
            trends: measured.cells.iter().filter_map(|(cell, days)| days.trend(cell)).collect(),
            unmeasured: all.unmeasured(period.from, period.until, least),
            visibility: measured.interval.map(|interval| budget.visible(interval)),
            workloads,
            incidents,
            budget,
            period,
            scenario: measured.scenario,
            is_virtual: measured.is_virtual,
            runs: measured.runs,
            warnings: measured.warnings,
        }
    }

    /// All workloads together; `None` where nothing was measured.
    pub(super) fn together(&self) -> Option<&WorkloadView> {
        self.workloads.first().filter(|all| all.minutes.all() > 0)
    }

    /// Time of which nothing was measured.
    pub(super) fn unmeasured_time(&self) -> Duration {
        let length = |(from, until): &(Timestamp, Timestamp)| {
            Duration::try_from(until.duration_since(*from)).unwrap_or_default()
        };
        self.unmeasured.iter().map(length).sum()
    }
}

fn workload(name: Option<&str>, sums: &WorkloadSums, budget: &ErrorBudget, period: Period) -> WorkloadView {
    let minutes = sums.minutes.counts(period.from, period.until);
    let failed = minutes.down_time();
    let burn = BurnWindow::ALL.map(|window| {
        let last = sums.minutes.counts(Period::ending(period.until, window.long).from, period.until);
        last.down_ratio().and_then(|ratio| budget.burn_rate(ratio))
    });
    WorkloadView {
        name: name.map(str::to_owned),
        time: name.map(|_| sums.time),
        minutes,
        failed: sums.failed,
        judged: sums.judged,
        budget: BudgetUse { failed, left: budget.left(failed), used: budget.used(failed), burn },
    }
}

fn days(measured: &Measured, all: &MeasuredMinutes, incidents: &[PeriodIncident]) -> Vec<DayView> {
    let period = measured.period;
    let mut days = Vec::new();
    let mut day = day_of(period.from);
    let last = day_of(period.until - jiff::SignedDuration::from_nanos(1));
    let midnight = |day: Date| day.to_zoned(jiff::tz::TimeZone::UTC).map(|day| day.timestamp());
    while day <= last {
        let Ok(next) = day.tomorrow() else { break };
        let (Ok(from), Ok(until)) = (midnight(day), midnight(next)) else { break };
        let (from, until) = (from.max(period.from), until.min(period.until));
        let by_workload = measured
            .workloads
            .iter()
            .map(|(name, sums)| (name.to_string(), sums.minutes.counts(from, until)));
        let means = measured
            .cells
            .iter()
            .filter_map(|(cell, days)| Some((cell.to_string(), days.days.get(&day)?.mean_us()?)));
        days.push(DayView {
            day,
            minutes: all.counts(from, until),
            incidents: incidents.iter().filter(|one| from <= one.opened_at && one.opened_at < until).count()
                as u64,
            by_workload: by_workload.collect(),
            means_us: means.collect(),
        });
        day = next;
    }
    days
}
