//! Number formats: three significant digits, a unit, thousands separators. A missing value is a dash.

use std::time::Duration;

/// Nothing is measured more finely: the smallest ratio that is written as a number.
pub const FINEST: f64 = 1e-5;

/// Shown for a missing value.
pub const MISSING: &str = "–";

/// A time given in microseconds, in the unit that suits it: `812 us`, `1.23 ms`, `2.05 s`.
pub fn time_us(value: Option<f64>) -> String {
    match value.filter(|value| value.is_finite()) {
        None => MISSING.to_owned(),
        Some(us) if us.abs() < 999.5 => format!("{} us", significant(us)),
        Some(us) if us.abs() < 999_500.0 => format!("{} ms", significant(us / 1e3)),
        Some(us) => format!("{} s", significant(us / 1e6)),
    }
}

/// A rate per second: `1,230/s`.
pub fn rate(value: Option<f64>) -> String {
    value
        .filter(|value| value.is_finite())
        .map_or_else(|| MISSING.to_owned(), |rate| format!("{}/s", significant(rate)))
}

/// A ratio as percent: `0.12 %`.
pub fn percent(value: Option<f64>) -> String {
    match value.filter(|value| value.is_finite()) {
        None => MISSING.to_owned(),
        Some(ratio) if ratio > 0.0 && ratio < FINEST => "< 0.001 %".to_owned(),
        Some(ratio) => format!("{} %", significant(ratio * 100.0)),
    }
}

/// A chosen ratio as percent, exactly: `0.0005 %`.
pub fn chosen_percent(ratio: f64) -> String {
    // Without what the multiplication adds in the last bits.
    let percent = format!("{:.12e}", ratio * 100.0).parse().unwrap_or(ratio * 100.0);
    if percent.is_finite() { format!("{} %", separated(&percent.to_string())) } else { MISSING.to_owned() }
}

/// The lower end of a range of ratios, as percent: 0 below what [`percent`] tells from it.
pub fn percent_from(ratio: f64) -> String {
    percent(Some(if ratio > 0.0 && ratio < FINEST { 0.0 } else { ratio }))
}

/// A count with thousands separators: `12,345`.
pub fn count(value: u64) -> String {
    separated(&value.to_string())
}

/// A number to the nearest whole: `1,207`.
pub fn whole(value: f64) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "cut at 0; counts are small")]
    count(value.max(0.0).round() as u64)
}

/// Some names, the first few of many.
pub fn listed(names: &[String]) -> String {
    const MOST: usize = 6;
    let shown = names.iter().take(MOST).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(MOST) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// `a`, `a and b`, `a, b and c`.
pub fn joined<Name: AsRef<str>>(names: &[Name]) -> String {
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    match names.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// A sentence with a capital first letter.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A count and what is counted: `1 cell`, `12 cells`.
pub fn counted(value: u64, noun: &str) -> String {
    let plural = if value == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", count(value))
}

/// Numbers of endpoints, journeys and mixes: `3 endpoints, 2 journeys, 1 mix`; those that are 0 are left out.
pub fn workloads_words([endpoints, journeys, mixes]: [u64; 3]) -> String {
    let mut parts = Vec::new();
    if endpoints > 0 || journeys + mixes == 0 {
        parts.push(counted(endpoints, "endpoint"));
    }
    if journeys > 0 {
        parts.push(counted(journeys, "journey"));
    }
    match mixes {
        0 => (),
        1 => parts.push("1 mix".to_owned()),
        mixes => parts.push(format!("{} mixes", count(mixes))),
    }
    parts.join(", ")
}

/// Bytes in the unit that suits them: `12.3 MB` (powers of ten).
pub fn bytes(value: u64) -> String {
    let value = value as f64;
    match value {
        value if value < 1e3 => format!("{} B", significant(value)),
        value if value < 1e6 => format!("{} kB", significant(value / 1e3)),
        value if value < 1e9 => format!("{} MB", significant(value / 1e6)),
        value => format!("{} GB", significant(value / 1e9)),
    }
}

/// A span in at most two units: `1 h 59 min`, `45 s`, `120 ms`.
pub fn span(span: Duration) -> String {
    let seconds = span.as_secs();
    // A 48-hour baseline is known by its hours, so days are used from three days on.
    let days = if seconds >= 3 * 86_400 { seconds / 86_400 } else { 0 };
    let (hours, minutes) = ((seconds - days * 86_400) / 3_600, seconds / 60 % 60);
    let two = |first: u64, unit: &str, second: u64, below: &str| match second {
        0 => format!("{first} {unit}"),
        second => format!("{first} {unit} {second} {below}"),
    };
    match seconds {
        0 if span.is_zero() => "0 s".to_owned(),
        0 if span.subsec_micros() < 1_000 => format!("{} us", span.subsec_micros()),
        0 => format!("{} ms", trimmed(span.as_secs_f64() * 1e3)),
        _ if days > 0 => two(days, "d", hours, "h"),
        _ if hours > 0 => two(hours, "h", minutes, "min"),
        _ if minutes > 0 => two(minutes, "min", seconds % 60, "s"),
        _ => format!("{} s", trimmed(span.as_secs_f64())),
    }
}

/// Three significant digits, thousands separated, never in exponent form and never a negative zero.
///
/// Smaller than a billionth is zero: nothing here is measured that finely.
pub fn significant(value: f64) -> String {
    if !value.is_finite() {
        return MISSING.to_owned();
    }
    if value.abs() < 1e-9 {
        return "0".to_owned();
    }
    // The exponent after rounding: 999.7 has three digits before the point, 1,000 has four.
    let scientific = format!("{value:.2e}");
    let exponent: i32 =
        scientific.split_once('e').and_then(|(_, exponent)| exponent.parse().ok()).unwrap_or(0);
    let decimals = usize::try_from(2 - exponent).unwrap_or(0);
    let text = format!("{value:.decimals$}");
    separated(&text)
}

/// Without the zeros that a chosen or planned number, unlike a measured one, does not need.
pub fn trimmed(value: f64) -> String {
    let text = significant(value);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

pub(super) fn separated(digits: &str) -> String {
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |rest| ("-", rest));
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(w, f)| (w, Some(f)));
    let mut text = String::from(sign);
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if let Some(fraction) = fraction {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

/// A number of days, rounded down: `2 days`; `less than a day`.
pub fn days_words(days: f64) -> String {
    if days < 1.0 {
        return "less than a day".to_owned();
    }
    let whole = days.floor();
    if whole < 2.0 { "1 day".to_owned() } else { format!("{whole:.0} days") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_suit_their_size() {
        let check = |us: Option<f64>, expected: &str| assert_eq!(time_us(us), expected);
        check(Some(0.0), "0 us");
        check(Some(0.1234), "0.123 us");
        check(Some(812.4), "812 us");
        check(Some(999.7), "1.00 ms");
        check(Some(1_234.0), "1.23 ms");
        check(Some(2_054_000.0), "2.05 s");
        check(Some(3_600_000_000.0), "3,600 s");
        check(None, MISSING);
        check(Some(f64::NAN), MISSING);
        check(Some(f64::INFINITY), MISSING);
    }

    #[test]
    fn counts_and_percentages() {
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(
            (counted(1, "cell"), counted(1_000, "cell")),
            ("1 cell".to_owned(), "1,000 cells".to_owned())
        );
        assert_eq!(significant(-0.000_000_000_01), "0");
        assert_eq!(significant(123_456.0), "123,456");
        assert_eq!(significant(-12.345), "-12.3");
        assert_eq!(percent(Some(0.001_234)), "0.123 %");
        assert_eq!(percent(Some(0.000_000_592)), "< 0.001 %");
        assert_eq!((percent(Some(0.0)), percent(Some(1e-5))), ("0 %".to_owned(), "0.00100 %".to_owned()));
        let chosen = [0.0, 0.000_005, 0.001, 0.07, 0.123_45, 0.29, 1.0, 25.0].map(chosen_percent);
        let expected =
            ["0 %", "0.0005 %", "0.1 %", "7 %", "12.345 %", "29 %", "100 %", "2,500 %"].map(str::to_owned);
        assert_eq!(chosen, expected);
        assert_eq!([0.0, 0.000_005, 0.001].map(percent_from), ["0 %", "0 %", "0.100 %"].map(str::to_owned));
        assert_eq!(rate(Some(1_234.5)), "1,234/s");
        assert_eq!(bytes(12_345_678), "12.3 MB");
    }

    #[test]
    fn spans_have_at_most_two_units() {
        let check = |millis: u64, expected: &str| assert_eq!(span(Duration::from_millis(millis)), expected);
        check(0, "0 s");
        check(120, "120 ms");
        check(45_000, "45 s");
        check(90_000, "1 min 30 s");
        check(7_140_000, "1 h 59 min");
        check(172_800_000, "48 h");
        check(273_600_000, "3 d 4 h");
    }

    #[test]
    fn workloads_that_are_not_there_are_not_named() {
        let check = |counts, expected: &str| assert_eq!(workloads_words(counts), expected);
        check([3, 2, 1], "3 endpoints, 2 journeys, 1 mix");
        check([1, 0, 0], "1 endpoint");
        check([0, 1, 2], "1 journey, 2 mixes");
        check([0, 0, 0], "0 endpoints");
    }
}
