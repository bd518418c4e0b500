//! The baselines of a run's cells: learnt from the first third of its cycles (20 to 60 valid windows of each cell), or
//! taken from a named baseline.

use std::collections::BTreeMap;

use crate::domain::baseline::{Baseline, CellBaseline};
use crate::domain::cell_name::CellName;
use crate::domain::metric::{Metric, Reading};
use crate::domain::percentile::Percentile;
use crate::domain::time_summary::TimeKind;
use crate::domain::units::epoch_seconds;
use crate::domain::verdict::Validity;
use crate::domain::window::Window;
use crate::stats::robust::{Description, describe};

use super::alert::{Change, ErrorWatch, SeriesWatch};
use super::series::Scale;

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

/// The seconds of a day and its time that a window belongs to.
pub(super) fn seconds(window: &Window) -> f64 {
    epoch_seconds(window.started_at)
}

/// A series against its baseline.
#[derive(Debug, Clone)]
struct Learnt {
    baseline: Description,
    /// `None` for error ratios, whose alerts come from counts.
    watch: Option<SeriesWatch>,
}

/// One watched series of a cell: learning, then learnt.
#[derive(Debug, Clone)]
enum SeriesModel {
    Learning(Vec<(f64, f64)>),
    Learnt(Box<Learnt>),
}

/// The watched series of one cell, and its errors.
#[derive(Debug, Clone)]
struct CellModel {
    series: [SeriesModel; WATCHED.len()],
    learning_errors: (usize, u64, u64),
    errors: Option<ErrorWatch>,
}

/// One value beside its baseline.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judgement {
    /// The metric.
    pub metric: Metric,
    /// Its value.
    pub value: f64,
    /// The baseline, on the metric's scale.
    pub baseline: Description,
    /// Distance from its mean in sigmas; infinite where the baseline never varied.
    pub sigmas: f64,
    /// A change that this window confirms.
    pub change: Option<Change>,
    /// Whether the series came back to where it was before its last change.
    pub is_back: bool,
}

/// The baselines of every cell of a run.
#[derive(Debug, Clone)]
pub struct BaselineModel {
    windows: usize,
    cells: BTreeMap<CellName, CellModel>,
}

impl BaselineModel {
    /// A model that learns from so many windows of each cell.
    pub fn learning(windows: usize) -> Self {
        Self { windows: windows.max(3), cells: BTreeMap::new() }
    }

    /// A model that judges from the first window. Cells that the baseline does not know are learnt.
    pub fn known(baseline: &Baseline, windows: usize) -> Self {
        let cells = baseline.cells.iter().map(|(key, cell)| (key.clone(), CellModel::known(cell))).collect();
        Self { cells, ..Self::learning(windows) }
    }

    /// The baseline of a metric of a cell, on the metric's scale, once it is known.
    pub fn learnt(&self, cell: &CellName, metric: Metric) -> Option<&Description> {
        let place = WATCHED.iter().position(|watched| *watched == metric)?;
        match &self.cells.get(cell)?.series[place] {
            SeriesModel::Learnt(learnt) => Some(&learnt.baseline),
            SeriesModel::Learning(_) => None,
        }
    }

    /// Takes a window: learns from it while a series is young, and judges it after.
    ///
    /// Windows that are throttled or invalid are neither learnt from nor judged.
    pub fn take(&mut self, window: &Window) -> Vec<Judgement> {
        if window.validity != Validity::Valid {
            return Vec::new();
        }
        let key = window.cell.clone();
        let cell = self.cells.entry(key).or_insert_with(CellModel::new);
        cell.take(window, self.windows)
    }
}

impl CellModel {
    fn new() -> Self {
        let series = std::array::from_fn(|_| SeriesModel::Learning(Vec::new()));
        Self { series, learning_errors: (0, 0, 0), errors: None }
    }

    fn known(cell: &CellBaseline) -> Self {
        let mut model = Self::new();
        for (metric, series) in WATCHED.into_iter().zip(&mut model.series) {
            let Some(known) = cell.series.get(&metric.name()) else { continue };
            let watch = match metric {
                Metric::ErrorRatio => None,
                _ => SeriesWatch::known(known, Scale::of(metric)),
            };
            let crate::domain::baseline::SeriesBaseline { n, mean, sigma, median, mad_sigma, .. } = *known;
            let baseline = Description { n, mean, sigma, median, mad_sigma };
            *series = SeriesModel::Learnt(Box::new(Learnt { baseline, watch }));
        }
        model.errors = ErrorWatch::new(cell.failed, cell.judged);
        model
    }

    fn take(&mut self, window: &Window, learning: usize) -> Vec<Judgement> {
        let errors = self.take_errors(window, learning);
        let mut judged = Vec::new();
        for (metric, series) in WATCHED.into_iter().zip(&mut self.series) {
            let scale = Scale::of(metric);
            let Some(value) = metric.of(window) else { continue };
            let Some(placed) = scale.put(value) else { continue };
            match series {
                SeriesModel::Learnt(learnt) => {
                    let seen = learnt.watch.as_mut().and_then(|watch| watch.take(seconds(window), value));
                    let change =
                        if metric == Metric::ErrorRatio { errors } else { seen.and_then(|seen| seen.change) };
                    let baseline = learnt.baseline;
                    // Nothing over nothing: a steady series that stays where it was.
                    let away = placed - baseline.mean;
                    let sigmas = if away == 0.0 { 0.0 } else { away / baseline.sigma };
                    let is_back = seen.is_some_and(|seen| seen.is_back);
                    judged.push(Judgement { metric, value, baseline, sigmas, change, is_back });
                }
                SeriesModel::Learning(points) => {
                    points.push((seconds(window), value));
                    if points.len() >= learning {
                        *series = learn(points, scale, metric);
                    }
                }
            }
        }
        judged
    }

    fn take_errors(&mut self, window: &Window, learning: usize) -> Option<Change> {
        let (failed, judged) = (window.counts.failed, window.counts.failed + window.counts.succeeded);
        if let Some(errors) = &mut self.errors {
            return errors.take(failed, judged);
        }
        let (windows, all_failed, all_judged) = &mut self.learning_errors;
        (*windows, *all_failed, *all_judged) = (*windows + 1, *all_failed + failed, *all_judged + judged);
        if *windows >= learning {
            self.errors = ErrorWatch::new(*all_failed, *all_judged);
        }
        None
    }
}

/// Learns a series; goes on learning where its values do not allow that yet.
fn learn(points: &mut Vec<(f64, f64)>, scale: Scale, metric: Metric) -> SeriesModel {
    let placed: Vec<f64> = points.iter().filter_map(|(_, value)| scale.put(*value)).collect();
    match describe(&placed) {
        Some(baseline) => {
            let watch = match metric {
                Metric::ErrorRatio => None,
                _ => SeriesWatch::learn(points, scale, true),
            };
            SeriesModel::Learnt(Box::new(Learnt { baseline, watch }))
        }
        None => SeriesModel::Learning(std::mem::take(points)),
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
