//! A key: what lines and areas stand for, in as many lines of text as it needs.

use plotters::style::RGBColor;

use super::canvas::{Anchor, Canvas, LABEL};
use super::labels::{LINE, MARGIN};
use super::line_style::LevelStyle;
use super::palette::MUTED;

/// How wide a sample is.
const SAMPLE: f64 = 24.0;
const BESIDE_SAMPLE: f64 = 5.0;
const BETWEEN: f64 = 16.0;
/// Between the heading and the key.
const ABOVE: f64 = 5.0;

/// A sample of what the picture shows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Sample {
    /// A line of this style.
    Line(LevelStyle),
    /// An area of this colour and opacity.
    Area(RGBColor, f64),
    /// A text without a sample.
    None,
}

/// Samples and their meaning.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Key(pub(super) Vec<(Sample, String)>);

impl Key {
    /// Each entry's left end, line and text on a page of that width.
    fn places(&self, page: f64) -> Vec<(f64, f64, String)> {
        let (mut x, mut line) = (MARGIN, 0.0);
        let places = self.0.iter().map(|(sample, text)| {
            let sample = if *sample == Sample::None { 0.0 } else { SAMPLE + BESIDE_SAMPLE };
            let text = Canvas::cut(text, LABEL, page - 2.0 * MARGIN - sample);
            let width = sample + Canvas::width_of(&text, LABEL);
            if x > MARGIN && x + width > page - MARGIN {
                (x, line) = (MARGIN, line + 1.0);
            }
            let place = (x, line, text);
            x += width + BETWEEN;
            place
        });
        places.collect()
    }

    /// How high it is on a page of that width.
    pub(super) fn height(&self, page: f64) -> f64 {
        self.places(page).last().map_or(0.0, |(_, line, _)| (line + 1.0) * LINE + ABOVE)
    }

    /// Draws it below `top`.
    pub(super) fn draw(&self, canvas: &mut Canvas<'_>, top: f64) {
        for ((sample, _), (x, line, text)) in self.0.iter().zip(self.places(canvas.width)) {
            let y = top + ABOVE + line * LINE + 2.0;
            let right = x + SAMPLE;
            match sample {
                Sample::Line(style) => style.draw(canvas, &[(x, y), (right, y)]),
                Sample::Area(colour, alpha) => {
                    canvas.fill_rectangle((x, y - 5.0), (right, y + 5.0), *colour, *alpha);
                }
                Sample::None => (),
            }
            let x = if *sample == Sample::None { x } else { right + BESIDE_SAMPLE };
            canvas.text(&text, (x, y), LABEL, MUTED, Anchor::Start);
        }
    }
}
