//! The SLOs of a cell, and whether the measured values meet them.

use crate::domain::metric::Metric;
use crate::domain::objective::{Basis, JudgedLimit, ObjectiveState};

/// An interval of 95 %, in the unit of its number.
pub type Interval = (f64, f64);

/// An objective of a cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ObjectiveView {
    /// Metric that the SLO limits.
    pub metric: Metric,
    /// The most it may be, in the metric's unit; the least for a lower limit.
    pub limit: f64,
    /// Value that decided, in the metric's unit: over the whole run, or of its worst stretch; `None` where too little was
    /// measured.
    pub value: Option<f64>,
    /// 95% confidence interval of the value, in the metric's unit; `None` where there is none.
    pub interval: Option<Interval>,
    /// Whether the SLO is met, violated or undecided.
    pub state: ObjectiveState,
    /// How it was judged.
    pub judged: JudgedLimit,
}

impl ObjectiveView {
    /// A judged limit, beside the interval of the metric over the whole run.
    pub fn of(judged: JudgedLimit, interval: Option<Interval>) -> Self {
        let interval = interval.filter(|_| matches!(judged.basis, Basis::Requests));
        let (metric, value) = (judged.kind.metric(), judged.decisive());
        Self { metric, limit: judged.limit, value, interval, state: judged.state, judged }
    }

    /// How much of the limit is used, as [`JudgedLimit::used`] says.
    pub fn used(&self) -> Option<f64> {
        self.judged.used()
    }
}
