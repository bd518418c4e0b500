//! Service time over time: one panel per level, with the expected band, SLOs, outliers, incidents, level shifts and gaps.

use std::fmt::Write as _;

use crate::analysis::incident::Incident;
use crate::analysis::watch::Flag;
use crate::domain::metric::{Metric, Reading};
use crate::domain::percentile::Percentile;
use crate::domain::time_summary::TimeKind;
use crate::domain::units::epoch_seconds;
use crate::domain::verdict::Validity;
use crate::domain::window::Window;
use crate::report::view::run_view::{CellView, LevelView, RunView};
use crate::report::wording::numbers::{counted, joined, time_us};

use super::axis::{Axis, length_in_words};
use super::canvas::Canvas;
use super::chart::{Chart, Picture, Subject};
use super::course_panel::{BOTTOM, LEFT, Line, PANEL, Panel, RIGHT, Times};
use super::incident_marks::{Span, spans};
use super::labels::{Heading, endpoint_name, level_name, page_width, span_of};
use super::layout::Layout;
use super::note_marks::NoteMarks;
use super::palette::{BLUE, GREEN, ORANGE, PURPLE};
use super::stretches::normal_spacing;

/// Fewer points make no course.
const LEAST_POINTS: usize = 2;
/// The band of what was expected is smooth over hours: more points than these a day, or for a short run, add nothing.
const BAND_A_DAY: f64 = 24.0;
const LEAST_OF_BAND: f64 = 120.0;

struct TimeCourse {
    title: String,
    subtitle: String,
    times: Times,
    panels: Vec<Panel>,
}

/// The chart of an endpoint; `None` where no request succeeded in a valid window.
pub(super) fn chart<'a>(view: &'a RunView, endpoint: &str, file: String) -> Option<Chart<'a>> {
    let span = span_of(view);
    let cells = view.cells().filter(|(_, cell)| *cell.endpoint == *endpoint);
    let panels: Vec<Panel> = cells.map(|(level, cell)| panel(view, level, cell, span.1)).collect();
    if panels.iter().all(|panel| panel.lines.is_empty()) {
        return None;
    }
    let gaps = view.facts.gaps.iter().filter(|gap| gap.is_pause());
    let gaps = gaps.map(|gap| (epoch_seconds(gap.from), epoch_seconds(gap.to))).collect();
    let title = format!(
        "Service time of {} over {}",
        endpoint_name(view, endpoint),
        length_in_words(span.1 - span.0)
    );
    let subtitle = format!("{}, logarithmic scale; times are UTC", what(&panels));
    let times = Times { span, gaps, notes: NoteMarks::of(view, endpoint) };
    Some(Chart {
        subject: Subject::Course,
        endpoint: Some(endpoint.to_owned()),
        file,
        alternative: alternative(view, endpoint, span),
        caption: caption(&panels, &times),
        picture: Box::new(TimeCourse { title, subtitle, times, panels }),
    })
}

/// What the panels show, by their lines: `p95 and p50 of each window (light_load: mean and p50)`.
fn what(panels: &[Panel]) -> String {
    let names = |panel: &Panel| {
        let names: Vec<&str> = panel.lines.iter().map(|line| line.name).collect();
        joined(&names)
    };
    let mut kinds: Vec<(String, Vec<String>)> = Vec::new();
    for panel in panels.iter().filter(|panel| !panel.lines.is_empty()) {
        let said = names(panel);
        match kinds.iter_mut().find(|(of, _)| *of == said) {
            Some((_, levels)) => levels.push(panel.level.clone()),
            None => kinds.push((said, vec![panel.level.clone()])),
        }
    }
    kinds.sort_by_key(|(_, levels)| std::cmp::Reverse(levels.len()));
    let Some(((most, _), others)) = kinds.split_first() else { return String::new() };
    let others: Vec<String> =
        others.iter().map(|(said, levels)| format!("{}: {said}", levels.join(", "))).collect();
    let others = if others.is_empty() { String::new() } else { format!(" ({})", others.join("; ")) };
    format!("{most} of each window{others}")
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
    let concerns = |incident: &Incident| incident.cells.iter().any(|of| of.cell.is_series(endpoint));
    let incidents = spans(view, span.1, concerns).count();
    let _ = write!(text, "; {}.", counted(incidents as u64, "incident"));
    text
}

/// The caption explains only the marks that the chart has.
fn caption(panels: &[Panel], times: &Times) -> String {
    let mut parts = vec!["Each point is a window.".to_owned()];
    let banded = |is_wanted: fn(&Panel) -> bool| {
        let mut names: Vec<&str> =
            panels.iter().filter(|panel| is_wanted(panel)).map(|panel| panel.banded).collect();
        names.sort_unstable();
        names.dedup();
        names.join(" or ")
    };
    let expected = banded(|panel| !panel.expected.is_empty());
    if !expected.is_empty() {
        parts.push(format!(
            "Blue band: {expected} expected at that time of day, +-2 sigma; diamonds: outliers."
        ));
    }
    let learned = banded(|panel| panel.band.is_some());
    if !learned.is_empty() {
        parts.push(format!("Blue dashes: baseline {learned} +-2 sigma; small rings: beyond it."));
    }
    if panels.iter().any(|panel| !panel.incidents.is_empty()) {
        parts.push("Red background: incidents, numbered as in the list.".to_owned());
    }
    if panels.iter().any(|panel| !panel.shifts.is_empty()) {
        parts.push("Vertical dashes: level shifts outside of incidents.".to_owned());
    }
    if panels.iter().any(|panel| panel.near_limits().next().is_some()) {
        parts.push("Black dashes: SLO.".to_owned());
    }
    if !times.gaps.is_empty() {
        parts.push("Hatched: not measured.".to_owned());
    }
    parts.extend(Some(times.notes.caption()).filter(|words| !words.is_empty()));
    parts.join(" ")
}

const MEAN: Metric = Metric::Time(TimeKind::Service, Reading::Mean);

fn percentile(percentile: Percentile) -> Metric {
    Metric::Time(TimeKind::Service, Reading::Percentile(percentile))
}

fn panel(view: &RunView, level: &LevelView, cell: &CellView, run_end: f64) -> Panel {
    let windows: Vec<&Window> = view
        .windows
        .iter()
        .filter(|window| window.cell == cell.name && window.validity == Validity::Valid)
        .collect();
    let has_p95 = is_usual(&windows, percentile(Percentile::P95));
    // The mean stands in where windows are too small for a p95, for then it is the mean that is watched.
    let (banded, metric, band) = if has_p95 {
        ("p95", percentile(Percentile::P95), cell.baseline_p95_us)
    } else {
        ("mean", MEAN, cell.baseline_us)
    };
    let expected = expected(cell, metric);
    let concerns = |incident: &Incident| incident.cells.iter().any(|of| of.cell == cell.name);
    let incidents: Vec<Span> = spans(view, run_end, concerns).map(|(span, _)| span).collect();
    let is_quiet = |at: f64| !incidents.iter().any(|span| span.contains(at));
    let of_panel = |flags: &[Flag]| -> Vec<(f64, f64)> {
        let of_panel = flags.iter().filter(|flag| flag.metric == metric && flag.place.cell == cell.name);
        let places = of_panel.map(|flag| (epoch_seconds(flag.place.started_at), flag.value));
        places.filter(|(at, _)| is_quiet(*at)).collect()
    };
    // A flat band learned in the first hours says nothing where the hour of the day is known.
    let band = band.filter(|_| expected.is_empty());
    let shifts = view.findings.step_changes.iter().filter(|(series, _)| series.cell == cell.name);
    let slack = 2.0
        * normal_spacing(
            &windows.iter().map(|window| (epoch_seconds(window.started_at), 0.0)).collect::<Vec<_>>(),
        );
    let covered = |at: f64| incidents.iter().any(|span| at >= span.from - slack && at <= span.until + slack);
    let (points, lines) = (windows.len(), lines(&windows, has_p95));
    let limits = cell
        .objectives
        .iter()
        .filter(|objective| [MEAN, percentile(Percentile::P95)].contains(&objective.metric));
    Panel {
        name: format!("{}: {}", level_name(level), counted(u64::from(level.users), "user")),
        level: level_name(level),
        empty: (points < LEAST_POINTS || lines.is_empty())
            .then(|| format!("{}: too few to plot", counted(points as u64, "valid window"))),
        lines,
        banded,
        flags: if band.is_some() { of_panel(&view.flags) } else { Vec::new() },
        band,
        outliers: of_panel(&view.outliers),
        expected,
        shifts: shifts.map(|(_, change)| change.at).filter(|at| !covered(*at)).collect(),
        limits: limits
            .map(|objective| (if objective.metric == MEAN { "mean" } else { "p95" }, objective.limit))
            .collect(),
        incidents,
    }
}

/// Whether at least half of the windows have enough requests for a metric: a line of scraps says nothing.
fn is_usual(windows: &[&Window], metric: Metric) -> bool {
    let with = windows.iter().filter(|window| metric.of(window).is_some()).count();
    with > 0 && with * 2 >= windows.len()
}

/// The lines of a panel, the highest first, without those of which most windows have no value.
fn lines(windows: &[&Window], has_p95: bool) -> Vec<Line> {
    let candidates = [
        ("p99", ORANGE, 0.9, percentile(Percentile::P99)),
        ("p95", BLUE, 1.2, percentile(Percentile::P95)),
        ("mean", PURPLE, 1.2, MEAN),
        ("p50", GREEN, 1.2, percentile(Percentile::P50)),
    ];
    let wanted = candidates.into_iter().filter(|(name, ..)| *name != "mean" || !has_p95);
    let usual = wanted.filter(|(.., metric)| is_usual(windows, *metric));
    let lines = usual.map(|(name, colour, width, metric)| {
        let values =
            windows.iter().filter_map(|window| Some((epoch_seconds(window.started_at), metric.of(window)?)));
        let mut points: Vec<(f64, f64)> = values.collect();
        points.sort_by(|left, right| left.0.total_cmp(&right.0));
        Line { name, colour, width, spacing: normal_spacing(&points), points }
    });
    lines.filter(|line| !line.points.is_empty()).collect()
}

/// What was expected of a metric of a cell.
fn expected(cell: &CellView, metric: Metric) -> Vec<(f64, f64, f64)> {
    let series = cell.outliers.series.iter().find(|(of, _)| *of == metric);
    let values = series.map_or(&[][..], |(_, series)| &series.values);
    let days = values.last().zip(values.first()).map_or(0.0, |(last, first)| (last.at - first.at) / 86_400.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few hundred")]
    let wanted = (days * BAND_A_DAY).max(LEAST_OF_BAND) as usize;
    let each = values.len().div_ceil(wanted.max(1)).max(1);
    let last = values.len().saturating_sub(1);
    let some = values.iter().enumerate().filter(|(place, _)| place % each == 0 || *place == last);
    let mut band: Vec<(f64, f64, f64)> =
        some.map(|(_, value)| (value.at, value.band.low, value.band.high)).collect();
    band.sort_by(|left, right| left.0.total_cmp(&right.0));
    band
}

impl TimeCourse {
    fn heading(&self, layout: Layout) -> Heading {
        Heading::new(layout, &self.title, &self.subtitle)
    }

    /// The top of each panel's frame, and where the last one ends.
    fn places(&self, layout: Layout) -> (Vec<f64>, f64) {
        let width = page_width(layout) - LEFT - RIGHT;
        let mut y = self.heading(layout).height();
        let tops = self.panels.iter().map(|panel| {
            let top = y + panel.above(width, &self.times);
            y = top + PANEL;
            top
        });
        (tops.collect(), y)
    }
}

impl Picture for TimeCourse {
    fn size(&self, layout: Layout) -> (f64, f64) {
        (page_width(layout), self.places(layout).1 + BOTTOM)
    }

    fn draw(&self, canvas: &mut Canvas<'_>) {
        self.heading(canvas.layout).draw(canvas);
        let width = canvas.width - LEFT - RIGHT;
        let x = Axis::of_dates(self.times.span.0, self.times.span.1, width);
        let (tops, _) = self.places(canvas.layout);
        for (place, (panel, top)) in self.panels.iter().zip(tops).enumerate() {
            panel.draw(canvas, &x, (top, width), &self.times, place + 1 == self.panels.len());
        }
    }
}
