//! Words of a health check's report: times, grades, states and counts, the same in every format.

use std::time::Duration;

use crate::check::facts::AssessedService;
use crate::domain::finding::{Priority, ServiceState};
use crate::domain::grade::Grade;
use crate::report::formats::document::Tone;
use crate::report::wording::numbers::{count, counted, whole};

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
        _ => format!("expired {} ago", counted(days.unsigned_abs(), "day")),
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
    fn counts_name_only_what_is_there() {
        let counts = |priority| match priority {
            Priority::Critical => 1,
            Priority::Low => 12,
            _ => 0,
        };
        assert_eq!(findings_words(counts), "1 critical, 12 low");
        assert_eq!(findings_words(|_| 0), "none");
        assert_eq!(days_left(61), "61 days left");
        assert_eq!(days_left(-1), "expired 1 day ago");
        assert_eq!(shortened("äöü", 3), "äöü");
        assert_eq!(shortened("äöüß", 3), "äö…");
    }
}
