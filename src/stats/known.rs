//! What a forecast knows, as numbers that a baseline keeps.

use super::swing::{ENTRIES, STATES};

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
