//! Recommendations, the most urgent first. Those on single incidents are on the cards of the incidents.

use crate::report::Report;
use crate::report::formats::document::{Block, Card, Document, Text, Tone};
use crate::report::recommendations::{Priority, Recommendation};

use super::parts::with_code;

/// The most recommendations that are shown at once; the others are folded.
const MOST_SHOWN: usize = 6;

pub(super) fn section(document: &mut Document, report: &Report<'_>) {
    document.heading("recommendations", "Recommendations");
    let others: Vec<Card> = report
        .recommendations
        .iter()
        .filter(|advice| !advice.is_about_an_incident())
        .enumerate()
        .map(card)
        .collect();
    if others.is_empty() {
        document.paragraph(match (report.view.health.tally.windows, report.recommendations.is_empty()) {
            (0, _) => "No recommendations: nothing has been measured yet.",
            (_, true) => "No recommendations.",
            (_, false) => "No recommendations beyond those on the incidents.",
        });
        return;
    }
    let (first, rest) = others.split_at(others.len().min(MOST_SHOWN));
    document.blocks.push(Block::Cards(first.to_vec()));
    if !rest.is_empty() {
        document.folded(format!("{} more", rest.len()), vec![Block::Cards(rest.to_vec())]);
    }
}

fn card((place, advice): (usize, &Recommendation)) -> Card {
    let evidence = Text::plain(advice.evidence.as_str());
    let evidence = match &advice.chart {
        Some(chart) => evidence.then(". ").and(Text::link("Chart", chart.as_str())),
        None => evidence,
    };
    let facts = [
        ("evidence", evidence),
        ("impact", advice.impact.as_str().into()),
        ("next", with_code(&advice.action)),
    ];
    Card {
        id: format!("recommendation-{}", place + 1),
        tone: match advice.priority {
            Priority::Critical => Tone::Bad,
            Priority::Medium => Tone::Doubt,
            Priority::Low => Tone::Plain,
        },
        mark: advice.priority.word().to_owned(),
        title: advice.issue.as_str().into(),
        facts: facts.map(|(name, text)| (name.to_owned(), text)).into(),
        chart: None,
    }
}
