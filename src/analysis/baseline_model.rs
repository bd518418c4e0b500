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

use super::alert::{Change, Seen, SeriesWatch};
use super::error_watch::ErrorWatch;
use super::learning::{self, Lift};
use super::series::Scale;

/// Fewest windows from which sigma is estimated.
pub const LEAST_WINDOWS: usize = 20;
/// Most windows that are learnt from; more would include what should be judged.
pub const MOST_WINDOWS: usize = 60;

/// The metrics that are compared with their baseline.
pub const WATCHED: [Metric; 5] = [
    Metric::Time(TimeKind::Service, Reading::Mean),
    Metric::Time(TimeKind::Service, Reading::Percentile(Percentile::P95)),
    Metric::Throughput,
    Metric::ErrorRatio,
    Metric::CacheHitRatio,
];

/// Number of windows per cell that a run learns from: a third of its cycles, but 20 to 60.
pub fn learning_windows(planned_cycles: u64) -> usize {
    usize::try_from(planned_cycles / 3).unwrap_or(MOST_WINDOWS).clamp(LEAST_WINDOWS, MOST_WINDOWS)
}

/// Start of a window in seconds since 1970, from which the time of day follows.
pub(super) fn seconds(window: &Window) -> f64 {
    epoch_seconds(window.started_at)
}

/// Fewest responses of a window that say hit or miss, for its cache hit ratio to be compared with a baseline. From fewer the
/// ratio moves in steps that are taken for changes: of 20, at 99.5 % hits, up to three false alerts a day over 15 cells.
pub const LEAST_WATCHED_RESPONSES: u64 = 50;

/// The value that is compared with baselines; `None` where the window lacks it, for a cache hit ratio of few responses, and for
/// the throughput of a step: it is sent as often as its journey comes to it.
pub(super) fn judged_value(metric: Metric, window: &Window) -> Option<f64> {
    let is_its_own = match metric {
        Metric::CacheHitRatio => window.cache.known() >= LEAST_WATCHED_RESPONSES,
        Metric::Throughput => window.cell.step.is_none(),
        _ => true,
    };
    metric.of(window).filter(|_| is_its_own)
}

/// The baseline of a series, with the watch that judges new values.
#[derive(Debug, Clone)]
struct Learnt {
    baseline: Description,
    /// `None` for error ratios, whose alerts come from counts.
    watch: Option<SeriesWatch>,
}

/// One watched series of a cell: still learning, or learnt.
#[derive(Debug, Clone)]
enum SeriesModel {
    Learning(Vec<(f64, f64)>),
    Learnt(Box<Learnt>),
}

/// The watched series of one cell, and its errors.
#[derive(Debug, Clone)]
struct CellModel {
    series: [SeriesModel; WATCHED.len()],
    /// Start, failed and judged requests of each window that is learnt from.
    learning_errors: Vec<(f64, u64, u64)>,
    errors: Option<ErrorWatch>,
}

/// One value compared with its baseline.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judgement {
    /// Metric that was judged, one of [`WATCHED`].
    pub metric: Metric,
    /// Value in the window. Units: the metric's.
    pub value: f64,
    /// Baseline of the series, on the metric's scale.
    pub baseline: Description,
    /// Distance from the baseline's mean in sigmas; infinite where the baseline never varied.
    pub sigmas: f64,
    /// A change that this window confirms.
    pub change: Option<Change>,
    /// The window compared with the forecast of the series; `None` for error ratios.
    pub seen: Option<Seen>,
}

/// What a window says of its cell.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Taken {
    /// The window's values compared with their baselines, in the order of [`WATCHED`].
    pub judgements: Vec<Judgement>,
    /// Stretches for the worse among the windows that were learnt from, where this window ended the learning.
    pub lifts: Vec<(Metric, Lift)>,
}

/// The baselines of every cell of a run.
#[derive(Debug, Clone)]
pub struct BaselineModel {
    windows: usize,
    cells: BTreeMap<CellName, CellModel>,
}

impl BaselineModel {
    /// A model that learns from this many windows of each cell.
    pub fn learning(windows: usize) -> Self {
        Self { windows: windows.max(3), cells: BTreeMap::new() }
    }

    /// A model that judges from the first window. Cells that are missing in the baseline are learnt.
    pub fn known(baseline: &Baseline, windows: usize) -> Self {
        let cells = baseline.cells.iter().map(|(key, cell)| (key.clone(), CellModel::known(cell))).collect();
        Self { cells, ..Self::learning(windows) }
    }

    /// The baseline of a cell's metric, on the metric's scale; `None` while it is being learnt.
    pub fn learnt(&self, cell: &CellName, metric: Metric) -> Option<&Description> {
        let place = WATCHED.iter().position(|watched| *watched == metric)?;
        match &self.cells.get(cell)?.series[place] {
            SeriesModel::Learnt(learnt) => Some(&learnt.baseline),
            SeriesModel::Learning(_) => None,
        }
    }

    /// Takes a window: learns from it while a series is young, and judges it afterwards.
    ///
    /// Rate-limited and invalid windows are neither learnt from nor judged.
    pub fn take(&mut self, window: &Window) -> Taken {
        if window.validity != Validity::Valid {
            return Taken::default();
        }
        let key = window.cell.clone();
        let cell = self.cells.entry(key).or_insert_with(CellModel::new);
        cell.take(window, self.windows)
    }
}

impl CellModel {
    fn new() -> Self {
        let series = std::array::from_fn(|_| SeriesModel::Learning(Vec::new()));
        Self { series, learning_errors: Vec::new(), errors: None }
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

    fn take(&mut self, window: &Window, learning: usize) -> Taken {
        let mut taken = Taken::default();
        let errors = self.take_errors(window, learning, &mut taken.lifts);
        for (metric, series) in WATCHED.into_iter().zip(&mut self.series) {
            let scale = Scale::of(metric);
            let Some(value) = judged_value(metric, window) else { continue };
            let Some(placed) = scale.put(value) else { continue };
            match series {
                SeriesModel::Learnt(learnt) => {
                    if let (Metric::CacheHitRatio, Some(watch)) = (metric, &mut learnt.watch) {
                        // The deviation of an angle from that many counts.
                        watch.expect_noise(0.5 / (window.cache.known() as f64).sqrt());
                    }
                    let seen = learnt.watch.as_mut().and_then(|watch| watch.take(seconds(window), value));
                    let change =
                        if metric == Metric::ErrorRatio { errors } else { seen.and_then(|seen| seen.change) };
                    let baseline = learnt.baseline;
                    // Zero over zero: a steady series that did not move.
                    let away = placed - baseline.mean;
                    let sigmas = if away == 0.0 { 0.0 } else { away / baseline.sigma };
                    taken.judgements.push(Judgement { metric, value, baseline, sigmas, change, seen });
                }
                SeriesModel::Learning(points) => {
                    points.push((seconds(window), value));
                    if points.len() >= learning {
                        *series = learn(points, scale, metric, &mut taken.lifts);
                    }
                }
            }
        }
        taken
    }

    fn take_errors(
        &mut self,
        window: &Window,
        learning: usize,
        lifts: &mut Vec<(Metric, Lift)>,
    ) -> Option<Change> {
        let (failed, judged) = (window.counts.failed, window.counts.failed + window.counts.succeeded);
        if let Some(errors) = &mut self.errors {
            return errors.take(failed, judged);
        }
        self.learning_errors.push((seconds(window), failed, judged));
        if self.learning_errors.len() >= learning {
            let (watch, bad) = learning::errors(&self.learning_errors);
            self.errors = watch;
            lifts.extend(bad.into_iter().map(|lift| (Metric::ErrorRatio, lift)));
        }
        None
    }
}

/// Learns a series; continues learning where its values do not suffice yet.
fn learn(
    points: &mut Vec<(f64, f64)>,
    scale: Scale,
    metric: Metric,
    lifts: &mut Vec<(Metric, Lift)>,
) -> SeriesModel {
    let placed: Vec<(f64, f64)> =
        points.iter().filter_map(|(at, value)| Some((*at, scale.put(*value)?))).collect();
    let values: Vec<f64> = placed.iter().map(|(_, value)| *value).collect();
    let Some(baseline) = describe(&values) else { return SeriesModel::Learning(std::mem::take(points)) };
    let watch = if metric == Metric::ErrorRatio {
        None
    } else {
        let found = learning::lifts(&placed, metric);
        let watch = learning::watch(&placed, &found, scale, metric);
        lifts.extend(found.into_iter().map(|lift| (metric, lift)));
        watch
    };
    SeriesModel::Learnt(Box::new(Learnt { baseline, watch }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_third_of_a_run_is_learnt_from_within_bounds() {
        assert_eq!([5, 40, 100, 576].map(learning_windows), [20, 20, 33, 60]);
    }
}
