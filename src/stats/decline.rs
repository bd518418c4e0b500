//! Whether throughput falls again at the highest levels, and whether a law describes how.

use statrs::distribution::{ContinuousCDF, FisherSnedecor};

use super::Estimate;
use super::least_squares::without_rounding;
use super::t_test;

/// Below this probability one law fits worse than another, beyond chance.
const WORSE: f64 = 0.01;
/// Candidates for the place where a line bends.
const BENDS: u32 = 200;

/// The slope of the levels from the highest throughput on, with an interval of this confidence, and the number of users that
/// they span; `None` below three of them.
///
/// The first of these levels was chosen because it is the highest, which makes the slope look steeper than it is: an
/// interval of 98 % excludes 0 by chance about as often as one of 95 % should.
///
/// Shape: one point of users, throughput and weight per level, by users in ascending order.
pub(super) fn slope_from_highest(levels: &[(f64, f64, f64)], confidence: f64) -> Option<(Estimate, f64)> {
    let highest = levels.iter().map(|level| level.1).fold(0.0, f64::max);
    let from = levels.iter().position(|level| level.1 >= highest)?;
    let levels = levels.get(from..).filter(|levels| levels.len() >= 3)?;
    let sum = |of: &dyn Fn(&(f64, f64, f64)) -> f64| -> f64 { levels.iter().map(of).sum() };
    let weight = sum(&|level| level.2);
    let (users, mean) = (sum(&|level| level.2 * level.0) / weight, sum(&|level| level.2 * level.1) / weight);
    let spread = sum(&|level| level.2 * (level.0 - users).powi(2));
    let slope = sum(&|level| level.2 * (level.0 - users) * (level.1 - mean)) / spread;
    let residual = sum(&|level| level.2 * (level.1 - mean - slope * (level.0 - users)).powi(2));
    let degrees = levels.len() as f64 - 2.0;
    let half = t_test::quantile(confidence, degrees) * (residual / degrees / spread).sqrt();
    let span = levels.last()?.0 - levels.first()?.0;
    Some((Estimate { value: slope, low: slope - half, high: slope + half }, span))
}

/// A law's squared residuals with the degrees of freedom they leave.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Leftover {
    pub cost: f64,
    pub degrees: f64,
}

impl Leftover {
    /// Whether a law leaves more than another does, beyond chance. Both have the same points, so this is a guide rather than
    /// a test.
    pub(super) fn is_worse_than(self, other: Self) -> bool {
        let ratio = (self.cost / self.degrees) / (other.cost / other.degrees);
        FisherSnedecor::new(self.degrees, other.degrees)
            .is_ok_and(|distribution| ratio.is_finite() && 1.0 - distribution.cdf(ratio) < WORSE)
    }
}

/// What the best line through the origin leaves that bends once, to any other slope.
///
/// Shape: as for [`slope_from_highest`], at least four levels.
pub(super) fn bent_line(levels: &[(f64, f64, f64)]) -> Option<Leftover> {
    let (first, last) = (levels.first()?.0, levels.last()?.0);
    let degrees = levels.len().checked_sub(3).filter(|degrees| *degrees > 0)? as f64;
    let bends = (1..BENDS).map(|step| first + (last - first) * f64::from(step) / f64::from(BENDS));
    let cost = bends.filter_map(|bend| bent_at(levels, bend)).fold(f64::INFINITY, f64::min);
    Some(Leftover { cost: without_rounding(levels, cost), degrees })
}

/// The squares that a line leaves which bends at this number of users.
fn bent_at(levels: &[(f64, f64, f64)], bend: f64) -> Option<f64> {
    let parts = |users: f64| (users.min(bend), (users - bend).max(0.0));
    let (mut aa, mut ab, mut bb, mut ay, mut by) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for (users, y, weight) in levels {
        let (a, b) = parts(*users);
        aa += weight * a * a;
        ab += weight * a * b;
        bb += weight * b * b;
        ay += weight * a * y;
        by += weight * b * y;
    }
    let determinant = aa * bb - ab * ab;
    let (rise, fall) = ((ay * bb - by * ab) / determinant, (by * aa - ay * ab) / determinant);
    let cost: f64 = levels
        .iter()
        .map(|(users, y, weight)| {
            let (a, b) = parts(*users);
            weight * (y - rise * a - fall * b).powi(2)
        })
        .sum();
    cost.is_finite().then_some(cost)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn levels(values: &[f64]) -> Vec<(f64, f64, f64)> {
        values.iter().enumerate().map(|(place, value)| (place as f64 + 1.0, *value, 1.0)).collect()
    }

    #[test]
    fn a_slope_is_that_of_a_line_with_its_interval() {
        // Source: scipy.stats.linregress of the four published levels from 72 users on, t of two degrees.
        let published = [
            (36.0, 1652.4, 1.0),
            (72.0, 1853.2, 1.0),
            (108.0, 1828.9, 1.0),
            (144.0, 1775.0, 1.0),
            (216.0, 1702.2, 1.0),
        ];
        let (slope, span) = slope_from_highest(&published, 0.99).unwrap();
        assert!((span - 144.0).abs() < 1e-9);
        assert!((slope.value + 1.082_777_8).abs() < 1e-6, "{slope:?}");
        let half = (slope.high - slope.low) / 2.0 / 9.924_843;
        assert!((slope.value / half + 13.49).abs() < 0.01, "{slope:?}");
        assert_eq!(slope_from_highest(&levels(&[1.0, 2.0, 3.0, 2.0]), 0.98), None);
    }

    #[test]
    fn a_bent_line_leaves_nothing_of_itself() {
        let found = bent_line(&levels(&[10.0, 20.0, 30.0, 25.0, 20.0, 15.0])).unwrap();
        assert!(found.cost < 0.5, "{found:?}");
        let other = Leftover { cost: 500.0, degrees: 3.0 };
        assert!(other.is_worse_than(found) && !found.is_worse_than(other));
    }
}
