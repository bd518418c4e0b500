//! A confirmed change of a series, in the units of its values: expected value, level, and the ratio of the two.
//!
//! A forecast may leave the range of the values: below 0, or above everything measured. An alert never does.

use crate::stats::robust::median;

use super::series::Scale;

/// A smaller part of the largest value counts as 0: it is a rounding error.
const NOTHING: f64 = 1e-9;

/// The kind of change that an alert reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlertKind {
    /// Three of five windows lie far out in the same direction.
    Burst,
    /// A step change: the level of the series has moved.
    Shift,
    /// More errors than the baseline explains.
    Errors,
}

impl AlertKind {
    /// Every kind of alert, in the order of their declaration.
    pub const ALL: [Self; 3] = [Self::Burst, Self::Shift, Self::Errors];

    /// The value of `kind` in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Burst => "burst",
            Self::Shift => "shift",
            Self::Errors => "errors",
        }
    }
}

/// A confirmed change of one series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change {
    /// Kind of the change: burst, shift or errors.
    pub kind: AlertKind,
    /// Value expected without the change. Units: the metric's; for errors the highest ratio compatible with the
    /// baseline. Shape: within the range of all values before the change, where the series was learned here.
    pub expected: f64,
    /// The level with the change. Units: the metric's. Shape: within the range of the windows that show the change.
    pub level: f64,
    /// Change relative to the expected value: -0.9 is 10 instead of 100. `None` for errors, and where there is no such
    /// ratio: an expected value of 0 or less, or a level below 0.
    pub effect: Option<f64>,
    /// How far the level moved, on the scale of the series.
    pub height: f64,
    /// Size of the change in standard errors; above 0 is a larger value.
    pub z: f64,
    /// Number of windows that show the change.
    pub windows: usize,
}

/// A change on the scale of its series.
#[derive(Debug, Clone, Copy)]
pub(super) struct Told {
    pub(super) kind: AlertKind,
    /// Positions expected without the change, and with it.
    pub(super) expected: f64,
    pub(super) level: f64,
    /// How far the level moved.
    pub(super) height: f64,
    /// The same in standard errors.
    pub(super) z: f64,
}

impl Told {
    /// The change in the metric's units, from the values that show it; `is_held` where one of them has no position.
    ///
    /// `range` holds the lowest and the highest value before the change, `least` is the smallest value with a position.
    /// Shape: at least one value.
    pub(super) fn in_units(
        self,
        scale: Scale,
        range: Option<(f64, f64)>,
        least: f64,
        values: &[f64],
        is_held: bool,
    ) -> Change {
        let Self { kind, expected, level, height, z } = self;
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let moved = scale.take(level);
        // Where a value has no position, the height is made up.
        let level = if is_held { median(values).unwrap_or(moved) } else { moved };
        let level = level.min(high).max(low);
        let expected = scale.take(expected);
        // So is a position below all those of values that were read.
        let expected = range
            .map_or(expected, |(low, high)| if expected < least { low } else { expected.min(high).max(low) });
        let nothing = NOTHING * level.abs().max(expected.abs());
        let whole = |value: f64| if value.abs() <= nothing { 0.0 } else { value };
        let (expected, level) = (whole(expected), whole(level));
        let effect = (expected > 0.0 && level >= 0.0).then(|| level / expected - 1.0);
        let effect = effect.filter(|effect| effect.is_finite());
        Change { kind, expected, level, effect, height, z, windows: values.len() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_stays_within_the_values() {
        let check = |scale, (expected, height), range, values: &[f64], is_held, right| {
            let least = if scale == Scale::Log { 1.0 } else { f64::NEG_INFINITY };
            let told = Told { kind: AlertKind::Shift, expected, level: expected + height, height, z: 9.0 };
            let found = told.in_units(scale, range, least, values, is_held);
            let Change { expected, level, effect, .. } = found;
            let near = |a: f64, b: f64| (a - b).abs() < 1e-9;
            let (right_expected, right_level, right_effect): (f64, f64, Option<f64>) = right;
            assert!(near(expected, right_expected) && near(level, right_level), "{found:?}");
            match (effect, right_effect) {
                (Some(effect), Some(right)) => assert!(near(effect, right), "{found:?}"),
                (effect, right) => assert_eq!(effect, right, "{found:?}"),
            }
        };
        let (log, linear) = (Scale::Log, Scale::Linear);
        // A fall to a tenth, on both scales.
        check(
            linear,
            (100.0, -90.0),
            Some((90.0, 110.0)),
            &[10.0, 9.0, 11.0],
            false,
            (100.0, 10.0, Some(-0.9)),
        );
        check(log, (100_f64.ln(), 0.1_f64.ln()), None, &[10.0, 9.0, 11.0], false, (100.0, 10.0, Some(-0.9)));
        // No ratio to 0, nor across it, nor below it.
        check(linear, (0.008, 1.0), Some((0.0, 0.0)), &[1.0, 1.0], false, (0.0, 1.0, None));
        check(linear, (-5.0, 10.0), Some((-6.0, -4.0)), &[4.0, 5.0], false, (-5.0, 5.0, None));
        check(linear, (-5.0, -5.0), Some((-6.0, -4.0)), &[-11.0, -10.0], false, (-5.0, -10.0, None));
        // A forecast below 0 of values that never were, and a height beyond the values that show it.
        check(linear, (-2.0, 30.0), Some((0.0, 9.0)), &[18.0, 19.0], false, (0.0, 19.0, None));
        check(linear, (20.0, -30.0), Some((0.0, 9.0)), &[0.0, 1.0], false, (9.0, 0.0, Some(-1.0)));
        // 0 has no logarithm: the level is what was read.
        check(
            log,
            (100_f64.ln(), -6.9),
            Some((80.0, 120.0)),
            &[0.0, 0.0, 3.0],
            true,
            (100.0, 0.0, Some(-1.0)),
        );
        // The same for what was expected: values of 0 were taken for 0.1.
        check(log, (0.1_f64.ln(), 7.0), Some((0.0, 9.0)), &[80.0, 90.0], false, (0.0, 90.0, None));
    }
}
