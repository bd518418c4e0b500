//! The word for a value that does not fail. It agrees with the interval that is printed beside the value.
//!
//! Whether a value fails is decided relative to the other cells and for all values together. That is no reason to call
//! a value unchanged: its own interval may well reach beyond the floor.

use crate::domain::verdict::Verdict;

use super::counts::CountChange;

/// The word for a value with this 95% interval of its change: above 0 is worse, in the unit of the floor, which for times
/// and throughput is the logarithm of a ratio.
///
/// Unchanged: all of the interval lies within the floor. Improved: significantly better by at least the floor
/// (`improved`), and the interval excludes zero. Otherwise the data does not say.
pub(super) fn word(improved: bool, (low, high): (f64, f64), floor: f64) -> Verdict {
    if improved && high < 0.0 {
        Verdict::Improved
    } else if low >= -floor && high <= floor {
        Verdict::Unchanged
    } else {
        Verdict::Inconclusive
    }
}

/// The word for a ratio of errors or rate-limited requests.
pub(super) fn of_count(change: &CountChange, floor: f64) -> Verdict {
    let difference = change.difference_interval();
    word(change.has_improved(floor), (difference.low, difference.high), floor)
}

/// Whether all of the interval lies beyond the floor, for the worse: too much to accept, if not enough to fail.
pub(super) fn is_suspect((low, _): (f64, f64), floor: f64) -> bool {
    low > floor
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_follow_the_interval() {
        let check = |improved, interval, expected| assert_eq!(word(improved, interval, 0.05), expected);
        check(false, (-0.04, 0.05), Verdict::Unchanged);
        check(false, (-0.04, 0.06), Verdict::Inconclusive);
        check(false, (0.11, 0.33), Verdict::Inconclusive);
        check(true, (-0.127, -0.02), Verdict::Improved);
        // Significant relative to the other cells, which got slower.
        check(true, (-0.127, 0.013), Verdict::Inconclusive);
        check(true, (-0.04, 0.013), Verdict::Unchanged);
        check(false, (-0.3, -0.2), Verdict::Inconclusive);
        assert!(is_suspect((0.11, 0.33), 0.05) && !is_suspect((0.04, 0.33), 0.05));
    }
}
