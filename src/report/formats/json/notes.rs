//! Notes and silences in `report.json`.

use schemars::JsonSchema;
use serde::Serialize;

use crate::report::formats::values::Moment;
use crate::report::view::marks::Mark;

/// A note about a time of the run, or a stretch in which nobody was alerted.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "RunNote", deny_unknown_fields)]
pub(in crate::report) struct NoteEntry<'a> {
    /// Its number in the report and on the charts, from 1.
    number: usize,
    /// When it happened, or began.
    at: Moment,
    /// When it ended; null for a moment.
    until: Option<Moment>,
    /// What it was; of a silence, why.
    text: &'a str,
    /// Whether nobody was alerted meanwhile.
    silence: bool,
    /// Endpoints and journeys that it is about; empty for all.
    only: &'a [String],
    /// `note` for one of `baseline annotate`, `scenario` for a `[[silence]]` of the scenario.
    source: &'static str,
}

impl<'a> From<&'a Mark> for NoteEntry<'a> {
    fn from(mark: &'a Mark) -> Self {
        Self {
            number: mark.number,
            at: Moment(mark.at),
            until: mark.until.map(Moment),
            text: &mark.text,
            silence: mark.silence,
            only: &mark.only,
            source: mark.source.name(),
        }
    }
}
