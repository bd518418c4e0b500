//! Phrases of `watch`, which its terminal view and its lines share.

use std::time::Duration;

use jiff::Timestamp;

use crate::domain::gap::Gap;
use crate::domain::metric::Metric;
use crate::domain::verdict::Validity;
use crate::report::wording::numbers::{count, counted, percent, span};
use crate::report::wording::outliers::range_words;
use crate::report::wording::phrases::{metric_value, metric_words};
use crate::report::wording::times::{moment, stretch};

use super::live::Live;
pub use super::plain::plain;

/// Short name of a metric: `p95`, `mean`.
pub fn short_metric(metric: Metric) -> String {
    let words = metric_words(metric);
    words.strip_suffix(" service time").map_or(words.clone(), str::to_owned)
}

/// Whether a window proves nothing about the target: `valid`, `rate-limited`, `invalid: generator starved`.
pub fn validity_words(validity: Validity) -> String {
    match validity {
        Validity::Valid => "valid".to_owned(),
        Validity::Throttled => "rate-limited".to_owned(),
        Validity::Invalid(reason) => format!("invalid: {}", reason.name().replace('_', " ")),
    }
}

/// What is being measured, and what comes next; empty when the run has ended.
pub fn doing_words(live: &Live) -> String {
    if !live.is_running() {
        return String::new();
    }
    let cell = live.heartbeat.as_ref().and_then(|heartbeat| heartbeat.cell.as_ref());
    let next = live.next_cycle_at().map(|at| format!("cycle {} at {}", count(live.cycle() + 1), moment(at)));
    let cycle = format!("cycle {} of {}", count(live.cycle()), count(live.cycles));
    match cell {
        Some(cell) => {
            let more = live.left_in_cycle().and_then(|left| left.checked_sub(1)).filter(|more| *more > 0);
            let more = more.map(|more| format!("{more} more in this cycle"));
            let then: Vec<String> = more.into_iter().chain(next).collect();
            let then = if then.is_empty() { String::new() } else { format!("; then {}", then.join(", ")) };
            format!("measuring {} ({cycle}){then}", plain(cell))
        }
        None => next.map_or_else(|| cycle.clone(), |next| format!("waiting for {next} ({cycle} is done)")),
    }
}

/// Windows, and the time that is left: `120 of 480 windows, 1 h 30 min left`.
pub fn progress_words(live: &Live, now: Timestamp) -> String {
    let windows = format!("{} of {} windows", count(live.tally.windows), count(live.planned_windows));
    if !live.is_running() {
        return windows;
    }
    match live.left(now) {
        Duration::ZERO => format!("{windows}, past the planned end"),
        left => format!("{windows}, {} left", span(Duration::from_secs(left.as_secs()))),
    }
}

/// Which side is short of CPU, as far as it is known.
pub fn generator_words(live: &Live) -> String {
    let (cpu, wait) = live.generator.largest();
    let Some(is_short) = live.generator.is_short_of_cpu() else {
        return "load generator: no CPU use is recorded".to_owned();
    };
    let used = cpu.map(|cpu| format!("used up to {} of a core", percent(Some(cpu))));
    let waited = wait.map(|wait| format!("waited for a CPU up to {} of the time", percent(Some(wait))));
    let seen: Vec<String> = waited.into_iter().chain(used).collect();
    let verdict = if is_short { "SHORT OF CPU, so times may be its own" } else { "not short of CPU" };
    format!("load generator: {verdict} ({})", seen.join(", "))
}

/// Outliers so far, with the number that chance brings; `None` where nothing has been compared yet.
pub fn outliers_words(live: &Live) -> Option<String> {
    let heartbeat = live.heartbeat.as_ref()?;
    let of = heartbeat.outliers.filter(|of| of.judged > 0)?;
    Some(format!(
        "outliers: {} of {} values, {} expected by chance",
        count(of.observed),
        count(of.judged),
        range_words(of.expected, of.range_95)
    ))
}

/// The number of gaps, and the last one; `None` without any.
pub fn gaps_words(live: &Live) -> Option<String> {
    let last = live.gaps.last()?;
    Some(format!("{}; the last: {}", counted(live.gaps.len() as u64, "gap"), gap_words(last)))
}

/// A gap: `nothing measured from 26 Nov 12:09:44 to 12:10:09 UTC (stopped)`.
pub fn gap_words(gap: &Gap) -> String {
    let reason = gap.reason.name().replace('_', " ");
    if gap.is_pause() {
        format!("nothing measured from {} ({reason})", stretch(gap.from, gap.to))
    } else {
        format!("the clock was set at {} ({reason})", moment(gap.from))
    }
}

/// A value of a metric in a window, with the metric's name: `p95 12.3 ms`.
pub fn value_words(metric: Metric, value: Option<f64>) -> String {
    format!("{} {}", short_metric(metric), metric_value(metric, value))
}
