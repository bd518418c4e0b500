//! The daily swing of a series: one wave of 24 hours. For a series shorter than a day it is any slow bend that
//! resembles a part of such a wave.

use std::f64::consts::TAU;

const DAY_S: f64 = 86_400.0;
/// A shorter series has no visible bend.
const SHORTEST_S: f64 = 7_200.0;

/// A wave with the period of a day.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Swing {
    cosine: f64,
    sine: f64,
}

impl Swing {
    /// The wave at a time. Units: those of the series; seconds.
    pub fn at(&self, at: f64) -> f64 {
        let angle = TAU * (at / DAY_S).rem_euclid(1.0);
        self.cosine * angle.cos() + self.sine * angle.sin()
    }

    /// Half of the distance from its lowest to its highest value, in the unit of the series.
    pub fn amplitude(&self) -> f64 {
        self.cosine.hypot(self.sine)
    }
}

/// The wave that fits best together with a level and a straight line; `None` below two hours or twelve values.
///
/// The line keeps a drift from being mistaken for a part of a wave. Shape: seconds and value, in the order of time,
/// finite.
pub fn swing(points: &[(f64, f64)]) -> Option<Swing> {
    let (first, last) = (points.first()?.0, points.last()?.0);
    if last - first < SHORTEST_S || points.len() < 12 {
        return None;
    }
    let row = |at: f64| {
        let angle = TAU * (at / DAY_S).rem_euclid(1.0);
        [1.0, (at - first) / DAY_S, angle.cos(), angle.sin()]
    };
    let (mut normal, mut right) = ([[0.0; 4]; 4], [0.0; 4]);
    for (at, value) in points {
        let row = row(*at);
        for i in 0..4 {
            right[i] += row[i] * value;
            for j in 0..4 {
                normal[i][j] += row[i] * row[j];
            }
        }
    }
    let solution = solve(normal, right)?;
    Some(Swing { cosine: solution[2], sine: solution[3] })
}

/// Solves a symmetric system by elimination with pivots; `None` where it is singular.
fn solve(mut matrix: [[f64; 4]; 4], mut right: [f64; 4]) -> Option<[f64; 4]> {
    for column in 0..4 {
        let pivot =
            (column..4).max_by(|a, b| matrix[*a][column].abs().total_cmp(&matrix[*b][column].abs()))?;
        if matrix[pivot][column].abs() < 1e-12 {
            return None;
        }
        matrix.swap(column, pivot);
        right.swap(column, pivot);
        for row in column + 1..4 {
            let factor = matrix[row][column] / matrix[column][column];
            let source = matrix[column];
            matrix[row].iter_mut().zip(source).for_each(|(value, source)| *value -= factor * source);
            right[row] -= factor * right[column];
        }
    }
    for column in (0..4).rev() {
        let known: f64 = (column + 1..4).map(|j| matrix[column][j] * right[j]).sum();
        right[column] = (right[column] - known) / matrix[column][column];
    }
    Some(right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wave_is_found_beside_a_line() {
        let wave = |at: f64| 3.0 + 0.5 * at / DAY_S + 0.2 * (TAU * at / DAY_S + 1.0).sin();
        let points: Vec<(f64, f64)> =
            (0..576).map(|n| f64::from(n) * 300.0).map(|at| (at, wave(at))).collect();
        let found = swing(&points).unwrap();
        assert!((found.amplitude() - 0.2).abs() < 1e-9, "{found:?}");
        assert_eq!(swing(&points[..20]), None);
    }
}
