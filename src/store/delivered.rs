//! `remote-write.json`: the last group that each receiver of a run has accepted, so that sending goes on from there.
//!
//! It is replaced as a whole and not synced: after a power cut a receiver gets some groups again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::atomic_write::{Durability, write};
use super::{StoreError, bounded};

/// The file's name in a run folder.
pub const FILE: &str = "remote-write.json";
/// The schema that this version writes.
const SCHEMA: u64 = 1;

/// The file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Delivered {
    schema: u64,
    /// Number of the last group that was accepted, by the receiver's identifier.
    receivers: BTreeMap<String, u64>,
}

/// How far one receiver has got.
#[derive(Debug, Clone)]
pub struct Cursor {
    path: PathBuf,
    receiver: String,
    delivered: Delivered,
}

impl Cursor {
    /// Reads how far a receiver has got with the run in this folder; nothing was accepted where the file does not exist, or
    /// cannot be read: a receiver ignores what it gets again.
    pub fn read(folder: &Path, receiver: &str) -> Self {
        Self::in_file(folder, FILE, receiver)
    }

    /// The same with another file, whose only writer has the cursor.
    pub fn in_file(folder: &Path, file: &str, receiver: &str) -> Self {
        let path = folder.join(file);
        let bytes = bounded::read(&path, bounded::SMALL).unwrap_or_default();
        let known = serde_json::from_slice(&bytes).ok().filter(|known: &Delivered| known.schema == SCHEMA);
        let delivered = known.unwrap_or(Delivered { schema: SCHEMA, receivers: BTreeMap::new() });
        Self { path, receiver: receiver.to_owned(), delivered }
    }

    /// Number of the last group that was accepted; 0 before the first.
    pub fn group(&self) -> u64 {
        self.delivered.receivers.get(&self.receiver).copied().unwrap_or(0)
    }

    /// Notes that all groups up to this one were accepted.
    /// # Errors
    /// [`StoreError`] where it cannot be written.
    pub fn advance(&mut self, group: u64) -> Result<(), StoreError> {
        self.delivered.receivers.insert(self.receiver.clone(), group);
        let corrupt = |error: serde_json::Error| StoreError::Corrupt {
            path: self.path.clone(),
            what: error.to_string(),
        };
        let mut text = serde_json::to_string(&self.delivered).map_err(corrupt)?;
        text.push('\n');
        write(&self.path, text.as_bytes(), Durability::Eventual)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_receiver_has_its_own_place() {
        let run = tempfile::tempdir().unwrap();
        let mut first = Cursor::read(run.path(), "a");
        assert_eq!(first.group(), 0);
        first.advance(7).unwrap();
        assert_eq!(Cursor::read(run.path(), "b").group(), 0);
        Cursor::read(run.path(), "b").advance(3).unwrap();
        assert_eq!((Cursor::read(run.path(), "a").group(), Cursor::read(run.path(), "b").group()), (7, 3));
        std::fs::write(run.path().join(FILE), "{\"schema\":9}").unwrap();
        assert_eq!(Cursor::read(run.path(), "a").group(), 0);
    }
}
