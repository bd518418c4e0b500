//! What the next value of a series should be, and whether its level has just shifted.
//!
//! A series is a level, a daily swing of unknown size and phase, and noise that depends on the value before. Level
//! and swing are learnt as values come (a Kalman filter whose level may stray a little), so that a platform's day is
//! not taken for a change; for each of the last values it is asked whether a step there explains what came after.
//! Source of the question: Willsky and Jones (1976), the generalised likelihood ratio test for jumps.

use std::collections::VecDeque;

use super::autocorrelation::{at_lag, corrected};
use super::daily::swing;
use super::least_squares::without_line;
use super::robust::{describe, median};
use super::swing::{DAY_S, Vector, basis, dot, entry};

pub use super::known::Known;
pub use super::swing::{ENTRIES, STATES};
pub use candidates::{Candidates, Step};
use candidates::{MEMORY, Weighed};

/// How large a daily swing is thought likely before one was seen: 12 % each of cosine and sine, so +-20 % is ordinary.
const LIKELY_SWING: f64 = 0.12;
/// The same for the wave of half a day, which gives a day its shape.
const LIKELY_SECOND: f64 = 0.2 * LIKELY_SWING;
const LIKELY: [f64; STATES - 1] = [LIKELY_SWING, LIKELY_SWING, LIKELY_SECOND, LIKELY_SECOND];
/// How far a level strays by itself, within an hour, as a share of its size.
const STRAY: f64 = 0.01;
/// A series is never thought steadier than this share of its size: clocks and counters are not.
const LEAST_SIGMA: f64 = 0.001;
/// How far a single value may pull level and swing, in deviations.
const LEARNING_CLIP: f64 = 3.0;
/// How far a single value may speak for a step, in deviations.
const JUDGING_CLIP: f64 = 4.0;
/// Over this long a daily swing is no line any more. Units: seconds.
const LONG_S: f64 = 8.0 * 3_600.0;
/// From how many values the noise is estimated, once there are so many.
const NOISE_MEMORY: f64 = 1_000.0;

/// One value of a series, compared with its forecast.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judged {
    /// The forecast of the value, in the unit of the series.
    pub expected: f64,
    /// Value less expectation, in standard deviations of such a difference.
    pub z: f64,
    /// How likely the value was, given all before it: the logarithm of its density, but for a constant.
    pub log_likelihood: f64,
}

/// The forecast of one series.
#[derive(Debug, Clone)]
pub struct Forecast {
    state: Vector,
    covariance: [Vector; STATES],
    last: (f64, f64),
    /// The time between values, in seconds: dependence fades over longer pauses.
    spacing: f64,
    /// Running sums of squares and lagged products of what was not expected, and how many.
    squares: f64,
    products: f64,
    count: f64,
    last_residual: f64,
    /// What was not expected of late, each beside the one before: taken for noise once no step explains it.
    pending: VecDeque<(f64, f64)>,
    least_variance: f64,
    candidates: Candidates,
    /// The last values, as far back as steps are looked for.
    recent: VecDeque<(f64, f64)>,
    /// How much the level's variance grows in a second.
    stray: f64,
    /// How likely the values were that it learnt from.
    learnt: f64,
}

impl Forecast {
    /// Learns from the first values of a series: seconds and value each, in the order of time.
    ///
    /// Units: `size` is what a relative change is relative to: 1 for logarithms. Without `has_clock` the times are only
    /// an order, and no daily swing is looked for.
    /// Shape: `None` below three values, or where one is not finite.
    pub fn learn(points: &[(f64, f64)], size: f64, has_clock: bool) -> Option<Self> {
        let values: Vec<f64> = points.iter().map(|(_, value)| *value).collect();
        let mean = describe(&values).filter(|_| points.len() > 2)?.mean;
        let (rest, parameters) = noise_of(points, has_clock);
        let n = rest.len() as f64;
        let described = describe(&rest)?;
        let degrees = n - parameters as f64;
        let sigma = (described.sigma * ((n - 1.0) / degrees).sqrt()).max(described.mad_sigma);
        let least_variance = (LEAST_SIGMA * size).powi(2);
        let variance = sigma.powi(2).max(least_variance);
        // Outliers would hide the dependence of the others.
        let reach = JUDGING_CLIP * described.mad_sigma.max(LEAST_SIGMA * size);
        let held: Vec<f64> = rest.iter().map(|value| value.clamp(-reach, reach)).collect();
        let phi = at_lag(&held, 1).map_or(0.0, |plain| corrected(plain, held.len(), parameters));
        let mut covariance = [[0.0; STATES]; STATES];
        covariance[0][0] = (100.0 * size).powi(2).max(1e4 * variance);
        if has_clock {
            for (wave, likely) in LIKELY.into_iter().enumerate() {
                covariance[wave + 1][wave + 1] = (likely * size).powi(2);
            }
        }
        let spacings: Vec<f64> = points.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
        let spacing = median(&spacings).unwrap_or(1.0);
        let mut forecast = Self {
            state: std::array::from_fn(|i| if i == 0 { mean } else { 0.0 }),
            covariance,
            last: points[0],
            spacing: if spacing > 0.0 { spacing } else { 1.0 },
            squares: degrees * variance,
            products: phi * degrees * variance,
            count: degrees,
            last_residual: 0.0,
            pending: VecDeque::with_capacity(MEMORY + 1),
            least_variance,
            candidates: Candidates::new(),
            recent: VecDeque::with_capacity(MEMORY + 1),
            stray: stray(size),
            learnt: 0.0,
        };
        let first = basis(points[0].0);
        let uncertainty = forecast.uncertainty(&first) + variance;
        forecast.update(&first, points[0].1 - dot(&first, &forecast.state), uncertainty);
        for &(at, value) in &points[1..] {
            let (direction, surprise, variance) = forecast.innovation(at, value);
            let reach = JUDGING_CLIP * variance.sqrt();
            forecast.learnt += log_likelihood(surprise, variance);
            forecast.update(&direction, surprise.clamp(-reach, reach), variance);
            forecast.last = (at, value);
        }
        Some(forecast)
    }

    /// A forecast that goes on from what was known before. Its level stays where it is until a step moves it.
    ///
    /// Shape: all finite, `variance` and `count` above 0; `None` otherwise.
    pub fn known(known: &Known, size: f64) -> Option<Self> {
        let numbers = [known.variance, known.lag_1, known.count, known.spacing];
        let all = known.state.iter().chain(&known.covariance).chain(&numbers);
        if all.into_iter().any(|value| !value.is_finite()) || known.variance <= 0.0 || known.count <= 0.0 {
            return None;
        }
        let squares = known.variance * known.count;
        Some(Self {
            state: known.state,
            covariance: std::array::from_fn(|i| std::array::from_fn(|j| known.covariance[entry(i, j)])),
            // So long ago that nothing depends on it any more.
            last: (f64::NEG_INFINITY, known.state[0]),
            spacing: if known.spacing > 0.0 { known.spacing } else { 1.0 },
            squares,
            products: known.lag_1 * squares,
            count: known.count,
            last_residual: 0.0,
            pending: VecDeque::with_capacity(MEMORY + 1),
            least_variance: (LEAST_SIGMA * size).powi(2),
            candidates: Candidates::new(),
            recent: VecDeque::with_capacity(MEMORY + 1),
            stray: 0.0,
            learnt: 0.0,
        })
    }

    /// The same forecast of a level that stays where it is, unless a step moves it.
    #[must_use]
    pub fn steadfast(self) -> Self {
        Self { stray: 0.0, ..self }
    }

    /// The logarithm of how likely the values were that it learnt from, but for a constant.
    pub fn log_likelihood(&self) -> f64 {
        self.learnt
    }

    /// The typical time between two values, in seconds.
    pub fn spacing(&self) -> f64 {
        self.spacing
    }

    /// The same without a daily swing, and how much better that explains what is known, as a logarithm of likelihoods.
    ///
    /// Units: `size` as for [`Forecast::known`]. Shape: `None` where the covariance of the swing is not one.
    pub fn without_swing(known: &Known, size: f64) -> Option<(Self, f64)> {
        let (steady, support) = known.without_waves(LIKELY.map(|likely| (likely * size).powi(2)))?;
        Some((Self::known(&steady, size)?, support))
    }

    /// What is known now, to go on from later.
    pub fn knowledge(&self) -> Known {
        let mut covariance = [0.0; ENTRIES];
        for i in 0..STATES {
            for j in i..STATES {
                covariance[entry(i, j)] = self.covariance[i][j];
            }
        }
        Known {
            state: self.state,
            covariance,
            variance: self.variance(),
            lag_1: self.phi(),
            count: self.count,
            spacing: self.spacing,
        }
    }

    /// The level now, without the daily swing. Units: those of the series.
    pub fn level(&self) -> f64 {
        self.state[0]
    }

    /// What is expected at a moment, given level and swing as they are known now. Units: those of the series.
    pub fn expected(&self, at: f64) -> f64 {
        dot(&basis(at), &self.state)
    }

    /// Takes the noise for at least this large from now on. Units: those of the series.
    pub fn expect_noise(&mut self, sigma: f64) {
        self.least_variance = sigma.powi(2);
    }

    /// Moves the level by a known height. Units: those of the series.
    pub fn lift(&mut self, height: f64) {
        self.state[0] += height;
        self.last_residual -= height;
    }

    /// How much a value depends on the one before, 0 to 0.95.
    pub fn lag_1(&self) -> f64 {
        self.phi()
    }

    /// The standard deviation of the noise. Units: those of the series.
    pub fn sigma(&self) -> f64 {
        self.variance().sqrt()
    }

    /// Judges the next value, then learns from it.
    ///
    /// Shape: `value` finite; `at` in seconds.
    pub fn take(&mut self, at: f64, value: f64) -> Judged {
        self.covariance[0][0] += self.stray * (at - self.last.0).clamp(0.0, DAY_S);
        let (direction, surprise, variance) = self.innovation(at, value);
        let now = basis(at);
        let expected = dot(&now, &self.state);
        let residual = value - expected;
        let z = residual / (self.variance() + self.uncertainty(&now)).sqrt();
        if self.recent.len() == MEMORY {
            self.recent.pop_front();
        }
        self.recent.push_back((at, value));
        self.weigh_steps(at, &direction, surprise, variance);
        let log_likelihood = log_likelihood(surprise, variance);
        let reach = LEARNING_CLIP * variance.sqrt();
        self.update(&direction, surprise.clamp(-reach, reach), variance);
        self.last = (at, value);
        self.learn_noise(residual);
        Judged { expected, z, log_likelihood }
    }

    /// The steps that may explain the last values.
    pub fn candidates(&self) -> &Candidates {
        &self.candidates
    }

    /// The step `age` values ago; `None` where it is not looked for.
    pub fn step(&self, age: usize) -> Option<Step> {
        let height = self.height_above(&self.candidates.before(age)?, age);
        self.candidates.step(age, height)
    }

    /// Takes a step for real: level and swing are as they were before it, moved by its height, and no other step is
    /// looked for before this moment.
    pub fn accept(&mut self, step: &Step) {
        self.state = step.before;
        self.state[0] += step.height;
        self.covariance[0][0] += 1.0 / step.information;
        self.last_residual -= step.height;
        self.candidates.clear();
        // What the step explains is no noise.
        self.pending.truncate(self.pending.len().saturating_sub(step.age));
    }

    /// How far the last values lie from what was expected before: the median where it stands out by itself, else the
    /// mean, in which a single value counts for at most this many deviations.
    fn height_above(&self, before: &Vector, age: usize) -> f64 {
        let since = self.recent.iter().rev().take(age);
        let distances: Vec<f64> = since.map(|(at, value)| value - dot(&basis(*at), before)).collect();
        let typical = median(&distances).unwrap_or(0.0);
        let reach = JUDGING_CLIP * self.sigma();
        if typical.abs() > reach {
            return typical;
        }
        let held = distances.iter().map(|distance| distance.clamp(-reach, reach));
        held.sum::<f64>() / distances.len().max(1) as f64
    }

    fn weigh_steps(&mut self, at: f64, direction: &Vector, surprise: f64, variance: f64) {
        let reach = JUDGING_CLIP * variance.sqrt();
        let value = Weighed {
            direction,
            gain: &self.spread(direction).map(|spread| spread / variance),
            phi: self.phi_after(at),
            surprise: surprise.clamp(-reach, reach),
            variance,
        };
        self.candidates.weigh(&self.state, &value);
    }

    fn variance(&self) -> f64 {
        (self.squares / self.count).max(self.least_variance)
    }

    fn phi(&self) -> f64 {
        if self.squares > 0.0 { (self.products / self.squares).clamp(0.0, 0.95) } else { 0.0 }
    }

    /// The dependence on the last value, faded over a longer pause than usual.
    fn phi_after(&self, at: f64) -> f64 {
        let pauses = (at - self.last.0) / self.spacing;
        if pauses > 100.0 { 0.0 } else { self.phi().powf(pauses.max(1.0)) }
    }

    /// What a value says of the state: its direction, its surprise, and the variance of that surprise.
    fn innovation(&self, at: f64, value: f64) -> (Vector, f64, f64) {
        let phi = self.phi_after(at);
        let now = basis(at);
        let before = if phi > 0.0 { basis(self.last.0) } else { [0.0; STATES] };
        let direction: Vector = std::array::from_fn(|i| now[i] - phi * before[i]);
        let surprise = value - phi * self.last.1 - dot(&direction, &self.state);
        let variance = self.uncertainty(&direction) + self.variance() * (1.0 - phi * phi);
        (direction, surprise, variance)
    }

    fn uncertainty(&self, direction: &Vector) -> f64 {
        dot(direction, &self.spread(direction))
    }

    fn spread(&self, direction: &Vector) -> Vector {
        std::array::from_fn(|i| dot(&self.covariance[i], direction))
    }

    fn update(&mut self, direction: &Vector, surprise: f64, variance: f64) {
        let spread = self.spread(direction);
        for i in 0..STATES {
            self.state[i] += spread[i] * surprise / variance;
            for j in 0..STATES {
                self.covariance[i][j] -= spread[i] * spread[j] / variance;
            }
        }
    }

    /// Learns the noise, as late as a step is looked for: otherwise a step would raise the noise and hide in it.
    fn learn_noise(&mut self, residual: f64) {
        self.pending.push_back((self.last_residual, residual));
        self.last_residual = residual;
        if self.pending.len() <= MEMORY {
            return;
        }
        let Some((before, residual)) = self.pending.pop_front() else { return };
        let reach = LEARNING_CLIP * self.sigma();
        let (before, residual) = (before.clamp(-reach, reach), residual.clamp(-reach, reach));
        if self.count >= NOISE_MEMORY {
            let keep = (NOISE_MEMORY - 1.0) / self.count;
            self.squares *= keep;
            self.products *= keep;
            self.count *= keep;
        }
        self.squares += residual * residual;
        self.products += residual * before;
        self.count += 1.0;
    }
}

/// What a line leaves over of the first values, and of hours of them also a daily wave; and the number of parameters.
fn noise_of(points: &[(f64, f64)], has_clock: bool) -> (Vec<f64>, usize) {
    let span = points.last().zip(points.first()).map_or(0.0, |(last, first)| last.0 - first.0);
    match swing(points).filter(|_| has_clock && span >= LONG_S) {
        Some(wave) => {
            let steady: Vec<(f64, f64)> =
                points.iter().map(|(at, value)| (*at, value - wave.at(*at))).collect();
            (without_line(&steady), 4)
        }
        None => (without_line(points), 2),
    }
}

/// The logarithm of a normal density, but for a constant; a single value counts for at most this many deviations.
fn log_likelihood(surprise: f64, variance: f64) -> f64 {
    let reach = JUDGING_CLIP * variance.sqrt();
    -0.5 * (variance.ln() + surprise.clamp(-reach, reach).powi(2) / variance)
}

fn stray(size: f64) -> f64 {
    (STRAY * size).powi(2) / 3_600.0
}

mod candidates;
#[cfg(test)]
mod tests;
