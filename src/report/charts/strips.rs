//! The state of every endpoint over the whole run, one strip each: fine, degraded, failing, not measured.
//!
//! A strip is a skyline: the worse the state, the higher and the darker it stands. What was not measured is hatched.

use std::collections::BTreeMap;

use crate::analysis::incident::{Incident, IncidentCause};
use crate::domain::cell_name::CellName;
use crate::domain::units::epoch_seconds;
use crate::domain::verdict::Validity;
use crate::domain::window::Window;
use crate::report::view::run_view::RunView;
use crate::report::wording::numbers::counted;

use super::axis::{Axis, length_in_words};
use super::canvas::{Anchor, Canvas, LABEL};
use super::chart::{Chart, MOST_ENDPOINTS, Picture, Subject};
use super::frame::Frame;
use super::incident_marks::{Span, numbers, spans};
use super::labels::{Heading, LINE, MARGIN, endpoint_name, page_width, span_of};
use super::layout::Layout;
use super::note_marks::NoteMarks;
use super::palette::{ALARM, GREEN, INK, MUTED, ORANGE};

/// A pause longer than this multiple of the normal spacing was not measured.
const BREAK: f64 = 3.5;
/// Parts of the run that have a state of their own.
const COLUMNS: usize = 720;
/// Between the key and the first strip.
const BELOW_KEY: f64 = 8.0;
const BOTTOM: f64 = 42.0;
const RIGHT: f64 = 20.0;
/// The height of a strip.
const STRIP: f64 = 16.0;
/// Below each strip.
const BETWEEN: f64 = 8.0;
/// The widest name beside a strip.
const WIDEST_NAME: f64 = 150.0;

/// What an endpoint was like, the worst last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum State {
    NotMeasured,
    Fine,
    Degraded,
    Failing,
}

struct Row {
    name: String,
    /// The worst state of each of [`COLUMNS`] equal parts of the run.
    columns: Vec<State>,
    incidents: Vec<Span>,
    /// How serious its worst incident is, as [`Incident::weight`] says; a failing endpoint without one counts like it.
    weight: f64,
}

struct Strips {
    span: (f64, f64),
    rows: Vec<Row>,
    notes: NoteMarks,
}

/// The chart; `None` where nothing was measured.
pub(super) fn chart(view: &RunView) -> Option<Chart<'_>> {
    view.span()?;
    let span = span_of(view);
    let mut rows = rows(view, span);
    // The worst first, as in the list of incidents and the table of endpoints.
    rows.sort_by(|left, right| right.weight.total_cmp(&left.weight));
    let all = rows.len();
    rows.truncate(MOST_ENDPOINTS);
    let more = match all - rows.len() {
        0 => String::new(),
        n => format!(" {} with fewer problems are not shown.", counted(n as u64, "endpoint")),
    };
    let notes = NoteMarks::all(view);
    let marked = Some(notes.caption()).filter(|words| !words.is_empty());
    let marked = marked.map_or_else(String::new, |words| format!(" {words}"));
    Some(Chart {
        subject: Subject::Strips,
        endpoint: None,
        file: "chart-strips.png".to_owned(),
        alternative: alternative(&rows, span),
        caption: format!(
            "All levels of an endpoint together, the worst endpoint first. Failing: an incident of failed requests, or half \
             of the requests of a window failed. Degraded: another incident. Not measured: no valid window. Numbers: the \
             incidents of the list.{more}{marked}"
        ),
        picture: Box::new(Strips { span, rows, notes }),
    })
}

fn alternative(rows: &[Row], span: (f64, f64)) -> String {
    let length = length_in_words(span.1 - span.0);
    let troubled = rows.iter().filter_map(|row| {
        let worst = *row.columns.iter().max()?;
        let numbers: Vec<String> = row.incidents.iter().map(|span| format!("I{}", span.number)).collect();
        let cause = if numbers.is_empty() { String::new() } else { format!(" ({})", numbers.join(", ")) };
        (worst > State::Fine).then(|| format!("{} {}{cause}", row.name, worst.word()))
    });
    let troubled: Vec<String> = troubled.collect();
    let what = if troubled.is_empty() { "none failing or degraded".to_owned() } else { troubled.join(", ") };
    format!("State of {} over {length}: {what}.", counted(rows.len() as u64, "endpoint"))
}

fn rows(view: &RunView, span: (f64, f64)) -> Vec<Row> {
    let endpoints = view.endpoints();
    let place_of: BTreeMap<&str, usize> =
        endpoints.iter().enumerate().map(|(place, endpoint)| (&**endpoint, place)).collect();
    let of_cell: BTreeMap<&CellName, usize> =
        view.cells().filter_map(|(_, cell)| Some((&cell.name, *place_of.get(&*cell.endpoint)?))).collect();
    let mut windows: Vec<Vec<&Window>> = vec![Vec::new(); endpoints.len()];
    for window in &view.windows {
        if let Some(place) = of_cell.get(&window.cell) {
            windows[*place].push(window);
        }
    }
    let rows = endpoints.iter().zip(windows).map(|(endpoint, windows)| row(view, endpoint, windows, span));
    rows.collect()
}

fn row(view: &RunView, endpoint: &str, mut windows: Vec<&Window>, span: (f64, f64)) -> Row {
    windows.sort_by_key(|window| window.started_at);
    let mut columns = Columns { span, states: vec![State::NotMeasured; COLUMNS] };
    columns.measured(&windows);
    let (mut incidents, mut weight) = (Vec::new(), 0.0_f64);
    let concerns =
        |incident: &Incident| incident.cells.iter().any(|affected| affected.cell.is_series(endpoint));
    for (span, incident) in spans(view, span.1, concerns) {
        let state = if incident.cause == IncidentCause::Errors { State::Failing } else { State::Degraded };
        columns.at_least(span.from, span.until, state);
        weight = weight.max(incident.weight());
        incidents.push(span);
    }
    for gap in view.facts.gaps.iter().filter(|gap| gap.is_pause()) {
        columns.clear(epoch_seconds(gap.from), epoch_seconds(gap.to));
    }
    let failing = columns.states.iter().filter(|state| **state == State::Failing).count();
    if failing > 0 {
        weight = weight.max(1e6 + failing as f64 / COLUMNS as f64);
    }
    Row { name: endpoint_name(view, endpoint), columns: columns.states, incidents, weight }
}

/// States by part of the run.
struct Columns {
    span: (f64, f64),
    states: Vec<State>,
}

impl Columns {
    /// Where a point in time lies, 0 to [`COLUMNS`].
    fn place(&self, at: f64) -> f64 {
        let length = (self.span.1 - self.span.0).max(1e-3);
        ((at - self.span.0) / length).clamp(0.0, 1.0) * COLUMNS as f64
    }

    /// Every column that a stretch touches is at least as bad.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within the columns")]
    fn at_least(&mut self, from: f64, until: f64, state: State) {
        let first = (self.place(from) as usize).min(COLUMNS - 1);
        let end = (self.place(until).ceil() as usize).max(first + 1);
        for column in &mut self.states[first..end] {
            *column = (*column).max(state);
        }
    }

    /// Nothing was measured in the columns whose middle lies within.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within the columns")]
    fn clear(&mut self, from: f64, until: f64) {
        let (first, end) = (self.place(from).round() as usize, self.place(until).round() as usize);
        if let Some(columns) = self.states.get_mut(first..end) {
            columns.fill(State::NotMeasured);
        }
    }

    /// What the windows of an endpoint say, in the order of time, each until the next one.
    fn measured(&mut self, windows: &[&Window]) {
        let starts: Vec<f64> = windows.iter().map(|window| epoch_seconds(window.started_at)).collect();
        let mut spacings: Vec<f64> = starts.windows(2).map(|pair| pair[1] - pair[0]).collect();
        spacings.sort_by(f64::total_cmp);
        let widest = spacings.get(spacings.len() * 9 / 10).copied().unwrap_or(0.0) * BREAK;
        for (place, window) in windows.iter().enumerate() {
            let state = match (window.worked(), window.validity) {
                (Some(false), _) => State::Failing,
                // A window of rate-limited requests only measured the limiter, and an invalid one the load generator.
                (None, Validity::Throttled) | (_, Validity::Invalid(_)) => continue,
                (_, Validity::Valid | Validity::Throttled) => State::Fine,
            };
            let own_end = epoch_seconds(window.ended_at());
            let next = starts.get(place + 1).copied().unwrap_or(self.span.1);
            let until = if next - starts[place] > widest { own_end } else { next.max(own_end) };
            // A run begins and ends with windows of other endpoints.
            let is_first = place == 0 && starts[0] - self.span.0 <= widest;
            let from = if is_first { self.span.0 } else { starts[place] };
            self.at_least(from, until, state);
        }
    }
}

impl State {
    const ALL: [Self; 4] = [Self::Fine, Self::Degraded, Self::Failing, Self::NotMeasured];

    fn word(self) -> &'static str {
        match self {
            Self::NotMeasured => "not measured",
            Self::Fine => "fine",
            Self::Degraded => "degraded",
            Self::Failing => "failing",
        }
    }

    /// Draws a piece of a strip that stands on `foot`.
    fn draw(self, canvas: &mut Canvas<'_>, left: f64, right: f64, foot: f64) {
        let (height, colour) = match self {
            Self::Fine => (5.0, GREEN),
            Self::Degraded => (10.0, ORANGE),
            Self::Failing => (STRIP, ALARM),
            Self::NotMeasured => return hatched(canvas, left, right, foot),
        };
        canvas.fill_rectangle((left, foot - height), (right, foot), colour, 1.0);
    }
}

fn hatched(canvas: &mut Canvas<'_>, left: f64, right: f64, foot: f64) {
    const STRIPE: f64 = 5.0;
    let mut x = left;
    while x < right {
        let end = (x + STRIPE).min(right);
        canvas.line(&[(x, foot), (end, foot - (end - x) / STRIPE * STRIP)], MUTED, 0.5);
        x += STRIPE;
    }
    canvas.line(&[(left, foot), (right, foot)], MUTED, 0.5);
}

/// Where everything stands in a layout.
struct Places {
    heading: Heading,
    top: f64,
    left: f64,
    width: f64,
    /// The foot of each row's strip.
    feet: Vec<f64>,
    is_name_above: bool,
}

impl Places {
    fn foot(&self) -> f64 {
        self.feet.last().copied().unwrap_or(self.top)
    }
}

impl Strips {
    fn places(&self, layout: Layout) -> Places {
        let length = length_in_words(self.span.1 - self.span.0);
        let heading = Heading::new(layout, &format!("State of each endpoint over {length} (UTC)"), "");
        let is_name_above = layout == Layout::Narrow;
        let widest = self.rows.iter().map(|row| Canvas::width_of(&row.name, LABEL)).fold(0.0, f64::max);
        let left = if is_name_above { MARGIN } else { MARGIN + widest.min(WIDEST_NAME) + 10.0 };
        let top = heading.height() + STRIP + BELOW_KEY + LINE * self.notes.lines();
        let mut foot = top - BETWEEN;
        let feet = self.rows.iter().map(|row| {
            let lines = u8::from(is_name_above) + u8::from(!row.incidents.is_empty());
            foot += BETWEEN + f64::from(lines) * LINE + STRIP;
            foot
        });
        let feet = feet.collect();
        Places { heading, top, left, width: page_width(layout) - left - RIGHT, feet, is_name_above }
    }
}

impl Picture for Strips {
    fn size(&self, layout: Layout) -> (f64, f64) {
        (page_width(layout), self.places(layout).foot() + BOTTOM)
    }

    fn draw(&self, canvas: &mut Canvas<'_>) {
        let places = self.places(canvas.layout);
        places.heading.draw(canvas);
        key(canvas, places.heading.height());
        let frame = Frame {
            left: places.left,
            top: places.top,
            width: places.width,
            height: places.foot() + 4.0 - places.top,
            x: Axis::of_dates(self.span.0, self.span.1, places.width),
            y: Axis::silent(),
        };
        self.notes.shade(canvas, &frame);
        frame.axes(canvas, true);
        self.notes.draw(canvas, &frame, places.top - LINE / 2.0);
        for (row, foot) in self.rows.iter().zip(&places.feet) {
            row.draw(canvas, &frame, &places, *foot);
        }
    }
}

impl Row {
    fn draw(&self, canvas: &mut Canvas<'_>, frame: &Frame, places: &Places, foot: f64) {
        if places.is_name_above {
            let lines = if self.incidents.is_empty() { 0.5 } else { 1.5 };
            let name = Canvas::cut(&self.name, LABEL, frame.width);
            canvas.text(&name, (frame.left, foot - STRIP - lines * LINE), LABEL, INK, Anchor::Start);
        } else {
            let name = Canvas::cut(&self.name, LABEL, WIDEST_NAME);
            canvas.text(&name, (frame.left - 10.0, foot - STRIP / 2.0), LABEL, INK, Anchor::End);
        }
        let x_of = |column: usize| frame.left + frame.width * column as f64 / COLUMNS as f64;
        let mut column = 0;
        for piece in self.columns.chunk_by(|before, after| before == after) {
            let (left, right) = (x_of(column), x_of(column + piece.len()));
            piece[0].draw(canvas, left, right.max(left + 1.0), foot);
            column += piece.len();
        }
        numbers(canvas, &self.incidents, frame, foot - STRIP - LINE / 2.0);
    }
}

/// What the states look like.
fn key(canvas: &mut Canvas<'_>, top: f64) {
    let mut x = MARGIN;
    for state in State::ALL {
        state.draw(canvas, x, x + 14.0, top + STRIP);
        x += 18.0;
        canvas.text(state.word(), (x, top + STRIP / 2.0), LABEL, MUTED, Anchor::Start);
        x += Canvas::width_of(state.word(), LABEL) + 12.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns() -> Columns {
        Columns { span: (0.0, 720.0), states: vec![State::NotMeasured; COLUMNS] }
    }

    #[test]
    fn the_worse_state_is_seen() {
        let mut columns = columns();
        columns.at_least(0.0, 720.0, State::Fine);
        columns.at_least(100.0, 200.0, State::Degraded);
        columns.at_least(150.0, 150.1, State::Failing);
        columns.at_least(120.0, 180.0, State::Fine);
        let states = &columns.states;
        assert_eq!((states[99], states[100], states[150]), (State::Fine, State::Degraded, State::Failing));
        assert_eq!((states[151], states[199], states[200]), (State::Degraded, State::Degraded, State::Fine));
    }

    #[test]
    fn pauses_are_not_measured() {
        let mut columns = columns();
        columns.at_least(0.0, 720.0, State::Failing);
        columns.clear(10.0, 20.0);
        // A clock that was set back: nothing is cleared, and nothing breaks.
        columns.clear(50.0, 40.0);
        assert_eq!(columns.states.iter().filter(|state| **state == State::NotMeasured).count(), 10);
    }
}
