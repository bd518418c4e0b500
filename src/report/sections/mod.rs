//! The report of a run, section by section, in reading order.

mod alerts;
mod appendix;
mod capacity;
mod cells;
mod comparison;
mod over_time;
mod overview;
mod parts;
mod recommendations;

use super::Report;
use super::formats::document::{Block, Document, Text};

pub(super) use comparison::{Rest, compared};
pub(super) use over_time::rolling;

/// Builds the whole report of a run, independent of its format.
pub(super) fn document(report: &Report<'_>) -> Document {
    let view = report.view;
    let title = format!("Baseline report: {}", view.facts.scenario);
    let mut document = Document { title, ..Document::default() };
    head(&mut document, report);
    overview::section(&mut document, view);
    cells::section(&mut document, report);
    comparison::section(&mut document, view);
    alerts::section(&mut document, report);
    over_time::section(&mut document, report);
    capacity::section(&mut document, report);
    recommendations::section(&mut document, report);
    appendix::section(&mut document, view);
    document
}

fn head(document: &mut Document, report: &Report<'_>) {
    let headline = &report.headline;
    document
        .blocks
        .push(Block::Verdict { tone: headline.state.tone(), text: headline.sentence.as_str().into() });
    document.blocks.push(Block::KeyNumbers(headline.numbers.to_vec()));
    let trust = Text::plain(report.view.health.verdict());
    let trust = match report.recommendations.as_slice() {
        [] => trust,
        [first] => trust.then(" One ").and(Text::link("recommendation", "recommendations")).then(format!(
            " ({}): {}.",
            first.priority.word(),
            first.issue
        )),
        [first, ..] => trust
            .then(format!(
                " {} ",
                crate::report::wording::numbers::count(report.recommendations.len() as u64)
            ))
            .and(Text::link("recommendations", "recommendations"))
            .then(format!(", the first ({}): {}.", first.priority.word(), first.issue)),
    };
    document.paragraph(trust);
}
