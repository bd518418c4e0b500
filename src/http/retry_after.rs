//! When a rate-limiting target accepts requests again, in all the forms in which targets say it.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// When to send again, according to a response's headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryHint {
    /// After this span.
    After(Duration),
    /// After this span, and not before this time of the wall clock: the response does not say what time it is at the
    /// target.
    AfterAndAt(Duration, Timestamp),
}

/// Pause after a 429 without a usable hint.
pub(crate) const WITHOUT_HINT: Duration = Duration::from_secs(1);
/// A target may ask for a wait of up to a day; a longer one is taken for a mistake.
const LONGEST: Duration = Duration::from_hours(24);
/// The wait in place of one that is too long to be meant.
const INSTEAD: Duration = Duration::from_hours(1);
/// Numbers from here on are a time and not a span: seconds since 1970, in the year 2001.
const EPOCH_SECONDS_FROM: f64 = 1e9;
/// Numbers from here on are milliseconds since 1970, and as seconds would be in the year 5138.
const EPOCH_MILLIS_FROM: f64 = 1e11;

impl RetryHint {
    /// How long to wait from `now`. A second without a hint that lies in the future; at most a day.
    pub fn pause(hint: Option<Self>, now: Timestamp) -> Duration {
        let pause = match hint {
            None => Duration::ZERO,
            Some(Self::After(pause)) => pause,
            Some(Self::AfterAndAt(pause, at)) => {
                Duration::try_from(at.duration_since(now)).unwrap_or(Duration::ZERO).max(pause)
            }
        };
        match pause {
            // An immediate or past time cannot be meant: the request was refused just now.
            Duration::ZERO => WITHOUT_HINT,
            pause if pause > LONGEST => INSTEAD,
            pause => pause,
        }
    }
}

/// Collects what the headers of a refusal say about the next request. The longest wait counts.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct RetryHeaders {
    after: Option<Duration>,
    at: Option<Timestamp>,
    date: Option<Timestamp>,
}

impl RetryHeaders {
    /// Reads a header; names are compared without regard to case.
    pub(super) fn read(&mut self, name: &str, value: &[u8]) {
        let Ok(text) = std::str::from_utf8(value) else { return };
        let text = text.trim();
        let is = |wanted: &str| name.eq_ignore_ascii_case(wanted);
        if is("retry-after") {
            match number(text) {
                Some(seconds) => self.wait(seconds),
                None => self.at = self.at.max(http_date(text)),
            }
        } else if is("x-ratelimit-reset") || is("x-rate-limit-reset") || is("ratelimit-reset") {
            self.reset(text);
        } else if is("x-ratelimit-reset-after") {
            if let Some(seconds) = number(text) {
                self.wait(seconds);
            }
        } else if is("ratelimit") {
            // The draft of the IETF: `"default";r=0;t=30`, or `limit=100, remaining=0, reset=30` in older versions.
            for part in text.split([';', ',']).map(str::trim) {
                let seconds = part.strip_prefix("t=").or_else(|| part.strip_prefix("reset="));
                if let Some(seconds) = seconds.and_then(number) {
                    self.wait(seconds);
                }
            }
        } else if is("date") {
            self.date = http_date(text);
        }
    }

    /// The wait that the headers ask for; `None` where they ask for none.
    ///
    /// A time is taken relative to the response's `Date`, since the target's clock may differ from this machine's.
    pub(super) fn hint(self) -> Option<RetryHint> {
        let Some(at) = self.at else { return self.after.map(RetryHint::After) };
        let Some(date) = self.date else {
            return Some(RetryHint::AfterAndAt(self.after.unwrap_or_default(), at));
        };
        let until = Duration::try_from(at.duration_since(date)).unwrap_or(Duration::ZERO);
        Some(RetryHint::After(self.after.map_or(until, |after| after.max(until))))
    }

    /// A reset in seconds from now, or in seconds or milliseconds since 1970, or as a date.
    fn reset(&mut self, text: &str) {
        let at = match number(text) {
            Some(value) if value < EPOCH_SECONDS_FROM => return self.wait(value),
            Some(value) if value < EPOCH_MILLIS_FROM => Some(since_1970(value)),
            Some(value) => Some(since_1970(value / 1e3)),
            None => http_date(text).or_else(|| text.parse().ok()),
        };
        self.at = self.at.max(at);
    }

    fn wait(&mut self, seconds: f64) {
        let span = Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX);
        self.after = self.after.max(Some(span));
    }
}

/// A decimal number, as headers write it: no exponent, no infinity.
fn number(text: &str) -> Option<f64> {
    let is_decimal = |byte: u8| byte.is_ascii_digit() || byte == b'.';
    let digits = text.strip_prefix('-').unwrap_or(text);
    (!digits.is_empty() && digits.bytes().all(is_decimal)).then(|| text.parse().ok()).flatten()
}

fn since_1970(seconds: f64) -> Timestamp {
    let span = SignedDuration::try_from_secs_f64(seconds).ok();
    span.and_then(|span| Timestamp::UNIX_EPOCH.checked_add(span).ok()).unwrap_or(Timestamp::MAX)
}

/// The three forms of dates in HTTP.
fn http_date(text: &str) -> Option<Timestamp> {
    Timestamp::try_from(httpdate::parse_http_date(text).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pause(headers: &[(&str, &str)]) -> Duration {
        let now: Timestamp = "2026-11-21T04:00:00Z".parse().unwrap();
        let mut read = RetryHeaders::default();
        for (name, value) in headers {
            read.read(name, value.as_bytes());
        }
        RetryHint::pause(read.hint(), now)
    }

    fn check(name: &str, value: &str, millis: u64) {
        assert_eq!(pause(&[(name, value)]), Duration::from_millis(millis), "{name}: {value}");
    }

    #[test]
    fn retry_after_is_read_in_all_its_forms() {
        check("Retry-After", "2", 2_000);
        check("Retry-After", " 2 ", 2_000);
        check("Retry-After", "1.5", 1_500);
        check("retry-after", "Sat, 21 Nov 2026 04:00:07 GMT", 7_000);
        check("retry-after", "Saturday, 21-Nov-26 04:00:07 GMT", 7_000);
        check("retry-after", "Sat Nov 21 04:00:07 2026", 7_000);
        check("retry-after", "86400", 86_400_000);
    }

    #[test]
    fn a_reset_is_a_time_in_seconds_or_milliseconds_or_a_span() {
        for name in ["X-RateLimit-Reset", "x-rate-limit-reset", "RateLimit-Reset"] {
            check(name, "1795233603000", 3_000);
            check(name, "1795233603", 3_000);
            check(name, "1795233603.25", 3_250);
            check(name, "3", 3_000);
            check(name, "0.5", 500);
            check(name, "2026-11-21T04:00:03Z", 3_000);
        }
        check("x-ratelimit-reset-after", "4.25", 4_250);
        check("ratelimit", "\"default\";r=0;t=9", 9_000);
        check("RateLimit", "limit=100, remaining=0, reset=9", 9_000);
    }

    #[test]
    fn nonsense_waits_a_second_and_too_much_an_hour() {
        for value in ["soon", "", "-3", "0", "1e9", "inf", "NaN", "--1", "1.2.3", "\u{7f}"] {
            check("retry-after", value, 1_000);
            check("x-ratelimit-reset", value, 1_000);
        }
        check("retry-after", "Sat, 21 Nov 2026 03:00:00 GMT", 1_000);
        check("x-ratelimit-reset", "1795233000", 1_000);
        check("retry-after", "99999999999999999999999", 3_600_000);
        check("x-ratelimit-reset", "9999999999999999", 3_600_000);
        check("other", "5", 1_000);
    }

    #[test]
    fn the_longest_wait_counts_in_any_order() {
        let both = [("retry-after", "2"), ("x-ratelimit-reset", "5")];
        assert_eq!(pause(&both), Duration::from_secs(5));
        assert_eq!(pause(&[both[1], both[0]]), Duration::from_secs(5));
        assert_eq!(pause(&[("retry-after", "7"), ("retry-after", "2")]), Duration::from_secs(7));
    }

    #[test]
    fn a_time_is_relative_to_the_clock_of_the_target() {
        // The target's clock is 50 seconds behind.
        let date = ("date", "Sat, 21 Nov 2026 03:59:10 GMT");
        assert_eq!(pause(&[("x-ratelimit-reset", "1795233603"), date]), Duration::from_secs(53));
        assert_eq!(pause(&[date, ("retry-after", "Sat, 21 Nov 2026 03:59:12 GMT")]), Duration::from_secs(2));
        let reset = ("x-ratelimit-reset", "1795233551");
        assert_eq!(pause(&[("retry-after", "4"), reset, date]), Duration::from_secs(4));
    }
}
