//! The text form of a fault, such as `slow:browse:+20%:60s..90s`: parsing and printing. Pure.
//!
//! Every error names the wrong piece and shows the right form. The effect of a fault is defined elsewhere.

use std::fmt;
use std::str::FromStr;

use super::fault::{Fault, FaultKind};
use super::fault_time::{parse_time, write_time};
use super::routes;

const SLOW: &str = "slow:ENDPOINT:+20%:AT..UNTIL";
const ERRORS: &str = "errors:ENDPOINT:5%:AT..UNTIL";
const STALL: &str = "stall:ENDPOINT:AT..UNTIL";
const DOWN: &str = "down:ENDPOINT:AT..UNTIL";
const CACHE: &str = "cache:ENDPOINT:40%:AT..UNTIL";

/// A thousand times slower; more than that is a stall.
const SLOWEST_PERCENT: f64 = 100_000.0;

/// Why a text is not a fault; each message shows the right form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FaultParseError {
    /// The first piece is not a kind of fault.
    #[error("unknown kind of fault `{kind}`; expected {SLOW}, {ERRORS}, {STALL}, {DOWN} or {CACHE}")]
    UnknownKind {
        /// First piece of the text, as it was given.
        kind: String,
    },
    /// There are too few or too many pieces for this kind of fault.
    #[error("`{spec}` does not have the form {form}")]
    WrongShape {
        /// The whole text, as it was given.
        spec: String,
        /// The right form of this kind of fault.
        form: &'static str,
    },
    /// The server has no endpoint of this name.
    #[error("unknown endpoint `{endpoint}`; expected one of {known}, or * for all")]
    UnknownEndpoint {
        /// Name of the endpoint, as it was given.
        endpoint: String,
        /// Names of all endpoints, separated by commas.
        known: String,
    },
    /// The percentage cannot be parsed, or is out of its range.
    #[error("`{percent}` is not a percentage {range}; expected {form}")]
    BadPercent {
        /// Percentage, as it was given.
        percent: String,
        /// Range that is accepted, as a phrase for the message.
        range: &'static str,
        /// The right form of this kind of fault.
        form: &'static str,
    },
    /// The time span contains no `..`.
    #[error("`{span}` is not a time range AT..UNTIL such as 90s..2m30s or 90s..; expected {form}")]
    BadSpan {
        /// Time span as it was given.
        span: String,
        /// The right form of this kind of fault.
        form: &'static str,
    },
    /// One end of the time span cannot be parsed.
    #[error(
        "`{time}` is not a time since the start of the demo server such as 500ms, 90s or 1m30s, at most a year; expected {form}"
    )]
    BadTime {
        /// Time, as it was given.
        time: String,
        /// The right form of this kind of fault.
        form: &'static str,
    },
    /// The time span ends before or when it begins.
    #[error("the range `{span}` does not end after it begins; expected {form}")]
    EmptySpan {
        /// Time span as it was given.
        span: String,
        /// The right form of this kind of fault.
        form: &'static str,
    },
    /// A stall without an end would never respond.
    #[error("the stall `{span}` has no end; expected {form}, such as stall:health:60s..90s")]
    EndlessStall {
        /// Time span as it was given.
        span: String,
        /// The right form of this kind of fault.
        form: &'static str,
    },
}

impl FromStr for Fault {
    type Err = FaultParseError;

    fn from_str(spec: &str) -> Result<Self, Self::Err> {
        let pieces: Vec<&str> = spec.split(':').collect();
        match pieces[..] {
            ["slow", endpoint, percent, span] => {
                let kind = FaultKind::Slow { percent: parse_slow(percent)? };
                assemble(kind, endpoint, span, SLOW)
            }
            ["errors", endpoint, percent, span] => {
                let kind = FaultKind::Errors { percent: parse_part(percent, ERRORS)? };
                assemble(kind, endpoint, span, ERRORS)
            }
            ["cache", endpoint, percent, span] => {
                let kind = FaultKind::Cache { percent: parse_part(percent, CACHE)? };
                assemble(kind, endpoint, span, CACHE)
            }
            ["stall", endpoint, span] => assemble(FaultKind::Stall, endpoint, span, STALL),
            ["down", endpoint, span] => assemble(FaultKind::Down, endpoint, span, DOWN),
            _ => Err(misshapen(spec, pieces.first().copied().unwrap_or_default())),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let endpoint = self.route.map_or("*", |route| route.route().name);
        match self.kind {
            FaultKind::Slow { percent } => write!(f, "slow:{endpoint}:{percent:+}%:")?,
            FaultKind::Errors { percent } => write!(f, "errors:{endpoint}:{percent}%:")?,
            FaultKind::Stall => write!(f, "stall:{endpoint}:")?,
            FaultKind::Down => write!(f, "down:{endpoint}:")?,
            FaultKind::Cache { percent } => write!(f, "cache:{endpoint}:{percent}%:")?,
        }
        write_time(f, self.from)?;
        f.write_str("..")?;
        self.until.map_or(Ok(()), |until| write_time(f, until))
    }
}

fn misshapen(spec: &str, kind: &str) -> FaultParseError {
    let form = match kind {
        "slow" => SLOW,
        "errors" => ERRORS,
        "stall" => STALL,
        "down" => DOWN,
        "cache" => CACHE,
        _ => return FaultParseError::UnknownKind { kind: kind.to_owned() },
    };
    FaultParseError::WrongShape { spec: spec.to_owned(), form }
}

fn assemble(
    kind: FaultKind,
    endpoint: &str,
    span: &str,
    form: &'static str,
) -> Result<Fault, FaultParseError> {
    let route = match endpoint {
        "*" => None,
        name => Some(routes::named(name).ok_or_else(|| FaultParseError::UnknownEndpoint {
            endpoint: name.to_owned(),
            known: routes::names(),
        })?),
    };
    let (from, until) =
        span.split_once("..").ok_or_else(|| FaultParseError::BadSpan { span: span.to_owned(), form })?;
    let time =
        |text: &str| parse_time(text).ok_or_else(|| FaultParseError::BadTime { time: text.to_owned(), form });
    let from = time(from)?;
    let until = if until.is_empty() { None } else { Some(time(until)?) };
    if kind == FaultKind::Stall && until.is_none() {
        return Err(FaultParseError::EndlessStall { span: span.to_owned(), form });
    }
    if until.is_some_and(|until| until <= from) {
        return Err(FaultParseError::EmptySpan { span: span.to_owned(), form });
    }
    Ok(Fault { kind, route, from, until })
}

fn parse_slow(text: &str) -> Result<f64, FaultParseError> {
    // The sign is required, so that nobody reads 20% as a fifth of the time.
    let signed = text.starts_with(['+', '-']);
    parse_percent(text)
        .filter(|percent| signed && *percent > -100.0 && *percent <= SLOWEST_PERCENT && *percent != 0.0)
        .ok_or_else(|| FaultParseError::BadPercent {
            percent: text.to_owned(),
            range: "with a sign, above -100% and up to +100000%",
            form: SLOW,
        })
}

/// The percentage of requests, or of hits, that a fault takes.
fn parse_part(text: &str, form: &'static str) -> Result<f64, FaultParseError> {
    let unsigned = !text.starts_with(['+', '-']);
    parse_percent(text).filter(|percent| unsigned && *percent > 0.0 && *percent <= 100.0).ok_or_else(|| {
        FaultParseError::BadPercent { percent: text.to_owned(), range: "above 0% and up to 100%", form }
    })
}

/// Plain decimals only: `inf`, `nan` and exponents, which Rust would accept, are typing errors here.
fn parse_percent(text: &str) -> Option<f64> {
    let number = text.strip_suffix('%')?;
    let plain = number.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | '+' | '-'));
    number.parse().ok().filter(|_| plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_reads_back_the_same() {
        let check = |spec: &str, shown: &str| {
            let fault: Fault = spec.parse().unwrap();
            assert_eq!(fault.to_string(), shown);
            assert_eq!(shown.parse::<Fault>().unwrap(), fault);
        };
        check("slow:browse:+20%:60s..90s", "slow:browse:+20%:1m..1m30s");
        check("slow:*:-12.5%:0s..", "slow:*:-12.5%:0s..");
        check("errors:auth_check:5%:1h..1h500ms", "errors:auth_check:5%:1h..1h500ms");
        check("errors:health_detailed:0.1%:0ms..8760h", "errors:health_detailed:0.1%:0s..8760h");
        check("stall:landing:90s..2m", "stall:landing:1m30s..2m");
        check("down:*:1h2m3s4ms..", "down:*:1h2m3s4ms..");
        check("cache:browse:40%:60s..90s", "cache:browse:40%:1m..1m30s");
    }

    fn check_error(spec: &str, expected: &[&str]) {
        let message = spec.parse::<Fault>().unwrap_err().to_string();
        for part in expected {
            assert!(message.contains(part), "{spec}: {part} in {message}");
        }
    }

    #[test]
    fn errors_name_the_piece_and_show_the_form() {
        check_error("", &["unknown kind of fault ``", SLOW, ERRORS, STALL, DOWN, CACHE]);
        check_error("slwo:health:+20%:0s..", &["`slwo`", SLOW]);
        check_error("slow:health:0s..", &["`slow:health:0s..`", SLOW]);
        check_error("down:health:5%:0s..", &["`down:health:5%:0s..`", DOWN]);
        check_error(
            "down:helth:0s..",
            &["`helth`", "health, health_detailed, browse, auth_check, landing", "*"],
        );
        for percent in ["20%", "+20", "+0%", "-100%", "+100001%", "+inf%", "+1e2%", "+NaN%", "+%", "%", ""] {
            check_error(&format!("slow:health:{percent}:0s.."), &[&format!("`{percent}`"), SLOW]);
        }
        for percent in ["+5%", "0%", "101%", "5", "-5%", "", "five%"] {
            check_error(&format!("errors:health:{percent}:0s.."), &[&format!("`{percent}`"), ERRORS]);
        }
        for percent in ["+5%", "0%", "101%", "5", ""] {
            check_error(&format!("cache:browse:{percent}:0s.."), &[&format!("`{percent}`"), CACHE]);
        }
        check_error("cache:browse:0s..", &["`cache:browse:0s..`", CACHE]);
        check_error("down:health:90s", &["`90s`", "AT..UNTIL", DOWN]);
        for time in [
            "",
            "s",
            "5",
            "5d",
            "-5s",
            "1.5s",
            "30s1m",
            "1s1s",
            "1 s",
            "9000h",
            "99999999999999999999s",
            "5µs",
        ] {
            check_error(&format!("down:health:{time}..10000h"), &[&format!("`{time}`"), "1m30s", DOWN]);
        }
        check_error("down:health:5s..4x", &["`4x`", DOWN]);
        check_error("down:health:5s..5s", &["`5s..5s`", "does not end after it begins", DOWN]);
        check_error("stall:health:5s..", &["`5s..`", "no end", STALL]);
    }

    #[test]
    fn no_text_makes_it_panic() {
        for spec in [
            ":::",
            "slow:ü:ü%:ü..ü",
            "stall:*:..",
            "down:*:..5s",
            "down:*:0s...5s",
            "errors:*:5%:é1s..",
            "\0",
        ] {
            assert!(spec.parse::<Fault>().is_err(), "{spec}");
        }
    }
}
