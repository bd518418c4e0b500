//! One view of a run: everything a report says, computed once from what is on disk.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::analysis::outliers::CellOutliers;
use crate::analysis::run_judge::Judged;
use crate::analysis::series::Spread;
use crate::analysis::watch::{Band, Flag};
use crate::domain::availability::Availability;
use crate::domain::cell_name::CellName;
use crate::domain::error_counts::ErrorCounts;
use crate::domain::gap::{Gap, GapReason};
use crate::domain::metric::{Metric, Reading};
use crate::domain::percentile::Percentile;
use crate::domain::throughput::NoThroughput;
use crate::domain::time_summary::{TimeKind, TimeSummary};
use crate::domain::window::{CacheCounts, Counts, Phases, Window};
use crate::store::check_log::CheckRecord;
use crate::store::journal::JournalAlert;

use super::findings::Findings;
use super::health::RunHealth;
use super::heat::HeatMap;
use super::marks::Mark;
use super::objective::{Interval, ObjectiveView};
use super::rolling::RollingView;
use super::slowest::Slowest;

/// Facts about the run that are not in its windows.
#[derive(Debug, Clone)]
pub struct RunFacts {
    /// ID of the run, as in `run.json`.
    pub run_id: String,
    /// Name of the scenario.
    pub scenario: String,
    /// What was measured: the target, the demo, or a rehearsal.
    pub mode: String,
    /// What became of the run: running, completed, stopped, killed.
    pub state: String,
    /// Time at which the run started.
    pub started_at: Timestamp,
    /// When it was planned to end.
    pub planned_end: Timestamp,
    /// How many windows it was planned to have.
    pub planned_windows: u64,
    /// The plan in a sentence.
    pub plan: String,
    /// Description of the machine that generated the load.
    pub host: String,
    /// The program's version and commit.
    pub tool: String,
    /// Seed of every random choice of the run.
    pub seed: u64,
    /// SHA-256 of the scenario as executed, in hexadecimal.
    pub scenario_hash: String,
    /// Stretches of the run without measurements, with their causes.
    pub gaps: Vec<Gap>,
    /// What is missing from the files of the run, or damaged, a sentence each.
    pub warnings: Vec<String>,
    /// The members of each mix with their weights.
    pub mixes: BTreeMap<String, BTreeMap<String, u64>>,
    /// How many rows of each queue were handed out.
    pub queues: BTreeMap<String, u64>,
    /// The health checks that were made during the run, in order.
    pub checks: Vec<CheckRecord>,
    /// The alerts of the run's journal, in the order in which they were raised.
    pub alerts: Vec<JournalAlert>,
}

impl RunFacts {
    /// How often the run was resumed after its process had ended.
    pub fn resumed(&self) -> u64 {
        self.gaps.iter().filter(|gap| gap.reason == GapReason::Stopped).count() as u64
    }
}

/// Everything a report says of a run.
#[derive(Debug, Clone)]
pub struct RunView {
    /// Identity, plan and machine of the run.
    pub facts: RunFacts,
    /// What the run comes to, and what that rests on.
    pub judged: Judged,
    /// Validity of the windows, errors, gaps and outliers of the run.
    pub health: RunHealth,
    /// One table per level, fewest users first.
    pub levels: Vec<LevelView>,
    /// What the numbers come to: alerts, step changes, trends, comparison, capacity, cost.
    pub findings: Findings,
    /// The last minute to hour, by endpoint.
    pub rolling: Vec<RollingView>,
    /// Every value beyond the band of its learned baseline, in the order of time.
    pub flags: Vec<Flag>,
    /// Every value beyond the band of what was expected at its time of day, cell by cell; the bands are those of that time.
    pub outliers: Vec<Flag>,
    /// The slowest requests with their traces.
    pub slowest: Slowest,
    /// The windows behind it all, in the order of commits.
    pub windows: Vec<Window>,
    /// What people noted about the time of the run, and when nobody was alerted.
    pub marks: Vec<Mark>,
}

impl RunView {
    /// All cells with their level, level by level.
    pub fn cells(&self) -> impl Iterator<Item = (&LevelView, &CellView)> {
        self.levels.iter().flat_map(|level| level.cells.iter().map(move |cell| (level, cell)))
    }

    /// Names of the series, each once: workloads by name, each with its steps behind it in their order.
    pub fn endpoints(&self) -> Vec<Arc<str>> {
        let mut names: Vec<(&Arc<str>, usize, &Arc<str>)> =
            self.cells().map(|(_, cell)| (&cell.name.workload, cell.place, &cell.endpoint)).collect();
        names.sort();
        names.dedup();
        names.into_iter().map(|(.., name)| Arc::clone(name)).collect()
    }

    /// Heading of a column with names of series.
    pub fn names_heading(&self) -> &'static str {
        if self.health.has_iterations { "endpoint, journey or step" } else { "endpoint" }
    }

    /// From the start of the first window to the end of the last; `None` without any.
    pub fn span(&self) -> Option<(Timestamp, Timestamp)> {
        self.windows.iter().map(|window| window.started_at).min().zip(self.health.last_window_at)
    }
}

/// The cells of one level.
#[derive(Debug, Clone)]
pub struct LevelView {
    /// Name of the load level, unique in the plan.
    pub name: Arc<str>,
    /// Number of concurrent users.
    pub users: u32,
    /// One row per endpoint, by name; steps behind their journey, in the order of the scenario.
    pub cells: Vec<CellView>,
}

/// One cell over the whole run. Times and throughput are of the valid windows.
#[derive(Debug, Clone)]
pub struct CellView {
    /// Name of the cell: workload, level, and step if any.
    pub name: CellName,
    /// The name of its series: the endpoint, or the endpoint and a step.
    pub endpoint: Arc<str>,
    /// Its place among the steps of its workload, from 1, in the order of the scenario; 0 for the workload as a whole.
    pub place: usize,
    /// Windows that may be judged.
    pub valid_windows: u64,
    /// Number of windows, valid and invalid.
    pub windows: u64,
    /// Outcomes of the valid windows.
    pub counts: Counts,
    /// Requests of all windows, by outcome.
    pub all_counts: Counts,
    /// How long the valid windows were together.
    pub measured: Duration,
    /// Part of `measured` that users paused after failed requests, averaged over users; 0 for windows that did not
    /// record it.
    pub backed_off: Duration,
    /// Why the valid windows show no throughput; `None` where they do, and without any.
    pub no_throughput: Option<NoThroughput>,
    /// Complete responses per second, of any status, in valid windows; `None` where these show no throughput.
    pub throughput_per_s: Option<f64>,
    /// How far the throughput is known, from its windows.
    pub throughput_spread: Option<Spread>,
    /// Succeeded requests per second, in valid windows; `None` where these show no throughput.
    pub goodput_per_s: Option<f64>,
    /// Body bytes of the valid windows.
    pub bytes: u64,
    /// Measured time in windows of any validity, by whether the cell worked in them.
    pub availability: Availability,
    /// Failed over failed and succeeded requests of valid windows, 0 to 1; `None` without either, and where the valid
    /// windows are those of an outage only while others show that it worked.
    pub error_ratio: Option<f64>,
    /// 95% confidence interval of the error ratio (Wilson); `None` where there is no ratio.
    pub error_ratio_interval: Option<Interval>,
    /// The three times, by [`TimeKind`], from merged histograms.
    pub times: [TimeSummary; TimeKind::ALL.len()],
    /// How far their means are known, from their windows. Units: microseconds.
    pub mean_spreads_us: [Option<Spread>; TimeKind::ALL.len()],
    /// 95% confidence intervals of their percentiles, from order statistics. Units: microseconds.
    pub percentile_intervals_us: [[Option<Interval>; Percentile::ALL.len()]; TimeKind::ALL.len()],
    /// Whether response times were recorded apart from service times, as open loops do.
    pub has_response_time: bool,
    /// Service time by the share of requests at or below it. Units: share, microseconds. Shape: rising in both.
    pub curve: Vec<(f64, f64)>,
    /// Service time over the run.
    pub heat: HeatMap,
    /// The SLOs of the endpoint, and their states.
    pub objectives: Vec<ObjectiveView>,
    /// Cache hits and misses in valid windows, as the response headers report them.
    pub cache: CacheCounts,
    /// How far the ratio of hits is known, from the windows.
    pub cache_spread: Option<Spread>,
    /// The fewest days until a certificate of the target expires that any window saw; `None` without TLS.
    pub certificate_days: Option<f64>,
    /// How often each status came, over all windows.
    pub statuses: BTreeMap<u16, u64>,
    /// Failures by class and reason, over all windows.
    pub errors: ErrorCounts,
    /// Body bytes received in valid windows without their content encoding; `None` where that is not known.
    pub decoded_bytes: Option<u64>,
    /// Responses that break a rule of HTTP that clients overlook, over all windows.
    pub odd_responses: u64,
    /// The most users that were connected to each address in a window.
    pub addresses: BTreeMap<IpAddr, u64>,
    /// Mean phases of opening a connection.
    pub phases: Phases,
    /// The baseline of the windows' mean service time, in microseconds.
    pub baseline_us: Option<Band>,
    /// The baseline of the windows' p95, in microseconds.
    pub baseline_p95_us: Option<Band>,
    /// Outliers over all watched metrics.
    pub outliers: CellOutliers,
}

impl CellView {
    /// The service time at a percentile, from merged histograms; `None` where too few requests support it.
    pub fn service_us(&self, percentile: Percentile) -> Option<f64> {
        self.times[TimeKind::Service as usize].percentile(percentile)
    }

    /// A metric over the whole run, in its unit; `None` where too little was measured to say.
    pub fn value(&self, metric: Metric) -> Option<f64> {
        match metric {
            Metric::Throughput => self.throughput_per_s,
            Metric::ErrorRatio => self.error_ratio,
            Metric::Bytes => (self.valid_windows > 0).then_some(self.bytes as f64),
            Metric::Time(kind, reading) => reading.of(&self.times[kind as usize]),
            Metric::CacheHitRatio => self.cache.hit_ratio(),
            Metric::CertificateDays => self.certificate_days,
        }
    }

    /// The 95% interval of [`Self::value`], where the metric has one.
    pub fn interval(&self, metric: Metric) -> Option<Interval> {
        self.value(metric)?;
        match metric {
            Metric::Throughput | Metric::CacheHitRatio | Metric::Time(_, Reading::Mean) => {
                self.spread(metric)?.interval.ok()
            }
            Metric::ErrorRatio => self.error_ratio_interval,
            Metric::Time(kind, Reading::Percentile(percentile)) => {
                self.percentile_intervals_us[kind as usize][percentile as usize]
            }
            Metric::Bytes | Metric::CertificateDays | Metric::Time(..) => None,
        }
    }

    /// How far a throughput, a cache hit ratio or a mean over the whole run is known; `None` for other metrics, and without a window.
    pub fn spread(&self, metric: Metric) -> Option<Spread> {
        match metric {
            Metric::Throughput => self.throughput_spread,
            Metric::CacheHitRatio => self.cache_spread,
            Metric::Time(kind, Reading::Mean) => self.mean_spreads_us[kind as usize],
            _ => None,
        }
    }

    /// The share of answers of a status class, 4 for 4xx, over all answers; `None` without any.
    pub fn status_share(&self, class: u16) -> Option<f64> {
        let all: u64 = self.statuses.values().sum();
        let of_class: u64 =
            self.statuses.iter().filter(|(status, _)| **status / 100 == class).map(|(_, count)| count).sum();
        (all > 0).then(|| of_class as f64 / all as f64)
    }
}
