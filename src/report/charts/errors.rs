//! The percentage of failed and of rate-limited (429) requests over time.

use std::collections::{BTreeMap, BTreeSet};

use plotters::style::RGBColor;

use crate::domain::units::epoch_seconds;
use crate::domain::window::Counts;
use crate::report::view::run_view::RunView;
use crate::report::wording::numbers::{count, counted, percent, trimmed};

use super::axis::Axis;
use super::canvas::{Canvas, WIDTH};
use super::chart::{Chart, Layout, MOST_ENDPOINTS, Picture, Subject};
use super::frame::{EndLabel, Frame};
use super::grid::{Grid, file_of, pictures};
use super::labels::{endpoint_name, heading, span_of, subheading};
use super::palette::{ALARM, BLUE, MUTED};

const PANEL: f64 = 110.0;
/// Stretches of time that a run is cut into.
const MOST_STRETCHES: usize = 96;

struct Panel {
    endpoint: String,
    /// The middle of a stretch in seconds since the epoch, the share that failed, the share that was throttled.
    points: Vec<(f64, f64, f64)>,
    half: f64,
}

struct Errors {
    span: (f64, f64),
    panels: Vec<Panel>,
    requests: u64,
}

/// The charts of the endpoints that have something to show.
pub(super) fn charts(view: &RunView) -> Vec<Chart<'_>> {
    let span = span_of(view);
    let failing: BTreeSet<&str> = view
        .cells()
        .filter(|(_, cell)| cell.all_counts.failed + cell.all_counts.throttled > 0)
        .map(|(_, cell)| &*cell.endpoint)
        .collect();
    let panels: Vec<Panel> = failing
        .into_iter()
        .map(|endpoint| panel(view, endpoint, span))
        .filter(|panel| panel.points.iter().any(|(_, failed, throttled)| failed + throttled > 0.0))
        .take(MOST_ENDPOINTS)
        .collect();
    let requests = view.health.tally.counts.requests();
    let (failed, throttled) = (view.health.tally.counts.failed, view.health.tally.counts.throttled);
    let alternative = if panels.is_empty() {
        format!("None of {} requests failed or was rate-limited (429).", count(requests))
    } else {
        format!(
            "Percentage of failed and rate-limited (429) requests over time: {} failed and {} rate-limited of {}, at {}.",
            count(failed),
            count(throttled),
            count(requests),
            counted(panels.len() as u64, "endpoint")
        )
    };
    let charts = pictures(panels).into_iter().enumerate();
    charts
        .map(|(place, panels)| Chart {
            subject: Subject::Errors,
            endpoint: None,
            file: file_of("errors", place),
            alternative: alternative.clone(),
            caption: if panels.is_empty() {
                "No errors.".to_owned()
            } else {
                "All levels and all windows together. Bars: failed requests, as a percentage of failed and successful ones. \
                 Line: rate-limited (429) requests, as a percentage of all. Endpoints with neither are omitted."
                    .to_owned()
            },
            picture: Box::new(Errors { span, panels, requests }),
        })
        .collect()
}

fn panel(view: &RunView, endpoint: &str, span: (f64, f64)) -> Panel {
    let windows = || view.windows.iter().filter(|window| window.cell.is_series(endpoint));
    let stretches = (windows().count() / 3).clamp(1, MOST_STRETCHES);
    let length = ((span.1 - span.0) / stretches as f64).max(1e-3);
    let mut counts: BTreeMap<usize, Counts> = BTreeMap::new();
    for window in windows() {
        let at = epoch_seconds(window.started_at);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "fewer than stretches")]
        let stretch = (((at - span.0) / length).max(0.0) as usize).min(stretches - 1);
        *counts.entry(stretch).or_default() += window.counts;
    }
    let points = counts.iter().map(|(stretch, counts)| {
        let throttled = counts.throttled as f64 / counts.requests().max(1) as f64;
        (span.0 + (*stretch as f64 + 0.5) * length, counts.error_ratio().unwrap_or(0.0), throttled)
    });
    Panel { endpoint: endpoint_name(view, endpoint), points: points.collect(), half: length / 2.0 }
}

/// A share with as many digits as a tick needs.
fn share(value: f64) -> String {
    if value == 0.0 { "0".to_owned() } else { format!("{} %", trimmed(value * 100.0)) }
}

impl Errors {
    fn grid(&self) -> Grid {
        Grid::new(self.panels.len(), PANEL, 56.0, 72.0)
    }
}

impl Picture for Errors {
    fn size(&self, _: Layout) -> (f64, f64) {
        (WIDTH, if self.panels.is_empty() { 130.0 } else { self.grid().picture_height() })
    }

    fn draw(&self, canvas: &mut Canvas<'_>) {
        heading(canvas, "Failed and rate-limited (429) requests");
        let x = Axis::of_dates(self.span.0, self.span.1, if self.panels.len() > 1 { 270.0 } else { 660.0 });
        if self.panels.is_empty() {
            let y = Axis::from_zero(1.0, |_| String::new());
            let frame = Frame { left: 12.0, top: 40.0, width: WIDTH - 24.0, height: 70.0, x, y };
            frame.say(canvas, &format!("none of {}", counted(self.requests, "request")));
            return;
        }
        subheading(canvas, "Percentage of requests, all levels together; times are UTC");
        let grid = self.grid();
        for (place, panel) in self.panels.iter().enumerate() {
            let (left, top, width, height) = grid.place(place);
            let largest = panel.points.iter().map(|(_, failed, throttled)| failed.max(*throttled));
            let y = Axis::from_zero(largest.fold(0.0, f64::max), share);
            let frame = Frame { left, top, width, height, x: x.clone(), y };
            panel.draw(canvas, &frame, &grid);
        }
    }
}

impl Panel {
    fn draw(&self, canvas: &mut Canvas<'_>, frame: &Frame, grid: &Grid) {
        frame.axes(canvas, true);
        frame.name(canvas, &self.endpoint);
        let mut labels = Vec::new();
        let mut label = |text: &str, share: f64, colour: RGBColor| {
            labels.push(EndLabel { text: text.to_owned(), y: frame.y_at(share), colour });
        };
        for (at, failed, _) in self.points.iter().filter(|(_, failed, _)| *failed > 0.0) {
            let (left, right) = (frame.x_at(at - self.half), frame.x_at(at + self.half));
            let right = right.max(left + 0.8);
            canvas.fill_rectangle((left, frame.y_at(*failed)), (right, frame.bottom()), ALARM, 1.0);
        }
        if let Some((_, failed, _)) = self.points.iter().rfind(|(_, failed, _)| *failed > 0.0) {
            label("failed", *failed, ALARM);
        }
        if self.points.iter().any(|(.., throttled)| *throttled > 0.0) {
            // Stretches that lie side by side; a line through a gap would make up what was not measured.
            for side_by_side in self.points.chunk_by(|before, after| after.0 - before.0 < self.half * 2.5) {
                let line: Vec<(f64, f64)> =
                    side_by_side.iter().map(|(at, _, throttled)| frame.at(*at, *throttled)).collect();
                match line.as_slice() {
                    [point] => canvas.circle(*point, 2.0, BLUE, true),
                    line => canvas.line(line, BLUE, 1.3),
                }
            }
            label("rate-limited", self.points.last().map_or(0.0, |(.., throttled)| *throttled), BLUE);
        }
        frame.end_labels(canvas, labels, grid.right);
        let worst = self.points.iter().map(|(_, failed, _)| *failed).fold(0.0, f64::max);
        if worst > 0.0 {
            let text = format!("maximum {} failed", percent(Some(worst)));
            let width = Canvas::width_of(&text, super::canvas::LABEL);
            let at = (frame.right() - width, frame.top - 9.0);
            canvas.text(&text, at, super::canvas::LABEL, MUTED, super::canvas::Anchor::Start);
        }
    }
}
