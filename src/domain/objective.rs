//! A service level objective (SLO): limits that the owner of a workload wants its requests to stay within.

use std::time::Duration;

use jiff::Timestamp;

use super::metric::{Direction, Metric, Reading};
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
    /// Smallest acceptable fraction of responses from a cache, 0 to 1, of those that say whether they are.
    pub cache_hit_ratio: Option<f64>,
    /// Smallest acceptable number of days until a certificate of the target expires.
    pub certificate_days: Option<f64>,
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
    /// Lower limit of the fraction of responses from a cache.
    CacheHitRatio,
    /// Lower limit of the days until a certificate expires.
    CertificateDays,
}

impl ObjectiveKind {
    /// Every kind, in the order in which limits are listed.
    pub const ALL: [Self; 5] =
        [Self::Mean, Self::P95, Self::ErrorRate, Self::CacheHitRatio, Self::CertificateDays];

    /// The key in scenario files and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::P95 => "p95",
            Self::ErrorRate => "error_rate",
            Self::CacheHitRatio => "cache_hit_ratio",
            Self::CertificateDays => "certificate_days",
        }
    }

    /// The metric that is compared with the limit.
    pub fn metric(self) -> Metric {
        match self {
            Self::Mean => Metric::Time(TimeKind::Service, Reading::Mean),
            Self::P95 => Metric::Time(TimeKind::Service, Reading::Percentile(Percentile::P95)),
            Self::ErrorRate => Metric::ErrorRatio,
            Self::CacheHitRatio => Metric::CacheHitRatio,
            Self::CertificateDays => Metric::CertificateDays,
        }
    }

    /// Whether the limit is the smallest acceptable value; otherwise it is the largest.
    pub fn is_lower_limit(self) -> bool {
        self.metric().direction() == Direction::HigherIsBetter
    }
}

impl Objective {
    /// One limit, in the unit of its metric (microseconds, a ratio, or days); `None` where it is not set.
    pub fn limit(&self, kind: ObjectiveKind) -> Option<f64> {
        let micros = |span: Duration| span.as_secs_f64() * 1e6;
        match kind {
            ObjectiveKind::Mean => self.mean.map(micros),
            ObjectiveKind::P95 => self.p95.map(micros),
            ObjectiveKind::ErrorRate => self.error_rate,
            ObjectiveKind::CacheHitRatio => self.cache_hit_ratio,
            ObjectiveKind::CertificateDays => self.certificate_days,
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

/// Whether a limit of an SLO was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectiveState {
    /// The value lies within the limit.
    Met,
    /// The value lies beyond the limit.
    Violated,
    /// There is too little data to decide.
    Undecided,
}

impl ObjectiveState {
    /// Every state of an SLO, in the order of their declaration.
    pub const ALL: [Self; 3] = [Self::Met, Self::Violated, Self::Undecided];

    /// The value of `state` in files, kept from earlier versions.
    pub fn name(self) -> &'static str {
        match self {
            Self::Met => "held",
            Self::Violated => "broken",
            Self::Undecided => "unclear",
        }
    }

    /// The word in reports and on the terminal.
    pub fn label(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Violated => "violated",
            Self::Undecided => "undecided",
        }
    }
}

/// The sample that would decide an undecided limit, if the value stayed as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Requests: at least this many of the cell.
    Requests(u64),
    /// Valid windows: at least this many of the cell.
    Windows(u64),
    /// Responses that say whether they come from a cache: at least this many of the cell.
    CacheResponses(u64),
    /// Responses that say whether they come from a cache: there was none.
    CacheHeaders,
    /// A connection with TLS: there was none, or its certificate was not recorded.
    Certificate,
}

/// What a limit was compared with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Basis {
    /// All requests of the valid windows together.
    Requests,
    /// For errors: the fraction of the measured time in which the workload did not work, 0 to 1.
    Time(f64),
    /// The worst stretch of the length that the SLO names.
    Stretch(Stretch),
}

/// Consecutive windows of a cell, judged as one sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stretch {
    /// Value over the stretch. Units: as the limit's.
    pub value: f64,
    /// Numbers of its first and last window.
    pub windows: (u64, u64),
    /// Start of its first window.
    pub from: Timestamp,
    /// End of its last window.
    pub until: Timestamp,
    /// Number of stretches of the cell that violated the same limit; this one is the worst.
    pub violated: usize,
}

/// One limit of an SLO, compared with what was measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct JudgedLimit {
    /// Which limit of the SLO.
    pub kind: ObjectiveKind,
    /// The largest acceptable value; the smallest for a lower limit. Units: microseconds, a ratio, or days.
    pub limit: f64,
    /// Value over all valid windows, of days the lowest, in the unit of the limit; `None` where too little was measured to state it.
    pub value: Option<f64>,
    /// Whether the limit was met.
    pub state: ObjectiveState,
    /// What decided it.
    pub basis: Basis,
    /// Number of requests that were judged; for a cache, of responses that say hit or miss.
    pub requests: u64,
    /// What would decide it; `None` where it is decided.
    pub needs: Option<Needs>,
}

impl JudgedLimit {
    /// The value that decided: of the worst stretch, of the time down, or over all requests.
    pub fn decisive(&self) -> Option<f64> {
        match self.basis {
            Basis::Requests => self.value,
            Basis::Time(down) => Some(down),
            Basis::Stretch(stretch) => Some(stretch.value),
        }
    }

    /// How much of the limit is used: 1 is all of it, and more is beyond it. `None` without a value, and for a limit of
    /// zero; for a lower limit also for a value of zero or below.
    pub fn used(&self) -> Option<f64> {
        let value = self.decisive().filter(|_| self.limit > 0.0)?;
        if self.kind.is_lower_limit() {
            return (value > 0.0).then(|| self.limit / value);
        }
        Some(value / self.limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_lower_limit_more_is_used_the_lower_the_value() {
        let check = |kind, limit, value: Option<f64>, expected: Option<f64>| {
            let judged = JudgedLimit {
                kind,
                limit,
                value,
                state: ObjectiveState::Met,
                basis: Basis::Requests,
                requests: 1,
                needs: None,
            };
            assert_eq!(judged.used(), expected);
        };
        check(ObjectiveKind::ErrorRate, 0.01, Some(0.02), Some(2.0));
        check(ObjectiveKind::CacheHitRatio, 0.7, Some(0.35), Some(2.0));
        check(ObjectiveKind::CertificateDays, 14.0, Some(28.0), Some(0.5));
        check(ObjectiveKind::CertificateDays, 14.0, Some(-1.0), None);
        check(ObjectiveKind::CacheHitRatio, 0.7, None, None);
    }

    #[test]
    fn limits_are_in_the_unit_of_their_metric() {
        let objective = Objective {
            p95: Some(Duration::from_millis(20)),
            error_rate: Some(0.01),
            ..Objective::default()
        };
        let limits: Vec<_> = objective.limits().collect();
        assert_eq!(limits, [(ObjectiveKind::P95, 20_000.0), (ObjectiveKind::ErrorRate, 0.01)]);
        let lower = Objective { cache_hit_ratio: Some(0.7), certificate_days: Some(14.0), ..objective };
        let limits: Vec<_> = lower.limits().skip(2).collect();
        assert_eq!(limits, [(ObjectiveKind::CacheHitRatio, 0.7), (ObjectiveKind::CertificateDays, 14.0)]);
        assert!(limits.iter().all(|(kind, _)| kind.is_lower_limit()));
        assert!(objective.limits().all(|(kind, _)| !kind.is_lower_limit()));
        assert!(Objective { over: Some(Duration::from_secs(1)), ..Objective::default() }.is_empty());
    }
}
