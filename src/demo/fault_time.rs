//! The text form of a time since the server's start in a fault: `500ms`, `90s`, `1m30s`, `1h`. Pure.

use std::fmt;
use std::time::Duration;

/// Largest unit first, in milliseconds. A time is written with each unit at most once, in this order.
const UNITS: [(&str, u64); 4] = [("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];
/// A year: far past any run, and far from any overflow.
const LONGEST_MS: u64 = 365 * 24 * 3_600_000;

/// Parses a time; `None` if it is not one, or longer than a year.
pub(super) fn parse_time(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut total_ms: u64 = 0;
    let mut larger_ms = u64::MAX;
    while !rest.is_empty() || larger_ms == u64::MAX {
        let (number, tail) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit())?);
        let (unit, tail) = tail.split_at(tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len()));
        let &(_, unit_ms) = UNITS.iter().find(|(name, ms)| *name == unit && *ms < larger_ms)?;
        total_ms = number.parse::<u64>().ok()?.checked_mul(unit_ms)?.checked_add(total_ms)?;
        (rest, larger_ms) = (tail, unit_ms);
    }
    (total_ms <= LONGEST_MS).then(|| Duration::from_millis(total_ms))
}

/// Prints a time in the form that [`parse_time`] reads. Shape: whole milliseconds, like all parsed times.
pub(super) fn write_time(f: &mut fmt::Formatter<'_>, time: Duration) -> fmt::Result {
    if time.is_zero() {
        return f.write_str("0s");
    }
    let mut rest = time.as_millis();
    for (unit, unit_ms) in UNITS {
        let unit_ms = u128::from(unit_ms);
        if rest >= unit_ms {
            write!(f, "{}{unit}", rest / unit_ms)?;
        }
        rest %= unit_ms;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Shows a time by the function under test.
    struct Shown(Duration);

    impl fmt::Display for Shown {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write_time(f, self.0)
        }
    }

    #[test]
    fn times_read_and_show() {
        let check = |text: &str, expected_ms: u64, shown: &str| {
            let time = parse_time(text);
            assert_eq!(time, Some(Duration::from_millis(expected_ms)), "{text}");
            assert_eq!(time.map(|time| Shown(time).to_string()).as_deref(), Some(shown));
            assert_eq!(parse_time(shown), time);
        };
        check("0s", 0, "0s");
        check("0h0m0s0ms", 0, "0s");
        check("500ms", 500, "500ms");
        check("90s", 90_000, "1m30s");
        check("1m30s", 90_000, "1m30s");
        check("1h", 3_600_000, "1h");
        check("0061m", 3_660_000, "1h1m");
        check("1h2m3s4ms", 3_723_004, "1h2m3s4ms");
        check("8760h", 31_536_000_000, "8760h");
    }

    #[test]
    fn anything_else_is_no_time() {
        for text in ["", "s", "5", "5d", "-5s", "1.5s", "30s1m", "1s1s", "1 s", "1s ", "8760h1ms", "5\u{b5}s"]
        {
            assert_eq!(parse_time(text), None, "{text}");
        }
        assert_eq!(parse_time("99999999999999999999s"), None);
        assert_eq!(parse_time("18446744073709551615h"), None);
    }
}
