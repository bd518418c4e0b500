//! Tails and quantiles of the normal distribution.

use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

/// The probability that a normal value lies more than `sigmas` deviations from its mean, on either side.
///
/// Units: probability. Shape: `sigmas` at least 0; 2 gives 0.0455.
pub fn two_sided_tail(sigmas: f64) -> f64 {
    2.0 * Normal::standard().cdf(-sigmas.abs())
}

/// The probability that a new value lies more than `sigmas` estimated deviations from an estimated mean of `n` values.
///
/// It is larger than [`two_sided_tail`]: t on n - 1 degrees, scaled by sqrt(1 + 1/n); 20 values give 0.066 instead of
/// 0.0455 at 2 sigma. Shape: `n` at least 2, otherwise `None`.
/// Source: the prediction interval of a normal sample, for instance Hahn and Meeker, section 4.6.
pub fn two_sided_tail_of_estimate(sigmas: f64, n: usize) -> Option<f64> {
    let degrees = n.checked_sub(1).filter(|degrees| *degrees > 0)? as f64;
    let t = StudentsT::new(0.0, 1.0, degrees).ok()?;
    Some(2.0 * t.cdf(-sigmas.abs() / (1.0 + 1.0 / n as f64).sqrt()))
}

/// The value, in standard deviations, below which a normal value lies with this probability.
///
/// Shape: `probability` strictly between 0 and 1.
pub fn quantile(probability: f64) -> f64 {
    Normal::standard().inverse_cdf(probability)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tabled_values() {
        // Source: any table of the normal distribution; scipy.stats.norm.sf(2) * 2.
        assert!((two_sided_tail(2.0) - 0.045_500_263_9).abs() < 1e-9);
        assert!((quantile(0.975) - 1.959_963_985).abs() < 1e-6);
    }

    #[test]
    fn an_estimated_baseline_flags_more() {
        // Source: scipy.stats.t.sf(2 / sqrt(1 + 1/20), 19) * 2.
        assert!((two_sided_tail_of_estimate(2.0, 20).unwrap() - 0.065_860_2).abs() < 1e-6);
        assert!((two_sided_tail_of_estimate(2.0, 100_000).unwrap() - two_sided_tail(2.0)).abs() < 1e-5);
        assert_eq!(two_sided_tail_of_estimate(2.0, 1), None);
    }
}
