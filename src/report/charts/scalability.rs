//! Throughput against users: measured levels, fitted scalability law with its band, and linear scaling.

use crate::analysis::capacity::Capacity;
use crate::report::view::run_view::RunView;
use crate::report::wording::growth::users_words;
use crate::report::wording::numbers::{counted, rate, trimmed};
use crate::stats::growth::{Growth, NoLaw};
use crate::stats::usl::Scalability;

use super::axis::{Axis, Scale, Tick, steps};
use super::canvas::Canvas;
use super::chart::{Chart, MOST_ENDPOINTS, Picture, Subject};
use super::frame::{Frame, name_lines};
use super::grid::{Grid, file_of, pictures};
use super::labels::{Heading, endpoint_name, page_width};
use super::layout::Layout;
use super::palette::{BLUE, INK, MUTED, ORANGE, PAPER};

const PANEL: f64 = 150.0;
/// Points along a fitted curve.
const CURVE: u32 = 60;

struct Scalabilities<'a> {
    /// Each with its endpoint's name as it is drawn.
    panels: Vec<(String, &'a Capacity)>,
}

/// The charts of the endpoints of which something is known.
pub(super) fn charts(view: &RunView) -> Vec<Chart<'_>> {
    let known = view
        .findings
        .capacities
        .iter()
        .filter(|capacity| capacity.no_throughput.is_none() && !capacity.levels.is_empty());
    let known = known.take(MOST_ENDPOINTS);
    let panels: Vec<(String, &Capacity)> =
        known.map(|capacity| (endpoint_name(view, &capacity.endpoint), capacity)).collect();
    if panels.is_empty() {
        return Vec::new();
    }
    let charts = pictures(panels).into_iter().enumerate();
    charts
        .map(|(place, panels)| Chart {
            subject: Subject::Scalability,
            endpoint: None,
            file: file_of("throughput", place),
            alternative: alternative(&panels),
            caption: "Points: mean throughput with its 95 % interval; a ring is a level that is not sustained. Blue curve: the \
                      fitted law with its 95 % band, drawn only where it agrees with every level; a dot on a vertical \
                      line marks where it levels off. Dashed: linear scaling from the first level. Nothing is drawn \
                      beyond the tested range."
                .to_owned(),
            picture: Box::new(Scalabilities { panels }),
        })
        .collect()
}

fn alternative(panels: &[(String, &Capacity)]) -> String {
    let each = panels.iter().filter_map(|(_, capacity)| {
        let top = capacity.levels.last()?;
        let value = rate(Some(top.throughput_per_s));
        Some(format!("{} {value} at {}", capacity.endpoint, counted(u64::from(top.users), "user")))
    });
    format!("Throughput against users: {}.", each.collect::<Vec<_>>().join(", "))
}

/// The name of the law, for the upper edge of a panel, and whether its curve is drawn.
fn law(capacity: &Capacity) -> (String, bool) {
    let Ok(found) = &capacity.scalability else { return ("no fit".to_owned(), false) };
    let name = match found.law {
        Ok(Growth::Constant) => "constant".to_owned(),
        Ok(Growth::Linear) => "linear".to_owned(),
        Ok(Growth::Amdahl) => "Amdahl".to_owned(),
        Ok(Growth::Bounded) => found.level_off.map_or_else(
            || "bounded".to_owned(),
            |level| format!("levels off from {}", users_words(level.users)),
        ),
        Ok(Growth::Usl) => "USL".to_owned(),
        Err(NoLaw::TooFewLevels { .. }) => return ("too few levels for a curve".to_owned(), false),
        Err(NoLaw::NoneFits) => return ("no law fits".to_owned(), false),
    };
    match agreement(capacity, found) {
        Agreement::NoBand => ("too few levels for a curve".to_owned(), false),
        Agreement::Misses(users) => (format!("{name} misses {}: no curve", users_words(users)), false),
        Agreement::Fits => (name, true),
    }
}

/// Whether a fitted curve agrees with what was measured.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Agreement {
    Fits,
    /// The band is unknown, or as wide as the values themselves.
    NoBand,
    /// The first level whose interval does not meet the band.
    Misses(f64),
}

fn agreement(capacity: &Capacity, found: &Scalability) -> Agreement {
    for level in &capacity.levels {
        let users = f64::from(level.users);
        let Some((_, low, high)) = band_of(found, users) else { return Agreement::NoBand };
        let value = level.throughput_per_s;
        let (least, most) = level.throughput_interval.unwrap_or((value, value));
        if least > high || most < low {
            return Agreement::Misses(users);
        }
    }
    Agreement::Fits
}

impl Scalabilities<'_> {
    fn heading(layout: Layout) -> Heading {
        Heading::new(layout, "Throughput against users", "Completed requests per second by concurrent users")
    }

    fn grid(&self, layout: Layout) -> Grid {
        let width = Grid::frame_width(layout, self.panels.len());
        let lines = self.panels.iter().map(|(name, capacity)| name_lines(width, name, &law(capacity).0));
        let top = Self::heading(layout).height();
        Grid::new(layout, self.panels.len(), PANEL, top, (lines.fold(1.0, f64::max), 1.0))
    }
}

impl Picture for Scalabilities<'_> {
    fn size(&self, layout: Layout) -> (f64, f64) {
        (page_width(layout), self.grid(layout).picture_height())
    }

    fn draw(&self, canvas: &mut Canvas<'_>) {
        Self::heading(canvas.layout).draw(canvas);
        let grid = self.grid(canvas.layout);
        for (place, (name, capacity)) in self.panels.iter().enumerate() {
            draw(canvas, grid.place(place), name, capacity);
        }
    }
}

fn user_ticks(most: f64) -> Vec<Tick> {
    let all = steps(0.0, most, 5).into_iter();
    all.filter(|users| users.fract() == 0.0).map(|users| (users, trimmed(users))).collect()
}

fn draw(
    canvas: &mut Canvas<'_>,
    (left, top, width, height): (f64, f64, f64, f64),
    name: &str,
    capacity: &Capacity,
) {
    let most = capacity.levels.iter().map(|level| f64::from(level.users)).fold(0.0, f64::max);
    let largest = capacity.levels.iter().map(|level| {
        let value = level.throughput_per_s;
        level.throughput_interval.map_or(value, |(_, high)| high.min(value * 2.0))
    });
    let x = Axis::given(Scale::Linear, 0.0, most.max(1.0) * 1.06, user_ticks(most.max(1.0)));
    let say = |value: f64| if value == 0.0 { "0".to_owned() } else { format!("{}/s", trimmed(value)) };
    let y = Axis::from_zero(largest.fold(0.0, f64::max), say);
    let frame = Frame { left, top, width, height, x, y };
    frame.axes(canvas, true);
    in_step(canvas, &frame, capacity, most);
    let (remark, is_drawn) = law(capacity);
    if let Some(found) = capacity.scalability.as_ref().ok().filter(|_| is_drawn) {
        let lowest = capacity.levels.first().map_or(1.0, |level| f64::from(level.users));
        fitted(canvas, &frame, found, (lowest, most));
    }
    for level in &capacity.levels {
        let users = f64::from(level.users);
        if let Some((low, high)) = level.throughput_interval {
            canvas.line(&[frame.at(users, low), frame.at(users, high)], INK, 1.0);
        }
        let at = frame.at(users, level.throughput_per_s);
        canvas.circle(at, if level.holds { 3.0 } else { 4.5 }, if level.holds { INK } else { ORANGE }, true);
        if !level.holds {
            // A ring: not told by its colour alone.
            canvas.circle(at, 2.5, PAPER, true);
        }
    }
    frame.name_beside(canvas, name, &remark);
}

/// Draws the curve of the chosen law with its band, and where it levels off.
fn fitted(canvas: &mut Canvas<'_>, frame: &Frame, found: &Scalability, (lowest, most): (f64, f64)) {
    let level = found.level_off.filter(|level| level.users > lowest && level.users < most);
    let steps = (0..=CURVE).map(|step| lowest + (most - lowest) * f64::from(step) / f64::from(CURVE));
    // With the bend among them, so that it is not cut off.
    let mut users: Vec<f64> = steps.chain(level.map(|level| level.users)).collect();
    users.sort_by(f64::total_cmp);
    let band: Option<Vec<(f64, f64, f64)>> = users.iter().map(|users| band_of(found, *users)).collect();
    if let Some(band) = band {
        let lower = band.iter().map(|(users, low, _)| frame.at(*users, low.max(0.0)));
        let upper = band.iter().rev().map(|(users, _, high)| frame.at(*users, *high));
        canvas.fill(&lower.chain(upper).collect::<Vec<_>>(), BLUE, 0.15);
    }
    let curve: Option<Vec<(f64, f64)>> =
        users.iter().map(|users| Some(frame.at(*users, found.throughput(*users)?))).collect();
    canvas.line(&curve.unwrap_or_default(), BLUE, 1.4);
    if let Some(level) = level {
        let (foot, top) = (frame.at(level.users, 0.0), frame.at(level.users, level.throughput));
        canvas.dashes(foot, top, BLUE, 0.8);
        canvas.circle(top, 2.5, BLUE, true);
    }
}

/// The law's interval at a number of users; `None` where it is as wide as the value itself, and says nothing.
fn band_of(found: &Scalability, users: f64) -> Option<(f64, f64, f64)> {
    let band = found.estimate(users)?;
    (band.high - band.value < band.value).then_some((users, band.low, band.high))
}

/// What each further user would bring if it brought as much as the first ones.
fn in_step(canvas: &mut Canvas<'_>, frame: &Frame, capacity: &Capacity, most: f64) {
    let Some(first) = capacity.levels.first() else { return };
    let each = first.throughput_per_s / f64::from(first.users);
    if each > 0.0 {
        // As far as it stays within the frame.
        let until = most.min(frame.y.high / each);
        canvas.dashes(frame.at(0.0, 0.0), frame.at(until, each * until), MUTED, 0.8);
    }
}
