//! What changed since an earlier check, in a report.

use crate::domain::finding::Priority;
use crate::report::formats::document::{Block, Cell, Document, Table, Text};
use crate::report::wording::numbers::capital;

use super::change::Change;
use super::earlier::EarlierFinding;
use super::findings_part::card;
use super::wording::shortened;

/// Longest value in the table; the JSON output has the whole one.
const LONGEST_VALUE: usize = 160;

/// New and resolved findings, and everything else that differs.
pub(super) fn section(document: &mut Document, change: &Change) {
    let since = change.since.strftime("%Y-%m-%d %H:%M UTC").to_string();
    document.heading("changes", &format!("Changes since {since}"));
    if change.is_empty() {
        document.paragraph(format!("Nothing changed since {since}."));
        return;
    }
    if !change.new.is_empty() {
        document.subheading("new-findings", "New findings");
        let cards = change.new.iter().enumerate().map(|(place, finding)| card(place, finding));
        document.blocks.push(Block::Cards(cards.collect()));
    }
    earlier(document, "resolved-findings", "Resolved findings", &change.resolved);
    earlier(document, "open-findings", "Findings that could not be checked again", &change.open);
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
        "A time is listed only where the ranges between its quartiles do not overlap and the medians differ by more than \
         20 % and 5 ms."
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
    let text = Text::strong(capital(priority)).then(format!(", {}: {}", finding.service, finding.issue));
    if finding.subject.is_empty() {
        return text.then(" (").and(Text::code(&finding.rule)).then(")");
    }
    text.then(" (").and(Text::code(&finding.rule)).then(", ").and(Text::code(&finding.subject)).then(")")
}
