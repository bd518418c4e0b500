//! Output of `baseline annotate`, for people and for programs.

use std::fmt::Write as _;
use std::path::Path;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::report::formats::envelope::{Output, print};
use crate::report::formats::values::Moment;
use crate::report::wording::numbers::capital;
use crate::report::wording::times::{moment_beside, stretch};
use crate::store::notes::{FILE, Note};

/// Notes and where they are.
#[derive(Debug, Clone, Copy)]
pub struct Listed<'a> {
    /// The notes in the order of their times.
    pub notes: &'a [Note],
    /// What cannot be read, a sentence each.
    pub warnings: &'a [String],
    /// The folder of runs.
    pub folder: &'a Path,
}

/// What was noted, for people.
pub fn noted_text(note: &Note, now: Timestamp) -> String {
    let lead = if note.silence { "No alerts are sent from" } else { "Noted for" };
    format!("{lead} {}\n", line(note, now))
}

/// The notes, one per line, for people.
pub fn listed_text(listed: &Listed<'_>, now: Timestamp) -> String {
    let mut text = String::new();
    for note in listed.notes {
        let silence = if note.silence { "silence, " } else { "" };
        let _ = writeln!(text, "{silence}{}", line(note, now));
    }
    if listed.notes.is_empty() {
        let _ = writeln!(text, "No notes in {}.", listed.folder.join(FILE).display());
    }
    for warning in listed.warnings {
        let _ = writeln!(text, "{}.", capital(warning));
    }
    text
}

/// `26 Nov 12:00:00 to 12:30:00 UTC: upgrade (demo; only health, browse)`.
fn line(note: &Note, now: Timestamp) -> String {
    let when = note.until.map_or_else(|| moment_beside(note.at, now), |until| stretch(note.at, until));
    let only = (!note.only.is_empty()).then(|| format!("only {}", note.only.join(", ")));
    let about: Vec<String> = note.scenario.iter().cloned().chain(only).collect();
    let about = if about.is_empty() { String::new() } else { format!(" ({})", about.join("; ")) };
    format!("{when}: {}{about}", note.text)
}

/// Notes as JSON, for programs.
pub fn listed_json(notes: &[Note], warnings: Vec<String>) -> String {
    print(NotesOutput { notes: notes.iter().map(NotedOutput::from).collect(), warnings })
}

/// The notes in a folder of runs; the new one alone where one was added.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(title = "what `baseline annotate --format json` prints", deny_unknown_fields)]
pub(in crate::report) struct NotesOutput<'a> {
    /// Notes in the order of their times.
    notes: Vec<NotedOutput<'a>>,
    /// What cannot be read, a sentence each.
    warnings: Vec<String>,
}

impl Output for NotesOutput<'_> {
    const KIND: &'static str = "notes";
}

/// A note.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Note", deny_unknown_fields)]
struct NotedOutput<'a> {
    /// When it happened, or begins.
    at: Moment,
    /// When it ends; null for a moment.
    until: Option<Moment>,
    /// What it was.
    text: &'a str,
    /// The scenario that it is about; null for every one.
    scenario: Option<&'a str>,
    /// Endpoints, journeys and mixes that it is about; empty for all.
    only: &'a [String],
    /// Whether nobody is alerted meanwhile.
    silence: bool,
}

impl<'a> From<&'a Note> for NotedOutput<'a> {
    fn from(note: &'a Note) -> Self {
        Self {
            at: Moment(note.at),
            until: note.until.map(Moment),
            text: &note.text,
            scenario: note.scenario.as_deref(),
            only: &note.only,
            silence: note.silence,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_one_line() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let now = at("2026-11-27T00:00:00Z");
        let note = Note::new(at("2026-11-26T12:00:00Z"), "deploy 1.2.3").unwrap();
        assert_eq!(noted_text(&note, now), "Noted for 26 Nov 12:00:00 UTC: deploy 1.2.3\n");
        let silence = Note {
            until: Some(at("2026-11-26T12:30:00Z")),
            scenario: Some("demo".to_owned()),
            only: vec!["health".to_owned(), "browse".to_owned()],
            silence: true,
            ..note.clone()
        };
        let said = "26 Nov 12:00:00 to 12:30:00 UTC: deploy 1.2.3 (demo; only health, browse)\n";
        assert_eq!(noted_text(&silence, now), format!("No alerts are sent from {said}"));
        let warnings = ["1 line of notes.jsonl cannot be read".to_owned()];
        let all = [note, silence];
        let listed = Listed { notes: &all, warnings: &warnings, folder: Path::new("reports") };
        let expected = format!(
            "26 Nov 12:00:00 UTC: deploy 1.2.3\nsilence, {said}1 line of notes.jsonl cannot be read.\n"
        );
        assert_eq!(listed_text(&listed, now), expected);
        let none = Listed { notes: &[], warnings: &[], folder: Path::new("reports") };
        assert_eq!(listed_text(&none, now), "No notes in reports/notes.jsonl.\n");
    }
}
