//! `journal.jsonl`: what happened while somebody was responsible: alerts, changes of state, commands that were run.
//!
//! One JSON object per line, appended and synced under a lock, so that several processes may write. A crash leaves at most a
//! torn last line, which the next writer cuts. Lines are never changed; old ones can be pruned.

mod alerts;
mod entry;
mod wire;

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

pub use alerts::{JournalAlert, alerts_of};
pub use entry::{Entry, JournalEvent};

use super::{StoreError, bounded, write_atomically};

/// The file's name in a folder.
pub const FILE: &str = "journal.jsonl";

/// Longest line; texts are cut far below it. Units: bytes.
const LONGEST_LINE: u64 = 128 << 10;

/// What a journal has.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Entries {
    /// What this version knows, in the order of the file.
    pub entries: Vec<Entry>,
    /// Number of entries of newer versions.
    pub unknown: u64,
}

/// A journal, open for writing.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
}

impl Journal {
    /// Opens the journal of a folder, which need not have one, and returns its entries. A torn last line is cut.
    /// # Errors
    /// [`StoreError`] where it cannot be read or written, or a line is damaged.
    pub fn open(folder: &Path) -> Result<(Self, Vec<Entry>), StoreError> {
        let path = folder.join(FILE);
        if path.symlink_metadata().is_ok() {
            // A pipe or a folder is refused before anything waits for it.
            bounded::open(&path)?;
        }
        let mut journal = Self { file: opened(&path)?, path };
        journal.locked(Self::cut_torn_line)?;
        let known = read(folder)?;
        Ok((journal, known.entries))
    }

    /// Appends an entry, and returns when it is on disk. Other processes may append too.
    /// # Errors
    /// [`StoreError`] where it cannot be written; the journal is then as before.
    pub fn append(&mut self, entry: &Entry) -> Result<(), StoreError> {
        let line = wire::line(entry).map_err(|what| self.corrupt(what))?;
        self.locked(|journal| {
            let whole = journal.cut_torn_line()?;
            let written = (&journal.file).write_all(&line).and_then(|()| journal.file.sync_data());
            if written.is_err() {
                // A part of a line on a full disk; the error of the write is the one to report.
                let _ = journal.file.set_len(whole);
            }
            written.map_err(StoreError::io("append to", &journal.path))
        })
    }

    /// Removes what was noted before a time, but for alerts that are open. Returns the number of lines that are left.
    /// # Errors
    /// [`StoreError`] where it cannot be read or written; the journal is then as before.
    pub fn prune(&mut self, before: Timestamp) -> Result<usize, StoreError> {
        self.locked(|journal| {
            journal.cut_torn_line()?;
            let bytes = bounded::read(&journal.path, bounded::MEDIUM)?;
            let known = read_file(&journal.path)?;
            let alerts = alerts_of(&known.entries);
            let open: BTreeSet<&str> = alerts
                .iter()
                .filter(|known| known.alert.is_open())
                .map(|known| known.alert.id.as_str())
                .collect();
            let is_kept = |line: &&[u8]| match wire::read(line) {
                Ok(Some(entry)) => entry.at >= before || entry.alert().is_some_and(|id| open.contains(id)),
                Ok(None) => wire::at(line).is_none_or(|at| at >= before),
                Err(_) => true,
            };
            let kept: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').filter(is_kept).collect();
            if kept.iter().map(|line| line.len()).sum::<usize>() < bytes.len() {
                write_atomically(&journal.path, &kept.concat())?;
            }
            Ok(kept.len())
        })
    }

    /// Does something while no other process writes.
    fn locked<T>(&mut self, work: impl FnOnce(&Self) -> Result<T, StoreError>) -> Result<T, StoreError> {
        loop {
            self.file.lock().map_err(StoreError::io("lock", &self.path))?;
            if self.is_current()? {
                break;
            }
            // Another process has pruned it; the lock goes with the old file.
            self.file = opened(&self.path)?;
        }
        let done = work(self);
        self.file.unlock().map_err(StoreError::io("unlock", &self.path))?;
        done
    }

    /// Whether the file that is open is the one in the folder.
    fn is_current(&self) -> Result<bool, StoreError> {
        let own = self.file.metadata().map_err(StoreError::io("read", &self.path))?;
        let there = std::fs::metadata(&self.path);
        Ok(there.is_ok_and(|there| (there.dev(), there.ino()) == (own.dev(), own.ino())))
    }

    /// Cuts what follows the last line break; only under the lock, under which no line is half written. Returns the length.
    fn cut_torn_line(&self) -> Result<u64, StoreError> {
        let io = |error| StoreError::io("read", &self.path)(error);
        let mut file = &self.file;
        let length = file.seek(SeekFrom::End(0)).map_err(io)?;
        let from = length.saturating_sub(LONGEST_LINE);
        file.seek(SeekFrom::Start(from)).map_err(io)?;
        let mut end = Vec::new();
        file.take(LONGEST_LINE).read_to_end(&mut end).map_err(io)?;
        let last = end.iter().rposition(|byte| *byte == b'\n');
        let whole = match last {
            Some(last) => from + last as u64 + 1,
            None if from == 0 => 0,
            None => return Err(self.corrupt(too_long("the last line"))),
        };
        if whole < length {
            self.file.set_len(whole).map_err(StoreError::io("cut", &self.path))?;
        }
        Ok(whole)
    }

    fn corrupt(&self, what: String) -> StoreError {
        StoreError::Corrupt { path: self.path.clone(), what }
    }
}

/// The entries of the journal in a folder; none where it has no journal. A torn last line is left out.
/// # Errors
/// [`StoreError`] where it cannot be read, or a line is damaged.
pub fn read(folder: &Path) -> Result<Entries, StoreError> {
    read_file(&folder.join(FILE))
}

fn opened(path: &Path) -> Result<File, StoreError> {
    let wanted = OpenOptions::new().create(true).append(true).read(true).open(path);
    wanted.map_err(StoreError::io("write", path))
}

fn read_file(path: &Path) -> Result<Entries, StoreError> {
    let file = match bounded::open(path) {
        Ok(file) => file,
        Err(_) if path.symlink_metadata().is_err() => return Ok(Entries::default()),
        Err(error) => return Err(error),
    };
    let corrupt = |what| StoreError::Corrupt { path: path.to_owned(), what };
    let (mut reader, mut line, mut known) = (BufReader::new(file), Vec::new(), Entries::default());
    let mut bytes = 0;
    for number in 1_u64.. {
        line.clear();
        let read = reader.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line);
        let read = read.map_err(StoreError::io("read", path))? as u64;
        bytes += read;
        if bytes > bounded::MEDIUM {
            return Err(corrupt(format!("larger than {} MiB", bounded::MEDIUM >> 20)));
        }
        if !line.ends_with(b"\n") {
            if read == LONGEST_LINE {
                return Err(corrupt(too_long(&format!("line {number}"))));
            }
            break;
        }
        match wire::read(&line).map_err(|what| corrupt(format!("line {number}: {what}")))? {
            Some(entry) => known.entries.push(entry),
            None => known.unknown += 1,
        }
    }
    Ok(known)
}

fn too_long(what: &str) -> String {
    format!("{what} is longer than {} KiB", LONGEST_LINE >> 10)
}

#[cfg(test)]
mod tests;
