//! Keeps the journal of a monitor from growing without bound: what was closed long ago is left out.
//!
//! Only the process that appends to the journal may replace it, and opens it again afterwards.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;

use super::atomic_write::write_atomically;
use super::{StoreError, bounded};

/// How long what is over stays in a journal.
pub const KEEP: Duration = Duration::from_hours(400 * 24);
/// The events of an alert: its beginning, what happens to it, and its end.
const OPENED: &str = "opened";
const ACKNOWLEDGED: &str = "acknowledged";
const CLOSED: &str = "closed";

/// What is read of a line; the rest means nothing here.
#[derive(Deserialize)]
struct Line {
    at: String,
    #[serde(default)]
    event: String,
    #[serde(default)]
    id: Option<String>,
}

impl Line {
    /// Identifier of the alert that the line is about.
    fn alert(&self) -> Option<&str> {
        [OPENED, ACKNOWLEDGED, CLOSED].contains(&self.event.as_str()).then_some(self.id.as_deref()).flatten()
    }
}

/// The lines of a journal without what was over before `before`: alerts that were closed by then, and earlier lines about
/// anything else. The lines of an open alert all stay, and so do lines that cannot be read.
pub fn trimmed(text: &str, before: Timestamp) -> String {
    let read = |line: &str| {
        let line: Line = serde_json::from_str(line).ok()?;
        let at: Timestamp = line.at.parse().ok()?;
        Some((at, line))
    };
    let mut open = BTreeSet::new();
    let mut last: BTreeMap<String, Timestamp> = BTreeMap::new();
    for (at, line) in text.lines().filter_map(read) {
        let Some(id) = line.alert() else { continue };
        match line.event.as_str() {
            OPENED => _ = open.insert(id.to_owned()),
            CLOSED => _ = open.remove(id),
            _ => (),
        }
        last.insert(id.to_owned(), at);
    }
    let stays = |line: &&str| {
        read(line).is_none_or(|(at, line)| match line.alert() {
            Some(id) => open.contains(id) || last.get(id).is_none_or(|last| *last >= before),
            None => at >= before,
        })
    };
    text.split_inclusive('\n').filter(stays).collect()
}

/// Replaces a journal with its trimmed lines, where any of them go. Returns the number of bytes that this saves.
/// # Errors
/// [`StoreError`] where it cannot be read or replaced; it is then as it was.
pub fn trim(journal: &Path, before: Timestamp) -> Result<u64, StoreError> {
    if journal.symlink_metadata().is_err() {
        return Ok(0);
    }
    let bytes = bounded::read(journal, bounded::MEDIUM)?;
    let Ok(text) = std::str::from_utf8(&bytes) else { return Ok(0) };
    let kept = trimmed(text, before);
    if kept.len() == text.len() {
        return Ok(0);
    }
    write_atomically(journal, kept.as_bytes())?;
    Ok((text.len() - kept.len()) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(day: u32, event: &str, id: Option<&str>) -> String {
        let id = id.map_or_else(String::new, |id| format!(",\"id\":\"{id}\""));
        format!("{{\"at\":\"2026-01-{day:02}T00:00:00.000Z\",\"event\":\"{event}\"{id},\"more\":1}}\n")
    }

    #[test]
    fn what_was_closed_long_ago_goes_and_what_is_open_stays() {
        let before: Timestamp = "2026-01-10T00:00:00Z".parse().unwrap();
        let gone = [
            line(1, "opened", Some("a")),
            line(2, "closed", Some("a")),
            line(3, "note", None),
            line(4, "state", Some("open")),
        ];
        let kept = [
            line(1, "opened", Some("open")),
            line(4, "acknowledged", Some("open")),
            line(5, "opened", Some("late")),
            "not json\n".to_owned(),
            line(11, "closed", Some("late")),
            line(12, "hook_ended", None),
            // A crash cut it.
            "{\"at\":".to_owned(),
        ];
        let mut text = gone.concat();
        text.push_str(&kept.concat());
        assert_eq!(trimmed(&text, before), kept.concat());
        let folder = tempfile::tempdir().unwrap();
        let journal = folder.path().join("journal.jsonl");
        assert_eq!(trim(&journal, before).unwrap(), 0);
        std::fs::write(&journal, &text).unwrap();
        assert_eq!(trim(&journal, before).unwrap(), gone.concat().len() as u64);
        assert_eq!(std::fs::read_to_string(&journal).unwrap(), kept.concat());
        assert_eq!(trim(&journal, before).unwrap(), 0);
    }
}
