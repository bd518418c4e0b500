//! A level and its daily swing as a vector of five numbers.

use std::f64::consts::TAU;

/// Level; cosine and sine of the day; cosine and sine of half a day.
pub const STATES: usize = 5;
/// The entries of a symmetric matrix on and above its diagonal.
pub const ENTRIES: usize = STATES * (STATES + 1) / 2;
/// A state, or a direction in which one shows.
pub(super) type Vector = [f64; STATES];

/// Seconds per day.
pub(super) const DAY_S: f64 = 86_400.0;
/// The place of row i, column j among the entries on and above the diagonal.
pub(super) fn entry(i: usize, j: usize) -> usize {
    let (i, j) = (i.min(j), i.max(j));
    i * STATES - i * (i + 1) / 2 + j
}

/// How each state shows at a moment.
pub(super) fn basis(at: f64) -> Vector {
    let (sine, cosine) = (TAU * (at / DAY_S).rem_euclid(1.0)).sin_cos();
    // The wave of half a day, by the formulas for double angles.
    [1.0, cosine, sine, cosine * cosine - sine * sine, 2.0 * sine * cosine]
}

/// The inner product of two vectors.
pub(super) fn dot(left: &Vector, right: &Vector) -> f64 {
    // Written out: the innermost step of every forecast, and iterators cost a call each where they are not inlined.
    left[0] * right[0] + left[1] * right[1] + left[2] * right[2] + left[3] * right[3] + left[4] * right[4]
}
