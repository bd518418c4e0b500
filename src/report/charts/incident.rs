//! One small chart per incident: the metric of its worst cell, before, during and after.

use crate::analysis::incident::Incident;
use crate::domain::metric::Metric;
use crate::domain::units::epoch_seconds;
use crate::domain::verdict::Validity;
use crate::report::view::incident_view::IncidentView;
use crate::report::view::run_view::{CellView, RunView};
use crate::report::wording::phrases::{chosen_value, metric_words};

use super::axis::Axis;
use super::canvas::{Anchor, Canvas, LABEL};
use super::chart::{Chart, Picture, Subject};
use super::frame::Frame;
use super::incident_marks::Span;
use super::labels::{LINE, cell_name, span_of, wrapped};
use super::layout::Layout;
use super::palette::{ALARM, BLUE, INK, MUTED};
use super::stretches::{draw_stretches, normal_spacing};

/// Further incidents have no chart of their own.
const MOST: usize = 6;
const LEFT: f64 = 56.0;
const RIGHT: f64 = 22.0;
const MARGIN: f64 = 8.0;
const PANEL: f64 = 78.0;
const BOTTOM: f64 = 38.0;
/// Windows that are shown before and after at least, where the run has them.
const LEAST_WINDOWS: usize = 20;
/// An SLO further than this from the values is named and not drawn.
const NEAR: f64 = 1.7;

struct Zoom {
    incident: Span,
    name: String,
    metric: Metric,
    /// Seconds since the epoch.
    span: (f64, f64),
    /// Seconds since the epoch, and the metric.
    points: Vec<(f64, f64)>,
    /// How far apart windows usually are. Units: seconds.
    spacing: f64,
    expected: Vec<(f64, f64, f64)>,
    objective: Option<f64>,
}

/// The charts of the most serious incidents.
pub(super) fn charts(view: &RunView) -> Vec<Chart<'_>> {
    let incidents = IncidentView::by_weight(view).into_iter().take(MOST);
    let charts = incidents.filter_map(|IncidentView { place, incident, .. }| {
        let zoom = zoom(view, place, incident)?;
        let metric = zoom.what();
        let cell = &incident.cells.first()?.cell;
        Some(Chart {
            subject: Subject::Incident(place),
            endpoint: Some(cell.series()),
            file: format!("chart-incident-{}.png", place + 1),
            alternative: format!("{cell}: {metric} before, during and after incident I{}.", place + 1),
            caption: zoom.caption(),
            picture: Box::new(zoom),
        })
    });
    charts.collect()
}

fn zoom(view: &RunView, place: usize, incident: &Incident) -> Option<Zoom> {
    let cell = &incident.cells.first()?.cell;
    let (level, found) = view.cells().find(|(_, found)| found.name == *cell)?;
    let metric = incident.metric;
    // Failed requests are shown of every window; other metrics only where the window may be judged.
    let windows = view.windows.iter().filter(|window| {
        window.cell == *cell && (metric == Metric::ErrorRatio || window.validity == Validity::Valid)
    });
    let mut points: Vec<(f64, f64)> =
        windows.filter_map(|window| Some((epoch_seconds(window.started_at), metric.of(window)?))).collect();
    points.sort_by(|left, right| left.0.total_cmp(&right.0));
    let spacing = normal_spacing(&points);
    let mut shown = Span::of(place, incident, span_of(view).1);
    let span = around(&points, (shown.from, shown.until))?;
    shown.until = shown.until.min(span.1);
    points.retain(|(at, _)| (span.0..=span.1).contains(at));
    let objective = found.objectives.iter().find(|objective| objective.metric == metric);
    Some(Zoom {
        incident: shown,
        name: cell_name(view, found, level),
        metric,
        span,
        points,
        spacing,
        expected: expected(found, metric, span),
        objective: objective.map(|objective| objective.limit),
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

impl Zoom {
    /// What the line is.
    fn what(&self) -> String {
        match self.metric {
            Metric::ErrorRatio => "failed requests".to_owned(),
            metric => metric_words(metric),
        }
    }

    fn caption(&self) -> String {
        let points =
            if self.metric == Metric::ErrorRatio { "Bars: windows" } else { "Each point is a window" };
        let mut text = format!("{points}; red background: the incident.");
        if !self.expected.is_empty() {
            text.push_str(" Blue band: expected at that time of day, +-2 sigma.");
        }
        text
    }

    /// The SLO if it lies near the values; otherwise it is only named.
    fn near_objective(&self) -> Option<f64> {
        let values = || self.points.iter().map(|(_, value)| *value);
        let (low, high) = (values().fold(f64::INFINITY, f64::min), values().fold(0.0, f64::max));
        self.objective.filter(|limit| *limit <= high * NEAR && *limit >= low / NEAR)
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

    /// What stands above the panel: the cell with its metric, and the SLO.
    fn lines(&self, layout: Layout) -> (Vec<String>, Option<String>) {
        let room = Self::width(layout) - MARGIN - RIGHT - Canvas::width_of(&self.shaded(), LABEL) - 12.0;
        let title = wrapped(&format!("{}: {}", self.name, self.what()), LABEL, room);
        let objective = self.objective.map(|limit| {
            let said = chosen_value(self.metric, limit);
            let is_below = self.points.iter().all(|(_, value)| *value > limit);
            match (self.near_objective(), is_below) {
                (Some(_), _) => format!("dashes: SLO {said}"),
                (None, true) => format!("SLO {said}, below the scale"),
                (None, false) => format!("SLO {said}, above the scale"),
            }
        });
        (title, objective)
    }

    fn shaded(&self) -> String {
        format!("shaded: I{}", self.incident.number)
    }

    fn width(layout: Layout) -> f64 {
        if layout == Layout::Wide { 400.0 } else { 340.0 }
    }

    fn top(&self, layout: Layout) -> f64 {
        let (title, objective) = self.lines(layout);
        LINE * (title.len() + usize::from(objective.is_some())) as f64 + 12.0
    }

    fn write(&self, canvas: &mut Canvas<'_>) {
        let (title, objective) = self.lines(canvas.layout);
        let mut y = 11.0;
        canvas.text(&self.shaded(), (canvas.width - RIGHT, y), LABEL, ALARM, Anchor::End);
        for line in title {
            canvas.text(&line, (MARGIN, y), LABEL, INK, Anchor::Start);
            y += LINE;
        }
        canvas.text(&objective.unwrap_or_default(), (MARGIN, y), LABEL, MUTED, Anchor::Start);
    }

    /// Failed requests as bars, everything else as a line.
    fn draw_values(&self, canvas: &mut Canvas<'_>, frame: &Frame) {
        if self.metric != Metric::ErrorRatio {
            return draw_stretches(canvas, frame, &self.points, self.spacing, (BLUE, 1.3));
        }
        let width = (frame.x_at(self.span.0 + self.spacing) - frame.left) * 0.75;
        for (at, value) in self.points.iter().filter(|(_, value)| *value > 0.0) {
            let left = frame.x_at(*at);
            let right = (left + width.max(1.0)).min(frame.right());
            canvas.fill_rectangle((left, frame.y_at(*value)), (right, frame.bottom()), ALARM, 1.0);
        }
    }
}

impl Picture for Zoom {
    fn size(&self, layout: Layout) -> (f64, f64) {
        (Self::width(layout), self.top(layout) + PANEL + BOTTOM)
    }

    fn draw(&self, canvas: &mut Canvas<'_>) {
        let width = canvas.width - LEFT - RIGHT;
        let x = Axis::of_dates(self.span.0, self.span.1, width);
        let frame =
            Frame { left: LEFT, top: self.top(canvas.layout), width, height: PANEL, x, y: self.axis() };
        self.incident.shade(canvas, &frame);
        let highs = self.expected.iter().map(|(at, _, high)| frame.at(*at, *high));
        let lows = self.expected.iter().rev().map(|(at, low, _)| frame.at(*at, *low));
        canvas.fill(&highs.chain(lows).collect::<Vec<_>>(), BLUE, 0.16);
        frame.axes(canvas, true);
        self.draw_values(canvas, &frame);
        if let Some(limit) = self.near_objective() {
            let y = frame.y_at(limit);
            canvas.dashes((frame.left, y), (frame.right(), y), INK, 0.9);
        }
        self.write(canvas);
    }
}

#[cfg(test)]
mod tests {
    use super::around;

    #[test]
    fn an_incident_is_shown_with_what_was_around_it() {
        let points: Vec<(f64, f64)> = (0..200).map(|n| (f64::from(n), 1.0)).collect();
        assert_eq!(around(&points, (100.0, 102.0)), Some((80.0, 122.0)));
        assert_eq!(around(&points, (90.0, 130.0)), Some((50.0, 170.0)));
        assert_eq!(around(&points, (5.0, 199.5)), Some((0.0, 199.5)));
        assert_eq!(around(&[], (5.0, 6.0)), None);
    }
}
