//! Quantiles by order statistics: the two ranks that enclose one.

use statrs::distribution::{Binomial, Discrete, DiscreteCDF};

/// The ranks, from 1, of the two sorted values that enclose the true quantile with at least 95% confidence.
///
/// Shape: `q` strictly between 0 and 1; `None` where the sample is too small to bound it on both sides.
/// Assumes independent values of one distribution, of any shape.
/// Source: Hahn and Meeker, Statistical Intervals, section 5.2, equal tails first; then each end is moved inwards while
/// 95% are still covered, which keeps intervals of small samples from being too wide.
pub fn ranks_95(n: u64, q: f64) -> Option<(u64, u64)> {
    let binomial = Binomial::new(q, n).ok()?;
    // The number of values below the quantile is binomial; the ends leave at most 2.5% on either side.
    let low = binomial.inverse_cdf(0.025);
    let high = binomial.inverse_cdf(0.975) + 1;
    if low < 1 || high > n {
        return None;
    }
    // Covered: low <= count < high.
    let (mut low, mut high) = (low, high);
    let mut covered = binomial.cdf(high - 1) - binomial.cdf(low - 1);
    loop {
        let (at_low, at_high) = (binomial.pmf(low), binomial.pmf(high - 1));
        let gain = at_low.min(at_high);
        if covered - gain < 0.95 || low + 1 >= high {
            return Some((low, high));
        }
        covered -= gain;
        if at_low <= at_high {
            low += 1;
        } else {
            high -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_must_be_large_enough() {
        assert_eq!(ranks_95(5, 0.5), None);
        assert!(ranks_95(6, 0.5).is_some());
        assert_eq!(ranks_95(300, 0.99), None);
        assert!(ranks_95(400, 0.99).is_some());
    }

    #[test]
    fn the_ranks_cover_what_they_promise() {
        for (n, q) in [(20, 0.5), (100, 0.9), (1_000, 0.95), (5_000, 0.99), (2_000_000, 0.999)] {
            let (low, high) = ranks_95(n, q).unwrap();
            let binomial = Binomial::new(q, n).unwrap();
            let covered = binomial.cdf(high - 1) - binomial.cdf(low - 1);
            assert!((0.95..0.975).contains(&covered), "{n} {q}: {covered}");
        }
    }
}
