//! A service level objective (SLO): limits that the owner of a workload wants its requests to stay within.

use std::time::Duration;

use super::metric::{Metric, Reading};
use super::percentile::Percentile;
use super::time_summary::TimeKind;

/// The limits of one workload; without any, it has no SLO.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Objective {
    /// Largest acceptable mean service time; `None` sets no limit.
    pub mean: Option<Duration>,
    /// Largest acceptable p95 service time; `None` sets no limit.
    pub p95: Option<Duration>,
    /// Largest acceptable fraction of failed requests, 0 to 1.
    pub error_rate: Option<f64>,
    /// Length of the stretches that are judged; `None` judges each window by itself.
    pub over: Option<Duration>,
}

/// One of the limits that an SLO can set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectiveKind {
    /// Limit of the mean service time.
    Mean,
    /// Limit of the 95th percentile of service time.
    P95,
    /// Limit of the fraction of failed requests.
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

    /// The metric that is compared with the limit.
    pub fn metric(self) -> Metric {
        match self {
            Self::Mean => Metric::Time(TimeKind::Service, Reading::Mean),
            Self::P95 => Metric::Time(TimeKind::Service, Reading::Percentile(Percentile::P95)),
            Self::ErrorRate => Metric::ErrorRatio,
        }
    }
}

impl Objective {
    /// One limit, in the unit of its metric (microseconds, or a ratio); `None` where it is not set.
    pub fn limit(&self, kind: ObjectiveKind) -> Option<f64> {
        let micros = |span: Duration| span.as_secs_f64() * 1e6;
        match kind {
            ObjectiveKind::Mean => self.mean.map(micros),
            ObjectiveKind::P95 => self.p95.map(micros),
            ObjectiveKind::ErrorRate => self.error_rate,
        }
    }

    /// The limits that are set. Units: as [`Objective::limit`].
    pub fn limits(&self) -> impl Iterator<Item = (ObjectiveKind, f64)> + '_ {
        ObjectiveKind::ALL.into_iter().filter_map(|kind| Some((kind, self.limit(kind)?)))
    }

    /// Whether no limit is set, so that there is nothing to judge.
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
