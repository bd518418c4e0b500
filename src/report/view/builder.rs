//! Collects a view of a run: window by window, then histogram by histogram.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::analysis::outliers::{CellOutliers, TimeOfDay};
use crate::analysis::run_judge::RunJudge;
use crate::analysis::watch::{Alert, Flag, Place, Watcher};
use crate::domain::cell_name::CellName;
use crate::domain::histogram::{Distribution, Histogram};
use crate::domain::metric::Metric;
use crate::domain::objective::JudgedLimit;
use crate::domain::run_verdict::RunProgress;
use crate::domain::time_summary::TimeKind;
use crate::domain::trace::SlowRequest;
use crate::domain::units::{epoch_seconds, moment};
use crate::domain::verdict::Validity;
use crate::domain::window::Window;

use super::cell_builder::CellBuilder;
use super::findings::{Findings, Terms};
use super::health_builder::HealthBuilder;
use super::heat::heat_columns;
use super::objective::ObjectiveView;
use super::rolling::Rolling;
use super::run_view::{LevelView, RunFacts, RunView};
use super::slowest::Slowest;

/// Collects a view, window by window and histogram by histogram.
#[derive(Debug)]
pub struct ViewBuilder {
    cells: BTreeMap<CellName, CellBuilder>,
    health: HealthBuilder,
    judge: RunJudge,
    watcher: Watcher,
    flags: Vec<Flag>,
    alerts: Vec<Alert>,
    /// Place of each step within its workload, from 1, in the order of the rows: that of the scenario.
    places: BTreeMap<(Arc<str>, Arc<str>), usize>,
    /// Of the cell that has most.
    most_windows: u64,
    rolling: Rolling,
    slowest: Slowest,
    /// End of the window that was committed last. Where the clock was set back, it is not the latest.
    until: Option<Timestamp>,
}

impl ViewBuilder {
    /// A view of a run whose baselines are learned from this number of windows per cell; `watcher` repeats the live detection, `judge` gives the verdict.
    pub fn new(learning_windows: usize, watcher: Watcher, judge: RunJudge) -> Self {
        Self {
            cells: BTreeMap::new(),
            health: HealthBuilder::new(learning_windows),
            judge,
            watcher,
            flags: Vec::new(),
            alerts: Vec::new(),
            places: BTreeMap::new(),
            most_windows: 0,
            rolling: Rolling::default(),
            slowest: Slowest::default(),
            until: None,
        }
    }

    /// Takes the next window, in the order of commits.
    pub fn window(&mut self, window: &Window) {
        let noticed = self.watcher.take(window);
        self.flags.extend(noticed.flags);
        self.alerts.extend(noticed.alerts);
        self.health.add(window);
        self.judge.window(window);
        self.rolling.window(window);
        self.until = Some(window.ended_at());
        if let Some(step) = &window.cell.step {
            let next = self.places.len() + 1;
            self.places.entry((Arc::clone(&window.cell.workload), Arc::clone(step))).or_insert(next);
        }
        let key = window.cell.clone();
        let cell = self.cells.entry(key).or_insert_with(|| CellBuilder::new(window.users));
        cell.add(window);
        self.most_windows = self.most_windows.max(cell.windows);
    }

    /// Takes a histogram of a window that was taken before.
    pub fn histogram(&mut self, window: &Window, kind: TimeKind, histogram: &Histogram) {
        if window.validity != Validity::Valid {
            return;
        }
        if kind == TimeKind::Service {
            self.judge.times(window, histogram);
            self.rolling.histogram(window, histogram, self.until);
        }
        let key = window.cell.clone();
        let column = if kind == TimeKind::Service { self.column_of(window) } else { 0 };
        let Some(cell) = self.cells.get_mut(&key) else { return };
        if kind == TimeKind::Service {
            cell.heat.add(column, histogram);
        }
        cell.times[kind as usize].merge(histogram);
    }

    /// Takes one of the slowest requests of a window, in the order of the file.
    pub fn slow(&mut self, window: &Window, slow: SlowRequest) {
        if window.validity == Validity::Valid {
            self.slowest.take(slow);
        }
    }

    /// The column of a heat map that a window belongs to.
    fn column_of(&self, window: &Window) -> usize {
        let columns = heat_columns(self.most_windows);
        let Some((first, last)) = self.health.stretch() else { return 0 };
        let share = (epoch_seconds(window.started_at) - epoch_seconds(first))
            / (epoch_seconds(last) - epoch_seconds(first)).max(1e-3);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within 0 and columns")]
        let column = (share.clamp(0.0, 1.0) * columns as f64) as usize;
        column.min(columns - 1)
    }

    /// A cell that has fewer of its succeeded requests in its histograms than in its rows, or more: then the log is not
    /// the run's; `left_out` are not looked at. Cell, requests in histograms, requests in rows.
    pub fn disagreement(&self, left_out: &BTreeMap<CellName, String>) -> Option<(String, u64, u64)> {
        self.cells.iter().filter(|(name, _)| !left_out.contains_key(name)).find_map(|(name, cell)| {
            let in_log = cell.times[TimeKind::Service as usize].count();
            let in_rows = cell.counts.succeeded;
            (in_log != in_rows).then(|| (name.to_string(), in_log, in_rows))
        })
    }

    /// The view of all that was taken; `windows` are those that it was taken from, `progress` is how far the run has come.
    pub fn finish(
        self,
        facts: RunFacts,
        progress: RunProgress,
        windows: Vec<Window>,
        terms: &Terms,
    ) -> RunView {
        let judged = self.judge.finish(facts.planned_windows, progress);
        let cells: Vec<&CellName> = self.cells.keys().collect();
        let mut health = self.health.finish(&facts, terms, &cells);
        let mut levels: Vec<LevelView> = Vec::new();
        let mut all_outliers = self.watcher.outliers();
        let mut outliers = Vec::new();
        // Sorted by name: the order in which they first appear differs from level to level in a shuffled run.
        for (name, cell) in self.cells {
            let users = cell.users;
            let of_cell = all_outliers.remove(&name).unwrap_or_default();
            outliers.extend(listed(&name, &of_cell));
            health.outliers = health.outliers.and(of_cell.counts);
            let mut view = cell.finish(&name, &self.watcher, of_cell);
            let step = name.step.clone().map(|step| (Arc::clone(&name.workload), step));
            view.place = step.and_then(|step| self.places.get(&step)).copied().unwrap_or(0);
            let limits = judged.cells.get(&name).map_or(&[][..], |evidence| &evidence.limits);
            let objective =
                |limit: &JudgedLimit| ObjectiveView::of(*limit, view.interval(limit.kind.metric()));
            view.objectives = limits.iter().map(objective).collect();
            health.cells_learning += u64::from(view.baseline_us.is_none());
            match levels.iter_mut().find(|of| of.name == name.level) {
                Some(of) => of.cells.push(view),
                None => levels.push(LevelView { name: name.level, users, cells: vec![view] }),
            }
        }
        for level in &mut levels {
            level.cells.sort_by(|a, b| (&a.name.workload, a.place).cmp(&(&b.name.workload, b.place)));
        }
        levels.sort_by(|a, b| (a.users, &a.name).cmp(&(b.users, &b.name)));
        health.other_flags = (self.flags.len() as u64).saturating_sub(health.outliers.of_baseline.observed);
        let mut findings = Findings::of(&windows, &levels, self.alerts, terms);
        findings.incidents = self.watcher.incidents();
        let rolling = self.rolling.finish(&windows, self.until);
        let (flags, slowest) = (self.flags, self.slowest);
        let marks = Vec::new();
        RunView { facts, judged, health, levels, findings, rolling, flags, outliers, slowest, windows, marks }
    }
}

/// The outliers of a cell for the time of day, metric by metric.
fn listed(cell: &CellName, of_cell: &CellOutliers) -> Vec<Flag> {
    let values = |(metric, series): &(Metric, TimeOfDay)| {
        let metric = *metric;
        let beyond: Vec<Flag> = series
            .values
            .iter()
            .filter(|value| value.is_outlier())
            .map(|value| Flag {
                place: Place { window: value.window, started_at: moment(value.at), cell: cell.clone() },
                metric,
                value: value.value,
                band: value.band,
                sigmas: value.sigmas,
            })
            .collect();
        beyond
    };
    of_cell.series.iter().flat_map(values).collect()
}
