//! Means of few values: their intervals, and the significance of their difference.

use statrs::distribution::{Continuous, ContinuousCDF, StudentsT};

use super::Estimate;
use super::autocorrelation::{effective_size, lag_1};
use super::robust::describe;

/// The deviation, in standard errors, that encloses `confidence` of the t distribution on both sides.
///
/// Shape: `degrees` above 0, `confidence` within 0 and 1.
pub fn quantile(confidence: f64, degrees: f64) -> f64 {
    let probability = f64::midpoint(1.0, confidence);
    StudentsT::new(0.0, 1.0, degrees).map_or(f64::INFINITY, |t| {
        // The library's inverse is exact to five digits at many degrees; two Newton steps provide the rest.
        let polish = |x: f64| x - (t.cdf(x) - probability) / t.pdf(x);
        let rough = t.inverse_cdf(probability);
        let polished = polish(polish(rough));
        if polished.is_finite() { polished } else { rough }
    })
}

/// The probability of a deviation of at least `t` standard errors, on either side.
pub fn two_sided_p(t: f64, degrees: f64) -> f64 {
    StudentsT::new(0.0, 1.0, degrees).map_or(1.0, |distribution| 2.0 * distribution.cdf(-t.abs()))
}

/// A mean with its uncertainty, and the degrees of freedom behind it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mean {
    /// Arithmetic mean, in the unit of the values.
    pub mean: f64,
    /// Squared standard error of the mean.
    pub variance: f64,
    /// Degrees of freedom behind the standard error.
    pub degrees: f64,
}

impl Mean {
    /// The mean of independent values; `None` below two, or where one is not finite.
    pub fn of_independent(values: &[f64]) -> Option<Self> {
        let described = describe(values)?;
        let n = described.n as f64;
        Some(Self { mean: described.mean, variance: described.sigma.powi(2) / n, degrees: n - 1.0 })
    }

    /// The mean of a series in which each value depends on the one before.
    ///
    /// Counts only as many values as the series is worth; see [`effective_size`].
    pub fn of_series(values: &[f64]) -> Option<Self> {
        let described = describe(values)?;
        let phi = lag_1(values).unwrap_or(0.0);
        Some(Self::of_described_series(described.n, described.mean, described.sigma, phi))
    }

    /// The mean of a series that is known only by size (at least 2), mean, deviation and lag-1 autocorrelation.
    pub fn of_described_series(n: usize, mean: f64, sigma: f64, lag_1: f64) -> Self {
        let worth = effective_size(n, lag_1);
        // The spread around an estimated mean is too small because of the same dependence.
        let unbiased = (1.0 - 1.0 / worth) / (1.0 - 1.0 / n as f64);
        Self { mean, variance: sigma.powi(2) / unbiased / worth, degrees: worth - 1.0 }
    }

    /// The mean with its 95% interval, from the t distribution.
    pub fn estimate(&self) -> Estimate {
        let half = quantile(0.95, self.degrees) * self.variance.sqrt();
        Estimate { value: self.mean, low: self.mean - half, high: self.mean + half }
    }
}

/// Difference of two means, and its significance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    /// Second mean less the first, with its 95% interval.
    pub estimate: Estimate,
    /// Difference divided by its standard error.
    pub t: f64,
    /// Degrees of freedom behind the standard error; need not be whole.
    pub degrees: f64,
    /// Two-sided probability of such a difference between equal means.
    pub p: f64,
}

/// Compares two means without assuming equal variances; `None` where neither varies.
///
/// A mean whose variance is 0 contributes nothing to it, and the other's degrees remain.
///
/// Source: Welch (1947), with Satterthwaite's degrees.
pub fn welch(first: &Mean, second: &Mean) -> Option<Difference> {
    let variance = first.variance + second.variance;
    if variance.is_nan() || variance <= 0.0 {
        return None;
    }
    let degrees = variance.powi(2)
        / (first.variance.powi(2) / first.degrees + second.variance.powi(2) / second.degrees);
    let (value, error) = (second.mean - first.mean, variance.sqrt());
    let (t, half) = (value / error, quantile(0.95, degrees) * error);
    let estimate = Estimate { value, low: value - half, high: value + half };
    Some(Difference { estimate, t, degrees, p: two_sided_p(t, degrees) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn golden_values() {
        // Source: scipy.stats.ttest_ind([3.1, 2.9, 3.3, 3.0], [3.6, 3.9, 3.5, 3.8, 3.4], equal_var=False).
        let first = Mean::of_independent(&[3.1, 2.9, 3.3, 3.0]).unwrap();
        let second = Mean::of_independent(&[3.6, 3.9, 3.5, 3.8, 3.4]).unwrap();
        let found = welch(&first, &second).unwrap();
        assert!((found.t - 4.481_916_1).abs() < 1e-6, "{found:?}");
        assert!((found.p - 0.002_886_32).abs() < 1e-7, "{found:?}");
    }

    #[test]
    fn what_does_not_vary_is_not_compared() {
        let constant = Mean::of_independent(&[1.0, 1.0]).unwrap();
        assert_eq!(welch(&constant, &constant), None);
        assert_eq!(Mean::of_series(&[1.0]), None);
    }
}
