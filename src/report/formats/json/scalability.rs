//! How throughput grows with users: the fitted laws, in `report.json` and in what `capacity` prints.

use schemars::JsonSchema;
use serde::Serialize;

use crate::report::formats::values::{Interval, finite};
use crate::report::formats::words::Word;
use crate::stats::bounded::{Bounded, Knee};
use crate::stats::growth::Growth;
use crate::stats::usl::Law;
use crate::stats::{growth, usl};

/// The law that the points support, and the coefficients of the Universal Scalability Law, of which the others are
/// special cases.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::report) struct Scalability {
    /// The law that the points support; null where none is chosen.
    model: Option<Word<Growth>>,
    /// Why no law is chosen; null where one is.
    no_model: Option<String>,
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
    /// Where throughput levels off; null where the law does not, or where the highest level is far below.
    level_off: Option<LevelOff>,
    /// The limit of throughput under the chosen law, reached or not; null where the law has none.
    limit: Option<f64>,
    tested: Tested,
    /// The fit of each law.
    models: Models,
}

impl From<&usl::Scalability> for Scalability {
    fn from(found: &usl::Scalability) -> Self {
        let (fit, amdahl) = (found.fit(Law::Usl), found.fit(Law::Amdahl));
        let limit = match found.law {
            Ok(Growth::Constant) => Some(found.constant.throughput),
            Ok(Growth::Bounded) => Some(found.bounded.limit),
            Ok(Growth::Amdahl) => finite(amdahl.gamma / amdahl.alpha),
            _ => None,
        };
        let (users, throughput) = found.tested;
        Self {
            model: found.law.ok().map(Word),
            no_model: found.law.err().map(|why| why.to_string()),
            alpha: fit.alpha,
            beta: fit.beta,
            gamma: fit.gamma,
            standard_error: fit.into(),
            interval_95: fit.into(),
            peak: found.peak.as_ref().ok().map(Peak::from),
            refused: found.peak.as_ref().err().map(ToString::to_string),
            level_off: found.level_off.as_ref().map(LevelOff::from),
            limit,
            tested: Tested { users, throughput },
            models: Models {
                constant: (&found.constant).into(),
                linear: found.fit(Law::Linear).into(),
                amdahl: found.fit(Law::Amdahl).into(),
                bounded: (&found.bounded).into(),
                usl: fit.into(),
            },
        }
    }
}

/// Every law fitted to the points.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Models {
    constant: ConstantFit,
    linear: LawFit,
    amdahl: LawFit,
    bounded: BoundedFit,
    usl: LawFit,
}

/// The same throughput at every level.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct ConstantFit {
    /// The weighted mean, in the unit of the points.
    throughput: f64,
    /// Weighted sum of squared residuals.
    residual_sum_of_squares: f64,
    /// Akaike's criterion for small samples; null where there are too few points for it.
    aicc: Option<f64>,
}

impl From<&usl::Constant> for ConstantFit {
    fn from(fit: &usl::Constant) -> Self {
        Self { throughput: fit.throughput, residual_sum_of_squares: fit.residual, aicc: fit.aicc }
    }
}

/// Growth up to a bound.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct BoundedFit {
    /// The bound, in the unit of the points.
    limit: f64,
    /// Number of users at which the first straight line meets the bound.
    users: f64,
    /// Whether the line meets the bound in a sharp knee; false where queues round it, as in a closed system.
    is_sharp: bool,
    /// Weighted sum of squared residuals.
    residual_sum_of_squares: f64,
    /// Akaike's criterion for small samples; null where there are too few points for it.
    aicc: Option<f64>,
}

impl From<&Bounded> for BoundedFit {
    fn from(fit: &Bounded) -> Self {
        Self {
            limit: fit.limit,
            users: fit.users,
            is_sharp: fit.knee == Knee::Sharp,
            residual_sum_of_squares: fit.residual,
            aicc: fit.aicc,
        }
    }
}

/// Where throughput levels off.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct LevelOff {
    /// The throughput, in the unit of the points.
    throughput: f64,
    /// 95% confidence interval of `throughput`; null where as many parameters as points were fitted.
    throughput_interval_95: Option<Interval>,
    /// Number of users from which it holds; the lowest level where throughput is constant.
    users: f64,
    /// 95% confidence interval of `users`; null as above, and where throughput is constant.
    users_interval_95: Option<Interval>,
}

impl From<&growth::LevelOff> for LevelOff {
    fn from(found: &growth::LevelOff) -> Self {
        Self {
            throughput: found.throughput,
            throughput_interval_95: found.throughput_interval.map(Interval::from),
            users: found.users,
            users_interval_95: found.users_interval.map(Interval::from),
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
