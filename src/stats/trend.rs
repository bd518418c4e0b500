//! Whether a series drifts, and how fast, without assumptions about its distribution.

use super::autocorrelation::{at_lag, corrected};
use super::robust::median;
use super::{Estimate, normal};

/// A straight line fitted to a series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    /// Change of y per unit of x, with its interval.
    pub slope: Estimate,
    /// Value of the line at x = 0.
    pub intercept: f64,
}

/// The median of all pairwise slopes, with an interval at `confidence`.
///
/// Shape: `x` and `y` of one length; `None` where fewer than two x differ or a value is not finite.
/// Source: Sen (1968), with his correction for ties.
pub fn theil_sen(x: &[f64], y: &[f64], confidence: f64) -> Option<Line> {
    if x.len() != y.len() || x.iter().chain(y).any(|value| !value.is_finite()) {
        return None;
    }
    let mut slopes = Vec::with_capacity(x.len() * x.len().saturating_sub(1) / 2);
    for later in 1..x.len() {
        for earlier in 0..later {
            let run = x[later] - x[earlier];
            if run != 0.0 {
                slopes.push((y[later] - y[earlier]) / run);
            }
        }
    }
    let value = median(&slopes)?;
    slopes.sort_by(f64::total_cmp);
    let n = y.len() as f64;
    let spread = ((n * (n - 1.0) * (2.0 * n + 5.0) - tie_sum(x) - tie_sum(y)) / 18.0).max(0.0).sqrt();
    let reach = normal::quantile(f64::midpoint(1.0, confidence)) * spread;
    let count = slopes.len() as f64;
    let at = |rank: f64| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "held within the slice")]
        let index = rank.clamp(0.0, count - 1.0) as usize;
        slopes[index]
    };
    let low = at(((count - reach) / 2.0).round_ties_even() - 1.0);
    let high = at(f64::midpoint(count, reach).round_ties_even());
    Some(Line { slope: Estimate { value, low, high }, intercept: median(y)? - value * median(x)? })
}

/// The two-sided probability that a series without a trend rises or falls at least as much as this one.
///
/// Shape: in the order of time; `None` below three values or where nothing varies.
/// Source: Mann (1945), Kendall (1975), with the correction for ties and for continuity.
pub fn mann_kendall(values: &[f64]) -> Option<f64> {
    let n = values.len();
    if n < 3 || values.iter().any(|value| !value.is_finite()) {
        return None;
    }
    let mut score = 0.0;
    for later in 1..n {
        for earlier in 0..later {
            score += (values[later] - values[earlier])
                .partial_cmp(&0.0)
                .map_or(0.0, |order| f64::from(order as i8));
        }
    }
    let count = n as f64;
    let variance = (count * (count - 1.0) * (2.0 * count + 5.0) - tie_sum(values)) / 18.0;
    if variance <= 0.0 {
        return None;
    }
    let z = if score == 0.0 { 0.0 } else { (score - score.signum()) / variance.sqrt() };
    Some(normal::two_sided_tail(z))
}

/// A trend of a series, with its significance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trend {
    /// Change of y per unit of x, with its 95% interval.
    pub slope: Estimate,
    /// Probability of a trend at least this clear where there is none.
    pub p: f64,
    /// Lag-1 autocorrelation that was removed before the test.
    pub lag_1: f64,
}

/// The trend of an evenly spaced series in which each value depends on the one before.
///
/// The line is removed, the dependence of the rest is estimated and removed from the series: the result has the same
/// slope and independent noise, so that line and test are valid.
/// Shape: as [`theil_sen`], with at least ten values.
/// Source: Wang and Swail (2001), one pass; the dependence corrected for the line as in [`corrected`].
pub fn of_dependent(x: &[f64], y: &[f64]) -> Option<Trend> {
    if y.len() < 10 {
        return None;
    }
    let rough = theil_sen(x, y, 0.95)?;
    let rest: Vec<f64> = x.iter().zip(y).map(|(x, y)| y - rough.slope.value * x).collect();
    let phi = at_lag(&rest, 1).map_or(0.0, |plain| corrected(plain, rest.len(), 2)).min(0.9);
    let freed = |series: &[f64]| -> Vec<f64> {
        series.windows(2).map(|pair| (pair[1] - phi * pair[0]) / (1.0 - phi)).collect()
    };
    let free_y = freed(y);
    let line = theil_sen(&freed(x), &free_y, 0.95)?;
    Some(Trend { slope: line.slope, p: mann_kendall(&free_y)?, lag_1: phi })
}

/// The sum of k (k - 1) (2 k + 5) over groups of k equal values.
fn tie_sum(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
        .chunk_by(|left, right| left.partial_cmp(right) == Some(std::cmp::Ordering::Equal))
        .map(|group| group.len() as f64)
        .filter(|k| *k > 1.0)
        .map(|k| k * (k - 1.0) * (2.0 * k + 5.0))
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_found_through_an_outlier() {
        let x: Vec<f64> = (0..20).map(f64::from).collect();
        let mut y: Vec<f64> = x.iter().map(|x| 3.0 + 0.5 * x).collect();
        y[7] = 500.0;
        let line = theil_sen(&x, &y, 0.95).unwrap();
        assert!((line.slope.value - 0.5).abs() < 1e-12, "{line:?}");
        assert!(mann_kendall(&y).unwrap() < 1e-6);
    }

    #[test]
    fn what_does_not_vary_has_no_trend() {
        assert_eq!(mann_kendall(&[1.0; 12]), None);
        assert_eq!(theil_sen(&[1.0, 1.0], &[1.0, 2.0], 0.95), None);
        assert_eq!(of_dependent(&[0.0, 1.0], &[0.0, f64::INFINITY]), None);
    }
}
