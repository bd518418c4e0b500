//! The percentage of failed requests over time, by status and reason, and of rate-limited (429) ones.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use plotters::style::RGBColor;

use crate::domain::units::epoch_seconds;
use crate::domain::window::{Counts, Window};
use crate::report::view::run_view::{CellView, RunView};
use crate::report::wording::numbers::{count, counted, percent, trimmed};

use super::axis::Axis;
use super::canvas::Canvas;
use super::chart::{Chart, MOST_ENDPOINTS, Picture, Subject};
use super::failure_reasons::failures;
use super::frame::{Frame, name_lines};
use super::grid::{Grid, file_of, pictures};
use super::key::{Key, Sample};
use super::labels::{Heading, LINE, endpoint_name, page_width, span_of};
use super::layout::Layout;
use super::line_style::LevelStyle;
use super::note_marks::NoteMarks;
use super::palette::{ALARM, BLUE, BROWN, MUTED, ORANGE, PURPLE};

const PANEL: f64 = 104.0;
/// Stretches of time that a run is cut into.
const MOST_STRETCHES: usize = 96;
/// Colours of reasons, the most frequent first; the last one is of all others.
const COLOURS: [RGBColor; 5] = [ALARM, ORANGE, PURPLE, BROWN, MUTED];

/// A stretch of time of an endpoint.
struct Point {
    /// Its middle, in seconds since the epoch.
    at: f64,
    /// The failed percentage by reason, as a ratio, in the order of the key.
    failed: Vec<f64>,
    throttled: f64,
}

struct Panel {
    endpoint: String,
    points: Vec<Point>,
    /// Half of a stretch. Units: seconds.
    half: f64,
    remark: String,
    notes: NoteMarks,
}

struct Errors {
    span: (f64, f64),
    key: Key,
    panels: Vec<Panel>,
}

/// The charts of the endpoints at which requests failed or were rate-limited; none without such an endpoint.
pub(super) fn charts(view: &RunView) -> Vec<Chart<'_>> {
    let span = span_of(view);
    let mut failing: Vec<(&str, u64)> = Vec::new();
    let failed = |cell: &CellView| cell.all_counts.failed + cell.all_counts.throttled;
    // A journey fails where its step does, and the step is shown.
    let is_shown = |cell: &CellView| {
        !view.cells().any(|(_, other)| failed(other) > 0 && cell.name.has_step(&other.name))
    };
    for (_, cell) in view.cells().filter(|(_, cell)| is_shown(cell)) {
        let n = failed(cell);
        match failing.iter_mut().find(|(endpoint, _)| *endpoint == &*cell.endpoint) {
            Some((_, sum)) => *sum += n,
            None => failing.push((&cell.endpoint, n)),
        }
    }
    failing.retain(|(_, n)| *n > 0);
    // The worst endpoints, where there are too many.
    failing.sort_by_key(|(endpoint, n)| (Reverse(*n), *endpoint));
    let left_out = failing.len().saturating_sub(MOST_ENDPOINTS);
    failing.truncate(MOST_ENDPOINTS);
    if failing.is_empty() {
        return Vec::new();
    }
    failing.sort_unstable();
    let windows: Vec<Vec<&Window>> = failing
        .iter()
        .map(|(endpoint, _)| view.windows.iter().filter(|window| window.cell.is_series(endpoint)).collect())
        .collect();
    let reasons = reasons(windows.iter().flatten().copied());
    let panels = failing.iter().zip(&windows);
    let panels: Vec<Panel> =
        panels.map(|((endpoint, _), windows)| panel(view, endpoint, windows, &reasons, span)).collect();
    let counts = view.health.tally.counts;
    let alternative = format!(
        "Percentage of failed and rate-limited (429) requests over time: {} failed and {} rate-limited of {}, at {}.",
        count(counts.failed),
        count(counts.throttled),
        count(counts.requests()),
        counted(failing.len() as u64, "endpoint")
    );
    let key = key(&reasons, counts.throttled > 0);
    let caption = caption(counts, left_out);
    let marked = Some(NoteMarks::all(view).caption()).filter(|words| !words.is_empty());
    let marked = marked.map_or_else(String::new, |words| format!(" {words}"));
    let charts = pictures(panels).into_iter().enumerate();
    let chart = |(place, panels)| Chart {
        subject: Subject::Errors,
        endpoint: None,
        file: file_of("errors", place),
        alternative: alternative.clone(),
        caption: format!("{caption}{marked}"),
        picture: Box::new(Errors { span, key: key.clone(), panels }),
    };
    charts.map(chart).collect()
}

fn caption(counts: Counts, left_out: usize) -> String {
    let mut text =
        "All levels together; endpoints without failed or rate-limited requests are omitted.".to_owned();
    if counts.failed > 0 {
        text.push_str(
            " Bars: failed requests by status or reason, as a percentage of failed and successful ones.",
        );
    }
    if counts.throttled > 0 {
        text.push_str(" Line: rate-limited (429) requests, as a percentage of all.");
    }
    if left_out > 0 {
        let _ = write!(text, " {} with fewer of them are not shown.", counted(left_out as u64, "endpoint"));
    }
    text
}

/// The reasons that have a colour of their own, the most frequent first.
fn reasons<'a>(windows: impl Iterator<Item = &'a Window>) -> Vec<String> {
    let mut all: BTreeMap<String, u64> = BTreeMap::new();
    for window in windows {
        for (reason, n) in failures(window) {
            *all.entry(reason).or_default() += n;
        }
    }
    let mut all: Vec<(String, u64)> = all.into_iter().collect();
    all.sort_by_key(|(_, n)| Reverse(*n));
    let most = if all.len() > COLOURS.len() { COLOURS.len() - 1 } else { COLOURS.len() };
    let mut names: Vec<String> = all.iter().take(most).map(|(reason, _)| reason.clone()).collect();
    if all.len() > most {
        names.push("other reasons".to_owned());
    }
    names
}

fn key(reasons: &[String], has_throttled: bool) -> Key {
    let areas =
        reasons.iter().zip(COLOURS).map(|(reason, colour)| (Sample::Area(colour, 1.0), reason.clone()));
    let throttled = (Sample::Line(LevelStyle::solid(BLUE)), "rate-limited (429)".to_owned());
    Key(areas.chain(has_throttled.then_some(throttled)).collect())
}

fn panel(view: &RunView, endpoint: &str, windows: &[&Window], reasons: &[String], span: (f64, f64)) -> Panel {
    let stretches = (windows.len() / 3).clamp(1, MOST_STRETCHES);
    let length = ((span.1 - span.0) / stretches as f64).max(1e-3);
    let mut sums: BTreeMap<usize, (Counts, Vec<u64>)> = BTreeMap::new();
    let mut totals = vec![0; reasons.len()];
    for window in windows {
        let at = epoch_seconds(window.started_at);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "fewer than stretches")]
        let stretch = (((at - span.0) / length).max(0.0) as usize).min(stretches - 1);
        let (counts, failed) =
            sums.entry(stretch).or_insert_with(|| (Counts::default(), vec![0; reasons.len()]));
        *counts += window.counts;
        for (reason, n) in failures(window) {
            // What has no colour of its own is among the last: the others.
            let place = reasons.iter().position(|name| *name == reason).unwrap_or(reasons.len() - 1);
            failed[place] += n;
            totals[place] += n;
        }
    }
    let points = sums.iter().map(|(stretch, (counts, failed))| {
        let judged = (counts.failed + counts.succeeded).max(1) as f64;
        Point {
            at: span.0 + (*stretch as f64 + 0.5) * length,
            failed: failed.iter().map(|n| *n as f64 / judged).collect(),
            throttled: counts.throttled as f64 / counts.requests().max(1) as f64,
        }
    });
    let points: Vec<Point> = points.collect();
    let worst = points.iter().map(|point| point.failed.iter().sum::<f64>()).fold(0.0, f64::max);
    let most = totals.iter().enumerate().max_by_key(|(place, n)| (**n, Reverse(*place)));
    let remark = match most {
        Some((place, n)) if *n > 0 => {
            let mostly = if *n == totals.iter().sum::<u64>() { ":" } else { ", mostly" };
            format!("maximum {}{mostly} {}", percent(Some(worst)), reasons[place])
        }
        _ => String::new(),
    };
    let notes = NoteMarks::of(view, endpoint);
    Panel { endpoint: endpoint_name(view, endpoint), points, half: length / 2.0, remark, notes }
}

/// A ratio with as many digits as a tick needs.
fn share(value: f64) -> String {
    if value == 0.0 { "0".to_owned() } else { format!("{} %", trimmed(value * 100.0)) }
}

impl Errors {
    /// A line for the numbers of notes, where a panel has any.
    fn note_lines(&self) -> f64 {
        self.panels.iter().map(|panel| panel.notes.lines()).fold(0.0, f64::max)
    }

    fn heading(layout: Layout) -> Heading {
        let subtitle = "Percentage of requests, all levels together; times are UTC";
        Heading::new(layout, "Failed and rate-limited (429) requests", subtitle)
    }

    fn grid(&self, layout: Layout) -> Grid {
        let width = Grid::frame_width(layout, self.panels.len());
        let lines = self.panels.iter().map(|panel| name_lines(width, &panel.endpoint, &panel.remark));
        let top = Self::heading(layout).height() + self.key.height(page_width(layout));
        let names = lines.fold(1.0, f64::max) + self.note_lines();
        Grid::new(layout, self.panels.len(), PANEL, top, (names, 2.0))
    }
}

impl Picture for Errors {
    fn size(&self, layout: Layout) -> (f64, f64) {
        (page_width(layout), self.grid(layout).picture_height())
    }

    fn draw(&self, canvas: &mut Canvas<'_>) {
        let heading = Self::heading(canvas.layout);
        heading.draw(canvas);
        self.key.draw(canvas, heading.height());
        let grid = self.grid(canvas.layout);
        for (place, panel) in self.panels.iter().enumerate() {
            let (left, top, width, height) = grid.place(place);
            let x = Axis::of_dates(self.span.0, self.span.1, width);
            let frame = Frame { left, top, width, height, x, y: panel.axis() };
            panel.draw(canvas, &frame);
        }
    }
}

impl Panel {
    fn axis(&self) -> Axis {
        let largest = self.points.iter().map(|point| point.throttled.max(point.failed.iter().sum::<f64>()));
        Axis::from_zero(largest.fold(0.0, f64::max), share)
    }

    fn draw(&self, canvas: &mut Canvas<'_>, frame: &Frame) {
        self.notes.shade(canvas, frame);
        frame.axes(canvas, true);
        let above = Frame { top: frame.top - LINE * self.notes.lines(), ..frame.clone() };
        above.name_beside(canvas, &self.endpoint, &self.remark);
        self.notes.draw(canvas, frame, frame.top - LINE / 2.0);
        for point in &self.points {
            let (left, right) = (frame.x_at(point.at - self.half), frame.x_at(point.at + self.half));
            let right = right.max(left + 0.8);
            let mut below = 0.0;
            for (failed, colour) in point.failed.iter().zip(COLOURS).filter(|(failed, _)| **failed > 0.0) {
                let (top, foot) = (frame.y_at(below + failed), frame.y_at(below));
                // A few failures of very many are seen too.
                let top = top.min(foot - 1.0);
                canvas.fill_rectangle((left, top), (right, foot), colour, 1.0);
                below += failed;
            }
        }
        if self.points.iter().any(|point| point.throttled > 0.0) {
            // Stretches that lie side by side; a line through a gap would make up what was not measured.
            for side_by_side in self.points.chunk_by(|before, after| after.at - before.at < self.half * 2.5) {
                let line: Vec<(f64, f64)> =
                    side_by_side.iter().map(|point| frame.at(point.at, point.throttled)).collect();
                match line.as_slice() {
                    [point] => canvas.circle(*point, 2.0, BLUE, true),
                    line => canvas.line(line, BLUE, 1.3),
                }
            }
        }
    }
}
