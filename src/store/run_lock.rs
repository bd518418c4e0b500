//! The lock of a run folder: one process writes to a run at a time.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::Path;

use super::StoreError;

/// Name of the lock file. It stays: the lock is on the open file, not on its presence.
pub(super) const LOCK: &str = ".lock";

/// Whether a process is writing to this run.
pub(super) fn is_held(folder: &Path) -> bool {
    let path = folder.join(LOCK);
    let file = if is_plain(&path) { File::open(&path).ok() } else { None };
    // Shared: it does not keep another process from looking as well.
    file.is_some_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

/// Whether nothing is there, or a regular file: a link would lead out of the folder, and a pipe would never open.
fn is_plain(path: &Path) -> bool {
    fs::symlink_metadata(path).map_or(true, |data| data.is_file())
}

/// Takes the lock of a run, until the file is dropped.
/// # Errors
/// [`StoreError::Locked`] where another process has it.
pub fn lock(folder: &Path) -> Result<File, StoreError> {
    let path = folder.join(LOCK);
    if !is_plain(&path) {
        return Err(StoreError::Corrupt { path, what: "not a regular file".to_owned() });
    }
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
