//! Which times of an endpoint clearly changed from one health check to the next.

use std::time::Duration;

use super::earlier::{EarlierEndpoint, EarlierTimes};
use super::wording::time;

/// Smallest ratio of the longer median to the shorter one that is a change.
const SMALLEST_RATIO: f64 = 1.2;
/// Smallest difference of medians that is a change. Below it, schedulers decide.
const SMALLEST_MS: f64 = 5.0;
/// Fewer samples show no change: of three on each side, one pair in ten is apart by chance.
const FEWEST_SAMPLES: u32 = 5;

/// The phases that clearly changed, with their times before and after in words.
pub(super) fn times(
    before: &EarlierEndpoint,
    after: &EarlierEndpoint,
) -> Vec<(&'static str, String, String)> {
    let (b, a) = (&before.phases, &after.phases);
    let pairs = [
        ("resolve", &b.resolve, &a.resolve),
        ("connect", &b.connect, &a.connect),
        ("TLS", &b.tls, &a.tls),
        ("request", &b.request, &a.request),
        ("first byte", &b.first_byte, &a.first_byte),
        ("transfer", &b.transfer, &a.transfer),
        ("response", &b.total, &a.total),
        ("response, kept-alive", &before.kept_alive, &after.kept_alive),
    ];
    pairs
        .into_iter()
        .filter_map(|(phase, before, after)| {
            let (before, after) = (before.as_ref()?, after.as_ref()?);
            has_changed(before, after).then(|| (phase, words(before), words(after)))
        })
        .collect()
}

/// Whether two sets of times differ by more than their scatter: the quartile ranges do not overlap, and the medians are
/// apart by a fifth and by a few milliseconds.
fn has_changed(before: &EarlierTimes, after: &EarlierTimes) -> bool {
    let are_apart = before.upper_quartile_ms < after.lower_quartile_ms
        || after.upper_quartile_ms < before.lower_quartile_ms;
    let low = before.median_ms.min(after.median_ms);
    let high = before.median_ms.max(after.median_ms);
    let are_enough = before.samples.min(after.samples) >= FEWEST_SAMPLES;
    are_enough && are_apart && high > low * SMALLEST_RATIO && high - low > SMALLEST_MS
}

fn words(times: &EarlierTimes) -> String {
    let median = Duration::try_from_secs_f64(times.median_ms / 1e3).unwrap_or_default();
    match &times.grade {
        Some(grade) => format!("{}, {}", time(median), grade.replace('_', " ")),
        None => time(median),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_clear_changes_are_changes() {
        let of = |[lower_quartile_ms, median_ms, upper_quartile_ms]: [f64; 3]| EarlierTimes {
            samples: FEWEST_SAMPLES,
            lower_quartile_ms,
            median_ms,
            upper_quartile_ms,
            grade: None,
        };
        let check = |before: [f64; 3], after: [f64; 3], expected: bool| {
            assert_eq!(has_changed(&of(before), &of(after)), expected, "{before:?} {after:?}");
            assert_eq!(has_changed(&of(after), &of(before)), expected, "{after:?} {before:?}");
        };
        check([99.0, 100.0, 101.0], [129.0, 130.0, 131.0], true);
        check([99.0, 100.0, 101.0], [99.0, 100.0, 101.0], false);
        // The ranges overlap.
        check([80.0, 100.0, 130.0], [129.0, 150.0, 160.0], false);
        // Less than a fifth.
        check([99.0, 100.0, 101.0], [118.0, 119.0, 120.0], false);
        // Less than 5 ms.
        check([0.9, 1.0, 1.1], [5.8, 5.9, 6.0], false);
        check([0.9, 1.0, 1.1], [5.9, 6.1, 6.2], true);
        let (few, slow) = (of([1.0, 2.0, 3.0]), of([101.0, 102.0, 103.0]));
        assert!(has_changed(&few, &slow));
        assert!(!has_changed(&EarlierTimes { samples: FEWEST_SAMPLES - 1, ..few }, &slow));
    }
}
