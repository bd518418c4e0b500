//! What the judges of all kinds of limits share: states from two questions, and the sample that would decide.

use crate::domain::objective::{Needs, ObjectiveState};
use crate::stats::{normal, t_test};

/// Probability on one side of a 95% interval.
pub(super) const TAIL: f64 = 0.025;

/// Mean of some values, and half of its 95% interval from their spread; `None` below two.
pub(super) fn half_by_spread(values: &[f64]) -> Option<(f64, f64)> {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|one| (one - mean).powi(2)).sum();
    let error = (values.len() >= 2).then(|| (squares / (n - 1.0) / n).sqrt())?;
    Some((mean, t_test::quantile(1.0 - 2.0 * TAIL, n - 1.0) * error))
}

pub(super) fn state_of(is_met: bool, is_violated: bool) -> ObjectiveState {
    match (is_met, is_violated) {
        (_, true) => ObjectiveState::Violated,
        (true, false) => ObjectiveState::Met,
        (false, false) => ObjectiveState::Undecided,
    }
}

pub(super) fn needs(state: ObjectiveState, needs: Needs) -> Option<Needs> {
    (state == ObjectiveState::Undecided).then_some(needs)
}

/// The sample at which a ratio is shown to lie on its side of a limit: where the limit's own 95% band no longer contains it.
pub(super) fn for_ratio(ratio: f64, limit: f64) -> u64 {
    let z = normal::quantile(1.0 - TAIL);
    count((z * z * limit * (1.0 - limit) / (ratio - limit).powi(2)).ceil())
}

/// A count from a computed size; as large as it can be where it is beyond all bounds.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates, and NaN is 0")]
pub(super) fn count(size: f64) -> u64 {
    size as u64
}
