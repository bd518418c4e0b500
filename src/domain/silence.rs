//! Silences: stretches in which nobody is alerted, once or every week. Times are UTC.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::units::after;

/// A stretch in which nobody is alerted. What happens in it is measured, judged and kept as always.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Silence {
    /// Why, in a few words.
    pub name: String,
    /// Endpoints and journeys that it is about; empty means all.
    pub workloads: Vec<String>,
    /// When.
    pub when: When,
}

/// When a silence is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Once.
    Once {
        /// Its start.
        from: Timestamp,
        /// Its end, exclusive.
        until: Timestamp,
    },
    /// On some days of every week.
    Weekly {
        /// The days on which it starts, Monday first.
        days: [bool; 7],
        /// Its start after midnight UTC.
        from: Duration,
        /// Its length, at most a day.
        length: Duration,
    },
}

const DAY: Duration = Duration::from_hours(24);

impl Silence {
    /// Whether it is about this subject: an endpoint, a journey or a step of it; `None` is the scenario as a whole.
    pub fn is_about(&self, subject: Option<&str>) -> bool {
        let names = |name: &String| {
            subject.is_some_and(|subject| {
                subject
                    .strip_prefix(name.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            })
        };
        self.workloads.is_empty() || self.workloads.iter().any(names)
    }

    /// Whether nobody is alerted about this subject at this time.
    pub fn covers(&self, subject: Option<&str>, at: Timestamp) -> bool {
        self.is_about(subject) && !self.stretches(at, after(at, Duration::from_millis(1))).is_empty()
    }

    /// Its stretches that overlap with a span of time, each with start and end, in the order of time.
    pub fn stretches(&self, from: Timestamp, until: Timestamp) -> Vec<(Timestamp, Timestamp)> {
        let overlaps = |stretch: &(Timestamp, Timestamp)| stretch.0 < until && stretch.1 > from;
        match self.when {
            When::Once { from: begin, until: end } => {
                Some((begin, end)).filter(overlaps).into_iter().collect()
            }
            When::Weekly { days, from: begin, length } => {
                let mut stretches = Vec::new();
                // One that began the day before may still last.
                let mut day =
                    midnight(from).checked_sub(jiff::SignedDuration::from_hours(24)).unwrap_or(from);
                while day < until {
                    let weekday = day.to_zoned(TimeZone::UTC).weekday().to_monday_zero_offset();
                    if usize::try_from(weekday).ok().and_then(|index| days.get(index)) == Some(&true) {
                        let start = after(day, begin);
                        stretches.extend(Some((start, after(start, length))).filter(overlaps));
                    }
                    let next = after(day, DAY);
                    if next <= day {
                        break;
                    }
                    day = next;
                }
                stretches
            }
        }
    }
}

/// The midnight before a time, UTC.
pub fn midnight(at: Timestamp) -> Timestamp {
    let second = at.as_second();
    Timestamp::from_second(second - second.rem_euclid(86_400)).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn weekly_silences_are_on_their_days_and_go_past_midnight() {
        // 2026-11-29 is a Sunday.
        let mut days = [false; 7];
        days[6] = true;
        let when = When::Weekly { days, from: Duration::from_hours(23), length: Duration::from_hours(2) };
        let silence = Silence { name: "backup".into(), workloads: Vec::new(), when };
        let check = |time: &str, expected| assert_eq!(silence.covers(None, at(time)), expected, "{time}");
        check("2026-11-29T22:59:59.999Z", false);
        check("2026-11-29T23:00:00Z", true);
        check("2026-11-30T00:59:59.999Z", true);
        check("2026-11-30T01:00:00Z", false);
        check("2026-11-28T23:30:00Z", false);
        let month = silence.stretches(at("2026-11-01T00:30:00Z"), at("2026-12-01T00:00:00Z"));
        assert_eq!(month.len(), 5);
        assert_eq!(month[0], (at("2026-11-01T23:00:00Z"), at("2026-11-02T01:00:00Z")));
    }

    #[test]
    fn a_silence_is_about_its_workloads_and_their_steps() {
        let when = When::Once { from: at("2026-11-01T00:00:00Z"), until: at("2026-11-01T01:00:00Z") };
        let silence = Silence { name: "deploy".into(), workloads: vec!["pitch".into()], when };
        let now = at("2026-11-01T00:10:00Z");
        let check = |subject, expected| assert_eq!(silence.covers(subject, now), expected, "{subject:?}");
        check(Some("pitch"), true);
        check(Some("pitch.create"), true);
        check(Some("pitches"), false);
        check(None, false);
        assert!(!silence.covers(Some("pitch"), at("2026-11-01T01:00:00Z")));
    }
}
