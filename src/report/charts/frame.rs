//! A panel: its frame, grid and axes, and labels at the ends of lines that do not lie upon each other.

use plotters::style::RGBColor;

use super::axis::Axis;
use super::canvas::{Anchor, Canvas, LABEL};
use super::labels::{LINE, wrapped};
use super::palette::{AXIS, GRID, INK, MUTED, PAPER};

/// A rectangle of the page with an axis along two of its sides.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Frame {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) x: Axis,
    pub(super) y: Axis,
}

/// The size of a panel's name.
pub(super) const NAME: f64 = LABEL + 0.5;

/// How many lines a panel's name and a remark need above a frame of that width.
pub(super) fn name_lines(width: f64, name: &str, remark: &str) -> f64 {
    1.0 + below_name(width, name, remark).len() as f64
}

/// The lines of a remark that does not fit beside the name.
fn below_name(width: f64, name: &str, remark: &str) -> Vec<String> {
    let needed = Canvas::width_of(name, NAME) + Canvas::width_of(remark, LABEL) + 12.0;
    if remark.is_empty() || needed <= width { Vec::new() } else { wrapped(remark, LABEL, width) }
}

/// A text at the end of a line.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct EndLabel {
    pub(super) text: String,
    pub(super) y: f64,
    pub(super) colour: RGBColor,
}

impl Frame {
    /// Where a value along each axis lies on the page.
    pub(super) fn at(&self, x: f64, y: f64) -> (f64, f64) {
        (self.x_at(x), self.y_at(y))
    }

    /// The same along the page.
    pub(super) fn x_at(&self, x: f64) -> f64 {
        self.left + self.x.place(x) * self.width
    }

    /// The same down the page, kept within the frame.
    pub(super) fn y_at(&self, y: f64) -> f64 {
        self.bottom() - self.y.place(y).clamp(0.0, 1.0) * self.height
    }

    pub(super) fn right(&self) -> f64 {
        self.left + self.width
    }

    pub(super) fn bottom(&self) -> f64 {
        self.top + self.height
    }

    /// The grid and the texts of both axes. Other frames below may share the axis of this one: then it stays silent.
    pub(super) fn axes(&self, canvas: &mut Canvas<'_>, says_x: bool) {
        let mut last = f64::INFINITY;
        for (value, text) in &self.y.ticks {
            let y = self.y_at(*value);
            canvas.line(&[(self.left, y), (self.right(), y)], GRID, 0.5);
            // Texts that would touch the one before are left to the lines of the grid.
            if (y - last).abs() < LABEL + 1.0 {
                continue;
            }
            last = y;
            canvas.text(text, (self.left - 6.0, y), LABEL, MUTED, Anchor::End);
        }
        self.dates(canvas, says_x);
        canvas.line(&[(self.left, self.bottom()), (self.right(), self.bottom())], AXIS, 1.0);
    }

    /// The grid and the texts of the axis along the page alone.
    pub(super) fn dates(&self, canvas: &mut Canvas<'_>, says_x: bool) {
        let mut free_from = 2.0;
        for (value, text) in &self.x.ticks {
            let x = self.x_at(*value);
            canvas.line(&[(x, self.top), (x, self.bottom())], GRID, 0.5);
            if !says_x {
                continue;
            }
            let half = text.lines().map(|line| Canvas::width_of(line, LABEL)).fold(0.0, f64::max) / 2.0;
            // On the page, also at its edges.
            let x = x.clamp(half + 2.0, canvas.width - half - 2.0);
            if x - half < free_from {
                continue;
            }
            free_from = x + half + 6.0;
            for (place, line) in text.lines().enumerate() {
                let y = self.bottom() + 11.0 + LINE * place as f64;
                canvas.text(line, (x, y), LABEL, MUTED, Anchor::Middle);
            }
        }
    }

    /// What a panel shows, above it.
    pub(super) fn name(&self, canvas: &mut Canvas<'_>, text: &str) {
        self.name_beside(canvas, text, "");
    }

    /// The same beside a remark at the other end of the line, or below it where both do not fit.
    pub(super) fn name_beside(&self, canvas: &mut Canvas<'_>, text: &str, remark: &str) {
        let below = below_name(self.width, text, remark);
        let y = self.top - 9.0;
        if below.is_empty() {
            canvas.text(remark, (self.right(), y), LABEL, MUTED, Anchor::End);
        }
        for (place, line) in below.iter().rev().enumerate() {
            canvas.text(line, (self.left, y - LINE * place as f64), LABEL, MUTED, Anchor::Start);
        }
        let name = Canvas::cut(text, NAME, self.width);
        canvas.text(&name, (self.left, y - LINE * below.len() as f64), NAME, INK, Anchor::Start);
    }

    /// Why a panel is empty.
    pub(super) fn say(&self, canvas: &mut Canvas<'_>, text: &str) {
        let middle = (self.left + self.width / 2.0, self.top + self.height / 2.0);
        for (place, line) in wrapped(text, NAME, self.width - 8.0).iter().enumerate() {
            canvas.text(line, (middle.0, middle.1 + LINE * place as f64), NAME, MUTED, Anchor::Middle);
        }
        canvas.line(&[(self.left, self.bottom()), (self.right(), self.bottom())], AXIS, 1.0);
    }

    /// Labels right of the frame, each as near to its line as the others allow.
    pub(super) fn end_labels(&self, canvas: &mut Canvas<'_>, labels: Vec<EndLabel>, room: f64) {
        for label in spread(labels, self.top, self.bottom()) {
            let text = Canvas::cut(&label.text, LABEL, room - 8.0);
            canvas.text(&text, (self.right() + 6.0, label.y), LABEL, label.colour, Anchor::Start);
        }
    }

    /// A text within the frame on a ground of its own, so that lines do not run through it.
    pub(super) fn note(&self, canvas: &mut Canvas<'_>, text: &str, at: (f64, f64), colour: RGBColor) {
        let width = Canvas::width_of(text, LABEL);
        let x = at.0.min(self.right() - width - 3.0).max(self.left + 2.0);
        canvas.fill_rectangle((x - 2.0, at.1 - 7.0), (x + width + 2.0, at.1 + 7.0), PAPER, 0.85);
        canvas.text(text, (x, at.1), LABEL, colour, Anchor::Start);
    }
}

/// Moves labels apart, in the order of their places, as little as needed and within the frame.
///
/// More than the frame can hold lose their last ones.
fn spread(mut labels: Vec<EndLabel>, top: f64, bottom: f64) -> Vec<EndLabel> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "lines of a panel")]
    let most = ((bottom - top) / LINE).floor().max(1.0) as usize + 1;
    labels.truncate(most);
    labels.sort_by(|left, right| left.y.total_cmp(&right.y));
    let mut lowest = f64::NEG_INFINITY;
    for label in &mut labels {
        label.y = label.y.max(lowest + LINE).max(top);
        lowest = label.y;
    }
    let mut highest = f64::INFINITY;
    for label in labels.iter_mut().rev() {
        label.y = label.y.min(highest - LINE).min(bottom);
        highest = label.y;
    }
    labels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_do_not_lie_upon_each_other() {
        let check = |places: &[f64]| {
            let labels = places.iter().map(|y| EndLabel { text: String::new(), y: *y, colour: INK });
            let spread = spread(labels.collect(), 0.0, 100.0);
            for pair in spread.windows(2) {
                assert!(pair[1].y - pair[0].y >= LINE - 1e-9, "{places:?}: {spread:?}");
            }
            assert!(spread.iter().all(|label| (0.0..=100.0).contains(&label.y)), "{places:?}: {spread:?}");
            spread.len()
        };
        assert_eq!(check(&[50.0, 50.0, 50.0]), 3);
        assert_eq!(check(&[-10.0, 99.0, 100.0, 120.0]), 4);
        assert_eq!(check(&[50.0; 20]), 7);
    }
}
