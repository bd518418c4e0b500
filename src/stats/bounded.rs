//! Growth up to a bound: proportional to the users at first, then level.
//!
//! The knee between the two is sharp, X(N) = min(gamma N, bound), or rounded by queues as in a closed system. The criterion
//! chooses the shape: sharp, one queue with think time, two queues without, or two or three with.

use super::Estimate;
use super::closed_system;
use super::growth::{LEAST_TO_CHOOSE, LevelOff};
use super::least_squares::{criterion, invert, times};
use super::t_test;

/// Most users for which a rounded knee is tried, as it takes a step for each. With more, a knee is sharp: its width is the
/// root of the number of users.
const MOST_USERS: f64 = 3_000.0;
/// The bound is known where the highest level is this near to it.
const REACHED: f64 = 0.9;

/// The shape of the law between growth and bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Knee {
    /// The line meets the bound.
    Sharp,
    /// Queues round the corner, as in a closed system: one at the bottleneck, and this many faster ones beside it.
    Rounded(u8),
}

/// Growth up to a bound, fitted to points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounded {
    /// The shape that fits best.
    pub knee: Knee,
    /// The throughput that it levels off at, in the unit of the points.
    pub limit: f64,
    /// Number of users at which the first straight line meets the bound.
    pub users: f64,
    /// The weighted sum of squared residuals.
    pub residual: f64,
    /// Degrees of freedom: number of points less number of parameters, at least 0.
    pub degrees: usize,
    /// Akaike's criterion for small samples; `None` where the sample is too small for it.
    pub aicc: Option<f64>,
    /// Bound, and either the users where it bends, or the think time and second service time of the closed system.
    parameters: [f64; 3],
    covariance: Option<[[f64; 3]; 3]>,
}

impl Bounded {
    /// The throughput that the law gives at a number of users.
    pub fn throughput(&self, users: f64) -> f64 {
        value(self.knee, &self.parameters, users)
    }

    /// The same with its 95% interval; `None` where the fit leaves no degree of freedom.
    pub fn estimate(&self, users: f64) -> Option<Estimate> {
        let value = self.throughput(users);
        let slopes = slopes(self.knee, &self.parameters, &[users], &[value], [true; 3]);
        let half = t_test::quantile(0.95, self.degrees as f64) * self.spread(slopes.first()?)?;
        Some(Estimate { value, low: value - half, high: value + half })
    }

    /// Where it levels off; `None` where the highest level, with that number of users, is far below the bound.
    pub(super) fn level_off(&self, tested: f64) -> Option<LevelOff> {
        let is_reached = self.users <= tested && self.throughput(tested) >= REACHED * self.limit;
        let of_users = match self.knee {
            Knee::Sharp => [0.0, 1.0, 0.0],
            Knee::Rounded(others) => [0.0, 1.0, f64::from(others)],
        };
        let t = t_test::quantile(0.95, self.degrees.max(1) as f64);
        is_reached.then(|| {
            let limit = (self.limit, self.spread(&[1.0, 0.0, 0.0]));
            LevelOff::of(limit, (self.users, self.spread(&of_users)), t)
        })
    }

    /// The standard error of what changes with the parameters so fast.
    fn spread(&self, slopes: &[f64; 3]) -> Option<f64> {
        let along = times(&self.covariance?, slopes);
        Some((0..3).map(|i| slopes[i] * along[i]).sum::<f64>().max(0.0).sqrt())
    }
}

/// Fits the law to points of users, throughput and weight, in the unit given.
///
/// Shape: at least three points, by users in ascending order.
pub(super) fn fit(points: &[(f64, f64, f64)], unit: f64) -> Bounded {
    let sharp = sharp(points);
    let mut best = describe(points, Knee::Sharp, (sharp, [true, true, false]), 2, unit);
    // Below five points nothing is chosen.
    if points.len() >= LEAST_TO_CHOOSE && points.last().is_some_and(|last| last.0 <= MOST_USERS) {
        for (think, others) in [(true, 0), (false, 1), (true, 1), (true, 2)] {
            let count = 1 + usize::from(think) + usize::from(others > 0);
            let knee = Knee::Rounded(others);
            let rounded = describe(points, knee, rounded(points, knee, think, others > 0), count, unit);
            // Of equals the first stays.
            if rounded.aicc.zip(best.aicc).is_some_and(|(rounded, best)| rounded < best) {
                best = rounded;
            }
        }
    }
    best
}

fn value(knee: Knee, parameters: &[f64; 3], users: f64) -> f64 {
    values(knee, parameters, &[users]).first().copied().unwrap_or_default()
}

fn values(knee: Knee, [limit, second, third]: &[f64; 3], users: &[f64]) -> Vec<f64> {
    match knee {
        Knee::Sharp => users.iter().map(|users| limit * (users / second).min(1.0)).collect(),
        Knee::Rounded(others) => {
            let values = closed_system::throughput(*second, *third, f64::from(others), users);
            values.iter().map(|value| limit * value).collect()
        }
    }
}

/// How fast the law changes with each parameter that is `fitted`, at each number of users, where it has these values.
fn slopes(
    knee: Knee,
    parameters: &[f64; 3],
    users: &[f64],
    values_now: &[f64],
    fitted: [bool; 3],
) -> Vec<[f64; 3]> {
    let moved = |place: usize| {
        let step = 1e-6 * parameters[place].max(1e-3);
        let mut moved = *parameters;
        moved[place] += step;
        fitted[place].then(|| (step, values(knee, &moved, users)))
    };
    let (second, third) = (moved(1), moved(2));
    values_now
        .iter()
        .enumerate()
        .map(|(i, now)| {
            let slope = |moved: &Option<(f64, Vec<f64>)>| {
                moved.as_ref().map_or(0.0, |(step, moved)| (moved[i] - now) / step)
            };
            [now / parameters[0], slope(&second), slope(&third)]
        })
        .collect()
}

/// The normal matrix and the gradient of the squares.
fn normal_equations(
    points: &[(f64, f64, f64)],
    values: &[f64],
    slopes: &[[f64; 3]],
) -> ([[f64; 3]; 3], [f64; 3]) {
    let (mut normal, mut gradient) = ([[0.0; 3]; 3], [0.0; 3]);
    for ((point, value), slopes) in points.iter().zip(values).zip(slopes) {
        for i in 0..3 {
            gradient[i] += point.2 * slopes[i] * (point.1 - value);
            (0..3).for_each(|j| normal[i][j] += point.2 * slopes[i] * slopes[j]);
        }
    }
    (normal, gradient)
}

fn cost(points: &[(f64, f64, f64)], values: &[f64]) -> f64 {
    points.iter().zip(values).map(|((_, y, weight), value)| weight * (y - value).powi(2)).sum()
}

/// The least squares of a bound for a given shape.
fn limit_of(points: &[(f64, f64, f64)], shape: &[f64]) -> f64 {
    let along = |of: &dyn Fn(f64, f64) -> f64| -> f64 {
        points.iter().zip(shape).map(|((_, y, weight), shape)| weight * of(*y, *shape)).sum()
    };
    along(&|y, shape| y * shape) / along(&|_, shape| shape * shape)
}

/// The sharp knee with the least squares, exactly: with the bend between two levels the line and the bound are fitted apart,
/// and otherwise it lies on a level.
fn sharp(points: &[(f64, f64, f64)]) -> [f64; 3] {
    let mut best = ([1.0, 1.0, 0.0], f64::INFINITY);
    // Exact up to this number of levels; a table with more is searched in steps.
    let step = points.len().div_ceil(500);
    let all: Vec<f64> = points.iter().map(|point| point.0).collect();
    for (place, point) in points.iter().enumerate().step_by(step) {
        let users: Vec<f64> = points.iter().map(|other| (other.0 / point.0).min(1.0)).collect();
        let on_level = [limit_of(points, &users), point.0, 0.0];
        let (growing, level) = points.split_at(place);
        let line: Vec<f64> = growing.iter().map(|point| point.0).collect();
        let (gamma, limit) = (limit_of(growing, &line), limit_of(level, &vec![1.0; level.len()]));
        for parameters in [on_level, [limit, limit / gamma, 0.0]] {
            let cost = cost(points, &values(Knee::Sharp, &parameters, &all));
            if cost < best.1 && parameters.iter().all(|value| value.is_finite()) && parameters[1] > 0.0 {
                best = (parameters, cost);
            }
        }
    }
    best.0
}

/// The closed system with the least squares: its parameters, and which of them are neither fixed nor at a bound.
fn rounded(
    points: &[(f64, f64, f64)],
    knee: Knee,
    has_think: bool,
    has_second: bool,
) -> ([f64; 3], [bool; 3]) {
    let users: Vec<f64> = points.iter().map(|point| point.0).collect();
    let most = users.last().copied().unwrap_or(1.0).max(1.0);
    let steps = if has_second { 10 } else { 20 };
    // From far below the first users to beyond the last ones, evenly by ratio.
    let thinks = (0..steps).map(|step| 0.1 * (30.0 * most).powf(f64::from(step) / f64::from(steps - 1)));
    let thinks: Vec<f64> = if has_think { thinks.collect() } else { vec![0.0] };
    let seconds: &[f64] = if has_second { &[0.3, 0.6, 0.9] } else { &[0.0] };
    let mut best = ([1.0, 0.0, 0.0], f64::INFINITY);
    for (think, second) in thinks.iter().flat_map(|think| seconds.iter().map(move |second| (*think, *second)))
    {
        let shape = values(knee, &[1.0, think, second], &users);
        let limit = limit_of(points, &shape);
        let cost = cost(points, &shape.iter().map(|shape| limit * shape).collect::<Vec<_>>());
        if cost < best.1 {
            best = ([limit, think, second], cost);
        }
    }
    refine(points, knee, best, [true, has_think, has_second])
}

/// Levenberg and Marquardt's steps within the bounds of the parameters: a think time of at least 0, a second server that is
/// not the slower one.
fn refine(
    points: &[(f64, f64, f64)],
    knee: Knee,
    start: ([f64; 3], f64),
    fitted: [bool; 3],
) -> ([f64; 3], [bool; 3]) {
    let users: Vec<f64> = points.iter().map(|point| point.0).collect();
    let (mut parameters, mut cost_now) = start;
    let most = [f64::INFINITY, f64::INFINITY, 1.0];
    let mut values_now = values(knee, &parameters, &users);
    let mut damping = 1e-3;
    for _ in 0..60 {
        let slopes = slopes(knee, &parameters, &users, &values_now, fitted);
        let (mut normal, gradient) = normal_equations(points, &values_now, &slopes);
        (0..3).for_each(|i| normal[i][i] *= 1.0 + damping);
        // What is at its bound stays there while it would leave it.
        let leaves = |i: usize| {
            parameters[i] <= 0.0 && gradient[i] < 0.0 || parameters[i] >= most[i] && gradient[i] > 0.0
        };
        let moves: [bool; 3] = std::array::from_fn(|i| fitted[i] && !leaves(i));
        let Some(inverse) = invert(&normal, moves) else { break };
        let masked: [f64; 3] = std::array::from_fn(|i| if moves[i] { gradient[i] } else { 0.0 });
        let step = times(&inverse, &masked);
        let next: [f64; 3] = std::array::from_fn(|i| (parameters[i] + step[i]).max(0.0).min(most[i]));
        let values_next = values(knee, &next, &users);
        let cost_next = cost(points, &values_next);
        if cost_next <= cost_now {
            let is_still = (0..3).all(|i| (next[i] - parameters[i]).abs() <= 1e-10 * parameters[i]);
            (parameters, values_now, cost_now) = (next, values_next, cost_next);
            damping = (damping / 10.0).max(1e-15);
            if is_still {
                break;
            }
        } else {
            damping *= 10.0;
            if damping > 1e8 {
                break;
            }
        }
    }
    (parameters, std::array::from_fn(|i| fitted[i] && parameters[i] > 0.0 && parameters[i] < most[i]))
}

fn describe(
    points: &[(f64, f64, f64)],
    knee: Knee,
    (parameters, free): ([f64; 3], [bool; 3]),
    count: usize,
    unit: f64,
) -> Bounded {
    let users: Vec<f64> = points.iter().map(|point| point.0).collect();
    let values = values(knee, &parameters, &users);
    let cost = cost(points, &values);
    let degrees = points.len().saturating_sub(count);
    let slopes = slopes(knee, &parameters, &users, &values, free);
    let (normal, _) = normal_equations(points, &values, &slopes);
    let inverse = invert(&normal, free).filter(|_| degrees > 0);
    // Only the bound carries the unit of throughput.
    let units = [unit, 1.0, 1.0];
    let covariance = inverse.map(|inverse| -> [[f64; 3]; 3] {
        let sigma = cost / degrees as f64;
        std::array::from_fn(|i| std::array::from_fn(|j| sigma * inverse[i][j] * units[i] * units[j]))
    });
    let [limit, second, third] = parameters;
    let of_knee = match knee {
        Knee::Sharp => second,
        Knee::Rounded(others) => 1.0 + second + f64::from(others) * third,
    };
    Bounded {
        knee,
        limit: limit * unit,
        users: of_knee,
        residual: cost * unit * unit,
        degrees,
        aicc: criterion(points, cost, count),
        parameters: [limit * unit, second, third],
        covariance,
    }
}
