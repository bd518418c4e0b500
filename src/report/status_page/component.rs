//! One endpoint or journey of a status page: its state, its uptime, its bars.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::analysis::incident::IncidentCause;
use crate::domain::availability::Availability;
use crate::domain::units::after;

use super::bars::{Bar, Scale, bars};
use super::downtime::daily_minutes;
use super::history::Sample;
use super::state::ServiceState;

/// Windows of other levels that are older than this many cycles do not show how it is now.
const CURRENT_CYCLES: f64 = 2.0;

/// The stretches of uptime: a day, a week, a month, a year; back from the last measurement.
pub(super) const PERIODS_H: [i64; 4] = [24, 7 * 24, 30 * 24, 365 * 24];

/// Availability and response times over a stretch.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Period {
    pub(super) availability: Availability,
    /// Mean service time of the succeeded requests. Units: microseconds.
    pub(super) mean_us: Option<f64>,
    /// Failed requests, and requests judged.
    pub(super) failed: u64,
    pub(super) judged: u64,
}

impl Period {
    fn of<'s>(samples: impl IntoIterator<Item = &'s Sample>) -> Self {
        let mut period = Self::default();
        let (mut sum, mut counted) = (0.0, 0);
        for sample in samples {
            sample.add_to(&mut period.availability);
            period.failed += sample.failed;
            period.judged += sample.judged;
            if let Some(mean) = sample.mean_us {
                sum += mean * sample.succeeded as f64;
                counted += sample.succeeded;
            }
        }
        period.mean_us = (counted > 0).then(|| sum / counted as f64);
        period
    }
}

/// One endpoint or journey.
#[derive(Debug)]
pub(super) struct Component {
    pub(super) name: Arc<str>,
    pub(super) slug: String,
    /// Its address; empty where there is none that others can reach.
    pub(super) url: String,
    /// Whether iterations are counted, and not requests.
    pub(super) has_steps: bool,
    pub(super) state: ServiceState,
    /// End of the last window that shows whether it worked; `None` without any.
    pub(super) measured_until: Option<Timestamp>,
    pub(super) all: Period,
    /// A day, a week, a month and a year.
    pub(super) periods: [Period; PERIODS_H.len()],
    pub(super) daily_minutes_down: BTreeMap<String, u64>,
    pub(super) bars: Vec<Bar>,
}

/// What a component is made of.
pub(super) struct Parts<'a> {
    pub(super) name: Arc<str>,
    pub(super) slug: String,
    pub(super) url: String,
    pub(super) has_steps: bool,
    /// All its samples, in the order of time.
    pub(super) samples: Vec<Sample>,
    pub(super) error_limit: f64,
    pub(super) cycle: Duration,
    /// Causes of the open incidents.
    pub(super) open: Vec<IncidentCause>,
    /// All incidents with their beginnings and ends.
    pub(super) incidents: Vec<(IncidentCause, Timestamp, Timestamp)>,
    pub(super) scale: &'a Scale,
}

impl Component {
    pub(super) fn of(parts: Parts<'_>) -> Self {
        let Parts { name, slug, url, has_steps, samples, error_limit, cycle, open, incidents, scale } = parts;
        let judged = || samples.iter().filter(|sample| sample.worked.is_some());
        let measured_until = judged().map(|sample| after(sample.at, sample.duration)).max();
        let within = |hours: i64| {
            let from =
                measured_until.and_then(|until| until.checked_sub(SignedDuration::from_hours(hours)).ok());
            Period::of(samples.iter().filter(|sample| from.is_none_or(|from| sample.at >= from)))
        };
        Self {
            state: ServiceState::of(current(&samples, cycle), &open, error_limit),
            measured_until,
            all: Period::of(&samples),
            periods: PERIODS_H.map(within),
            daily_minutes_down: daily_minutes(&samples),
            bars: bars(scale, &samples, &incidents, error_limit),
            name,
            slug,
            url,
            has_steps,
        }
    }
}

/// The last window of each level that shows whether it worked, of the last cycles.
fn current(samples: &[Sample], cycle: Duration) -> Vec<&Sample> {
    let mut last: BTreeMap<&str, &Sample> = BTreeMap::new();
    for sample in samples.iter().filter(|sample| sample.worked.is_some()) {
        last.insert(&sample.level, sample);
    }
    let latest = last.values().map(|sample| sample.at).max();
    let is_current = |sample: &&Sample| {
        latest.is_some_and(|latest| {
            let age = Duration::try_from(latest.duration_since(sample.at)).unwrap_or_default();
            age <= cycle.mul_f64(CURRENT_CYCLES)
        })
    };
    last.into_values().filter(is_current).collect()
}

/// A name as part of an address: lower-case letters, digits and single dashes.
pub(super) fn slug_of(name: &str) -> String {
    let mut slug = String::new();
    for letter in name.chars().flat_map(char::to_lowercase) {
        if letter.is_alphanumeric() {
            slug.push(letter);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "service".to_owned() } else { slug.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_parts_of_addresses() {
        let check = |name: &str, expected: &str| assert_eq!(slug_of(name), expected);
        check("Auth Check", "auth-check");
        check("../../etc/passwd", "etc-passwd");
        check("検索", "検索");
        check("<>", "service");
    }

    #[test]
    fn a_level_that_is_no_longer_measured_says_nothing_about_now() {
        let at = |minute: i64| Timestamp::from_second(minute * 60).unwrap();
        let sample =
            |level: &str, minute| Sample { level: Arc::from(level), at: at(minute), ..Sample::made_up() };
        let samples = [sample("old", 0), sample("light", 60), sample("heavy", 61), sample("light", 65)];
        let found: Vec<i64> =
            current(&samples, Duration::from_mins(5)).iter().map(|s| s.at.as_second() / 60).collect();
        assert_eq!(found, [61, 65]);
    }
}
