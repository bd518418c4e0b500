//! Collects a view of a run: window by window, then histogram by histogram.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use crate::analysis::baseline_model::WATCHED;
use crate::analysis::series::interval_about;
use crate::analysis::watch::{Alert, Band, Flag, Watcher};
use crate::domain::cell_name::CellName;
use crate::domain::gap::Gap;
use crate::domain::histogram::{Histogram, HistogramError};
use crate::domain::metric::Metric;
use crate::domain::percentile::Percentile;
use crate::domain::sample::ErrorCounts;
use crate::domain::time_summary::{TimeKind, TimeSummary};
use crate::domain::verdict::Validity;
use crate::domain::window::{CacheCounts, Counts, Phases, Window};
use crate::stats::proportion::wilson_95;
use crate::stats::quantile::ranks_95;

use super::findings::{Findings, Terms};
use super::health::RunHealth;
use super::heat::{HeatMap, MOST_COLUMNS};
use super::objective::ObjectiveView;
use super::rolling::Rolling;
use super::run_view::{CellView, Interval, LevelView, RunFacts, RunView};

/// Points of a percentile curve for each factor of ten in the tail.
const CURVE_STEPS: u32 = 16;

/// Collects a view, window by window and histogram by histogram.
#[derive(Debug)]
pub struct ViewBuilder {
    cells: BTreeMap<CellName, CellBuilder>,
    health: RunHealth,
    watcher: Watcher,
    flags: Vec<Flag>,
    alerts: Vec<Alert>,
    first_window_at: Option<Timestamp>,
    /// Of the cell that has most.
    most_windows: u64,
    rolling: Rolling,
    cpu_us: f64,
    cpu_requests: f64,
}

#[derive(Debug)]
struct CellBuilder {
    users: u32,
    windows: u64,
    valid_windows: u64,
    counts: Counts,
    all_counts: Counts,
    transport_errors: u64,
    measured: Duration,
    histograms: [Histogram; TimeKind::ALL.len()],
    means: [Moments; TimeKind::ALL.len()],
    /// Of each valid window: throughput and the three means.
    throughputs: Vec<f64>,
    window_means: [Vec<f64>; TimeKind::ALL.len()],
    bytes: u64,
    heat: HeatMap,
    cache: CacheCounts,
    statuses: BTreeMap<u16, u64>,
    errors: ErrorCounts,
    connections: u64,
    phases: [(f64, f64); 3],
}

/// Exact moments of a run from those of its windows.
#[derive(Debug, Clone, Copy, Default)]
struct Moments {
    n: f64,
    sum: f64,
    squares: f64,
    min: Option<f64>,
    max: Option<f64>,
}

impl Moments {
    fn add(&mut self, n: u64, summary: &TimeSummary) {
        let Some(mean) = summary.mean else { return };
        let n = n as f64;
        self.n += n;
        self.sum += n * mean;
        self.squares += (n - 1.0).max(0.0) * summary.stdev.unwrap_or(0.0).powi(2) + n * mean * mean;
        self.min = min_of(self.min, summary.min);
        self.max = max_of(self.max, summary.max);
    }

    fn summary(&self, histogram: &Histogram) -> TimeSummary {
        if self.n == 0.0 {
            return TimeSummary::default();
        }
        let mean = self.sum / self.n;
        let spread = (self.squares - self.n * mean * mean).max(0.0);
        TimeSummary {
            mean: Some(mean),
            stdev: (self.n > 1.0).then(|| (spread / (self.n - 1.0)).sqrt()),
            min: self.min,
            percentiles: TimeSummary::percentiles_of(histogram),
            max: self.max,
        }
    }
}

impl ViewBuilder {
    /// A view of a run that learns from so many windows of each cell; `watcher` watches it as it was watched live.
    pub fn new(learning_windows: usize, watcher: Watcher) -> Self {
        Self {
            cells: BTreeMap::new(),
            health: RunHealth { learning_windows, ..RunHealth::default() },
            watcher,
            flags: Vec::new(),
            alerts: Vec::new(),
            first_window_at: None,
            most_windows: 0,
            rolling: Rolling::default(),
            cpu_us: 0.0,
            cpu_requests: 0.0,
        }
    }

    /// Takes the next window, in the order of commits.
    /// # Errors
    /// [`HistogramError`] where a histogram cannot be made.
    pub fn window(&mut self, window: &Window) -> Result<(), HistogramError> {
        let noticed = self.watcher.take(window);
        self.flags.extend(noticed.flags);
        self.alerts.extend(noticed.alerts);
        self.add_health(window);
        let key = window.cell.clone();
        if !self.cells.contains_key(&key) {
            self.cells.insert(key.clone(), CellBuilder::new(window.users)?);
        }
        if let Some(cell) = self.cells.get_mut(&key) {
            cell.add(window);
            self.most_windows = self.most_windows.max(cell.windows);
        }
        Ok(())
    }

    fn add_health(&mut self, window: &Window) {
        // A step is part of the window of its whole.
        if window.cell.step.is_some() {
            return;
        }
        let health = &mut self.health;
        health.tally.add(window);
        let first = self.first_window_at.get_or_insert(window.started_at);
        *first = window.started_at.min(*first);
        if let Validity::Invalid(reason) = window.validity {
            health.invalid.entry(reason.name()).or_insert((reason, 0)).1 += 1;
        }
        let ended = window
            .started_at
            .saturating_add(jiff::SignedDuration::try_from(window.duration).unwrap_or_default());
        health.last_window_at = ended.ok().max(health.last_window_at);
        health.errors.merge(&window.errors);
        health.late_starts += window.late_starts;
        health.highest_cpu_share = max_of(health.highest_cpu_share, window.generator.cpu_share);
        health.latest_timer_us = max_of(health.latest_timer_us, window.generator.scheduling_lag_max_us);
        if let Some(cpu_us) = window.generator.cpu_us_per_request {
            self.cpu_us += cpu_us * window.counts.requests() as f64;
            self.cpu_requests += window.counts.requests() as f64;
        }
    }

    /// Takes a histogram of a window that was taken before.
    /// # Errors
    /// [`HistogramError`] where it does not merge.
    pub fn histogram(
        &mut self,
        window: &Window,
        kind: TimeKind,
        histogram: &Histogram,
    ) -> Result<(), HistogramError> {
        if window.validity != Validity::Valid {
            return Ok(());
        }
        if kind == TimeKind::Service {
            self.rolling.histogram(window, histogram, self.health.last_window_at)?;
        }
        let key = window.cell.clone();
        let column = if kind == TimeKind::Service { self.column_of(window) } else { 0 };
        let Some(cell) = self.cells.get_mut(&key) else { return Ok(()) };
        if kind == TimeKind::Service {
            cell.heat.add(column, histogram);
        }
        cell.histograms[kind as usize].merge(histogram)
    }

    /// The column of a heat map that a window belongs to.
    fn column_of(&self, window: &Window) -> usize {
        let seconds = |at: Timestamp| at.as_millisecond() as f64 / 1e3;
        let columns = heat_columns(self.most_windows);
        let (Some(first), Some(last)) = (self.first_window_at, self.health.last_window_at) else { return 0 };
        let share =
            (seconds(window.started_at) - seconds(first)) / (seconds(last) - seconds(first)).max(1e-3);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within 0 and columns")]
        let column = (share.clamp(0.0, 1.0) * columns as f64) as usize;
        column.min(columns - 1)
    }

    /// A cell that has fewer of its succeeded requests in its histograms than in its rows, or more: then the log is not
    /// the run's. Cell, requests in histograms, requests in rows.
    pub fn disagreement(&self) -> Option<(String, u64, u64)> {
        self.cells.iter().find_map(|(name, cell)| {
            let in_log = cell.histograms[TimeKind::Service as usize].count();
            let in_rows = cell.counts.succeeded;
            (in_log != in_rows).then(|| (name.to_string(), in_log, in_rows))
        })
    }

    /// What the plan had and the run has not: by now where it goes on, in all where it is over.
    fn missing(&mut self, facts: &RunFacts, terms: &Terms) {
        let health = &mut self.health;
        let is_over = facts.state == "completed";
        let by_now = match health.last_window_at {
            Some(last) if !is_over => share_before(last, facts.started_at, facts.planned_end),
            _ => 1.0,
        };
        // A cycle is not over: its windows may still come.
        let due = facts.planned_windows as f64 * by_now - if is_over { 0.0 } else { self.cells.len() as f64 };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "cut at 0")]
        let due = due.max(0.0) as u64;
        health.missing = due.saturating_sub(health.tally.windows);
        let is_measured = |name: &&String| self.cells.keys().any(|cell| *cell.workload == **name);
        if health.tally.windows > 0 && (is_over || health.missing > 0) {
            let all = terms.endpoints.keys();
            health.unmeasured = all.filter(|name| !is_measured(name)).cloned().collect();
        }
    }

    /// The view of all that was taken; `windows` are those that it was taken from.
    pub fn finish(mut self, facts: RunFacts, windows: Vec<Window>, terms: &Terms) -> RunView {
        self.health.gap_time = facts.gaps.iter().map(Gap::length).sum();
        self.health.cpu_us_per_request = (self.cpu_requests > 0.0).then(|| self.cpu_us / self.cpu_requests);
        self.missing(&facts, terms);
        let mut levels: Vec<LevelView> = Vec::new();
        // Sorted by name: the order in which they first appear differs from level to level in a shuffled run.
        for (name, cell) in std::mem::take(&mut self.cells) {
            let users = cell.users;
            let mut view = cell.finish(&name, &self.watcher);
            if let Some(terms) = terms.endpoints.get(&*name.workload).filter(|_| name.step.is_none()) {
                view.objectives = ObjectiveView::of_cell(&terms.objective, &view);
            }
            self.health.flags.judged += view.flags.judged;
            self.health.flags.observed += view.flags.observed;
            self.health.flags.expected += view.flags.expected;
            self.health.cells_learning += u64::from(view.baseline_us.is_none());
            match levels.iter_mut().find(|of| of.name == name.level) {
                Some(of) => of.cells.push(view),
                None => levels.push(LevelView { name: name.level, users, cells: vec![view] }),
            }
        }
        levels.sort_by(|a, b| (a.users, &a.name).cmp(&(b.users, &b.name)));
        self.health.other_flags = (self.flags.len() as u64).saturating_sub(self.health.flags.observed);
        let findings = Findings::of(&windows, &levels, self.alerts, terms);
        let rolling = self.rolling.finish(&windows, self.health.last_window_at);
        RunView { facts, health: self.health, levels, findings, rolling, flags: self.flags, windows }
    }
}

/// How much of a time span lies before a moment.
fn share_before(at: Timestamp, from: Timestamp, to: Timestamp) -> f64 {
    let length = to.duration_since(from).as_secs_f64();
    if length > 0.0 { (at.duration_since(from).as_secs_f64() / length).clamp(0.0, 1.0) } else { 1.0 }
}

/// Two windows a column, because a shuffled cycle moves a window by up to one cycle.
pub(in crate::report) fn heat_columns(windows_of_a_cell: u64) -> usize {
    usize::try_from(windows_of_a_cell / 2).unwrap_or(MOST_COLUMNS).clamp(1, MOST_COLUMNS)
}

impl CellBuilder {
    fn new(users: u32) -> Result<Self, HistogramError> {
        Ok(Self {
            users,
            windows: 0,
            valid_windows: 0,
            counts: Counts::default(),
            all_counts: Counts::default(),
            transport_errors: 0,
            measured: Duration::ZERO,
            histograms: [Histogram::new()?, Histogram::new()?, Histogram::new()?],
            means: [Moments::default(); TimeKind::ALL.len()],
            throughputs: Vec::new(),
            window_means: std::array::from_fn(|_| Vec::new()),
            bytes: 0,
            heat: HeatMap::default(),
            cache: CacheCounts::default(),
            statuses: BTreeMap::new(),
            errors: ErrorCounts::default(),
            connections: 0,
            phases: [(0.0, 0.0); 3],
        })
    }

    fn add(&mut self, window: &Window) {
        self.windows += 1;
        self.all_counts += window.counts;
        self.errors.merge(&window.errors);
        for (status, count) in &window.statuses {
            *self.statuses.entry(*status).or_insert(0) += count;
        }
        let phases = &window.phases;
        self.connections += phases.connections;
        for (sum, mean) in
            self.phases.iter_mut().zip([phases.resolve_mean_us, phases.connect_mean_us, phases.tls_mean_us])
        {
            if let Some(mean) = mean {
                *sum = (sum.0 + phases.connections as f64, sum.1 + mean * phases.connections as f64);
            }
        }
        if window.validity != Validity::Valid {
            return;
        }
        self.valid_windows += 1;
        self.counts += window.counts;
        self.transport_errors += window.errors.transport();
        self.measured += window.duration;
        self.cache.hits += window.cache.hits;
        self.cache.misses += window.cache.misses;
        self.bytes += window.bytes;
        self.throughputs.extend(window.throughput_per_s());
        for kind in TimeKind::ALL {
            self.means[kind as usize].add(window.counts.succeeded, window.time(kind));
            self.window_means[kind as usize].extend(window.time(kind).mean);
        }
    }

    fn finish(self, name: &CellName, watcher: &Watcher) -> CellView {
        let seconds = self.measured.as_secs_f64();
        let per_s = |count: u64| (seconds > 0.0).then(|| count as f64 / seconds);
        let completed = self.counts.requests() - self.transport_errors.min(self.counts.requests());
        let band = |metric: Metric| {
            let learnt = watcher.model().learnt(name, metric);
            learnt.map(|baseline| Band::of(metric, baseline.mean, baseline.sigma))
        };
        let phase = |(n, sum): (f64, f64)| (n > 0.0).then(|| sum / n);
        // A closed loop logs no response time apart, because it is the service time.
        let response = &self.histograms[TimeKind::Response as usize];
        let has_response_time = response.count() > 0;
        let histogram = |kind: TimeKind| match kind {
            TimeKind::Response if !has_response_time => &self.histograms[TimeKind::Service as usize],
            kind => &self.histograms[kind as usize],
        };
        let times = TimeKind::ALL.map(|kind| self.means[kind as usize].summary(histogram(kind)));
        let throughput = per_s(completed);
        CellView {
            name: name.clone(),
            endpoint: name.series().into(),
            valid_windows: self.valid_windows,
            windows: self.windows,
            throughput_per_s: throughput,
            throughput_interval: throughput.and_then(|all| interval_about(all, &self.throughputs)),
            goodput_per_s: per_s(self.counts.succeeded),
            error_ratio: self.counts.error_ratio(),
            error_ratio_interval: wilson_95(self.counts.failed, self.counts.failed + self.counts.succeeded),
            mean_intervals_us: TimeKind::ALL.map(|kind| {
                times[kind as usize]
                    .mean
                    .and_then(|all| interval_about(all, &self.window_means[kind as usize]))
            }),
            percentile_intervals_us: TimeKind::ALL.map(|kind| intervals_us(histogram(kind))),
            curve: curve(histogram(TimeKind::Service)),
            times,
            has_response_time,
            heat: self.heat,
            objectives: Vec::new(),
            bytes: self.bytes,
            counts: self.counts,
            all_counts: self.all_counts,
            measured: self.measured,
            cache: self.cache,
            statuses: self.statuses,
            errors: self.errors,
            phases: Phases {
                connections: self.connections,
                resolve_mean_us: phase(self.phases[0]),
                connect_mean_us: phase(self.phases[1]),
                tls_mean_us: phase(self.phases[2]),
            },
            baseline_us: band(WATCHED[0]),
            baseline_p95_us: band(WATCHED[1]),
            flags: watcher.count_of_cell(name),
        }
    }
}

/// The 95 % interval of each percentile that the count supports, in microseconds.
fn intervals_us(histogram: &Histogram) -> [Option<Interval>; Percentile::ALL.len()] {
    let n = histogram.count();
    Percentile::ALL.map(|percentile| {
        let (low, high) = ranks_95(n, percentile.quantile())?;
        let at = |rank: u64| Some(histogram.quantile_ns(rank as f64 / n as f64)? as f64 / 1e3);
        Some((at(low)?, at(high)?))
    })
}

/// The distribution, so far into its tail that ten requests lie beyond.
fn curve(histogram: &Histogram) -> Vec<(f64, f64)> {
    let n = histogram.count() as f64;
    let tails = (0..).map(|step| 10_f64.powf(-f64::from(step) / f64::from(CURVE_STEPS)));
    let tails = tails.take_while(|tail| tail * n >= 10.0);
    tails
        .filter_map(|tail| {
            let quantile = (1.0 - tail).max(0.0);
            Some((quantile, histogram.quantile_ns(quantile)? as f64 / 1e3))
        })
        .collect()
}

fn max_of(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.max(b)),
        (a, b) => a.or(b),
    }
}

fn min_of(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
