//! Incidents on an axis of time: the shaded span of each, and their numbers above it.

use plotters::style::RGBColor;

use crate::analysis::incident::Incident;
use crate::domain::units::epoch_seconds;
use crate::report::view::run_view::RunView;

use super::canvas::{Anchor, Canvas, LABEL};
use super::frame::Frame;
use super::palette::ALARM;

/// An incident: its number in the list, and when it began and ended, in seconds since the epoch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Span {
    pub(super) number: usize,
    pub(super) from: f64,
    pub(super) until: f64,
}

impl Span {
    /// The span of an incident by its place in the list; one that is open lasts to the end of the run.
    pub(super) fn of(place: usize, incident: &Incident, run_end: f64) -> Self {
        let until = incident.resolved_at.map_or(run_end, epoch_seconds);
        Self { number: place + 1, from: epoch_seconds(incident.opened_at), until }
    }

    pub(super) fn contains(&self, at: f64) -> bool {
        (self.from..self.until).contains(&at)
    }

    /// Its left and right end, within the frame and never narrower than a line.
    pub(super) fn ends(&self, frame: &Frame) -> (f64, f64) {
        let left = frame.x_at(self.from).clamp(frame.left, frame.right() - 1.0);
        (left, frame.x_at(self.until).min(frame.right()).max(left + 1.0))
    }

    /// Its ground; what is drawn later lies upon it.
    pub(super) fn shade(&self, canvas: &mut Canvas<'_>, frame: &Frame) {
        let (left, right) = self.ends(frame);
        canvas.fill_rectangle((left, frame.top), (right, frame.bottom()), ALARM, 0.13);
        for x in [left, right] {
            canvas.line(&[(x, frame.top), (x, frame.bottom())], ALARM, 0.6);
        }
    }
}

/// The incidents of a run that concern a series, or a cell of it.
pub(super) fn spans<'a>(
    view: &'a RunView,
    run_end: f64,
    concerns: impl Fn(&Incident) -> bool + 'a,
) -> impl Iterator<Item = (Span, &'a Incident)> {
    let incidents =
        view.findings.incidents.iter().enumerate().filter(move |(_, incident)| concerns(incident));
    incidents.map(move |(place, incident)| (Span::of(place, incident, run_end), incident))
}

/// Numbers of incidents that share a label, and what the label covers.
struct Group {
    numbers: Vec<usize>,
    left: f64,
    right: f64,
}

/// Writes the numbers of incidents over the middle of their spans; those without room of their own share a label.
pub(super) fn numbers(canvas: &mut Canvas<'_>, spans: &[Span], frame: &Frame, middle: f64) {
    numbers_of(canvas, spans, frame, middle, ('I', ALARM));
}

/// The same for what is numbered behind another letter.
pub(super) fn numbers_of(
    canvas: &mut Canvas<'_>,
    spans: &[Span],
    frame: &Frame,
    middle: f64,
    (letter, colour): (char, RGBColor),
) {
    for (text, x) in labels(spans, frame, letter) {
        canvas.text(&text, (x, middle), LABEL, colour, Anchor::Middle);
    }
}

fn labels(spans: &[Span], frame: &Frame, letter: char) -> Vec<(String, f64)> {
    let mut all = spans.to_vec();
    all.sort_by(|left, right| (left.from + left.until).total_cmp(&(right.from + right.until)));
    let mut groups: Vec<Group> = Vec::new();
    for span in all {
        let (left, right) = span.ends(frame);
        let mut group = Group { numbers: vec![span.number], left, right };
        while let Some(before) = groups.pop() {
            let ((text, x), (next, next_x)) = (before.label(frame, letter), group.label(frame, letter));
            let room = f64::midpoint(Canvas::width_of(&text, LABEL), Canvas::width_of(&next, LABEL)) + 6.0;
            if next_x - x >= room {
                groups.push(before);
                break;
            }
            let numbers = [before.numbers, group.numbers].concat();
            group =
                Group { numbers, left: before.left.min(group.left), right: before.right.max(group.right) };
        }
        groups.push(group);
    }
    groups.iter().map(|group| group.label(frame, letter)).collect()
}

impl Group {
    /// What it is called, and where: `I1`, `I1, I3`, `I1 to I4`.
    fn label(&self, frame: &Frame, letter: char) -> (String, f64) {
        let mut numbers = self.numbers.clone();
        numbers.sort_unstable();
        let runs = numbers.chunk_by(|before, after| *after == before + 1).flat_map(|run| match run {
            [first, .., last] if run.len() > 2 => vec![format!("{letter}{first} to {letter}{last}")],
            run => run.iter().map(|number| format!("{letter}{number}")).collect(),
        });
        let text = Canvas::cut(&runs.collect::<Vec<_>>().join(", "), LABEL, frame.width);
        let half = Canvas::width_of(&text, LABEL) / 2.0;
        let middle = f64::midpoint(self.left, self.right);
        (text, middle.clamp(frame.left + half, (frame.right() - half).max(frame.left + half)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::charts::axis::{Axis, Scale};

    #[test]
    fn numbers_without_room_share_a_label() {
        let axis = Axis::given(Scale::Linear, 0.0, 100.0, Vec::new());
        let frame = Frame { left: 0.0, top: 0.0, width: 200.0, height: 10.0, x: axis.clone(), y: axis };
        let check = |starts: &[f64], expected: &[&str]| {
            let spans = starts.iter().enumerate();
            let spans: Vec<Span> =
                spans.map(|(place, at)| Span { number: place + 1, from: *at, until: at + 1.0 }).collect();
            let labels = labels(&spans, &frame, 'I');
            let said: Vec<&str> = labels.iter().map(|(text, _)| text.as_str()).collect();
            assert_eq!(said, expected);
            for pair in labels.windows(2) {
                let half = |text: &str| Canvas::width_of(text, LABEL) / 2.0;
                assert!(pair[0].1 + half(&pair[0].0) < pair[1].1 - half(&pair[1].0), "{labels:?}");
            }
        };
        check(&[10.0, 50.0, 90.0], &["I1", "I2", "I3"]);
        check(&[10.0, 12.0, 90.0], &["I1, I2", "I3"]);
        check(&[10.0, 12.0, 14.0, 99.0], &["I1 to I3", "I4"]);
        check(&[14.0, 50.0, 12.0], &["I1, I3", "I2"]);
        check(&[], &[]);
    }
}
