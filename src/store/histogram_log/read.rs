//! The histograms of committed windows.

use std::collections::BTreeSet;
use std::path::Path;

use crate::domain::histogram::Histogram;
use crate::domain::time_summary::TimeKind;
use crate::domain::window::Window;
use crate::store::{StoreError, packed};

use super::decoder::Decoder;
use super::lines::{for_each_line, index_of, key_of};

/// Whether there is a log at this path.
pub fn exists(path: &Path) -> bool {
    packed::exists(path)
}

/// Reads the log of committed windows, calling back for each line that belongs to one of them.
/// # Errors
/// [`StoreError::Corrupt`] where a line of a committed window cannot be read.
pub fn read_each(
    path: &Path,
    committed: &[Window],
    mut each: impl FnMut(&Window, TimeKind, Histogram) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let corrupt = |what: String| StoreError::Corrupt { path: path.to_owned(), what };
    let index = index_of(committed);
    let mut decoder = Decoder::new();
    for_each_line(path, |line| {
        let Some((key, encoded)) = key_of(line) else { return Ok(()) };
        let Some((window, kind)) = index.get(&key).and_then(|(at, kind)| Some((committed.get(*at)?, *kind)))
        else {
            return Ok(());
        };
        let histogram = decoder.decode(&encoded).map_err(|what| corrupt(format!("{}: {what}", key.0)))?;
        each(window, kind, histogram)
    })
}

/// Where the committed part of a log ends, and what does not belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tail {
    /// Length of the part that belongs to committed windows; the rest is torn or was never committed. Units: bytes.
    pub length: u64,
    /// Number of groups of windows that have lines, but no row.
    pub groups: usize,
    /// Whether one of them lies before a committed window: then its row was lost.
    pub is_within: bool,
}

/// Finds the end of the committed part of a log.
/// # Errors
/// [`StoreError`] where the file cannot be read.
pub fn tail(path: &Path, committed: &[Window]) -> Result<Tail, StoreError> {
    let index = index_of(committed);
    let (mut length, mut tail) = (0_u64, Tail::default());
    let mut starts = BTreeSet::new();
    for_each_line(path, |line| {
        length += line.len() as u64;
        match key_of(line) {
            Some((key, _)) if !index.contains_key(&key) => {
                starts.insert(key.1);
            }
            data => {
                // Comments and the legend are at the top; a data line is kept if its window is.
                tail.is_within |= data.is_some() && !starts.is_empty();
                tail.length = length;
            }
        }
        Ok(())
    })?;
    tail.groups = starts.len();
    Ok(tail)
}

/// Length in bytes of the part that belongs to committed windows; the rest is torn or was never committed.
/// # Errors
/// [`StoreError`] where the file cannot be read.
pub fn committed_length(path: &Path, committed: &[Window]) -> Result<u64, StoreError> {
    tail(path, committed).map(|tail| tail.length)
}
