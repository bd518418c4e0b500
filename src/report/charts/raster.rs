//! Bitmaps of charts: paths with smooth edges, and each letter exactly where it belongs, not on the next whole pixel.

use plotters::style::RGBColor;
use tiny_skia::{Color, FillRule, LineJoin, Paint, Path, PathBuilder, Pixmap, Rect, Stroke, Transform};

use super::pen::{Anchor, Ink, Pen, Pixel, Writing};
use super::typeface::{self, Part};

/// A bitmap to draw on.
pub(super) struct Raster(Pixmap);

fn paint(Ink(RGBColor(red, green, blue), alpha): Ink) -> Paint<'static> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 255")]
    let alpha = (alpha.clamp(0.0, 1.0) * 255.0).round() as u8;
    let mut paint = Paint::default();
    paint.set_color(Color::from_rgba8(red, green, blue, alpha));
    paint
}

#[expect(clippy::cast_possible_truncation, reason = "a number of pixels")]
fn single(value: f64) -> f32 {
    value as f32
}

fn pixel((x, y): Pixel) -> (f32, f32) {
    (single(f64::from(x)), single(f64::from(y)))
}

fn path_of(points: &[Pixel], is_closed: bool) -> Option<Path> {
    let mut path = PathBuilder::new();
    for (place, point) in points.iter().enumerate() {
        let (x, y) = pixel(*point);
        if place == 0 { path.move_to(x, y) } else { path.line_to(x, y) }
    }
    if is_closed {
        path.close();
    }
    path.finish()
}

impl Raster {
    /// A bitmap of that many pixels; `None` where it would be empty or far too large.
    pub(super) fn new(width: u32, height: u32) -> Option<Self> {
        Pixmap::new(width, height).map(Self)
    }

    /// Red, green and blue of each pixel, row by row.
    pub(super) fn into_rgb(self) -> Vec<u8> {
        self.0.pixels().iter().flat_map(|pixel| [pixel.red(), pixel.green(), pixel.blue()]).collect()
    }

    fn fill(&mut self, path: Option<Path>, ink: Ink) {
        // Nothing to fill is nothing to draw.
        if let Some(path) = path {
            self.0.fill_path(&path, &paint(ink), FillRule::Winding, Transform::identity(), None);
        }
    }

    fn stroke(&mut self, path: Option<Path>, ink: Ink, width: u32) {
        // A path that goes nowhere has no stroke.
        let is_long = |path: &Path| path.bounds().width() > 0.0 || path.bounds().height() > 0.0;
        if let Some(path) = path.filter(is_long) {
            let width = single(f64::from(width));
            let stroke = Stroke { width, line_join: LineJoin::Round, ..Stroke::default() };
            self.0.stroke_path(&path, &paint(ink), &stroke, Transform::identity(), None);
        }
    }
}

impl Pen for &mut Raster {
    fn line(&mut self, points: Vec<Pixel>, ink: Ink, width: u32) -> Result<(), String> {
        self.stroke(path_of(&points, false), ink, width);
        Ok(())
    }

    fn polygon(&mut self, points: Vec<Pixel>, ink: Ink) -> Result<(), String> {
        self.fill(path_of(&points, true), ink);
        Ok(())
    }

    fn rectangle(&mut self, from: Pixel, to: Pixel, ink: Ink) -> Result<(), String> {
        let ((left, top), (right, bottom)) = (pixel(from), pixel(to));
        self.fill(Rect::from_ltrb(left, top, right, bottom).map(PathBuilder::from_rect), ink);
        Ok(())
    }

    fn ring(&mut self, at: Pixel, radius: u32, ink: Ink, width: u32) -> Result<(), String> {
        let (x, y) = pixel(at);
        self.stroke(PathBuilder::from_circle(x, y, single(f64::from(radius))), ink, width);
        Ok(())
    }

    fn dot(&mut self, at: Pixel, radius: u32, ink: Ink) -> Result<(), String> {
        let (x, y) = pixel(at);
        self.fill(PathBuilder::from_circle(x, y, single(f64::from(radius))), ink);
        Ok(())
    }

    fn text(&mut self, Writing { text, em, at, anchor }: Writing<'_>, ink: Ink) -> Result<(), String> {
        let (x, base) = (f64::from(at.0), f64::from(at.1));
        let mut left = match anchor {
            Anchor::Start => x,
            Anchor::Middle => x - typeface::width(text) * em / 2.0,
            Anchor::End => x - typeface::width(text) * em,
        };
        let mut path = PathBuilder::new();
        for c in text.chars() {
            typeface::outline(c, &mut |part| {
                let x = |value: f32| single(left + f64::from(value) * em);
                let y = |value: f32| single(base - f64::from(value) * em);
                match part {
                    Part::Move(to) => path.move_to(x(to.0), y(to.1)),
                    Part::Line(to) => path.line_to(x(to.0), y(to.1)),
                    Part::Quad(by, to) => path.quad_to(x(by.0), y(by.1), x(to.0), y(to.1)),
                    Part::Cubic(from, by, to) => {
                        path.cubic_to(x(from.0), y(from.1), x(by.0), y(by.1), x(to.0), y(to.1));
                    }
                    Part::Close => path.close(),
                }
            });
            left += typeface::advance(c) * em;
        }
        self.fill(path.finish(), ink);
        Ok(())
    }
}
