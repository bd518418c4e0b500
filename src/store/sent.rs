//! `sent.json`: which notifications each receiver of alerts has accepted, so that each is sent once, over restarts too.
//!
//! It is replaced as a whole after every acceptance, and synced. What is long over is forgotten.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{StoreError, bounded, write_atomically};

/// The file's name in a folder.
pub const FILE: &str = "sent.json";
/// The schema that this version writes.
const SCHEMA: u64 = 1;
/// Alerts that ended longer ago than this are forgotten.
const KEPT: Duration = Duration::from_hours(7 * 24);
/// Most alerts that are remembered of a receiver.
const MOST: usize = 2_000;

/// How far a receiver knows an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Told {
    /// Nothing yet: a silence held it back.
    Held,
    /// That it has begun.
    Firing,
    /// All that there is to know.
    Done,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Mark {
    told: Told,
    at: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct File {
    schema: u64,
    /// By the receiver's identifier, then by the alert's.
    receivers: BTreeMap<String, BTreeMap<String, Mark>>,
}

/// What was sent to the receivers of a folder.
#[derive(Debug, Clone)]
pub struct Sent {
    path: PathBuf,
    file: File,
}

impl Sent {
    /// Reads what was sent; nothing where the file does not exist, or cannot be read: receivers know a notification that comes
    /// again by its key.
    pub fn read(folder: &Path) -> Self {
        let path = folder.join(FILE);
        let bytes = bounded::read(&path, bounded::SMALL).unwrap_or_default();
        let known = serde_json::from_slice(&bytes).ok().filter(|known: &File| known.schema == SCHEMA);
        Self { path, file: known.unwrap_or(File { schema: SCHEMA, receivers: BTreeMap::new() }) }
    }

    /// How far a receiver knows an alert; `None` where it knows nothing.
    pub fn of(&self, receiver: &str, alert: &str) -> Option<Told> {
        Some(self.file.receivers.get(receiver)?.get(alert)?.told)
    }

    /// Notes how far a receiver knows an alert. The note counts for this process even where it cannot be written.
    /// # Errors
    /// [`StoreError`] where it cannot be written.
    pub fn note(
        &mut self,
        receiver: &str,
        alert: &str,
        told: Told,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let marks = self.file.receivers.entry(receiver.to_owned()).or_default();
        marks.insert(alert.to_owned(), Mark { told, at: format!("{now:.3}") });
        marks.retain(|_, mark| mark.told != Told::Done || !mark.is_older(KEPT, now));
        while marks.len() > MOST {
            // Those that are over first, then the oldest.
            let order = |mark: &Mark| (mark.told != Told::Done, mark.at.clone());
            let Some(oldest) = marks.iter().min_by_key(|(_, mark)| order(mark)).map(|(id, _)| id.clone())
            else {
                break;
            };
            marks.remove(&oldest);
        }
        let corrupt = |error: serde_json::Error| StoreError::Corrupt {
            path: self.path.clone(),
            what: error.to_string(),
        };
        let mut text = serde_json::to_string(&self.file).map_err(corrupt)?;
        text.push('\n');
        write_atomically(&self.path, text.as_bytes())
    }
}

impl Mark {
    fn is_older(&self, span: Duration, now: Timestamp) -> bool {
        let at: Option<Timestamp> = self.at.parse().ok();
        at.is_none_or(|at| Duration::try_from(now.duration_since(at)).is_ok_and(|age| age > span))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn each_receiver_has_its_own_marks_over_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let mut sent = Sent::read(folder.path());
        assert_eq!(sent.of("a", "1"), None);
        sent.note("a", "1", Told::Firing, at(0)).unwrap();
        sent.note("b", "1", Told::Held, at(0)).unwrap();
        sent.note("a", "1", Told::Done, at(1)).unwrap();
        let again = Sent::read(folder.path());
        assert_eq!((again.of("a", "1"), again.of("b", "1")), (Some(Told::Done), Some(Told::Held)));
        std::fs::write(folder.path().join(FILE), "{\"schema\":9}").unwrap();
        assert_eq!(Sent::read(folder.path()).of("a", "1"), None);
    }

    #[test]
    fn it_does_not_grow_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        let mut sent = Sent::read(folder.path());
        for number in 0..2_200 {
            let told = if number == 0 { Told::Firing } else { Told::Done };
            let marks = sent.file.receivers.entry("a".to_owned()).or_default();
            marks.insert(number.to_string(), Mark { told, at: format!("{:.3}", at(number)) });
        }
        sent.note("a", "new", Told::Firing, at(3_000)).unwrap();
        assert_eq!(sent.file.receivers["a"].len(), MOST);
        assert_eq!((sent.of("a", "0"), sent.of("a", "1")), (Some(Told::Firing), None));
        sent.note("a", "new", Told::Done, at(8 * 86_400)).unwrap();
        assert_eq!(sent.file.receivers["a"].len(), 2);
    }
}
