//! What the growth of throughput with users comes to: the law that the points support, and where it levels off.

use super::Estimate;

/// Fewer levels than this choose no law.
pub const LEAST_TO_CHOOSE: usize = 5;

/// How throughput grows with users, as far as the points show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Growth {
    /// The same throughput at every level: the lowest one saturates the target already.
    Constant,
    /// Each user adds as much as the first.
    Linear,
    /// Amdahl's law: part of the work is done one at a time, so each user adds less than the one before.
    Amdahl,
    /// Proportional at first, then level at a bound that it does not pass.
    Bounded,
    /// The Universal Scalability Law: throughput falls again beyond a peak.
    Usl,
}

impl Growth {
    /// Every kind of growth, from the simplest to the most general.
    pub const ALL: [Self; 5] = [Self::Constant, Self::Linear, Self::Amdahl, Self::Bounded, Self::Usl];

    /// The name of the law in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Constant => "constant",
            Self::Linear => "linear",
            Self::Amdahl => "amdahl",
            Self::Bounded => "bounded",
            Self::Usl => "usl",
        }
    }
}

/// Why no law is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoLaw {
    /// Fewer than [`LEAST_TO_CHOOSE`] load levels were tested.
    #[error("too few load levels to choose a law: {levels} of {LEAST_TO_CHOOSE}")]
    TooFewLevels {
        /// Number of different load levels.
        levels: usize,
    },
    /// Throughput falls, and no law here falls like that.
    #[error("throughput falls at the highest levels, and no law fits how it does")]
    NoneFits,
}

/// The throughput that a target levels off at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LevelOff {
    /// The bound, in the unit of the points.
    pub throughput: f64,
    /// Its 95% interval; `None` where the fit leaves no degree of freedom.
    pub throughput_interval: Option<(f64, f64)>,
    /// Number of users from which it holds: where the first straight line meets the bound. The lowest level where
    /// throughput is constant.
    pub users: f64,
    /// Its 95% interval; `None` as above, and where throughput is constant.
    pub users_interval: Option<(f64, f64)>,
}

impl LevelOff {
    /// A bound and its place, each with its standard error. Both are positive, and their intervals are too.
    pub(super) fn of(throughput: (f64, Option<f64>), users: (f64, Option<f64>), t: f64) -> Self {
        let interval = |(value, error): (f64, Option<f64>)| {
            let reach = (t * error? / value).exp();
            (reach.is_finite() && value > 0.0).then(|| Estimate {
                value,
                low: value / reach,
                high: value * reach,
            })
        };
        let ends = |estimate: Estimate| (estimate.low, estimate.high);
        Self {
            throughput: throughput.0,
            throughput_interval: interval(throughput).map(ends),
            users: users.0,
            users_interval: interval(users).map(ends),
        }
    }
}
