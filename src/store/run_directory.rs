//! A run folder that is being written: locked, committed group by group, cut back to its last commit on resume.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::domain::window::{MeasuredGroup, Window};

use super::atomic_write::{sync_folder_of, write_atomically};
use super::heartbeat::Heartbeat;
use super::manifest::{Manifest, SCHEMA};
use super::{StoreError, anomaly_log, histogram_log, window_log};

/// Name of the lock file. It stays: the lock is on the open file, not on its presence.
const LOCK: &str = ".lock";

/// When committed windows are synced to disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Commit {
    /// Each group before the next begins.
    EachGroup,
    /// All at the end: for rehearsals, which can be repeated.
    AtEnd,
}

/// A run folder open for writing. Only one process can have it.
#[derive(Debug)]
pub struct RunDirectory {
    folder: PathBuf,
    commit: Commit,
    windows: File,
    histograms: File,
    _lock: File,
}

impl RunDirectory {
    /// Creates a run folder with its manifest, its first heartbeat and empty logs.
    /// # Errors
    /// [`StoreError::Exists`] where the folder exists, or [`StoreError::Io`].
    pub fn create(
        folder: &Path,
        manifest: &Manifest,
        heartbeat: &Heartbeat,
        commit: Commit,
    ) -> Result<Self, StoreError> {
        if let Some(parent) = folder.parent() {
            fs::create_dir_all(parent).map_err(StoreError::io("create the folder", parent))?;
        }
        match fs::create_dir(folder) {
            Ok(()) => (),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                return Err(StoreError::Exists { path: folder.to_owned() });
            }
            Err(error) => return Err(StoreError::io("create the folder", folder)(error)),
        }
        let lock = lock(folder)?;
        let started_at = manifest.start(folder)?;
        let new = |name: &str, head: &str| {
            let path = folder.join(name);
            let write = |mut file: File| {
                file.write_all(head.as_bytes())?;
                file.sync_all()?;
                Ok(file)
            };
            OpenOptions::new()
                .append(true)
                .create_new(true)
                .open(&path)
                .and_then(write)
                .map_err(StoreError::io("write", &path))
        };
        let histograms = new(histogram_log::FILE, &histogram_log::header(started_at))?;
        let windows = new(window_log::FILE, &window_log::header_line())?;
        anomaly_log::replace(folder, &[])?;
        heartbeat.write(folder)?;
        // Last: a folder with a manifest has all other files too.
        manifest.write(folder)?;
        sync_folder_of(folder)?;
        Ok(Self { folder: folder.to_owned(), commit, windows, histograms, _lock: lock })
    }

    /// Opens a run folder again: cuts what was not committed, brings a folder of an earlier version to today's columns, and
    /// returns the committed windows.
    /// # Errors
    /// [`StoreError::Locked`] where another process has it, or the error of the file that cannot be read.
    pub fn resume(folder: &Path, commit: Commit) -> Result<(Self, Vec<Window>), StoreError> {
        Manifest::read(folder)?;
        let lock = lock(folder)?;
        let mut manifest = Manifest::read(folder)?;
        let windows_path = folder.join(window_log::FILE);
        let histograms_path = folder.join(histogram_log::FILE);
        let committed = window_log::read(&windows_path)?;
        let histograms_length = histogram_log::committed_length(&histograms_path, &committed.windows)?;
        let cut = |path: &Path, length: u64| {
            let cut = |file: File| {
                file.set_len(length)?;
                file.sync_all()?;
                Ok(file)
            };
            OpenOptions::new().append(true).open(path).and_then(cut).map_err(StoreError::io("truncate", path))
        };
        let histograms = cut(&histograms_path, histograms_length)?;
        let length = with_current_columns(&windows_path, &committed)?;
        let mut windows = cut(&windows_path, length)?;
        if committed.length == 0 {
            // The crash came before the header was complete.
            let header = window_log::header_line();
            windows.write_all(header.as_bytes()).map_err(StoreError::io("write", &windows_path))?;
        }
        if manifest.schema < SCHEMA {
            manifest.schema = SCHEMA;
            manifest.write(folder)?;
        }
        let directory = Self { folder: folder.to_owned(), commit, windows, histograms, _lock: lock };
        Ok((directory, committed.windows))
    }

    /// Path of the run folder, as it was given.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Commits a group: the histograms of all its windows in one append, then their rows in another, the whole last.
    /// # Errors
    /// [`StoreError`]; every group committed before is intact.
    pub fn commit(&mut self, group: &MeasuredGroup) -> Result<(), StoreError> {
        let path = self.folder.join(histogram_log::FILE);
        let (mut lines, mut rows) = (Vec::new(), String::new());
        for measured in group.in_commit_order() {
            lines.extend(histogram_log::lines(measured, &path)?);
            rows.push_str(&window_log::line(&measured.window));
        }
        append(&mut self.histograms, &lines, self.commit, &path)?;
        append(&mut self.windows, rows.as_bytes(), self.commit, &self.folder.join(window_log::FILE))
    }

    /// Syncs both logs to disk.
    /// # Errors
    /// [`StoreError::Io`].
    pub fn sync(&mut self) -> Result<(), StoreError> {
        for (file, name) in [(&self.histograms, histogram_log::FILE), (&self.windows, window_log::FILE)] {
            file.sync_all().map_err(StoreError::io("sync", &self.folder.join(name)))?;
        }
        Ok(())
    }

    /// Removes the folder of a run: for replacing a rehearsal with the same rehearsal.
    /// # Errors
    /// [`StoreError`] where it is not a run, is being written, or cannot be removed.
    pub fn remove(folder: &Path) -> Result<(), StoreError> {
        Manifest::read(folder)?;
        let _lock = lock(folder)?;
        fs::remove_dir_all(folder).map_err(StoreError::io("remove", folder))
    }
}

/// Rewrites the committed rows of a file whose columns are those of an earlier version, since rows of this version are
/// appended next. Returns the length of what is committed. Units: bytes.
fn with_current_columns(path: &Path, committed: &window_log::Committed) -> Result<u64, StoreError> {
    let header = window_log::header_line();
    if committed.length == 0 || window_log::first_line(path)? == header {
        return Ok(committed.length);
    }
    let rows: String = committed.windows.iter().map(window_log::line).collect();
    let text = header + &rows;
    write_atomically(path, text.as_bytes())?;
    Ok(text.len() as u64)
}

/// Appends all bytes: a deleted file or a full disk is an error here, not later.
fn append(file: &mut File, bytes: &[u8], commit: Commit, path: &Path) -> Result<(), StoreError> {
    file.write_all(bytes).map_err(StoreError::io("append to", path))?;
    if commit == Commit::EachGroup {
        file.sync_data().map_err(StoreError::io("sync", path))?;
        // Writing into a deleted file succeeds and keeps nothing.
        if !path.exists() {
            return Err(StoreError::io("append to", path)(std::io::ErrorKind::NotFound.into()));
        }
    }
    Ok(())
}

fn lock(folder: &Path) -> Result<File, StoreError> {
    let path = folder.join(LOCK);
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(StoreError::io("open", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::Locked { path: folder.to_owned() }),
        Err(TryLockError::Error(error)) => Err(StoreError::io("lock", &path)(error)),
    }
}
