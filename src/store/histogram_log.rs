//! `histograms.hlog`: a standard HdrHistogram interval log (V2, deflate), one line per window, step and kind of time.
//!
//! Lines are written before the row that commits their window; lines without a row are ignored, and cut on resume.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::time::Duration;

use hdrhistogram::serialization::interval_log::{
    IntervalLogIterator, IntervalLogWriterBuilder, LogEntry, Tag,
};
use hdrhistogram::serialization::{Deserializer, V2DeflateSerializer};
use jiff::Timestamp;

use crate::domain::histogram::Histogram;
use crate::domain::time_summary::TimeKind;
use crate::domain::units::epoch_seconds;
use crate::domain::window::{MeasuredWindow, Window};

use super::StoreError;

/// The file's name in a run folder.
pub const FILE: &str = "histograms.hlog";

/// The first lines of a log: version, units and start.
pub fn header(started_at: Timestamp) -> String {
    let seconds = epoch_seconds(started_at);
    format!(
        "#[Histogram log format version 1.3]\n\
         #[Times in nanoseconds of requests that succeeded. Tag=endpoint/level/kind]\n\
         #[StartTime: {seconds:.3} (seconds since epoch), {started_at:.3}]\n\
         \"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\"\n"
    )
}

/// The lines of a window: service time, response time (open loops only), time to first byte.
/// # Errors
/// [`StoreError::Corrupt`] where a histogram cannot be written.
pub fn lines(measured: &MeasuredWindow, path: &Path) -> Result<Vec<u8>, StoreError> {
    let window = &measured.window;
    let histograms = &measured.histograms;
    let mut bytes = Vec::new();
    let fail = |what: String| StoreError::Corrupt { path: path.to_owned(), what };
    let mut serializer = V2DeflateSerializer::new();
    let mut writer = IntervalLogWriterBuilder::new()
        .begin_log_with(&mut bytes, &mut serializer)
        .map_err(StoreError::io("write", path))?;
    let kinds = [
        (TimeKind::Service, Some(&histograms.service_time)),
        (TimeKind::Response, histograms.response_time.as_ref()),
        (TimeKind::FirstByte, Some(&histograms.first_byte)),
    ];
    for (kind, histogram) in kinds {
        let Some(histogram) = histogram else { continue };
        let tag = tag_of(window, kind);
        let tag = Tag::new(&tag).ok_or_else(|| fail(format!("{tag:?} cannot be a tag")))?;
        writer
            .write_histogram(histogram.as_raw(), since_epoch(window.started_at), window.duration, Some(tag))
            .map_err(|error| fail(error.to_string()))?;
    }
    Ok(bytes)
}

fn tag_of(window: &Window, kind: TimeKind) -> String {
    format!("{}/{}/{}", window.cell.series(), window.cell.level, kind.name())
}

fn since_epoch(at: Timestamp) -> Duration {
    Duration::from_millis(u64::try_from(at.as_millisecond()).unwrap_or(0))
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
    let index = committed_lines(committed);
    let mut deserializer = Deserializer::new();
    for_each_line(path, |line| {
        let Some((key, encoded)) = key_of(line) else { return Ok(()) };
        let Some((window, kind)) = index.get(&key) else { return Ok(()) };
        let raw =
            decode(&encoded, &mut deserializer).map_err(|what| corrupt(format!("{}: {what}", key.0)))?;
        let histogram = Histogram::from_raw(raw).map_err(|error| corrupt(format!("{}: {error}", key.0)))?;
        each(window, *kind, histogram)
    })
}

/// Length in bytes of the part that belongs to committed windows; the rest is torn or was never committed.
/// # Errors
/// [`StoreError::Io`] where the file cannot be read.
pub fn committed_length(path: &Path, committed: &[Window]) -> Result<u64, StoreError> {
    let index = committed_lines(committed);
    let (mut length, mut kept) = (0_u64, 0_u64);
    for_each_line(path, |line| {
        length += line.len() as u64;
        // Comments and the legend are at the top; a data line is kept if its window is.
        if key_of(line).is_none_or(|(key, _)| index.contains_key(&key)) {
            kept = length;
        }
        Ok(())
    })?;
    Ok(kept)
}

/// A line's tag, and its start in milliseconds since 1970.
type LineKey = (String, i64);

fn committed_lines(committed: &[Window]) -> std::collections::BTreeMap<LineKey, (&Window, TimeKind)> {
    let mut seen = BTreeSet::new();
    let mut index = std::collections::BTreeMap::new();
    for window in committed {
        for kind in TimeKind::ALL {
            let key = (tag_of(window, kind), window.started_at.as_millisecond());
            if seen.insert(key.clone()) {
                index.insert(key, (window, kind));
            }
        }
    }
    index
}

/// Reads a file line by line; a last line without a newline is torn, and left out.
fn for_each_line(
    path: &Path,
    mut each: impl FnMut(&[u8]) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut reader = BufReader::new(File::open(path).map_err(StoreError::io("read", path))?);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line).map_err(StoreError::io("read", path))? > 0
        && line.ends_with(b"\n")
    {
        each(&line)?;
        line.clear();
    }
    Ok(())
}

/// The tag, start and encoded histogram of a data line; `None` for comments, the legend and other lines.
fn key_of(line: &[u8]) -> Option<(LineKey, String)> {
    if !line.starts_with(b"Tag=") {
        return None;
    }
    match IntervalLogIterator::new(line).next()?.ok()? {
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

fn decode(encoded: &str, deserializer: &mut Deserializer) -> Result<hdrhistogram::Histogram<u64>, String> {
    use base64::Engine as _;
    let bytes =
        base64::engine::general_purpose::STANDARD.decode(encoded).map_err(|error| error.to_string())?;
    deserializer.deserialize(&mut bytes.as_slice()).map_err(|error| error.to_string())
}
