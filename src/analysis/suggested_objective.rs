//! SLOs that the data supports: limits that can be missed and can be met, and the stretch that they are judged over.
//!
//! A limit that every window keeps cannot fail, and one that none keeps is no limit. So each lies where most windows of the
//! endpoint's busiest level keep it and a few do not, and it is judged over several windows, because single windows stray.

use std::time::Duration;

use crate::domain::metric::Metric;
use crate::domain::window::Window;

use super::baseline_model::judged_value;
use super::thresholds::{LIMITED, Suggestion, is_of};

/// Fraction of windows that keep a suggested limit, at least and at most.
const KEPT: (f64, f64) = (0.90, 0.99);
/// A wide gap between the windows that keep a limit and the rest, as an incident leaves it, is no reason for a loose
/// limit. Units: ratio.
const LOOSEST: f64 = 1.25;
/// The same where most windows have no errors at all. Units: ratio of failed requests.
const LOOSEST_ERROR_RATE: f64 = 0.01;
/// Windows that a stretch has at least.
const LEAST_WINDOWS: f64 = 12.0;
/// Lengths of a stretch that are suggested, in minutes.
const STRETCHES: [u64; 12] = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1_440];

/// The SLO of an endpoint that its data supports, at its busiest level.
#[derive(Debug, Clone, PartialEq)]
pub struct SuggestedObjective {
    /// Name of the endpoint, or `workload.step`.
    pub endpoint: String,
    /// Limit of the mean service time, in microseconds; `None` where no limit would tell windows apart.
    pub mean_us: Option<f64>,
    /// Limit of the p95 service time, in microseconds; `None` like the mean.
    pub p95_us: Option<f64>,
    /// Limit of the error ratio, above 0 and below 1; `None` where hardly any window had errors.
    pub error_rate: Option<f64>,
    /// Lower limit of the cache hit ratio, above 0 and below 1; `None` where no response says hit or miss, or all windows
    /// are alike.
    pub cache_hit_ratio: Option<f64>,
    /// The stretch that the limits are judged over; at least twelve windows of the level.
    pub over: Duration,
    /// Fraction of the windows that keep every limit, 0 to 1.
    pub kept: f64,
    /// Stretches of that length in the runs, one ending with each window.
    pub stretches: usize,
    /// Stretches in which more than half of the windows exceed the same limit.
    pub exceeded: usize,
    /// Windows per day that exceed a limit in the data.
    pub seen_a_day: f64,
}

/// A limit, and whether each window keeps it.
struct Limited {
    value: f64,
    exceeds: Vec<bool>,
}

/// The suggested SLO of each endpoint for which at least one limit tells windows apart.
pub fn objectives(suggestions: &[Suggestion], windows: &[&Window], cycle_s: f64) -> Vec<SuggestedObjective> {
    // Suggestions come by endpoint, fewest users first, so the last of an endpoint are those of its busiest level.
    let endpoints = suggestions.chunk_by(|left, right| left.cell.series() == right.cell.series());
    endpoints.filter_map(|of_endpoint| objective(of_endpoint.last()?, windows, cycle_s)).collect()
}

fn objective(busiest: &Suggestion, windows: &[&Window], cycle_s: f64) -> Option<SuggestedObjective> {
    let windows: Vec<&Window> =
        windows.iter().copied().filter(|window| is_of(window, &busiest.cell)).collect();
    let limited = |metric: Metric| limit(&windows, metric);
    let (mean, p95, errors) = (limited(LIMITED[0]), limited(LIMITED[1]), limited(Metric::ErrorRatio));
    let cache = cache_limit(&windows);
    let limits: Vec<&Limited> = [&mean, &p95, &errors, &cache].into_iter().flatten().collect();
    if limits.is_empty() {
        return None;
    }
    let exceeding = (0..windows.len()).filter(|at| limits.iter().any(|limit| limit.exceeds[*at])).count();
    let (over, stretches, exceeded) = stretch(&windows, &limits, cycle_s);
    let value = |limited: &Option<Limited>| limited.as_ref().map(|limited| limited.value);
    let share = exceeding as f64 / windows.len().max(1) as f64;
    Some(SuggestedObjective {
        endpoint: busiest.cell.series(),
        mean_us: value(&mean),
        p95_us: value(&p95),
        error_rate: value(&errors),
        cache_hit_ratio: value(&cache),
        over,
        kept: 1.0 - share,
        stretches,
        exceeded,
        seen_a_day: share * 86_400.0 / cycle_s,
    })
}

/// The roundest limit that most windows keep and some do not; `None` where the windows leave no room for one.
fn limit(windows: &[&Window], metric: Metric) -> Option<Limited> {
    let values: Vec<Option<f64>> = windows.iter().map(|window| metric.of(window)).collect();
    limit_of(&values, |low| match metric {
        Metric::ErrorRatio => (low * LOOSEST).clamp(LOOSEST_ERROR_RATE, 1.0),
        _ => low * LOOSEST,
    })
}

/// The same of values; `loosest` is the largest limit for the smallest possible one.
fn limit_of(values: &[Option<f64>], loosest: impl Fn(f64) -> f64) -> Option<Limited> {
    let mut sorted: Vec<f64> = values.iter().flatten().copied().collect();
    sorted.sort_by(f64::total_cmp);
    let (low, beyond) = (order_statistic(&sorted, KEPT.0)?, first_beyond(&sorted, KEPT.1)?);
    let value = roundest(low, beyond.min(loosest(low)))?;
    let exceeds = values.iter().map(|known| known.is_some_and(|known| known > value)).collect();
    Some(Limited { value, exceeds })
}

/// The same for the cache hit ratio, whose limit is a lower one: that of the misses, turned round.
fn cache_limit(windows: &[&Window]) -> Option<Limited> {
    let misses = |window: &&Window| judged_value(Metric::CacheHitRatio, window).map(|ratio| 1.0 - ratio);
    let values: Vec<Option<f64>> = windows.iter().map(misses).collect();
    let Limited { value, exceeds } = limit_of(&values, |low| low * LOOSEST)?;
    // A difference of two decimals has a tail of digits that nobody chose.
    let value = ((1.0 - value) * 1e6).round() / 1e6;
    (value > 0.0 && value < 1.0).then_some(Limited { value, exceeds })
}

/// The smallest value that at least this fraction of the values do not exceed.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place among the values")]
fn order_statistic(sorted: &[f64], fraction: f64) -> Option<f64> {
    let place = (fraction * sorted.len() as f64).ceil() as usize;
    sorted.get(place.checked_sub(1)?).copied()
}

/// The smallest value that a limit must stay below, so that at most this fraction of the values do not exceed it.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place among the values")]
fn first_beyond(sorted: &[f64], fraction: f64) -> Option<f64> {
    sorted.get((fraction * sorted.len() as f64).floor() as usize).copied()
}

/// The number with the fewest digits from `low`, if that is above 0, to below `high`; `None` where there is none.
fn roundest(low: f64, high: f64) -> Option<f64> {
    if !(high > 0.0 && low >= 0.0 && low < high && high.is_finite()) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "the exponent of a finite number")]
    let top = high.log10().floor() as i32;
    // Down to steps of a ten-thousandth: windows that are closer together are alike.
    (0..5).flat_map(|down| [5.0, 2.0, 1.0].map(|digit| (digit, top - down))).find_map(|(digit, exponent)| {
        let at = |count: f64| {
            if exponent < 0 {
                count * digit / 10_f64.powi(-exponent)
            } else {
                count * digit * 10_f64.powi(exponent)
            }
        };
        let count = (low / at(1.0) - 1e-9).ceil().max(1.0);
        let value = at(count);
        (value >= low && value < high).then_some(value)
    })
}

/// The shortest length whose stretches keep all limits, or else the longest that the runs have; its stretches, and those
/// that exceed a limit.
fn stretch(windows: &[&Window], limits: &[&Limited], cycle_s: f64) -> (Duration, usize, usize) {
    let runs = runs_of(windows);
    let longest = runs.iter().map(ExactSizeIterator::len).max().unwrap_or(0) as f64;
    let fits = |minutes: &u64| {
        let count = (*minutes * 60) as f64 / cycle_s;
        count >= LEAST_WINDOWS && count <= longest
    };
    let offered: Vec<u64> = STRETCHES.into_iter().filter(fits).collect();
    let least_s = LEAST_WINDOWS * cycle_s;
    let shortest = STRETCHES.into_iter().find(|minutes| (minutes * 60) as f64 >= least_s);
    let fallback = shortest.or(STRETCHES.last().copied()).unwrap_or(60);
    let mut last = None;
    for minutes in offered.into_iter().chain([fallback]) {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a positive count of windows"
        )]
        let count = ((minutes * 60) as f64 / cycle_s).round().max(1.0) as usize;
        let (stretches, exceeded) = stretches(&runs, count, limits);
        if exceeded == 0 {
            return (Duration::from_mins(minutes), stretches, 0);
        }
        last.get_or_insert((minutes, stretches, exceeded));
    }
    let (minutes, stretches, exceeded) = last.unwrap_or((fallback, 0, 0));
    (Duration::from_mins(minutes), stretches, exceeded)
}

/// The places of the windows of each run, which are numbered in the order of time.
fn runs_of(windows: &[&Window]) -> Vec<std::ops::Range<usize>> {
    let mut runs: Vec<std::ops::Range<usize>> = Vec::new();
    for (at, window) in windows.iter().enumerate() {
        match runs.last_mut() {
            Some(run) if windows[at - 1].number < window.number => run.end = at + 1,
            _ => runs.push(at..at + 1),
        }
    }
    runs
}

/// Stretches of this many windows, and those in which more than half exceed the same limit. A shorter run is one.
fn stretches(runs: &[std::ops::Range<usize>], count: usize, limits: &[&Limited]) -> (usize, usize) {
    let (mut all, mut exceeded) = (0, 0);
    for run in runs {
        let count = count.min(run.len());
        for from in run.start..=run.end - count {
            let places = from..from + count;
            let beyond = |limit: &&Limited| places.clone().filter(|at| limit.exceeds[*at]).count();
            all += 1;
            exceeded += usize::from(limits.iter().any(|limit| 2 * beyond(limit) > count));
        }
    }
    (all, exceeded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_with_the_fewest_digits_is_taken() {
        let check = |low: f64, high: f64, expected: Option<f64>| {
            assert_eq!(roundest(low, high), expected, "{low} {high}");
        };
        check(9_310.0, 9_890.0, Some(9_500.0));
        check(12_100.0, 13_900.0, Some(13_000.0));
        check(180.0, 260.0, Some(200.0));
        check(0.0, 0.012, Some(0.01));
        check(0.002_1, 0.004, Some(0.003));
        check(3_531.2, 3_533.9, Some(3_532.0));
        // Windows that are all alike leave no room.
        check(100.0, 100.0, None);
        check(0.0, 0.0, None);
    }

    #[test]
    fn every_limit_lies_within_its_range() {
        for place in 0..2_000_u32 {
            let low = f64::from(place * 7_919 % 100_003 + 1) / 977.0;
            let high = low * (1.0 + f64::from(place % 97 + 1) / 400.0);
            let value = roundest(low, high).unwrap();
            assert!(value >= low && value < high, "{low} {value} {high}");
        }
    }

    #[test]
    fn stretches_stay_within_their_run() {
        let limited = Limited { value: 1.0, exceeds: vec![false, true, true, false, false, false] };
        let runs = [0..3, 3..6];
        assert_eq!(stretches(&runs, 2, &[&limited]), (4, 1));
        assert_eq!(stretches(&runs, 10, &[&limited]), (2, 1));
    }
}
