//! The reasons of a verdict as sentences, the same in every output.

use crate::domain::availability::Availability;
use crate::domain::objective::{Basis, JudgedLimit, Needs, ObjectiveKind};
use crate::domain::outcomes::MOST_FAILED;
use crate::domain::run_verdict::Reason;
use crate::domain::tally::{Shortfall, Tally};
use crate::report::wording::times;

use super::failures::{failures_words, ratio_words};
use super::numbers::{count, counted, percent};
use super::phrases::{chosen_value, metric_value, metric_words};

/// A reason as a sentence.
pub fn reason_words(reason: &Reason) -> String {
    match reason {
        Reason::NothingWorked(outcomes) if outcomes.counts.requests() == 0 => {
            "No request succeeded: none was completed in any window.".to_owned()
        }
        Reason::NothingWorked(outcomes) => format!("No request succeeded: {}.", failures_words(outcomes)),
        Reason::Violated { cell, limit } => format!("The SLO of {cell} is violated: {}.", limit_words(limit)),
        Reason::MostlyFails { cell, outcomes } => {
            let place = cell
                .as_ref()
                .map_or_else(|| "of all endpoints together".to_owned(), |cell| format!("of {cell}"));
            format!(
                "Too many requests fail: {} {place} ({}). Without slo.error_rate, clearly fewer than {} may fail.",
                ratio_words(outcomes),
                failures_words(outcomes),
                percent(Some(MOST_FAILED))
            )
        }
        Reason::MostlyDown { cell, availability } => format!(
            "{cell} was down for {} of the measured time ({} of {}; the limit is {} without slo.error_rate).",
            percent(availability.down_ratio()),
            count(availability.windows_down),
            counted(availability.windows(), "window"),
            percent(Some(MOST_FAILED))
        ),
        Reason::Cut { word, windows, planned } => {
            let ended = if *word == "failed" { "failed".to_owned() } else { format!("was {word}") };
            // One that is cut within its last window, as a test has only one, has them all.
            let after = (windows < planned)
                .then(|| format!(", after {} of {}", count(*windows), counted(*planned, "planned window")));
            format!("The run {ended} before its planned end{}.", after.unwrap_or_default())
        }
        Reason::TooFewWindows { shortfall, tally, planned } => shortfall_words(*shortfall, tally, *planned),
        Reason::Undecided { cell, limit } => {
            format!("Too little data to decide an SLO of {cell}: {}.", limit_words(limit))
        }
        Reason::FewRequests { cell, outcomes, needs } => format!(
            "Too few requests of {cell} to say whether most fail: {} failed; needs {}.",
            ratio_words(outcomes),
            counted(*needs, "request")
        ),
    }
}

/// Why windows are too few to judge, as a sentence.
pub fn shortfall_words(shortfall: Shortfall, tally: &Tally, planned: u64) -> String {
    match shortfall {
        Shortfall::Empty => "Nothing has been measured yet.".to_owned(),
        Shortfall::Missing => format!(
            "This run cannot be judged: only {} of {} were measured.",
            count(tally.windows),
            counted(planned, "planned window")
        ),
        Shortfall::Unmeasured | Shortfall::Unproven => format!(
            "This run cannot be judged: {} of {} are valid.",
            count(tally.valid),
            counted(planned.max(tally.windows), "window")
        ),
    }
}

/// A limit with its direction where a smaller value is worse: `50 ms`, `at least 70 %`.
pub fn limit_value(kind: ObjectiveKind, limit: f64) -> String {
    let value = chosen_value(kind.metric(), limit);
    if kind.is_lower_limit() { format!("at least {value}") } else { value }
}

/// What was measured, its limit, and what would decide it: `p95 service time 75 ms, limit 50 ms`.
pub fn limit_words(judged: &JudgedLimit) -> String {
    let found = found_words(judged);
    let found = match judged.basis {
        _ if judged.kind == ObjectiveKind::CertificateDays => format!("the first certificate {found}"),
        Basis::Time(_) => format!("down for {found}"),
        Basis::Requests | Basis::Stretch(_) => format!("{} {found}", metric_words(judged.kind.metric())),
    };
    match judged.needs {
        None => found,
        Some(needs) => format!("{found}; {}", needs_words(needs, judged)),
    }
}

/// What was measured and its limit: `75 ms, limit 50 ms`, `61 %, limit at least 70 %`.
pub fn found_words(judged: &JudgedLimit) -> String {
    let metric = judged.kind.metric();
    let limit = limit_value(judged.kind, judged.limit);
    match judged.basis {
        _ if judged.kind == ObjectiveKind::CertificateDays => match judged.decisive() {
            Some(days) if days < 0.0 => {
                format!("expired {} ago, limit {limit}", metric_value(metric, Some(-days)))
            }
            Some(days) => format!("expires in {}, limit {limit}", metric_value(metric, Some(days))),
            None => format!("is not known, limit {limit}"),
        },
        Basis::Requests if judged.value.is_none() && judged.kind == ObjectiveKind::CacheHitRatio => {
            format!("unknown, limit {limit}")
        }
        Basis::Requests if judged.value.is_none() => {
            format!("unknown from {}, limit {limit}", counted(judged.requests, "request"))
        }
        Basis::Requests => format!("{}, limit {limit}", metric_value(metric, judged.value)),
        Basis::Time(down) => format!("{} of the time, limit {limit}", percent(Some(down))),
        Basis::Stretch(stretch) => format!(
            "{} from {}, limit {limit}",
            metric_value(metric, Some(stretch.value)),
            times::stretch(stretch.from, stretch.until)
        ),
    }
}

/// The sample that would decide a limit: `needs 72 requests, has 71`.
pub fn needs_words(needs: Needs, judged: &JudgedLimit) -> String {
    /// A value this close to its limit moves across it sooner than it is decided.
    const MANY: u64 = 10_000;
    /// Five weeks of windows every five minutes.
    const MANY_WINDOWS: u64 = 10_000;
    match needs {
        Needs::Requests(needed) if judged.requests > 0 && needed / MANY > judged.requests => {
            "too close to the limit to decide".to_owned()
        }
        Needs::Windows(MANY_WINDOWS..) => "too close to the limit to decide".to_owned(),
        Needs::Requests(u64::MAX) | Needs::CacheResponses(u64::MAX) => {
            "too close to the limit to decide".to_owned()
        }
        Needs::CacheResponses(needed) => format!(
            "needs {} with a cache header, has {}",
            counted(needed, "response"),
            count(judged.requests)
        ),
        Needs::CacheHeaders => "no response says whether it came from a cache".to_owned(),
        Needs::Certificate => "no certificate was seen, as without TLS".to_owned(),
        Needs::Requests(needed) => {
            format!("needs {}, has {}", counted(needed, "request"), count(judged.requests))
        }
        Needs::Windows(needed) => format!("needs {} of this cell", counted(needed, "window")),
    }
}

/// Availability as a percentage, with the windows it is from.
pub fn availability_words(availability: &Availability) -> String {
    format!(
        "{} ({} of {} worked)",
        percent(availability.ratio()),
        count(availability.windows_up),
        counted(availability.windows(), "window")
    )
}
