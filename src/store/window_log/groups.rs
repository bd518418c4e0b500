//! Committed windows from the lines of `windows.csv`, group by group.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;

use crate::domain::window::Window;
use crate::store::{StoreError, bounded, packed};

use super::rows::Columns;
use super::seal::{Seals, seal_of};

/// Longest first line that is read. Units: bytes.
const LONGEST_HEADER: u64 = 1 << 16;
/// What to do about a row that was changed.
const RESTORE: &str =
    "restore it from a copy; if the change is intended, remove the columns log_crc and row_crc";

/// The committed windows of a file, and how many bytes they take.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Committed {
    /// In the order of the file: the parts of each group, then its whole.
    pub windows: Vec<Window>,
    /// Bytes up to the end of the last complete group, header included; the rest is torn.
    pub length: u64,
    /// For each window, the CRC-32 of its lines in the histogram log; `None` in files of earlier versions.
    pub log_crcs: Vec<Option<u32>>,
    /// The names of the columns.
    columns: Vec<String>,
    /// The seal that all rows share; `None` where the file has no checksums, or no rows.
    seal: Option<u32>,
}

impl Committed {
    /// Whether the rows have checksums.
    pub fn is_sealed(&self) -> bool {
        self.seal.is_some()
    }

    /// Checks that the rows are those of this run; rows without checksums pass.
    /// # Errors
    /// [`StoreError::Damaged`] where the file belongs to another run, or its header was changed.
    pub fn check_run(&self, run_id: &str, path: &Path) -> Result<(), StoreError> {
        let names: Vec<&str> = self.columns.iter().map(String::as_str).collect();
        match self.seal {
            Some(seal) if seal != seal_of(run_id, &names) => Err(StoreError::Damaged {
                path: path.to_owned(),
                what: format!(
                    "its checksums are not those of run {run_id}: its first line was changed, or it belongs to another run"
                ),
                remedy: RESTORE,
            }),
            _ => Ok(()),
        }
    }
}

/// Reads every committed window. A torn last line, and a group without its whole, are left out.
/// # Errors
/// [`StoreError`] names the line that is not a window.
pub fn read(path: &Path) -> Result<Committed, StoreError> {
    let bytes = packed::read(path, bounded::LARGE)?;
    parse(whole_lines(&bytes), path)
}

/// The first line, newline included: the columns of the file.
/// # Errors
/// [`StoreError::Io`] where the file cannot be read.
pub fn first_line(path: &Path) -> Result<String, StoreError> {
    let mut line = Vec::new();
    let mut reader = BufReader::new(bounded::open(path)?.take(LONGEST_HEADER));
    reader.read_until(b'\n', &mut line).map_err(StoreError::io("read", path))?;
    Ok(String::from_utf8_lossy(&line).into_owned())
}

pub(super) fn whole_lines(bytes: &[u8]) -> &[u8] {
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
    &bytes[..whole]
}

/// Reads committed windows from complete lines.
/// # Errors
/// As [`read`]; [`StoreError::Damaged`] names a row that does not match its checksum.
pub fn parse(bytes: &[u8], path: &Path) -> Result<Committed, StoreError> {
    let corrupt = |what: String| StoreError::Corrupt { path: path.to_owned(), what };
    let mut groups = Groups::default();
    if bytes.is_empty() {
        return Ok(Committed::default());
    }
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
    let header = reader.headers().map_err(|error| corrupt(error.to_string()))?.clone();
    let columns = Columns::of(&header).map_err(|column| corrupt(format!("there is no column {column:?}")))?;
    let mut seals = Seals::new(&header);
    for record in reader.records() {
        let record = record.map_err(|error| corrupt(error.to_string()))?;
        let (line, begins) = record.position().map_or((0, 0), |at| (at.line(), at.byte()));
        let at_line = |what: String| corrupt(format!("line {line}: {what}"));
        let window =
            columns.window(&record).map_err(|column| at_line(format!("column {column:?} cannot be read")))?;
        let log_crc = columns
            .log_crc(&record)
            .map_err(|column| at_line(format!("column {column:?} cannot be read")))?;
        seals.take(&record, line, window.cell.step.is_none()).map_err(at_line)?;
        groups.add(window, log_crc, begins).map_err(at_line)?;
    }
    let seal = seals.finish().map_err(|line| StoreError::Damaged {
        path: path.to_owned(),
        what: format!("line {line} does not match its checksum: it was changed after it was written"),
        remedy: RESTORE,
    })?;
    let (windows, log_crcs) = groups.committed.into_iter().unzip();
    Ok(Committed {
        length: groups.torn_at.unwrap_or(bytes.len() as u64),
        windows,
        log_crcs,
        columns: header.iter().map(str::to_owned).collect(),
        seal,
    })
}

/// Assembles rows into groups, as they were committed.
#[derive(Default)]
struct Groups {
    /// Each with the checksum of its lines in the histogram log.
    committed: Vec<(Window, Option<u32>)>,
    /// Parts whose whole has not been read yet.
    parts: Vec<(Window, Option<u32>)>,
    /// Offset in bytes of the first of them.
    torn_at: Option<u64>,
}

impl Groups {
    fn add(&mut self, window: Window, log_crc: Option<u32>, begins: u64) -> Result<(), String> {
        // Baselines and alerts are computed in the order of commits.
        if let Some(before) =
            self.committed.last().map(|(before, _)| before).filter(|before| before.number >= window.number)
        {
            return Err(format!(
                "window {} after window {}; rows must be in commit order",
                window.number, before.number
            ));
        }
        if let Some(part) =
            self.parts.first().map(|(part, _)| part).filter(|part| part.number != window.number)
        {
            return Err(format!("window {} has steps without their workload row", part.number));
        }
        if window.cell.step.is_none() {
            self.committed.append(&mut self.parts);
            self.committed.push((window, log_crc));
            self.torn_at = None;
            return Ok(());
        }
        if self.parts.iter().any(|(part, _)| part.cell == window.cell) {
            return Err(format!("window {} has {} twice", window.number, window.cell));
        }
        self.torn_at.get_or_insert(begins);
        self.parts.push((window, log_crc));
        Ok(())
    }
}
