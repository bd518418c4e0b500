//! The verdict in one or two sentences: what got worse, where and by how much, or why the gate is inconclusive.

use crate::analysis::gate::{Confirmation, Outcome, Row};
use crate::analysis::objective::stretches::Violation;
use crate::domain::objective::ObjectiveKind;
use crate::domain::verdict::Verdict;
use crate::report::changes::{Change, quantity_words, sentences, value_words};
use crate::report::formats::document::Text;
use crate::report::wording::numbers::{counted, percent, significant};
use crate::report::wording::phrases::{metric_value, metric_words, signed_percent};
use crate::report::wording::precision;
use crate::report::wording::times::moment;
use crate::report::wording::verdicts::limit_value;

use super::doubts::{doubted, shift_words};
use super::moved::{self, BEYOND, TOGETHER};
use super::view::GateView;

/// More changes are counted in the sentence.
const MOST_CHANGES: usize = 3;
/// More differences of the scenarios are counted; the JSON output has them all.
const MOST_DIFFERENCES: usize = 12;

pub(super) fn reason(view: &GateView) -> String {
    if !view.differences.is_empty() {
        return not_comparable(view);
    }
    let mut sentences: Vec<String> =
        view.broken.first().map(|first| broken(first, view.broken.len())).into_iter().collect();
    match view.judgement.outcome {
        Outcome::Regressed => sentences.push(regressed(view)),
        Outcome::Inconclusive => {
            sentences.extend(view.judgement.doubts.iter().map(|doubt| doubted(view, doubt)));
        }
        Outcome::Accepted if sentences.is_empty() => sentences.push(accepted(view)),
        Outcome::Accepted => (),
    }
    sentences.join(" ")
}

fn not_comparable(view: &GateView) -> String {
    let differences: Vec<String> = view
        .differences
        .iter()
        .map(|(name, before, after)| {
            match (name.strip_prefix("endpoint."), before.as_str(), after.as_str()) {
                (Some(endpoint), _, "-") => format!("endpoint {endpoint} is missing"),
                (Some(endpoint), "-", _) => format!("endpoint {endpoint} is new"),
                _ => format!("{name} is {}, was {}", cut(after), cut(before)),
            }
        })
        .collect();
    let shown = differences.iter().take(MOST_DIFFERENCES).map(String::as_str).collect::<Vec<_>>().join("; ");
    let more = match differences.len().saturating_sub(MOST_DIFFERENCES) {
        0 => String::new(),
        more => format!("; and {}", counted(more as u64, "more difference")),
    };
    format!("Not comparable with {}: {shown}{more}. Nothing was judged.", view.before)
}

/// A value shortened to fit into a sentence; the JSON output has the full value.
fn cut(value: &str) -> String {
    const MOST: usize = 80;
    if value.chars().count() <= MOST {
        return value.to_owned();
    }
    value.chars().take(MOST).chain("...".chars()).collect()
}

/// What got worse, one sentence for each cause.
fn regressed(view: &GateView) -> String {
    let changes = moved::regressed(view);
    let of = |label: &str| changes.iter().filter(|change| change.label.text == label).collect::<Vec<_>>();
    let said = |changes: &[&Change]| sentences(changes, MOST_CHANGES);
    let mut parts = Vec::new();
    let together = of(TOGETHER);
    if !together.is_empty() {
        let all = &view.judgement.together;
        let shifts: Vec<String> = all.iter().map(|(metric, change)| shift_words(*metric, *change)).collect();
        parts.push(format!("System-wide shift ({}): {}.", shifts.join(", "), said(&together)));
    }
    let alone = of(Verdict::Regressed.word());
    if !alone.is_empty() {
        parts.push(format!("{}.", said(&alone)));
    }
    let beyond = of(BEYOND);
    if !beyond.is_empty() {
        parts.push(format!("Beyond the system-wide shift: {}.", said(&beyond)));
    }
    match view.judgement.confirmation {
        Confirmation::Confirmed => parts.push("A second set of runs confirmed it.".to_owned()),
        Confirmation::Unconfirmed => parts.push("Unconfirmed: there was no second set of runs.".to_owned()),
        Confirmation::NotNeeded => (),
    }
    parts.join(" ")
}

/// The change of a row in words.
pub(super) fn change_words(row: &Row) -> String {
    let what = quantity_words(row.quantity);
    let (before, after) = (value_words(row.quantity, row.before), value_words(row.quantity, row.after));
    if row.quantity.is_ratio() {
        let verb = if row.after >= row.before { "rose" } else { "fell" };
        return format!("{what} {verb} from {before} to {after}");
    }
    let verb = if row.change.value >= 1.0 { "rose" } else { "fell" };
    let (by, interval) = precision::change(row.change);
    let by = by.trim_start_matches(['+', '-']);
    let own = match row.beyond_others {
        // With a system-wide shift, the local change is more informative than the whole change.
        Some(own) if row.verdict == Verdict::Regressed && row.change.covers(1.0) => {
            let (by, interval) = precision::change(own);
            format!("; {by} ({interval}) beyond the system-wide shift")
        }
        _ => String::new(),
    };
    format!("{what} {verb} by {by} ({interval}), from {before} to {after}{own}")
}

/// A violated SLO, and the number of other violated SLOs.
pub(super) fn broken(broken: &Violation, all: usize) -> String {
    let metric = broken.kind.metric();
    let found = match broken.kind {
        ObjectiveKind::CertificateDays if broken.stretch.value < 0.0 => {
            format!("the first certificate expired {} ago", metric_value(metric, Some(-broken.stretch.value)))
        }
        ObjectiveKind::CertificateDays => {
            format!("the first certificate expires in {}", metric_value(metric, Some(broken.stretch.value)))
        }
        _ => format!("{} {}", metric_words(metric), metric_value(metric, Some(broken.stretch.value))),
    };
    let limit = limit_value(broken.kind, broken.limit);
    let place = match broken.stretch.windows {
        (first, last) if first == last => format!("in window {first}"),
        (first, last) => format!("in windows {first} to {last}"),
    };
    let more = match all - 1 {
        0 => String::new(),
        more => format!(" ({})", counted(more as u64, "more violated SLO")),
    };
    format!(
        "{} violated its SLO: {found}, limit {limit}, {place} of {} from {}{more}.",
        broken.cell,
        broken.run_id,
        moment(broken.stretch.from)
    )
}

fn accepted(view: &GateView) -> String {
    let judged = view.judgement.rows.len();
    let largest = view.judgement.smallest().map_or_else(String::new, |smallest| {
        format!(
            " A change of {} in the throughput, mean or median of any cell would probably have been detected.",
            signed_percent(smallest)
        )
    });
    format!("No regression in {}.{largest}", counted(judged as u64, "value"))
}

/// The false-alarm rate: measured on this machine if possible, and simulated.
pub(super) fn false_alarms(view: &GateView) -> Text {
    let simulated = "below 1 % in simulations";
    match &view.noise {
        None => Text::plain("False alarms: not measured on this machine (use ")
            .and(Text::code("baseline gate --aa"))
            .then(format!("); {simulated}.")),
        Some(noise) => {
            let interval = noise.interval.map_or_else(String::new, |(low, high)| {
                format!("95 % interval {} to {}", percent(Some(low)), percent(Some(high)))
            });
            // Splits of the same runs are not independent.
            let worth = if noise.worth < noise.gates as f64 {
                format!("equivalent to {} independent gates, ", significant(noise.worth))
            } else {
                String::new()
            };
            Text::plain(format!(
                "False alarms: {} of {} of the same code failed on this machine ({worth}{interval}); {simulated}.",
                noise.failed,
                counted(noise.gates, "gate"),
            ))
        }
    }
}

/// Upper bound of the simulated false-alarm rate; `docs/gate.md` has the table.
pub(super) const SIMULATED: f64 = 0.01;
