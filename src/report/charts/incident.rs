//! One small chart per incident: the metric of its worst cell, before, during and after.

use crate::analysis::incident::Incident;
use crate::domain::metric::{Direction, Metric};
use crate::domain::units::epoch_seconds;
use crate::domain::verdict::Validity;
use crate::domain::window::Window;
use crate::report::view::run_view::{CellView, RunView};
use crate::report::wording::phrases::{chosen_value, metric_words};

use super::axis::Axis;
use super::canvas::{Anchor, Canvas, LABEL};
use super::chart::{Chart, Layout, Picture, Subject};
use super::frame::Frame;
use super::labels::{legible_cell, span_of};
use super::palette::{ALARM, BLUE, INK, MUTED};
use super::strips::ends_of;

/// Further incidents have no chart of their own.
const MOST: usize = 6;
const LEFT: f64 = 56.0;
const RIGHT: f64 = 22.0;
const TOP: f64 = 26.0;
const PANEL: f64 = 78.0;
const BOTTOM: f64 = 38.0;
/// Windows that are shown before and after at least, where the run has them.
const LEAST_WINDOWS: usize = 20;
/// A pause longer than this multiple of the normal spacing breaks a line.
const BREAK: f64 = 3.5;
/// An SLO further than this from the values is named and not drawn.
const NEAR: f64 = 1.7;

struct Zoom {
    number: usize,
    name: String,
    metric: Metric,
    /// Seconds since the epoch.
    span: (f64, f64),
    incident: (f64, f64),
    /// Seconds since the epoch, and the metric.
    points: Vec<(f64, f64)>,
    expected: Vec<(f64, f64, f64)>,
    objective: Option<f64>,
}

/// The charts of the first incidents of the list.
pub(super) fn charts(view: &RunView) -> Vec<Chart<'_>> {
    let incidents = view.findings.incidents.iter().enumerate().take(MOST);
    let charts = incidents.filter_map(|(place, incident)| {
        let zoom = zoom(view, place, incident)?;
        let metric = metric_words(zoom.metric);
        let cell = &incident.cells.first()?.cell;
        Some(Chart {
            subject: Subject::Incident(place),
            endpoint: Some(cell.series()),
            file: format!("chart-incident-{}.png", place + 1),
            alternative: format!("{cell}: {metric} before, during and after incident I{}.", place + 1),
            caption: caption(&zoom),
            picture: Box::new(zoom),
        })
    });
    charts.collect()
}

fn caption(zoom: &Zoom) -> String {
    let mut text = "Each point is a window; red background: the incident.".to_owned();
    if !zoom.expected.is_empty() {
        text.push_str(" Blue band: expected at that time of day, +-2 sigma.");
    }
    text
}

fn zoom(view: &RunView, place: usize, incident: &Incident) -> Option<Zoom> {
    let cell = &incident.cells.first()?.cell;
    let (level, found) = view.cells().find(|(_, found)| found.name == *cell)?;
    let metric = incident.metric;
    // Failed requests are shown of every window; other metrics only where the window may be judged.
    let is_shown = |window: &&Window| {
        window.cell == *cell && (metric == Metric::ErrorRatio || window.validity == Validity::Valid)
    };
    let windows = view.windows.iter().filter(is_shown);
    let mut points: Vec<(f64, f64)> =
        windows.filter_map(|window| Some((epoch_seconds(window.started_at), metric.of(window)?))).collect();
    points.sort_by(|left, right| left.0.total_cmp(&right.0));
    let (from, until) = ends_of(incident, span_of(view).1);
    let span = around(&points, (from, until))?;
    points.retain(|(at, _)| (span.0..=span.1).contains(at));
    Some(Zoom {
        number: place + 1,
        name: legible_cell(view, found, level),
        metric,
        span,
        incident: (from, until.min(span.1)),
        points,
        expected: expected(found, metric, span),
        objective: objective(found, metric),
    })
}

/// One length of the incident before and after, and at least [`LEAST_WINDOWS`]; `None` without a value.
fn around(points: &[(f64, f64)], (from, until): (f64, f64)) -> Option<(f64, f64)> {
    let length = until - from;
    let first = points.partition_point(|(at, _)| *at < from);
    let after = points.partition_point(|(at, _)| *at < until);
    let (earliest, latest) = (points.first()?.0, points.last()?.0);
    let low = points.get(first.saturating_sub(LEAST_WINDOWS)).map_or(earliest, |(at, _)| *at);
    let high = points.get(after + LEAST_WINDOWS).map_or(latest, |(at, _)| *at);
    let (low, high) = (low.min(from - length).max(earliest), high.max(until + length).min(latest));
    Some((low.min(from), high.max(until)))
}

fn expected(cell: &CellView, metric: Metric, span: (f64, f64)) -> Vec<(f64, f64, f64)> {
    let series = cell.outliers.series.iter().find(|(of, _)| *of == metric);
    let values = series.map_or(&[][..], |(_, series)| &series.values);
    let within = values.iter().filter(|value| (span.0..=span.1).contains(&value.at));
    within.map(|value| (value.at, value.band.low, value.band.high)).collect()
}

fn objective(cell: &CellView, metric: Metric) -> Option<f64> {
    cell.objectives.iter().find(|objective| objective.metric == metric).map(|objective| objective.limit)
}

impl Zoom {
    /// The SLO if it lies near the values; otherwise it is only named.
    fn near_objective(&self) -> Option<f64> {
        let limit = self.objective?;
        let values = || self.points.iter().map(|(_, value)| *value);
        let (low, high) = (values().fold(f64::INFINITY, f64::min), values().fold(0.0, f64::max));
        (limit <= high * NEAR && limit >= low / NEAR).then_some(limit)
    }

    fn axis(&self) -> Axis {
        let band = self.expected.iter().flat_map(|(_, low, high)| [*low, *high]);
        let values = self.points.iter().map(|(_, value)| *value).chain(band).chain(self.near_objective());
        let say = |value: f64| if value == 0.0 { "0".to_owned() } else { chosen_value(self.metric, value) };
        let linear = |values: &[f64]| Axis::from_zero(values.iter().copied().fold(0.0, f64::max), say);
        let values: Vec<f64> = values.collect();
        match self.metric {
            Metric::Time(..) => Axis::of_times(values.iter().copied()).unwrap_or_else(|| linear(&values)),
            _ => linear(&values),
        }
    }

    /// What the line is, and the SLO where it lies outside of the panel.
    fn title(&self) -> String {
        let what = if self.metric == Metric::ErrorRatio {
            "failed requests".to_owned()
        } else {
            metric_words(self.metric)
        };
        format!("{}: {what}", self.name)
    }

    fn draw_objective(&self, canvas: &mut Canvas<'_>, frame: &Frame) {
        let Some(limit) = self.objective else { return };
        let text = format!("SLO {}", chosen_value(self.metric, limit));
        if self.near_objective().is_some() {
            let y = frame.y_at(limit);
            canvas.dashes((frame.left, y), (frame.right(), y), INK, 0.9);
            let below = if y - frame.top < 16.0 { y + 9.0 } else { y - 8.0 };
            frame.note(canvas, &text, (frame.left + 4.0, below), INK);
        } else {
            let is_above = limit > self.points.first().map_or(0.0, |(_, value)| *value);
            let (arrow, y) =
                if is_above { ("above", frame.top + 8.0) } else { ("below", frame.bottom() - 9.0) };
            frame.note(canvas, &format!("{text}, far {arrow}"), (frame.left + 4.0, y), MUTED);
        }
    }

    fn draw_line(&self, canvas: &mut Canvas<'_>, frame: &Frame) {
        let mut spacings: Vec<f64> = self.points.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
        spacings.sort_by(f64::total_cmp);
        let normal = spacings.get(spacings.len() / 2).copied().unwrap_or(0.0);
        let colour =
            if self.metric.direction() == Direction::LowerIsBetter && self.metric == Metric::ErrorRatio {
                ALARM
            } else {
                BLUE
            };
        for stretch in self.points.chunk_by(|before, after| after.0 - before.0 <= BREAK * normal.max(1e-3)) {
            let line: Vec<(f64, f64)> = stretch.iter().map(|(at, value)| frame.at(*at, *value)).collect();
            match line.as_slice() {
                [point] => canvas.circle(*point, 1.5, colour, true),
                line => canvas.line(line, colour, 1.3),
            }
        }
    }
}

impl Picture for Zoom {
    fn size(&self, layout: Layout) -> (f64, f64) {
        let width = if layout == Layout::Wide { 400.0 } else { 340.0 };
        (width, TOP + PANEL + BOTTOM)
    }

    fn draw(&self, canvas: &mut Canvas<'_>) {
        let width = canvas.width - LEFT - RIGHT;
        let x = Axis::of_dates(self.span.0, self.span.1, width);
        let frame = Frame { left: LEFT, top: TOP, width, height: PANEL, x, y: self.axis() };
        let (left, right) = (frame.x_at(self.incident.0), frame.x_at(self.incident.1));
        let right = right.max(left + 1.0);
        canvas.fill_rectangle((left, frame.top), (right, frame.bottom()), ALARM, 0.12);
        let highs = self.expected.iter().map(|(at, _, high)| frame.at(*at, *high));
        let lows = self.expected.iter().rev().map(|(at, low, _)| frame.at(*at, *low));
        canvas.fill(&highs.chain(lows).collect::<Vec<_>>(), BLUE, 0.16);
        frame.axes(canvas, true);
        for end in [left, right] {
            canvas.line(&[(end, frame.top), (end, frame.bottom())], ALARM, 0.6);
        }
        self.draw_line(canvas, &frame);
        self.draw_objective(canvas, &frame);
        let shaded = format!("shaded: I{}", self.number);
        let taken = Canvas::width_of(&shaded, LABEL) + 12.0;
        canvas.text(&shaded, (frame.right(), 12.0), LABEL, ALARM, Anchor::End);
        let title = Canvas::cut(&self.title(), LABEL, canvas.width - RIGHT - 8.0 - taken);
        canvas.text(&title, (8.0, 12.0), LABEL, INK, Anchor::Start);
    }
}
