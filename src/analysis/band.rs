//! The band of +-2 sigma that a value is compared with.

use crate::domain::metric::Metric;

use super::series::Scale;

/// Distance from what it is compared with, in sigmas, beyond which a value is an outlier.
pub const FLAG_SIGMAS: f64 = 2.0;

/// A baseline, or what was expected at one moment, as a band. Units: the metric's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Band {
    /// Baseline value: the mean, geometric for times and throughput. At one moment: the expected value.
    pub baseline: f64,
    /// Lower end of the band, two sigmas below.
    pub low: f64,
    /// Upper end of the band, two sigmas above.
    pub high: f64,
}

impl Band {
    /// The band of a baseline whose mean and sigma lie on the metric's scale.
    pub fn of(metric: Metric, mean: f64, sigma: f64) -> Self {
        let scale = Scale::of(metric);
        let reach = FLAG_SIGMAS * sigma;
        Self { baseline: scale.take(mean), low: scale.take(mean - reach), high: scale.take(mean + reach) }
    }
}
