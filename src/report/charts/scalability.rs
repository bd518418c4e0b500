//! Throughput against users: measured levels, fitted scalability law with its band, and linear scaling.

use crate::analysis::capacity::Capacity;
use crate::report::view::run_view::RunView;
use crate::report::wording::growth::users_words;
use crate::report::wording::numbers::{counted, rate, trimmed};
use crate::stats::growth::{Growth, NoLaw};
use crate::stats::usl::Scalability;

use super::axis::{Axis, Scale, Tick, steps};
use super::canvas::{Canvas, WIDTH};
use super::chart::{Chart, Layout, MOST_ENDPOINTS, Picture, Subject};
use super::frame::{EndLabel, Frame};
use super::grid::{Grid, file_of, pictures};
use super::labels::{endpoint_name, heading, subheading};
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
    let known = view.findings.capacities.iter().filter(|capacity| capacity.no_throughput.is_none());
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
            caption: "Points: mean throughput with its 95 % interval; a ring is a level that is not sustained. Curve: the \
                      supported law, with a band if there are enough levels; a dot on a vertical line marks where it \
                      levels off. Dashed: linear scaling from the first level. Nothing is drawn beyond the tested range."
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

/// The name of the law, for the upper edge of a panel.
fn law(found: &Scalability, has_band: bool) -> String {
    let name = match found.law {
        Ok(Growth::Constant) => "constant".to_owned(),
        Ok(Growth::Linear) => "linear".to_owned(),
        Ok(Growth::Amdahl) => "Amdahl".to_owned(),
        Ok(Growth::Bounded) => found.level_off.map_or_else(
            || "bounded".to_owned(),
            |level| format!("levels off from {}", users_words(level.users)),
        ),
        Ok(Growth::Usl) => "USL".to_owned(),
        Err(NoLaw::TooFewLevels { .. }) => return "too few levels for a law".to_owned(),
        Err(NoLaw::NoneFits) => return "no law fits".to_owned(),
    };
    if has_band { name } else { format!("{name}, too few levels for a band") }
}

impl Scalabilities<'_> {
    fn grid(&self) -> Grid {
        Grid::new(self.panels.len(), PANEL, 58.0, 66.0)
    }
}

impl Picture for Scalabilities<'_> {
    fn size(&self, _: Layout) -> (f64, f64) {
        (WIDTH, self.grid().picture_height())
    }

    fn draw(&self, canvas: &mut Canvas<'_>) {
        heading(canvas, "Throughput against users");
        subheading(canvas, "Completed requests per second by concurrent users");
        let grid = self.grid();
        for (place, (name, capacity)) in self.panels.iter().enumerate() {
            draw(canvas, &grid, place, name, capacity);
        }
    }
}

fn user_ticks(most: f64) -> Vec<Tick> {
    let all = steps(0.0, most, 5).into_iter();
    all.filter(|users| users.fract() == 0.0).map(|users| (users, trimmed(users))).collect()
}

fn draw(canvas: &mut Canvas<'_>, grid: &Grid, place: usize, name: &str, capacity: &Capacity) {
    let (left, top, width, height) = grid.place(place);
    let most = capacity.levels.iter().map(|level| f64::from(level.users)).fold(0.0, f64::max);
    let largest = capacity.levels.iter().map(|level| {
        let value = level.throughput_per_s;
        level.throughput_interval.map_or(value, |(_, high)| high.min(value * 2.0))
    });
    let x = Axis::given(Scale::Linear, 0.0, most.max(1.0) * 1.06, user_ticks(most.max(1.0)));
    let say = |value: f64| if value == 0.0 { "0".to_owned() } else { format!("{}/s", trimmed(value)) };
    let y = Axis::from_zero(largest.fold(0.0, f64::max), say);
    let frame = Frame { left, top, width, height, x, y };
    if capacity.levels.is_empty() {
        frame.name(canvas, name);
        frame.say(canvas, "fewer than two valid windows per level");
        return;
    }
    frame.axes(canvas, true);
    let mut remark = "no fit".to_owned();
    let mut labels = Vec::new();
    in_step(canvas, &frame, capacity, most);
    if let Ok(found) = &capacity.scalability {
        let lowest = capacity.levels.first().map_or(1.0, |level| f64::from(level.users));
        let has_band = fitted(canvas, &frame, found, (lowest, most), &mut labels);
        remark = law(found, has_band);
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
    frame.end_labels(canvas, labels, grid.right);
}

/// Draws the curve of the chosen law with its band, and where it levels off. Returns whether there is a band.
fn fitted(
    canvas: &mut Canvas<'_>,
    frame: &Frame,
    found: &Scalability,
    (lowest, most): (f64, f64),
    labels: &mut Vec<EndLabel>,
) -> bool {
    let level = found.level_off.filter(|level| level.users > lowest && level.users < most);
    let steps = (0..=CURVE).map(|step| lowest + (most - lowest) * f64::from(step) / f64::from(CURVE));
    // With the bend among them, so that it is not cut off.
    let mut users: Vec<f64> = steps.chain(level.map(|level| level.users)).collect();
    users.sort_by(f64::total_cmp);
    let band: Option<Vec<(f64, f64, f64)>> = users.iter().map(|users| band_of(found, *users)).collect();
    let has_band = band.is_some();
    if let Some(band) = band {
        let lower = band.iter().map(|(users, low, _)| frame.at(*users, low.max(0.0)));
        let upper = band.iter().rev().map(|(users, _, high)| frame.at(*users, *high));
        canvas.fill(&lower.chain(upper).collect::<Vec<_>>(), BLUE, 0.15);
    }
    let curve: Option<Vec<(f64, f64)>> =
        users.iter().map(|users| Some(frame.at(*users, found.throughput(*users)?))).collect();
    let Some(curve) = curve else { return has_band };
    canvas.line(&curve, BLUE, 1.4);
    if let Some(end) = curve.last() {
        labels.push(EndLabel { text: "fit".to_owned(), y: end.1, colour: BLUE });
    }
    if let Some(level) = level {
        let (foot, top) = (frame.at(level.users, 0.0), frame.at(level.users, level.throughput));
        canvas.dashes(foot, top, BLUE, 0.8);
        canvas.circle(top, 2.5, BLUE, true);
    }
    has_band
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
