//! What changed since an earlier check, in a report.

use crate::check::facts::Assessed;
use crate::domain::finding::{Finding, Priority};
use crate::report::formats::document::{Block, Cell, Document, Table, Text};
use crate::report::wording::numbers::capital;

use super::change::Change;
use super::earlier::EarlierFinding;
use super::findings_part::{card, card_id, number};
use super::wording::{coded, shortened};

/// Longest value in the table; the JSON output has the whole one.
const LONGEST_VALUE: usize = 160;

/// What changed, for a report without the other findings: the new ones are shown whole.
pub(super) fn in_short(document: &mut Document, assessed: &Assessed, change: &Change) {
    section(document, change, |document| {
        let cards = change.new.iter().map(|finding| card(place_of(assessed, finding), finding, assessed));
        document.blocks.push(Block::Cards(cards.collect()));
    });
}

/// What changed, for a whole report: new findings lead to their cards.
pub(super) fn in_full(document: &mut Document, assessed: &Assessed, change: &Change) {
    section(document, change, |document| {
        let item = |finding: &Finding| {
            let place = place_of(assessed, finding);
            Text::link(number(place), card_id(place))
                .then(" ")
                .and(Text::strong(capital(finding.priority.name())))
                .then(format!(", {}: ", finding.service))
                .and(coded(&finding.issue))
        };
        document.list(change.new.iter().map(item).collect());
    });
}

/// The place of a finding in the whole check, from 0.
fn place_of(assessed: &Assessed, finding: &Finding) -> usize {
    assessed.findings.iter().position(|known| known == finding).unwrap_or_default()
}

/// New and resolved findings, and everything else that differs.
fn section(document: &mut Document, change: &Change, new: impl FnOnce(&mut Document)) {
    let since = change.since.strftime("%Y-%m-%d %H:%M UTC").to_string();
    document.heading("changes", &format!("Changes since {since}"));
    if change.is_empty() {
        document.paragraph(format!("Nothing changed since {since}."));
        return;
    }
    if !change.new.is_empty() {
        document.subheading("new-findings", "New findings");
        new(document);
    }
    earlier(document, "resolved-findings", "Resolved findings", &change.resolved);
    earlier(document, "open-findings", "Findings that were not checked again", &change.open);
    if !change.differences.is_empty() {
        document.subheading("differences", "Other changes");
        let mut table = Table::new(&["service", "what", "where", "before", "now"]);
        for difference in &change.differences {
            let value = |value: &Option<String>| {
                value
                    .as_ref()
                    .map_or_else(|| Cell::from("none"), |value| shortened(value, LONGEST_VALUE).into())
            };
            table.row(vec![
                difference.service.as_str().into(),
                difference.what.into(),
                difference.subject.as_str().into(),
                value(&difference.before),
                value(&difference.after),
            ]);
        }
        document.table(table);
    }
    document.blocks.push(Block::Small(
        "A time is listed only if the ranges between the quartiles do not overlap and the medians differ by more than 20 % and \
         5 ms. A finding counts as resolved only if this check looked at the same thing again."
            .into(),
    ));
}

fn earlier(document: &mut Document, id: &str, heading: &str, findings: &[EarlierFinding]) {
    if findings.is_empty() {
        return;
    }
    document.subheading(id, heading);
    document.list(findings.iter().map(line).collect());
}

fn line(finding: &EarlierFinding) -> Text {
    let known = Priority::ALL.into_iter().find(|priority| priority.name() == finding.priority);
    let priority = known.map_or("unknown", Priority::name);
    let text =
        Text::strong(capital(priority)).then(format!(", {}: ", finding.service)).and(coded(&finding.issue));
    if finding.subject.is_empty() {
        return text.then(" (").and(Text::code(&finding.rule)).then(")");
    }
    text.then(" (").and(Text::code(&finding.rule)).then(", ").and(Text::code(&finding.subject)).then(")")
}
