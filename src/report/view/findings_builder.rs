//! Computes what a run's numbers come to, from its windows and the tables drawn from them.

use std::collections::BTreeMap;

use crate::analysis::capacity::{Capacity, Measured, Subject, Support, capacity};
use crate::analysis::comparison::compare;
use crate::analysis::cost;
use crate::analysis::drift::{Value, course, to_report};
use crate::analysis::watch::Alert;
use crate::domain::cell_name::CellName;
use crate::domain::metric::{Metric, Reading};
use crate::domain::percentile::Percentile;
use crate::domain::time_summary::TimeKind;
use crate::domain::units::epoch_seconds;
use crate::domain::verdict::Validity;
use crate::domain::window::Window;
use crate::stats::Estimate;

use super::findings::{Findings, NamedComparison, Series, Terms};
use super::run_view::{CellView, LevelView};

/// The metrics whose drift and step changes are reported.
const COURSES: [Metric; 3] = [
    Metric::Time(TimeKind::Service, Reading::Mean),
    Metric::Time(TimeKind::Service, Reading::Percentile(Percentile::P95)),
    Metric::Throughput,
];

impl Findings {
    /// What valid windows and the tables drawn from them come to.
    pub(super) fn of(windows: &[Window], levels: &[LevelView], alerts: Vec<Alert>, terms: &Terms) -> Self {
        let mut findings = Self { alerts, ..Self::default() };
        findings.courses(windows);
        findings.comparison = terms.baseline.as_ref().map(|baseline| NamedComparison {
            name: baseline.name.clone(),
            differences: terms.differences.clone(),
            comparison: compare(baseline, windows),
        });
        findings.capacities = capacities(windows, levels, terms);
        let support = weakest(&findings.capacities);
        findings.cost = terms.cost.as_ref().map(|cost| (cost.clone(), cost::table(cost, support.as_ref())));
        findings
    }

    fn courses(&mut self, windows: &[Window]) {
        let mut drifts = Vec::new();
        let mut names = Vec::new();
        for (series, values) in series_of(windows) {
            let course = course(&values);
            self.step_changes.extend(course.step_changes.into_iter().map(|change| (series.clone(), change)));
            if let Some(swing) = course.daily_swing.filter(|_| series.metric == COURSES[0])
                && self.daily_swing.as_ref().is_none_or(|(_, largest)| swing > *largest)
            {
                self.daily_swing = Some((series.clone(), swing));
            }
            self.examined += usize::from(course.is_examined);
            self.trends_examined += usize::from(course.drift.is_some());
            drifts.push(course.drift);
            names.push(series);
        }
        self.step_changes.sort_by(|left, right| left.1.at.total_cmp(&right.1.at));
        let told = names.into_iter().zip(to_report(&drifts));
        self.trends = told.filter_map(|(series, drift)| Some((series, drift?))).collect();
    }
}

/// The valid windows of each cell, in the order of commits.
fn by_cell(windows: &[Window]) -> BTreeMap<&CellName, Vec<&Window>> {
    let mut cells: BTreeMap<&CellName, Vec<&Window>> = BTreeMap::new();
    for window in windows.iter().filter(|window| window.validity == Validity::Valid) {
        cells.entry(&window.cell).or_default().push(window);
    }
    cells
}

fn series_of(windows: &[Window]) -> Vec<(Series, Vec<Value>)> {
    let mut all = Vec::new();
    for (cell, windows) in by_cell(windows) {
        for metric in COURSES {
            let value = |window: &&Window| {
                let at = epoch_seconds(window.started_at);
                Some(Value { at, window: window.number, value: metric.of(window)? })
            };
            let series = Series { cell: cell.clone(), metric };
            all.push((series, windows.iter().filter_map(value).collect()));
        }
    }
    all
}

fn capacities(windows: &[Window], levels: &[LevelView], terms: &Terms) -> Vec<Capacity> {
    let of_cells = by_cell(windows);
    let mut subjects: Vec<Subject> = Vec::new();
    for level in levels {
        // A step has no throughput of its own: it is sent as often as its journey comes to it.
        for cell in level.cells.iter().filter(|cell| cell.name.step.is_none()) {
            let place = subjects.iter().position(|subject| *subject.endpoint == *cell.endpoint);
            let place = place.unwrap_or_else(|| {
                let terms = terms.endpoints.get(&*cell.endpoint);
                let (objective, held_back) =
                    terms.map_or((None, None), |terms| (terms.objective.p95, terms.held_back));
                let endpoint = cell.endpoint.to_string();
                subjects.push(Subject { endpoint, objective, held_back, levels: Vec::new() });
                subjects.len() - 1
            });
            let windows = of_cells.get(&cell.name).map_or(&[][..], Vec::as_slice);
            subjects[place].levels.push(measured(windows, level, cell));
        }
    }
    subjects.sort_by(|left, right| left.endpoint.cmp(&right.endpoint));
    subjects.iter().map(capacity).collect()
}

fn measured(windows: &[&Window], level: &LevelView, cell: &CellView) -> Measured {
    let of_cell = || windows.iter().copied();
    let shown = of_cell().filter_map(|window| Metric::Throughput.of(window));
    let throughput = if cell.no_throughput.is_some() { Vec::new() } else { shown.collect() };
    let p95 = Percentile::P95;
    let interval = cell.percentile_intervals_us[TimeKind::Service as usize][p95 as usize];
    Measured {
        level: level.name.to_string(),
        users: level.users,
        throughput: moved_to(cell.throughput_per_s, throughput),
        no_throughput: cell.no_throughput,
        throughput_interval: cell.interval(Metric::Throughput),
        response_interval_us: cell.interval(Metric::Time(TimeKind::Response, Reading::Mean)),
        response_mean_us: cell.times[TimeKind::Response as usize].mean,
        p95_us: cell.service_us(p95).zip(interval).map(|(value, (low, high))| Estimate { value, low, high }),
    }
}

/// Windows are not all equally long, so their mean is not quite the throughput over all of them; the report has one.
fn moved_to(all: Option<f64>, mut windows: Vec<f64>) -> Vec<f64> {
    let mean = windows.iter().sum::<f64>() / windows.len().max(1) as f64;
    if let Some(all) = all.filter(|_| mean > 0.0) {
        for value in &mut windows {
            *value *= all / mean;
        }
    }
    windows
}

/// What holds whatever the mix of requests: the support of the endpoint that holds least.
fn weakest(capacities: &[Capacity]) -> Option<Support> {
    let supports: Option<Vec<&Support>> =
        capacities.iter().map(|capacity| capacity.support.as_ref()).collect();
    let weakest =
        supports?.into_iter().min_by(|left, right| left.throughput_per_s.total_cmp(&right.throughput_per_s));
    weakest.cloned()
}
