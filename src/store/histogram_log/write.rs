//! The lines of a window.

use std::path::Path;
use std::time::Duration;

use hdrhistogram::serialization::V2DeflateSerializer;
use hdrhistogram::serialization::interval_log::{IntervalLogWriterBuilder, Tag};
use jiff::Timestamp;

use crate::domain::time_summary::TimeKind;
use crate::domain::units::epoch_seconds;
use crate::domain::window::MeasuredWindow;
use crate::store::StoreError;

use super::lines::tag_of;

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
        let raw = histogram.as_raw().map_err(|error| fail(error.to_string()))?;
        writer
            .write_histogram(&raw, since_epoch(window.started_at), window.duration, Some(tag))
            .map_err(|error| fail(error.to_string()))?;
    }
    Ok(bytes)
}

fn since_epoch(at: Timestamp) -> Duration {
    Duration::from_millis(u64::try_from(at.as_millisecond()).unwrap_or(0))
}
