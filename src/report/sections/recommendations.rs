//! Recommendations, the most urgent first.

use crate::report::Report;
use crate::report::formats::document::{Cell, Document, Table, Text, Tone};
use crate::report::recommendations::Priority;

pub(super) fn section(document: &mut Document, report: &Report<'_>) {
    document.heading("recommendations", "Recommendations");
    if report.recommendations.is_empty() {
        document.paragraph(if report.view.health.tally.windows == 0 {
            "No recommendations: nothing has been measured yet."
        } else {
            "No recommendations."
        });
        return;
    }
    let mut table = Table::new(&["", "priority", "issue", "evidence", "impact", "action"]);
    for (place, advice) in report.recommendations.iter().enumerate() {
        let tone = match advice.priority {
            Priority::Critical => Tone::Bad,
            Priority::Medium => Tone::Doubt,
            Priority::Low => Tone::Plain,
        };
        let evidence = Text::plain(advice.evidence.as_str());
        let evidence = match &advice.chart {
            Some(chart) => evidence.then(" (").and(Text::link("chart", chart.as_str())).then(")"),
            None => evidence,
        };
        table.row(vec![
            format!("R{}", place + 1).into(),
            Cell::from(advice.priority.word()).with_tone(tone),
            Cell { text: advice.issue.as_str().into(), note: Some(advice.id.clone()), ..Cell::default() },
            evidence.into(),
            advice.impact.as_str().into(),
            with_code(&advice.action).into(),
        ]);
    }
    document.table(table);
}

/// Text between backquotes is code. An unpaired backquote belongs to a name, so the text stays plain.
fn with_code(text: &str) -> Text {
    if text.matches('`').count() % 2 == 1 {
        return Text::plain(text);
    }
    let pieces = text.split('`').enumerate();
    pieces.fold(
        Text::default(),
        |all, (place, piece)| {
            if place % 2 == 1 { all.and(Text::code(piece)) } else { all.then(piece) }
        },
    )
}
