//! The smallest change of a value that a gate would probably have seen.

use crate::stats::{normal, t_test};

use super::decide::{Fitted, Strictness};
use super::model::CellChange;

/// A change is counted as seen where four of five are; simulated, these quantiles give .77 to .87.
const POWER: f64 = 0.87;

/// How a change is confirmed: the runs of both sets together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Confirmed {
    /// Degrees of freedom of all runs.
    pub(super) degrees: f64,
    /// The variance of a difference, in variances of one run.
    pub(super) factor: f64,
}

/// The smallest change of each cell, as a ratio less 1; `first` is the fit of the first set.
pub(super) fn smallest(
    first: &Fitted,
    values: usize,
    strictness: Strictness,
    confirmed: Option<Confirmed>,
) -> Vec<f64> {
    let prior = |change: &CellChange, degrees: f64| change.alone_degrees - first.model.degrees + degrees;
    let smallest = |change: &CellChange| {
        let of = |strictness: Strictness, degrees: f64, scale: f64| {
            need(change, first.floor * strictness.floor, strictness.level / values as f64, degrees, scale)
        };
        let need = match confirmed {
            None => of(strictness, change.alone_degrees, 1.0),
            Some(confirmed) => {
                let scale = (confirmed.factor / first.model.factor).sqrt();
                let joint = of(strictness, prior(change, confirmed.degrees), scale);
                joint.max(of(Strictness::SCREEN, change.alone_degrees, 1.0))
            }
        };
        need.exp_m1()
    };
    first.model.cells.iter().map(smallest).collect()
}

/// What a change must come to, on the logarithmic scale, to stand out and to pass the floor.
fn need(change: &CellChange, floor: f64, level: f64, degrees: f64, scale: f64) -> f64 {
    let (alone, whole) = (change.alone_error * scale, change.error.max(change.alone_error) * scale);
    let enclosing = t_test::quantile(1.0 - level, degrees) + t_test::quantile(2.0 * POWER - 1.0, degrees);
    (enclosing * alone).max(floor + normal::quantile(POWER) * whole)
}
