//! `notes.jsonl` in the folder of runs: what people did at a time, such as a deployment, and when they wanted no alerts.
//!
//! A note is one line, appended with a single write and synced, so that several people can write at once. What follows a torn
//! line begins on a line of its own.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::plain_text::visible;
use crate::domain::scrub::scrub;
use crate::domain::silence::{Silence, When};

use super::atomic_write::sync_folder_of;
use super::stamp::Stamp;
use super::{StoreError, bounded};

/// The file's name in the folder of runs.
pub const FILE: &str = "notes.jsonl";
/// Longest text of a note. Units: characters.
pub const LONGEST: usize = 500;

/// The version of a line.
const SCHEMA: u32 = 1;

/// What somebody noted about a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// The version of its line.
    pub schema: u32,
    /// When it happened, or begins.
    #[serde(with = "moment")]
    pub at: Timestamp,
    /// When it ends, exclusive; `None` for a moment.
    #[serde(default, with = "maybe_moment", skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// What it was, on one line.
    pub text: String,
    /// The scenario that it is about; `None` is every one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scenario: Option<String>,
    /// Endpoints and journeys that it is about; empty means all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub only: Vec<String>,
    /// Whether nobody is alerted meanwhile; then it has an end.
    #[serde(default)]
    pub silence: bool,
}

/// Why a text is no note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// It has only blanks.
    #[error("the text of the note is empty")]
    Empty,
    /// It has more characters than [`LONGEST`].
    #[error("the text of the note has {0} characters; {LONGEST} are the most")]
    TooLong(usize),
}

impl Note {
    /// A note about everything at a moment.
    /// # Errors
    /// [`TextError`] where the text is empty or too long.
    pub fn new(at: Timestamp, text: &str) -> Result<Self, TextError> {
        let text = plain(text);
        let length = text.chars().count();
        match length {
            0 => Err(TextError::Empty),
            1..=LONGEST => Ok(Self {
                schema: SCHEMA,
                at,
                until: None,
                text,
                scenario: None,
                only: Vec::new(),
                silence: false,
            }),
            _ => Err(TextError::TooLong(length)),
        }
    }

    /// Whether it is about this scenario.
    pub fn is_about(&self, scenario: &str) -> bool {
        self.scenario.as_deref().is_none_or(|name| name == scenario)
    }

    /// The silence that it asks for; `None` where it asks for none.
    pub fn as_silence(&self) -> Option<Silence> {
        let until = self.until.filter(|_| self.silence)?;
        let when = When::Once { from: self.at, until };
        Some(Silence { name: self.text.clone(), workloads: self.only.clone(), when })
    }

    /// Whether it can have been written by this program.
    fn is_whole(&self) -> bool {
        let has_meaning = self.until.map_or(!self.silence, |until| until > self.at);
        self.schema == SCHEMA && has_meaning && !self.text.trim().is_empty()
    }

    /// The note as it may be shown: somebody else may have written its line.
    fn shown(mut self) -> Self {
        self.text = plain(&self.text).chars().take(LONGEST).collect();
        self.scenario = self.scenario.map(|name| visible(&name).into_owned());
        self.only = self.only.iter().map(|name| visible(name).into_owned()).collect();
        self
    }
}

/// A text on one line, without secrets and without characters that act on a terminal.
fn plain(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    visible(&scrub(&line)).into_owned()
}

/// The silences that notes ask for, for a scenario.
pub fn silences_of(notes: &[Note], scenario: &str) -> Vec<Silence> {
    notes.iter().filter(|note| note.is_about(scenario)).filter_map(Note::as_silence).collect()
}

/// Appends a note to those in a folder of runs, and returns when it is on disk. The folder is made where it is missing.
/// # Errors
/// [`StoreError`] where it cannot be written, or the file is full.
pub fn append(out: &Path, note: &Note) -> Result<(), StoreError> {
    std::fs::create_dir_all(out).map_err(StoreError::io("create", out))?;
    let path = out.join(FILE);
    let is_new = !path.exists();
    if path.exists() && !path.is_file() {
        return Err(StoreError::Corrupt { path, what: "not a regular file".to_owned() });
    }
    let opened = OpenOptions::new().create(true).append(true).read(true).open(&path);
    let mut file = opened.map_err(StoreError::io("write", &path))?;
    let length = file.metadata().map_err(StoreError::io("read", &path))?.len();
    let is_torn = is_torn(&mut file, length).map_err(StoreError::io("read", &path))?;
    let mut line = if is_torn { vec![b'\n'] } else { Vec::new() };
    let failed =
        |error: serde_json::Error| StoreError::Corrupt { path: path.clone(), what: error.to_string() };
    serde_json::to_writer(&mut line, note).map_err(failed)?;
    line.push(b'\n');
    if length + line.len() as u64 > bounded::SMALL {
        let what = format!("full: {} MiB are the most; move it away", bounded::SMALL >> 20);
        return Err(StoreError::Corrupt { path, what });
    }
    let written = file.write_all(&line).and_then(|()| file.sync_data());
    written.map_err(StoreError::io("append to", &path))?;
    if is_new { sync_folder_of(&path) } else { Ok(()) }
}

/// Whether the last line has no end.
fn is_torn(file: &mut File, length: u64) -> std::io::Result<bool> {
    if length == 0 {
        return Ok(false);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

/// The notes in a folder of runs in the order of their times, and the number of lines that cannot be read. A torn last line is
/// not counted. Nothing where nobody noted anything.
/// # Errors
/// [`StoreError`] where the file cannot be read.
pub fn read(out: &Path) -> Result<(Vec<Note>, usize), StoreError> {
    let path = out.join(FILE);
    if !path.exists() {
        return Ok((Vec::new(), 0));
    }
    Ok(notes_in(&bounded::read(&path, bounded::SMALL)?))
}

fn notes_in(bytes: &[u8]) -> (Vec<Note>, usize) {
    let (mut notes, mut unreadable) = (Vec::new(), 0);
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        if line.trim_ascii().is_empty() {
            continue;
        }
        match serde_json::from_slice::<Note>(line) {
            // Also the last line of a file that an editor wrote: a torn one is no JSON.
            Ok(note) if note.is_whole() => notes.push(note.shown()),
            Err(_) if !line.ends_with(b"\n") => {}
            _ => unreadable += 1,
        }
    }
    notes.sort_by_key(|note| note.at);
    (notes, unreadable)
}

/// The notes in a folder of runs, read again only when their file has changed.
#[derive(Debug)]
pub struct Notes {
    folder: PathBuf,
    stamp: Option<Stamp>,
    all: Vec<Note>,
    unreadable: usize,
}

impl Notes {
    /// The notes in a folder of runs. Nothing is read before the first [`Self::poll`].
    pub fn of(out: &Path) -> Self {
        Self { folder: out.to_owned(), stamp: None, all: Vec::new(), unreadable: 0 }
    }

    /// Reads the notes where their file may have changed; returns whether it did.
    /// # Errors
    /// [`StoreError`] where the file cannot be read; the notes stay as they were, and the next call tries again.
    pub fn poll(&mut self) -> Result<bool, StoreError> {
        let stamp = Stamp::of(&self.folder.join(FILE));
        if self.stamp == Some(stamp) {
            return Ok(false);
        }
        let (notes, unreadable) = read(&self.folder)?;
        let is_changed = (&notes, unreadable) != (&self.all, self.unreadable);
        // The stamp of before: what is written meanwhile is read the next time.
        (self.stamp, self.all, self.unreadable) = (Some(stamp), notes, unreadable);
        Ok(is_changed)
    }

    /// The notes in the order of their times.
    pub fn all(&self) -> &[Note] {
        &self.all
    }

    /// Number of lines that cannot be read.
    pub fn unreadable(&self) -> usize {
        self.unreadable
    }

    /// The silences that they ask for, for a scenario.
    pub fn silences(&self, scenario: &str) -> Vec<Silence> {
        silences_of(&self.all, scenario)
    }
}

/// The folder of runs that the folder of a run is in.
pub fn folder_of(run: &Path) -> PathBuf {
    match run.file_name() {
        Some(_) => run.parent().map(Path::to_owned).unwrap_or_default(),
        None => run.join(".."),
    }
}

/// Points in time as RFC 3339, to the millisecond.
mod moment {
    use jiff::Timestamp;
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{at:.3}"))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// The same where there may be none.
mod maybe_moment {
    use jiff::Timestamp;
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    #[expect(clippy::ref_option, reason = "serde calls it so")]
    pub(super) fn serialize<S: Serializer>(at: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
        match at {
            Some(at) => super::moment::serialize(at, serializer),
            None => serializer.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Timestamp>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| text.parse().map_err(D::Error::custom)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn note(second: i64, text: &str) -> Note {
        Note::new(at(second), text).unwrap()
    }

    fn silence(from: i64, until: i64) -> Note {
        Note { until: Some(at(until)), silence: true, ..note(from, "upgrade") }
    }

    #[test]
    fn notes_are_read_back_in_the_order_of_time() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("reports");
        assert_eq!(read(&out).unwrap(), (Vec::new(), 0));
        let about =
            Note { scenario: Some("demo".to_owned()), only: vec!["health".to_owned()], ..silence(50, 60) };
        append(&out, &about).unwrap();
        append(&out, &note(10, "deploy 1.2.3")).unwrap();
        assert_eq!(read(&out).unwrap(), (vec![note(10, "deploy 1.2.3"), about], 0));
        let text = std::fs::read_to_string(out.join(FILE)).unwrap();
        assert_eq!(
            text.lines().last().unwrap(),
            r#"{"schema":1,"at":"1970-01-01T00:00:10.000Z","text":"deploy 1.2.3","silence":false}"#
        );
    }

    #[test]
    fn a_torn_line_costs_neither_the_notes_before_nor_those_after() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        append(folder.path(), &note(1, "first")).unwrap();
        append(folder.path(), &note(2, "second")).unwrap();
        let whole = std::fs::read(&path).unwrap();
        let first = whole.iter().position(|byte| *byte == b'\n').unwrap() + 1;
        for cut in 0..=whole.len() {
            std::fs::write(&path, &whole[..cut]).unwrap();
            let (before, unreadable) = read(folder.path()).unwrap();
            // A line is whole without its end too.
            let expected = usize::from(cut + 1 >= first) + usize::from(cut + 1 >= whole.len());
            assert_eq!((before.len(), unreadable), (expected, 0), "{cut}");
            append(folder.path(), &note(9, "third")).unwrap();
            let (after, unreadable) = read(folder.path()).unwrap();
            assert_eq!((after.len(), after.last()), (expected + 1, Some(&note(9, "third"))), "{cut}");
            let is_torn = cut > 0 && cut != first && cut + 1 != first && cut + 1 < whole.len();
            assert_eq!(unreadable, usize::from(is_torn), "{cut}");
        }
    }

    #[test]
    fn lines_that_cannot_be_read_are_counted() {
        let folder = tempfile::tempdir().unwrap();
        let good = serde_json::to_string(&note(1, "good")).unwrap();
        let newer = good.replace("\"schema\":1", "\"schema\":2");
        let endless = good.replace("\"silence\":false", "\"silence\":true");
        let backwards = good.replace("\"text\"", "\"until\":\"1969-12-31T00:00:00Z\",\"text\"");
        let more = good.replace("\"text\"", "\"author\":\"me\",\"text\"");
        let lines = [&good, &newer, "no json", "", &endless, &backwards, "\u{0}", &more, &good];
        std::fs::write(folder.path().join(FILE), lines.join("\n")).unwrap();
        let (notes, unreadable) = read(folder.path()).unwrap();
        assert_eq!((notes, unreadable), (vec![note(1, "good"); 3], 5));
    }

    #[test]
    fn texts_are_one_line_without_secrets() {
        let text = |text: &str| Note::new(at(0), text).map(|note| note.text);
        assert_eq!(text(" deploy\n 1.2.3\t"), Ok("deploy 1.2.3".to_owned()));
        assert_eq!(text(" \n"), Err(TextError::Empty));
        assert_eq!(text(&"x".repeat(501)), Err(TextError::TooLong(501)));
        assert_eq!(text(&"é".repeat(500)), Ok("é".repeat(500)));
        assert_eq!(text("a\u{1b}[2Jb"), Ok("a\\u001b[2Jb".to_owned()));
        assert!(!text("password=hunter2hunter2").unwrap().contains("hunter2"));
    }

    #[test]
    fn only_silences_of_the_scenario_are_silences() {
        let other = Note { scenario: Some("other".to_owned()), ..silence(0, 5) };
        let own =
            Note { scenario: Some("demo".to_owned()), only: vec!["health".to_owned()], ..silence(1, 5) };
        let found = silences_of(&[note(0, "deploy"), other, own, silence(2, 5)], "demo");
        assert_eq!(found.len(), 2);
        assert!(found[0].covers(Some("health"), at(1)) && !found[0].covers(None, at(1)));
        assert!(found[1].covers(None, at(2)) && !found[1].covers(None, at(5)));
    }

    #[test]
    fn notes_are_read_again_only_when_they_changed() {
        let folder = tempfile::tempdir().unwrap();
        let mut notes = Notes::of(folder.path());
        assert!(!notes.poll().unwrap());
        append(folder.path(), &silence(1, 3)).unwrap();
        assert!(notes.poll().unwrap());
        assert!(!notes.poll().unwrap());
        assert_eq!(notes.silences("demo").len(), 1);
        append(folder.path(), &note(2, "deploy")).unwrap();
        assert!(notes.poll().unwrap());
        assert_eq!((notes.all().len(), notes.unreadable()), (2, 0));
        std::fs::remove_file(folder.path().join(FILE)).unwrap();
        assert!(notes.poll().unwrap() && notes.all().is_empty());
    }

    #[test]
    fn the_folder_of_runs_is_the_one_above() {
        let check =
            |run: &str, expected: &str| assert_eq!(folder_of(Path::new(run)), Path::new(expected), "{run}");
        check("reports/demo-1", "reports");
        check("/a/b/", "/a");
        check("demo-1", "");
        check(".", "./..");
    }
}
