//! What draws: plotters, which writes SVG, and a bitmap. Both take whole pixels, so that their edges are sharp.

use plotters::backend::{DrawingBackend, SVGBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontStyle, RGBColor, ShapeStyle, TextStyle};

/// A position. Units: pixels, from the top left.
pub(super) type Pixel = (i32, i32);

/// A colour and its opacity, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Ink(pub(super) RGBColor, pub(super) f64);

/// Which end of a text is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    /// The position is the left end of the text.
    Start,
    /// The position is the middle of the text.
    Middle,
    /// The position is the right end of the text.
    End,
}

/// A text, its em in pixels, and where its base line is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Writing<'a> {
    pub(super) text: &'a str,
    pub(super) em: f64,
    pub(super) at: Pixel,
    pub(super) anchor: Anchor,
}

/// What a canvas draws with.
pub(super) trait Pen {
    fn line(&mut self, points: Vec<Pixel>, ink: Ink, width: u32) -> Result<(), String>;
    fn polygon(&mut self, points: Vec<Pixel>, ink: Ink) -> Result<(), String>;
    fn rectangle(&mut self, from: Pixel, to: Pixel, ink: Ink) -> Result<(), String>;
    fn ring(&mut self, at: Pixel, radius: u32, ink: Ink, width: u32) -> Result<(), String>;
    fn dot(&mut self, at: Pixel, radius: u32, ink: Ink) -> Result<(), String>;
    fn text(&mut self, writing: Writing<'_>, ink: Ink) -> Result<(), String>;
}

/// SVG, as plotters writes it.
pub(super) struct SvgPen<'a>(pub(super) SVGBackend<'a>);

/// What plotters divides a size by, to get to the em that it writes.
const SIZE_OVER_EM: f64 = 1.24;
/// The family that charts are written in; HTML brings it along under this name.
pub(crate) const FAMILY: &str = "sans-serif";

fn shape(Ink(colour, alpha): Ink, width: Option<u32>) -> ShapeStyle {
    ShapeStyle { color: colour.mix(alpha), filled: width.is_none(), stroke_width: width.unwrap_or(0) }
}

impl Pen for SvgPen<'_> {
    fn line(&mut self, points: Vec<Pixel>, ink: Ink, width: u32) -> Result<(), String> {
        self.0.draw_path(points, &shape(ink, Some(width))).map_err(|error| error.to_string())
    }

    fn polygon(&mut self, points: Vec<Pixel>, ink: Ink) -> Result<(), String> {
        self.0.fill_polygon(points, &shape(ink, None)).map_err(|error| error.to_string())
    }

    fn rectangle(&mut self, from: Pixel, to: Pixel, ink: Ink) -> Result<(), String> {
        self.0.draw_rect(from, to, &shape(ink, None), true).map_err(|error| error.to_string())
    }

    fn ring(&mut self, at: Pixel, radius: u32, ink: Ink, width: u32) -> Result<(), String> {
        self.0.draw_circle(at, radius, &shape(ink, Some(width)), false).map_err(|error| error.to_string())
    }

    fn dot(&mut self, at: Pixel, radius: u32, ink: Ink) -> Result<(), String> {
        self.0.draw_circle(at, radius, &shape(ink, None), true).map_err(|error| error.to_string())
    }

    fn text(
        &mut self,
        Writing { text, em, at, anchor }: Writing<'_>,
        Ink(colour, alpha): Ink,
    ) -> Result<(), String> {
        let horizontal = match anchor {
            Anchor::Start => HPos::Left,
            Anchor::Middle => HPos::Center,
            Anchor::End => HPos::Right,
        };
        let colour = colour.mix(alpha);
        let style = TextStyle::from((FAMILY, em * SIZE_OVER_EM, FontStyle::Normal))
            .color(&colour)
            .pos(Pos::new(horizontal, VPos::Center));
        self.0.draw_text(text, &style, at).map_err(|error| error.to_string())
    }
}
