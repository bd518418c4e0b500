//! What a forecast knows, as numbers that a baseline keeps.

use super::swing::{ENTRIES, STATES, entry};

/// Waves of a swing: its states but the level.
const WAVES: usize = STATES - 1;

/// What a forecast knows, in numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Known {
    /// Level; cosine and sine of the day; cosine and sine of half a day.
    pub state: [f64; STATES],
    /// Their covariance, row by row, on and above its diagonal.
    pub covariance: [f64; ENTRIES],
    /// Variance of the noise, in the unit of the series squared.
    pub variance: f64,
    /// How much a value depends on the one before.
    pub lag_1: f64,
    /// From how many values the noise is known.
    pub count: f64,
    /// Typical time between two values, in seconds.
    pub spacing: f64,
}

impl Known {
    /// The same without a daily swing, and how much better that explains what is known, as a logarithm of likelihoods.
    ///
    /// `likely` is the variance that each wave was thought to have before anything was known. Shape: `None` where the
    /// covariance of the waves is not positive definite. Source: the Savage-Dickey density ratio, Dickey (1971).
    pub fn without_waves(&self, likely: [f64; WAVES]) -> Option<(Self, f64)> {
        let wave = |i: usize, j: usize| self.covariance[entry(i + 1, j + 1)];
        // The lower triangle of Cholesky.
        let mut lower = [[0.0_f64; WAVES]; WAVES];
        for i in 0..WAVES {
            for j in 0..=i {
                let rest = wave(i, j) - (0..j).map(|k| lower[i][k] * lower[j][k]).sum::<f64>();
                lower[i][j] = if i == j { rest.sqrt() } else { rest / lower[j][j] };
            }
            if lower[i][i].is_nan() || lower[i][i] <= 0.0 {
                return None;
            }
        }
        let solve = |right: [f64; WAVES]| {
            let mut solved = [0.0; WAVES];
            for i in 0..WAVES {
                let known: f64 = (0..i).map(|k| lower[i][k] * solved[k]).sum();
                solved[i] = (right[i] - known) / lower[i][i];
            }
            solved
        };
        let waves = solve(std::array::from_fn(|i| self.state[i + 1]));
        let beside = solve(std::array::from_fn(|i| self.covariance[entry(0, i + 1)]));
        let inner = |a: &[f64; WAVES], b: &[f64; WAVES]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let mut without = *self;
        without.state = [0.0; STATES];
        without.state[0] = self.state[0] - inner(&beside, &waves);
        without.covariance = [0.0; ENTRIES];
        without.covariance[0] = self.covariance[0] - inner(&beside, &beside);
        let after: f64 = (0..WAVES).map(|i| lower[i][i].ln()).sum::<f64>() + inner(&waves, &waves) / 2.0;
        let before: f64 = likely.iter().map(|variance| variance.ln() / 2.0).sum();
        Some((without, before - after))
    }
}
