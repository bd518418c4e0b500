//! Why a gate could not accept a change, in sentences.

use crate::analysis::gate::{Doubt, FailingCells, Suspect};
use crate::domain::cell_name::CellName;
use crate::domain::metric::{Direction, Metric};
use crate::report::changes::quantity_words;
use crate::report::wording::failures::failures_words;
use crate::report::wording::numbers::{count, counted, listed, percent};
use crate::report::wording::phrases::{metric_words, signed_percent};
use crate::report::wording::precision;

use super::view::GateView;

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
            let moved: Vec<String> =
                metrics.iter().map(|(metric, change)| shift_words(*metric, *change)).collect();
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
            let moved: Vec<String> =
                metrics.iter().map(|(metric, change)| shift_words(*metric, *change)).collect();
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
    let (by, interval) = precision::change(worst.change);
    let more = match suspects.len() - 1 {
        0 => String::new(),
        more => format!(", and {} like it", counted(more as u64, "more value")),
    };
    format!(
        "A regression cannot be excluded: {} of {} changed by {by} ({interval}), which is beyond its floor, but the evidence \
         is too weak to fail{more}. More runs decide it.",
        quantity_words(worst.quantity),
        worst.cell
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

fn cells_words(cells: &[CellName]) -> String {
    listed(&cells.iter().map(ToString::to_string).collect::<Vec<_>>())
}

/// A metric and its change, positive if it is worse.
pub(super) fn shift_words(metric: Metric, change: f64) -> String {
    let change = match metric.direction() {
        Direction::LowerIsBetter => change,
        Direction::HigherIsBetter => 1.0 / (1.0 + change) - 1.0,
    };
    format!("{} {}", metric_words(metric), signed_percent(change))
}
