//! Dates in `Expires`, as loosely as browsers read them (RFC 6265, section 5.1.1): servers write them in many forms.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// The time that a text means, always in UTC; `None` where it means none.
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    let is_delimiter = |c: char| !(c.is_ascii_alphanumeric() || c == ':' || !c.is_ascii());
    let (mut time, mut day, mut month, mut year) = (None, None, None, None);
    for token in text.split(is_delimiter).filter(|token| !token.is_empty()) {
        // Of each part the first counts, and a token is the first part that it can be.
        if time.is_none() && clock(token).is_some() {
            time = clock(token);
        } else if day.is_none() && digits(token, 2).is_some() {
            day = digits(token, 2);
        } else if month.is_none() && named_month(token).is_some() {
            month = named_month(token);
        } else if year.is_none() {
            year = digits(token, 4).filter(|_| token.bytes().take_while(u8::is_ascii_digit).count() >= 2);
        }
    }
    let ((hour, minute, second), year) = (time?, year?);
    let year = match year {
        0..=69 => year + 2_000,
        70..=99 => year + 1_900,
        _ => year,
    };
    let small = |number: i16| i8::try_from(number).ok();
    let civil =
        DateTime::new(year, month?, small(day?)?, small(hour)?, small(minute)?, small(second)?, 0).ok()?;
    // Before this year there was no such calendar.
    (year >= 1_601).then(|| civil.to_zoned(TimeZone::UTC).ok()).flatten().map(|zoned| zoned.timestamp())
}

/// The number at the beginning of a token, up to a maximum number of digits.
fn digits(token: &str, most: usize) -> Option<i16> {
    let count = token.bytes().take_while(u8::is_ascii_digit).count();
    if count == 0 || count > most { None } else { token[..count].parse().ok() }
}

/// `8:49:37`
fn clock(token: &str) -> Option<(i16, i16, i16)> {
    let mut parts = token.split(':');
    let whole =
        |part: &str| digits(part, 2).filter(|_| part.len() <= 2 && part.bytes().all(|b| b.is_ascii_digit()));
    let (hour, minute) = (whole(parts.next()?)?, whole(parts.next()?)?);
    Some((hour, minute, digits(parts.next()?, 2)?))
}

fn named_month(token: &str) -> Option<i8> {
    let beginning = token.get(..3)?.to_ascii_lowercase();
    let index = MONTHS.iter().position(|name| *name == beginning)?;
    i8::try_from(index + 1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_in_every_form() {
        let check = |text: &str, expected: Option<i64>| {
            assert_eq!(parse(text).map(Timestamp::as_second), expected, "{text}");
        };
        let usual = Some(784_111_777);
        check("Sun, 06 Nov 1994 08:49:37 GMT", usual);
        check("Sunday, 06-Nov-94 08:49:37 GMT", usual);
        check("Sun Nov  6 08:49:37 1994", usual);
        check("06-nov-1994 8:49:37", usual);
        check("Sun, 06 Nov 1994 08:49:37 -0000", usual);
        check("08:49:37 6 November 1994 UTC", usual);
        check("Thu, 01 Jan 1970 00:00:00 GMT", Some(0));
        check("Fri, 31-Dec-69 23:59:59 GMT", Some(3_155_759_999));
        for none in [
            "",
            "0",
            "never",
            "Sun, 32 Nov 1994 08:49:37 GMT",
            "06 Nov 1994",
            "06 Nov 1994 25:00:00",
            "06 Nov 1600 00:00:00",
            "08:49:37 6 é 1994",
            "6 Nov 99999 08:49:37",
            "::: é:é",
        ] {
            check(none, None);
        }
    }
}
