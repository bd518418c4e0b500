//! Autocorrelation of a series, and the number of independent values it is worth.

/// The autocorrelation of a series at a lag.
///
/// Units: -1 to 1. Shape: `None` where the series is not longer than the lag, does not vary or is not finite.
/// Source: Box and Jenkins, section 2.1.5, with the divisor n throughout.
pub fn at_lag(values: &[f64], lag: usize) -> Option<f64> {
    if values.len() <= lag.max(1) {
        return None;
    }
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let square: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let product: f64 =
        values.iter().zip(&values[lag..]).map(|(early, late)| (early - mean) * (late - mean)).sum();
    // A sum of squares negligible against the mean is rounding, not variation.
    (square.is_finite() && square > (mean * 1e-12).powi(2) * values.len() as f64).then(|| product / square)
}

/// The lag-1 autocorrelation, corrected for the bias of a short series and limited to 0 to 0.95.
///
/// The plain estimate is too low by about (1 + 3 r) / n, which is added back. Limited to 0 and above: an alternating
/// series is not worth more than its length. `None` as in [`at_lag`].
/// Source: Marriott and Pope (1954), Kendall (1954).
pub fn lag_1(values: &[f64]) -> Option<f64> {
    let plain = at_lag(values, 1)?;
    Some(corrected(plain, values.len(), 1))
}

/// The correction for residuals of a fit: 1 parameter is a mean, 2 a straight line.
///
/// Source: the expectation of the estimate is lower by (p + (1 + 2 p) r) / n to first order.
pub fn corrected(plain: f64, n: usize, parameters: usize) -> f64 {
    let p = parameters as f64;
    (plain + (p + (1.0 + 2.0 * p) * plain) / n as f64).clamp(0.0, 0.95)
}

/// The number of independent values that determine the mean as well as `n` values of a first-order process.
///
/// Units: a count, at least 2 where there are 2. Source: n (1 - r) / (1 + r), the large-sample form.
pub fn effective_size(n: usize, lag_1: f64) -> f64 {
    let n = n as f64;
    (n * (1.0 - lag_1) / (1.0 + lag_1)).max(2.0_f64.min(n))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn golden_value() {
        // Source: statsmodels.tsa.stattools.acf([1, 2, 3, 4, 5, 4, 3, 2], adjusted=False).
        let found = at_lag(&[1.0, 2.0, 3.0, 4.0, 5.0, 4.0, 3.0, 2.0], 1).unwrap();
        assert!((found - 0.5).abs() < 1e-9, "{found}");
    }

    #[test]
    fn what_does_not_vary_has_none() {
        assert_eq!(at_lag(&[0.1; 30], 1), None);
        assert_eq!(at_lag(&[1.0], 1), None);
        assert_eq!(at_lag(&[1.0, f64::NAN, 2.0], 1), None);
        assert_eq!(lag_1(&[]), None);
    }

    #[test]
    fn a_correlated_series_is_worth_less() {
        assert!((effective_size(90, 0.5) - 30.0).abs() < 1e-9);
        assert!((effective_size(90, 0.0) - 90.0).abs() < 1e-9);
        assert!((effective_size(3, 0.95) - 2.0).abs() < 1e-9);
    }
}
