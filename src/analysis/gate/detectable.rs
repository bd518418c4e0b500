//! The smallest change of a value that a gate would probably have detected.

use crate::stats::{normal, t_test};

use super::decide::{Fitted, Strictness};
use super::model::CellChange;

/// A change counts as detectable where four of five are detected; simulated, these quantiles give .77 to .87.
const POWER: f64 = 0.87;

/// How a change is confirmed: the runs of both sets together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Confirmed {
    /// Degrees of freedom of all runs together.
    pub(super) degrees: f64,
    /// Variance of a difference, in multiples of the variance of one run.
    pub(super) factor: f64,
}

/// The smallest detectable change of a cell in the fit of the first set, as a ratio less 1.
pub(super) fn smallest(
    first: &Fitted,
    cell: usize,
    values: usize,
    strictness: Strictness,
    confirmed: Option<Confirmed>,
    drift: f64,
) -> f64 {
    let change = &first.model.cells[cell];
    // Where the common movement is unknown, a change must exceed the drift.
    let hidden = if first.model.common.is_some() { 0.0 } else { drift };
    let of = |strictness: Strictness, degrees: f64, scale: f64| {
        let floor = first.floor * strictness.floor;
        need(change, floor, hidden, strictness.level / values as f64, degrees, scale)
    };
    let need = match confirmed {
        None => of(strictness, change.alone_degrees, 1.0),
        Some(confirmed) => {
            let scale = (confirmed.factor / first.model.factor).sqrt();
            let degrees = change.alone_degrees - first.model.degrees + confirmed.degrees;
            of(strictness, degrees, scale).max(of(Strictness::SCREEN, change.alone_degrees, 1.0))
        }
    };
    need.exp_m1()
}

/// The change that would stand out and pass the floor, on the logarithmic scale.
fn need(change: &CellChange, floor: f64, hidden: f64, level: f64, degrees: f64, scale: f64) -> f64 {
    let (alone, whole) = (change.alone_error * scale, change.error.max(change.alone_error) * scale);
    let enclosing = t_test::quantile(1.0 - level, degrees) + t_test::quantile(2.0 * POWER - 1.0, degrees);
    (hidden + enclosing * alone).max(floor.max(hidden) + normal::quantile(POWER) * whole)
}
