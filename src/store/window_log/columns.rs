//! The columns of `windows.csv`, in order.

use crate::domain::generator::GeneratorReading;
use crate::domain::metric::Metric;

/// The file's name in a run folder.
pub const FILE: &str = "windows.csv";

/// Columns that every file must have.
pub(super) const LEADING: [&str; 12] = [
    "window",
    "cycle",
    "started_at",
    "endpoint",
    "level",
    "users",
    "duration_s",
    "requests",
    "succeeded",
    "failed",
    "throttled",
    "validity",
];
/// Follows `level` since schema 2: the step of a workload; empty for the whole.
pub(super) const STEP: &str = "step";
/// CRC-32 of the window's lines in the histogram log, since schema 3; empty for windows of earlier versions.
pub(super) const LOG_CRC: &str = "log_crc";
/// Checksum of the row, since schema 3; the last column.
pub(super) const ROW_CRC: &str = "row_crc";
/// Columns that files of other programs may lack.
pub(super) const TRAILING: [&str; 18] = [
    "invalid_reason",
    "statuses",
    "errors",
    "cache_hits",
    "cache_misses",
    "connections",
    "resolve_mean_us",
    "connect_mean_us",
    "tls_mean_us",
    "late_starts",
    BACKED_OFF,
    REQUEST_CAP,
    ERROR_REASONS,
    DECODED_BYTES,
    "odd_responses",
    ADDRESSES,
    "redirects",
    REMARKS,
];
/// Failed requests by reason; versions that did not record it lack the column.
pub(super) const ERROR_REASONS: &str = "error_reasons";
/// Body bytes without their content encoding; versions that did not decode lack the column.
pub(super) const DECODED_BYTES: &str = "decoded_bytes";
/// Users by the address they were connected to; versions that did not record it lack the column.
pub(super) const ADDRESSES: &str = "addresses";
/// What was missing in the responses of a journey; versions without journeys lack the column.
pub(super) const REMARKS: &str = "remarks";
/// Between two remarks.
pub(super) const BETWEEN_REMARKS: &str = " | ";
/// Seconds that users paused after failed requests; versions that did not record it lack the column.
pub(super) const BACKED_OFF: &str = "backed_off_s";
/// The most requests that the window could send; versions that did not record it lack the column.
pub(super) const REQUEST_CAP: &str = "request_cap";

/// The columns that every program can write, in order.
pub fn header() -> Vec<String> {
    let with_step = LEADING.into_iter().flat_map(|name| match name {
        "level" => vec![name, STEP],
        name => vec![name],
    });
    let metrics = Metric::first().map(Metric::name);
    let generator = GeneratorReading::ALL.into_iter().map(GeneratorReading::name);
    with_step
        .map(str::to_owned)
        .chain(metrics)
        .chain(TRAILING.into_iter().chain(generator).map(str::to_owned))
        // Behind all others, so that no earlier column moves.
        .chain(Metric::LATER.map(Metric::name))
        .collect()
}

/// The header as a CSV line.
pub fn header_line() -> String {
    line_of(&header())
}

/// Fields as a CSV line, with quotes where needed.
pub(super) fn line_of(fields: &[String]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Writing to memory fails only when memory runs out.
    let written = writer.write_record(fields).is_ok();
    let bytes = writer.into_inner().ok().filter(|_| written).unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
}
