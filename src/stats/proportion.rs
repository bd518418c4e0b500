//! Proportions: an interval for a ratio of counts.

use super::normal;

/// The 95 % Wilson score interval of `successes` in `trials`.
///
/// Units: ratio, 0 to 1. Shape: `None` of no trials.
/// Source: Wilson (1927); see Brown, Cai and `DasGupta` (2001) for why not Wald's.
pub fn wilson_95(successes: u64, trials: u64) -> Option<(f64, f64)> {
    if trials == 0 {
        return None;
    }
    let (n, p, z) = (trials as f64, successes as f64 / trials as f64, normal::quantile(0.975));
    let scale = 1.0 + z * z / n;
    let centre = (p + z * z / (2.0 * n)) / scale;
    let half = z / scale * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    // At the ends the formula is exactly 0 or 1, and rounding must not step over it.
    let low = if successes == 0 { 0.0 } else { (centre - half).max(0.0) };
    let high = if successes >= trials { 1.0 } else { (centre + half).min(1.0) };
    Some((low, high))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn golden_values() {
        // Source: statsmodels.stats.proportion.proportion_confint(k, n, method="wilson").
        let check = |successes, trials, expected: (f64, f64)| {
            let (low, high) = wilson_95(successes, trials).unwrap();
            assert!(
                (low - expected.0).abs() < 1e-6 && (high - expected.1).abs() < 1e-6,
                "{successes}/{trials}: {low} {high}"
            );
        };
        check(0, 10, (0.0, 0.277_532_8));
        check(5, 10, (0.236_593_1, 0.763_406_9));
        check(10, 10, (0.722_467_2, 1.0));
        check(1, 1_000, (0.000_176_5, 0.005_643_4));
        assert_eq!(wilson_95(0, 0), None);
    }
}
