//! Statistics as pure functions over numbers: no I/O, no clock, nothing of this crate.
//!
//! An [`Estimate`] never travels without its interval.

pub mod autocorrelation;
pub mod bounded;
pub mod changepoint;
mod closed_system;
pub mod daily;
mod decline;
pub mod forecast;
pub mod growth;
mod known;
pub mod least_squares;
pub mod moderation;
pub mod multiplicity;
pub mod normal;
pub mod proportion;
pub mod quantile;
pub mod robust;
mod scaling_choice;
pub mod stretch_fit;
mod swing;
pub mod t_test;
pub mod tail;
pub mod trend;
pub mod usl;
pub mod usl_fit;
pub mod warm_up;

/// A value with its 95% confidence interval.
///
/// Units: those of the value. Shape: `low <= high`; the value lies between them unless the method is not symmetric.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// Point estimate, within the interval unless the method is not symmetric.
    pub value: f64,
    /// Lower end of the 95% confidence interval.
    pub low: f64,
    /// Upper end of the 95% confidence interval.
    pub high: f64,
}

impl Estimate {
    /// The estimate of a quantity that increases with this one, such as its exponential.
    #[must_use]
    pub fn map(self, increasing: impl Fn(f64) -> f64) -> Self {
        Self { value: increasing(self.value), low: increasing(self.low), high: increasing(self.high) }
    }

    /// Whether a value lies within the interval, ends included.
    pub fn covers(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }
}
