//! Incidents with their cells, and outliers with the number expected by chance.

use std::collections::BTreeMap;

use crate::analysis::incident::{Affected, Incident, IncidentCause};
use crate::analysis::watch::Flag;
use crate::domain::cell_name::CellName;
use crate::domain::metric::Metric;
use crate::report::Report;
use crate::report::formats::document::{Block, Cell, Document, Table, Text, Tone};
use crate::report::view::incident_view::IncidentView;
use crate::report::view::run_view::RunView;
use crate::report::wording::numbers::{MISSING, capital, count, counted, significant};
use crate::report::wording::phrases::{interval_words, metric_value, metric_words, signed_percent};
use crate::report::wording::times::moment;

use super::parts::{MOST_LINES, more};

/// The number of outliers that are listed: those with the largest deviation.
const MOST_FLAGS: usize = 10;
/// The number of cells that are listed of each incident.
const MOST_CELLS: usize = 15;

pub(super) fn section(document: &mut Document, report: &Report<'_>) {
    let view = report.view;
    document.heading("alerts", "Incidents and outliers");
    incidents(document, view);
    document.subheading("flags", "Outliers");
    document.paragraph(view.health.outliers_sentence());
    outliers(document, view);
}

fn incidents(document: &mut Document, view: &RunView) {
    let incidents = IncidentView::all(view);
    if incidents.is_empty() {
        document.paragraph(if view.health.has_judged() {
            "No incidents: no change of 10 % or more for the worse was confirmed."
        } else {
            "No incidents: no window has been compared with a baseline yet."
        });
        return;
    }
    document.paragraph(
        "Stretches in which cells were worse than expected at that time of day, in chronological order, one per row. The times \
         are the starts of the first affected window and of the first window back to normal.",
    );
    let mut table = Table::new(&["id", "what", "from", "until", ">lasted", ">cells"]);
    for incident in incidents.iter().take(MOST_LINES) {
        let found = incident.incident;
        let until = found.resolved_at.map_or_else(|| "not resolved".to_owned(), moment);
        table.row(vec![
            incident.label().into(),
            capital(&incident.words()).into(),
            moment(found.opened_at).into(),
            Cell::from(until).with_tone(if found.is_resolved() { Tone::Plain } else { Tone::Bad }),
            Cell::number(incident.length_words(), Some(incident.length().as_secs_f64())),
            Cell::number(count(found.cells.len() as u64), Some(found.cells.len() as f64)),
        ]);
    }
    document.table(table);
    document.list(more(incidents.len(), MOST_LINES, "report/incidents.csv").into_iter().collect());
    document.folded("Affected cells", cells(&incidents));
}

/// The cells of all incidents, each with what was measured and expected.
fn cells(incidents: &[IncidentView<'_>]) -> Vec<Block> {
    let mut table = Table::new(&[
        "id",
        "endpoint",
        "level",
        "metric",
        ">expected",
        ">measured",
        ">change",
        ">95 % interval",
    ]);
    for incident in incidents.iter().take(MOST_LINES) {
        for cell in incident.incident.cells.iter().take(MOST_CELLS) {
            table.row(cell_row(incident, cell));
        }
    }
    let mut blocks = vec![Block::Table(table)];
    let cut: usize = incidents.iter().map(|of| of.incident.cells.len().saturating_sub(MOST_CELLS)).sum();
    if cut > 0 {
        let cells = counted(cut as u64, "more affected cell");
        let text = format!(
            "Each incident is shown with its {MOST_CELLS} worst cells; {cells} in report/incidents.csv."
        );
        blocks.push(Block::Paragraph(text.into()));
    }
    blocks
}

fn cell_row(of: &IncidentView<'_>, cell: &Affected) -> Vec<Cell> {
    let incident = of.incident;
    let value = |value: f64| Cell::number(metric_value(incident.metric, Some(value)), Some(value));
    let mut expected = value(cell.expected);
    if incident.cause == IncidentCause::Errors {
        expected.text = Text::plain("at most ").and(expected.text);
    }
    let effect = cell.effect;
    let change = |effect: f64| change_words(incident, cell, effect);
    let interval = effect.map_or_else(
        || MISSING.to_owned(),
        |effect| format!("{} to {}", change(effect.low), change(effect.high)),
    );
    vec![
        of.label().into(),
        cell.cell.series().into(),
        (&*cell.cell.level).into(),
        metric_words(incident.metric).into(),
        expected,
        value(cell.measured),
        Cell::number(
            effect.map_or_else(|| MISSING.to_owned(), |effect| change(effect.value)),
            effect.map(|effect| effect.value),
        ),
        interval.into(),
    ]
}

/// A change relative to what was expected; of a ratio in points, because a percentage of a percentage misleads.
fn change_words(incident: &Incident, cell: &Affected, effect: f64) -> String {
    if incident.cause != IncidentCause::Cache {
        return signed_percent(effect);
    }
    let points = effect * cell.expected * 100.0;
    format!("{}{} points", if points < 0.0 { "-" } else { "+" }, significant(points.abs()))
}

/// The furthest outliers: for the time of day first, then those that have none, such as error ratios.
fn outliers(document: &mut Document, view: &RunView) {
    let baselines: BTreeMap<Key<'_>, &Flag> = view.flags.iter().map(|flag| (key(flag), flag)).collect();
    let (mut furthest, mut others): (Vec<&Flag>, Vec<&Flag>) =
        (view.outliers.iter().collect(), view.flags.iter().filter(|flag| !has_time_of_day(flag)).collect());
    if furthest.is_empty() && others.is_empty() {
        return;
    }
    for list in [&mut furthest, &mut others] {
        list.sort_by(|left, right| right.sigmas.abs().total_cmp(&left.sigmas.abs()));
    }
    let is_by_time = !furthest.is_empty();
    let all = if is_by_time { furthest.len() } else { others.len() };
    furthest.append(&mut others);
    let mut table = Table::new(&[
        "at",
        ">window",
        "endpoint",
        "level",
        "metric",
        ">value",
        "expected band",
        ">sigma",
        ">sigma from the baseline",
    ]);
    for flag in furthest.into_iter().take(MOST_FLAGS) {
        let of_baseline = baselines.get(&key(flag));
        let has_time = has_time_of_day(flag);
        table.row(vec![
            moment(flag.place.started_at).into(),
            Cell::number(count(flag.place.window), Some(flag.place.window as f64)),
            flag.place.cell.series().into(),
            (&*flag.place.cell.level).into(),
            metric_words(flag.metric).into(),
            Cell::number(metric_value(flag.metric, Some(flag.value)), Some(flag.value)),
            interval_words(flag.metric, (flag.band.low, flag.band.high)).into(),
            sigmas(Some(flag).filter(|_| has_time)),
            sigmas(of_baseline.copied()),
        ]);
    }
    let mut blocks = vec![Block::Table(table)];
    let file = if is_by_time { "report/outliers.csv" } else { "anomalies.csv" };
    blocks.extend(more(all, MOST_FLAGS, file).map(|more| Block::List(vec![more])));
    document.folded(if all > MOST_FLAGS { "The largest deviations" } else { "All outliers" }, blocks);
}

/// A value of a window.
type Key<'a> = (u64, &'a CellName, String);

fn key(flag: &Flag) -> Key<'_> {
    (flag.place.window, &flag.place.cell, flag.metric.name())
}

/// Whether there is an expectation by time of day: not for error ratios, nor for series that never varied.
fn has_time_of_day(flag: &Flag) -> bool {
    flag.metric != Metric::ErrorRatio && flag.sigmas.is_finite()
}

/// A distance in sigmas; a dash within the band.
fn sigmas(flag: Option<&Flag>) -> Cell {
    flag.map_or_else(
        || Cell::from(MISSING),
        |flag| {
            let words = if flag.sigmas.is_finite() {
                significant(flag.sigmas)
            } else {
                "constant baseline".to_owned()
            };
            Cell::number(words, Some(flag.sigmas))
        },
    )
}
