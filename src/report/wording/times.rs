//! Points in time for people: one form, always UTC, to the second. Files keep RFC 3339.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::domain::gap::Gap;

use super::numbers::span;

/// A point in time: `26 Nov 12:09:44 UTC`.
pub fn moment(at: Timestamp) -> String {
    format!("{} UTC", without_zone(at))
}

/// A point in time with its year: `26 Nov 2026 12:09:44 UTC`.
pub fn moment_with_year(at: Timestamp) -> String {
    utc(at).strftime("%-d %b %Y %H:%M:%S UTC").to_string()
}

/// A point in time, with its year where that is not the one of `now`.
pub fn moment_beside(at: Timestamp, now: Timestamp) -> String {
    if utc(at).year() == utc(now).year() { moment(at) } else { moment_with_year(at) }
}

/// From one point in time to another: `26 Nov 12:09:44 to 12:10:09 UTC`, with the second date where it is another day.
pub fn stretch(from: Timestamp, until: Timestamp) -> String {
    let is_same_day = utc(from).date() == utc(until).date();
    let end = if is_same_day { utc(until).strftime("%H:%M:%S").to_string() } else { without_zone(until) };
    format!("{} to {end} UTC", without_zone(from))
}

/// A stretch without measurements: `gap of 5 min from 26 Nov 12:09:44 to 12:14:44 UTC: stopped`.
pub fn gap_words(gap: &Gap) -> String {
    if !gap.is_pause() {
        return format!(
            "the clock was set from {} to {}; measuring went on",
            moment(gap.from),
            moment(gap.to)
        );
    }
    format!("gap of {} from {}: {}", span(gap.length()), stretch(gap.from, gap.to), gap.reason.name())
}

fn without_zone(at: Timestamp) -> String {
    utc(at).strftime("%-d %b %H:%M:%S").to_string()
}

/// Cut to the second, as RFC 3339 without a fraction is.
fn utc(at: Timestamp) -> jiff::Zoned {
    at.to_zoned(TimeZone::UTC)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_utc_to_the_second() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        assert_eq!(moment(at("2026-11-26T12:09:44.9Z")), "26 Nov 12:09:44 UTC");
        assert_eq!(moment_with_year(at("2026-01-02T00:00:00+02:00")), "1 Jan 2026 22:00:00 UTC");
        let beside = |at_text: &str| moment_beside(at(at_text), at("2026-11-27T00:00:00Z"));
        assert_eq!(beside("2026-01-01T00:00:00Z"), "1 Jan 00:00:00 UTC");
        assert_eq!(beside("2025-12-31T23:59:59Z"), "31 Dec 2025 23:59:59 UTC");
        let same = stretch(at("2026-11-26T12:09:44Z"), at("2026-11-26T12:10:09Z"));
        assert_eq!(same, "26 Nov 12:09:44 to 12:10:09 UTC");
        let over = stretch(at("2026-11-26T23:59:59Z"), at("2026-11-27T00:10:09Z"));
        assert_eq!(over, "26 Nov 23:59:59 to 27 Nov 00:10:09 UTC");
    }
}
