//! The endpoint that is worst off against its SLO, in words and as JSON.

use schemars::JsonSchema;
use serde::Serialize;

use crate::analysis::run_judge::Judged;
use crate::domain::objective::{JudgedLimit, ObjectiveKind, ObjectiveState};
use crate::report::formats::json::verdict::Objective;
use crate::report::wording::phrases::metric_value;
use crate::report::wording::verdicts::{limit_value, limit_words};

/// A limit of an SLO, and the cell that it belongs to.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Worst {
    /// Name of the endpoint.
    pub(super) endpoint: String,
    /// Name of the load level.
    pub(super) level: String,
    /// The limit, judged.
    pub(super) limit: JudgedLimit,
}

impl Worst {
    /// The worst limit of a run; `None` where no SLO is set.
    pub(super) fn of(judged: &Judged) -> Option<Self> {
        let limits = judged.cells.iter().flat_map(|(cell, evidence)| {
            evidence.limits.iter().map(|limit| Self {
                endpoint: cell.series(),
                level: cell.level.to_string(),
                limit: *limit,
            })
        });
        Self::among(limits)
    }

    /// The violated limit that is furthest exceeded; else one that is exceeded and not decided; else the p95 that uses most of its
    /// limit; else any other limit.
    pub(super) fn among(limits: impl IntoIterator<Item = Self>) -> Option<Self> {
        let rank = |worst: &Self| {
            let limit = &worst.limit;
            let is_known = limit.decisive().is_some();
            // An undecided value beyond its limit is worse off than any that meets it.
            let is_beyond = limit.used().is_some_and(|used| used > 1.0);
            (limit.state == ObjectiveState::Violated, is_beyond, is_known, limit.kind == ObjectiveKind::P95)
        };
        let used = |worst: &Self| worst.limit.used().unwrap_or(0.0);
        limits.into_iter().reduce(|best, next| {
            let order = rank(&next).cmp(&rank(&best)).then_with(|| used(&next).total_cmp(&used(&best)));
            if order.is_gt() { next } else { best }
        })
    }

    /// In a sentence: `browse at heavy_load: p95 service time 75 ms, limit 50 ms`.
    pub(super) fn words(&self) -> String {
        let state = match self.limit.state {
            ObjectiveState::Violated => " (violated)",
            ObjectiveState::Met | ObjectiveState::Undecided => "",
        };
        format!("{} at {}: {}{state}", self.endpoint, self.level, limit_words(&self.limit))
    }

    /// In a table: the endpoint, and its value over its limit, such as `browse` and `p95 75 ms/50 ms`.
    pub(super) fn brief(&self) -> (&str, String) {
        let name = match self.limit.kind {
            ObjectiveKind::Mean => "mean",
            ObjectiveKind::P95 => "p95",
            ObjectiveKind::ErrorRate => "errors",
            ObjectiveKind::CacheHitRatio => "cache",
            ObjectiveKind::CertificateDays => "cert",
        };
        let value = metric_value(self.limit.kind.metric(), self.limit.decisive());
        let limit = limit_value(self.limit.kind, self.limit.limit);
        (&self.endpoint, format!("{name} {value}/{limit}"))
    }
}

/// The endpoint that is worst off against its SLO.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct WorstOutput<'a> {
    /// Name of the endpoint.
    endpoint: &'a str,
    /// Name of the load level.
    level: &'a str,
    /// The limit: the violated one that is furthest exceeded, else the p95 that uses most of its limit, else any other.
    slo: Objective,
}

impl<'a> From<&'a Worst> for WorstOutput<'a> {
    fn from(worst: &'a Worst) -> Self {
        Self { endpoint: &worst.endpoint, level: &worst.level, slo: (&worst.limit).into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::objective::Basis;

    fn worst(kind: ObjectiveKind, value: Option<f64>, limit: f64, state: ObjectiveState) -> Worst {
        let limit =
            JudgedLimit { kind, limit, value, state, basis: Basis::Requests, requests: 100, needs: None };
        Worst { endpoint: "browse".to_owned(), level: "heavy".to_owned(), limit }
    }

    #[test]
    fn a_violation_comes_first_then_the_p95_that_uses_most() {
        let check = |all: &[Worst], expected: usize| {
            assert_eq!(Worst::among(all.iter().cloned()).as_ref(), Some(&all[expected]));
        };
        let p95 = |value| worst(ObjectiveKind::P95, Some(value), 50_000.0, ObjectiveState::Met);
        let errors = worst(ObjectiveKind::ErrorRate, Some(0.009), 0.01, ObjectiveState::Met);
        let violated = worst(ObjectiveKind::Mean, Some(2.0), 1.0, ObjectiveState::Violated);
        let unknown = worst(ObjectiveKind::P95, None, 50_000.0, ObjectiveState::Undecided);
        check(&[p95(20_000.0), errors.clone(), p95(40_000.0)], 2);
        check(&[errors.clone(), violated, p95(49_000.0)], 1);
        let down = worst(ObjectiveKind::ErrorRate, Some(0.0104), 0.01, ObjectiveState::Undecided);
        check(&[p95(49_000.0), down], 1);
        check(&[unknown.clone(), errors], 1);
        check(&[unknown], 0);
        assert_eq!(Worst::among([]), None);
    }

    #[test]
    fn values_stand_with_their_limits() {
        let found = worst(ObjectiveKind::P95, Some(75_000.0), 50_000.0, ObjectiveState::Violated);
        assert_eq!(found.words(), "browse at heavy: p95 service time 75.0 ms, limit 50 ms (violated)");
        assert_eq!(found.brief(), ("browse", "p95 75.0 ms/50 ms".to_owned()));
    }
}
