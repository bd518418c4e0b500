//! Tails and quantiles of the normal distribution.

use statrs::distribution::{ChiSquared, Continuous, ContinuousCDF, Normal, StudentsT};

/// How far the estimated mean is followed on one side, in its standard errors, and in how many steps.
const MEANS: (f64, u32) = (6.0, 30);
/// Halvings of an interval that lead to a root: eight digits.
const HALVINGS: usize = 40;

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

/// Between which fractions of new values 95 of 100 baselines of `n` values flag beyond `sigmas` estimated deviations.
///
/// One baseline flags a fixed fraction: a sigma that came out small flags more values, for as long as that baseline is used.
/// On average it is [`two_sided_tail_of_estimate`]; 60 values give 0.052 on average, and 0.019 to 0.104. For independent
/// normal values: where each depends on the one before, the range is wider.
/// Shape: `None` below two values, and unless `sigmas` is above 0 and finite.
/// Source: the mean is normal and the variance chi-square, independent of each other; exact up to the numerical integration.
pub fn tail_share_range_95(sigmas: f64, n: usize) -> Option<(f64, f64)> {
    let tails = Tails::new(sigmas, n)?;
    Some((tails.quantile(0.025), tails.quantile(0.975)))
}

/// The standard deviation of the fraction that a baseline of `n` values flags, from baseline to baseline.
///
/// Units and shape: as for [`tail_share_range_95`].
pub fn tail_share_deviation(sigmas: f64, n: usize) -> Option<f64> {
    /// Equally likely values of the estimated sigma.
    const SIGMAS: u32 = 400;
    let tails = Tails::new(sigmas, n)?;
    let (mut sum, mut squares) = (0.0, 0.0);
    for nth in 0..SIGMAS {
        let sigma = tails.sigma_at((f64::from(nth) + 0.5) / f64::from(SIGMAS));
        for (mean, weight) in tails.means() {
            let share = tails.share(mean, sigma);
            sum += weight * share / f64::from(SIGMAS);
            squares += weight * share * share / f64::from(SIGMAS);
        }
    }
    Some((squares - sum * sum).max(0.0).sqrt())
}

/// What a normal value does beyond an estimated mean and sigma; the true ones are 0 and 1.
struct Tails {
    sigmas: f64,
    n: f64,
    normal: Normal,
    squares: ChiSquared,
}

impl Tails {
    fn new(sigmas: f64, n: usize) -> Option<Self> {
        let degrees = n.checked_sub(1).filter(|degrees| *degrees > 0)? as f64;
        let squares = ChiSquared::new(degrees).ok()?;
        let is_usable = sigmas > 0.0 && sigmas.is_finite();
        is_usable.then(|| Self { sigmas, n: n as f64, normal: Normal::standard(), squares })
    }

    /// The fraction of values beyond, given what was estimated.
    fn share(&self, mean: f64, sigma: f64) -> f64 {
        let reach = self.sigmas * sigma;
        self.normal.cdf(mean - reach) + self.normal.cdf(-mean - reach)
    }

    /// Estimated means at or above 0 with their probabilities: the share is the same for a mean below.
    fn means(&self) -> impl Iterator<Item = (f64, f64)> {
        let step = MEANS.0 / f64::from(MEANS.1);
        let errors = (0..=MEANS.1).map(move |nth| (f64::from(nth) * step, if nth == 0 { 1.0 } else { 2.0 }));
        errors.map(move |(error, sides)| (error / self.n.sqrt(), sides * step * self.normal.pdf(error)))
    }

    /// The estimated sigma below which estimates lie with this probability.
    fn sigma_at(&self, probability: f64) -> f64 {
        (self.squares.inverse_cdf(probability) / (self.n - 1.0)).sqrt()
    }

    /// The probability of a share at or below this one.
    fn cdf(&self, share: f64) -> f64 {
        let below = |(mean, weight): (f64, f64)| {
            // Ten deviations beyond the mean there is no value left.
            let sigma = root((0.0, (mean + 10.0) / self.sigmas), |sigma| self.share(mean, sigma) > share);
            weight * self.squares.sf(sigma * sigma * (self.n - 1.0))
        };
        self.means().map(below).sum()
    }

    fn quantile(&self, probability: f64) -> f64 {
        // Shares are found on logarithms: with few values they reach over many powers of ten.
        root((-40.0, 0.0), |log| self.cdf(log.exp()) < probability).exp()
    }
}

/// The place up to which a condition holds between two ends.
fn root((mut low, mut high): (f64, f64), holds: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        if holds(middle) { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
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

    #[test]
    fn one_baseline_may_flag_twice_what_all_flag_on_average() {
        // Source: scipy, 201 means from -8 to 8 errors, scipy.optimize.brentq in the estimated sigma and in the share.
        for (n, low, high) in [(20, 0.009_754_3, 0.184_040_8), (60, 0.019_104_2, 0.104_338_7)] {
            let range = tail_share_range_95(2.0, n).unwrap();
            assert!((range.0 - low).abs() < 2e-6 && (range.1 - high).abs() < 2e-6, "{n}: {range:?}");
        }
        let known = tail_share_range_95(2.0, 1_000_000).unwrap();
        assert!((known.0 - two_sided_tail(2.0)).abs() < 5e-4 && (known.1 - two_sided_tail(2.0)).abs() < 5e-4);
        // Source: 400,000 simulated baselines in numpy; 0.0461, 0.0221 and 0.0063 with a standard error of half a percent.
        for (n, deviation) in [(20, 0.0461), (60, 0.0221), (600, 0.0063)] {
            let found = tail_share_deviation(2.0, n).unwrap();
            assert!((found / deviation - 1.0).abs() < 0.015, "{n}: {found}");
        }
        assert_eq!([tail_share_range_95(2.0, 1), tail_share_range_95(f64::NAN, 60)], [None, None]);
    }
}
