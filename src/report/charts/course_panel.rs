//! One panel of a time course: a level's service times with everything that explains them.

use plotters::style::RGBColor;

use crate::analysis::watch::Band;
use crate::domain::metric::{Metric, Reading};
use crate::domain::time_summary::TimeKind;
use crate::report::wording::phrases::chosen_value;

use super::axis::{Axis, length_in_words};
use super::canvas::{Canvas, LABEL};
use super::frame::{EndLabel, Frame, name_lines};
use super::incident_marks::{Span, numbers};
use super::labels::LINE;
use super::note_marks::NoteMarks;
use super::palette::{AXIS, BLUE, INK, MUTED};
use super::stretches::draw_stretches;

pub(super) const LEFT: f64 = 58.0;
/// Room for the names of lines at their ends.
pub(super) const RIGHT: f64 = 46.0;
pub(super) const PANEL: f64 = 124.0;
/// Below the last panel: the axis of time.
pub(super) const BOTTOM: f64 = 42.0;
/// Above a panel's name.
const ABOVE_NAME: f64 = 10.0;
/// An SLO further than this from all values is named and not drawn.
const NEAR: f64 = 1.6;
/// Half of the height of a diamond.
const DIAMOND: f64 = 2.3;

/// One line of a panel.
pub(super) struct Line {
    pub(super) name: &'static str,
    pub(super) colour: RGBColor,
    pub(super) width: f64,
    /// How far apart windows usually are. Units: seconds.
    pub(super) spacing: f64,
    /// Seconds since the epoch, microseconds; in the order of time, at least one.
    pub(super) points: Vec<(f64, f64)>,
}

/// What all panels have: the span of the run and its pauses, in seconds since the epoch; notes and silences.
pub(super) struct Times {
    pub(super) span: (f64, f64),
    pub(super) gaps: Vec<(f64, f64)>,
    pub(super) notes: NoteMarks,
}

/// A level of an endpoint.
pub(super) struct Panel {
    pub(super) name: String,
    pub(super) level: String,
    pub(super) lines: Vec<Line>,
    /// Which line the bands and marks belong to.
    pub(super) banded: &'static str,
    /// The baseline band; `None` where what was expected at each hour is known.
    pub(super) band: Option<Band>,
    /// The band of what was expected at each time of day: seconds, low and high end.
    pub(super) expected: Vec<(f64, f64, f64)>,
    /// Outliers for the time of day, outside of incidents.
    pub(super) outliers: Vec<(f64, f64)>,
    /// Values beyond the baseline band, outside of incidents.
    pub(super) flags: Vec<(f64, f64)>,
    /// Level shifts that belong to no incident.
    pub(super) shifts: Vec<f64>,
    /// SLOs: which line they limit, microseconds.
    pub(super) limits: Vec<(&'static str, f64)>,
    pub(super) incidents: Vec<Span>,
    /// Why there is nothing to draw.
    pub(super) empty: Option<String>,
}

impl Panel {
    fn measured(&self) -> impl Iterator<Item = f64> {
        let lines = self.lines.iter().flat_map(|line| line.points.iter().map(|point| point.1));
        let expected = self.expected.iter().flat_map(|(_, low, high)| [*low, *high]);
        lines.chain(self.band.iter().flat_map(|band| [band.low, band.high])).chain(expected)
    }

    /// SLOs that lie near what was measured, and are drawn.
    pub(super) fn near_limits(&self) -> impl Iterator<Item = (&'static str, f64)> {
        let (low, high) = self
            .measured()
            .fold((f64::INFINITY, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)));
        self.limits.iter().copied().filter(move |(_, limit)| *limit <= high * NEAR && *limit >= low / NEAR)
    }

    /// The SLOs in words; those that are not drawn say so.
    fn remark(&self) -> String {
        let near: Vec<(&str, f64)> = self.near_limits().collect();
        let words = |is_near: bool| {
            let limits = self.limits.iter().filter(|limit| near.contains(limit) == is_near);
            let metric = Metric::Time(TimeKind::Service, Reading::Mean);
            let limits = limits.map(|(name, limit)| format!("{name} {}", chosen_value(metric, *limit)));
            limits.collect::<Vec<_>>().join(", ")
        };
        match (words(true), words(false)) {
            (near, far) if near.is_empty() && far.is_empty() => String::new(),
            (near, far) if far.is_empty() => format!("SLO: {near}"),
            (near, far) if near.is_empty() => format!("SLO: {far} (off the scale)"),
            (near, far) => format!("SLO: {near}; {far} (off the scale)"),
        }
    }

    /// What stands above the frame: the name, the SLOs, the numbers of notes and incidents.
    pub(super) fn above(&self, width: f64, times: &Times) -> f64 {
        let numbers = self.number_lines() + times.notes.lines();
        ABOVE_NAME + LINE * (name_lines(width, &self.name, &self.remark()) + numbers) + 2.0
    }

    fn number_lines(&self) -> f64 {
        if self.incidents.is_empty() { 0.0 } else { 1.0 }
    }

    pub(super) fn draw(
        &self,
        canvas: &mut Canvas<'_>,
        x: &Axis,
        (top, width): (f64, f64),
        times: &Times,
        says_x: bool,
    ) {
        let values = self.measured().chain(self.near_limits().map(|(_, limit)| limit));
        let y = Axis::of_times(values).filter(|_| self.empty.is_none());
        let is_empty = y.is_none();
        let y = y.unwrap_or_else(Axis::silent);
        let frame = Frame { left: LEFT, top, width, height: PANEL, x: x.clone(), y };
        let over_incidents = top - LINE * self.number_lines();
        let above = Frame { top: over_incidents - LINE * times.notes.lines(), ..frame.clone() };
        above.name_beside(canvas, &self.name, &self.remark());
        times.notes.shade(canvas, &frame);
        for span in &self.incidents {
            span.shade(canvas, &frame);
        }
        numbers(canvas, &self.incidents, &frame, top - LINE / 2.0);
        if is_empty {
            frame.dates(canvas, says_x);
            times.notes.draw(canvas, &frame, over_incidents - LINE / 2.0);
            frame.say(canvas, self.empty.as_deref().unwrap_or("no request succeeded"));
            return;
        }
        self.draw_bands(canvas, &frame);
        frame.axes(canvas, says_x);
        times.notes.draw(canvas, &frame, over_incidents - LINE / 2.0);
        gaps_of(canvas, &frame, &times.gaps);
        for line in &self.lines {
            draw_stretches(canvas, &frame, &line.points, line.spacing, (line.colour, line.width));
        }
        self.draw_marks(canvas, &frame);
        let labels = self.lines.iter().filter_map(|line| {
            let (_, value) = line.points.last()?;
            Some(EndLabel { text: line.name.to_owned(), y: frame.y_at(*value), colour: line.colour })
        });
        frame.end_labels(canvas, labels.collect(), RIGHT);
    }

    fn draw_bands(&self, canvas: &mut Canvas<'_>, frame: &Frame) {
        let highs = self.expected.iter().map(|(at, _, high)| frame.at(*at, *high));
        let lows = self.expected.iter().rev().map(|(at, low, _)| frame.at(*at, *low));
        canvas.fill(&highs.chain(lows).collect::<Vec<_>>(), BLUE, 0.16);
        for end in self.band.iter().flat_map(|band| [band.low, band.high]) {
            canvas.dashes(frame.at(frame.x.low, end), frame.at(frame.x.high, end), BLUE, 0.7);
        }
    }

    fn draw_marks(&self, canvas: &mut Canvas<'_>, frame: &Frame) {
        apart(&self.flags, frame, |place| canvas.circle(place, 1.2, MUTED, false));
        apart(&self.outliers, frame, |(x, y)| {
            let corners = [(x, y - DIAMOND), (x + DIAMOND, y), (x, y + DIAMOND), (x - DIAMOND, y)];
            canvas.fill(&corners, INK, 1.0);
        });
        for at in &self.shifts {
            let x = frame.x_at(*at).clamp(frame.left, frame.right());
            canvas.dashed(&[(x, frame.top), (x, frame.bottom())], MUTED, 0.9, &[2.0, 3.0]);
        }
        for (_, limit) in self.near_limits() {
            let y = frame.y_at(limit);
            canvas.dashed(&[(frame.left, y), (frame.right(), y)], INK, 0.9, &[7.0, 4.0]);
        }
    }
}

/// Draws each point, one for all that fall on the same spot.
fn apart(points: &[(f64, f64)], frame: &Frame, mut draw: impl FnMut((f64, f64))) {
    let mut last = (f64::NEG_INFINITY, f64::NEG_INFINITY);
    for (at, value) in points {
        let place = frame.at(*at, *value);
        if (place.0 - last.0).hypot(place.1 - last.1) >= 1.5 {
            draw(place);
            last = place;
        }
    }
}

/// Stretches without measurements, hatched, with the word where there is room for it.
fn gaps_of(canvas: &mut Canvas<'_>, frame: &Frame, gaps: &[(f64, f64)]) {
    const STRIPE: f64 = 7.0;
    for (from, to) in gaps {
        let (left, right) = (frame.x_at(*from).max(frame.left), frame.x_at(*to).min(frame.right()));
        if right - left < 1.0 {
            continue;
        }
        let mut x = left;
        while x < right {
            let end = (x + STRIPE).min(right);
            let rise = (end - x) * frame.height / STRIPE;
            canvas.line(&[(x, frame.bottom()), (end, frame.bottom() - rise)], AXIS, 0.5);
            x += STRIPE;
        }
        canvas.line(&[(left, frame.top), (left, frame.bottom())], AXIS, 0.8);
        canvas.line(&[(right, frame.top), (right, frame.bottom())], AXIS, 0.8);
        let words = format!("gap of {}", length_in_words(to - from));
        let width = Canvas::width_of(&words, LABEL);
        if right - left > width + 8.0 {
            frame.note(canvas, &words, (f64::midpoint(left, right) - width / 2.0, frame.top + 12.0), MUTED);
        }
    }
}
