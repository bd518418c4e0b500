//! What charts are drawn on: a page of 800 units, as bitmap or SVG, in text and lines of any weight.
//!
//! A canvas of our own over plotters' two back ends, because its charts know neither small multiples nor labels that keep
//! apart. Both are drawn at twice that size, so that a bitmap is sharp and an SVG precise to half a unit. The font is a
//! subset of Noto Sans, for bitmaps, for measuring, and within the HTML.

use std::sync::Once;

use plotters::backend::{BitMapBackend, DrawingBackend, SVGBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontStyle, RGBColor, ShapeStyle, TextStyle, register_font};

use super::chart::Layout;
use super::error::ChartError;
use super::palette::PAPER;

/// How wide a chart is.
pub(crate) const WIDTH: f64 = 800.0;
/// How wide it is for telephones.
pub(crate) const NARROW: f64 = 360.0;
/// Pixels per unit of the page, for bitmaps and SVG.
const SCALE: f64 = 2.0;
/// The family that charts are written in; HTML brings it along under this name.
pub(crate) const FAMILY: &str = "sans-serif";
/// The font, for bitmaps and for measuring.
const FONT: &[u8] = include_bytes!("font/noto-sans.ttf");

/// Text sizes. Units: the em, in units of the page.
pub(super) const TITLE: f64 = 14.0;
/// For axes, labels and keys.
pub(super) const LABEL: f64 = 11.5;

/// The height of a line of this font over its em: ascent and descent. A bitmap's text is sized by it.
const LINE_OVER_EM: f64 = 1.362;
/// How far below the middle that it is given the bitmap back end would have to write, over the em.
const BITMAP_TOO_HIGH: f64 = 0.22;
/// What the SVG back end divides by to get from its size to an em.
const SVG_SIZE_OVER_EM: f64 = 1.24;

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

/// What a back end must do; both of them do.
trait Pen {
    fn path(&mut self, points: Vec<(i32, i32)>, style: ShapeStyle) -> Result<(), String>;
    fn polygon(&mut self, points: Vec<(i32, i32)>, style: ShapeStyle) -> Result<(), String>;
    fn rectangle(&mut self, from: (i32, i32), to: (i32, i32), style: ShapeStyle) -> Result<(), String>;
    fn circle(&mut self, at: (i32, i32), radius: u32, style: ShapeStyle) -> Result<(), String>;
    fn text(&mut self, text: &str, at: (i32, i32), style: &TextStyle<'_>) -> Result<(), String>;
}

struct Backend<B>(B);

impl<B: DrawingBackend> Pen for Backend<B> {
    fn path(&mut self, points: Vec<(i32, i32)>, style: ShapeStyle) -> Result<(), String> {
        self.0.draw_path(points, &style).map_err(|error| error.to_string())
    }

    fn polygon(&mut self, points: Vec<(i32, i32)>, style: ShapeStyle) -> Result<(), String> {
        self.0.fill_polygon(points, &style).map_err(|error| error.to_string())
    }

    fn rectangle(&mut self, from: (i32, i32), to: (i32, i32), style: ShapeStyle) -> Result<(), String> {
        self.0.draw_rect(from, to, &style, style.filled).map_err(|error| error.to_string())
    }

    fn circle(&mut self, at: (i32, i32), radius: u32, style: ShapeStyle) -> Result<(), String> {
        self.0.draw_circle(at, radius, &style, style.filled).map_err(|error| error.to_string())
    }

    fn text(&mut self, text: &str, at: (i32, i32), style: &TextStyle<'_>) -> Result<(), String> {
        self.0.draw_text(text, style, at).map_err(|error| error.to_string())
    }
}

/// A page to draw on. Units: 1/800 of its width, from the top left. The first failure is kept and returned at the end.
pub(super) struct Canvas<'a> {
    pen: Box<dyn Pen + 'a>,
    size_over_em: f64,
    too_high: f64,
    failed: Option<String>,
    /// For which screens the picture is.
    pub(super) layout: Layout,
    /// How wide the page is.
    pub(super) width: f64,
}

impl Canvas<'_> {
    fn new<'a>(
        backend: impl DrawingBackend + 'a,
        (size_over_em, too_high): (f64, f64),
        layout: Layout,
        (width, height): (f64, f64),
    ) -> Canvas<'a> {
        let pen = Box::new(Backend(backend));
        let mut canvas = Canvas { pen, size_over_em, too_high, failed: None, layout, width };
        canvas.fill_rectangle((0.0, 0.0), (width, height), PAPER, 1.0);
        canvas
    }

    fn keep(&mut self, result: Result<(), String>) {
        if let Err(error) = result {
            self.failed.get_or_insert(error);
        }
    }

    /// Draws a line through at least two points. Units: `width` in units of the page.
    pub(super) fn line(&mut self, points: &[(f64, f64)], colour: RGBColor, width: f64) {
        if points.len() < 2 {
            return;
        }
        let style = ShapeStyle { color: colour.to_rgba(), filled: false, stroke_width: length(width).max(1) };
        let result = self.pen.path(points.iter().map(|point| pixel(*point)).collect(), style);
        self.keep(result);
    }

    /// A line of dashes between two points.
    pub(super) fn dashes(&mut self, from: (f64, f64), to: (f64, f64), colour: RGBColor, width: f64) {
        const DASH: f64 = 5.0;
        const SPACE: f64 = 4.0;
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let length = dx.hypot(dy);
        let at = |way: f64| (from.0 + dx * way / length, from.1 + dy * way / length);
        let mut way = 0.0;
        while way < length {
            self.line(&[at(way), at((way + DASH).min(length))], colour, width);
            way += DASH + SPACE;
        }
    }

    /// Fills a polygon of at least three points; `alpha` is its opacity, 0 to 1.
    pub(super) fn fill(&mut self, points: &[(f64, f64)], colour: RGBColor, alpha: f64) {
        if points.len() < 3 {
            return;
        }
        let style = ShapeStyle { color: colour.mix(alpha), filled: true, stroke_width: 0 };
        let result = self.pen.polygon(points.iter().map(|point| pixel(*point)).collect(), style);
        self.keep(result);
    }

    /// Fills a rectangle between two opposite corners; `alpha` is its opacity, 0 to 1.
    pub(super) fn fill_rectangle(&mut self, from: (f64, f64), to: (f64, f64), colour: RGBColor, alpha: f64) {
        let style = ShapeStyle { color: colour.mix(alpha), filled: true, stroke_width: 0 };
        let result = self.pen.rectangle(pixel(from), pixel(to), style);
        self.keep(result);
    }

    /// A ring, or a dot where it is filled.
    pub(super) fn circle(&mut self, at: (f64, f64), radius: f64, colour: RGBColor, is_filled: bool) {
        let style = ShapeStyle { color: colour.to_rgba(), filled: is_filled, stroke_width: 1 };
        let result = self.pen.circle(pixel(at), length(radius), style);
        self.keep(result);
    }

    /// A line of text whose middle is at that height.
    pub(super) fn text(&mut self, text: &str, at: (f64, f64), size: f64, colour: RGBColor, anchor: Anchor) {
        let horizontal = match anchor {
            Anchor::Start => HPos::Left,
            Anchor::Middle => HPos::Center,
            Anchor::End => HPos::Right,
        };
        let text = shown(text);
        let style = TextStyle::from((FAMILY, size * self.size_over_em * SCALE, FontStyle::Normal))
            .color(&colour)
            .pos(Pos::new(horizontal, VPos::Center));
        let result = self.pen.text(&text, pixel((at.0, at.1 + self.too_high * size)), &style);
        self.keep(result);
    }

    /// How wide a text is.
    pub(super) fn width_of(text: &str, size: f64) -> f64 {
        let style = TextStyle::from((FAMILY, size * LINE_OVER_EM * SCALE, FontStyle::Normal));
        let measured = style.font.box_size(&shown(text));
        // Without a measure, as wide as an average letter is.
        measured.map_or(text.chars().count() as f64 * size * 0.55, |(width, _)| f64::from(width) / SCALE)
    }

    /// A text cut to a width, with an ellipsis where something is missing.
    pub(super) fn cut(text: &str, size: f64, width: f64) -> String {
        if Self::width_of(text, size) <= width {
            return text.to_owned();
        }
        // No letter is as narrow as a tenth of an em, so what lies beyond cannot fit; and names are of any length.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "letters of a line")]
        let most = (width / (size * 0.1)).max(0.0) as usize;
        let mut kept: Vec<char> = text.chars().take(most).collect();
        while kept.pop().is_some() {
            let shorter: String = kept.iter().chain(&['…']).collect();
            if Self::width_of(&shorter, size) <= width {
                return shorter;
            }
        }
        String::new()
    }
}

/// The name if the font has every letter of it; otherwise its kind with a number.
pub(super) fn legible(name: &str, kind: &str, number: usize) -> String {
    // What the bundled font holds.
    let is_drawn = |c: char| matches!(c, ' '..='~' | '\u{a0}'..='\u{17f}' | 'Ͱ'..='Ͽ' | 'Ѐ'..='џ');
    if name.chars().all(is_drawn) { name.to_owned() } else { format!("{kind} {number}") }
}

/// Without what no font shows.
fn shown(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{FFFD}' } else { c }).collect()
}

#[expect(clippy::cast_possible_truncation, reason = "a place on a page")]
fn pixel((x, y): (f64, f64)) -> (i32, i32) {
    ((x * SCALE).round() as i32, (y * SCALE).round() as i32)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a width on a page")]
fn length(units: f64) -> u32 {
    (units * SCALE).round().max(0.0) as u32
}

/// The font is registered once for the process; a font that cannot be read leaves charts without text.
fn register() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let _ = register_font(FAMILY, FontStyle::Normal, FONT);
    });
}

/// Draws a chart of that height as SVG.
pub(super) fn svg(
    layout: Layout,
    (width, height): (f64, f64),
    draw: impl FnOnce(&mut Canvas<'_>),
) -> Result<String, ChartError> {
    register();
    let mut text = String::new();
    let backend = SVGBackend::with_string(&mut text, (length(width), length(height)));
    finish(Canvas::new(backend, (SVG_SIZE_OVER_EM, 0.0), layout, (width, height)), draw)?;
    Ok(text)
}

/// Draws a chart of that height as PNG.
pub(super) fn png(
    (width, height): (f64, f64),
    draw: impl FnOnce(&mut Canvas<'_>),
) -> Result<Vec<u8>, ChartError> {
    register();
    let (wide, high) = (length(width), length(height));
    let mut pixels = vec![255; wide as usize * high as usize * 3];
    let backend = BitMapBackend::with_buffer(&mut pixels, (wide, high));
    finish(Canvas::new(backend, (LINE_OVER_EM, BITMAP_TOO_HIGH), Layout::Wide, (width, height)), draw)?;
    encoded(wide, high, &pixels)
}

fn finish(mut canvas: Canvas<'_>, draw: impl FnOnce(&mut Canvas<'_>)) -> Result<(), ChartError> {
    draw(&mut canvas);
    canvas.failed.take().map_or(Ok(()), |what| Err(ChartError::Draw { what }))
}

fn encoded(wide: u32, high: u32, pixels: &[u8]) -> Result<Vec<u8>, ChartError> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, wide, high);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(pixels)?;
    writer.finish()?;
    Ok(bytes)
}
