//! Reads files that somebody else may have put there: only regular files, and only up to a size.
//!
//! A pipe would hold the reader up for ever, and a device has no end.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::error::StoreError;

/// Largest manifest, heartbeat or noise file. Units: bytes.
pub(super) const SMALL: u64 = 16 << 20;
/// Largest baseline; one of 1,000 cells has about 10 MB. Units: bytes.
pub(super) const MEDIUM: u64 = 256 << 20;
/// Largest log; 48 hours have about 10 MB of rows. Units: bytes.
pub(super) const LARGE: u64 = 4 << 30;

/// The mark that some editors put at the beginning of a UTF-8 file.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Opens a regular file.
/// # Errors
/// [`StoreError::Io`] where it cannot be opened, [`StoreError::Corrupt`] where it is a folder, a pipe or a device.
pub(super) fn open(path: &Path) -> Result<File, StoreError> {
    // Before it is opened: opening a pipe waits for its other end.
    let data = std::fs::metadata(path).map_err(StoreError::io("read", path))?;
    if !data.is_file() {
        let what = "not a regular file".to_owned();
        return Err(StoreError::Corrupt { path: path.to_owned(), what });
    }
    File::open(path).map_err(StoreError::io("read", path))
}

/// Reads a report of a health check.
/// # Errors
/// As [`read`].
pub fn read_check(path: &Path) -> Result<Vec<u8>, StoreError> {
    read(path, MEDIUM)
}

/// Reads a regular file of at most `most` bytes, without a byte order mark.
/// # Errors
/// As [`open`]; [`StoreError::Corrupt`] where it is larger.
pub(super) fn read(path: &Path, most: u64) -> Result<Vec<u8>, StoreError> {
    read_from(open(path)?, path, most)
}

/// Reads at most `most` bytes of a file that is open, without a byte order mark.
/// # Errors
/// [`StoreError::Io`], or [`StoreError::Corrupt`] where it is larger.
pub(super) fn read_from(from: impl Read, path: &Path, most: u64) -> Result<Vec<u8>, StoreError> {
    let mut bytes = Vec::new();
    from.take(most + 1).read_to_end(&mut bytes).map_err(StoreError::io("read", path))?;
    if bytes.len() as u64 > most {
        let what = format!("larger than {} MiB", most >> 20);
        return Err(StoreError::Corrupt { path: path.to_owned(), what });
    }
    if bytes.starts_with(BYTE_ORDER_MARK) {
        bytes.drain(..BYTE_ORDER_MARK.len());
    }
    Ok(bytes)
}
/// Reads a report that [`super::write_drawing`] wrote into the folder of a run.
/// # Errors
/// [`StoreError`] where it does not exist, cannot be read, or is far larger than any report.
pub fn read_drawing(path: &Path) -> Result<Vec<u8>, StoreError> {
    read(path, MEDIUM)
}
