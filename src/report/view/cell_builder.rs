//! Collects what a run measured of one cell.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use crate::analysis::baseline_model::WATCHED;
use crate::analysis::outliers::CellOutliers;
use crate::analysis::series::spread_about;
use crate::analysis::watch::{Band, Watcher};
use crate::domain::availability::Availability;
use crate::domain::cell_name::CellName;
use crate::domain::error_counts::ErrorCounts;
use crate::domain::histogram::Distribution;
use crate::domain::merged_times::MergedTimes;
use crate::domain::metric::Metric;
use crate::domain::percentile::Percentile;
use crate::domain::throughput::ThroughputTally;
use crate::domain::time_summary::{TimeKind, TimeSummary};
use crate::domain::units::epoch_seconds;
use crate::domain::verdict::Validity;
use crate::domain::window::{CacheCounts, Counts, Phases, Window};
use crate::stats::proportion::wilson_95;
use crate::stats::quantile::ranks_95;

use super::heat::HeatMap;
use super::objective::Interval;
use super::run_view::CellView;

/// Points of a percentile curve for each factor of ten in the tail.
const CURVE_STEPS: u32 = 16;

#[derive(Debug)]
pub(super) struct CellBuilder {
    pub(super) users: u32,
    pub(super) windows: u64,
    valid_windows: u64,
    pub(super) counts: Counts,
    all_counts: Counts,
    transport_errors: u64,
    measured: Duration,
    backed_off: Duration,
    throughput: ThroughputTally,
    availability: Availability,
    pub(super) times: [MergedTimes; TimeKind::ALL.len()],
    means: [Moments; TimeKind::ALL.len()],
    /// Of each valid window: its start in seconds, with its throughput, its cache hit ratio and its three means.
    throughputs: Vec<(f64, f64)>,
    hit_ratios: Vec<(f64, f64)>,
    window_means: [Vec<(f64, f64)>; TimeKind::ALL.len()],
    bytes: u64,
    pub(super) heat: HeatMap,
    cache: CacheCounts,
    certificate_days: Option<f64>,
    statuses: BTreeMap<u16, u64>,
    errors: ErrorCounts,
    decoded_bytes: Option<u64>,
    odd_responses: u64,
    addresses: BTreeMap<IpAddr, u64>,
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

    fn summary(&self, histogram: &MergedTimes) -> TimeSummary {
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

impl CellBuilder {
    pub(super) fn new(users: u32) -> Self {
        Self {
            users,
            windows: 0,
            valid_windows: 0,
            counts: Counts::default(),
            all_counts: Counts::default(),
            transport_errors: 0,
            measured: Duration::ZERO,
            backed_off: Duration::ZERO,
            throughput: ThroughputTally::default(),
            availability: Availability::default(),
            times: Default::default(),
            means: [Moments::default(); TimeKind::ALL.len()],
            throughputs: Vec::new(),
            hit_ratios: Vec::new(),
            window_means: std::array::from_fn(|_| Vec::new()),
            bytes: 0,
            heat: HeatMap::default(),
            cache: CacheCounts::default(),
            certificate_days: None,
            statuses: BTreeMap::new(),
            errors: ErrorCounts::default(),
            decoded_bytes: Some(0),
            odd_responses: 0,
            addresses: BTreeMap::new(),
            connections: 0,
            phases: [(0.0, 0.0); 3],
        }
    }

    pub(super) fn add(&mut self, window: &Window) {
        self.windows += 1;
        // Steps are parts of a whole, and by themselves a window of one is as good.
        self.availability.add_part(window);
        self.all_counts += window.counts;
        self.errors.merge(&window.errors);
        self.certificate_days = min_of(self.certificate_days, window.certificate_days);
        for (status, count) in &window.statuses {
            *self.statuses.entry(*status).or_insert(0) += count;
        }
        self.odd_responses += window.odd_responses;
        for (address, users) in &window.addresses {
            let most = self.addresses.entry(*address).or_insert(0);
            *most = (*most).max(*users);
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
        self.backed_off += window.backed_off.unwrap_or_default();
        self.throughput.add(window);
        self.cache.hits += window.cache.hits;
        self.cache.misses += window.cache.misses;
        self.bytes += window.bytes;
        self.decoded_bytes = self.decoded_bytes.zip(window.decoded_bytes).map(|(all, more)| all + more);
        let at = epoch_seconds(window.started_at);
        self.throughputs.extend(Metric::Throughput.of(window).map(|value| (at, value)));
        self.hit_ratios.extend(window.cache.hit_ratio().map(|value| (at, value)));
        for kind in TimeKind::ALL {
            self.means[kind as usize].add(window.counts.succeeded, window.time(kind));
            self.window_means[kind as usize].extend(window.time(kind).mean.map(|value| (at, value)));
        }
    }

    pub(super) fn finish(self, name: &CellName, watcher: &Watcher, outliers: CellOutliers) -> CellView {
        let seconds = self.measured.as_secs_f64();
        let no_throughput = self.throughput.refusal();
        let has_throughput = seconds > 0.0 && no_throughput.is_none();
        let per_s = |count: u64| has_throughput.then(|| count as f64 / seconds);
        let completed = self.counts.requests() - self.transport_errors.min(self.counts.requests());
        let band = |metric: Metric| {
            let learnt = watcher.model().learnt(name, metric);
            learnt.map(|baseline| Band::of(metric, baseline.mean, baseline.sigma))
        };
        let phase = |(n, sum): (f64, f64)| (n > 0.0).then(|| sum / n);
        // A closed loop logs no response time apart, because it is the service time.
        let response = &self.times[TimeKind::Response as usize];
        let has_response_time = response.count() > 0;
        let histogram = |kind: TimeKind| match kind {
            TimeKind::Response if !has_response_time => &self.times[TimeKind::Service as usize],
            kind => &self.times[kind as usize],
        };
        let times = TimeKind::ALL.map(|kind| self.means[kind as usize].summary(histogram(kind)));
        let throughput = per_s(completed);
        // Valid windows of an outage only say nothing about the time in which invalid ones show that it worked.
        let is_outage_only = self.counts.succeeded == 0 && self.availability.windows_up > 0;
        CellView {
            name: name.clone(),
            endpoint: name.series().into(),
            place: 0,
            valid_windows: self.valid_windows,
            windows: self.windows,
            throughput_per_s: throughput,
            throughput_spread: throughput.and_then(|all| spread_about(all, &self.throughputs)),
            goodput_per_s: per_s(self.counts.succeeded),
            error_ratio: self.counts.error_ratio().filter(|_| !is_outage_only),
            availability: self.availability,
            error_ratio_interval: wilson_95(self.counts.failed, self.counts.failed + self.counts.succeeded),
            mean_spreads_us: TimeKind::ALL.map(|kind| {
                times[kind as usize].mean.and_then(|all| spread_about(all, &self.window_means[kind as usize]))
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
            backed_off: self.backed_off,
            no_throughput,
            cache: self.cache,
            cache_spread: self.cache.hit_ratio().and_then(|all| spread_about(all, &self.hit_ratios)),
            certificate_days: self.certificate_days,
            statuses: self.statuses,
            errors: self.errors,
            decoded_bytes: self.decoded_bytes.filter(|_| self.valid_windows > 0),
            odd_responses: self.odd_responses,
            addresses: self.addresses,
            phases: Phases {
                connections: self.connections,
                resolve_mean_us: phase(self.phases[0]),
                connect_mean_us: phase(self.phases[1]),
                tls_mean_us: phase(self.phases[2]),
            },
            baseline_us: band(WATCHED[0]),
            baseline_p95_us: band(WATCHED[1]),
            outliers,
        }
    }
}

/// The 95% interval of each percentile that the count supports, in microseconds.
fn intervals_us(histogram: &MergedTimes) -> [Option<Interval>; Percentile::ALL.len()] {
    let n = histogram.count();
    Percentile::ALL.map(|percentile| {
        let (low, high) = ranks_95(n, percentile.quantile())?;
        let at = |rank: u64| Some(histogram.quantile_ns(rank as f64 / n as f64)? as f64 / 1e3);
        Some((at(low)?, at(high)?))
    })
}

/// The distribution, so far into its tail that ten requests lie beyond.
fn curve(histogram: &MergedTimes) -> Vec<(f64, f64)> {
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

pub(super) fn max_of(a: Option<f64>, b: Option<f64>) -> Option<f64> {
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
