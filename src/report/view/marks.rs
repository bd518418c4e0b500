//! What people noted about the time of a run, and when nobody was alerted: one list, numbered in the order of time.

use jiff::Timestamp;

use crate::domain::silence::Silence;
use crate::store::notes::Note;

/// A note, or a stretch of a silence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Its number, from 1, in the order of time.
    pub number: usize,
    /// When it happened, or began.
    pub at: Timestamp,
    /// When it ended, exclusive; `None` for a moment.
    pub until: Option<Timestamp>,
    /// What it was; of a silence, why.
    pub text: String,
    /// Endpoints and journeys that it is about; empty means all.
    pub only: Vec<String>,
    /// Whether nobody was alerted meanwhile.
    pub silence: bool,
    /// Where it was written.
    pub source: MarkSource,
}

/// Where a mark was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MarkSource {
    /// A `[[silence]]` of the scenario.
    Scenario,
    /// `baseline annotate`.
    Note,
}

impl MarkSource {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Scenario => "scenario",
            Self::Note => "note",
        }
    }
}

impl Mark {
    /// Whether it is about a series: an endpoint, a journey or a step of it.
    pub fn is_about(&self, series: &str) -> bool {
        let names = |name: &String| {
            series.strip_prefix(name.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        self.only.is_empty() || self.only.iter().any(names)
    }

    /// The name that charts and lists have for it: `N3`.
    pub fn name(&self) -> String {
        format!("N{}", self.number)
    }
}

/// The notes about a scenario and its silences that lie in a span of time, in the order of time.
pub fn marks(
    scenario: &str,
    notes: &[Note],
    silences: &[Silence],
    (from, until): (Timestamp, Timestamp),
) -> Vec<Mark> {
    let is_within = |note: &&Note| {
        note.is_about(scenario) && note.at <= until && note.until.map_or(note.at >= from, |end| end > from)
    };
    let noted = notes.iter().filter(is_within).map(|note| Mark {
        number: 0,
        at: note.at,
        until: note.until,
        text: note.text.clone(),
        only: note.only.clone(),
        silence: note.silence,
        source: MarkSource::Note,
    });
    let planned = silences.iter().flat_map(|silence| {
        let stretches = silence.stretches(from, until).into_iter();
        stretches.map(|(at, end)| Mark {
            number: 0,
            at,
            until: Some(end),
            text: silence.name.clone(),
            only: silence.workloads.clone(),
            silence: true,
            source: MarkSource::Scenario,
        })
    });
    let mut marks: Vec<Mark> = noted.chain(planned).collect();
    marks.sort_by(|left, right| {
        (left.at, left.source, &left.text).cmp(&(right.at, right.source, &right.text))
    });
    for (place, mark) in marks.iter_mut().enumerate() {
        mark.number = place + 1;
    }
    marks
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::silence::When;

    fn at(text: &str) -> Timestamp {
        format!("2026-11-{text}:00Z").parse().unwrap()
    }

    #[test]
    fn what_lies_in_the_run_is_numbered_in_the_order_of_time() {
        let note = |time: &str, text: &str| Note::new(at(time), text).unwrap();
        let notes = [
            note("26T11:59", "before"),
            note("26T12:00", "first"),
            Note { until: Some(at("26T12:30")), silence: true, ..note("26T11:00", "upgrade") },
            Note { scenario: Some("other".to_owned()), ..note("26T13:00", "elsewhere") },
            Note {
                scenario: Some("demo".to_owned()),
                only: vec!["pay".to_owned()],
                ..note("28T13:00", "here")
            },
            note("28T14:01", "after"),
        ];
        let daily =
            When::Weekly { days: [true; 7], from: Duration::from_hours(2), length: Duration::from_hours(1) };
        let silences = [Silence { name: "backup".to_owned(), workloads: Vec::new(), when: daily }];
        let marks = marks("demo", &notes, &silences, (at("26T12:00"), at("28T14:00")));
        let said: Vec<_> = marks
            .iter()
            .map(|mark| (mark.number, mark.text.as_str(), mark.silence, mark.source.name()))
            .collect();
        let expected = [
            (1, "upgrade", true, "note"),
            (2, "first", false, "note"),
            (3, "backup", true, "scenario"),
            (4, "backup", true, "scenario"),
            (5, "here", false, "note"),
        ];
        assert_eq!(said, expected);
        assert_eq!((marks[2].at, marks[2].until), (at("27T02:00"), Some(at("27T03:00"))));
        assert!(
            marks[4].is_about("pay") && marks[4].is_about("pay.create") && !marks[4].is_about("payments")
        );
        assert!(marks[0].is_about("payments"));
    }
}
