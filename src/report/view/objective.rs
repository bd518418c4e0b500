//! Objectives of a cell, and whether what was measured shows that they hold.

use crate::analysis::objective::{ObjectiveState, by_interval};
use crate::domain::metric::Metric;
use crate::domain::objective::{Objective, ObjectiveKind};

use super::run_view::{CellView, Interval};

/// An objective of a cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ObjectiveView {
    /// What it is about.
    pub metric: Metric,
    /// The most it may be, in the metric's unit.
    pub limit: f64,
    /// What was measured.
    pub value: Option<f64>,
    /// Its 95 % interval.
    pub interval: Option<Interval>,
    /// Whether it holds.
    pub state: ObjectiveState,
}

impl ObjectiveView {
    /// The objectives of a cell, in the order mean, p95, errors.
    pub(in crate::report) fn of_cell(objective: &Objective, cell: &CellView) -> Vec<Self> {
        let view = |(kind, limit): (ObjectiveKind, f64)| {
            let metric = kind.metric();
            let (value, interval) = (cell.value(metric), cell.interval(metric));
            Self { metric, limit, value, interval, state: by_interval(limit, interval) }
        };
        objective.limits().map(view).collect()
    }

    /// How much of the limit is used: 1 is all of it; `None` without a number, or for a limit of zero.
    pub fn used(&self) -> Option<f64> {
        self.value.filter(|_| self.limit > 0.0).map(|value| value / self.limit)
    }
}
