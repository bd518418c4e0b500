//! The verdict in a sentence or two: what got worse where and by how much, or why it cannot be told.

use crate::analysis::gate::{Cause, Confirmation, Doubt, Outcome, Quantity, Row};
use crate::analysis::objective::stretches::Violation;
use crate::domain::cell_name::CellName;
use crate::domain::metric::{Direction, Metric};
use crate::domain::objective::ObjectiveKind;
use crate::domain::verdict::Verdict;
use crate::report::formats::document::Text;
use crate::report::wording::numbers::{counted, listed, percent, significant, time_us};
use crate::report::wording::phrases::{metric_value, metric_words, signed_percent};
use crate::stats::Estimate;

use super::view::GateView;

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
                (Some(endpoint), _, "-") => format!("endpoint {endpoint} is gone"),
                (Some(endpoint), "-", _) => format!("endpoint {endpoint} is new"),
                _ => format!("{name} is {}, and was {}", cut(after), cut(before)),
            }
        })
        .collect();
    format!("Not comparable with {}: {}. Nothing was judged.", view.before, differences.join("; "))
}

/// A value that fits into a sentence; the JSON has the whole of it.
fn cut(value: &str) -> String {
    const MOST: usize = 80;
    if value.chars().count() <= MOST {
        return value.to_owned();
    }
    value.chars().take(MOST).chain("...".chars()).collect()
}

fn regressed(view: &GateView) -> String {
    let rows = view.judgement.regressed();
    let Some(first) = rows.first() else { return String::new() };
    let mut endpoints: Vec<String> = rows.iter().map(|row| row.cell.series()).collect();
    endpoints.sort_unstable();
    endpoints.dedup();
    let others = match rows.len() - 1 {
        0 => String::new(),
        more => {
            format!(
                ", and {} regressed, {}",
                counted(more as u64, "more value"),
                of_endpoints(&endpoints.iter().map(String::as_str).collect::<Vec<_>>())
            )
        }
    };
    let confirmed = match view.judgement.confirmation {
        Confirmation::Confirmed => " A second set of runs showed it again.",
        Confirmation::Unconfirmed => " It is unconfirmed: there was no second set of runs to ask.",
        Confirmation::NotNeeded => "",
    };
    let everything = if rows.iter().any(|row| row.cause == Some(Cause::Together)) {
        let moved: Vec<String> =
            view.judgement.together.iter().map(|(metric, change)| moved(*metric, *change)).collect();
        format!("Nearly everything got worse together ({}). Most of all ", moved.join(", "))
    } else {
        String::new()
    };
    let place = &first.cell;
    format!("{everything}{place}: {}{others}.{confirmed}", change_words(first))
}

fn of_endpoints(endpoints: &[&str]) -> String {
    match endpoints {
        [one] => format!("all at {one}"),
        several => {
            format!("at {}", listed(&several.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()))
        }
    }
}

/// What a row says, for people.
pub(super) fn change_words(row: &Row) -> String {
    let what = quantity_words(row.quantity);
    let (before, after) = (value_words(row.quantity, row.before), value_words(row.quantity, row.after));
    if row.quantity.is_ratio() {
        let verb = if row.after >= row.before { "rose" } else { "fell" };
        return format!("{what} {verb} from {before} to {after}");
    }
    let verb = if row.change.value >= 1.0 { "rose" } else { "fell" };
    let change = |ratio: f64| signed_percent(ratio - 1.0);
    let interval = |range: Estimate| format!("{} to {}", change(range.low), change(range.high));
    let by = change(row.change.value);
    let by = by.trim_start_matches(['+', '-']);
    let own = match row.beyond_others {
        // The machine moved all cells, so that the whole change says less than the cell's own part of it.
        Some(own) if row.verdict == Verdict::Regressed && row.change.covers(1.0) => {
            format!("; {} ({}) beyond what all endpoints did", change(own.value), interval(own))
        }
        _ => String::new(),
    };
    format!("{what} {verb} by {by} ({}), from {before} to {after}{own}", interval(row.change))
}

/// A quantity as people say it.
pub(super) fn quantity_words(quantity: Quantity) -> String {
    match quantity {
        Quantity::Metric(metric) => metric_words(metric),
        Quantity::ThrottledRatio => "throttled ratio".to_owned(),
    }
}

/// A value with its unit.
pub(super) fn value_words(quantity: Quantity, value: f64) -> String {
    match quantity {
        Quantity::Metric(metric) => metric_value(metric, Some(value)),
        Quantity::ThrottledRatio => percent(Some(value)),
    }
}

/// A broken objective, and how many more there are.
pub(super) fn broken(broken: &Violation, all: usize) -> String {
    let (what, value): (&str, fn(f64) -> String) = match broken.kind {
        ObjectiveKind::Mean => ("mean service time", |us| time_us(Some(us))),
        ObjectiveKind::P95 => ("service time p95", |us| time_us(Some(us))),
        ObjectiveKind::ErrorRate => ("error ratio", |ratio| percent(Some(ratio))),
    };
    let place = match broken.windows {
        (first, last) if first == last => format!("in window {first}"),
        (first, last) => format!("in windows {first} to {last}"),
    };
    let more = match all - 1 {
        0 => String::new(),
        more => format!(" ({} more)", counted(more as u64, "broken objective")),
    };
    format!(
        "{} broke its objective: {what} {} where {} is allowed, {place} of {} from {:.0}{more}.",
        broken.cell,
        value(broken.measured),
        value(broken.limit),
        broken.run_id,
        broken.from
    )
}

/// A doubt in a sentence.
pub(super) fn doubted(view: &GateView, doubt: &Doubt) -> String {
    let unit = if view.is_interleaved() { "round" } else { "run" };
    match doubt {
        Doubt::FewRuns { before, after } if view.is_interleaved() => format!(
            "{} tell too little of how rounds differ: 5 are needed.",
            counted((*before).min(*after) as u64, "round")
        ),
        Doubt::ThinRuns { before, .. } if view.is_interleaved() => {
            format!(
                "{} can show a change, but not that there is none: 5 are needed.",
                counted(*before as u64, "round")
            )
        }
        Doubt::FewRuns { before, after } | Doubt::ThinRuns { before, after } => format!(
            "{} before and {} after tell too little of how {unit}s differ to accept a change: 5 and 3 are needed.",
            counted(*before as u64, unit),
            counted(*after as u64, unit)
        ),
        Doubt::MovedTogether(metrics) => {
            let moved: Vec<String> = metrics.iter().map(|(metric, change)| moved(*metric, *change)).collect();
            format!(
                "Nearly everything moved together ({}), which the machine may have done as well as the change; \
                 --ab measures both sides in turn and can tell.",
                moved.join(", ")
            )
        }
        Doubt::Missing(metrics) => {
            let missing: Vec<String> = metrics
                .iter()
                .map(|(metric, cells)| {
                    format!("{} of {}", metric_words(*metric), counted(*cells as u64, "cell"))
                })
                .collect();
            format!(
                "The baseline has {}, and some run of the candidate has lost it (is its histograms.hlog missing?), so a change there \
                 would not be seen.",
                missing.join(", ")
            )
        }
        Doubt::WithinDrift(metrics) => {
            let moved: Vec<String> = metrics.iter().map(|(metric, change)| moved(*metric, *change)).collect();
            format!(
                "Worse by up to {}: too few cells tell whether the machine drifted by that, which it may by {}; \
                 --ab measures both sides in turn and can tell.",
                moved.join(", "),
                percent(Some(view.settings.drift))
            )
        }
        Doubt::NoValues(cells) => {
            format!("Some runs have no times of {}: not compared.", cells_words(cells))
        }
        Doubt::TooNoisy(cells) => {
            let (worst, smallest) =
                cells.iter().fold((&cells[0].0, 0.0), |(worst, most), (cell, smallest)| {
                    if *smallest > most { (cell, *smallest) } else { (worst, most) }
                });
            format!(
                "Too noisy to accept: in {} of the cells less than {} would not have been seen ({worst}).",
                cells.len(),
                signed_percent(smallest)
            )
        }
        Doubt::BadlyMeasured(runs) => {
            let (run, valid, windows) = &runs[0];
            let others = match runs.len() - 1 {
                0 => String::new(),
                more => format!(
                    "; {} no better",
                    if more == 1 { "another is".to_owned() } else { format!("{more} others are") }
                ),
            };
            format!(
                "Measured too badly to judge: {valid} of the {} of {run} can be judged{others}. `baseline report` says why.",
                counted(*windows, "planned window")
            )
        }
    }
}

/// For the worse above 0.
fn moved(metric: Metric, change: f64) -> String {
    let change = match metric.direction() {
        Direction::LowerIsBetter => change,
        Direction::HigherIsBetter => 1.0 / (1.0 + change) - 1.0,
    };
    format!("{} {}", metric_words(metric), signed_percent(change))
}

fn cells_words(cells: &[CellName]) -> String {
    listed(&cells.iter().map(ToString::to_string).collect::<Vec<_>>())
}

fn accepted(view: &GateView) -> String {
    let judged = view.judgement.rows.len();
    let largest = view.judgement.smallest().map_or_else(String::new, |smallest| {
        format!(
            " A change of {} would probably have been seen in the throughput, mean or median of any cell.",
            signed_percent(smallest)
        )
    });
    format!("Nothing got worse in {}.{largest}", counted(judged as u64, "value"))
}

/// How often this gate cries wolf, as far as that is known.
pub(super) fn false_alarms(view: &GateView) -> Text {
    let simulated = "of simulated gates of the same code fewer than one in a hundred did";
    match &view.noise {
        None => Text::plain("False alarms: not measured on this machine (")
            .and(Text::code("baseline gate --aa"))
            .then(format!(" does); {simulated}.")),
        Some(noise) => {
            let interval = noise.interval.map_or_else(String::new, |(low, high)| {
                format!("95 % interval {} to {}", percent(Some(low)), percent(Some(high)))
            });
            // Splits of the same runs share most of them.
            let worth = if noise.worth < noise.gates as f64 {
                format!("worth {} independent ones, ", significant(noise.worth))
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

/// No kind of simulated runs of the same code made a higher share of gates fail; `docs/gate.md` has the table.
pub(super) const SIMULATED: f64 = 0.01;
