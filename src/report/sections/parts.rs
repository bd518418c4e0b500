//! What several sections have: figures, and lists that are cut.

use crate::report::Report;
use crate::report::charts::{Chart, Subject};
use crate::report::formats::document::{Block, Document, Text};
use crate::report::wording::numbers::count;

/// Longer lists are cut; the files have the rest.
pub(super) const MOST_LINES: usize = 20;

/// The charts of a subject, one below the other.
pub(super) fn figures(document: &mut Document, report: &Report<'_>, subject: Subject) {
    document.blocks.extend(figures_of(report, subject, None));
}

/// The charts of a subject; of one endpoint, or of all.
pub(super) fn figures_of(report: &Report<'_>, subject: Subject, endpoint: Option<&str>) -> Vec<Block> {
    let is_wanted = |chart: &&Chart<'_>| {
        chart.subject == subject && (endpoint.is_none() || chart.endpoint.as_deref() == endpoint)
    };
    let figure = |chart: &Chart<'_>| Block::Figure {
        file: chart.file.clone(),
        alternative: chart.alternative.clone(),
        caption: chart.caption.clone(),
    };
    report.charts.iter().filter(is_wanted).map(figure).collect()
}

/// Text between backquotes is code. An unpaired backquote belongs to a name, so the text stays plain.
pub(super) fn with_code(text: &str) -> Text {
    if text.matches('`').count() % 2 == 1 {
        return Text::plain(text);
    }
    let pieces = text.split('`').enumerate();
    pieces.fold(
        Text::default(),
        |all, (place, piece)| {
            if place % 2 == 1 { all.and(Text::code(piece)) } else { all.then(piece) }
        },
    )
}

/// What a cut list leaves out; nothing where it leaves out nothing.
pub(super) fn more(all: usize, most: usize, file: &str) -> Option<Text> {
    (all > most)
        .then(|| Text::plain(format!("and {} more in ", count((all - most) as u64))).and(Text::code(file)))
}
