//! Incidents with their cells, and outliers with the number expected by chance.

use crate::analysis::incident::{Affected, Incident, IncidentCause};
use crate::analysis::watch::Flag;
use crate::report::Report;
use crate::report::charts::Subject;
use crate::report::formats::document::{Cell, Document, Table, Text, Tone};
use crate::report::view::run_view::RunView;
use crate::report::wording::numbers::{MISSING, count, counted, significant};
use crate::report::wording::phrases::{interval_words, metric_value, metric_words, signed_percent};

use super::parts::{MOST_LINES, figures, more};

/// The number of outliers that are listed: those with the largest deviation.
const MOST_FLAGS: usize = 10;
/// The number of cells that are listed of each incident.
const MOST_CELLS: usize = 15;

pub(super) fn section(document: &mut Document, report: &Report<'_>) {
    let view = report.view;
    document.heading("alerts", "Incidents and outliers");
    incidents(document, view);
    figures(document, report, Subject::Errors);
    document.subheading("flags", "Outliers");
    document.paragraph(view.health.flags_sentence());
    flags(document, view);
}

fn incidents(document: &mut Document, view: &RunView) {
    let incidents = &view.findings.incidents;
    if incidents.is_empty() {
        document.paragraph(if view.health.flags.judged == 0 {
            "No incidents: no window has been compared with a baseline yet."
        } else {
            "No incidents: no change of 10 % or more for the worse was confirmed."
        });
        return;
    }
    document.paragraph(
        "Stretches in which cells were worse than expected at that time of day, in chronological order. Times are UTC, and the \
         start of the first affected window and of the first window back to normal.",
    );
    let mut table = Table::new(&[
        "",
        "opened",
        "resolved",
        "endpoint",
        "level",
        "metric",
        ">expected",
        ">measured",
        ">change",
        ">95 % interval",
    ]);
    for (place, incident) in incidents.iter().enumerate().take(MOST_LINES) {
        for (nth, cell) in incident.cells.iter().enumerate().take(MOST_CELLS) {
            table.row(incident_row(place, incident, nth == 0, cell));
        }
    }
    document.table(table);
    document.list(more(incidents.len(), MOST_LINES, "report/incidents.csv").into_iter().collect());
    let cut: usize = incidents.iter().map(|incident| incident.cells.len().saturating_sub(MOST_CELLS)).sum();
    if cut > 0 {
        let cells = counted(cut as u64, "more affected cell");
        document.paragraph(format!(
            "Each incident is shown with its {MOST_CELLS} worst cells; {cells} in report/incidents.csv."
        ));
    }
}

fn incident_row(place: usize, incident: &Incident, is_first: bool, cell: &Affected) -> Vec<Cell> {
    let value = |value: f64| Cell::number(metric_value(incident.metric, Some(value)), Some(value));
    let mut expected = value(cell.expected);
    if incident.cause == IncidentCause::Errors {
        expected.text = Text::plain("at most ").and(expected.text);
    }
    let effect = cell.effect;
    let interval = effect.map_or_else(
        || MISSING.to_owned(),
        |effect| format!("{} to {}", signed_percent(effect.low), signed_percent(effect.high)),
    );
    let only_first = |text: String| if is_first { text } else { String::new() };
    let until = incident.resolved_at.map_or_else(|| "not resolved".to_owned(), |until| format!("{until:.0}"));
    vec![
        only_first(format!("I{}", place + 1)).into(),
        only_first(format!("{:.0}", incident.opened_at)).into(),
        Cell::from(only_first(until)).with_tone(if incident.is_resolved() { Tone::Doubt } else { Tone::Bad }),
        cell.cell.series().into(),
        (&*cell.cell.level).into(),
        metric_words(incident.metric).into(),
        expected,
        value(cell.measured),
        Cell::number(
            effect.map_or_else(|| MISSING.to_owned(), |effect| signed_percent(effect.value)),
            effect.map(|effect| effect.value),
        ),
        interval.into(),
    ]
}

fn flags(document: &mut Document, view: &RunView) {
    if view.flags.is_empty() {
        return;
    }
    let mut furthest: Vec<&Flag> = view.flags.iter().collect();
    furthest.sort_by(|left, right| right.sigmas.abs().total_cmp(&left.sigmas.abs()));
    let mut table =
        Table::new(&["at", ">window", "endpoint", "level", "metric", ">value", "baseline band", ">sigma"]);
    for flag in furthest.into_iter().take(MOST_FLAGS) {
        let sigmas =
            if flag.sigmas.is_finite() { significant(flag.sigmas) } else { "constant baseline".to_owned() };
        table.row(vec![
            format!("{:.0}", flag.place.started_at).into(),
            Cell::number(count(flag.place.window), Some(flag.place.window as f64)),
            flag.place.cell.series().into(),
            (&*flag.place.cell.level).into(),
            metric_words(flag.metric).into(),
            Cell::number(metric_value(flag.metric, Some(flag.value)), Some(flag.value)),
            interval_words(flag.metric, (flag.band.low, flag.band.high)).into(),
            Cell::number(sigmas, Some(flag.sigmas)),
        ]);
    }
    if view.flags.len() > MOST_FLAGS {
        document.paragraph("The largest deviations:");
    }
    document.table(table);
    let all = more(view.flags.len(), MOST_FLAGS, "anomalies.csv");
    document.list(all.into_iter().collect::<Vec<Text>>());
}
