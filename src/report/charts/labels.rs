//! What every chart writes alike: names of endpoints and levels, the heading, times.

use crate::domain::units::epoch_seconds;
use crate::report::view::run_view::{CellView, LevelView, RunView};

use super::canvas::{Anchor, Canvas, LABEL, NARROW, TITLE, WIDTH, legible};
use super::layout::Layout;
use super::palette::{INK, MUTED};

/// How far apart lines of text are.
pub(super) const LINE: f64 = 15.0;
/// How far apart lines of a title are.
const TITLE_LINE: f64 = 18.0;
/// Left and right of every heading.
pub(super) const MARGIN: f64 = 12.0;

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
pub(super) fn cell_name(view: &RunView, cell: &CellView, level: &LevelView) -> String {
    format!("{} at {}", endpoint_name(view, &cell.endpoint), level_name(level))
}

/// Breaks a text into lines between words; a word that is too long is cut.
pub(super) fn wrapped(text: &str, size: f64, width: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if Canvas::width_of(&format!("{line} {word}"), size) <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(Canvas::cut(word, size, width)),
        }
    }
    lines
}

/// Title and subtitle of a picture, in as many lines as they need.
pub(super) struct Heading {
    title: Vec<String>,
    lines: Vec<String>,
}

impl Heading {
    /// For a page of a layout.
    pub(super) fn new(layout: Layout, title: &str, subtitle: &str) -> Self {
        let width = page_width(layout) - 2.0 * MARGIN;
        let lines = if subtitle.is_empty() { Vec::new() } else { wrapped(subtitle, LABEL, width) };
        Self { title: wrapped(title, TITLE, width), lines }
    }

    /// How much of the page it takes.
    pub(super) fn height(&self) -> f64 {
        10.0 + TITLE_LINE * self.title.len() as f64 + LINE * self.lines.len() as f64
    }

    pub(super) fn draw(&self, canvas: &mut Canvas<'_>) {
        let mut y = 17.0;
        for line in &self.title {
            canvas.text(line, (MARGIN, y), TITLE, INK, Anchor::Start);
            y += TITLE_LINE;
        }
        for line in &self.lines {
            canvas.text(line, (MARGIN, y), LABEL, MUTED, Anchor::Start);
            y += LINE;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_as_long_as_they_may_be() {
        let lines = wrapped("p95 and p50 of each window, logarithmic scale; times are UTC", LABEL, 200.0);
        assert!(lines.len() >= 2, "{lines:?}");
        assert!(lines.iter().all(|line| Canvas::width_of(line, LABEL) <= 200.0), "{lines:?}");
        assert_eq!(wrapped(&"w".repeat(200), LABEL, 50.0).len(), 1);
    }
}
