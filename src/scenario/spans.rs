//! Which duration somebody may have meant by a text that is none.

use crate::domain::units::parse_span;

/// A duration as this program reads it; `None` where the text does not suggest one.
pub(super) fn meant(text: &str) -> Option<String> {
    let plain = text.trim().to_lowercase().replace(',', ".").replace(['µ', 'μ'], "u");
    let mut meant = String::new();
    let mut rest = plain.trim_start_matches(['-', '+']);
    while !rest.is_empty() {
        let number = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (digits, after) = rest.split_at(number);
        // Each turn takes a number off, so the loop ends.
        if digits.is_empty() {
            return None;
        }
        let after = after.trim_start();
        let letters = after.find(|c: char| !c.is_alphabetic()).unwrap_or(after.len());
        let (unit, after) = after.split_at(letters);
        meant.push_str(digits);
        meant.push_str(unit_of(unit)?);
        rest = after.trim_start();
    }
    (meant != text && parse_span(&meant).is_ok()).then_some(meant)
}

fn unit_of(word: &str) -> Option<&'static str> {
    Some(match word {
        "us" | "usec" | "usecs" | "micros" | "microsecond" | "microseconds" => "us",
        "ms" | "msec" | "msecs" | "milli" | "millis" | "millisecond" | "milliseconds" => "ms",
        "m" | "min" | "mins" | "minute" | "minutes" => "m",
        "h" | "hr" | "hrs" | "hour" | "hours" => "h",
        "d" | "day" | "days" => "d",
        // Seconds are what a bare number means, and what one wrong letter most likely stands for.
        "" | "s" | "sec" | "secs" | "second" | "seconds" => "s",
        word if word.chars().count() == 1 => "s",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_suggested() {
        let check =
            |text: &str, expected: Option<&str>| assert_eq!(meant(text).as_deref(), expected, "{text}");
        check("10x", Some("10s"));
        check("10", Some("10s"));
        check("10 s", Some("10s"));
        check("5 minutes", Some("5m"));
        check("1 hr 30 min", Some("1h30m"));
        check("1,5s", Some("1.5s"));
        check("48H", Some("48h"));
        check("20 µs", Some("20us"));
        check("-5s", Some("5s"));
        check("10s", None);
        check("100 bananas", None);
        check("s", None);
        check("", None);
        check("1..5s", None);
        check("10s@", None);
        check("@", None);
        check("1s-", None);
        check("min", None);
    }
}
