//! Tables written by other programs: CSV with a header, read row by row in constant memory.

use std::cell::Cell;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use csv::{Reader, ReaderBuilder, StringRecord};

use super::{StoreError, bounded};

/// The path that stands for standard input.
pub const STDIN: &str = "-";

/// A CSV table that is being read.
pub struct Table {
    path: PathBuf,
    columns: Vec<String>,
    reader: Reader<Box<dyn Read>>,
    only: Vec<(usize, String)>,
    /// Bytes read since the last row ended.
    since_row: Rc<Cell<usize>>,
}

impl std::fmt::Debug for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Table")
            .field("path", &self.path)
            .field("columns", &self.columns)
            .finish_non_exhaustive()
    }
}

impl Table {
    /// Opens a file, or standard input, and reads its header.
    /// # Errors
    /// [`StoreError`] where it cannot be read or has no header.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let source: Box<dyn Read> = if path == Path::new(STDIN) {
            Box::new(std::io::stdin().lock())
        } else {
            Box::new(bounded::open(path)?)
        };
        let since_row = Rc::new(Cell::new(0));
        let source: Box<dyn Read> = Box::new(Rows { source, since_row: Rc::clone(&since_row) });
        let mut reader = ReaderBuilder::new().from_reader(source);
        let header = reader.headers().map_err(|error| corrupt(path, &error))?;
        // Some programs begin a file with a byte order mark.
        let columns: Vec<String> =
            header.iter().map(|name| name.trim_start_matches('\u{feff}').trim().to_owned()).collect();
        if columns.iter().all(String::is_empty) {
            let what = "the file is empty; it needs a header with column names".to_owned();
            return Err(StoreError::Corrupt { path: path.to_owned(), what });
        }
        Ok(Self { path: path.to_owned(), columns, reader, only: Vec::new(), since_row })
    }

    /// The names of the columns, in order, without surrounding spaces.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The index of a column.
    /// # Errors
    /// [`StoreError::NoColumn`] where it does not exist, or exists twice.
    pub fn column(&self, name: &str) -> Result<usize, StoreError> {
        let mut places = self.columns.iter().enumerate().filter(|(_, column)| *column == name);
        match (places.next(), places.next()) {
            (Some((place, _)), None) => Ok(place),
            _ => Err(StoreError::NoColumn {
                path: self.path.clone(),
                column: name.to_owned(),
                columns: self.columns.clone(),
            }),
        }
    }

    /// Skips rows in which this column has another text.
    /// # Errors
    /// [`StoreError::NoColumn`], as for [`Table::column`].
    pub fn only(&mut self, column: &str, text: &str) -> Result<(), StoreError> {
        let place = self.column(column)?;
        self.only.push((place, text.to_owned()));
        Ok(())
    }

    /// Reads the next row that is not skipped; returns its line number from 1, or `None` at the end.
    /// # Errors
    /// [`StoreError::Corrupt`] names the line that is not a row of the table.
    pub fn next_row(&mut self, row: &mut StringRecord) -> Result<Option<u64>, StoreError> {
        while self.reader.read_record(row).map_err(|error| corrupt(&self.path, &error))? {
            self.since_row.set(0);
            if self.only.iter().all(|(place, text)| row.get(*place) == Some(text)) {
                return Ok(Some(row.position().map_or(0, csv::Position::line)));
            }
        }
        Ok(None)
    }

    /// The error for a field with unexpected content.
    pub fn wrong(&self, line: u64, column: usize, text: &str, should_be: &str) -> StoreError {
        let name = self.columns.get(column).map_or("", String::as_str);
        let shown: String = text.chars().take(40).collect();
        let what = format!("line {line}, column {name:?}: {shown:?} is not {should_be}");
        StoreError::Corrupt { path: self.path.clone(), what }
    }
}

/// A longer row is not one of a table, and would be kept in memory completely.
const LONGEST_ROW: usize = 1 << 20;

/// A reader that rejects rows beyond [`LONGEST_ROW`], also where a quote that is never closed makes one of many lines.
struct Rows {
    source: Box<dyn Read>,
    since_row: Rc<Cell<usize>>,
}

impl Read for Rows {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.since_row.get() > LONGEST_ROW {
            let what = "a row is longer than 1 MB: this is not a table, or a quote is not closed";
            return Err(std::io::Error::other(what));
        }
        let read = self.source.read(buffer)?;
        self.since_row.set(self.since_row.get() + read);
        Ok(read)
    }
}

/// An empty row, for [`Table::next_row`] to fill.
pub fn empty_row() -> StringRecord {
    StringRecord::new()
}

/// The fields of a row, in the order of the columns.
pub type Row = StringRecord;

/// Writes one CSV line, with quotes where needed.
/// # Errors
/// The error of the output.
pub fn write_line(out: &mut dyn std::io::Write, fields: &[&str]) -> std::io::Result<()> {
    let mut writer = csv::WriterBuilder::new().buffer_capacity(256).from_writer(out);
    writer.write_record(fields)?;
    writer.flush()
}

fn corrupt(path: &Path, error: &csv::Error) -> StoreError {
    StoreError::Corrupt { path: path.to_owned(), what: error.to_string() }
}
