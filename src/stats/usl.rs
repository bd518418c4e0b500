//! How throughput grows with users: linear, Amdahl's law, and the Universal Scalability Law, beside a constant and growth
//! up to a bound, with honest intervals and a refusal to extrapolate from too little.
//!
//! X(N) = gamma N / (1 + alpha (N - 1) + beta N (N - 1)). Akaike's criterion counts alpha, beta and gamma, not the
//! residual variance: counted with it, the published data with the clearest peak would be called Amdahl's.
//! Source: Gunther (2007), chapters 4 to 6.

use super::bounded::Bounded;
use super::growth::{Growth, LevelOff, NoLaw};
use super::{Estimate, t_test};

/// Fewer levels than this prove no peak.
pub const LEAST_LEVELS: usize = 6;
/// A law with the coefficients alpha, beta and gamma: of how throughput grows with the number of users.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Law {
    /// Alpha and beta are 0: each user adds as much as the first.
    Linear,
    /// Beta is 0: a share of the work is done one at a time.
    Amdahl,
    /// Users also wait for each other in pairs, so that there is a peak.
    Usl,
}

impl Law {
    /// Every law, from the simplest to the most general.
    pub const ALL: [Self; 3] = [Self::Linear, Self::Amdahl, Self::Usl];

    /// The name of the law in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Linear => "linear",
            Self::Amdahl => "amdahl",
            Self::Usl => "usl",
        }
    }
}

/// Throughput at a number of users.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Number of concurrent users, above 0.
    pub users: f64,
    /// Throughput, in any unit.
    pub throughput: f64,
    /// How much the point counts: 1, or the inverse of its variance.
    pub weight: f64,
}

/// How much the values of one level scatter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scatter {
    /// Squared standard error of the level's mean throughput, in the unit of the points.
    pub variance: f64,
    /// Degrees of freedom behind it, above 0.
    pub degrees: f64,
}

/// The same throughput at every level, fitted to points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Constant {
    /// The weighted mean, in the unit of the points.
    pub throughput: f64,
    /// Its 95% interval; `None` where the fit leaves no degree of freedom.
    pub interval: Option<(f64, f64)>,
    /// The weighted sum of squared residuals.
    pub residual: f64,
    /// Degrees of freedom: number of points less 1.
    pub degrees: usize,
    /// Akaike's criterion for small samples; `None` where the sample is too small for it.
    pub aicc: Option<f64>,
    /// The highest throughput of the points.
    pub(super) unit: f64,
}

/// A law fitted to points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fit {
    /// Contention: the part of the work that is done one at a time, 0 to 1; dimensionless.
    pub alpha: f64,
    /// Coherency: the cost of users waiting for each other in pairs; dimensionless, 0 where there is none.
    pub beta: f64,
    /// Throughput of one user, in the unit of the points.
    pub gamma: f64,
    /// Of alpha, beta and gamma; `None` for what is fixed or lies on its bound, or where no degree of freedom is left.
    pub standard_error: [Option<f64>; 3],
    /// The 95% intervals: t on the degrees of freedom.
    pub interval: [Option<(f64, f64)>; 3],
    /// The weighted sum of squared residuals.
    pub residual: f64,
    /// Degrees of freedom: number of points less number of free parameters, at least 0.
    pub degrees: usize,
    /// Akaike's criterion for small samples; `None` where the sample is too small for it.
    pub aicc: Option<f64>,
    pub(super) covariance: Option<[[f64; 3]; 3]>,
}

impl Fit {
    /// The throughput that the law gives at a number of users.
    pub fn throughput(&self, users: f64) -> f64 {
        law(&[self.alpha, self.beta, self.gamma], users).0
    }

    /// The same with its 95% interval; `None` where the fit leaves no degree of freedom.
    pub fn estimate(&self, users: f64) -> Option<Estimate> {
        let (value, slopes) = law(&[self.alpha, self.beta, self.gamma], users);
        let half = t_test::quantile(0.95, self.degrees as f64) * self.spread(&slopes)?;
        Some(Estimate { value, low: value - half, high: value + half })
    }

    /// The squared residuals, and the degrees of freedom they leave.
    pub(super) fn leftover(&self) -> (f64, usize) {
        (self.residual, self.degrees)
    }

    /// The standard error of what changes with the parameters so fast.
    pub(super) fn spread(&self, slopes: &[f64; 3]) -> Option<f64> {
        let covariance = self.covariance?;
        let variance: f64 =
            (0..3).map(|i| (0..3).map(|j| slopes[i] * covariance[i][j] * slopes[j]).sum::<f64>()).sum();
        Some(variance.max(0.0).sqrt())
    }
}

/// The peak of throughput, with 95% confidence intervals.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Peak {
    /// Number of users at which throughput is largest.
    pub users: Estimate,
    /// Throughput at the peak, in the unit of the points.
    pub throughput: Estimate,
}

/// Why there is no estimate of the peak.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Refusal {
    /// Fewer than [`LEAST_LEVELS`] load levels were tested.
    TooFewLevels {
        /// Number of different load levels.
        levels: usize,
    },
    /// A law without a peak explains the points as well; whether the levels reach the throughput that it levels off at.
    NoPeak(Growth, bool),
    /// Throughput falls, but not as the Universal Scalability Law does.
    NoneFits,
    /// Throughput falls from the first level on.
    Falls,
    /// That throughput falls again beyond some point may be chance: the interval of beta, or of the fall, holds 0.
    MayBeChance,
    /// The highest level lies far below where the peak may be.
    TestedTooLow {
        /// Users of the highest level that was tested.
        tested: f64,
        /// Where the fit would put the peak.
        fitted: f64,
        /// The upper end of its interval.
        high: f64,
    },
    /// The interval is too wide.
    TooUncertain {
        /// How far it reaches, relative to the peak.
        reach: f64,
    },
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::TooFewLevels { levels } => {
                write!(f, "needs {LEAST_LEVELS} load levels, {levels} were tested")
            }
            Self::NoPeak(Growth::Constant, _) => {
                f.write_str("throughput does not depend on the number of users")
            }
            Self::NoPeak(Growth::Linear, _) => {
                f.write_str("throughput grows linearly over the tested range")
            }
            Self::NoPeak(_, true) => {
                f.write_str("throughput levels off, and the data do not show that it falls again")
            }
            Self::NoPeak(_, false) => f.write_str("the data do not show that throughput falls"),
            Self::NoneFits => f.write_str(
                "throughput falls at the highest levels, but the Universal Scalability Law does not fit how it does",
            ),
            Self::Falls => {
                f.write_str("throughput falls from the first level on, so the peak is below the tested range")
            }
            Self::MayBeChance => {
                f.write_str("the fall of throughput may be chance: its 95 % interval includes 0")
            }
            Self::TestedTooLow { tested, fitted, high } => write!(
                f,
                "the fitted peak is at {fitted:.0} users (upper bound {high:.0}), and only {tested:.0} were tested"
            ),
            Self::TooUncertain { reach } => {
                write!(
                    f,
                    "its throughput is known to within {:.0} % only, and the limit is 25 %",
                    reach * 100.0
                )
            }
        }
    }
}

/// All laws fitted to the same points, and what the points support.
#[derive(Debug, Clone, PartialEq)]
pub struct Scalability {
    /// The law that the points support, or why none is chosen.
    pub law: Result<Growth, NoLaw>,
    /// The fits with coefficients, in the order of [`Law::ALL`].
    pub fits: [Fit; 3],
    /// The fit of growth up to a bound.
    pub bounded: Bounded,
    /// The fit of a constant.
    pub constant: Constant,
    /// Where throughput levels off; `None` where the law does not, or the highest level is far below.
    pub level_off: Option<LevelOff>,
    /// The peak, or why it cannot be estimated.
    pub peak: Result<Peak, Refusal>,
    /// The highest level, and the highest throughput seen.
    pub tested: (f64, f64),
}

impl Scalability {
    /// The fit of one law.
    pub fn fit(&self, law: Law) -> &Fit {
        &self.fits[law as usize]
    }

    /// The throughput that the chosen law gives at a number of users; `None` where none is chosen.
    pub fn throughput(&self, users: f64) -> Option<f64> {
        Some(match self.law.ok()? {
            Growth::Constant => self.constant.throughput,
            Growth::Linear => self.fit(Law::Linear).throughput(users),
            Growth::Amdahl => self.fit(Law::Amdahl).throughput(users),
            Growth::Bounded => self.bounded.throughput(users),
            Growth::Usl => self.fit(Law::Usl).throughput(users),
        })
    }

    /// The same with its 95% interval; `None` also where the fit leaves no degree of freedom.
    pub fn estimate(&self, users: f64) -> Option<Estimate> {
        match self.law.ok()? {
            Growth::Constant => {
                let (low, high) = self.constant.interval?;
                Some(Estimate { value: self.constant.throughput, low, high })
            }
            Growth::Linear => self.fit(Law::Linear).estimate(users),
            Growth::Amdahl => self.fit(Law::Amdahl).estimate(users),
            Growth::Bounded => self.bounded.estimate(users),
            Growth::Usl => self.fit(Law::Usl).estimate(users),
        }
    }
}

/// Why points cannot be fitted.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FitError {
    /// Three parameters need three levels.
    #[error("needs at least 3 different load levels, found {levels}")]
    TooFewLevels {
        /// Number of different load levels.
        levels: usize,
    },
    /// A point that no measurement gives.
    #[error("users must be above 0 and throughput at least 0, found {throughput} at {users} users")]
    NotAMeasurement {
        /// Number of users of the point.
        users: f64,
        /// Throughput of the point.
        throughput: f64,
    },
    /// Throughput is 0 at every level.
    #[error("all throughput values are 0")]
    Nothing,
}

/// The law's value and its derivatives by alpha, beta and gamma.
pub(super) fn law(parameters: &[f64; 3], users: f64) -> (f64, [f64; 3]) {
    let [alpha, beta, gamma] = parameters;
    let (contention, coherency) = (users - 1.0, users * (users - 1.0));
    let slowdown = 1.0 + alpha * contention + beta * coherency;
    let each = users / slowdown;
    let value = gamma * each;
    (value, [-value * contention / slowdown, -value * coherency / slowdown, each])
}
