//! The incidents of a run as cards, the most serious first: what, when, where, and what to do.

use crate::analysis::incident::IncidentCause;
use crate::report::Report;
use crate::report::charts::Subject;
use crate::report::formats::document::{Block, Card, Document, Text, Tone};
use crate::report::recommendations::incident_id;
use crate::report::view::incident_view::IncidentView;
use crate::report::view::run_view::RunView;
use crate::report::wording::numbers::{capital, counted, listed, time_us};
use crate::report::wording::phrases::{incident_span, metric_value};

use super::parts::with_code;

/// The most incidents whose cards are shown at once; the others are folded.
const MOST_CARDS: usize = 6;

pub(super) fn section(document: &mut Document, report: &Report<'_>) {
    let all = IncidentView::by_weight(report.view);
    if all.is_empty() {
        return;
    }
    document.heading("incidents", &capital(&counted(all.len() as u64, "incident")));
    let mut cards: Vec<Card> = all.iter().map(|incident| card(report, incident)).collect();
    let more = cards.split_off(cards.len().min(MOST_CARDS));
    document.blocks.push(Block::Cards(cards));
    if !more.is_empty() {
        document.folded(counted(more.len() as u64, "more incident"), vec![Block::Cards(more)]);
    }
}

/// The anchor of an incident's card.
pub(super) fn anchor(incident: &IncidentView<'_>) -> String {
    format!("incident-{}", incident.place + 1)
}

fn card(report: &Report<'_>, incident: &IncidentView<'_>) -> Card {
    let found = incident.incident;
    let chart = report.charts.iter().find(|chart| chart.subject == Subject::Incident(incident.place));
    let mut facts = vec![
        ("when".to_owned(), Text::plain(format!("{} ({})", when(incident), incident.length_words()))),
        ("where".to_owned(), place(report.view, incident).into()),
    ];
    if let Some(cell) = found.cells.first().filter(|_| found.cause == IncidentCause::Slowdown) {
        let value = |value: f64| metric_value(found.metric, Some(value));
        let (measured, expected) = (value(cell.measured), value(cell.expected));
        let text = format!("{measured} at {}, {expected} expected", cell.cell.level);
        facts.push(("largest".to_owned(), text.into()));
    }
    let slowest = incident.slowest();
    if !slowest.is_empty() {
        let traces = slowest.iter().fold(Text::default(), |all, slow| {
            let joint = if all.is_empty() { "" } else { ", " };
            let micros = slow.service_time.as_nanos() as f64 / 1e3;
            all.then(joint)
                .and(Text::code(slow.trace_id.to_string()))
                .then(format!(" ({})", time_us(Some(micros))))
        });
        facts.push(("slowest traces".to_owned(), traces));
    }
    if let Some(advice) =
        report.recommendations.iter().find(|advice| advice.id == incident_id(incident.place))
    {
        let mut action = with_code(&advice.action);
        if let Some(chart) = &advice.chart {
            action = action.then(". ").and(Text::link("Chart", chart.as_str()));
        }
        facts.push(("next".to_owned(), action));
    }
    Card {
        id: anchor(incident),
        tone: if found.is_resolved() { Tone::Doubt } else { Tone::Bad },
        mark: incident.label(),
        title: capital(&incident.words()).into(),
        facts,
        chart: chart.map(|chart| (chart.file.clone(), chart.alternative.clone())),
    }
}

/// Beginning and end: `2 Jan 12:00:00 to 12:30:00 UTC`; `since 2 Jan 12:00:00 UTC, not resolved`.
fn when(incident: &IncidentView<'_>) -> String {
    let span = incident_span(incident.incident);
    match span.strip_prefix("from ") {
        Some(span) => span.to_owned(),
        None => format!("{span}, not resolved"),
    }
}

/// The affected endpoints and levels: `browse at light_load, normal_load`.
fn place(view: &RunView, incident: &IncidentView<'_>) -> String {
    let levels = incident.levels();
    let series = listed(&incident.incident.series());
    match levels.len() {
        0 => series,
        n if n > 1 && n == view.levels.len() => format!("{series} at all levels"),
        _ => format!("{series} at {}", listed(&levels)),
    }
}
