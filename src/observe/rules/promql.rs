//! Parts of expressions: quoted values, selectors, durations, numbers.

use std::fmt::Write as _;
use std::time::Duration;

const DAY_S: u64 = 86_400;

/// A text as a string of `PromQL`.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// A regular expression, as a string of `PromQL`, that matches exactly these texts.
pub(super) fn one_of<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let escaped = |text: &str| -> String {
        text.chars()
            .flat_map(|c| "\\.+*?()|[]{}^$".contains(c).then_some('\\').into_iter().chain([c]))
            .collect()
    };
    quoted(&texts.into_iter().map(escaped).collect::<Vec<_>>().join("|"))
}

/// A duration as Prometheus writes it, such as `1h30m`; whole seconds, rounded up.
pub(super) fn span(duration: Duration) -> String {
    let seconds = duration.as_secs() + u64::from(duration.subsec_nanos() > 0);
    let parts = [
        (seconds / DAY_S, 'd'),
        (seconds % DAY_S / 3600, 'h'),
        (seconds % 3600 / 60, 'm'),
        (seconds % 60, 's'),
    ];
    let mut text = String::new();
    for (count, unit) in parts.iter().filter(|(count, _)| *count > 0) {
        let _ = write!(text, "{count}{unit}");
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

/// A number with at most ten digits behind its first, so that 1 - 0.999 is 0.001.
pub(super) fn number(value: f64) -> String {
    let rounded: f64 = format!("{value:.9e}").parse().unwrap_or(value);
    rounded.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_quoted_for_strings_and_patterns() {
        assert_eq!(quoted("a\"b\\c\nd"), r#""a\"b\\c\nd""#);
        assert_eq!(one_of(["a.b", "c"]), r#""a\\.b|c""#);
        assert_eq!(one_of(["GET /x?[1]"]), r#""GET /x\\?\\[1\\]""#);
    }

    #[test]
    fn durations_and_numbers_are_short() {
        let check =
            |seconds: f64, expected: &str| assert_eq!(span(Duration::from_secs_f64(seconds)), expected);
        check(60.0, "1m");
        check(179.0, "2m59s");
        check(259_200.0, "3d");
        check(0.5, "1s");
        check(0.0, "0s");
        assert_eq!(number(1.0 - 0.999), "0.001");
        assert_eq!(number(14.4), "14.4");
        assert_eq!(number(0.000_012_5), "0.0000125");
    }
}
