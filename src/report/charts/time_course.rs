//! Service time over time: one panel per level, with the expected band, outliers, incidents, level shifts and gaps.

use std::fmt::Write as _;

use plotters::style::RGBColor;

use crate::analysis::watch::{Band, Flag};
use crate::domain::metric::{Metric, Reading};
use crate::domain::percentile::Percentile;
use crate::domain::time_summary::TimeKind;
use crate::domain::units::epoch_seconds;
use crate::domain::verdict::Validity;
use crate::domain::window::Window;
use crate::report::view::run_view::{CellView, LevelView, RunView};
use crate::report::wording::numbers::{counted, time_us};

use super::axis::{Axis, length_in_words};
use super::canvas::{Anchor, Canvas, LABEL, WIDTH};
use super::chart::{Chart, Layout, Picture, Subject};
use super::course_marks::{Mark, marks};
use super::frame::{EndLabel, Frame};
use super::labels::{endpoint_name, heading, level_name, span_of, subheading};
use super::palette::{AXIS, BLUE, GREEN, INK, MUTED, ORANGE, PURPLE};

const LEFT: f64 = 62.0;
const RIGHT: f64 = 66.0;
const TOP: f64 = 76.0;
const PANEL: f64 = 132.0;
/// Between panels: a name and a row of marks.
const BETWEEN: f64 = 42.0;
const BOTTOM: f64 = 40.0;
/// Fewer points make no course.
const LEAST_POINTS: usize = 2;
/// More points than these are drawn by the ends they reach in each column.
const MOST_POINTS: usize = 1_300;
/// A pause longer than this multiple of the normal spacing breaks a line.
const BREAK: f64 = 3.5;
/// Half of the height of a diamond.
const DIAMOND: f64 = 2.3;

/// One line of a panel.
struct Line {
    name: &'static str,
    colour: RGBColor,
    width: f64,
    /// Stretches without a break: seconds since the epoch, microseconds.
    stretches: Vec<Vec<(f64, f64)>>,
}

struct Panel {
    name: String,
    lines: Vec<Line>,
    /// Which line the bands and marks belong to.
    banded: &'static str,
    /// The baseline band.
    band: Option<Band>,
    /// The band of what was expected at each time of day: seconds, low and high end.
    expected: Vec<(f64, f64, f64)>,
    /// Outliers for the time of day.
    outliers: Vec<(f64, f64)>,
    /// Values beyond the baseline band.
    flags: Vec<(f64, f64)>,
    marks: Vec<Mark>,
    empty: Option<String>,
}

struct TimeCourse {
    title: String,
    span: (f64, f64),
    gaps: Vec<(f64, f64)>,
    panels: Vec<Panel>,
}

/// The chart of an endpoint.
pub(super) fn chart<'a>(view: &'a RunView, endpoint: &str, file: String) -> Chart<'a> {
    let span = span_of(view);
    let cells = view.cells().filter(|(_, cell)| *cell.endpoint == *endpoint);
    let panels: Vec<Panel> = cells.map(|(level, cell)| panel(view, level, cell)).collect();
    let gaps = view.facts.gaps.iter().map(|gap| (epoch_seconds(gap.from), epoch_seconds(gap.to))).collect();
    let alternative = alternative(view, endpoint, span);
    let title = format!(
        "Service time of {} over {}",
        endpoint_name(view, endpoint),
        length_in_words(span.1 - span.0)
    );
    Chart {
        subject: Subject::Course,
        endpoint: Some(endpoint.to_owned()),
        file,
        alternative,
        caption: caption(&panels),
        picture: Box::new(TimeCourse { title, span, gaps, panels }),
    }
}

fn alternative(view: &RunView, endpoint: &str, span: (f64, f64)) -> String {
    let mut text = format!("Service time of {endpoint} over {}", length_in_words(span.1 - span.0));
    for (place, (level, cell)) in view.cells().filter(|(_, cell)| *cell.endpoint == *endpoint).enumerate() {
        let lead = if place == 0 { ':' } else { ',' };
        let p95 = cell.service_us(Percentile::P95);
        let (name, value) =
            if p95.is_some() { ("p95", p95) } else { ("mean", cell.times[TimeKind::Service as usize].mean) };
        let _ = write!(text, "{lead} {} {name} {}", level.name, time_us(value));
    }
    let alerts = view.findings.alerts.iter().filter(|alert| alert.place.cell.is_series(endpoint)).count();
    let changes =
        view.findings.step_changes.iter().filter(|(series, _)| series.cell.is_series(endpoint)).count();
    let _ =
        write!(text, "; {}, {}.", counted(alerts as u64, "alert"), counted(changes as u64, "level shift"));
    text
}

/// The caption explains only the marks that the chart has.
fn caption(panels: &[Panel]) -> String {
    let mut parts = vec!["Each point is a window; logarithmic scale.".to_owned()];
    let mut names: Vec<&str> =
        panels.iter().filter(|panel| panel.band.is_some()).map(|panel| panel.banded).collect();
    names.sort_unstable();
    names.dedup();
    let name = names.join(" or ");
    if panels.iter().any(|panel| !panel.expected.is_empty()) {
        parts.push(format!(
            "Shaded: {name} expected at that time of day, +-2 sigma; diamonds: outliers for the time of day."
        ));
    }
    if !names.is_empty() {
        parts.push(format!("Horizontal dashes: baseline {name} +-2 sigma; small rings: beyond it."));
    }
    if panels.iter().any(|panel| panel.marks.iter().any(|mark| mark.is_incident)) {
        parts.push("Triangles: alerts, pointing up if worse, numbered as in the table; marks close together share a label.".to_owned());
    }
    if panels.iter().any(|panel| panel.marks.iter().any(|mark| !mark.is_incident)) {
        parts.push("Vertical dashes: level shifts, numbered as in the table.".to_owned());
    }
    parts.join(" ")
}

fn panel(view: &RunView, level: &LevelView, cell: &CellView) -> Panel {
    let windows: Vec<&Window> = view
        .windows
        .iter()
        .filter(|window| window.cell == cell.name)
        .filter(|window| window.validity == Validity::Valid)
        .collect();
    let percentile = |percentile| Metric::Time(TimeKind::Service, Reading::Percentile(percentile));
    let candidates = [
        ("p99", ORANGE, 0.9, percentile(Percentile::P99)),
        ("p95", BLUE, 1.2, percentile(Percentile::P95)),
        ("p50", GREEN, 1.2, percentile(Percentile::P50)),
        ("mean", PURPLE, 1.2, Metric::Time(TimeKind::Service, Reading::Mean)),
    ];
    let has_p95 = windows.iter().any(|window| percentile(Percentile::P95).of(window).is_some());
    // The mean stands in where windows are too small for a p95, for then it is the mean that is watched.
    let wanted = candidates.into_iter().filter(|(name, ..)| *name != "mean" || !has_p95);
    let lines: Vec<Line> = wanted
        .map(|(name, colour, width, metric)| Line {
            name,
            colour,
            width,
            stretches: stretches(&windows, metric),
        })
        .filter(|line| !line.stretches.is_empty())
        .collect();
    let (banded, band, metric) = if has_p95 {
        ("p95", cell.baseline_p95_us, percentile(Percentile::P95))
    } else {
        ("mean", cell.baseline_us, Metric::Time(TimeKind::Service, Reading::Mean))
    };
    let of_panel = |flags: &[Flag]| -> Vec<(f64, f64)> {
        let of_panel = flags.iter().filter(|flag| flag.metric == metric && flag.place.cell == cell.name);
        of_panel.map(|flag| (epoch_seconds(flag.place.started_at), flag.value)).collect()
    };
    let points = windows.len();
    let empty = (points < LEAST_POINTS || lines.is_empty())
        .then(|| format!("{}: too few to plot", counted(points as u64, "valid window")));
    Panel {
        name: format!("{}: {}", level_name(level), counted(u64::from(level.users), "user")),
        lines,
        banded,
        band,
        expected: expected(cell, metric),
        outliers: of_panel(&view.outliers),
        flags: of_panel(&view.flags),
        marks: marks(view, cell),
        empty,
    }
}

/// What was expected of a metric of a cell; of many windows every few are drawn, for the band is smooth.
fn expected(cell: &CellView, metric: Metric) -> Vec<(f64, f64, f64)> {
    let series = cell.outliers.series.iter().find(|(of, _)| *of == metric);
    let values = series.map_or(&[][..], |(_, series)| &series.values);
    let each = values.len().div_ceil(MOST_POINTS).max(1);
    values.iter().step_by(each).map(|value| (value.at, value.band.low, value.band.high)).collect()
}

/// The values of a metric, broken where windows are missing.
fn stretches(windows: &[&Window], metric: Metric) -> Vec<Vec<(f64, f64)>> {
    let points: Vec<(f64, f64)> = windows
        .iter()
        .filter_map(|window| Some((epoch_seconds(window.started_at), metric.of(window)?)))
        .collect();
    let mut spacings: Vec<f64> = points.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
    spacings.sort_by(f64::total_cmp);
    let usual = spacings.get(spacings.len() / 2).copied().unwrap_or(0.0);
    let broken = points.chunk_by(|before, after| after.0 - before.0 <= BREAK * usual.max(1e-3));
    broken.map(|stretch| thinned(stretch, points.len())).collect()
}

/// Long stretches by the lowest and highest value of each column, so that nothing that was measured is hidden.
fn thinned(stretch: &[(f64, f64)], all: usize) -> Vec<(f64, f64)> {
    let group = all.div_ceil(MOST_POINTS / 2);
    if all <= MOST_POINTS {
        return stretch.to_vec();
    }
    let by_value = |left: &&(f64, f64), right: &&(f64, f64)| left.1.total_cmp(&right.1);
    let ends = stretch.chunks(group).flat_map(|points| {
        let mut ends: Vec<(f64, f64)> = points
            .iter()
            .min_by(by_value)
            .into_iter()
            .chain(points.iter().max_by(by_value))
            .copied()
            .collect();
        ends.sort_by(|left, right| left.0.total_cmp(&right.0));
        ends
    });
    ends.collect()
}

impl Panel {
    fn values(&self) -> impl Iterator<Item = f64> {
        let lines = self.lines.iter().flat_map(|line| line.stretches.iter().flatten().map(|point| point.1));
        let expected = self.expected.iter().flat_map(|(_, low, high)| [*low, *high]);
        lines.chain(self.band.iter().flat_map(|band| [band.low, band.high])).chain(expected)
    }

    fn draw(&self, canvas: &mut Canvas<'_>, frame: &Frame, gaps: &[(f64, f64)], says_x: bool) {
        let highs = self.expected.iter().map(|(at, _, high)| frame.at(*at, *high));
        let lows = self.expected.iter().rev().map(|(at, low, _)| frame.at(*at, *low));
        canvas.fill(&highs.chain(lows).collect::<Vec<_>>(), BLUE, 0.16);
        frame.axes(canvas, says_x);
        frame.name(canvas, &self.name);
        gaps_of(canvas, frame, gaps);
        for line in &self.lines {
            for stretch in &line.stretches {
                let points: Vec<(f64, f64)> = stretch.iter().map(|(x, y)| frame.at(*x, *y)).collect();
                match points.as_slice() {
                    [point] => canvas.circle(*point, 1.5, line.colour, true),
                    points => canvas.line(points, line.colour, line.width),
                }
            }
        }
        for end in self.band.iter().flat_map(|band| [band.low, band.high]) {
            let ends = (frame.at(frame.x.low, end), frame.at(frame.x.high, end));
            canvas.dashes(ends.0, ends.1, BLUE, 0.7);
        }
        apart(&self.flags, frame, |place| canvas.circle(place, 1.2, MUTED, false));
        apart(&self.outliers, frame, |(x, y)| {
            let corners = [(x, y - DIAMOND), (x + DIAMOND, y), (x, y + DIAMOND), (x - DIAMOND, y)];
            canvas.fill(&corners, INK, 1.0);
        });
        self.draw_marks(canvas, frame);
        let labels = self.lines.iter().filter_map(|line| {
            let (_, value) = line.stretches.last()?.last()?;
            Some(EndLabel { text: line.name.to_owned(), y: frame.y_at(*value), colour: line.colour })
        });
        frame.end_labels(canvas, labels.collect(), RIGHT);
    }

    /// Marks in the row above the panel; those that would lie upon each other share a label.
    fn draw_marks(&self, canvas: &mut Canvas<'_>, frame: &Frame) {
        const NEAR: f64 = 16.0;
        // Right of the panel's name.
        let mut free_from = frame.left + Canvas::width_of(&self.name, LABEL + 0.5) + 12.0;
        let place = |mark: &Mark| frame.x_at(mark.at).clamp(frame.left, frame.right());
        for mark in &self.marks {
            mark.draw(canvas, frame, place(mark));
        }
        for group in self.marks.chunk_by(|before, after| place(after) - place(before) < NEAR) {
            // An incident is what a reader looks for first.
            let Some(first) = group.iter().find(|mark| mark.is_incident).or_else(|| group.first()) else {
                continue;
            };
            let more = if group.len() > 1 { format!(" +{}", group.len() - 1) } else { String::new() };
            let label = format!("{}{more}", first.label);
            let (x, half) = (place(first), Canvas::width_of(&label, LABEL) / 2.0);
            if x - half >= free_from {
                canvas.text(&label, (x, frame.top - 8.0), LABEL, first.colour(), Anchor::Middle);
                free_from = x + half + 4.0;
            }
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
            canvas.line(
                &[(x, frame.bottom()), (end, frame.bottom() - (end - x) * frame.height / STRIPE)],
                AXIS,
                0.5,
            );
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

impl Picture for TimeCourse {
    fn size(&self, _: Layout) -> (f64, f64) {
        (WIDTH, TOP + (PANEL + BETWEEN) * self.panels.len() as f64 - BETWEEN + BOTTOM)
    }

    fn draw(&self, canvas: &mut Canvas<'_>) {
        heading(canvas, &self.title);
        subheading(canvas, "p50, p95 and p99 of each window, logarithmic scale; times are UTC");
        let x = Axis::of_dates(self.span.0, self.span.1, WIDTH - LEFT - RIGHT);
        for (place, panel) in self.panels.iter().enumerate() {
            let top = TOP + (PANEL + BETWEEN) * place as f64;
            let axis = Axis::of_times(panel.values()).filter(|_| panel.empty.is_none());
            let is_empty = axis.is_none();
            let y = axis.unwrap_or_else(|| Axis::from_zero(1.0, |_| String::new()));
            let width = WIDTH - LEFT - RIGHT;
            let frame = Frame { left: LEFT, top, width, height: PANEL, x: x.clone(), y };
            if is_empty {
                frame.name(canvas, &panel.name);
                frame.say(canvas, panel.empty.as_deref().unwrap_or("no request succeeded"));
            } else {
                panel.draw(canvas, &frame, &self.gaps, place + 1 == self.panels.len());
            }
        }
    }
}
