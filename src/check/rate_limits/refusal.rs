//! Compares a refused request (429) with its documentation. Pure.
//!
//! What is documented, by the platform that this program was made for: a body that contains `Rate limit exceeded`,
//! `Retry-After` in whole seconds, `X-RateLimit-Remaining: 0`, and `X-RateLimit-Reset` in milliseconds since 1970, at the time
//! that `Retry-After` names.

use jiff::Timestamp;

use crate::domain::fields::Fields;

use super::super::short::shortened;

/// What the body must contain.
const WORDS: &str = "Rate limit exceeded";
/// Number of digits of a time in milliseconds, from 2001 to 2286.
const DIGITS: usize = 13;
/// How far the two times may be apart, as both are rounded. Units: milliseconds.
const TOLERANCE_MS: i128 = 2_000;

/// What a 429 says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Refusal {
    /// What differs from the documentation, a phrase each.
    pub(super) problems: Vec<String>,
    /// `Retry-After`, where it is a whole number of seconds.
    pub(super) retry_after_s: Option<u64>,
    /// How long to wait before the next request: the same, or where that is 0, until the time of `X-RateLimit-Reset`, and
    /// a second at least. Units: seconds.
    pub(super) wait_s: Option<u64>,
}

/// What a 429 says that was received at this time.
pub(super) fn refusal(fields: &Fields, body: &[u8], received: Timestamp) -> Refusal {
    let mut problems = Vec::new();
    if !String::from_utf8_lossy(body).contains(WORDS) {
        problems.push(format!("the body does not contain `{WORDS}`"));
    }
    let whole =
        |text: &str| Some(text).filter(|text| is_number(text)).and_then(|text| text.parse::<u64>().ok());
    let retry_after_s = match fields.get("retry-after").map(str::trim) {
        None => {
            problems.push("`Retry-After` is missing".to_owned());
            None
        }
        Some(text) => whole(text).or_else(|| {
            problems.push(format!("`Retry-After` is not in whole seconds: {}", shortened(text, 40)));
            None
        }),
    };
    if retry_after_s == Some(0) {
        problems.push("`Retry-After` is 0".to_owned());
    }
    let mut reset_s = None;
    match fields.get("x-ratelimit-remaining").map(str::trim) {
        Some("0") => {}
        None => problems.push("`X-RateLimit-Remaining` is missing".to_owned()),
        Some(text) => problems.push(format!("`X-RateLimit-Remaining` is not 0: {}", shortened(text, 40))),
    }
    match fields.get("x-ratelimit-reset").map(str::trim) {
        None => problems.push("`X-RateLimit-Reset` is missing".to_owned()),
        Some(text) => match whole(text).filter(|_| text.len() == DIGITS) {
            None => {
                problems.push(format!(
                    "`X-RateLimit-Reset` is not in milliseconds since 1970: {}",
                    shortened(text, 40)
                ));
            }
            Some(reset_ms) => {
                let left_ms = i128::from(reset_ms) - now_ms(fields, received);
                reset_s = u64::try_from(left_ms).ok().map(|left| left.div_ceil(1_000));
                problems.extend(disagreement(left_ms, retry_after_s));
            }
        },
    }
    let wait_s = retry_after_s.map(|wait| if wait == 0 { reset_s.unwrap_or(1).max(1) } else { wait });
    Refusal { problems, retry_after_s, wait_s }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// What time it is: the clock is the server's, where it says what time it is. Units: milliseconds since 1970.
fn now_ms(fields: &Fields, received: Timestamp) -> i128 {
    let date = fields.get("date").and_then(|date| httpdate::parse_http_date(date.trim()).ok());
    let date = date.and_then(|date| Timestamp::try_from(date).ok());
    i128::from(date.unwrap_or(received).as_millisecond())
}

/// How far the two times are apart, where that is too far.
fn disagreement(left_ms: i128, retry_after_s: Option<u64>) -> Option<String> {
    let apart_ms = left_ms - i128::from(retry_after_s?) * 1_000;
    (apart_ms.abs() > TOLERANCE_MS).then(|| {
        let word = if apart_ms > 0 { "later" } else { "earlier" };
        format!("`X-RateLimit-Reset` is {} s {word} than `Retry-After` says", apart_ms.abs() / 1_000)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The time of receipt: 5 s after `Date`, as clocks differ.
    const RECEIVED_MS: i64 = 1_700_000_005_000;

    fn problems(body: &str, fields: &[(&str, &str)]) -> Refusal {
        let mut all = Fields::default();
        for (name, value) in fields {
            all.push(name, value.as_bytes());
        }
        refusal(&all, body.as_bytes(), Timestamp::from_millisecond(RECEIVED_MS).unwrap())
    }

    const DATE: (&str, &str) = ("date", "Tue, 14 Nov 2023 22:13:20 GMT");
    const REMAINING: (&str, &str) = ("X-RateLimit-Remaining", "0");
    const RETRY: (&str, &str) = ("Retry-After", "60");
    const RESET: (&str, &str) = ("X-RateLimit-Reset", "1700000060400");

    #[test]
    fn a_documented_refusal_has_no_problems() {
        let documented = problems("{\"error\":\"Rate limit exceeded\"}", &[DATE, REMAINING, RETRY, RESET]);
        assert_eq!(documented, Refusal { problems: Vec::new(), retry_after_s: Some(60), wait_s: Some(60) });
        // Without `Date`, the time of receipt counts.
        let check = |reset: &str, is_fine: bool| {
            let fields = [REMAINING, RETRY, ("X-RateLimit-Reset", reset)];
            assert_eq!(problems(WORDS, &fields).problems.is_empty(), is_fine, "{reset}");
        };
        check("1700000065000", true);
        check("1700000063000", true);
        check("1700000062999", false);
        check("1700000067001", false);
    }

    #[test]
    fn each_difference_is_a_problem() {
        let check = |body: &str, fields: &[(&str, &str)], expected: &[&str]| {
            assert_eq!(problems(body, fields).problems, expected, "{fields:?}");
        };
        check("no", &[DATE, REMAINING, RETRY, RESET], &["the body does not contain `Rate limit exceeded`"]);
        check(
            WORDS,
            &[],
            &[
                "`Retry-After` is missing",
                "`X-RateLimit-Remaining` is missing",
                "`X-RateLimit-Reset` is missing",
            ],
        );
        for value in ["1.5", "-1", "", "Tue, 14 Nov 2023 22:13:20 GMT"] {
            let found = problems(WORDS, &[DATE, REMAINING, ("retry-after", value), RESET]);
            assert_eq!((found.problems.len(), found.retry_after_s), (1, None), "{value}");
        }
        check(
            WORDS,
            &[DATE, RETRY, RESET, ("x-ratelimit-remaining", "3")],
            &["`X-RateLimit-Remaining` is not 0: 3"],
        );
        check(
            WORDS,
            &[DATE, RETRY, REMAINING, ("x-ratelimit-reset", "1700000060")],
            &["`X-RateLimit-Reset` is not in milliseconds since 1970: 1700000060"],
        );
        check(
            WORDS,
            &[DATE, RETRY, REMAINING, ("x-ratelimit-reset", "1700000120000")],
            &["`X-RateLimit-Reset` is 60 s later than `Retry-After` says"],
        );
        let zero =
            |reset| problems(WORDS, &[DATE, REMAINING, ("retry-after", "0"), ("x-ratelimit-reset", reset)]);
        assert_eq!(zero("1700000000400").problems, ["`Retry-After` is 0"]);
        assert_eq!((zero("1700000000400").wait_s, zero("1699999999400").wait_s), (Some(1), Some(1)));
        assert_eq!((zero("1700000007400").wait_s, zero("").wait_s), (Some(8), Some(1)));
        let huge = problems(WORDS, &[DATE, REMAINING, ("retry-after", "99999999999999999999"), RESET]);
        assert_eq!(huge.retry_after_s, None);
    }
}
