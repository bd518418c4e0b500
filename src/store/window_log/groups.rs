//! Committed windows from the lines of `windows.csv`, group by group.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;

use crate::domain::window::Window;
use crate::store::StoreError;

use super::rows::Columns;

/// The committed windows of a file, and how many bytes they take.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Committed {
    /// In the order of the file: the parts of each group, then its whole.
    pub windows: Vec<Window>,
    /// Bytes up to the end of the last complete group, header included; the rest is torn.
    pub length: u64,
}

/// Reads every committed window. A torn last line, and a group without its whole, are left out.
/// # Errors
/// [`StoreError`] names the line that is not a window.
pub fn read(path: &Path) -> Result<Committed, StoreError> {
    let bytes = std::fs::read(path).map_err(StoreError::io("read", path))?;
    parse(whole_lines(&bytes), path)
}

/// The first line, newline included: the columns of the file.
/// # Errors
/// [`StoreError::Io`] where the file cannot be read.
pub fn first_line(path: &Path) -> Result<String, StoreError> {
    let file = File::open(path).map_err(StoreError::io("read", path))?;
    let mut line = String::new();
    BufReader::new(file).read_line(&mut line).map_err(StoreError::io("read", path))?;
    Ok(line)
}

pub(super) fn whole_lines(bytes: &[u8]) -> &[u8] {
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
    &bytes[..whole]
}

/// Reads committed windows from complete lines.
/// # Errors
/// As [`read`].
pub fn parse(bytes: &[u8], path: &Path) -> Result<Committed, StoreError> {
    let corrupt = |what: String| StoreError::Corrupt { path: path.to_owned(), what };
    let mut groups = Groups::default();
    if bytes.is_empty() {
        return Ok(Committed::default());
    }
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
    let columns = Columns::of(reader.headers().map_err(|error| corrupt(error.to_string()))?)
        .map_err(|column| corrupt(format!("there is no column {column:?}")))?;
    for (index, record) in reader.records().enumerate() {
        let line = index + 2;
        let record = record.map_err(|error| corrupt(format!("line {line}: {error}")))?;
        let window = columns
            .window(&record)
            .map_err(|column| corrupt(format!("line {line}: column {column:?} cannot be read")))?;
        let begins = record.position().map_or(0, csv::Position::byte);
        groups.add(window, begins).map_err(|what| corrupt(format!("line {line}: {what}")))?;
    }
    Ok(Committed { length: groups.torn_at.unwrap_or(bytes.len() as u64), windows: groups.committed })
}

/// Assembles rows into groups, as they were committed.
#[derive(Default)]
struct Groups {
    committed: Vec<Window>,
    /// Parts whose whole has not been read yet.
    parts: Vec<Window>,
    /// Offset in bytes of the first of them.
    torn_at: Option<u64>,
}

impl Groups {
    fn add(&mut self, window: Window, begins: u64) -> Result<(), String> {
        // Baselines and alerts are computed in the order of commits.
        if let Some(before) = self.committed.last().filter(|before| before.number >= window.number) {
            return Err(format!(
                "window {} after window {}; rows must be in commit order",
                window.number, before.number
            ));
        }
        if let Some(part) = self.parts.first().filter(|part| part.number != window.number) {
            return Err(format!("window {} has steps without their workload row", part.number));
        }
        if window.cell.step.is_none() {
            self.committed.append(&mut self.parts);
            self.committed.push(window);
            self.torn_at = None;
            return Ok(());
        }
        if self.parts.iter().any(|part| part.cell == window.cell) {
            return Err(format!("window {} has {} twice", window.number, window.cell));
        }
        self.torn_at.get_or_insert(begins);
        self.parts.push(window);
        Ok(())
    }
}
