//! The baseline of a cell's series, learnt from the first valid windows of a run.

use std::collections::BTreeMap;

use crate::domain::metric::{Metric, Reading, TimeKind};
use crate::domain::percentile::Percentile;
use crate::domain::verdict::Validity;
use crate::domain::window::Window;
use crate::stats::robust::{Description, describe};

/// Fewer windows than this say too little about sigma.
pub const LEAST_WINDOWS: usize = 20;
/// More windows than this would learn from what should be judged.
pub const MOST_WINDOWS: usize = 60;

/// The metrics that are held against their baseline.
pub const WATCHED: [Metric; 4] = [
    Metric::Time(TimeKind::Service, Reading::Mean),
    Metric::Time(TimeKind::Service, Reading::Percentile(Percentile::P95)),
    Metric::Throughput,
    Metric::ErrorRatio,
];

/// How many windows of each cell a run learns from: a third of them, within 20 and 60.
pub fn learning_windows(planned_cycles: u64) -> usize {
    usize::try_from(planned_cycles / 3).unwrap_or(MOST_WINDOWS).clamp(LEAST_WINDOWS, MOST_WINDOWS)
}

/// One watched series of a cell: learning, then learnt.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesBaseline {
    values: Vec<f64>,
    learnt: Option<Description>,
}

impl SeriesBaseline {
    /// The baseline, once it is learnt.
    pub fn learnt(&self) -> Option<&Description> {
        self.learnt.as_ref()
    }

    fn learn(&mut self, value: f64, windows: usize) {
        self.values.push(value);
        if self.values.len() >= windows {
            self.learnt = describe(&self.values);
            self.values = Vec::new();
        }
    }
}

/// The baselines of every cell of a run.
#[derive(Debug, Clone)]
pub struct BaselineModel {
    windows: usize,
    series: BTreeMap<(String, String), [SeriesBaseline; WATCHED.len()]>,
}

impl BaselineModel {
    /// A model that learns from so many windows of each cell.
    pub fn new(windows: usize) -> Self {
        Self { windows: windows.max(2), series: BTreeMap::new() }
    }

    /// The baseline of a metric of a cell, once it is learnt.
    pub fn learnt(&self, endpoint: &str, level: &str, metric: Metric) -> Option<&Description> {
        let place = WATCHED.iter().position(|watched| *watched == metric)?;
        self.series.get(&(endpoint.to_owned(), level.to_owned()))?[place].learnt()
    }

    /// Takes a window: learns from it while the series is young, and then returns the baseline to judge it by.
    ///
    /// Windows that are throttled or invalid are neither learnt from nor judged.
    pub fn take(&mut self, window: &Window) -> Vec<(Metric, f64, Description)> {
        if window.validity != Validity::Valid {
            return Vec::new();
        }
        let empty = || SeriesBaseline { values: Vec::new(), learnt: None };
        let key = (window.endpoint.to_string(), window.level.to_string());
        let cell = self.series.entry(key).or_insert_with(|| std::array::from_fn(|_| empty()));
        let mut judged = Vec::new();
        for (metric, series) in WATCHED.into_iter().zip(cell) {
            let Some(value) = metric.of(window).filter(|value| value.is_finite()) else { continue };
            match series.learnt {
                Some(baseline) => judged.push((metric, value, baseline)),
                None => series.learn(value, self.windows),
            }
        }
        judged
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_third_of_a_run_is_learnt_from_within_bounds() {
        assert_eq!([5, 40, 100, 576].map(learning_windows), [20, 20, 33, 60]);
    }
}
