//! Spans of time as people write them, and nanoseconds as the product records them.
//!
//! Points in time are `jiff::Timestamp`; reading the clock belongs to other rooms.

use std::fmt::Write as _;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// A century bounds every later sum of spans far below the range of the types.
const LONGEST_NS: f64 = 100.0 * 366.0 * 86_400e9;

/// Why a text is not a span of time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a duration; write a number and a unit, such as 500ms, 10s, 5m or 48h")]
pub struct SpanError {
    text: String,
}

/// Reads a span such as `500ms`, `10s`, `1m30s`, `48h` or `2d`.
///
/// Units: `us`, `ms`, `s`, `m`, `h`, `d`, each preceded by a whole or decimal number.
/// # Errors
/// [`SpanError`] for anything else: no unit, an unknown unit, a sign, nothing, or more than a century.
pub fn parse_span(text: &str) -> Result<Duration, SpanError> {
    let fail = || SpanError { text: text.chars().take(80).collect() };
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(fail());
    }
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(fail)?;
        let number: f64 = rest[..digits].parse().map_err(|_| fail())?;
        rest = &rest[digits..];
        let letters = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        let nanos = (number * nanos_per(&rest[..letters]).ok_or_else(fail)?).round();
        if !nanos.is_finite() || nanos > LONGEST_NS {
            return Err(fail());
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count below 2^62")]
        let part = Duration::from_nanos(nanos as u64);
        // Added as whole nanoseconds, so that a long span keeps its milliseconds.
        total = total.saturating_add(part);
        rest = rest[letters..].trim_start();
    }
    if total.as_nanos() as f64 > LONGEST_NS { Err(fail()) } else { Ok(total) }
}

fn nanos_per(unit: &str) -> Option<f64> {
    Some(match unit {
        "us" => 1e3,
        "ms" => 1e6,
        "s" => 1e9,
        "m" => 60e9,
        "h" => 3_600e9,
        "d" => 86_400e9,
        _ => return None,
    })
}

/// Writes a span the way [`parse_span`] reads it: `48h`, `1m30s`, `150ms`.
pub fn format_span(span: Duration) -> String {
    let mut text = String::new();
    let seconds = span.as_secs();
    for (unit, length) in [("h", 3_600), ("m", 60), ("s", 1)] {
        let count = match unit {
            "h" => seconds / length,
            "m" => seconds % 3_600 / length,
            _ => seconds % 60,
        };
        if count > 0 {
            let _ = write!(text, "{count}{unit}");
        }
    }
    let micros = span.subsec_micros();
    if micros > 0 && micros.is_multiple_of(1_000) {
        let _ = write!(text, "{}ms", micros / 1_000);
    } else if micros > 0 {
        let _ = write!(text, "{micros}us");
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

/// Bytes in a fitting unit, powers of ten, three significant digits: `12.3 MB`.
pub fn format_bytes(bytes: u64) -> String {
    let (mut value, mut unit) = (bytes as f64, "B");
    for larger in ["kB", "MB", "GB"] {
        if value < 1e3 {
            break;
        }
        (value, unit) = (value / 1e3, larger);
    }
    let digits = match value {
        value if value < 10.0 && unit != "B" => 2,
        value if value < 100.0 && unit != "B" => 1,
        _ => 0,
    };
    format!("{value:.digits$} {unit}")
}

/// A point in time plus a span; the latest representable time where the sum lies beyond it.
pub fn after(at: Timestamp, span: Duration) -> Timestamp {
    let span = SignedDuration::try_from(span).unwrap_or(SignedDuration::MAX);
    at.saturating_add(span).unwrap_or(Timestamp::MAX)
}

/// Seconds since 1970, to the millisecond.
pub fn epoch_seconds(at: Timestamp) -> f64 {
    at.as_millisecond() as f64 / 1e3
}

/// The moment this many seconds after 1970, to the millisecond; 1970 where there is no such moment.
pub fn moment(epoch_seconds: f64) -> Timestamp {
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds of a date")]
    Timestamp::from_millisecond((epoch_seconds * 1e3).round() as i64).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// A point in time without fractions of a millisecond, which is the precision of files.
pub fn whole_millis(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at)
}

/// A span in whole nanoseconds; a span too long saturates instead of wrapping.
pub fn nanos(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}

/// Rounds to thousandths: microseconds to the nanoseconds they were measured in, fractions to a tenth of a percent.
///
/// Values in memory then equal those read back from a file.
pub fn round_to_thousandths(value: f64) -> f64 {
    (value * 1e3).round() / 1e3
}

/// A time in seconds, to the nanosecond, from one in microseconds as files have it: its digits are those of the file.
pub fn seconds_of_us(us: f64) -> f64 {
    (us * 1000.0).round() / 1e9
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_have_the_digits_of_the_microseconds() {
        for (us, seconds) in [(1234.567, "0.001234567"), (0.001, "0.000000001"), (3_600e6, "3600")] {
            assert_eq!(seconds_of_us(us).to_string(), seconds);
        }
    }

    fn check(text: &str, expected: Option<Duration>) {
        assert_eq!(parse_span(text).ok(), expected, "{text}");
    }

    #[test]
    fn reads_what_people_write() {
        check("10s", Some(Duration::from_secs(10)));
        check("48h", Some(Duration::from_hours(48)));
        check("1m30s", Some(Duration::from_secs(90)));
        check("1.5s", Some(Duration::from_millis(1_500)));
        check("250us", Some(Duration::from_micros(250)));
        check("0ms", Some(Duration::ZERO));
        check(" 5m ", Some(Duration::from_mins(5)));
    }

    #[test]
    fn refuses_the_rest() {
        for text in
            ["", "10", "s", "-5s", "10 bananas", "1.2.3s", "9e99s", "10s5", "NaNs", "999999999999d", "é"]
        {
            check(text, None);
        }
    }

    #[test]
    fn bytes_have_three_digits() {
        let texts = [0, 999, 1_000, 12_345_678, 5_400_000_000].map(format_bytes);
        assert_eq!(texts, ["0 B", "999 B", "1.00 kB", "12.3 MB", "5.40 GB"]);
    }

    #[test]
    fn what_lies_beyond_all_time_is_held_at_its_end() {
        assert_eq!(after(Timestamp::UNIX_EPOCH, Duration::from_secs(5)).as_second(), 5);
        assert_eq!(after(Timestamp::UNIX_EPOCH, Duration::MAX), Timestamp::MAX);
    }

    #[test]
    fn written_spans_are_read_back() {
        for millis in [0, 1, 150, 1_000, 90_000, 172_800_000, 3_661_500] {
            let span = Duration::from_millis(millis);
            assert_eq!(parse_span(&format_span(span)), Ok(span));
        }
    }
}
