//! How long a certificate is still valid, and how urgent that is.

use jiff::Timestamp;

/// Whole days from one time to another, rounded down: an hour ago is -1.
pub(super) fn days_between(from: Timestamp, to: Timestamp) -> i64 {
    to.as_second().saturating_sub(from.as_second()).div_euclid(86_400)
}

/// The time from one moment to a later one in words, rounded down: `3 days`, `5 hours`, `less than a minute`.
pub(super) fn span(from: Timestamp, to: Timestamp) -> String {
    let seconds = to.as_second().saturating_sub(from.as_second());
    let units = [(86_400, "day"), (3_600, "hour"), (60, "minute")];
    let unit = units.into_iter().find(|(unit, _)| seconds >= *unit);
    unit.map_or_else(
        || "less than a minute".to_owned(),
        |(unit, name)| match seconds / unit {
            1 => format!("1 {name}"),
            number => format!("{number} {name}s"),
        },
    )
}

/// How soon a certificate expires: 1 within 30 days, 2 within 14, 3 within 3; `None` for later.
///
/// A certificate that lives for weeks only is renewed late in its life, and nobody is to be woken up every time: the limits
/// are no more than a third, a sixth and a fifteenth of its validity.
pub(super) fn urgency(from: Timestamp, until: Timestamp, now: Timestamp) -> Option<u8> {
    let (left, whole) = (days_between(now, until), days_between(from, until));
    let limits = [(3, 3, whole / 15), (2, 14, whole / 6), (1, 30, whole / 3)];
    limits.into_iter().find(|(_, days, part)| left <= *days.min(part)).map(|(urgency, ..)| urgency)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600;

    fn time(hours: i64) -> Timestamp {
        Timestamp::from_second(hours * HOUR).unwrap()
    }

    #[test]
    fn days_are_rounded_down() {
        let check = |hours: i64, expected: i64| {
            assert_eq!(days_between(time(1_000), time(1_000 + hours)), expected, "{hours}");
        };
        check(0, 0);
        check(23, 0);
        check(24, 1);
        check(-1, -1);
        check(-24, -1);
        check(-25, -2);
        assert!(days_between(Timestamp::MIN, Timestamp::MAX) > 0);
    }

    #[test]
    fn spans_are_rounded_down() {
        let check = |seconds: i64, expected: &str| {
            let to = Timestamp::from_second(1_000 + seconds).unwrap();
            assert_eq!(span(Timestamp::from_second(1_000).unwrap(), to), expected);
        };
        check(3 * 24 * HOUR + 300, "3 days");
        check(24 * HOUR, "1 day");
        check(24 * HOUR - 1, "23 hours");
        check(HOUR, "1 hour");
        check(119, "1 minute");
        check(59, "less than a minute");
        check(0, "less than a minute");
    }

    #[test]
    fn the_nearer_the_end_the_more_urgent() {
        let check = |whole: i64, left: i64, expected: Option<u8>| {
            let (until, now) = (time(24 * whole), time(24 * (whole - left)));
            assert_eq!(urgency(time(0), until, now), expected, "{left} of {whole}");
        };
        for whole in [90, 365, 3_650] {
            check(whole, 31, None);
            check(whole, 30, Some(1));
            check(whole, 15, Some(1));
            check(whole, 14, Some(2));
            check(whole, 4, Some(2));
            check(whole, 3, Some(3));
            check(whole, 0, Some(3));
        }
        check(47, 30, None);
        check(47, 15, Some(1));
        check(47, 7, Some(2));
        check(47, 3, Some(3));
        check(6, 3, None);
        check(6, 2, Some(1));
        check(6, 1, Some(2));
        check(6, 0, Some(3));
    }
}
