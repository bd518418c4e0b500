//! A service level objective: what a workload's owner wants its requests to stay within.

use std::time::Duration;

use super::metric::{Metric, Reading};
use super::percentile::Percentile;
use super::time_summary::TimeKind;

/// The limits of one workload.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Objective {
    /// The largest mean service time.
    pub mean: Option<Duration>,
    /// The largest 95th percentile of service time.
    pub p95: Option<Duration>,
    /// The largest fraction of requests that may fail, 0 to 1.
    pub error_rate: Option<f64>,
    /// The length of the stretches that are judged; each window by itself where it is not given.
    pub over: Option<Duration>,
}

/// Which of the limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectiveKind {
    /// Mean service time.
    Mean,
    /// 95th percentile of service time.
    P95,
    /// Fraction of requests that failed.
    ErrorRate,
}

impl ObjectiveKind {
    /// Every kind, in the order in which limits are listed.
    pub const ALL: [Self; 3] = [Self::Mean, Self::P95, Self::ErrorRate];

    /// The key in scenario files and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::P95 => "p95",
            Self::ErrorRate => "error_rate",
        }
    }

    /// What is compared with the limit.
    pub fn metric(self) -> Metric {
        match self {
            Self::Mean => Metric::Time(TimeKind::Service, Reading::Mean),
            Self::P95 => Metric::Time(TimeKind::Service, Reading::Percentile(Percentile::P95)),
            Self::ErrorRate => Metric::ErrorRatio,
        }
    }
}

impl Objective {
    /// One limit, in the unit of its metric: microseconds, or a ratio.
    pub fn limit(&self, kind: ObjectiveKind) -> Option<f64> {
        let micros = |span: Duration| span.as_secs_f64() * 1e6;
        match kind {
            ObjectiveKind::Mean => self.mean.map(micros),
            ObjectiveKind::P95 => self.p95.map(micros),
            ObjectiveKind::ErrorRate => self.error_rate,
        }
    }

    /// The limits that are given. Units: as [`Objective::limit`].
    pub fn limits(&self) -> impl Iterator<Item = (ObjectiveKind, f64)> + '_ {
        ObjectiveKind::ALL.into_iter().filter_map(|kind| Some((kind, self.limit(kind)?)))
    }

    /// Whether no limit is given.
    pub fn is_empty(&self) -> bool {
        self.limits().next().is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_in_the_unit_of_their_metric() {
        let objective = Objective {
            p95: Some(Duration::from_millis(20)),
            error_rate: Some(0.01),
            ..Objective::default()
        };
        let limits: Vec<_> = objective.limits().collect();
        assert_eq!(limits, [(ObjectiveKind::P95, 20_000.0), (ObjectiveKind::ErrorRate, 0.01)]);
        assert!(Objective { over: Some(Duration::from_secs(1)), ..Objective::default() }.is_empty());
    }
}
