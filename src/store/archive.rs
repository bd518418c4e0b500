//! Compresses the logs of a run that has ended, and brings them back before it is resumed.
//!
//! Each log is packed beside the original, synced, compared with it, and only then takes its place. A crash leaves both, of
//! which the original counts, or one of them.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, ErrorKind, Read, Write as _};
use std::path::{Path, PathBuf};

use super::atomic_write::{create_beside, remove_unfinished, sync_folder_of};
use super::manifest::{self, Manifest};
use super::run_lock::{self, lock};
use super::{StoreError, anomaly_log, bounded, check_log, histogram_log, packed, slowest_log, window_log};

/// The logs that are compressed.
pub const LOGS: [&str; 5] =
    [histogram_log::FILE, window_log::FILE, slowest_log::FILE, check_log::FILE, anomaly_log::FILE];
/// A smaller log stays as it is: a file takes a block of the disk anyway. Units: bytes.
const LEAST: u64 = 8 << 10;

/// Sizes of the logs that were compressed, before and after. Units: bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sizes {
    /// As they were.
    pub before: u64,
    /// As they are now.
    pub after: u64,
}

/// Size of the logs of a run that can be compressed; 0 where there is nothing to do. Units: bytes.
pub fn compressible(folder: &Path) -> u64 {
    LOGS.iter().filter_map(|name| size_of(&folder.join(name))).sum()
}

/// Whether a log of a run is compressed.
pub fn is_compressed(folder: &Path) -> bool {
    LOGS.iter().any(|name| packed::path_of(&folder.join(name)).symlink_metadata().is_ok())
}

/// The size of a log that is worth it.
fn size_of(log: &Path) -> Option<u64> {
    let data = log.symlink_metadata().ok().filter(fs::Metadata::is_file)?;
    (data.len() >= LEAST).then_some(data.len())
}

/// Compresses the logs of a run. The caller knows that it has ended.
/// # Errors
/// [`StoreError::Locked`] where a process has the run, or the error of a file. Whatever happens, the run can be read.
pub fn compress(folder: &Path) -> Result<Sizes, StoreError> {
    let _lock = lock(folder)?;
    let packed_names = LOGS.map(|name| format!("{name}{}", packed::ENDING));
    remove_unfinished(folder, &packed_names.each_ref().map(String::as_str));
    let mut sizes = Sizes::default();
    let made = folder.metadata().and_then(|data| data.modified());
    for name in LOGS {
        let log = folder.join(name);
        if let Some(size) = size_of(&log) {
            sizes.before += size;
            sizes.after += compress_log(&log)?;
        }
    }
    if let (Ok(made), true) = (made, sizes.before > 0) {
        // Lists put rehearsals in the order of their folders' age. Where it cannot be set, nothing is lost.
        let _ = File::open(folder).and_then(|folder| folder.set_modified(made));
    }
    Ok(sizes)
}

/// Returns the size of the packed log.
fn compress_log(log: &Path) -> Result<u64, StoreError> {
    let path = packed::path_of(log);
    place(
        &path,
        |file| {
            let mut from = bounded::open(log)?;
            packed::pack(&mut from, &mut BufWriter::new(file)).map_err(StoreError::io("write", &path))
        },
        |written| {
            let unpacked = packed::Log::of_packed(written)?;
            is_equal(unpacked, bounded::open(log)?).map_err(StoreError::io("read", written))
        },
    )?;
    let size = path.metadata().map_err(StoreError::io("read", &path))?.len();
    drop_log(log)?;
    Ok(size)
}

/// Whether a process is writing to a run.
pub fn is_held(folder: &Path) -> bool {
    run_lock::is_held(folder)
}

/// Size of everything in the folder of a run; links are not followed. Units: bytes.
pub fn size_of_run(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let size = |entry: fs::DirEntry| match entry.metadata() {
        Ok(data) if data.is_dir() => size_of_run(&entry.path()),
        Ok(data) => data.len(),
        Err(_) => 0,
    };
    entries.map(size).sum()
}

/// Removes the folder of a run. The manifest goes last: what a crash leaves is still a run, and is removed the next time.
/// # Errors
/// [`StoreError`] where it is not a run, is being written, or cannot be removed.
pub fn remove(folder: &Path) -> Result<(), StoreError> {
    Manifest::read(folder)?;
    let _lock = lock(folder)?;
    let mut last = Vec::new();
    for entry in fs::read_dir(folder).map_err(StoreError::io("remove", folder))? {
        let entry = entry.map_err(StoreError::io("remove", folder))?;
        let path = entry.path();
        if [manifest::FILE, run_lock::LOCK].iter().any(|name| entry.file_name() == *name) {
            last.push(path);
        } else if entry.file_type().map_err(StoreError::io("remove", &path))?.is_dir() {
            fs::remove_dir_all(&path).map_err(StoreError::io("remove", &path))?;
        } else {
            fs::remove_file(&path).map_err(StoreError::io("remove", &path))?;
        }
    }
    sync_folder_of(&folder.join(manifest::FILE))?;
    for path in last {
        fs::remove_file(&path).map_err(StoreError::io("remove", &path))?;
    }
    fs::remove_dir(folder).map_err(StoreError::io("remove", folder))?;
    sync_folder_of(folder)
}

/// Brings the logs of a run back to the form in which they are appended to. The caller has the lock.
/// # Errors
/// The error of a file; the run can then be read as before.
pub(super) fn restore(folder: &Path) -> Result<(), StoreError> {
    for name in LOGS {
        let log = folder.join(name);
        let packed = packed::path_of(&log);
        if packed.symlink_metadata().is_err() {
            continue;
        }
        if log.symlink_metadata().is_err() {
            place(
                &log,
                |file| {
                    let mut from = packed::open(&log)?;
                    io::copy(&mut from, &mut BufWriter::new(file))
                        .map(|_| ())
                        .map_err(StoreError::io("write", &log))
                },
                |_| Ok(true),
            )?;
        }
        drop_log(&packed)?;
    }
    Ok(())
}

/// Puts a file in its place, whole or not at all: written beside it, synced, checked, renamed.
fn place(
    path: &Path,
    write: impl FnOnce(&mut File) -> Result<(), StoreError>,
    check: impl FnOnce(&Path) -> Result<bool, StoreError>,
) -> Result<(), StoreError> {
    let (temporary, mut file): (PathBuf, File) =
        create_beside(path).map_err(StoreError::io("write", path))?;
    let done = write(&mut file)
        .and_then(|()| file.flush().and_then(|()| file.sync_all()).map_err(StoreError::io("write", path)))
        .and_then(|()| check(&temporary))
        .and_then(|is_right| {
            if is_right {
                return fs::rename(&temporary, path).map_err(StoreError::io("write", path));
            }
            Err(StoreError::Io {
                action: "write",
                path: path.to_owned(),
                source: io::Error::new(ErrorKind::InvalidData, "what was written is not what was read"),
            })
        });
    if done.is_err() {
        // The first error is the one to report.
        let _ = fs::remove_file(&temporary);
    }
    done?;
    sync_folder_of(path)
}

fn drop_log(path: &Path) -> Result<(), StoreError> {
    fs::remove_file(path).map_err(StoreError::io("remove", path))?;
    sync_folder_of(path)
}

/// Whether two files have the same content.
fn is_equal(left: impl Read, right: impl Read) -> io::Result<bool> {
    const PIECE: u64 = 64 << 10;
    let (mut left, mut right) = (BufReader::new(left), BufReader::new(right));
    let (mut some, mut other) = (Vec::new(), Vec::new());
    loop {
        some.clear();
        other.clear();
        left.by_ref().take(PIECE).read_to_end(&mut some)?;
        right.by_ref().take(PIECE).read_to_end(&mut other)?;
        if some != other {
            return Ok(false);
        }
        if some.is_empty() {
            return Ok(true);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (place, name) in LOGS.iter().enumerate() {
            fs::write(folder.path().join(name), text(place)).unwrap();
        }
        folder
    }

    fn text(place: usize) -> String {
        {
            let lines: Vec<String> =
                (0..40_000 * (place + 1)).map(|line| format!("{line},{place}\n")).collect();
            lines.concat()
        }
    }

    fn check(folder: &Path) {
        for (place, name) in LOGS.iter().enumerate() {
            let bytes = packed::read(&folder.join(name), bounded::LARGE).unwrap();
            assert_eq!(bytes, text(place).as_bytes(), "{name}");
        }
    }

    fn names(folder: &Path) -> Vec<String> {
        let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<String> = names.map(|name| name.into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn logs_are_read_as_before_and_come_back_as_they_were() {
        let folder = run();
        let before = compressible(folder.path());
        let sizes = compress(folder.path()).unwrap();
        assert_eq!(sizes.before, before);
        assert!(sizes.after * 2 < sizes.before, "{sizes:?}");
        assert!(is_compressed(folder.path()));
        assert_eq!((compressible(folder.path()), compress(folder.path()).unwrap()), (0, Sizes::default()));
        check(folder.path());
        assert_eq!(
            names(folder.path()).iter().filter(|name| name.strip_suffix(".gz").is_some()).count(),
            LOGS.len()
        );
        restore(folder.path()).unwrap();
        assert!(!is_compressed(folder.path()));
        for (place, name) in LOGS.iter().enumerate() {
            assert_eq!(fs::read_to_string(folder.path().join(name)).unwrap(), text(place));
        }
    }

    #[test]
    fn a_crash_between_two_steps_loses_nothing() {
        let folder = run();
        let original = folder.path().join(window_log::FILE);
        let whole = fs::read(&original).unwrap();
        compress(folder.path()).unwrap();
        // After the packed file took its place, before the original was removed.
        fs::write(&original, &whole).unwrap();
        check(folder.path());
        // While another was written.
        let left = folder.path().join(format!(".{}.gz.0123456789abcdef.new", window_log::FILE));
        fs::write(&left, "half").unwrap();
        compress(folder.path()).unwrap();
        assert!(!left.exists() && !original.exists());
        check(folder.path());
        // While it was restored, before the packed file was removed.
        fs::write(&original, &whole).unwrap();
        restore(folder.path()).unwrap();
        check(folder.path());
        assert!(!is_compressed(folder.path()));
    }

    #[test]
    fn small_and_missing_logs_stay_as_they_are_and_a_locked_run_is_not_touched() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(window_log::FILE), "small").unwrap();
        assert_eq!(compress(folder.path()).unwrap(), Sizes::default());
        let folder = run();
        let held = lock(folder.path()).unwrap();
        assert!(matches!(compress(folder.path()), Err(StoreError::Locked { .. })));
        assert!(!is_compressed(folder.path()));
        drop(held);
        assert!(compress(folder.path()).unwrap().after > 0);
    }
}
