//! `slowest.jsonl`: the slowest requests of each window with the traces that they belong to, one JSON object in a line.
//!
//! Lines are written before the row that commits their window; lines of groups without a row are ignored, and cut on
//! resume. Each line has a checksum. A run that sends no trace identifiers has no such file.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::cell_name::CellName;
use crate::domain::error_reason::ErrorReason;
use crate::domain::trace::{SlowRequest, SpanId, TraceId};
use crate::domain::window::{MeasuredGroup, Window};

use super::StoreError;
use super::checksum::{crc32, from_hex, hex};
use super::packed::{self, Log, Reopened};

/// The file's name in a run folder.
pub const FILE: &str = "slowest.jsonl";

/// Longest line; names have at most some hundred bytes. Units: bytes.
const LONGEST_LINE: u64 = 64 << 10;
/// What stands before the checksum of a line, and after it.
const CRC: (&str, &str) = (",\"crc\":\"", "\"}");

/// A line without its checksum.
#[derive(Serialize, Deserialize)]
struct Line<'a> {
    window: u64,
    endpoint: std::borrow::Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    step: Option<std::borrow::Cow<'a, str>>,
    level: std::borrow::Cow<'a, str>,
    sent_at: String,
    service_time_us: f64,
    trace_id: String,
    span_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failure: Option<std::borrow::Cow<'a, str>>,
}

impl<'a> Line<'a> {
    fn of(slow: &'a SlowRequest) -> Self {
        Self {
            window: slow.window,
            endpoint: (&*slow.cell.workload).into(),
            step: slow.cell.step.as_deref().map(Into::into),
            level: (&*slow.cell.level).into(),
            sent_at: format!("{:.6}", slow.sent_at),
            service_time_us: slow.service_time.as_nanos() as f64 / 1e3,
            trace_id: slow.trace_id.to_string(),
            span_id: slow.span_id.to_string(),
            status: slow.status,
            failure: slow.failure.map(|failure| failure.name().into()),
        }
    }

    /// `None` where a value cannot be one.
    fn read(&self) -> Option<SlowRequest> {
        let nanos = (self.service_time_us * 1e3).round();
        let is_span = (0.0..=9e15).contains(&nanos);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "its range was checked")]
        let service_time = is_span.then(|| Duration::from_nanos(nanos as u64))?;
        let failure = self.failure.as_deref();
        Some(SlowRequest {
            window: self.window,
            cell: CellName {
                step: self.step.as_deref().map(Into::into),
                ..CellName::new(&*self.endpoint, &*self.level)
            },
            sent_at: self.sent_at.parse::<Timestamp>().ok()?,
            service_time,
            trace_id: TraceId::parse(&self.trace_id)?,
            span_id: SpanId::parse(&self.span_id)?,
            status: self.status,
            failure: failure.map(|name| ErrorReason::from_name(name).ok_or(())).transpose().ok()?,
        })
    }
}

/// The lines of a group, in the order of its rows; empty where no request had a trace.
/// # Errors
/// [`StoreError::Corrupt`] where a request cannot be written.
pub(super) fn lines(group: &MeasuredGroup, path: &Path) -> Result<String, StoreError> {
    let mut text = String::new();
    for slow in group.in_commit_order().flat_map(|measured| &measured.slowest) {
        let fail =
            |error: serde_json::Error| StoreError::Corrupt { path: path.to_owned(), what: error.to_string() };
        let mut line = serde_json::to_string(&Line::of(slow)).map_err(fail)?;
        let crc = hex(crc32(line.as_bytes()));
        line.pop();
        let (before, after) = CRC;
        for part in [&line, before, &crc, after, "\n"] {
            text.push_str(part);
        }
    }
    Ok(text)
}

/// A whole line; `None` where it is damaged.
fn parsed(line: &[u8]) -> Option<SlowRequest> {
    let line = std::str::from_utf8(line).ok()?.trim_end();
    let (text, crc) = line.strip_suffix(CRC.1)?.rsplit_once(CRC.0)?;
    let text = format!("{text}}}");
    (from_hex(crc)? == crc32(text.as_bytes())).then_some(())?;
    serde_json::from_str::<Line<'_>>(&text).ok()?.read()
}

/// Goes through the whole lines of a file from a position on, until the callback wants no more. It takes the position after
/// the line, and the line, which is `None` where it is damaged. A torn last line is left out.
fn for_each_line(
    log: &mut Reopened,
    from: u64,
    mut each: impl FnMut(u64, Option<SlowRequest>) -> bool,
) -> Result<(), StoreError> {
    let path = &log.path().to_owned();
    let Some(log) = opened(log, from)? else { return Ok(()) };
    let io = |error| StoreError::io("read", path)(error);
    let (mut reader, mut line, mut at) = (BufReader::new(log), Vec::new(), from);
    loop {
        line.clear();
        let read = reader.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line).map_err(io)? as u64;
        if read == LONGEST_LINE && !line.ends_with(b"\n") {
            let what = format!("a line is longer than {} KiB", LONGEST_LINE >> 10);
            return Err(StoreError::Corrupt { path: path.to_owned(), what });
        }
        at += read;
        if !line.ends_with(b"\n") || !each(at, parsed(&line)) {
            return Ok(());
        }
    }
}

/// The file from a position on; `None` where the run has none.
fn opened(log: &mut Reopened, from: u64) -> Result<Option<&mut Log>, StoreError> {
    let exists = packed::exists(log.path());
    match log.at(from) {
        Ok(log) => Ok(Some(log)),
        Err(_) if !exists => Ok(None),
        Err(error) => Err(error),
    }
}

/// The row that a request belongs to, by its place among committed windows.
fn row_of(slow: &SlowRequest, committed: &[Window]) -> Option<usize> {
    let first = committed.partition_point(|window| window.number < slow.window);
    let mut rows = committed.iter().enumerate().skip(first);
    rows.by_ref()
        .take_while(|(_, window)| window.number == slow.window)
        .find(|(_, window)| window.cell == slow.cell)
        .map(|(place, _)| place)
}

/// Calls back for each slow request of a committed window, in the order of the file. Returns the number of damaged lines.
/// `committed`: in the order of their numbers, as [`super::window_log::read`] returns them.
/// # Errors
/// [`StoreError`] where the file cannot be read.
pub fn read_each(
    folder: &Path,
    committed: &[Window],
    mut each: impl FnMut(&Window, SlowRequest),
) -> Result<u64, StoreError> {
    let mut damaged = 0;
    for_each_line(&mut Reopened::new(folder.join(FILE)), 0, |_, line| {
        match line {
            Some(slow) => {
                if let Some(window) = row_of(&slow, committed).and_then(|row| committed.get(row)) {
                    each(window, slow);
                }
            }
            None => damaged += 1,
        }
        true
    })?;
    Ok(damaged)
}

/// The slow requests of committed windows, in the order of the file: of each window the slowest first. Empty where the run
/// has none. Damaged lines are left out.
/// # Errors
/// [`StoreError`] where the file cannot be read.
pub fn read(folder: &Path, committed: &[Window]) -> Result<Vec<SlowRequest>, StoreError> {
    let mut all = Vec::new();
    read_each(folder, committed, |_, slow| all.push(slow))?;
    Ok(all)
}

/// Length of the part that belongs to committed windows; the rest is torn or was never committed. `None` where the run has
/// no such file. Units: bytes.
/// # Errors
/// [`StoreError`] where the file cannot be read.
pub(super) fn committed_length(folder: &Path, committed: &[Window]) -> Result<Option<u64>, StoreError> {
    let mut log = Reopened::new(folder.join(FILE));
    if opened(&mut log, 0)?.is_none() {
        return Ok(None);
    }
    let mut length = 0;
    for_each_line(&mut log, 0, |end, line| {
        if line.is_some_and(|slow| row_of(&slow, committed).is_some()) {
            length = end;
        }
        true
    })?;
    Ok(Some(length))
}

/// Reads the slow requests of committed groups, in the order in which they were committed.
#[derive(Debug)]
pub struct Follower {
    log: Reopened,
    position: u64,
}

impl Follower {
    /// Follows the file of a run folder from its beginning. It need not exist.
    pub fn new(folder: &Path) -> Self {
        Self { log: Reopened::new(folder.join(FILE)), position: 0 }
    }

    /// The slow requests of each row of a committed group, in the order of the rows; of each the slowest first. Lines of later
    /// groups are not touched: a resumed run replaces those of a group that was not committed. Groups are taken in the order
    /// of their commits; one that is left out is skipped by the next call.
    /// # Errors
    /// [`StoreError`] where the file cannot be read.
    pub fn of_group(&mut self, rows: &[Window]) -> Result<Vec<Vec<SlowRequest>>, StoreError> {
        let mut found: Vec<Vec<SlowRequest>> = rows.iter().map(|_| Vec::new()).collect();
        let Some(number) = rows.first().map(|window| window.number) else { return Ok(found) };
        let mut position = self.position;
        for_each_line(&mut self.log, self.position, |end, line| {
            let Some(slow) = line else { return true };
            if slow.window > number {
                return false;
            }
            position = end;
            if let Some(place) = row_of(&slow, rows) {
                found[place].push(slow);
            }
            true
        })?;
        self.position = position;
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::histogram::Histogram;
    use crate::domain::window::{Histograms, MeasuredWindow};

    fn slow(window: u64, step: Option<&str>, nanos: u64) -> SlowRequest {
        SlowRequest {
            window,
            cell: CellName { step: step.map(Into::into), ..CellName::new("a \"b\"", "light") },
            sent_at: Timestamp::from_microsecond(1_700_000_000_123_456).unwrap(),
            service_time: Duration::from_nanos(nanos),
            trace_id: TraceId([7; 16]),
            span_id: SpanId([9; 8]),
            status: step.is_none().then_some(503),
            failure: step.map(|_| ErrorReason::ConnectionRefused),
        }
    }

    fn row(number: u64, step: Option<&str>) -> Window {
        Window { number, cell: slow(number, step, 1).cell, ..Window::sample() }
    }

    fn group(number: u64) -> MeasuredGroup {
        let histogram = Histogram::new().unwrap();
        let measured = |step: Option<&str>, slowest| MeasuredWindow {
            window: row(number, step),
            histograms: Histograms {
                service_time: histogram.clone(),
                response_time: None,
                first_byte: histogram.clone(),
            },
            slowest,
        };
        let whole = measured(None, vec![slow(number, None, 912_345_678), slow(number, None, 3)]);
        let part = measured(Some("create"), vec![slow(number, Some("create"), 1_001)]);
        MeasuredGroup { parts: vec![part], ..MeasuredGroup::of_one(whole) }
    }

    fn rows(numbers: std::ops::RangeInclusive<u64>) -> Vec<Window> {
        numbers.flat_map(|number| [row(number, Some("create")), row(number, None)]).collect()
    }

    #[test]
    fn what_is_written_is_read_and_nothing_of_what_was_not_committed() {
        let run = tempfile::tempdir().unwrap();
        let path = run.path().join(FILE);
        assert_eq!(read(run.path(), &rows(1..=2)).unwrap(), []);
        assert_eq!(committed_length(run.path(), &rows(1..=2)).unwrap(), None);
        let whole: String = (1..=3).map(|number| lines(&group(number), &path).unwrap()).collect();
        let committed = whole.len() / 3 * 2;
        // A kill while the lines of the third group were written, at each byte.
        for cut in committed..=whole.len() {
            std::fs::write(&path, &whole[..cut]).unwrap();
            let expected: Vec<SlowRequest> = (1..=2)
                .flat_map(|number| {
                    [
                        slow(number, Some("create"), 1_001),
                        slow(number, None, 912_345_678),
                        slow(number, None, 3),
                    ]
                })
                .collect();
            assert_eq!(read(run.path(), &rows(1..=2)).unwrap(), expected, "{cut}");
            assert_eq!(committed_length(run.path(), &rows(1..=2)).unwrap(), Some(committed as u64), "{cut}");
        }
    }

    #[test]
    fn a_follower_takes_a_group_once_it_is_committed_and_not_its_predecessor_of_that_number() {
        let run = tempfile::tempdir().unwrap();
        let path = run.path().join(FILE);
        let mut follower = Follower::new(run.path());
        assert_eq!(follower.of_group(&rows(1..=1)).unwrap(), [vec![], vec![]]);
        let [first, second, other] = [1, 2, 2].map(|number| lines(&group(number), &path).unwrap());
        std::fs::write(&path, first.clone() + &second).unwrap();
        let taken = follower.of_group(&rows(1..=1)).unwrap();
        assert_eq!(
            taken,
            [vec![slow(1, Some("create"), 1_001)], vec![slow(1, None, 912_345_678), slow(1, None, 3)]]
        );
        // The run is killed and resumed: window 2 is measured again.
        let other = other.lines().take(1).collect::<String>() + "\n";
        std::fs::write(&path, first + &other + &lines(&group(3), &path).unwrap()).unwrap();
        assert_eq!(follower.of_group(&rows(2..=2)).unwrap(), [vec![slow(2, Some("create"), 1_001)], vec![]]);
        assert_eq!(follower.of_group(&rows(3..=3)).unwrap()[1].len(), 2);
        assert_eq!(follower.of_group(&rows(4..=4)).unwrap(), [vec![], vec![]]);
    }

    #[test]
    fn damaged_lines_are_left_out_and_counted() {
        let run = tempfile::tempdir().unwrap();
        let path = run.path().join(FILE);
        let good = lines(&group(1), &path).unwrap();
        let damaged = good.replace("912345.678", "112345.678");
        std::fs::write(&path, format!("{damaged}not json\n{{}}\n\u{0}\n{good}")).unwrap();
        let mut found = 0;
        assert_eq!(read_each(run.path(), &rows(1..=1), |_, _| found += 1).unwrap(), 4);
        assert_eq!(found, 5);
    }
}
