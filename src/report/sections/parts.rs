//! What several sections have: figures, and lists that are cut.

use crate::report::Report;
use crate::report::charts::Subject;
use crate::report::formats::document::{Block, Document, Text};
use crate::report::wording::numbers::count;

/// Longer lists are cut; the files have the rest.
pub(super) const MOST_LINES: usize = 20;

/// The charts of a subject, one below the other.
pub(super) fn figures(document: &mut Document, report: &Report<'_>, subject: Subject) {
    for chart in report.charts.iter().filter(|chart| chart.subject == subject) {
        document.blocks.push(Block::Figure {
            file: chart.file.clone(),
            alternative: chart.alternative.clone(),
            caption: chart.caption.clone(),
        });
    }
}

/// What a cut list leaves out; nothing where it leaves out nothing.
pub(super) fn more(all: usize, most: usize, file: &str) -> Option<Text> {
    (all > most)
        .then(|| Text::plain(format!("and {} more in ", count((all - most) as u64))).and(Text::code(file)))
}
