//! What every chart writes alike: names of endpoints and levels, headings, times.

use crate::domain::units::epoch_seconds;
use crate::report::view::run_view::{CellView, LevelView, RunView};

use super::canvas::{Anchor, Canvas, LABEL, NARROW, TITLE, WIDTH, legible};
use super::chart::Layout;
use super::palette;

/// How wide a page is.
pub(super) fn page_width(layout: Layout) -> f64 {
    match layout {
        Layout::Wide => WIDTH,
        Layout::Narrow => NARROW,
    }
}

/// From the first window to the last, in seconds since the epoch.
pub(super) fn span_of(view: &RunView) -> (f64, f64) {
    view.span().map_or((0.0, 1.0), |(from, to)| (epoch_seconds(from), epoch_seconds(to)))
}

/// An endpoint's name as a chart can show it.
pub(super) fn endpoint_name(view: &RunView, endpoint: &str) -> String {
    let place = view.endpoints().iter().position(|name| **name == *endpoint).unwrap_or(0);
    legible(endpoint, "endpoint", place + 1)
}

/// A level's name as a chart can show it.
pub(super) fn level_name(level: &LevelView) -> String {
    legible(&level.name, "level of", level.users as usize)
}

/// A cell's name as a chart can show it.
pub(super) fn legible_cell(view: &RunView, cell: &CellView, level: &LevelView) -> String {
    format!("{} at {}", endpoint_name(view, &cell.endpoint), level_name(level))
}

/// A heading, the key beside or below it.
pub(super) fn heading(canvas: &mut Canvas<'_>, title: &str) {
    let title = Canvas::cut(title, TITLE, canvas.width - 24.0);
    canvas.text(&title, (12.0, 16.0), TITLE, palette::INK, Anchor::Start);
}

/// A second line below the heading.
pub(super) fn subheading(canvas: &mut Canvas<'_>, text: &str) {
    let text = Canvas::cut(text, LABEL, canvas.width - 24.0);
    canvas.text(&text, (12.0, 35.0), LABEL, palette::MUTED, Anchor::Start);
}
