//! The distribution of service time over the run: one panel per level.

use crate::report::view::heat::{bounds_us, heat_columns};
use crate::report::view::run_view::RunView;
use crate::report::wording::numbers::counted;

use super::axis::{Axis, length_in_words};
use super::canvas::Canvas;
use super::chart::{Chart, Picture, Subject};
use super::frame::Frame;
use super::key::{Key, Sample};
use super::labels::{Heading, endpoint_name, level_name, page_width, span_of};
use super::layout::Layout;
use super::note_marks::NoteMarks;
use super::palette::BLUE;

const LEFT: f64 = 58.0;
const RIGHT: f64 = 22.0;
const PANEL: f64 = 112.0;
const BETWEEN: f64 = 34.0;
const BOTTOM: f64 = 40.0;
/// Shades from the faintest, and the fraction of a column at which each begins.
const SHADES: [(f64, f64); 6] =
    [(0.0, 0.10), (0.01, 0.24), (0.03, 0.42), (0.06, 0.60), (0.12, 0.80), (0.25, 1.0)];

struct Panel {
    name: String,
    /// Shade by shade, so that an SVG says each colour once.
    blocks: Vec<Block>,
}

struct HeatMaps {
    title: String,
    span: (f64, f64),
    columns: usize,
    panels: Vec<Panel>,
    notes: NoteMarks,
}

/// The chart of an endpoint.
pub(super) fn chart<'a>(view: &'a RunView, endpoint: &str, file: String) -> Option<Chart<'a>> {
    let span = span_of(view);
    let columns = heat_columns(view.cells().map(|(_, cell)| cell.windows).max().unwrap_or(0));
    let cells = view.cells().filter(|(_, cell)| *cell.endpoint == *endpoint);
    let panels = cells.map(|(level, cell)| Panel {
        name: format!("{}: {}", level_name(level), counted(u64::from(level.users), "user")),
        blocks: blocks(&cell.heat.shares()),
    });
    let panels: Vec<Panel> = panels.collect();
    // An endpoint without data has no chart.
    if panels.iter().all(|panel| panel.blocks.is_empty()) {
        return None;
    }
    let length = length_in_words(span.1 - span.0);
    let notes = NoteMarks::of(view, endpoint);
    let marked = if notes.lines() > 0.0 { " Brown lines: notes and silences." } else { "" };
    Some(Chart {
        subject: Subject::HeatMap,
        endpoint: Some(endpoint.to_owned()),
        file,
        alternative: format!("Service time distribution of {endpoint} over {length}, by level."),
        caption: format!(
            "Each column covers {} of the run. Darker blocks contain more of the column's requests. A second band means \
             that some requests take another path, such as a cache.{marked}",
            length_in_words((span.1 - span.0) / columns as f64)
        ),
        picture: Box::new(HeatMaps {
            title: format!("Service time distribution of {} over {length}", endpoint_name(view, endpoint)),
            span,
            columns,
            panels,
            notes,
        }),
    })
}

fn shade_of(share: f64) -> usize {
    SHADES.iter().rposition(|(from, _)| share >= *from).unwrap_or(0)
}

/// Cells of one shade beside or above each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Block {
    shade: usize,
    /// The lowest and the highest row.
    rows: (usize, usize),
    /// The first and the last column.
    columns: (usize, usize),
}

/// Rows of the same shade above each other become one block, and then blocks of the same rows beside each other.
fn blocks(shares: &[(usize, usize, f64)]) -> Vec<Block> {
    let mut all: Vec<Block> = Vec::new();
    for (column, row, share) in shares {
        let shade = shade_of(*share);
        match all.last_mut() {
            Some(last) if (last.columns.0, last.rows.1 + 1, last.shade) == (*column, *row, shade) => {
                last.rows.1 = *row;
            }
            _ => all.push(Block { shade, rows: (*row, *row), columns: (*column, *column) }),
        }
    }
    all.sort_unstable();
    let mut merged: Vec<Block> = Vec::new();
    for block in all {
        match merged.last_mut() {
            Some(last)
                if (last.shade, last.rows) == (block.shade, block.rows)
                    && last.columns.1 + 1 == block.columns.0 =>
            {
                last.columns.1 = block.columns.1;
            }
            _ => merged.push(block),
        }
    }
    merged
}

impl Panel {
    fn draw(&self, canvas: &mut Canvas<'_>, frame: &Frame, columns: usize, says_x: bool) {
        frame.axes(canvas, says_x);
        frame.name(canvas, &self.name);
        let x = |column: usize| frame.left + frame.width * column as f64 / columns as f64;
        for block in &self.blocks {
            let (high, low) = (frame.y_at(bounds_us(block.rows.1).1), frame.y_at(bounds_us(block.rows.0).0));
            let (left, right) = (x(block.columns.0), x(block.columns.1 + 1));
            canvas.fill_rectangle((left, high), (right, low), BLUE, SHADES[block.shade].1);
        }
    }
}

impl HeatMaps {
    fn heading(&self, layout: Layout) -> Heading {
        Heading::new(layout, &self.title, "Logarithmic scale; times are UTC")
    }

    fn top(&self, layout: Layout) -> f64 {
        self.heading(layout).height() + key().height(page_width(layout)) + 20.0
    }
}

/// What the shades mean.
fn key() -> Key {
    let shades = SHADES.iter().map(|(from, alpha)| {
        let text = if *from > 0.0 { format!("{:.0} %", from * 100.0) } else { "any".to_owned() };
        (Sample::Area(BLUE, *alpha), text)
    });
    let lead = (Sample::None, "Percentage of the requests in a column, at least:".to_owned());
    Key([lead].into_iter().chain(shades).collect())
}

impl Picture for HeatMaps {
    fn size(&self, layout: Layout) -> (f64, f64) {
        let panels = (PANEL + BETWEEN) * self.panels.len() as f64 - BETWEEN;
        (page_width(layout), self.top(layout) + panels + BOTTOM)
    }

    fn draw(&self, canvas: &mut Canvas<'_>) {
        let heading = self.heading(canvas.layout);
        heading.draw(canvas);
        key().draw(canvas, heading.height());
        let width = canvas.width - LEFT - RIGHT;
        let x = Axis::of_dates(self.span.0, self.span.1, width);
        for (place, panel) in self.panels.iter().enumerate() {
            let top = self.top(canvas.layout) + (PANEL + BETWEEN) * place as f64;
            let rows = panel.blocks.iter().map(|block| block.rows);
            let ends = rows.flat_map(|(from, to)| [bounds_us(from).0, bounds_us(to).1]);
            let y = Axis::of_times(ends);
            let is_empty = y.is_none();
            let y = y.unwrap_or_else(Axis::silent);
            let frame = Frame { left: LEFT, top, width, height: PANEL, x: x.clone(), y };
            let is_last = place + 1 == self.panels.len();
            if is_empty {
                frame.name(canvas, &panel.name);
                frame.say(canvas, "no request succeeded in a valid window");
                frame.dates(canvas, is_last);
            } else {
                panel.draw(canvas, &frame, self.columns, is_last);
                self.notes.rules(canvas, &frame);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_of_one_shade_are_put_together() {
        let shares = [
            (0, 10, 0.2),
            (0, 11, 0.15),
            (0, 12, 0.001),
            (1, 10, 0.2),
            (1, 11, 0.2),
            (1, 13, 0.001),
            (3, 12, 0.001),
        ];
        let said: Vec<_> =
            blocks(&shares).iter().map(|block| (block.shade, block.rows, block.columns)).collect();
        assert_eq!(
            said,
            [(0, (12, 12), (0, 0)), (0, (12, 12), (3, 3)), (0, (13, 13), (1, 1)), (4, (10, 11), (0, 1))]
        );
    }

    #[test]
    fn shades_rise() {
        assert_eq!([0.0, 0.009, 0.01, 0.5, 1.0].map(shade_of), [0, 0, 1, 5, 5]);
        assert!(SHADES.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 < pair[1].1));
    }
}
