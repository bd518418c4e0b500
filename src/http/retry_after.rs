//! When a rate-limiting target accepts requests again.

use std::time::Duration;

use jiff::Timestamp;

/// When to send again, according to a response's headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryHint {
    /// After this span: `Retry-After` in whole seconds.
    After(Duration),
    /// At this time: `Retry-After` as a date, or `X-RateLimit-Reset` in epoch milliseconds.
    At(Timestamp),
}

/// Pause after a 429 without a usable hint.
const WITHOUT_HINT: Duration = Duration::from_secs(1);
/// The longest documented limit counts an hour, so a longer wait is a mistake: try again then.
pub(crate) const LONGEST: Duration = Duration::from_hours(1);

impl RetryHint {
    /// Reads a `Retry-After` value: seconds, or an HTTP date.
    pub(super) fn from_retry_after(value: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(value).ok()?.trim();
        if text.bytes().all(|byte| byte.is_ascii_digit()) && !text.is_empty() {
            return Some(Self::After(Duration::from_secs(text.parse().unwrap_or(u64::MAX))));
        }
        let date = httpdate::parse_http_date(text).ok()?;
        Some(Self::At(Timestamp::try_from(date).ok()?))
    }

    /// Reads an `X-RateLimit-Reset` value in epoch milliseconds.
    pub(super) fn from_reset(value: &[u8]) -> Option<Self> {
        let millis: i64 = std::str::from_utf8(value).ok()?.trim().parse().ok()?;
        Timestamp::from_millisecond(millis).ok().map(Self::At)
    }

    /// How long to wait from `now`: at most an hour; a second without a hint that lies in the future.
    pub fn pause(hint: Option<Self>, now: Timestamp) -> Duration {
        let pause = match hint {
            None => WITHOUT_HINT,
            Some(Self::After(pause)) => pause,
            Some(Self::At(at)) => Duration::try_from(at.duration_since(now)).unwrap_or(Duration::ZERO),
        };
        // An immediate or past time cannot be meant: the request was refused just now.
        if pause.is_zero() { WITHOUT_HINT } else { pause.min(LONGEST) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_are_read() {
        let now: Timestamp = "2026-11-21T04:00:00Z".parse().unwrap();
        let check = |hint: Option<RetryHint>, millis: u64| {
            assert_eq!(RetryHint::pause(hint, now), Duration::from_millis(millis), "{hint:?}");
        };
        check(RetryHint::from_retry_after(b"2"), 2_000);
        check(RetryHint::from_retry_after(b"Sat, 21 Nov 2026 04:00:07 GMT"), 7_000);
        check(RetryHint::from_retry_after(b"Saturday, 21-Nov-26 04:00:07 GMT"), 7_000);
        check(RetryHint::from_retry_after(b"Sat Nov 21 04:00:07 2026"), 7_000);
        check(RetryHint::from_retry_after(b"99999999999999999999999"), 3_600_000);
        check(RetryHint::from_reset(b"1795233603000"), 3_000);
        check(RetryHint::from_retry_after(b"soon"), 1_000);
        check(RetryHint::from_reset(b""), 1_000);
        check(RetryHint::from_reset(b"0"), 1_000);
        check(RetryHint::from_retry_after(b"0"), 1_000);
    }
}
