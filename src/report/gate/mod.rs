//! The result of a gate as text, JSON, Markdown for a pull request, JUnit XML, GitHub annotations and `OpenMetrics`.

mod content;
mod doubts;
mod github;
mod json;
mod json_rows;
mod junit;
mod metrics;
mod moved;
mod reason;
mod view;

use crate::analysis::gate::Outcome;
use crate::domain::plain_text::visible;

use super::formats::{markdown, text};

pub use github::annotations;
pub(in crate::report) use json::GateOutput;
pub use junit::JunitError;
pub use view::{GateView, NoiseView};

/// GitHub refuses a comment of more than 65,536 characters; the action adds a few lines. Units: bytes.
const MOST_MARKDOWN: usize = 65_000;

/// The verdict of several stages: that of the last, because it stops at the first that is not accepted.
pub fn outcome(stages: &[GateView]) -> Outcome {
    stages.last().map_or(Outcome::Inconclusive, GateView::outcome)
}

/// Renders the gate as plain text, for a terminal; stages one after another.
///
/// Only what changed, or `all` values with the rule that was applied.
pub fn text(stages: &[GateView], all: bool) -> String {
    let length = if all { content::Length::Rows(usize::MAX) } else { content::Length::Counted };
    let texts = stages.iter().map(|view| text::plain(&content::document(view, length)));
    texts.collect::<Vec<_>>().join("\n")
}

/// For a pull request: as many rows as fit.
pub fn markdown(stages: &[GateView]) -> String {
    let most = MOST_MARKDOWN / stages.len().max(1);
    let fitting = |view: &GateView| {
        let of_rows = |rows| markdown::markdown(&content::document(view, content::Length::Rows(rows)));
        let mut texts = [1_000, 200, 50, 10].into_iter().map(of_rows);
        texts.find(|text| text.len() <= most).unwrap_or_else(|| of_rows(0))
    };
    visible(&stages.iter().map(fitting).collect::<Vec<_>>().join("\n")).into_owned()
}

/// Renders the gate as one JSON object, for programs.
pub fn json(stages: &[GateView]) -> String {
    json::gate_json(stages)
}

/// For CI: a test case for each value of each cell.
/// # Errors
/// [`JunitError`] where it cannot be written.
pub fn junit(stages: &[GateView]) -> Result<String, JunitError> {
    junit::junit(stages)
}

/// For GitLab: the values of the candidate.
pub fn open_metrics(stages: &[GateView]) -> String {
    visible(&metrics::open_metrics(stages)).into_owned()
}
