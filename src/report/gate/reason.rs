//! The verdict in one or two sentences: what got worse, where and by how much, or why the gate is inconclusive.

use crate::analysis::gate::{Cause, Confirmation, Doubt, FailingCells, Outcome, Quantity, Row, Suspect};
use crate::analysis::objective::stretches::Violation;
use crate::domain::cell_name::CellName;
use crate::domain::metric::{Direction, Metric};
use crate::domain::objective::ObjectiveKind;
use crate::domain::verdict::Verdict;
use crate::report::formats::document::Text;
use crate::report::wording::failures::failures_words;
use crate::report::wording::numbers::{count, counted, listed, percent, significant};
use crate::report::wording::phrases::{metric_value, metric_words, signed_percent};
use crate::report::wording::times::moment;
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
                (Some(endpoint), _, "-") => format!("endpoint {endpoint} is missing"),
                (Some(endpoint), "-", _) => format!("endpoint {endpoint} is new"),
                _ => format!("{name} is {}, was {}", cut(after), cut(before)),
            }
        })
        .collect();
    format!("Not comparable with {}: {}. Nothing was judged.", view.before, differences.join("; "))
}

/// A value shortened to fit into a sentence; the JSON output has the full value.
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
        Confirmation::Confirmed => " A second set of runs confirmed it.",
        Confirmation::Unconfirmed => " Unconfirmed: there was no second set of runs.",
        Confirmation::NotNeeded => "",
    };
    let everything = if rows.iter().any(|row| row.cause == Some(Cause::Together)) {
        let moved: Vec<String> =
            view.judgement.together.iter().map(|(metric, change)| moved(*metric, *change)).collect();
        format!("System-wide shift ({}). The largest change is in ", moved.join(", "))
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

/// The change of a row in words.
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
        // With a system-wide shift, the local change is more informative than the whole change.
        Some(own) if row.verdict == Verdict::Regressed && row.change.covers(1.0) => {
            format!("; {} ({}) beyond the system-wide shift", change(own.value), interval(own))
        }
        _ => String::new(),
    };
    format!("{what} {verb} by {by} ({}), from {before} to {after}{own}", interval(row.change))
}

/// Name of a metric or ratio, for people.
pub(super) fn quantity_words(quantity: Quantity) -> String {
    match quantity {
        Quantity::Metric(metric) => metric_words(metric),
        Quantity::ThrottledRatio => "rate-limited (429) ratio".to_owned(),
    }
}

/// A value with its unit.
pub(super) fn value_words(quantity: Quantity, value: f64) -> String {
    match quantity {
        Quantity::Metric(metric) => metric_value(metric, Some(value)),
        Quantity::ThrottledRatio => percent(Some(value)),
    }
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
    let limit = metric_value(metric, Some(broken.limit));
    let limit = if broken.kind.is_lower_limit() { format!("at least {limit}") } else { limit };
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

/// A doubt in a sentence.
pub(super) fn doubted(view: &GateView, doubt: &Doubt) -> String {
    let unit = if view.is_interleaved() { "round" } else { "run" };
    match doubt {
        Doubt::FewRuns { before, after } if view.is_interleaved() => format!(
            "Too few rounds to estimate the variation between rounds: {} of 5.",
            (*before).min(*after)
        ),
        Doubt::ThinRuns { before, .. } if view.is_interleaved() => {
            format!("Enough rounds to find a regression, but too few to accept: {before} of 5.")
        }
        Doubt::FewRuns { before, after } | Doubt::ThinRuns { before, after } => format!(
            "Too few {unit}s to accept: {before} before and {after} after; at least 5 and 3 are needed to estimate the \
             variation between {unit}s."
        ),
        Doubt::MovedTogether(metrics) => {
            let moved: Vec<String> = metrics.iter().map(|(metric, change)| moved(*metric, *change)).collect();
            format!(
                "System-wide shift ({}), caused by the machine or by the change; --ab interleaves both sides and can \
                 separate the two.",
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
                "The baseline has {}, but a candidate run does not (is its histograms.hlog missing?), so a change there would \
                 not be detected.",
                missing.join(", ")
            )
        }
        Doubt::WithinDrift(metrics) => {
            let moved: Vec<String> = metrics.iter().map(|(metric, change)| moved(*metric, *change)).collect();
            format!(
                "Worse by up to {}: with so few cells this may be drift of the machine (allowance {}); --ab interleaves both \
                 sides and can separate the two.",
                moved.join(", "),
                percent(Some(view.settings.drift))
            )
        }
        Doubt::NoValues(cells) => {
            format!("Not compared, because some runs have no times: {}.", cells_words(cells))
        }
        Doubt::TooNoisy(cells) => {
            let (worst, smallest) =
                cells.iter().fold((&cells[0].0, 0.0), |(worst, most), (cell, smallest)| {
                    if *smallest > most { (cell, *smallest) } else { (worst, most) }
                });
            format!(
                "Too noisy to accept: in {}, changes below {} would not be detected (noisiest: {worst}).",
                counted(cells.len() as u64, "cell"),
                signed_percent(smallest)
            )
        }
        Doubt::Suspected(suspects) => suspected(suspects),
        Doubt::MostlyFails { before, after } => mostly_fails(before.as_deref(), after.as_deref()),
        Doubt::BadlyMeasured(runs) => {
            let (run, valid, windows) = &runs[0];
            let others = match runs.len() - 1 {
                0 => String::new(),
                more => format!(", and too few of {}", counted(more as u64, "more run")),
            };
            format!(
                "Too few valid windows: {valid} of {} of {run}{others}. `baseline report` lists the reasons.",
                counted(*windows, "planned window")
            )
        }
    }
}

fn suspected(suspects: &[Suspect]) -> String {
    let worsening = |suspect: &Suspect| match suspect.quantity.direction() {
        Direction::LowerIsBetter => suspect.change.value,
        Direction::HigherIsBetter => 1.0 / suspect.change.value,
    };
    let Some(worst) = suspects.iter().max_by(|left, right| worsening(left).total_cmp(&worsening(right)))
    else {
        return String::new();
    };
    let change = |ratio: f64| signed_percent(ratio - 1.0);
    let more = match suspects.len() - 1 {
        0 => String::new(),
        more => format!(", and {} like it", counted(more as u64, "more value")),
    };
    format!(
        "A regression cannot be excluded: {} of {} changed by {} ({} to {}), which is beyond its floor, but the evidence is \
         too weak to fail{more}. More runs decide it.",
        quantity_words(worst.quantity),
        worst.cell,
        change(worst.change.value),
        change(worst.change.low),
        change(worst.change.high)
    )
}

/// Which side mostly fails, and how.
fn mostly_fails(before: Option<&FailingCells>, after: Option<&FailingCells>) -> String {
    let who = match (before, after) {
        (Some(_), Some(_)) => "Both sides mostly fail",
        (Some(_), None) => "The baseline side mostly fails",
        (None, _) => "The candidate side mostly fails",
    };
    let said = |found: &FailingCells| {
        let others = match found.cells - 1 {
            0 => String::new(),
            more => format!("; {} more of {} fail", count(more as u64), counted(found.of as u64, "cell")),
        };
        format!("{}: {}{others}", found.worst, failures_words(&found.outcomes))
    };
    let found = before.or(after).map_or_else(String::new, said);
    format!("{who} ({found}), so nothing can be compared there.")
}

/// A metric and its change, positive if it is worse.
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
