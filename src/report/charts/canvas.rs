//! What charts are drawn on: a page of 800 or 360 units, as bitmap or SVG, in text and lines of any weight.
//!
//! A canvas of our own, because plotters' charts know neither small multiples nor labels that keep apart. Everything is
//! drawn at twice its size, so that a bitmap is sharp and an SVG precise to half a unit. The canvas keeps a list of the
//! labels that it wrote, for tests of what can be read.

use plotters::backend::SVGBackend;
use plotters::style::RGBColor;

use super::compact::compacted;
use super::error::ChartError;
use super::labelled::{Ground, Label, Labels};
use super::layout::Layout;
use super::palette::PAPER;
use super::pen::{FAMILY, Ink, Pen, SvgPen, Writing};
use super::raster::Raster;
use super::typeface;

pub(super) use super::pen::Anchor;

/// How wide a page is for desktops.
pub(super) const WIDTH: f64 = 800.0;
/// How wide it is for telephones.
pub(super) const NARROW: f64 = 360.0;
/// Pixels per unit of the page, for bitmaps and SVG.
const SCALE: f64 = 2.0;

/// Text sizes. Units: the em, in units of the page.
pub(super) const TITLE: f64 = 14.0;
/// For axes, labels and keys.
pub(super) const LABEL: f64 = 11.5;
/// How far the base line is below the middle of a text, over the em: half of a capital letter.
const BASELINE: f64 = 0.357;

/// A page to draw on. Units: those of the page, from the top left. The first failure is kept and returned at the end.
pub(super) struct Canvas<'a> {
    pen: Box<dyn Pen + 'a>,
    failed: Option<String>,
    labels: Labels,
    /// For which screens the picture is.
    pub(super) layout: Layout,
    /// How wide the page is.
    pub(super) width: f64,
}

impl Canvas<'_> {
    fn new<'a>(pen: impl Pen + 'a, layout: Layout, (width, height): (f64, f64)) -> Canvas<'a> {
        let labels = Labels::new(width, height);
        let mut canvas = Canvas { pen: Box::new(pen), failed: None, labels, layout, width };
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
        let points = points.iter().map(|point| pixel(*point)).collect();
        let result = self.pen.line(points, Ink(colour, 1.0), length(width).max(1));
        self.keep(result);
    }

    /// A line of dashes through at least two points; `pattern` are the lengths of dashes and spaces in turn.
    pub(super) fn dashed(&mut self, points: &[(f64, f64)], colour: RGBColor, width: f64, pattern: &[f64]) {
        if pattern.is_empty() {
            return self.line(points, colour, width);
        }
        let (mut place, mut left) = (0, pattern[0]);
        let mut dash: Vec<(f64, f64)> = points.first().copied().into_iter().collect();
        for pair in points.windows(2) {
            let (from, to) = (pair[0], pair[1]);
            let length = (to.0 - from.0).hypot(to.1 - from.1);
            let at =
                |way: f64| (from.0 + (to.0 - from.0) * way / length, from.1 + (to.1 - from.1) * way / length);
            let mut way = 0.0;
            while length - way > left {
                way += left;
                dash.push(at(way));
                if place % 2 == 0 {
                    self.line(&dash, colour, width);
                }
                place += 1;
                left = pattern[place % pattern.len()].max(0.1);
                dash = vec![at(way)];
            }
            left -= length - way;
            dash.push(to);
        }
        if place % 2 == 0 {
            self.line(&dash, colour, width);
        }
    }

    /// A straight line of even dashes.
    pub(super) fn dashes(&mut self, from: (f64, f64), to: (f64, f64), colour: RGBColor, width: f64) {
        self.dashed(&[from, to], colour, width, &[5.0, 4.0]);
    }

    /// Fills a polygon of at least three points; `alpha` is its opacity, 0 to 1.
    pub(super) fn fill(&mut self, points: &[(f64, f64)], colour: RGBColor, alpha: f64) {
        if points.len() < 3 {
            return;
        }
        let ends = points.iter().fold([f64::MAX, f64::MAX, f64::MIN, f64::MIN], |ends, (x, y)| {
            [ends[0].min(*x), ends[1].min(*y), ends[2].max(*x), ends[3].max(*y)]
        });
        self.labels.ground(Ground { ends, colour, alpha: alpha.min(0.999) });
        let result = self.pen.polygon(points.iter().map(|point| pixel(*point)).collect(), Ink(colour, alpha));
        self.keep(result);
    }

    /// Fills a rectangle between its upper left and its lower right corner; `alpha` is its opacity, 0 to 1.
    pub(super) fn fill_rectangle(&mut self, from: (f64, f64), to: (f64, f64), colour: RGBColor, alpha: f64) {
        self.labels.ground(Ground { ends: [from.0, from.1, to.0, to.1], colour, alpha });
        let result = self.pen.rectangle(pixel(from), pixel(to), Ink(colour, alpha));
        self.keep(result);
    }

    /// A ring, or a dot where it is filled.
    pub(super) fn circle(&mut self, at: (f64, f64), radius: f64, colour: RGBColor, is_filled: bool) {
        let ink = Ink(colour, 1.0);
        let result = if is_filled {
            self.pen.dot(pixel(at), length(radius), ink)
        } else {
            self.pen.ring(pixel(at), length(radius), ink, 1)
        };
        self.keep(result);
    }

    /// A line of text; the middle of its capital letters is at that height.
    pub(super) fn text(&mut self, text: &str, at: (f64, f64), size: f64, colour: RGBColor, anchor: Anchor) {
        if text.is_empty() {
            return;
        }
        let text = shown(text);
        let width = Self::width_of(&text, size);
        let left = match anchor {
            Anchor::Start => at.0,
            Anchor::Middle => at.0 - width / 2.0,
            Anchor::End => at.0 - width,
        };
        self.labels.write(Label {
            text: text.clone(),
            left,
            middle: at.1,
            width,
            size,
            colour,
            grounds: Vec::new(),
        });
        let base = pixel((at.0, at.1 + BASELINE * size));
        let writing = Writing { text: &text, em: size * SCALE, at: base, anchor };
        let result = self.pen.text(writing, Ink(colour, 1.0));
        self.keep(result);
    }

    /// How wide a text is.
    pub(super) fn width_of(text: &str, size: f64) -> f64 {
        typeface::width(text) * size
    }

    /// A text cut to a width, with an ellipsis where something is missing.
    pub(super) fn cut(text: &str, size: f64, width: f64) -> String {
        if Self::width_of(text, size) <= width {
            return text.to_owned();
        }
        let room = width - Self::width_of("…", size);
        let mut used = 0.0;
        let kept = text.chars().take_while(|c| {
            used += typeface::advance(*c) * size;
            used <= room
        });
        let kept: String = kept.collect();
        format!("{}…", kept.trim_end())
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

/// Draws a chart of that size as SVG; its class names the layout.
pub(super) fn svg(
    layout: Layout,
    (width, height): (f64, f64),
    draw: impl FnOnce(&mut Canvas<'_>),
) -> Result<String, ChartError> {
    let mut text = String::new();
    let pen = SvgPen(SVGBackend::with_string(&mut text, (length(width), length(height))));
    finish(Canvas::new(pen, layout, (width, height)), draw)?;
    let root = format!("class=\"{}\" width=\"{width}\" height=\"{height:.1}\"", layout.name());
    Ok(compacted(&text, &root, FAMILY, LABEL * SCALE))
}

/// Draws a chart of that size as PNG.
pub(super) fn png(size: (f64, f64), draw: impl FnOnce(&mut Canvas<'_>)) -> Result<Vec<u8>, ChartError> {
    let (wide, high) = (length(size.0), length(size.1));
    let too_large = || ChartError::Draw { what: format!("{wide} x {high} pixels are too many") };
    let mut raster = Raster::new(wide, high).ok_or_else(too_large)?;
    finish(Canvas::new(&mut raster, Layout::Wide, size), draw)?;
    encoded(wide, high, &raster.into_rgb())
}

/// The labels of a chart of that size.
pub(super) fn labels(layout: Layout, size: (f64, f64), draw: impl FnOnce(&mut Canvas<'_>)) -> Labels {
    let mut text = String::new();
    let pen = SvgPen(SVGBackend::with_string(&mut text, (1, 1)));
    let mut canvas = Canvas::new(pen, layout, size);
    draw(&mut canvas);
    canvas.labels
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
    encoder.set_compression(png::Compression::Balanced);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(pixels)?;
    writer.finish()?;
    Ok(bytes)
}
