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
        texts.find(|text| text.len() <= most).unwrap_or_else(|| shortened(of_rows(0), most))
    };
    visible(&stages.iter().map(fitting).collect::<Vec<_>>().join("\n")).into_owned()
}

/// The text, or as many of its lines as fit: names may be of any length.
fn shortened(text: String, most: usize) -> String {
    const NOTE: &str = "\n\nThe rest is in the JSON output.\n";
    if text.len() <= most {
        return text;
    }
    let room = text.floor_char_boundary(most.saturating_sub(NOTE.len()));
    let kept = &text[..room];
    let lines = kept.rfind('\n').map_or(kept, |end| &kept[..end]);
    format!("{}{NOTE}", lines.trim_end())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_too_long_loses_its_last_lines() {
        let text = "検索 failed\n".repeat(10_000);
        let short = shortened(text.clone(), MOST_MARKDOWN);
        assert!(short.len() <= MOST_MARKDOWN && short.len() > MOST_MARKDOWN - 100, "{}", short.len());
        assert!(
            short.ends_with("failed\n\nThe rest is in the JSON output.\n"),
            "{}",
            &short[short.len() - 60..]
        );
        assert_eq!(shortened("short".to_owned(), MOST_MARKDOWN), "short");
        assert!(shortened("検".repeat(30_000), MOST_MARKDOWN).len() <= MOST_MARKDOWN);
        assert_eq!(shortened(text, 0).trim(), "The rest is in the JSON output.");
    }
}
