//! Laws of the domain: merging in any order is the same, and what is written is read back.

use std::path::Path;
use std::time::Duration;

use baseline::domain::cell_name::CellName;
use baseline::domain::histogram::Histogram;
use baseline::domain::units::{format_span, parse_span};
use baseline::domain::window::Window;
use baseline::store::window_log::{header_line, line, parse};
use proptest::collection::vec;
use proptest::prelude::*;

use super::strategies::window;

fn histogram(times_ns: &[u64]) -> Histogram {
    let mut histogram = Histogram::new().unwrap();
    for time in times_ns {
        histogram.record(*time);
    }
    histogram
}

fn merged(parts: &[&Histogram]) -> Histogram {
    let mut sum = Histogram::new().unwrap();
    for part in parts {
        sum.merge(part).unwrap();
    }
    sum
}

/// What may be asked of a histogram: all of it must agree.
fn answers(histogram: &Histogram) -> (u64, Vec<Option<u64>>) {
    let quantiles = [0.0, 0.1, 0.5, 0.9, 0.95, 0.99, 0.999, 1.0];
    (histogram.count(), quantiles.map(|quantile| histogram.quantile_ns(quantile)).to_vec())
}

fn times() -> impl Strategy<Value = Vec<u64>> {
    vec(prop_oneof![1_000..10_000_000_u64, any::<u64>()], 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn merging_is_commutative_and_associative(a in times(), b in times(), c in times()) {
        let [a, b, c] = [a, b, c].map(|times| histogram(&times));
        prop_assert_eq!(answers(&merged(&[&a, &b])), answers(&merged(&[&b, &a])));
        let left = merged(&[&merged(&[&a, &b]), &c]);
        let right = merged(&[&a, &merged(&[&b, &c])]);
        prop_assert_eq!(answers(&left), answers(&right));
        prop_assert_eq!(left.count(), a.count() + b.count() + c.count());
    }

    #[test]
    fn merging_parts_is_recording_the_whole(times in times(), at in any::<prop::sample::Index>()) {
        let (left, right) = times.split_at(at.index(times.len() + 1));
        let parts = merged(&[&histogram(left), &histogram(right)]);
        prop_assert_eq!(answers(&parts), answers(&histogram(&times)));
    }

    #[test]
    fn quantiles_never_fall(times in times(), mut quantiles in vec(0.0..=1.0_f64, 2..6)) {
        quantiles.sort_by(f64::total_cmp);
        let histogram = histogram(&times);
        let values: Vec<Option<u64>> = quantiles.iter().map(|quantile| histogram.quantile_ns(*quantile)).collect();
        prop_assert!(values.is_sorted(), "{quantiles:?} {values:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_window_that_is_written_is_read_back(mut windows in vec(window(), 1..4)) {
        // As they are committed: wholes, each with a number of its own.
        for (number, window) in (1..).zip(&mut windows) {
            (window.number, window.cell.step) = (number, None);
        }
        let rows: String = windows.iter().map(line).collect();
        let text = header_line() + &rows;
        let committed = parse(text.as_bytes(), Path::new("windows.csv"));
        let committed = committed.map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(committed.windows, windows);
        prop_assert_eq!(committed.length, text.len() as u64);
    }

    #[test]
    fn a_group_is_read_back_whole_and_a_torn_one_is_none(
        mut groups in vec(vec(window(), 1..4), 1..4),
        cut in any::<proptest::sample::Index>(),
    ) {
        for (number, group) in (1..).zip(&mut groups) {
            let last = group.len() - 1;
            let whole = CellName { step: None, ..group[last].cell.clone() };
            for (place, window) in group.iter_mut().enumerate() {
                let step = (place < last).then(|| format!("step-{place}").into());
                (window.number, window.cell) = (number, CellName { step, ..whole.clone() });
            }
        }
        let lines: Vec<String> = groups.iter().flatten().map(line).collect();
        let kept = cut.index(lines.len() + 1);
        let text = header_line() + &lines[..kept].concat();
        let committed = parse(text.as_bytes(), Path::new("windows.csv"));
        let committed = committed.map_err(|error| TestCaseError::fail(error.to_string()))?;
        // Only groups whose whole, the last row, is there.
        let ends = groups.iter().scan(0, |end, group| { *end += group.len(); Some(*end) });
        let whole = ends.filter(|end| *end <= kept).max().unwrap_or(0);
        let expected: Vec<Window> = groups.iter().flatten().take(whole).cloned().collect();
        prop_assert_eq!(committed.windows, expected);
        prop_assert_eq!(committed.length, (header_line().len() + lines[..whole].concat().len()) as u64);
    }

    #[test]
    fn a_row_is_one_line(window in window()) {
        prop_assert_eq!(line(&window).matches('\n').count(), 1);
    }

    #[test]
    fn a_span_of_whole_milliseconds_is_read_back(millis in 0..7_776_000_000_u64) {
        let span = Duration::from_millis(millis);
        prop_assert_eq!(parse_span(&format_span(span)), Ok(span));
    }

    #[test]
    fn any_text_for_a_span_is_a_span_or_an_error(text in "\\PC{0,20}|[0-9.]{0,8}(us|ms|s|m|h|d)?") {
        let _ = parse_span(&text);
    }
}
