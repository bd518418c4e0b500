//! What a cell measured so far, as far as incidents need it: a few numbers per valid window.

use crate::analysis::baseline_model::{WATCHED, judged_value};
use crate::analysis::series::Scale;
use crate::domain::metric::{Direction, Metric};
use crate::domain::units::epoch_seconds;
use crate::domain::window::Window;

/// The mean service time is what incidents are described by, wherever it shows them.
pub(super) const MEAN: Metric = WATCHED[0];

/// One valid window.
#[derive(Debug, Clone, Copy)]
pub(super) struct Point {
    /// Number of the window within its run.
    pub(super) number: u64,
    /// Start of the window, in seconds since 1970.
    pub(super) at: f64,
    /// The watched metrics on their scales; `None` where the window has no value.
    values: [Option<f64>; WATCHED.len()],
    pub(super) failed: u64,
    /// Failed and succeeded requests.
    pub(super) judged: u64,
}

/// The valid windows of a cell, in the order of commits.
#[derive(Debug, Clone, Default)]
pub(super) struct History {
    pub(super) points: Vec<Point>,
    /// How far accepted steps have moved the forecast of each watched metric since the cell's first open entry.
    pub(super) lifted: [f64; WATCHED.len()],
}

impl History {
    pub(super) fn push(&mut self, window: &Window) {
        let values = WATCHED.map(|metric| Scale::of(metric).put(judged_value(metric, window)?));
        self.points.push(Point {
            number: window.number,
            at: epoch_seconds(window.started_at),
            values,
            failed: window.counts.failed,
            judged: window.counts.failed + window.counts.succeeded,
        });
    }

    /// The values of a metric, turned so that larger is worse, each with its place among the points.
    pub(super) fn series(&self, metric: Metric) -> Vec<(usize, f64, f64)> {
        let (place, sign) = (place_of(metric), worse(metric));
        let value = |(i, point): (usize, &Point)| Some((i, point.at, sign * point.values[place]?));
        self.points.iter().enumerate().filter_map(value).collect()
    }

    /// The values of a metric on its scale: window, seconds and place each.
    pub(super) fn placed(&self, metric: Metric) -> Vec<(u64, f64, f64)> {
        let place = place_of(metric);
        self.points.iter().filter_map(|point| Some((point.number, point.at, point.values[place]?))).collect()
    }

    /// The typical time between two windows, in seconds; `None` below two.
    pub(super) fn spacing(&self) -> Option<f64> {
        let spacings: Vec<f64> = self.points.windows(2).map(|pair| pair[1].at - pair[0].at).collect();
        crate::stats::robust::median(&spacings)
    }
}

/// The place of a metric among those that are watched.
pub(super) fn place_of(metric: Metric) -> usize {
    WATCHED.iter().position(|watched| *watched == metric).unwrap_or(0)
}

/// 1 where larger is worse, else -1.
pub(super) fn worse(metric: Metric) -> f64 {
    match metric.direction() {
        Direction::LowerIsBetter => 1.0,
        Direction::HigherIsBetter => -1.0,
    }
}
