//! The distribution of service time over the run: one panel per level.

use crate::report::view::heat::{bounds_us, heat_columns};
use crate::report::view::run_view::RunView;
use crate::report::wording::numbers::counted;

use super::axis::{Axis, length_in_words};
use super::canvas::{Anchor, Canvas, LABEL, WIDTH};
use super::chart::{Chart, Layout, Picture, Subject};
use super::frame::Frame;
use super::labels::{endpoint_name, heading, level_name, span_of, subheading};
use super::palette::{BLUE, MUTED};

const LEFT: f64 = 62.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 72.0;
const PANEL: f64 = 112.0;
const BETWEEN: f64 = 34.0;
const BOTTOM: f64 = 40.0;
/// Shades from the faintest, and the fraction of a column at which each begins.
const SHADES: [(f64, f64); 6] =
    [(0.0, 0.10), (0.01, 0.24), (0.03, 0.42), (0.06, 0.60), (0.12, 0.80), (0.25, 1.0)];

struct Panel {
    name: String,
    /// Column, rows from and to, shade.
    blocks: Vec<(usize, usize, usize, usize)>,
}

struct HeatMaps {
    title: String,
    span: (f64, f64),
    columns: usize,
    panels: Vec<Panel>,
}

/// The chart of an endpoint.
pub(super) fn chart<'a>(view: &'a RunView, endpoint: &str, file: String) -> Chart<'a> {
    let span = span_of(view);
    let columns = heat_columns(view.cells().map(|(_, cell)| cell.windows).max().unwrap_or(0));
    let cells = view.cells().filter(|(_, cell)| *cell.endpoint == *endpoint);
    let panels = cells.map(|(level, cell)| Panel {
        name: format!("{}: {}", level_name(level), counted(u64::from(level.users), "user")),
        blocks: blocks(&cell.heat.shares()),
    });
    let length = length_in_words(span.1 - span.0);
    Chart {
        subject: Subject::HeatMap,
        endpoint: Some(endpoint.to_owned()),
        file,
        alternative: format!("Service time distribution of {endpoint} over {length}, by level."),
        caption: format!(
            "Each column covers {} of the run. Darker blocks contain more of the column's requests. A second band means \
             that some requests take another path, such as a cache.",
            length_in_words((span.1 - span.0) / columns as f64)
        ),
        picture: Box::new(HeatMaps {
            title: format!("Service time distribution of {} over {length}", endpoint_name(view, endpoint)),
            span,
            columns,
            panels: panels.collect(),
        }),
    }
}

fn shade_of(share: f64) -> usize {
    SHADES.iter().rposition(|(from, _)| share >= *from).unwrap_or(0)
}

/// Rows of the same shade above each other become one block.
fn blocks(shares: &[(usize, usize, f64)]) -> Vec<(usize, usize, usize, usize)> {
    let mut blocks: Vec<(usize, usize, usize, usize)> = Vec::new();
    for (column, row, share) in shares {
        let shade = shade_of(*share);
        match blocks.last_mut() {
            Some(last) if (last.0, last.2 + 1, last.3) == (*column, *row, shade) => last.2 = *row,
            _ => blocks.push((*column, *row, *row, shade)),
        }
    }
    blocks
}

impl HeatMaps {
    fn draw_panel(&self, canvas: &mut Canvas<'_>, panel: &Panel, frame: &Frame, says_x: bool) {
        frame.axes(canvas, says_x);
        frame.name(canvas, &panel.name);
        let width = frame.width / self.columns as f64;
        for (column, from, to, shade) in &panel.blocks {
            let left = frame.left + width * *column as f64;
            let (low, high) = (frame.y_at(bounds_us(*from).0), frame.y_at(bounds_us(*to).1));
            canvas.fill_rectangle((left, high), (left + width, low), BLUE, SHADES[*shade].1);
        }
    }
}

/// What the shades mean, right of the heading's second line.
fn key(canvas: &mut Canvas<'_>) {
    let mut right = WIDTH - RIGHT;
    for (from, alpha) in SHADES.iter().rev() {
        let text = if *from > 0.0 { format!("{:.0} %", from * 100.0) } else { "any".to_owned() };
        let width = Canvas::width_of(&text, LABEL);
        canvas.text(&text, (right - width, 35.0), LABEL, MUTED, Anchor::Start);
        right -= width + 4.0;
        canvas.fill_rectangle((right - 10.0, 30.0), (right, 40.0), BLUE, *alpha);
        right -= 20.0;
    }
}

impl Picture for HeatMaps {
    fn size(&self, _: Layout) -> (f64, f64) {
        (WIDTH, TOP + (PANEL + BETWEEN) * self.panels.len() as f64 - BETWEEN + BOTTOM)
    }

    fn draw(&self, canvas: &mut Canvas<'_>) {
        heading(canvas, &self.title);
        subheading(
            canvas,
            "Percentage of the requests in a column, logarithmic scale; times are UTC. At least:",
        );
        key(canvas);
        let x = Axis::of_dates(self.span.0, self.span.1, WIDTH - LEFT - RIGHT);
        for (place, panel) in self.panels.iter().enumerate() {
            let top = TOP + (PANEL + BETWEEN) * place as f64;
            let ends =
                panel.blocks.iter().flat_map(|(_, from, to, _)| [bounds_us(*from).0, bounds_us(*to).1]);
            let y = Axis::of_times(ends);
            let is_empty = y.is_none();
            let y = y.unwrap_or_else(|| Axis::from_zero(1.0, |_| String::new()));
            let frame =
                Frame { left: LEFT, top, width: WIDTH - LEFT - RIGHT, height: PANEL, x: x.clone(), y };
            if is_empty {
                frame.name(canvas, &panel.name);
                frame.say(canvas, "no request succeeded in a valid window");
            } else {
                self.draw_panel(canvas, panel, &frame, place + 1 == self.panels.len());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_of_one_shade_are_put_together() {
        let shares = [(0, 10, 0.2), (0, 11, 0.15), (0, 12, 0.001), (1, 13, 0.001), (1, 15, 0.001)];
        assert_eq!(blocks(&shares), [(0, 10, 11, 4), (0, 12, 12, 0), (1, 13, 13, 0), (1, 15, 15, 0)]);
    }

    #[test]
    fn shades_rise() {
        assert_eq!([0.0, 0.009, 0.01, 0.5, 1.0].map(shade_of), [0, 0, 1, 5, 5]);
        assert!(SHADES.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 < pair[1].1));
    }
}
