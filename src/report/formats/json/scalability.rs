//! How throughput grows with users: the fitted laws, in `report.json` and in what `capacity` prints.

use schemars::JsonSchema;
use serde::Serialize;

use crate::report::formats::values::{Interval, finite};
use crate::report::formats::words::{ByWord, Word};
use crate::stats::usl;
use crate::stats::usl::Law;

/// The law that the points support, and the coefficients of the Universal Scalability Law, of which the others are
/// special cases.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::report) struct Scalability {
    /// The law that the points support.
    model: Word<Law>,
    /// Contention coefficient: how much users wait for shared resources.
    alpha: f64,
    /// Coherency coefficient: how much users must coordinate with each other.
    beta: f64,
    /// Throughput of one user, in the unit of the points.
    gamma: f64,
    standard_error: StandardErrors,
    interval_95: Intervals,
    /// Where throughput is largest; null where the points do not support an estimate.
    peak: Option<Peak>,
    /// Why there is no peak; null where there is one.
    refused: Option<String>,
    /// The throughput that Amdahl's law levels off at; null under another law.
    limit: Option<f64>,
    tested: Tested,
    /// The fit of each law.
    models: ByWord<Law, LawFit>,
}

impl From<&usl::Scalability> for Scalability {
    fn from(found: &usl::Scalability) -> Self {
        let (fit, amdahl) = (found.fit(Law::Usl), found.fit(Law::Amdahl));
        let levels_off = found.law == Law::Amdahl && amdahl.alpha > 0.0;
        let (users, throughput) = found.tested;
        Self {
            model: Word(found.law),
            alpha: fit.alpha,
            beta: fit.beta,
            gamma: fit.gamma,
            standard_error: fit.into(),
            interval_95: fit.into(),
            peak: found.peak.as_ref().ok().map(Peak::from),
            refused: found.peak.as_ref().err().map(ToString::to_string),
            limit: levels_off.then(|| amdahl.gamma / amdahl.alpha),
            tested: Tested { users, throughput },
            models: ByWord::of(|law| found.fit(law).into()),
        }
    }
}

/// One law fitted to the points.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct LawFit {
    /// Contention; 0 where the law has none.
    alpha: f64,
    /// Coherency; 0 where the law has none.
    beta: f64,
    /// Throughput of one user, in the unit of the points.
    gamma: f64,
    standard_error: StandardErrors,
    interval_95: Intervals,
    /// Weighted sum of squared residuals.
    residual_sum_of_squares: f64,
    /// Akaike's criterion for small samples; null where there are too few points for it.
    aicc: Option<f64>,
}

impl From<&usl::Fit> for LawFit {
    fn from(fit: &usl::Fit) -> Self {
        Self {
            alpha: fit.alpha,
            beta: fit.beta,
            gamma: fit.gamma,
            standard_error: fit.into(),
            interval_95: fit.into(),
            residual_sum_of_squares: fit.residual,
            aicc: fit.aicc,
        }
    }
}

/// Standard errors; null for what is fixed or on its bound, and where no degree of freedom is left.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct StandardErrors {
    alpha: Option<f64>,
    beta: Option<f64>,
    gamma: Option<f64>,
}

impl From<&usl::Fit> for StandardErrors {
    fn from(fit: &usl::Fit) -> Self {
        let [alpha, beta, gamma] = fit.standard_error.map(|error| error.and_then(finite));
        Self { alpha, beta, gamma }
    }
}

/// 95% intervals; null where there is no standard error.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Intervals {
    alpha: Option<Interval>,
    beta: Option<Interval>,
    gamma: Option<Interval>,
}

impl From<&usl::Fit> for Intervals {
    fn from(fit: &usl::Fit) -> Self {
        let [alpha, beta, gamma] = fit.interval.map(|interval| interval.map(Interval::from));
        Self { alpha, beta, gamma }
    }
}

/// The peak of the fitted curve of throughput over users.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Peak {
    /// Number of users at the peak.
    users: f64,
    /// The throughput there, in the unit of the points.
    throughput: f64,
    /// 95% confidence interval of `users`.
    users_interval_95: Interval,
    /// 95% confidence interval of `throughput`.
    throughput_interval_95: Interval,
}

impl From<&usl::Peak> for Peak {
    fn from(peak: &usl::Peak) -> Self {
        Self {
            users: peak.users.value,
            throughput: peak.throughput.value,
            users_interval_95: peak.users.into(),
            throughput_interval_95: peak.throughput.into(),
        }
    }
}

/// How far the points reach.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Tested {
    /// The largest number of users that was measured.
    users: f64,
    /// The highest throughput, in the unit of the points.
    throughput: f64,
}
