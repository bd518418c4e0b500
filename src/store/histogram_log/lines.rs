//! The lines of a log and the windows that they belong to.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read as _};
use std::path::Path;

use hdrhistogram::serialization::interval_log::{IntervalLogIterator, LogEntry};

use crate::domain::time_summary::TimeKind;
use crate::domain::window::Window;
use crate::store::{StoreError, packed};

/// Longest line; a histogram of one configuration has at most some 100 kB. Units: bytes.
pub(super) const LONGEST_LINE: u64 = 8 << 20;

pub(super) fn tag_of(window: &Window, kind: TimeKind) -> String {
    format!("{}/{}/{}", window.cell.series(), window.cell.level, kind.name())
}

/// A line's tag, and its start in milliseconds since 1970.
pub(super) type LineKey = (String, i64);

/// Place in `committed` and kind of time, by line.
pub(super) fn index_of(committed: &[Window]) -> BTreeMap<LineKey, (usize, TimeKind)> {
    let mut index = BTreeMap::new();
    for (place, window) in committed.iter().enumerate() {
        for kind in TimeKind::ALL {
            index.entry((tag_of(window, kind), window.started_at.as_millisecond())).or_insert((place, kind));
        }
    }
    index
}

/// Reads a file line by line; a last line without a newline is torn, and left out.
pub(super) fn for_each_line(
    path: &Path,
    mut each: impl FnMut(&[u8]) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut reader = BufReader::new(packed::open(path)?);
    let mut line = Vec::new();
    while reader
        .by_ref()
        .take(LONGEST_LINE)
        .read_until(b'\n', &mut line)
        .map_err(StoreError::io("read", path))?
        > 0
        && line.ends_with(b"\n")
    {
        each(&line)?;
        line.clear();
    }
    if line.len() as u64 == LONGEST_LINE {
        let what = format!("a line is longer than {} MiB", LONGEST_LINE >> 20);
        return Err(StoreError::Corrupt { path: path.to_owned(), what });
    }
    Ok(())
}

/// A line without its end, which an editor may have changed.
pub(super) fn without_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// The tag, start and encoded histogram of a data line; `None` for comments, the legend and other lines.
pub(super) fn key_of(line: &[u8]) -> Option<(LineKey, String)> {
    if !line.starts_with(b"Tag=") {
        return None;
    }
    // The parser knows one end of a line only.
    let line = [without_end(line), b"\n"].concat();
    match IntervalLogIterator::new(&line).next()?.ok()? {
        LogEntry::Interval(interval) => {
            let tag = interval.tag()?.as_str().to_owned();
            let start_ms = (interval.start_timestamp().as_secs_f64() * 1e3).round();
            #[expect(clippy::cast_possible_truncation, reason = "milliseconds since the epoch fit")]
            let start_ms = start_ms as i64;
            Some(((tag, start_ms), interval.encoded_histogram().to_owned()))
        }
        _ => None,
    }
}
