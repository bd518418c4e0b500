//! Replaces a file completely or not at all.

use std::fs::{self, File};
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::host::process::check_file_size;

use super::error::StoreError;

/// Ending of the names of files that are being written.
const UNFINISHED: &str = ".new";
/// How often another name is tried, where one is taken.
const MOST_TRIES: u32 = 16;

/// Whether a file must survive a power cut, or only be complete whenever it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Durability {
    /// Synced before it replaces the old file.
    Synced,
    /// Written to disk when the operating system chooses.
    Eventual,
}

/// Writes a file beside the old one, syncs it, and renames it over the old one.
/// # Errors
/// [`StoreError::Io`]; the old file is then intact.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    write(path, bytes, Durability::Synced)
}

/// As [`write_atomically`], but without a sync: for files that can be written again, such as charts.
///
/// Creates the folder that contains it.
/// # Errors
/// As [`write_atomically`].
pub fn write_drawing(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).map_err(StoreError::io("create", folder))?;
    }
    write(path, bytes, Durability::Eventual)
}

/// Appends text to a file, which is created if it does not exist.
/// # Errors
/// [`StoreError::Io`].
pub fn append_text(path: &Path, text: &str) -> Result<(), StoreError> {
    let file = File::options().create(true).append(true).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes())).map_err(StoreError::io("write", path))
}

/// As [`write_atomically`], with a choice of durability.
pub(super) fn write(path: &Path, bytes: &[u8], durability: Durability) -> Result<(), StoreError> {
    check_file_size(bytes.len() as u64).map_err(StoreError::io("write", path))?;
    let (temporary, mut file) = create_beside(path).map_err(StoreError::io("write", path))?;
    let written = file.write_all(bytes).and_then(|()| match durability {
        Durability::Synced => file.sync_all(),
        Durability::Eventual => Ok(()),
    });
    let renamed = written.and_then(|()| fs::rename(&temporary, path));
    if renamed.is_err() {
        // Leaves no half-written neighbour behind; the first error is the one to report.
        let _ = fs::remove_file(&temporary);
    }
    renamed.map_err(StoreError::io("write", path))?;
    if durability == Durability::Synced { sync_folder_of(path) } else { Ok(()) }
}

/// Creates a file with an unpredictable name beside `path`. Two processes that write the same file do not meet, and
/// a link that somebody put there is not followed.
pub(super) fn create_beside(path: &Path) -> std::io::Result<(PathBuf, File)> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut tries = 0;
    loop {
        let random = RandomState::new().build_hasher().finish();
        let temporary = path.with_file_name(format!(".{name}.{random:016x}{UNFINISHED}"));
        match File::options().write(true).create_new(true).open(&temporary) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists && tries < MOST_TRIES => tries += 1,
            opened => return opened.map(|file| (temporary, file)),
        }
    }
}

/// Removes what a killed process left of files with these names. Only for files that no other process writes now.
pub(super) fn remove_unfinished(folder: &Path, names: &[&str]) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let left = entry.file_name().to_string_lossy().into_owned();
        let is_one = |name: &&str| {
            left.strip_prefix('.')
                .and_then(|rest| rest.strip_prefix(*name))
                .is_some_and(|rest| rest.starts_with('.'))
        };
        if left.ends_with(UNFINISHED) && names.iter().any(is_one) {
            // One that stays does no harm.
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Syncs a folder, so that a new name in it survives a power cut.
pub(super) fn sync_folder_of(path: &Path) -> Result<(), StoreError> {
    let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) else { return Ok(()) };
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(StoreError::io("sync", folder))
}
