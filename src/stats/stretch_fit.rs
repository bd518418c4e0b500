//! A series as a level, a slow line, daily waves, and known stretches that lie higher or lower, all fitted together.
//!
//! Fitted together, because each hides in the others: the mean before a stretch is off by the daily wave, and the wave by
//! the stretch. Ridge regression: before any data the line and the waves have likely sizes, so a short series does not take
//! its stretches for waves. Outliers are held at four deviations.

use super::autocorrelation::{at_lag, corrected};
use super::robust::{MAD_TO_SIGMA, median};
use super::swing::{DAY_S, basis};

/// Likely size of the line, per day, and of the waves of a day and half a day, relative to the level.
const LIKELY: [f64; 5] = [0.10, 0.12, 0.12, 0.024, 0.024];
/// How far a single value may pull, in deviations.
const CLIP: f64 = 4.0;
/// A series is never thought steadier than this fraction of its level.
const LEAST_SIGMA: f64 = 0.001;
/// Rounds of fitting, estimating the noise and holding outliers.
const ROUNDS: usize = 4;

/// The height of one stretch above the rest of the series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Height {
    /// Estimated height. Units: those of the series.
    pub value: f64,
    /// Standard error of the height, with the dependence of neighbours.
    pub error: f64,
}

/// A fitted series.
#[derive(Debug, Clone, PartialEq)]
pub struct StretchFit {
    /// What each value would be without any stretch. Shape: one per point, in their order.
    pub base: Vec<f64>,
    /// The height of each stretch, in the order of the stretches.
    pub heights: Vec<Height>,
    /// Each value less what was fitted. Shape: one per point, in their order.
    pub rest: Vec<f64>,
    /// Effective number of fitted parameters: what the priors hold back does not count.
    pub parameters: f64,
    /// Standard deviation of the noise. Units: those of the series.
    pub sigma: f64,
    /// Lag-1 autocorrelation of the noise, 0 to 0.95.
    pub lag_1: f64,
}

/// Fits a series with stretches that are known by their first and their first later moment.
///
/// Units: `points` are seconds and logarithms (or values about 1), stretches in seconds. Shape: `None` with fewer points than
/// three more than unknowns, or where a value is not finite. A stretch without a point in it, or with every point, has an
/// infinite error.
pub fn fit(points: &[(f64, f64)], stretches: &[(f64, f64)]) -> Option<StretchFit> {
    let Solved { rows, values, covariance, noise } = solved(points, stretches)?;
    let first = values.len() - stretches.len();
    let base = rows.iter().map(|row| product(&row[..first], &values[..first])).collect();
    let heights = (first..values.len())
        .map(|i| {
            let inside = rows.iter().filter(|row| row[i] > 0.0).count();
            let is_known = inside > 0 && inside < rows.len();
            let error = if is_known { covariance[i][i].max(0.0).sqrt() } else { f64::INFINITY };
            Height { value: values[i], error }
        })
        .collect();
    let fitted = rows.iter().map(|row| product(row, &values));
    let rest = points.iter().zip(fitted).map(|((_, value), fitted)| value - fitted).collect();
    let held_back = (0..LIKELY.len()).map(|i| covariance[i + 1][i + 1] / LIKELY[i].powi(2)).sum::<f64>();
    let parameters = values.len() as f64 - held_back;
    Some(StretchFit { base, heights, rest, parameters, sigma: noise.sigma, lag_1: noise.lag_1 })
}

/// The places of the stretches that are left when the least clear one is dropped again and again, until each is at least
/// this many standard errors high. The noise is that of the fit with all of them. Shape: as for [`fit`].
pub fn clear_stretches(
    points: &[(f64, f64)],
    stretches: &[(f64, f64)],
    least_clarity: f64,
) -> Option<Vec<usize>> {
    let Solved { mut values, mut covariance, .. } = solved(points, stretches)?;
    let first = values.len() - stretches.len();
    let mut left: Vec<usize> = (0..stretches.len()).collect();
    loop {
        let clarity = |place: &usize| {
            let i = first + *place;
            values[i].abs() / covariance[i][i].max(0.0).sqrt()
        };
        let weakest = left.iter().enumerate().min_by(|a, b| clarity(a.1).total_cmp(&clarity(b.1)));
        let Some((nth, place)) =
            weakest.filter(|(_, place)| clarity(place).total_cmp(&least_clarity).is_lt())
        else {
            return Some(left);
        };
        // Without a stretch the others are what they are given that its height is 0.
        let k = first + *place;
        let column: Vec<f64> = covariance.iter().map(|row| row[k]).collect();
        let (height, variance) = (values[k], column[k]);
        for i in 0..values.len() {
            values[i] -= column[i] / variance * height;
            for j in 0..values.len() {
                covariance[i][j] -= column[i] * column[j] / variance;
            }
        }
        left.remove(nth);
    }
}

/// The penalised least squares of a series, with the noise around them.
struct Solved {
    rows: Vec<Vec<f64>>,
    values: Vec<f64>,
    covariance: Vec<Vec<f64>>,
    noise: Noise,
}

fn solved(points: &[(f64, f64)], stretches: &[(f64, f64)]) -> Option<Solved> {
    let size = 1 + LIKELY.len() + stretches.len();
    if points.len() < stretches.len() + 4
        || points.iter().any(|(at, value)| !at.is_finite() || !value.is_finite())
    {
        return None;
    }
    let middle = points.iter().map(|(at, _)| at).sum::<f64>() / points.len() as f64;
    let rows: Vec<Vec<f64>> = points.iter().map(|(at, _)| row(*at, middle, stretches)).collect();
    let mut held: Vec<f64> = points.iter().map(|(_, value)| *value).collect();
    let mut noise = Noise { sigma: noise_of(&held), lag_1: 0.0 };
    let mut solution = (vec![0.0; size], Vec::new());
    for _ in 0..ROUNDS {
        solution = solve(&rows, &held, size, &noise)?;
        let fitted: Vec<f64> = rows.iter().map(|row| product(row, &solution.0)).collect();
        let rest: Vec<f64> = points.iter().zip(&fitted).map(|((_, value), fitted)| value - fitted).collect();
        noise = Noise::of(&rest, stretches.len() + 1);
        let reach = CLIP * noise.sigma;
        held = fitted.iter().zip(&rest).map(|(fitted, rest)| fitted + rest.clamp(-reach, reach)).collect();
    }
    let (values, covariance) = solution;
    Some(Solved { rows, values, covariance, noise })
}

/// Level, line in days from the middle, waves, and 1 for each stretch that the moment lies in.
fn row(at: f64, middle: f64, stretches: &[(f64, f64)]) -> Vec<f64> {
    let [level, waves @ ..] = basis(at);
    let within = stretches.iter().map(|(from, until)| f64::from(u8::from((*from..*until).contains(&at))));
    [level, (at - middle) / DAY_S].into_iter().chain(waves).chain(within).collect()
}

fn product(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(left, right)| left * right).sum()
}

struct Noise {
    sigma: f64,
    lag_1: f64,
}

impl Noise {
    fn of(rest: &[f64], parameters: usize) -> Self {
        let sizes: Vec<f64> = rest.iter().map(|rest| rest.abs()).collect();
        let robust = MAD_TO_SIGMA * median(&sizes).unwrap_or(0.0);
        let reach = CLIP * robust.max(LEAST_SIGMA);
        let held: Vec<f64> = rest.iter().map(|rest| rest.clamp(-reach, reach)).collect();
        let squares: f64 = held.iter().map(|rest| rest * rest).sum();
        let degrees = (rest.len() as f64 - parameters as f64).max(1.0);
        let lag_1 = at_lag(&held, 1).map_or(0.0, |plain| corrected(plain, held.len(), parameters));
        Self { sigma: (squares / degrees).sqrt().max(LEAST_SIGMA), lag_1 }
    }

    /// Variance of the noise as an average over many neighbours shows it.
    fn long_run(&self) -> f64 {
        self.sigma * self.sigma * (1.0 + self.lag_1) / (1.0 - self.lag_1)
    }
}

/// Deviation of the noise from differences of neighbours, in which stretches and waves hardly show.
///
/// Units: those of the values. Shape: at least a thousandth, also for values that never differ.
pub fn noise_of(values: &[f64]) -> f64 {
    let differences: Vec<f64> = values.windows(2).map(|pair| (pair[1] - pair[0]).abs()).collect();
    let robust = median(&differences).unwrap_or(0.0) * MAD_TO_SIGMA / std::f64::consts::SQRT_2;
    robust.max(LEAST_SIGMA)
}

/// Solution and covariance of the penalised normal equations; `None` where they are singular.
fn solve(rows: &[Vec<f64>], values: &[f64], size: usize, noise: &Noise) -> Option<(Vec<f64>, Vec<Vec<f64>>)> {
    let weight = 1.0 / noise.long_run();
    let mut normal = vec![vec![0.0; size]; size];
    let mut right = vec![0.0; size];
    for (row, value) in rows.iter().zip(values) {
        for (i, (out, entry)) in
            normal.iter_mut().zip(row).enumerate().filter(|(_, (_, entry))| **entry != 0.0)
        {
            right[i] += weight * entry * value;
            // The matrix is symmetric: the lower half is filled in below.
            for (out, other) in out[i..].iter_mut().zip(&row[i..]) {
                *out += weight * entry * other;
            }
        }
    }
    let mut normal: Vec<Vec<f64>> =
        (0..size).map(|i| (0..size).map(|j| normal[i.min(j)][i.max(j)]).collect()).collect();
    for (i, likely) in LIKELY.iter().enumerate() {
        normal[i + 1][i + 1] += 1.0 / (likely * likely);
    }
    // A stretch of unknown height could be anything: a factor of e to the tenth.
    for (i, row) in normal.iter_mut().enumerate().skip(LIKELY.len() + 1) {
        row[i] += 1e-2;
    }
    let inverse = invert(normal)?;
    Some((inverse.iter().map(|row| product(row, &right)).collect(), inverse))
}

/// The inverse of a positive definite matrix by Gauss and Jordan; `None` where a pivot vanishes.
fn invert(mut matrix: Vec<Vec<f64>>) -> Option<Vec<Vec<f64>>> {
    let size = matrix.len();
    let mut inverse: Vec<Vec<f64>> =
        (0..size).map(|i| (0..size).map(|j| f64::from(u8::from(i == j))).collect()).collect();
    for column in 0..size {
        let pivot = matrix[column][column];
        if pivot.is_nan() || pivot <= 1e-12 {
            return None;
        }
        matrix[column].iter_mut().chain(&mut inverse[column]).for_each(|entry| *entry /= pivot);
        let (from, of) = (matrix[column].clone(), inverse[column].clone());
        for i in (0..size).filter(|i| *i != column) {
            let factor = matrix[i][column];
            if factor != 0.0 {
                let left = matrix[i].iter_mut().chain(&mut inverse[i]);
                left.zip(from.iter().chain(&of)).for_each(|(entry, source)| *entry -= factor * source);
            }
        }
    }
    Some(inverse)
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use super::*;

    fn noise(n: usize) -> f64 {
        ((n * 7919 % 1009) as f64 / 1009.0 - 0.5) * 0.2
    }

    fn series(n: usize, shape: impl Fn(f64) -> f64) -> Vec<(f64, f64)> {
        (0..n).map(|n| (n as f64 * 300.0, 2.0 + shape(n as f64 * 300.0) + noise(n))).collect()
    }

    #[test]
    fn stretches_are_found_beside_a_wave_and_a_line() {
        let stretches = [(30_000.0, 60_000.0), (120_000.0, 130_000.0)];
        let shape = |at: f64| {
            let wave = 0.2 * (TAU * at / DAY_S + 1.0).sin() + 0.05 * at / DAY_S;
            let heights = [0.3, -0.2].iter().zip(stretches);
            wave + heights.filter(|(_, of)| at >= of.0 && at < of.1).map(|(height, _)| height).sum::<f64>()
        };
        let found = fit(&series(576, shape), &stretches).unwrap();
        for (height, expected) in found.heights.iter().zip([0.3, -0.2]) {
            assert!((height.value - expected).abs() < 3.0 * height.error, "{found:?}");
            assert!(height.error < 0.02);
        }
        assert!((found.sigma - 0.2 / 12.0_f64.sqrt()).abs() < 0.006, "{}", found.sigma);
    }

    #[test]
    fn a_short_series_keeps_its_stretch_from_the_wave() {
        let found =
            fit(&series(60, |at| if at >= 12_000.0 { 0.3 } else { 0.0 }), &[(12_000.0, 1e9)]).unwrap();
        assert!((found.heights[0].value - 0.3).abs() < 0.06, "{found:?}");
    }

    #[test]
    fn nothing_is_claimed_from_nothing() {
        assert_eq!(fit(&series(3, |_| 0.0), &[]), None);
        assert_eq!(fit(&[(0.0, f64::NAN); 20], &[]), None);
        let outside = fit(&series(60, |_| 0.0), &[(1e6, 2e6), (-1.0, 1e6)]).unwrap();
        assert!(outside.heights.iter().all(|height| height.error.is_infinite()));
        let constant = fit(&[(0.0, 5.0), (1.0, 5.0), (2.0, 5.0), (3.0, 5.0), (4.0, 5.0)], &[]).unwrap();
        assert!(constant.base.iter().all(|base| (base - 5.0).abs() < 1e-3), "{constant:?}");
    }
}
