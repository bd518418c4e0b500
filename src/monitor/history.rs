//! For how long a workload worked, by hour, and probe by probe for the last hours.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use jiff::Timestamp;

/// Time that is kept probe by probe.
const RECENT: Duration = Duration::from_hours(7);
/// Time that is kept by hour. Units: hours.
const KEPT_HOURS: i64 = 31 * 24;
const HOUR_MS: i64 = 3_600_000;

/// Time of one hour by what the probes showed. Units: milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Hour {
    pub(super) up: u64,
    pub(super) down: u64,
    /// The part of `down` that no alert about an outage is for.
    pub(super) unalerted: u64,
}

/// One probe, which stands for the interval from it to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sample {
    pub(super) at_ms: i64,
    pub(super) length_ms: u64,
    pub(super) is_down: bool,
    /// Whether an alert about an outage is for it.
    pub(super) is_alerted: bool,
}

/// What the probes of a workload showed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct History {
    /// By hours since 1970.
    pub(super) hours: BTreeMap<i64, Hour>,
    pub(super) recent: VecDeque<Sample>,
}

/// Time in which a workload did not work, and the time that was measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Failed {
    pub(super) down: Duration,
    pub(super) measured: Duration,
    /// Number of probes that failed, where they are known one by one.
    pub(super) probes: u64,
}

impl Failed {
    /// The fraction of the measured time; 0 where nothing was measured.
    pub(super) fn ratio(self) -> f64 {
        let measured = self.measured.as_secs_f64();
        if measured > 0.0 { self.down.as_secs_f64() / measured } else { 0.0 }
    }
}

impl History {
    /// Counts a probe that stands for an interval.
    pub(super) fn add(&mut self, at: Timestamp, length: Duration, is_down: bool, is_alerted: bool) {
        let at_ms = at.as_millisecond();
        let length_ms = u64::try_from(length.as_millis()).unwrap_or(u64::MAX);
        let hour = self.hours.entry(at_ms.div_euclid(HOUR_MS)).or_default();
        if is_down {
            hour.down += length_ms;
            hour.unalerted += if is_alerted { 0 } else { length_ms };
        } else {
            hour.up += length_ms;
        }
        self.recent.push_back(Sample { at_ms, length_ms, is_down, is_alerted });
        let oldest = at_ms - i64::try_from(RECENT.as_millis()).unwrap_or(i64::MAX);
        while self.recent.front().is_some_and(|sample| sample.at_ms < oldest) {
            self.recent.pop_front();
        }
        let first = at_ms.div_euclid(HOUR_MS) - KEPT_HOURS;
        while self.hours.first_key_value().is_some_and(|(hour, _)| *hour < first) {
            self.hours.pop_first();
        }
    }

    /// An alert about an outage is for all failed probes from this time on.
    pub(super) fn alerted_since(&mut self, since: Timestamp) {
        let since = since.as_millisecond();
        for sample in self.recent.iter_mut().filter(|sample| sample.at_ms >= since) {
            if sample.is_down && !sample.is_alerted {
                sample.is_alerted = true;
                if let Some(hour) = self.hours.get_mut(&sample.at_ms.div_euclid(HOUR_MS)) {
                    hour.unalerted = hour.unalerted.saturating_sub(sample.length_ms);
                }
            }
        }
    }

    /// Time that failed within a span before `now`; with `unalerted_only`, what an alert is for counts as measured only.
    pub(super) fn failed(&self, now: Timestamp, span: Duration, unalerted_only: bool) -> Failed {
        let now_ms = now.as_millisecond();
        let from = now_ms - i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
        let mut failed = Failed::default();
        if span < RECENT {
            for sample in self.recent.iter().filter(|sample| sample.at_ms > from && sample.at_ms <= now_ms) {
                let length = Duration::from_millis(sample.length_ms);
                failed.measured += length;
                if sample.is_down && !(unalerted_only && sample.is_alerted) {
                    failed.down += length;
                    failed.probes += 1;
                }
            }
            return failed;
        }
        for (_, hour) in self.hours.range(from.div_euclid(HOUR_MS) + 1..=now_ms.div_euclid(HOUR_MS)) {
            failed.measured += Duration::from_millis(hour.up + hour.down);
            failed.down += Duration::from_millis(if unalerted_only { hour.unalerted } else { hour.down });
        }
        failed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_mins(1);

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + minute * 60).unwrap()
    }

    #[test]
    fn minutes_add_up_over_hours_and_days() {
        let mut history = History::default();
        for minute in 0..3 * 1_440 {
            history.add(at(minute), MINUTE, (100..130).contains(&minute), false);
        }
        let now = at(3 * 1_440 - 1);
        let of = |hours| history.failed(now, Duration::from_hours(hours), false);
        assert_eq!((of(72).down, of(1).down), (MINUTE * 30, Duration::ZERO));
        assert_eq!(of(1).measured, MINUTE * 60);
        assert!(history.recent.len() <= 7 * 60 + 1);
        let whole = history.failed(now, Duration::from_hours(720), false);
        assert_eq!((whole.down, whole.measured), (MINUTE * 30, MINUTE * 3 * 1_440));
    }

    #[test]
    fn what_an_alert_is_for_is_counted_and_not_alerted_again() {
        let mut history = History::default();
        for minute in 0..60 {
            history.add(at(minute), MINUTE, (10..20).contains(&minute), false);
        }
        history.alerted_since(at(12));
        let hour = Duration::from_hours(1);
        assert_eq!(history.failed(at(59), hour, false).probes, 10);
        assert_eq!(history.failed(at(59), hour, true).probes, 2);
        assert_eq!(history.failed(at(59), Duration::from_hours(24), true).down, MINUTE * 2);
    }

    #[test]
    fn what_is_old_is_forgotten() {
        let mut history = History::default();
        for day in 0..60 {
            history.add(at(day * 1_440), MINUTE, true, false);
        }
        assert_eq!((history.hours.len(), history.recent.len()), (32, 1));
    }
}
