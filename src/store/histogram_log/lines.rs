//! The lines of a log and the windows that they belong to.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read as _};
use std::path::Path;

use base64::Engine as _;
use flate2::read::ZlibDecoder;
use hdrhistogram::serialization::Deserializer;
use hdrhistogram::serialization::interval_log::{IntervalLogIterator, LogEntry};

use crate::domain::histogram::Histogram;
use crate::domain::time_summary::TimeKind;
use crate::domain::window::Window;
use crate::store::{StoreError, bounded};

/// Longest line; a histogram of one configuration has at most some 100 kB. Units: bytes.
const LONGEST_LINE: u64 = 8 << 20;
/// Largest histogram once it is unpacked. Units: bytes.
const LARGEST: u64 = 4 << 20;
/// Bytes of an encoded histogram before its counts: cookie, length, offset, digits, bounds, ratio.
const HEAD: usize = 40;
/// Where the length of the counts is, within the head.
const LENGTH: std::ops::Range<usize> = 4..8;

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
    let mut reader = BufReader::new(bounded::open(path)?);
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

/// Decodes histograms; the memory is used again.
pub(super) struct Decoder(Deserializer);

impl Decoder {
    pub(super) fn new() -> Self {
        Self(Deserializer::new())
    }

    /// The histogram of an encoded text. The error says what is wrong with it.
    pub(super) fn decode(&mut self, encoded: &str) -> Result<Histogram, String> {
        let packed =
            base64::engine::general_purpose::STANDARD.decode(encoded).map_err(|error| error.to_string())?;
        // Cookie and length; the rest is the zlib stream. Reading it to its end checks its checksum.
        let stream = packed.get(8..).ok_or("a histogram is cut off")?;
        let mut bytes = Vec::new();
        ZlibDecoder::new(stream).take(LARGEST).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
        // A length beyond what is there would be allocated before it is missed.
        let stated = bytes.get(LENGTH).and_then(|length| length.try_into().ok()).map(u32::from_be_bytes);
        let is_whole = stated.is_some_and(|stated| stated as usize == bytes.len().saturating_sub(HEAD));
        if !is_whole {
            return Err("a histogram does not have the length that it states".to_owned());
        }
        Histogram::check_head(&bytes).map_err(|error| error.to_string())?;
        let raw = self.0.deserialize(&mut bytes.as_slice()).map_err(|error| error.to_string())?;
        Histogram::from_raw(raw).map_err(|error| error.to_string())
    }
}
