//! What was found, by priority, and what to do about it.

use crate::check::facts::Assessed;
use crate::domain::finding::{Finding, Priority};
use crate::report::formats::document::{Block, Card, Document, Text};
use crate::report::wording::numbers::{capital, count, joined};

use super::overall::{Action, actions as listed};
use super::wording::{coded, place as where_is, tone_of_priority};

/// The findings as cards, the most urgent first; nothing where there are none.
pub(super) fn section(document: &mut Document, assessed: &Assessed) {
    if assessed.findings.is_empty() {
        return;
    }
    document.heading("findings", "Findings");
    for priority in Priority::ALL {
        let cards: Vec<Card> = assessed
            .findings
            .iter()
            .enumerate()
            .filter(|(_, finding)| finding.priority == priority)
            .map(|(place, finding)| card(place, finding, assessed))
            .collect();
        if cards.is_empty() {
            continue;
        }
        let heading = format!("{} priority: {}", capital(priority.name()), count(cards.len() as u64));
        document.subheading(&format!("findings-{}", priority.name()), &heading);
        document.blocks.push(Block::Cards(cards));
    }
}

/// Number of a finding in the report: `F1`.
pub(super) fn number(place: usize) -> String {
    format!("F{}", place + 1)
}

/// What links to a finding lead to.
pub(super) fn card_id(place: usize) -> String {
    format!("finding-{}", place + 1)
}

/// A finding as a card, numbered by its place in the check, from 0.
pub(super) fn card(place: usize, finding: &Finding, assessed: &Assessed) -> Card {
    let texts = [
        ("Evidence", &finding.evidence),
        ("Impact", &finding.impact),
        ("What to do", &finding.recommendation),
    ];
    let mut facts = Vec::new();
    if !finding.subject.is_empty() {
        let service = assessed.services.iter().find(|service| service.name == finding.service);
        facts.push(("Where".to_owned(), where_is(service, &finding.subject)));
    }
    facts.extend(
        texts
            .into_iter()
            .filter(|(_, text)| !text.is_empty())
            .map(|(name, text)| (name.to_owned(), coded(text))),
    );
    facts.push(("Rule".to_owned(), Text::code(&*finding.rule)));
    Card {
        id: card_id(place),
        tone: tone_of_priority(finding.priority),
        mark: format!("{} {}", number(place), finding.priority.name()),
        title: Text::plain(format!("{}: ", finding.service)).and(coded(&finding.issue)),
        facts,
        chart: None,
    }
}

/// What to do, the most urgent first: one item for all that the same fix solves.
pub(super) fn actions(document: &mut Document, assessed: &Assessed) {
    let actions = listed(assessed);
    if actions.is_empty() {
        return;
    }
    document.heading("actions", "Action items");
    document.blocks.push(Block::Checklist(actions.iter().map(|action| item(action, assessed)).collect()));
}

fn item(action: &Action<'_>, assessed: &Assessed) -> Text {
    let mut text = Text::strong(capital(action.priority.name()))
        .then(format!(", {}: ", joined(&action.services(assessed))))
        .and(coded(&ended(action.advice)))
        .then(" Solves ");
    for (index, place) in action.findings.iter().enumerate() {
        if index > 0 {
            text = text.then(", ");
        }
        text = text.and(Text::link(number(*place), card_id(*place)));
    }
    text.then(".")
}

/// A text that ends with a period.
fn ended(text: &str) -> String {
    if text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}
