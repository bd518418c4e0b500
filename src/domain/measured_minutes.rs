//! Availability by the minute: which minutes were measured, and in which of them a probe failed.
//!
//! A probe lasts seconds and stands for the time up to the next one. Time that no probe stands for is neither up nor down.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

const MINUTE_MS: i64 = 60_000;

/// The measured minutes of one workload, or of several.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MeasuredMinutes {
    /// By minutes since 1970: whether a probe in it failed.
    minutes: BTreeMap<i64, bool>,
}

/// Numbers of minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MinuteCounts {
    /// Minutes in which every probe worked.
    pub up: u64,
    /// Minutes in which a probe failed.
    pub down: u64,
}

impl MinuteCounts {
    /// Measured minutes.
    pub fn all(&self) -> u64 {
        self.up + self.down
    }

    /// Fraction of the measured minutes in which every probe worked; `None` where none was measured.
    pub fn ratio(&self) -> Option<f64> {
        (self.all() > 0).then(|| self.up as f64 / self.all() as f64)
    }

    /// Fraction of the measured minutes in which a probe failed; `None` where none was measured.
    pub fn down_ratio(&self) -> Option<f64> {
        (self.all() > 0).then(|| self.down as f64 / self.all() as f64)
    }

    /// Time in which a probe failed.
    pub fn down_time(&self) -> Duration {
        Duration::from_secs(self.down.saturating_mul(60))
    }
}

impl MeasuredMinutes {
    /// Counts a probe that began at `at` and stands for the time up to the next one, `stands_for`, at least its minute.
    pub fn add(&mut self, at: Timestamp, stands_for: Duration, worked: bool) {
        let first = at.as_millisecond().div_euclid(MINUTE_MS);
        // The nearest number of minutes: a probe that comes a second late has not stood for another minute.
        let minutes = stands_for.as_secs().saturating_add(30) / 60;
        let more = i64::try_from(minutes.saturating_sub(1)).unwrap_or(0);
        for minute in first..=first.saturating_add(more) {
            // A failed probe is not outweighed by one that worked in the same minute.
            *self.minutes.entry(minute).or_insert(false) |= !worked;
        }
    }

    /// Adds the minutes of another; a minute is down where it is down in one of them.
    pub fn merge(&mut self, other: &Self) {
        for (minute, failed) in &other.minutes {
            *self.minutes.entry(*minute).or_insert(false) |= failed;
        }
    }

    /// The minutes from one point in time to another, the end excluded.
    pub fn counts(&self, from: Timestamp, until: Timestamp) -> MinuteCounts {
        let minute = |at: Timestamp| at.as_millisecond().div_euclid(MINUTE_MS);
        let end = minute(until) + i64::from(until.as_millisecond().rem_euclid(MINUTE_MS) > 0);
        let mut counts = MinuteCounts::default();
        for failed in self.minutes.range(minute(from)..end.max(minute(from))).map(|(_, failed)| *failed) {
            if failed {
                counts.down += 1;
            } else {
                counts.up += 1;
            }
        }
        counts
    }

    /// All of the minutes.
    pub fn all(&self) -> MinuteCounts {
        self.counts(Timestamp::MIN, Timestamp::MAX)
    }

    /// Stretches within a period of which nothing was measured for at least `least`, in the order of time.
    pub fn unmeasured(
        &self,
        from: Timestamp,
        until: Timestamp,
        least: Duration,
    ) -> Vec<(Timestamp, Timestamp)> {
        let at = |minute: i64| Timestamp::from_millisecond(minute * MINUTE_MS).unwrap_or(until);
        let mut found = Vec::new();
        let mut begins = from;
        let first = from.as_millisecond().div_euclid(MINUTE_MS);
        let last = until.as_millisecond().div_euclid(MINUTE_MS);
        let ends =
            self.minutes.range(first..=last.max(first)).map(|(minute, _)| (at(*minute), at(*minute + 1)));
        for (end, next) in ends.chain(std::iter::once((until, until))) {
            let length = Duration::try_from(end.min(until).duration_since(begins)).unwrap_or_default();
            if length >= least && !length.is_zero() {
                found.push((begins, end.min(until)));
            }
            begins = begins.max(next);
        }
        found
    }

    /// Forgets minutes before a point in time, so that it does not grow without bound.
    pub fn forget_before(&mut self, at: Timestamp) {
        self.minutes = self.minutes.split_off(&at.as_millisecond().div_euclid(MINUTE_MS));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        format!("2026-01-01T{text}Z").parse().unwrap()
    }

    #[test]
    fn a_minute_with_a_failed_probe_is_down_and_one_without_probes_is_neither() {
        let mut minutes = MeasuredMinutes::default();
        for (time, worked) in
            [("00:00:10", true), ("00:01:10", true), ("00:01:40", false), ("00:05:00", true)]
        {
            minutes.add(at(time), Duration::from_secs(5), worked);
        }
        let all = minutes.all();
        assert_eq!((all.up, all.down, all.ratio()), (2, 1, Some(2.0 / 3.0)));
        assert_eq!(minutes.counts(at("00:01:00"), at("00:05:00")), MinuteCounts { up: 0, down: 1 });
        assert_eq!(minutes.counts(at("00:02:00"), at("00:05:00")).ratio(), None);
        assert_eq!(minutes.counts(at("00:05:00"), at("00:05:00.500")).up, 1);
        assert_eq!(minutes.counts(at("00:05:00"), at("00:01:00")).all(), 0);
        minutes.forget_before(at("00:05:59"));
        assert_eq!(minutes.all(), MinuteCounts { up: 1, down: 0 });
    }

    #[test]
    fn a_probe_stands_for_the_time_up_to_the_next() {
        let mut minutes = MeasuredMinutes::default();
        minutes.add(at("00:00:00"), Duration::from_mins(5), true);
        minutes.add(at("00:05:00"), Duration::from_mins(5), false);
        assert_eq!(minutes.all(), MinuteCounts { up: 5, down: 5 });
        assert_eq!(minutes.all().down_time(), Duration::from_mins(5));
    }

    #[test]
    fn what_was_not_measured_is_found_at_both_ends_and_between() {
        let mut minutes = MeasuredMinutes::default();
        for time in ["00:02:00", "00:03:59", "00:10:00"] {
            minutes.add(at(time), Duration::from_mins(1), true);
        }
        let found = minutes.unmeasured(at("00:00:00"), at("00:20:00"), Duration::from_mins(2));
        let expected = [("00:00:00", "00:02:00"), ("00:04:00", "00:10:00"), ("00:11:00", "00:20:00")];
        assert_eq!(found, expected.map(|(from, until)| (at(from), at(until))));
        let long = minutes.unmeasured(at("00:00:00"), at("00:20:00"), Duration::from_mins(7));
        assert_eq!(long, [(at("00:11:00"), at("00:20:00"))]);
        assert_eq!(
            MeasuredMinutes::default().unmeasured(at("00:00:00"), at("00:01:00"), Duration::ZERO).len(),
            1
        );
    }

    #[test]
    fn a_minute_is_down_where_one_workload_is() {
        let (mut one, mut other) = (MeasuredMinutes::default(), MeasuredMinutes::default());
        one.add(at("00:00:00"), Duration::ZERO, true);
        other.add(at("00:00:30"), Duration::ZERO, false);
        other.add(at("00:01:30"), Duration::ZERO, true);
        one.merge(&other);
        assert_eq!(one.all(), MinuteCounts { up: 1, down: 1 });
    }
}
