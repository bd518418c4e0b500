//! Objectives of a cell, and whether what was measured shows that they hold.

use crate::domain::metric::{Metric, Reading, TimeKind};
use crate::domain::percentile::Percentile;
use crate::scenario::promises::Promise;

use super::view::{CellView, Interval};

/// What is known of an objective.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectiveState {
    /// The whole interval lies within.
    Held,
    /// The whole interval lies beyond.
    Broken,
    /// The objective lies within the interval, or too little was measured for a number.
    Unclear,
}

impl ObjectiveState {
    /// The word in files and tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Broken => "broken",
            Self::Unclear => "unclear",
        }
    }
}

/// An objective of a cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ObjectiveView {
    /// What it is about.
    pub metric: Metric,
    /// The most it may be, in the metric's unit.
    pub promised: f64,
    /// What was measured.
    pub value: Option<f64>,
    /// Its 95 % interval.
    pub interval: Option<Interval>,
    /// Whether it holds.
    pub state: ObjectiveState,
}

impl ObjectiveView {
    /// The objectives of a cell, in the order mean, p95, errors.
    pub(super) fn of_cell(promise: &Promise, cell: &CellView) -> Vec<Self> {
        let micros = |span: Option<std::time::Duration>| span.map(|span| span.as_secs_f64() * 1e6);
        let service = |reading| Metric::Time(TimeKind::Service, reading);
        let promises = [
            (service(Reading::Mean), micros(promise.mean)),
            (service(Reading::Percentile(Percentile::P95)), micros(promise.p95)),
            (Metric::ErrorRatio, promise.error_rate),
        ];
        let promises = promises.into_iter().filter_map(|(metric, promised)| Some((metric, promised?)));
        promises
            .map(|(metric, promised)| {
                let (value, interval) = (cell.value(metric), cell.interval(metric));
                Self { metric, promised, value, interval, state: state(promised, interval) }
            })
            .collect()
    }

    /// How much of what is promised is used up: 1 is all of it; `None` without a number, or where nothing is promised.
    pub fn used(&self) -> Option<f64> {
        self.value.filter(|_| self.promised > 0.0).map(|value| value / self.promised)
    }
}

/// What was promised is the most that may be, so exactly that much still holds.
fn state(promised: f64, interval: Option<Interval>) -> ObjectiveState {
    match interval {
        Some((_, high)) if high <= promised => ObjectiveState::Held,
        Some((low, _)) if low > promised => ObjectiveState::Broken,
        _ => ObjectiveState::Unclear,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_objective_within_the_interval_is_unclear() {
        let check = |promised: f64, interval, expected| assert_eq!(state(promised, interval), expected);
        check(100.0, Some((80.0, 90.0)), ObjectiveState::Held);
        check(100.0, Some((80.0, 100.0)), ObjectiveState::Held);
        check(100.0, Some((80.0, 110.0)), ObjectiveState::Unclear);
        check(100.0, Some((101.0, 110.0)), ObjectiveState::Broken);
        check(100.0, None, ObjectiveState::Unclear);
        // No failure may happen, and none did: the interval of nothing still reaches above 0.
        check(0.0, Some((0.0, 0.01)), ObjectiveState::Unclear);
    }
}
