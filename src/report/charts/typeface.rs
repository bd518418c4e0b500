//! The font of charts: how wide its letters are, and their outlines.
//!
//! The HTML carries the same font and turns kerning and ligatures off, so that a text is as wide there as it is here.

use std::sync::LazyLock;

use skrifa::instance::{LocationRef, Size};
use skrifa::outline::{DrawSettings, OutlinePen};
use skrifa::{FontRef, GlyphId, MetadataProvider};

const FONT: &[u8] = include_bytes!("font/noto-sans.ttf");
/// `None` only if the bundled font were damaged: then texts are measured roughly, and bitmaps have none.
static FACE: LazyLock<Option<FontRef<'static>>> = LazyLock::new(|| FontRef::new(FONT).ok());
/// Letters of Latin, the advance of each over the em.
static WIDTHS: LazyLock<Vec<f64>> =
    LazyLock::new(|| (0..0x180_u32).map(|code| char::from_u32(code).map_or(0.0, measured)).collect());
/// An average letter over the em.
const AVERAGE: f64 = 0.55;

/// A point of an outline. Units: the em, upwards from the base line.
pub(super) type Point = (f32, f32);

/// A part of an outline.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Part {
    /// A contour begins.
    Move(Point),
    /// A straight line.
    Line(Point),
    /// A quadratic curve: its control point, its end.
    Quad(Point, Point),
    /// A cubic curve: its control points, its end.
    Cubic(Point, Point, Point),
    /// The contour ends.
    Close,
}

/// How wide a text is. Units: the em.
pub(super) fn width(text: &str) -> f64 {
    text.chars().map(advance).sum()
}

/// How wide a letter is. Units: the em.
pub(super) fn advance(c: char) -> f64 {
    WIDTHS.get(c as usize).copied().unwrap_or_else(|| measured(c))
}

/// The letter, or the box that stands for a missing one.
fn glyph_of(face: &FontRef<'_>, c: char) -> GlyphId {
    face.charmap().map(c).unwrap_or_default()
}

fn em(face: &FontRef<'_>) -> f32 {
    f32::from(face.metrics(Size::unscaled(), LocationRef::default()).units_per_em).max(1.0)
}

fn measured(c: char) -> f64 {
    let Some(face) = &*FACE else { return AVERAGE };
    let width = face.glyph_metrics(Size::unscaled(), LocationRef::default()).advance_width(glyph_of(face, c));
    width.map_or(AVERAGE, |width| f64::from(width / em(face)))
}

/// Calls `draw` with each part of the outline of a letter.
pub(super) fn outline(c: char, draw: &mut impl FnMut(Part)) {
    struct Pen<'a, F>(&'a mut F, f32);
    impl<F: FnMut(Part)> OutlinePen for Pen<'_, F> {
        fn move_to(&mut self, x: f32, y: f32) {
            (self.0)(Part::Move((x / self.1, y / self.1)));
        }
        fn line_to(&mut self, x: f32, y: f32) {
            (self.0)(Part::Line((x / self.1, y / self.1)));
        }
        fn quad_to(&mut self, cx: f32, cy: f32, x: f32, y: f32) {
            (self.0)(Part::Quad((cx / self.1, cy / self.1), (x / self.1, y / self.1)));
        }
        fn curve_to(&mut self, ax: f32, ay: f32, bx: f32, by: f32, x: f32, y: f32) {
            let part = |x: f32, y: f32| (x / self.1, y / self.1);
            (self.0)(Part::Cubic(part(ax, ay), part(bx, by), part(x, y)));
        }
        fn close(&mut self) {
            (self.0)(Part::Close);
        }
    }
    let Some(face) = &*FACE else { return };
    let Some(glyph) = face.outline_glyphs().get(glyph_of(face, c)) else { return };
    let settings = DrawSettings::unhinted(Size::unscaled(), LocationRef::default());
    // A glyph that cannot be drawn leaves its place empty.
    let _ = glyph.draw(settings, &mut Pen(draw, em(face)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_have_widths_and_outlines() {
        assert!((width("ii") - 2.0 * width("i")).abs() < 1e-9);
        assert!(width("m") > 2.0 * width("i"));
        assert!((0.5..0.62).contains(&width("n")), "{}", width("n"));
        let mut parts = 0;
        outline('o', &mut |_| parts += 1);
        assert!(parts > 8, "{parts}");
        // A letter that the font lacks is a box of some width.
        assert!(width("日") > 0.0);
    }
}
