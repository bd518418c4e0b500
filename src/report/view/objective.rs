//! The SLOs of a cell, and whether the measured values meet them.

use crate::analysis::objective::ObjectiveState;
use crate::domain::metric::Metric;

/// An interval of 95 %, in the unit of its number.
pub type Interval = (f64, f64);

/// An objective of a cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ObjectiveView {
    /// Metric that the SLO limits.
    pub metric: Metric,
    /// The most it may be, in the metric's unit.
    pub limit: f64,
    /// Measured value, in the metric's unit; `None` where too little was measured.
    pub value: Option<f64>,
    /// 95% confidence interval of the value, in the metric's unit; `None` where there is none.
    pub interval: Option<Interval>,
    /// Whether the SLO is met, violated or undecided.
    pub state: ObjectiveState,
}

impl ObjectiveView {
    /// How much of the limit is used: 1 is all of it; `None` without a number, or for a limit of zero.
    pub fn used(&self) -> Option<f64> {
        self.value.filter(|_| self.limit > 0.0).map(|value| value / self.limit)
    }
}
