//! The last minute, five minutes, quarter of an hour and hour of a run, by endpoint, in whole cycles.
//!
//! A cycle measures every cell once, so whole cycles count the same windows of every endpoint. A span that is shorter than a
//! cycle has none, and one that holds no more than a shorter one is left out.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::domain::cell_name::CellName;
use crate::domain::histogram::Histogram;
use crate::domain::merged_times::MergedTimes;
use crate::domain::percentile::Percentile;
use crate::domain::time_summary::{TimeKind, TimeSummary};
use crate::domain::verdict::Validity;
use crate::domain::window::{Counts, Window};

/// How far back the views reach.
pub const SPANS: [Duration; 4] =
    [Duration::from_mins(1), Duration::from_mins(5), Duration::from_mins(15), Duration::from_hours(1)];

/// One endpoint over one span, all levels together, up to the end of the last window. Valid windows only.
#[derive(Debug, Clone, PartialEq)]
pub struct RollingView {
    /// Name of the series: the endpoint, or the endpoint and a step.
    pub endpoint: Arc<str>,
    /// How far back it reaches.
    pub span: Duration,
    /// Windows of the cycles that lie within it.
    pub windows: u64,
    /// Requests in those windows, by outcome.
    pub counts: Counts,
    /// Mean service time, in microseconds.
    pub mean_us: Option<f64>,
    /// Service time p95, in microseconds, from merged histograms.
    pub p95_us: Option<f64>,
    /// Service time p99, in microseconds, from merged histograms.
    pub p99_us: Option<f64>,
}

/// Merges the histograms of the last hour.
#[derive(Debug, Default)]
pub(in crate::report) struct Rolling {
    merged: BTreeMap<(Arc<str>, Duration), MergedTimes>,
    /// When the first window of each cycle ended, and how many windows the cycle has.
    cycles: BTreeMap<u64, (Timestamp, u64)>,
    /// Cells of the run so far.
    cells: BTreeSet<CellName>,
}

impl Rolling {
    /// Takes a window; all of them come before the first histogram.
    pub(in crate::report) fn window(&mut self, window: &Window) {
        let end = window.ended_at();
        let (first, windows) = self.cycles.entry(window.cycle).or_insert((end, 0));
        *first = end.min(*first);
        *windows += 1;
        if !self.cells.contains(&window.cell) {
            self.cells.insert(window.cell.clone());
        }
    }

    /// Takes a service-time histogram. `until` is when the last committed window ended.
    pub(in crate::report) fn histogram(
        &mut self,
        window: &Window,
        histogram: &Histogram,
        until: Option<Timestamp>,
    ) {
        let within: Vec<Duration> =
            SPANS.into_iter().filter(|span| self.is_within(window, *span, until)).collect();
        for span in within {
            let key = (window.cell.series().into(), span);
            self.merged.entry(key).or_default().merge(histogram);
        }
    }

    /// The views, by endpoint, shortest span first; spans without a window are left out.
    pub(in crate::report) fn finish(&self, windows: &[Window], until: Option<Timestamp>) -> Vec<RollingView> {
        let mut views: BTreeMap<(Arc<str>, Duration), RollingView> = BTreeMap::new();
        let mut sums: BTreeMap<(Arc<str>, Duration), (f64, f64)> = BTreeMap::new();
        for window in windows.iter().filter(|window| window.validity == Validity::Valid) {
            for span in SPANS.into_iter().filter(|span| self.is_within(window, *span, until)) {
                let key = (window.cell.series().into(), span);
                let view = views.entry(key.clone()).or_insert_with(|| empty(&key.0, span));
                view.windows += 1;
                view.counts += window.counts;
                if let Some(mean) = window.time(TimeKind::Service).mean {
                    let (n, sum) = sums.entry(key).or_default();
                    *n += window.counts.succeeded as f64;
                    *sum += mean * window.counts.succeeded as f64;
                }
            }
        }
        for (key, view) in &mut views {
            view.mean_us = sums.get(key).filter(|(n, _)| *n > 0.0).map(|(n, sum)| sum / n);
            if let Some(merged) = self.merged.get(key) {
                let percentiles = TimeSummary::percentiles_of(merged);
                view.p95_us = percentiles[Percentile::P95 as usize];
                view.p99_us = percentiles[Percentile::P99 as usize];
            }
        }
        let mut views: Vec<RollingView> = views.into_values().collect();
        views.dedup_by(|longer, shorter| {
            longer.endpoint == shorter.endpoint && longer.windows == shorter.windows
        });
        views
    }

    /// Whether a cycle is the last one and not complete, as long as an earlier one is there to show.
    fn is_cut(&self, cycle: u64) -> bool {
        let last = self.cycles.last_key_value();
        self.cycles.len() > 1
            && last.is_some_and(|(last, (_, windows))| *last == cycle && *windows < self.cells.len() as u64)
    }

    /// Whether a window belongs to a cycle within the span before `until`. One that ended later was measured before the clock
    /// was set back.
    fn is_within(&self, window: &Window, span: Duration, until: Option<Timestamp>) -> bool {
        until.is_some_and(|until| {
            let from = SignedDuration::try_from(span).ok().and_then(|span| until.saturating_sub(span).ok());
            let cycle = self.cycles.get(&window.cycle);
            let is_within = from.zip(cycle).is_some_and(|(from, (first, _))| *first > from);
            is_within && window.ended_at() <= until && !self.is_cut(window.cycle)
        })
    }
}

fn empty(endpoint: &Arc<str>, span: Duration) -> RollingView {
    RollingView {
        endpoint: Arc::clone(endpoint),
        span,
        windows: 0,
        counts: Counts::default(),
        mean_us: None,
        p95_us: None,
        p99_us: None,
    }
}
