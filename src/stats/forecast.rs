//! What the next value of a series should be, and whether its level has just shifted.
//!
//! A series is a level, a daily swing of unknown size and phase, and noise that depends on the value before. Level
//! and swing are learnt as values come (a Kalman filter whose level may stray a little), so that a platform's day is
//! not taken for a change; for each of the last values it is asked whether a step there explains what came after.
//! Source of the question: Willsky and Jones (1976), the generalised likelihood ratio test for jumps.

use std::collections::VecDeque;

use super::autocorrelation::{at_lag, corrected};
use super::least_squares::without_line;
use super::robust::{describe, median};
use super::swing::{DAY_S, Vector, basis, dot, entry};

pub use super::swing::{ENTRIES, STATES};

/// How large a daily swing is thought likely before one was seen: 12 % each of cosine and sine, so +-20 % is ordinary.
const LIKELY_SWING: f64 = 0.12;
/// The same for the wave of half a day, which gives a day its shape.
const LIKELY_SECOND: f64 = 0.2 * LIKELY_SWING;
/// How far a level strays by itself, within an hour, as a share of its size.
const STRAY: f64 = 0.01;
/// A series is never thought steadier than this share of its size: clocks and counters are not.
const LEAST_SIGMA: f64 = 0.001;
/// How far a single value may pull level and swing, in deviations.
const LEARNING_CLIP: f64 = 3.0;
/// How far a single value may speak for a step, in deviations.
const JUDGING_CLIP: f64 = 4.0;
/// How many values back a step is looked for.
const MEMORY: usize = 20;
/// How many values a step must have lasted.
const LEAST_AGE: usize = 4;
/// From how many values the noise is estimated, once there are so many.
const NOISE_MEMORY: f64 = 1_000.0;

/// A step that explains the last values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// Its height: how far the values since lie from what was expected before it came. Units: those of the series.
    pub height: f64,
    /// How clear it is, in standard errors, level and swing being as uncertain as they are.
    pub z: f64,
    /// How clear it would be if level and swing were known.
    pub z_if_known: f64,
    /// How many values it lasts.
    pub age: usize,
    /// The level before it came.
    pub level_before: f64,
    before: Vector,
    information: f64,
}

/// One value of a series, compared with its forecast.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judged {
    /// The forecast of the value, in the unit of the series.
    pub expected: f64,
    /// Value less expectation, in standard deviations of such a difference.
    pub z: f64,
    /// The step in the last values that is clearest; `None` while it is too young to tell.
    pub step: Option<Step>,
}

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

#[derive(Debug, Clone)]
struct Candidate {
    /// Level and swing as they were before.
    before: Vector,
    /// How much of the step they have taken up since.
    taken_up: Vector,
    /// What the values since say for it, each limited to this many deviations.
    evidence: f64,
    information: f64,
    age: usize,
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
    candidates: VecDeque<Candidate>,
    /// The last values, as far back as steps are looked for.
    recent: VecDeque<(f64, f64)>,
    /// How much the level's variance grows in a second.
    stray: f64,
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
        let rest = without_line(points);
        let n = rest.len() as f64;
        let described = describe(&rest)?;
        let sigma = (described.sigma * ((n - 1.0) / (n - 2.0)).sqrt()).max(described.mad_sigma);
        let least_variance = (LEAST_SIGMA * size).powi(2);
        let variance = sigma.powi(2).max(least_variance);
        // Outliers would hide the dependence of the others.
        let reach = JUDGING_CLIP * described.mad_sigma.max(LEAST_SIGMA * size);
        let held: Vec<f64> = rest.iter().map(|value| value.clamp(-reach, reach)).collect();
        let phi = at_lag(&held, 1).map_or(0.0, |plain| corrected(plain, held.len(), 2));
        let mut covariance = [[0.0; STATES]; STATES];
        covariance[0][0] = (100.0 * size).powi(2).max(1e4 * variance);
        if has_clock {
            for (state, likely) in
                [(1, LIKELY_SWING), (2, LIKELY_SWING), (3, LIKELY_SECOND), (4, LIKELY_SECOND)]
            {
                covariance[state][state] = (likely * size).powi(2);
            }
        }
        let spacings: Vec<f64> = points.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
        let spacing = median(&spacings).unwrap_or(1.0);
        let mut forecast = Self {
            state: std::array::from_fn(|i| if i == 0 { mean } else { 0.0 }),
            covariance,
            last: points[0],
            spacing: if spacing > 0.0 { spacing } else { 1.0 },
            squares: (n - 2.0) * variance,
            products: phi * (n - 2.0) * variance,
            count: n - 2.0,
            last_residual: 0.0,
            pending: VecDeque::with_capacity(MEMORY + 1),
            least_variance,
            candidates: VecDeque::with_capacity(MEMORY + 1),
            recent: VecDeque::with_capacity(MEMORY + 1),
            stray: stray(size),
        };
        let first = basis(points[0].0);
        let uncertainty = forecast.uncertainty(&first) + variance;
        forecast.update(&first, points[0].1 - dot(&first, &forecast.state), uncertainty);
        for &(at, value) in &points[1..] {
            let (direction, surprise, variance) = forecast.innovation(at, value);
            let reach = JUDGING_CLIP * variance.sqrt();
            forecast.update(&direction, surprise.clamp(-reach, reach), variance);
            forecast.last = (at, value);
        }
        Some(forecast)
    }

    /// A forecast that goes on from what was known before.
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
            candidates: VecDeque::with_capacity(MEMORY + 1),
            recent: VecDeque::with_capacity(MEMORY + 1),
            stray: stray(size),
        })
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
        let step = self.clearest_step();
        let reach = LEARNING_CLIP * variance.sqrt();
        self.update(&direction, surprise.clamp(-reach, reach), variance);
        self.last = (at, value);
        self.learn_noise(residual);
        Judged { expected, z, step }
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

    fn weigh_steps(&mut self, at: f64, direction: &Vector, surprise: f64, variance: f64) {
        let phi = self.phi_after(at);
        let gain = self.spread(direction).map(|spread| spread / variance);
        let reach = JUDGING_CLIP * variance.sqrt();
        let held = surprise.clamp(-reach, reach);
        if self.candidates.len() >= MEMORY {
            self.candidates.pop_front();
        }
        self.candidates.push_back(Candidate {
            before: self.state,
            taken_up: [0.0; STATES],
            evidence: 0.0,
            information: 0.0,
            age: 0,
        });
        for candidate in &mut self.candidates {
            // A step of height 1 shows whole in its first value, and less what dependence hands on in the others.
            let shows =
                if candidate.age == 0 { 1.0 } else { 1.0 - phi } - dot(direction, &candidate.taken_up);
            candidate.evidence += shows * held / variance;
            candidate.information += shows * shows / variance;
            candidate.age += 1;
            for (taken_up, gain) in candidate.taken_up.iter_mut().zip(gain) {
                *taken_up += gain * shows;
            }
        }
    }

    fn clearest_step(&self) -> Option<Step> {
        let clarity = |candidate: &Candidate| candidate.evidence / candidate.information.sqrt();
        let clearest = self
            .candidates
            .iter()
            .filter(|candidate| candidate.age >= LEAST_AGE && candidate.information > 0.0)
            .max_by(|left, right| clarity(left).abs().total_cmp(&clarity(right).abs()))?;
        let phi = self.phi();
        let alone = clearest.age as f64 * (1.0 - phi) / (1.0 + phi) / self.variance();
        Some(Step {
            height: self.height_of(clearest),
            z: clarity(clearest),
            z_if_known: clearest.evidence / clearest.information * alone.sqrt(),
            age: clearest.age,
            level_before: clearest.before[0],
            before: clearest.before,
            information: clearest.information,
        })
    }

    /// How far the values since lie from what was expected before: the median where it stands out by itself, else the
    /// mean, in which a single value counts for at most this many deviations.
    fn height_of(&self, candidate: &Candidate) -> f64 {
        let since = self.recent.iter().rev().take(candidate.age);
        let distances: Vec<f64> =
            since.map(|(at, value)| value - dot(&basis(*at), &candidate.before)).collect();
        let typical = median(&distances).unwrap_or(0.0);
        let reach = JUDGING_CLIP * self.sigma();
        if typical.abs() > reach {
            return typical;
        }
        let held = distances.iter().map(|distance| distance.clamp(-reach, reach));
        held.sum::<f64>() / distances.len().max(1) as f64
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

fn stray(size: f64) -> f64 {
    (STRAY * size).powi(2) / 3_600.0
}

#[cfg(test)]
mod tests;
