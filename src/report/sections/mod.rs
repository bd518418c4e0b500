//! The report of a run, section by section, in reading order.

mod alerts;
mod appendix;
mod capacity;
mod cells;
mod checks;
mod comparison;
mod endpoints;
mod incidents;
mod journal;
mod journeys;
mod notes;
mod over_time;
mod overview;
mod parts;
mod recommendations;
mod slowest;

use std::time::Duration;

use super::Report;
use super::charts::Subject;
use super::formats::document::{Block, Document, Text};
use super::view::run_view::RunView;
use super::wording::numbers::span;
use super::wording::times::stretch;

use endpoints::EndpointSummary;
use parts::figures;

pub use capacity::sentence as capacity_words;
pub(super) use comparison::{Rest, compared};
pub(super) use over_time::rolling;

/// Builds the whole report of a run, independent of its format.
pub(super) fn document(report: &Report<'_>) -> Document {
    let view = report.view;
    let title = format!("Baseline report: {}", view.facts.scenario);
    let mut document = Document { title, ..Document::default() };
    let endpoints = EndpointSummary::worst_first(view);
    head(&mut document, report);
    incidents::section(&mut document, report);
    figures(&mut document, report, Subject::Strips);
    setup(&mut document, view);
    document.blocks.push(Block::KeyNumbers(report.headline.numbers.to_vec()));
    recommendations::section(&mut document, report);
    endpoints::section(&mut document, view, &endpoints);
    slowest::section(&mut document, view);
    journeys::section(&mut document, view);
    cells::section(&mut document, view);
    over_time::section(&mut document, report, &endpoints);
    comparison::section(&mut document, view);
    alerts::section(&mut document, report);
    journal::section(&mut document, view);
    checks::section(&mut document, view);
    notes::section(&mut document, view);
    capacity::section(&mut document, report);
    overview::section(&mut document, view);
    appendix::section(&mut document, view);
    document
}

/// The verdict.
fn head(document: &mut Document, report: &Report<'_>) {
    let (headline, view) = (&report.headline, report.view);
    let mut rest = vec![headline.rest.clone(), view.health.verdict()];
    // A run without a window has one sentence only.
    rest.retain(|text| !text.is_empty() && *text != headline.lead);
    let rest = if rest.is_empty() { Text::default() } else { rest.join(" ").into() };
    let text = headline.lead.as_str().into();
    document.blocks.push(Block::Verdict { tone: headline.state.tone(), text, rest });
}

/// What was measured when, in a line.
fn setup(document: &mut Document, view: &RunView) {
    let facts = &view.facts;
    // The faults of a demo are listed with its setup.
    let target = facts.mode.split(',').next().unwrap_or_default();
    let mut line = Text::code(&facts.run_id).then(format!(", {}, {target}", facts.state));
    if let Some((from, until)) = view.span() {
        let length = Duration::try_from(until.duration_since(from)).unwrap_or_default();
        line = line.then(format!(", {} ({})", stretch(from, until), span(length)));
    }
    document.blocks.push(Block::Small(line));
}
