//! Words of a health check's report: times, grades, states and counts, the same in every format.

use std::time::Duration;

use crate::check::facts::{AssessedEndpoint, AssessedService};
use crate::domain::error_reason::ErrorReason;
use crate::domain::finding::{Priority, ServiceState};
use crate::domain::grade::{Grade, GradeTable, Phase};
use crate::report::formats::document::{Text, Tone};
use crate::report::wording::numbers::{count, counted, whole};

/// Name of the only endpoint of a check of a plain URL.
const URL: &str = "url";

/// A time in milliseconds as it is read in reports: `0.76 ms`, `115.9 ms`, `1,234 ms`.
pub(super) fn time(time: Duration) -> String {
    let ms = time.as_secs_f64() * 1e3;
    let trimmed = |text: String| text.trim_end_matches('0').trim_end_matches('.').to_owned();
    match ms {
        ms if ms <= 0.0 => "0 ms".to_owned(),
        ms if ms < 0.1 => format!("{} ms", trimmed(format!("{ms:.3}"))),
        ms if ms < 9.995 => format!("{} ms", trimmed(format!("{ms:.2}"))),
        ms if ms < 999.95 => format!("{} ms", trimmed(format!("{ms:.1}"))),
        ms => format!("{} ms", whole(ms)),
    }
}

/// A time in milliseconds, as a number: to the microsecond.
pub(super) fn milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}

/// The grade of the median time of a phase; `None` without a single success: how fast a failure is says nothing.
pub(super) fn grade_of(endpoint: &AssessedEndpoint, phase: Phase, grades: &GradeTable) -> Option<Grade> {
    let spread = endpoint.phase(phase).filter(|_| endpoint.succeeded > 0)?;
    Some(grades.grade(phase, spread.median))
}

/// Why an endpoint has no success: `failed: status 503`; `None` where it has one.
pub(super) fn failure(endpoint: &AssessedEndpoint) -> Option<String> {
    if endpoint.succeeded > 0 {
        return None;
    }
    let words = match endpoint.failures.first() {
        Some((ErrorReason::UnexpectedStatus, _)) => format!("failed: status {}", status(endpoint.status)),
        Some((reason, _)) => format!("failed: {}", reason.brief()),
        None if endpoint.limited > 0 => "rate-limited (429)".to_owned(),
        None => "not requested".to_owned(),
    };
    Some(words)
}

/// Where a finding is: of an endpoint its name and its path. The endpoint of a plain URL is known by its path alone.
pub(super) fn place(service: Option<&AssessedService>, subject: &str) -> Text {
    let endpoint =
        service.and_then(|service| service.endpoints.iter().find(|endpoint| *endpoint.name == *subject));
    match endpoint {
        Some(endpoint) if subject == URL => Text::code(&endpoint.path),
        Some(endpoint) => Text::code(subject).then(", ").and(Text::code(&endpoint.path)),
        None => Text::code(subject),
    }
}

/// A text whose pieces between backticks are code. Backticks without a partner stay what they are.
pub(super) fn coded(text: &str) -> Text {
    let pieces: Vec<&str> = text.split('`').collect();
    if pieces.len().is_multiple_of(2) || pieces.iter().skip(1).step_by(2).any(|code| code.is_empty()) {
        return Text::plain(text);
    }
    let mut coded = Text::default();
    for (index, piece) in pieces.into_iter().enumerate().filter(|(_, piece)| !piece.is_empty()) {
        coded = if index % 2 == 0 { coded.then(piece) } else { coded.and(Text::code(piece)) };
    }
    coded
}

/// Whether a grade is as it should be.
pub(super) fn tone_of_grade(grade: Grade) -> Tone {
    match grade {
        Grade::Excellent | Grade::VeryFast | Grade::Good => Tone::Good,
        Grade::Acceptable => Tone::Doubt,
        Grade::Slow => Tone::Bad,
    }
}

/// Whether a state is as it should be.
pub(super) fn tone_of_state(state: ServiceState) -> Tone {
    match state {
        ServiceState::Healthy => Tone::Good,
        ServiceState::Degraded | ServiceState::NotMeasured => Tone::Doubt,
        ServiceState::Unhealthy | ServiceState::Down => Tone::Bad,
    }
}

/// A grade of TLS; where it is not one of the usual letters, with what it means.
pub(super) fn tls_grade(grade: &str) -> String {
    match grade {
        "T" => "T: not trusted".to_owned(),
        "M" => "M: for another name".to_owned(),
        grade => grade.to_owned(),
    }
}

/// How urgent a finding is, as a tone.
pub(super) fn tone_of_priority(priority: Priority) -> Tone {
    match priority {
        Priority::Critical | Priority::High => Tone::Bad,
        Priority::Medium => Tone::Doubt,
        Priority::Low => Tone::Plain,
    }
}

/// Whether a grade by letter is as it should be: `A+` to `F`, `T` and `M` of TLS.
pub(super) fn tone_of_letter(grade: &str) -> Tone {
    match grade.chars().next() {
        Some('A') => Tone::Good,
        Some('B' | 'C') => Tone::Doubt,
        Some(_) => Tone::Bad,
        None => Tone::Plain,
    }
}

/// How many findings there are by priority: `1 critical, 2 high`; `none` without any.
pub(super) fn findings_words(count_of: impl Fn(Priority) -> usize) -> String {
    let parts: Vec<String> = Priority::ALL
        .into_iter()
        .filter(|priority| count_of(*priority) > 0)
        .map(|priority| format!("{} {}", count(count_of(priority) as u64), priority.name()))
        .collect();
    if parts.is_empty() { "none".to_owned() } else { parts.join(", ") }
}

/// Days until a certificate expires: `61 days left`, `expired 3 days ago`.
pub(super) fn days_left(days: i64) -> String {
    match days {
        0.. => format!("{} left", counted(days.unsigned_abs(), "day")),
        -1 => "expired within the last day".to_owned(),
        // Days are rounded down: 3 days and an hour ago are -4.
        _ => format!("expired {} ago", counted(days.unsigned_abs() - 1, "day")),
    }
}

/// A text without its final period, to be continued.
pub(super) fn without_period(text: &str) -> &str {
    text.trim_end().trim_end_matches('.')
}

/// The beginning of a long text from a server, with an ellipsis.
pub(super) fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// What links to a part of a service's section lead to.
pub(super) fn part_id(service: &AssessedService, part: &str) -> String {
    let name = service.name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' });
    format!("{part}-{}", name.collect::<String>())
}

/// A status, or that there was none.
pub(super) fn status(status: Option<u16>) -> String {
    status.map_or_else(|| "no response".to_owned(), |status| status.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_in_milliseconds() {
        let check = |us: u64, expected: &str| assert_eq!(time(Duration::from_micros(us)), expected, "{us}");
        check(0, "0 ms");
        check(4, "0.004 ms");
        check(760, "0.76 ms");
        check(1_950, "1.95 ms");
        check(9_996, "10 ms");
        check(24_000, "24 ms");
        check(115_900, "115.9 ms");
        check(999_960, "1,000 ms");
        check(1_234_400, "1,234 ms");
        assert!((milliseconds(Duration::from_nanos(1_234_567)) - 1.235).abs() < 1e-12);
    }

    #[test]
    fn backticks_are_code() {
        let check = |text: &str, expected: Text| assert_eq!(coded(text), expected, "{text}");
        check(
            "Send `a` or `b`.",
            Text::plain("Send ").and(Text::code("a")).then(" or ").and(Text::code("b")).then("."),
        );
        check("`a`", Text::code("a"));
        check("one ` alone", Text::plain("one ` alone"));
        check("a `` b", Text::plain("a `` b"));
        check("plain", Text::plain("plain"));
    }

    #[test]
    fn counts_name_only_what_is_there() {
        let counts = |priority| match priority {
            Priority::Critical => 1,
            Priority::Low => 12,
            _ => 0,
        };
        assert_eq!(findings_words(counts), "1 critical, 12 low");
        assert_eq!(findings_words(|_| 0), "none");
        assert_eq!(days_left(61), "61 days left");
        assert_eq!(days_left(-1), "expired within the last day");
        assert_eq!(days_left(-4), "expired 3 days ago");
        assert_eq!(shortened("äöü", 3), "äöü");
        assert_eq!(shortened("äöüß", 3), "äö…");
    }
}
