//! SLOs judged stretch by stretch: whether some part of a run certainly violated one.
//!
//! A stretch is one window, or all windows of a cell within a sliding span, so a late degradation is not diluted by a
//! long run. An SLO is violated if a target that just meets the limit would look like this in at most one of a hundred
//! runs, however many stretches a run has.

use jiff::{SignedDuration, Timestamp};

use crate::domain::cell_name::CellName;
use crate::domain::objective::{Objective, ObjectiveKind, Stretch};
use crate::stats::normal;
use crate::stats::proportion::binomial_tail;

use super::sample::{Sample, Sums, p95_beyond};

/// Probability that a target that just keeps all its limits fails.
const LEVEL: f64 = 0.01;
/// With fewer times than this their mean is not close to normal.
const LEAST_TIMES: f64 = 20.0;

/// A limit that a run violated, and the worst of its stretches.
#[derive(Debug, Clone, PartialEq)]
pub struct Violation {
    /// Run that the stretch belongs to.
    pub run_id: String,
    /// Cell that violated it.
    pub cell: CellName,
    /// Which limit of the SLO was violated.
    pub kind: ObjectiveKind,
    /// Value of the limit. Units: microseconds, or a ratio.
    pub limit: f64,
    /// The worst stretch.
    pub stretch: Stretch,
}

/// The worst stretch for each limit that some stretch of a cell violated: its kind, its value, and the stretch.
///
/// `samples` are the valid windows of the cell in the order of time. `tests` is the number of stretches times limits in the
/// whole run, as [`tests_of`] counts them.
pub fn violations(
    objective: &Objective,
    samples: &[Sample],
    tests: usize,
) -> Vec<(ObjectiveKind, f64, Stretch)> {
    let level = LEVEL / tests.max(1) as f64;
    let over = objective.over.and_then(|over| SignedDuration::try_from(over).ok());
    let running = Running::of(samples);
    let mut worst: [Option<Found>; ObjectiveKind::ALL.len()] = [None; ObjectiveKind::ALL.len()];
    let mut first = 0;
    for last in 0..samples.len() {
        first = first_of(samples, first, last, over);
        if !is_full(samples, last, over) {
            continue;
        }
        let days = lowest_days(objective, &samples[first..=last]);
        for (kind, measured, p) in running.compared(first, last, objective).into_iter().chain(days) {
            if p >= level {
                continue;
            }
            let known = &mut worst[kind as usize];
            let violated = known.map_or(0, |known| known.violated) + 1;
            match known {
                Some(known) if known.measured >= measured => known.violated = violated,
                _ => *known = Some(Found { first, last, measured, violated }),
            }
        }
    }
    let stretch = |(kind, limit): (ObjectiveKind, f64)| {
        let Found { first, last, measured, violated } = worst[kind as usize]?;
        let (from, until) = (&samples[first], &samples[last]);
        // Stretches are ordered by how much of them lies beyond the limit; its percentile is only needed of the worst.
        let value = match kind {
            ObjectiveKind::P95 => {
                p95_beyond(samples[first..=last].iter().filter_map(|one| one.beyond.as_ref()))?
            }
            ObjectiveKind::Mean | ObjectiveKind::ErrorRate => measured,
            ObjectiveKind::CacheHitRatio => 1.0 - measured,
            ObjectiveKind::CertificateDays => -measured,
        };
        let windows = (from.number, until.number);
        Some((kind, limit, Stretch { value, windows, from: from.from, until: until.until, violated }))
    };
    objective.limits().filter_map(stretch).collect()
}

/// How many comparisons with a limit a cell with this many valid windows takes.
pub fn tests_of(objective: &Objective, windows: usize) -> usize {
    // The days of a certificate are read, not sampled: no chance is taken with them.
    objective.limits().filter(|(kind, _)| *kind != ObjectiveKind::CertificateDays).count() * windows
}

/// The worst stretch so far: its first and last window, what was measured, and how many violated the limit.
#[derive(Clone, Copy)]
struct Found {
    first: usize,
    last: usize,
    /// Value, or for p95 the fraction of times beyond the limit; of a lower limit the misses, or the days below 0.
    measured: f64,
    violated: usize,
}

/// The first window of the stretch that ends with `last`; not before that of the stretch before.
fn first_of(samples: &[Sample], before: usize, last: usize, over: Option<SignedDuration>) -> usize {
    let Some(over) = over else { return last };
    let from = samples[last].until.saturating_sub(over).unwrap_or(Timestamp::MIN);
    (before..=last).find(|first| samples[*first].from >= from).unwrap_or(last)
}

/// Whether the stretch that ends with `last` has the requested length; a shorter run is one stretch.
fn is_full(samples: &[Sample], last: usize, over: Option<SignedDuration>) -> bool {
    let Some(over) = over else { return true };
    let lasted = |last: usize| samples[last].until.duration_since(samples[0].from);
    lasted(last) >= over || (last + 1 == samples.len() && lasted(last) < over)
}

/// Sums of the first n windows, for every n: the difference of two is that of a stretch.
struct Running {
    sums: Vec<Sums>,
    /// Times and times beyond the limit of p95, and windows whose times were not kept.
    kept: Vec<(u64, u64, usize)>,
}

impl Running {
    fn of(samples: &[Sample]) -> Self {
        let (mut sums, mut kept) = (vec![Sums::default()], vec![(0, 0, 0)]);
        let (mut sum, mut known) = (Sums::default(), (0, 0, 0));
        for sample in samples {
            sum = sum.and(&sample.sums);
            match &sample.beyond {
                Some(beyond) => (known.0, known.1) = (known.0 + beyond.times, known.1 + beyond.beyond),
                None => known.2 += 1,
            }
            sums.push(sum);
            kept.push(known);
        }
        Self { sums, kept }
    }

    /// Each limit: its kind, what was measured, and the probability of that where the limit is just kept.
    fn compared(&self, first: usize, last: usize, objective: &Objective) -> Vec<(ObjectiveKind, f64, f64)> {
        let sums = self.sums[last + 1].since(&self.sums[first]);
        let (now, then) = (self.kept[last + 1], self.kept[first]);
        let (times, beyond, lost) = (now.0 - then.0, now.1 - then.1, now.2 - then.2);
        let compare = |(kind, limit): (ObjectiveKind, f64)| match kind {
            ObjectiveKind::Mean => {
                let (mean, error) = sums.mean_us().filter(|_| sums.times >= LEAST_TIMES)?;
                let p =
                    if mean <= limit { 1.0 } else { normal::two_sided_tail((mean - limit) / error) / 2.0 };
                Some((kind, mean, p))
            }
            ObjectiveKind::P95 => {
                let p = (times > 0 && lost == 0).then(|| binomial_tail(beyond, times, 0.05))??;
                Some((kind, beyond as f64 / times as f64, p))
            }
            ObjectiveKind::CacheHitRatio => {
                let (known, misses) = sums.cache;
                let (ratio, p) = tail_beyond(misses, known, 1.0 - limit)?;
                Some((kind, ratio, p))
            }
            ObjectiveKind::CertificateDays => None,
            ObjectiveKind::ErrorRate => {
                let failed = tail_beyond(sums.failed, sums.judged, limit);
                // Every minute counts alike, however few requests were sent in it.
                let down = tail_beyond(sums.down, sums.windows, limit);
                [failed, down]
                    .into_iter()
                    .flatten()
                    .min_by(|left, right| left.1.total_cmp(&right.1))
                    .map(|(ratio, p)| (kind, ratio, p))
            }
        };
        objective.limits().filter_map(compare).collect()
    }
}

/// The fewest days of a certificate, turned so that larger is worse, as the other limits are compared.
fn lowest_days(objective: &Objective, samples: &[Sample]) -> Option<(ObjectiveKind, f64, f64)> {
    let limit = objective.certificate_days?;
    let days = samples.iter().filter_map(|sample| sample.certificate_days).min_by(f64::total_cmp)?;
    Some((ObjectiveKind::CertificateDays, -days, if days < limit { 0.0 } else { 1.0 }))
}

/// A ratio and the probability of at least as much where the limit is just kept; `None` of nothing.
fn tail_beyond(part: u64, all: u64, limit: f64) -> Option<(f64, f64)> {
    let ratio = (all > 0).then(|| part as f64 / all as f64)?;
    let p = if ratio <= limit { 1.0 } else { binomial_tail(part, all, limit).unwrap_or(1.0) };
    Some((ratio, p))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    use crate::analysis::objective::sample::Beyond;

    /// Windows of 10 s every 5 minutes, each with a thousand requests of this mean in milliseconds.
    fn windows(means_ms: impl IntoIterator<Item = f64>) -> Vec<Sample> {
        let at = |second: i64| Timestamp::from_second(second).unwrap();
        let sample = |(place, mean_ms): (u32, f64)| {
            let (mean, second) = (mean_ms * 1e3, i64::from(place) * 300);
            let sums = Sums {
                windows: 1,
                judged: 1_000,
                times: 1_000.0,
                sum_us: 1_000.0 * mean,
                squares: 1_000.0 * mean * mean * 1.04,
                ..Sums::default()
            };
            let beyond = Some(Beyond { times: 1_000, beyond: 10, tail: vec![(90_000_000, 10)] });
            Sample {
                number: u64::from(place) + 1,
                from: at(second),
                until: at(second + 10),
                sums,
                certificate_days: None,
                beyond,
            }
        };
        (0..).zip(means_ms).map(sample).collect()
    }

    fn for_an_hour() -> Objective {
        let limit = Some(Duration::from_millis(50));
        Objective {
            mean: limit,
            p95: limit,
            error_rate: Some(0.01),
            over: Some(Duration::from_hours(1)),
            ..Objective::default()
        }
    }

    /// Three hours at this mean within two days at 20 ms.
    fn bad_hours(mean_ms: f64) -> Vec<Sample> {
        windows((0..576).map(|place| if (120..156).contains(&place) { mean_ms } else { 20.0 }))
    }

    #[test]
    fn three_bad_hours_of_48_violate_a_limit_for_an_hour() {
        let objective = for_an_hour();
        let samples = bad_hours(75.0);
        let found = violations(&objective, &samples, tests_of(&objective, samples.len()));
        let [(ObjectiveKind::Mean, limit, stretch)] = found.as_slice() else { panic!("{found:?}") };
        assert!((*limit, stretch.value) == (50_000.0, 75_000.0), "{stretch:?}");
        assert!(stretch.windows.0 >= 121 && stretch.windows.1 <= 156, "{stretch:?}");
        assert_eq!(violations(&objective, &bad_hours(49.0), 1), []);
    }

    #[test]
    fn an_outage_counts_by_time_however_few_requests_it_had() {
        let mut samples = bad_hours(20.0);
        for sample in &mut samples[100..112] {
            sample.sums = Sums { windows: 1, down: 1, failed: 1, judged: 1, ..Sums::default() };
        }
        let found = violations(&for_an_hour(), &samples, 3 * 576);
        let [(ObjectiveKind::ErrorRate, _, stretch)] = found.as_slice() else { panic!("{found:?}") };
        assert!(stretch.value > 0.9, "{stretch:?}");
    }

    #[test]
    fn the_percentile_of_the_worst_stretch_is_read_from_its_tail() {
        let mut samples = bad_hours(20.0);
        for sample in &mut samples[100..112] {
            sample.beyond =
                Some(Beyond { times: 1_000, beyond: 200, tail: vec![(60_000_000, 160), (80_000_000, 40)] });
        }
        let found = violations(&for_an_hour(), &samples, 3 * 576);
        let [(ObjectiveKind::P95, _, stretch)] = found.as_slice() else { panic!("{found:?}") };
        assert!((stretch.value - 60_000.0).abs() < 1e-9, "{stretch:?}");
    }

    #[test]
    fn a_run_that_is_shorter_than_the_span_is_one_stretch() {
        let found = violations(&for_an_hour(), &windows([75.0, 75.0]), 6);
        assert_eq!(found.first().map(|(_, _, stretch)| stretch.violated), Some(1));
    }
}
