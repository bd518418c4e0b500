//! Proportions: the interval of a ratio of counts, and the significance of a difference between two.

use statrs::distribution::{Binomial, Discrete, DiscreteCDF, Hypergeometric};

use super::normal;

/// The 95% Wilson score interval of `successes` in `trials`.
///
/// Units: ratio, 0 to 1. Shape: `None` without trials.
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

/// The probability of at least `successes` in `trials` where each succeeds with probability `p`.
///
/// Units: probability. Shape: `None` where `p` is no probability.
pub fn binomial_tail(successes: u64, trials: u64, p: f64) -> Option<f64> {
    let binomial = Binomial::new(p, trials).ok()?;
    Some(successes.checked_sub(1).map_or(1.0, |below| binomial.sf(below)))
}

/// Log likelihood, relative to that of the observed table, below which further tables add nothing.
const NOTHING_LEFT: f64 = -60.0;

/// The two-sided probability that two samples with one true ratio differ at least this much.
///
/// Shape: successes and trials each; 1 where a sample is empty. Source: Fisher (1935); tables with the same margins
/// that are no more likely count.
pub fn fisher_exact(first: (u64, u64), second: (u64, u64)) -> f64 {
    let (population, drawn, marked) = (first.1 + second.1, first.1, first.0 + second.0);
    let Ok(hypergeometric) = Hypergeometric::new(population, marked, drawn) else { return 1.0 };
    let (least, most) = ((drawn + marked).saturating_sub(population), drawn.min(marked));
    // Equal probabilities differ in their last digits; scipy and R allow the same.
    let limit = hypergeometric.ln_pmf(first.0) + 1e-7;
    // From the likeliest table outwards, on either side until the rest is negligible.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "held within the tables")]
    let mode = ((drawn + 1) as f64 * (marked + 1) as f64 / (population + 2) as f64) as u64;
    let mode = mode.clamp(least, most);
    let sum = |tables: &mut dyn Iterator<Item = u64>| -> f64 {
        let likelihoods = tables.map(|k| hypergeometric.ln_pmf(k));
        likelihoods
            .take_while(|p| *p > NOTHING_LEFT + limit.min(0.0))
            .filter(|p| *p <= limit)
            .map(f64::exp)
            .sum()
    };
    let tail = sum(&mut (least..=mode).rev()) + sum(&mut (mode + 1..=most));
    tail.min(1.0)
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

    #[test]
    fn fishers_tea() {
        // Source: scipy.stats.fisher_exact([[3, 1], [1, 3]]) and [[3, 97], [12, 88]].
        assert!((fisher_exact((3, 4), (1, 4)) - 0.485_714_285_7).abs() < 1e-9);
        assert!((fisher_exact((3, 100), (12, 100)) - 0.028_671_315).abs() < 1e-8);
        assert!((fisher_exact((0, 10), (0, 0)) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn tails() {
        // Source: scipy.stats.binom.sf(2, 10, 0.1).
        assert!((binomial_tail(3, 10, 0.1).unwrap() - 0.070_190_826_4).abs() < 1e-9);
        assert_eq!(binomial_tail(0, 10, 0.1), Some(1.0));
        assert_eq!(binomial_tail(1, 10, f64::NAN), None);
    }
}
