//! Location and scale of a sample, classical and robust.

/// Makes a median absolute deviation equal to sigma on normal data: 1 / the normal quantile of 0.75.
pub const MAD_TO_SIGMA: f64 = 1.482_602_218_505_602;

/// Centre and spread of a sample.
///
/// Units: those of the sample. Shape: needs at least two finite values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Description {
    /// Number of values; at least 2.
    pub n: usize,
    /// Arithmetic mean, moved by outliers.
    pub mean: f64,
    /// Standard deviation (n - 1) of the values.
    pub sigma: f64,
    /// Middle value, or the mean of the two middle ones.
    pub median: f64,
    /// 1.4826 x the median absolute deviation: equal to sigma on normal data, unmoved by outliers.
    pub mad_sigma: f64,
}

/// Describes a sample; `None` below two values, or where a value is not finite.
pub fn describe(values: &[f64]) -> Option<Description> {
    if values.len() < 2 || values.iter().any(|value| !value.is_finite()) {
        return None;
    }
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let median = median(values)?;
    let deviations: Vec<f64> = values.iter().map(|value| (value - median).abs()).collect();
    Some(Description {
        n: values.len(),
        mean,
        sigma: (squares / (n - 1.0)).sqrt(),
        median,
        mad_sigma: MAD_TO_SIGMA * self::median(&deviations)?,
    })
}

/// The middle value, or the mean of the two middle ones; `None` without values.
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        n if n % 2 == 1 => Some(sorted[middle]),
        _ => Some(f64::midpoint(sorted[middle - 1], sorted[middle])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn golden_values() {
        // Source: numpy mean, std(ddof=1), median; scipy.stats.median_abs_deviation(scale="normal").
        let described = describe(&[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]).unwrap();
        assert_eq!((described.n, described.mean, described.median), (8, 5.0, 4.5));
        assert!((described.sigma - 2.138_089_935).abs() < 1e-8);
        assert!((described.mad_sigma - 0.7413).abs() < 1e-4);
    }

    #[test]
    fn too_little_or_not_finite_is_none() {
        assert_eq!(describe(&[1.0]), None);
        assert_eq!(describe(&[1.0, f64::NAN]), None);
        assert_eq!(median(&[]), None);
    }
}
