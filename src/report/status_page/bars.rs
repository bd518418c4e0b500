//! The past of a service as bars: one per day, or per shorter stretch where less was measured.

use std::time::Duration;

use jiff::Timestamp;

use crate::analysis::incident::IncidentCause;
use crate::domain::availability::Availability;

use super::history::Sample;
use super::state::ServiceState;

/// The most bars.
const MOST: i64 = 90;
/// Lengths of a stretch, in seconds.
const LENGTHS: [i64; 7] = [1, 10, 60, 300, 900, 3_600, DAY];
const DAY: i64 = 86_400;

/// Stretches of equal length from the first measurement to the last, whole days where there are days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scale {
    /// Start of the first stretch, in seconds since 1970.
    first: i64,
    length: i64,
    pub(super) count: i64,
}

impl Scale {
    /// Stretches for this span: at most 90, of at least a cycle each; of days the last 90.
    pub(super) fn of(from: Timestamp, until: Timestamp, cycle: Duration) -> Self {
        let (from, until) = (from.as_second(), until.as_second().max(from.as_second()));
        let least = i64::try_from(cycle.as_secs()).unwrap_or(DAY);
        let count = |length: i64| until.div_euclid(length) - from.div_euclid(length) + 1;
        let fits = |length: &i64| *length >= least && count(*length) <= MOST;
        let length = LENGTHS.into_iter().find(fits).unwrap_or(DAY);
        let count = count(length).min(MOST);
        Self { first: (until.div_euclid(length) - count + 1) * length, length, count }
    }

    /// How long a stretch is.
    pub(super) fn length(&self) -> Duration {
        Duration::from_secs(self.length.unsigned_abs())
    }

    /// Whether each stretch is a day.
    pub(super) fn is_of_days(&self) -> bool {
        self.length == DAY
    }

    fn place(&self, at: Timestamp) -> i64 {
        (at.as_second() - self.first).div_euclid(self.length)
    }

    fn start(&self, place: i64) -> Timestamp {
        Timestamp::from_second(self.first + place * self.length).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

/// One stretch of a service.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Bar {
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
    pub(super) state: ServiceState,
    pub(super) availability: Availability,
}

/// The bars of a service. An incident is the cause, its start, and its end.
pub(super) fn bars(
    scale: &Scale,
    samples: &[Sample],
    incidents: &[(IncidentCause, Timestamp, Timestamp)],
    error_limit: f64,
) -> Vec<Bar> {
    let mut rest = samples;
    (0..scale.count)
        .map(|place| {
            let (from, until) = (scale.start(place), scale.start(place + 1));
            rest = &rest[rest.partition_point(|sample| scale.place(sample.at) < place)..];
            let (own, later) = rest.split_at(rest.partition_point(|sample| scale.place(sample.at) <= place));
            rest = later;
            let is_within = |(_, opened, closed): &&(IncidentCause, Timestamp, Timestamp)| {
                *opened < until && (*closed > from || opened == closed && *opened >= from)
            };
            let causes: Vec<IncidentCause> =
                incidents.iter().filter(is_within).map(|(cause, ..)| *cause).collect();
            let mut availability = Availability::default();
            for sample in own {
                sample.add_to(&mut availability);
            }
            Bar { from, until, state: ServiceState::of(own, &causes, error_limit), availability }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::ServiceState::{Degraded, NoData, Operational};
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn the_length_of_a_bar_fits_what_was_measured() {
        let check = |seconds: i64, cycle_s: u64, expected: (i64, i64)| {
            let scale = Scale::of(at(0), at(seconds), Duration::from_secs(cycle_s));
            assert_eq!((scale.length, scale.count), expected, "{seconds} s");
        };
        check(20, 4, (10, 3));
        check(3 * 3_600 - 1, 180, (300, 36));
        check(48 * 3_600 - 1, 300, (3_600, 48));
        check(4 * DAY - 1, 300, (DAY, 4));
        check(400 * DAY - 1, 300, (DAY, 90));
        check(0, 0, (1, 1));
        check(10, 10 * DAY as u64, (DAY, 1));
    }

    #[test]
    fn each_window_is_in_one_bar_and_bars_without_windows_have_no_data() {
        let samples: Vec<Sample> =
            [0, 1, 59, 60, 200].map(|s| Sample { at: at(s), ..Sample::made_up() }).to_vec();
        let scale = Scale { first: 0, length: 60, count: 4 };
        let found = bars(&scale, &samples, &[(IncidentCause::Slowdown, at(200), at(200))], 0.01);
        let windows: Vec<u64> = found.iter().map(|bar| bar.availability.windows()).collect();
        assert_eq!(windows, [3, 1, 0, 1]);
        let states: Vec<ServiceState> = found.iter().map(|bar| bar.state).collect();
        assert_eq!(states, [Operational, Operational, NoData, Degraded]);
        assert_eq!((found[0].from, found[3].until), (at(0), at(240)));
    }
}
