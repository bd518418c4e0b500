//! Values as a row of bars, one letter each.

const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const ASCII: [char; 5] = ['_', '.', '-', '=', '#'];
/// A window in which the target did not work.
const DOWN: char = 'x';
/// Values that differ by less than this part of the largest one are drawn as equal.
const FLAT: f64 = 0.02;

/// The last values as bars between the smallest and the largest one, right-aligned in this many columns. A missing value is a
/// space, a window in which the target was down an `x`.
pub(super) fn spark(values: &[(Option<f64>, bool)], columns: usize, is_ascii: bool) -> String {
    let ramp: &[char] = if is_ascii { &ASCII } else { &BLOCKS };
    let shown = &values[values.len().saturating_sub(columns)..];
    let known = || shown.iter().filter_map(|(value, _)| *value).filter(|value| value.is_finite());
    let low = known().fold(f64::INFINITY, f64::min);
    let high = known().fold(f64::NEG_INFINITY, f64::max);
    let range = high - low;
    let is_flat = range <= high.abs() * FLAT;
    let letter = |(value, is_down): &(Option<f64>, bool)| match value {
        _ if *is_down => DOWN,
        Some(value) if value.is_finite() => {
            let part = if is_flat { 0.4 } else { (value - low) / range };
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part is 0 to 1")]
            let place = (part * ramp.len() as f64) as usize;
            ramp[place.min(ramp.len() - 1)]
        }
        _ => ' ',
    };
    let pad = columns.saturating_sub(shown.len());
    std::iter::repeat_n(' ', pad).chain(shown.iter().map(letter)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_lie_between_the_smallest_and_the_largest_value() {
        let up = |value: f64| (Some(value), false);
        let check = |values: &[(Option<f64>, bool)], columns, expected: &str| {
            assert_eq!(spark(values, columns, false), expected, "{values:?}");
        };
        check(&[up(1.0), up(2.0), up(3.0)], 5, "  ▁▅█");
        check(&[up(1.0), up(2.0), up(3.0)], 2, "▁█");
        check(
            &[up(5.0), (None, false), up(5.0), (Some(9.0), true), (None, true)],
            5,
            "▄ ▄xx".replace('▄', "▁").as_str(),
        );
        check(&[up(100.0), up(100.5)], 2, "▄▄");
        check(&[], 3, "   ");
        check(&[up(f64::NAN), up(0.0)], 2, " ▄");
        check(&[up(1.0)], 0, "");
        assert_eq!(spark(&[up(1.0), up(2.0)], 2, true), "_#");
    }
}
