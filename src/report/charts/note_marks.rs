//! Notes and silences on an axis of time: a line for each note, a hatched band for each silence, and their numbers above.

use crate::domain::units::epoch_seconds;
use crate::report::view::marks::Mark;
use crate::report::view::run_view::RunView;

use super::canvas::Canvas;
use super::frame::Frame;
use super::incident_marks::{Span, numbers_of};
use super::palette::BROWN;

/// More would hide what was measured. The report lists all of them.
const MOST: usize = 200;
/// Between the lines of a hatched band.
const STRIPE: f64 = 11.0;

/// What is drawn of a note or a silence.
#[derive(Debug, Clone, Copy, PartialEq)]
struct NoteMark {
    span: Span,
    has_end: bool,
    silence: bool,
}

/// The notes and silences of a chart.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct NoteMarks(Vec<NoteMark>);

impl NoteMarks {
    /// All of a run.
    pub(super) fn all(view: &RunView) -> Self {
        Self::about(view, |_| true)
    }

    /// Those about a series.
    pub(super) fn of(view: &RunView, series: &str) -> Self {
        Self::about(view, |mark| mark.is_about(series))
    }

    fn about(view: &RunView, is_wanted: impl Fn(&&Mark) -> bool) -> Self {
        let marks = view.marks.iter().filter(is_wanted).take(MOST).map(|mark| NoteMark {
            span: Span {
                number: mark.number,
                from: epoch_seconds(mark.at),
                until: epoch_seconds(mark.until.unwrap_or(mark.at)),
            },
            has_end: mark.until.is_some(),
            silence: mark.silence,
        });
        Self(marks.collect())
    }

    /// Lines of text that the numbers need above the frame.
    pub(super) fn lines(&self) -> f64 {
        if self.0.is_empty() { 0.0 } else { 1.0 }
    }

    /// What the marks mean; empty where there are none.
    pub(super) fn caption(&self) -> String {
        let mut parts = Vec::new();
        if self.0.iter().any(|mark| !mark.silence) {
            parts.push("Brown lines N: notes.");
        }
        if self.0.iter().any(|mark| mark.silence) {
            parts.push("Brown hatched N: silences, without alerts.");
        }
        parts.join(" ")
    }

    /// The bands of silences: what is drawn later lies upon them.
    pub(super) fn shade(&self, canvas: &mut Canvas<'_>, frame: &Frame) {
        for mark in self.0.iter().filter(|mark| mark.silence) {
            let ends = mark.span.ends(frame);
            canvas.fill_rectangle((ends.0, frame.top), (ends.1, frame.bottom()), BROWN, 0.1);
            hatch(canvas, frame, ends);
        }
    }

    /// The lines of notes, and the numbers of all marks with their middle at that height.
    pub(super) fn draw(&self, canvas: &mut Canvas<'_>, frame: &Frame, middle: f64) {
        self.rules(canvas, frame);
        let spans: Vec<Span> = self.0.iter().map(|mark| mark.span).collect();
        numbers_of(canvas, &spans, frame, middle, ('N', BROWN));
    }

    /// The lines of notes, and the ends of silences. One that lasts has a bar along the upper edge.
    pub(super) fn rules(&self, canvas: &mut Canvas<'_>, frame: &Frame) {
        let mut last = f64::NEG_INFINITY;
        for mark in &self.0 {
            let (left, right) = mark.span.ends(frame);
            let is_inside = |at: f64| (frame.x.low..=frame.x.high).contains(&at);
            if is_inside(mark.span.from) && left - last >= 1.0 {
                canvas.line(&[(left, frame.top), (left, frame.bottom())], BROWN, 1.2);
                last = left;
            }
            if mark.has_end && is_inside(mark.span.until) {
                canvas.dashed(&[(right, frame.top), (right, frame.bottom())], BROWN, 0.8, &[3.0, 3.0]);
            }
            if mark.has_end && !mark.silence {
                canvas.fill_rectangle((left, frame.top), (right, frame.top + 3.0), BROWN, 1.0);
            }
        }
    }
}

/// Lines that fall to the right; those of stretches that were not measured rise.
fn hatch(canvas: &mut Canvas<'_>, frame: &Frame, (left, right): (f64, f64)) {
    let mut start = left - frame.height;
    while start < right {
        let (from, until) = (start.max(left), (start + frame.height).min(right));
        if until > from {
            let y = |x: f64| frame.top + (x - start);
            canvas.line(&[(from, y(from)), (until, y(until))], BROWN, 0.5);
        }
        start += STRIPE;
    }
}
