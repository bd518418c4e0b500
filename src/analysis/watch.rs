//! Watches windows as they are committed, live or from disk with the same result, and flags those outside +-2 sigma.
//!
//! A flag is shown, never paged: on perfect noise one window in twenty-two is flagged.

use std::collections::BTreeMap;

use crate::domain::metric::Metric;
use crate::domain::window::Window;
use crate::stats::normal::two_sided_tail_of_estimate;

use super::baseline_model::BaselineModel;

/// How many sigmas from its baseline a window is flagged.
pub const FLAG_SIGMAS: f64 = 2.0;

/// A window outside of its baseline.
#[derive(Debug, Clone, PartialEq)]
pub struct Flag {
    /// The window's number.
    pub window: u64,
    /// When it started.
    pub started_at: jiff::Timestamp,
    /// The cell's endpoint.
    pub endpoint: String,
    /// The cell's level.
    pub level: String,
    /// The metric.
    pub metric: Metric,
    /// Its value.
    pub value: f64,
    /// The baseline's mean.
    pub mean: f64,
    /// The baseline's sigma.
    pub sigma: f64,
    /// How many sigmas away, with its sign; infinite where the baseline never varied.
    pub sigmas: f64,
}

impl Flag {
    /// `above` or `below`.
    pub fn direction(&self) -> &'static str {
        if self.value > self.mean { "above" } else { "below" }
    }
}

/// How many windows of a series were judged, how many flagged, and how many flags noise alone would have brought.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct FlagCount {
    /// Judged.
    pub judged: u64,
    /// Flagged.
    pub observed: u64,
    /// Flags that noise alone would have brought, on average.
    pub expected: f64,
}

/// Watches a run.
#[derive(Debug, Clone)]
pub struct Watcher {
    model: BaselineModel,
    counts: BTreeMap<(String, String, String), FlagCount>,
    flags: u64,
}

impl Watcher {
    /// Watches with baselines that are learnt from so many windows of each cell.
    pub fn learning(windows: usize) -> Self {
        Self { model: BaselineModel::new(windows), counts: BTreeMap::new(), flags: 0 }
    }

    /// Takes the next committed window; returns its flags.
    pub fn take(&mut self, window: &Window) -> Vec<Flag> {
        let mut flags = Vec::new();
        for (metric, value, baseline) in self.model.take(window) {
            let key = (window.endpoint.to_string(), window.level.to_string(), metric.name());
            let count = self.counts.entry(key).or_default();
            count.judged += 1;
            count.expected += two_sided_tail_of_estimate(FLAG_SIGMAS, baseline.n).unwrap_or(0.0);
            if (value - baseline.mean).abs() > FLAG_SIGMAS * baseline.sigma {
                count.observed += 1;
                flags.push(Flag {
                    window: window.number,
                    started_at: window.started_at,
                    endpoint: window.endpoint.to_string(),
                    level: window.level.to_string(),
                    metric,
                    value,
                    mean: baseline.mean,
                    sigma: baseline.sigma,
                    sigmas: (value - baseline.mean) / baseline.sigma,
                });
            }
        }
        self.flags += flags.len() as u64;
        flags
    }

    /// The baselines learnt so far.
    pub fn model(&self) -> &BaselineModel {
        &self.model
    }

    /// All flags so far.
    pub fn flags(&self) -> u64 {
        self.flags
    }

    /// What became of one series.
    pub fn count(&self, endpoint: &str, level: &str, metric: Metric) -> FlagCount {
        let key = (endpoint.to_owned(), level.to_owned(), metric.name());
        self.counts.get(&key).copied().unwrap_or_default()
    }

    /// What became of all series of a cell together.
    pub fn count_of_cell(&self, endpoint: &str, level: &str) -> FlagCount {
        let of_cell = self.counts.iter().filter(|((e, l, _), _)| e == endpoint && l == level);
        of_cell.fold(FlagCount::default(), |sum, (_, count)| FlagCount {
            judged: sum.judged + count.judged,
            observed: sum.observed + count.observed,
            expected: sum.expected + count.expected,
        })
    }
}
