//! One view of a run: everything a report says, computed once from what is on disk.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::analysis::baseline_model::WATCHED;
use crate::analysis::watch::{Alert, Band, FLAG_SIGMAS, FlagCount, Watcher};
use crate::domain::gap::Gap;
use crate::domain::histogram::{Histogram, HistogramError};
use crate::domain::metric::TimeKind;
use crate::domain::percentile::Percentile;
use crate::domain::sample::ErrorCounts;
use crate::domain::verdict::{InvalidReason, Validity};
use crate::domain::window::{CacheCounts, Counts, Phases, TimeSummary, Window};
use crate::stats::proportion::wilson_95;
use crate::stats::quantile::ranks_95;

use super::findings::{Findings, Promised};
use super::numbers::{count, counted, percent};
use super::rolling::{Rolling, RollingView};

/// What a report is told of its run, beside the windows.
#[derive(Debug, Clone)]
pub struct RunFacts {
    /// The run's identity.
    pub run_id: String,
    /// The scenario's name.
    pub scenario: String,
    /// What was measured: the target, the demo, or a rehearsal.
    pub mode: String,
    /// What became of the run: running, completed, stopped, killed.
    pub state: String,
    /// When it started.
    pub started_at: Timestamp,
    /// When it was planned to end.
    pub planned_end: Timestamp,
    /// How many windows it was planned to have.
    pub planned_windows: u64,
    /// The machine.
    pub host: String,
    /// The program's version and commit.
    pub tool: String,
    /// The seed.
    pub seed: u64,
    /// The scenario's hash.
    pub scenario_hash: String,
    /// Stretches without measurements.
    pub gaps: Vec<Gap>,
}

/// Everything a report says of a run.
#[derive(Debug, Clone)]
pub struct RunView {
    /// What the run is.
    pub facts: RunFacts,
    /// How it went.
    pub health: RunHealth,
    /// A table a level, fewest users first.
    pub levels: Vec<LevelView>,
    /// What the numbers come to: alerts, regimes, trends, comparison, capacity, cost.
    pub findings: Findings,
    /// The last minute to hour, by endpoint.
    pub rolling: Vec<RollingView>,
}

/// How a run went.
#[derive(Debug, Clone, Default)]
pub struct RunHealth {
    /// Committed windows.
    pub windows: u64,
    /// Of which may be judged.
    pub valid: u64,
    /// Of which met the target's limits.
    pub throttled: u64,
    /// Of which must not be judged, by reason.
    pub invalid: BTreeMap<&'static str, (InvalidReason, u64)>,
    /// When the last window ended.
    pub last_window_at: Option<Timestamp>,
    /// All requests.
    pub counts: Counts,
    /// Failures by class.
    pub errors: ErrorCounts,
    /// How long the run was without measurements.
    pub gap_time: Duration,
    /// The generator's processor time for a request, over all windows that tell; microseconds.
    pub cpu_us_per_request: Option<f64>,
    /// The highest share of its core that the generator used in a window.
    pub highest_cpu_share: Option<f64>,
    /// The latest that a timer of the generator fired; microseconds.
    pub latest_timer_us: Option<f64>,
    /// Late starts of open loops.
    pub late_starts: u64,
    /// Flags of all cells.
    pub flags: FlagCount,
    /// How many windows of a cell its baseline is learnt from.
    pub learning_windows: usize,
    /// Cells whose baseline is not learnt yet.
    pub cells_learning: u64,
}

/// The cells of one level.
#[derive(Debug, Clone)]
pub struct LevelView {
    /// The level's name.
    pub name: Arc<str>,
    /// Its users.
    pub users: u32,
    /// A row an endpoint, in the order in which they first appear.
    pub cells: Vec<CellView>,
}

/// One cell over the whole run. Times and throughput are of the valid windows.
#[derive(Debug, Clone)]
pub struct CellView {
    /// The endpoint.
    pub endpoint: Arc<str>,
    /// Windows that may be judged.
    pub valid_windows: u64,
    /// All windows.
    pub windows: u64,
    /// Outcomes of the valid windows.
    pub counts: Counts,
    /// Outcomes of all windows.
    pub all_counts: Counts,
    /// How long the valid windows were together.
    pub measured: Duration,
    /// Completed exchanges a second.
    pub throughput_per_s: Option<f64>,
    /// Successful exchanges a second.
    pub goodput_per_s: Option<f64>,
    /// Failed over judged requests.
    pub error_ratio: Option<f64>,
    /// Its 95 % interval (Wilson).
    pub error_ratio_interval: Option<(f64, f64)>,
    /// The three times, by [`TimeKind`], from merged histograms.
    pub times: [TimeSummary; TimeKind::ALL.len()],
    /// The 95 % intervals of the service-time percentiles, in microseconds, from order statistics.
    pub service_intervals_us: [Option<(f64, f64)>; Percentile::ALL.len()],
    /// Cache headers.
    pub cache: CacheCounts,
    /// How often each status came, over all windows.
    pub statuses: BTreeMap<u16, u64>,
    /// Failures by class, over all windows.
    pub errors: ErrorCounts,
    /// Mean phases of opening a connection.
    pub phases: Phases,
    /// The baseline of the windows' mean service time, in microseconds.
    pub baseline_us: Option<Band>,
    /// Windows judged and flagged, over all watched metrics.
    pub flags: FlagCount,
}

/// Collects a view, window by window and histogram by histogram.
#[derive(Debug)]
pub struct ViewBuilder {
    cells: BTreeMap<(Arc<str>, Arc<str>), CellBuilder>,
    order: Vec<(Arc<str>, Arc<str>)>,
    health: RunHealth,
    watcher: Watcher,
    alerts: Vec<Alert>,
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
            order: Vec::new(),
            health: RunHealth { learning_windows, ..RunHealth::default() },
            watcher,
            alerts: Vec::new(),
            rolling: Rolling::default(),
            cpu_us: 0.0,
            cpu_requests: 0.0,
        }
    }

    /// Takes the next window, in the order of commits.
    /// # Errors
    /// [`HistogramError`] where a histogram cannot be made.
    pub fn window(&mut self, window: &Window) -> Result<(), HistogramError> {
        self.alerts.extend(self.watcher.take(window).alerts);
        self.add_health(window);
        let key = (Arc::clone(&window.endpoint), Arc::clone(&window.level));
        if !self.cells.contains_key(&key) {
            self.order.push(key.clone());
            self.cells.insert(key.clone(), CellBuilder::new(window.users)?);
        }
        if let Some(cell) = self.cells.get_mut(&key) {
            cell.add(window);
        }
        Ok(())
    }

    fn add_health(&mut self, window: &Window) {
        let health = &mut self.health;
        health.windows += 1;
        match window.validity {
            Validity::Valid => health.valid += 1,
            Validity::Throttled => health.throttled += 1,
            Validity::Invalid(reason) => health.invalid.entry(reason.name()).or_insert((reason, 0)).1 += 1,
        }
        let ended = window
            .started_at
            .saturating_add(jiff::SignedDuration::try_from(window.duration).unwrap_or_default());
        health.last_window_at = ended.ok().max(health.last_window_at);
        health.counts.succeeded += window.counts.succeeded;
        health.counts.failed += window.counts.failed;
        health.counts.throttled += window.counts.throttled;
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
        let key = (Arc::clone(&window.endpoint), Arc::clone(&window.level));
        match self.cells.get_mut(&key) {
            Some(cell) => cell.histograms[kind as usize].merge(histogram),
            None => Ok(()),
        }
    }

    /// The view of all that was taken.
    pub fn finish(mut self, facts: RunFacts, windows: &[Window], promised: &Promised) -> RunView {
        self.health.gap_time = facts.gaps.iter().map(Gap::length).sum();
        self.health.cpu_us_per_request = (self.cpu_requests > 0.0).then(|| self.cpu_us / self.cpu_requests);
        let mut levels: Vec<LevelView> = Vec::new();
        // Endpoints in the order in which their name first appears would differ from level to level in a shuffled
        // run, so they are sorted by name.
        self.order.sort();
        for key in std::mem::take(&mut self.order) {
            let Some(cell) = self.cells.remove(&key) else { continue };
            let users = cell.users;
            let view = cell.finish(&key.0, &key.1, &self.watcher);
            self.health.flags.judged += view.flags.judged;
            self.health.flags.observed += view.flags.observed;
            self.health.flags.expected += view.flags.expected;
            self.health.cells_learning += u64::from(view.baseline_us.is_none());
            match levels.iter_mut().find(|level| level.name == key.1) {
                Some(level) => level.cells.push(view),
                None => levels.push(LevelView { name: key.1, users, cells: vec![view] }),
            }
        }
        levels.sort_by(|a, b| (a.users, &a.name).cmp(&(b.users, &b.name)));
        let findings = Findings::of(windows, &levels, self.alerts, promised);
        let rolling = self.rolling.finish(windows, self.health.last_window_at);
        RunView { facts, health: self.health, levels, findings, rolling }
    }
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
            cache: CacheCounts::default(),
            statuses: BTreeMap::new(),
            errors: ErrorCounts::default(),
            connections: 0,
            phases: [(0.0, 0.0); 3],
        })
    }

    fn add(&mut self, window: &Window) {
        self.windows += 1;
        add_counts(&mut self.all_counts, &window.counts);
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
        add_counts(&mut self.counts, &window.counts);
        self.transport_errors += window.errors.transport();
        self.measured += window.duration;
        self.cache.hits += window.cache.hits;
        self.cache.misses += window.cache.misses;
        for kind in TimeKind::ALL {
            self.means[kind as usize].add(window.counts.succeeded, window.time(kind));
        }
    }

    fn finish(self, endpoint: &Arc<str>, level: &Arc<str>, watcher: &Watcher) -> CellView {
        let seconds = self.measured.as_secs_f64();
        let per_s = |count: u64| (seconds > 0.0).then(|| count as f64 / seconds);
        let completed = self.counts.requests() - self.transport_errors.min(self.counts.requests());
        let baseline = watcher.model().learnt(endpoint, level, WATCHED[0]);
        let phase = |(n, sum): (f64, f64)| (n > 0.0).then(|| sum / n);
        // A closed loop logs no response time apart, because it is the service time.
        let response = &self.histograms[TimeKind::Response as usize];
        let times = TimeKind::ALL.map(|kind| {
            let own = &self.histograms[kind as usize];
            let is_service = kind == TimeKind::Response && response.count() == 0;
            let histogram = if is_service { &self.histograms[TimeKind::Service as usize] } else { own };
            self.means[kind as usize].summary(histogram)
        });
        CellView {
            endpoint: Arc::clone(endpoint),
            valid_windows: self.valid_windows,
            windows: self.windows,
            throughput_per_s: per_s(completed),
            goodput_per_s: per_s(self.counts.succeeded),
            error_ratio: self.counts.error_ratio(),
            error_ratio_interval: wilson_95(self.counts.failed, self.counts.failed + self.counts.succeeded),
            times,
            service_intervals_us: intervals_us(&self.histograms[TimeKind::Service as usize]),
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
            baseline_us: baseline.map(|baseline| Band::of(WATCHED[0], baseline.mean, baseline.sigma)),
            flags: watcher.count_of_cell(endpoint, level),
        }
    }
}

impl CellView {
    /// The service time at a percentile, from merged histograms; `None` where too few requests support it.
    pub fn service_us(&self, percentile: Percentile) -> Option<f64> {
        self.times[TimeKind::Service as usize].percentile(percentile)
    }

    /// The share of answers of a status class, 4 for 4xx, over all answers; `None` without any.
    pub fn status_share(&self, class: u16) -> Option<f64> {
        let all: u64 = self.statuses.values().sum();
        let of_class: u64 =
            self.statuses.iter().filter(|(status, _)| **status / 100 == class).map(|(_, count)| count).sum();
        (all > 0).then(|| of_class as f64 / all as f64)
    }
}

/// The 95 % interval of each percentile that the count supports, in microseconds.
fn intervals_us(histogram: &Histogram) -> [Option<(f64, f64)>; Percentile::ALL.len()] {
    let n = histogram.count();
    Percentile::ALL.map(|percentile| {
        let (low, high) = ranks_95(n, percentile.quantile())?;
        let at = |rank: u64| Some(histogram.quantile_ns(rank as f64 / n as f64)? as f64 / 1e3);
        Some((at(low)?, at(high)?))
    })
}

fn add_counts(sum: &mut Counts, counts: &Counts) {
    sum.succeeded += counts.succeeded;
    sum.failed += counts.failed;
    sum.throttled += counts.throttled;
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

impl RunHealth {
    /// Windows that must not be judged because of the generator.
    pub fn invalid_windows(&self) -> u64 {
        self.invalid.values().map(|(_, count)| count).sum()
    }

    /// One sentence on how far the run may be trusted.
    pub fn verdict(&self) -> String {
        if self.windows == 0 {
            return "Nothing was measured yet.".to_owned();
        }
        let share = self.valid as f64 / self.windows as f64;
        let of_all = format!("{} of {}", count(self.valid), counted(self.windows, "window"));
        let mut text = match share {
            1.0 => "Every window is valid.".to_owned(),
            share if share > 0.95 => format!("{of_all} are valid."),
            share if share > 0.5 => format!("Only {of_all} are valid: read the reasons below first."),
            _ => format!("Only {of_all} can be judged: this run says little about its target."),
        };
        if let Some(failed) = self.counts.error_ratio().filter(|failed| *failed > 0.0) {
            text = format!("{} of the requests failed. {text}", percent(Some(failed)));
        }
        if self.cells_learning > 0 {
            let _ = write!(
                text,
                " For {} a baseline is not learnt yet: that takes {} valid windows each, and flags begin after.",
                counted(self.cells_learning, "cell"),
                self.learning_windows
            );
        }
        text
    }

    /// How the flags compare with noise, as a sentence.
    pub fn flags_sentence(&self) -> String {
        if self.flags.judged == 0 {
            return "No window was judged against a baseline yet.".to_owned();
        }
        format!(
            "{} of {} judged values lie beyond +-{FLAG_SIGMAS:.0} sigma of their baseline; independent noise alone would flag about {:.0}.",
            self.flags.observed, self.flags.judged, self.flags.expected
        )
    }
}
