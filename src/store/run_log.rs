//! A log of a run that is being written: appended to, and noticed when another program replaces or changes it.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::host::process::check_file_size;

use super::atomic_write::write_atomically;
use super::{StoreError, bounded};

/// Ending of the copy that is kept of a log that was replaced.
const KEPT: &str = ".kept";

/// When committed windows are synced to disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Commit {
    /// Each group before the next begins.
    EachGroup,
    /// All at the end: for rehearsals, which can be repeated.
    AtEnd,
}

/// A log open for appending.
#[derive(Debug)]
pub(super) struct RunLog {
    path: PathBuf,
    file: File,
    /// Everything that was written or was there. Units: bytes.
    length: u64,
    commit: Commit,
    /// Copy of what was written, made when the file was found replaced.
    kept: Option<PathBuf>,
}

impl RunLog {
    /// Creates a log with its first lines.
    pub(super) fn create(path: PathBuf, head: &str, commit: Commit) -> Result<Self, StoreError> {
        let opened = OpenOptions::new().read(true).append(true).create_new(true).open(&path);
        let file = opened.map_err(StoreError::io("write", &path))?;
        let mut log = Self { path, file, length: 0, commit, kept: None };
        log.append(head.as_bytes())?;
        log.sync()?;
        Ok(log)
    }

    /// Opens a log again, and cuts it to a length.
    pub(super) fn cut(path: PathBuf, length: u64, commit: Commit) -> Result<Self, StoreError> {
        bounded::open(&path)?;
        let cut = |file: File| {
            file.set_len(length)?;
            file.sync_all()?;
            Ok(file)
        };
        let opened = OpenOptions::new().read(true).append(true).open(&path);
        let file = opened.and_then(cut).map_err(StoreError::io("truncate", &path))?;
        Ok(Self { path, file, length, commit, kept: None })
    }

    /// Appends all bytes. A deleted or replaced file, and a full disk, are an error here, not later.
    pub(super) fn append(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        if self.commit == Commit::EachGroup {
            self.check(bytes)?;
        }
        let length = self.length + bytes.len() as u64;
        check_file_size(length).map_err(StoreError::io("append to", &self.path))?;
        self.file.write_all(bytes).map_err(StoreError::io("append to", &self.path))?;
        self.length = length;
        if self.commit == Commit::EachGroup {
            self.file.sync_data().map_err(StoreError::io("sync", &self.path))?;
            // Writing into a file that was deleted or replaced succeeds, and keeps nothing.
            self.check(&[])?;
        }
        Ok(())
    }

    /// Syncs the log to disk, and checks that it is still the run's.
    pub(super) fn sync(&mut self) -> Result<(), StoreError> {
        self.file.sync_all().map_err(StoreError::io("sync", &self.path))?;
        self.check(&[])
    }

    /// Checks that the file at the path is the one that was written, with nothing added or removed. Where it was replaced,
    /// what was written is kept beside it, with `next` at its end.
    fn check(&mut self, next: &[u8]) -> Result<(), StoreError> {
        let path = self.path.clone();
        let io = |action| StoreError::io(action, &path);
        let own = self.file.metadata().map_err(io("read"))?;
        let how = match std::fs::symlink_metadata(&self.path) {
            Ok(there) if (there.dev(), there.ino()) != (own.dev(), own.ino()) => "replaced",
            Ok(_) if own.len() != self.length => "changed",
            Ok(_) => return Ok(()),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                // A folder that is gone cannot keep anything.
                if !self.path.parent().is_some_and(Path::is_dir) {
                    return Err(io("append to")(error));
                }
                "deleted"
            }
            Err(error) => return Err(io("read")(error)),
        };
        // Once: a later check no longer has the lines that were to be appended.
        if self.kept.is_none() && own.len() == self.length {
            self.kept = Some(self.keep(next)?);
        }
        Err(StoreError::Replaced { path: self.path.clone(), how, kept: self.kept.clone() })
    }

    fn keep(&self, next: &[u8]) -> Result<PathBuf, StoreError> {
        let mut name = self.path.as_os_str().to_owned();
        name.push(KEPT);
        let kept = PathBuf::from(name);
        let mut bytes = Vec::new();
        let mut file = &self.file;
        file.seek(SeekFrom::Start(0))
            .and_then(|_| file.read_to_end(&mut bytes))
            .map_err(StoreError::io("read", &self.path))?;
        bytes.extend(next);
        write_atomically(&kept, &bytes)?;
        Ok(kept)
    }
}
