//! Tables written by other programs: CSV with a header, read row by row in constant memory.
//!
//! Blank rows are skipped and counted: spreadsheets leave them, and some programs join tables with them.

use std::cell::RefCell;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use csv::{ByteRecord, Reader, ReaderBuilder, StringRecord};

use super::delimiter::delimiter;
use super::lines::{Lines, Start};
use super::{StoreError, bounded};

/// The path that stands for standard input.
pub const STDIN: &str = "-";

/// A CSV table that is being read.
pub struct Table {
    path: PathBuf,
    columns: Vec<String>,
    reader: Reader<Box<dyn Read>>,
    only: Vec<(usize, String)>,
    blank_rows: u64,
    progress: Rc<RefCell<Progress>>,
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
        let (delimiter, source) = delimiter(source).map_err(StoreError::io("read", path))?;
        let progress = Rc::new(RefCell::new(Progress::default()));
        let source: Box<dyn Read> = Box::new(Rows { source, progress: Rc::clone(&progress) });
        // Flexible: a blank row may have any number of commas. The others are compared with the header here.
        let mut reader = ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(source);
        let header = reader.headers().map_err(|error| corrupt(path, &error))?;
        // Some programs begin a file with a byte order mark.
        let columns: Vec<String> =
            header.iter().map(|name| name.trim_start_matches('\u{feff}').trim().to_owned()).collect();
        if columns.iter().all(String::is_empty) {
            let what = "the file is empty; it needs a header with column names".to_owned();
            return Err(StoreError::Corrupt { path: path.to_owned(), what });
        }
        Ok(Self { path: path.to_owned(), columns, reader, only: Vec::new(), blank_rows: 0, progress })
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

    /// Number of blank rows skipped so far: rows of commas and spaces only, and empty lines between rows.
    pub fn blank_rows(&self) -> u64 {
        self.blank_rows
    }

    /// Reads the next row that is not skipped; returns its line number from 1, or `None` at the end.
    ///
    /// The line is the one that an editor shows, where the row begins.
    /// # Errors
    /// [`StoreError::BadRow`] names the line that is not a row of the table.
    pub fn next_row(&mut self, row: &mut StringRecord) -> Result<Option<u64>, StoreError> {
        let mut bytes = std::mem::take(row).into_byte_record();
        while self.reader.read_byte_record(&mut bytes).map_err(|error| corrupt(&self.path, &error))? {
            let byte = bytes.position().map_or(0, csv::Position::byte);
            let Start { line, empty } = self.progress.borrow_mut().row(byte);
            self.blank_rows += empty;
            if self.is_blank(&bytes) {
                self.blank_rows += 1;
                continue;
            }
            let text = StringRecord::from_byte_record(bytes).map_err(|_| self.not_utf8(line))?;
            let (fields, columns) = (text.len(), self.columns.len());
            if fields != columns {
                let what = if fields > columns {
                    format!("line {line} has {fields} values for {columns} columns")
                } else {
                    format!(
                        "line {line} has fewer values than the header has columns ({fields} of {columns})"
                    )
                };
                return Err(StoreError::BadRow { path: self.path.clone(), what, remedy: None });
            }
            if self.only.iter().all(|(place, wanted)| text.get(*place) == Some(wanted)) {
                *row = text;
                return Ok(Some(line));
            }
            bytes = text.into_byte_record();
        }
        Ok(None)
    }

    /// Whether a row has nothing but commas and spaces. In a table of one column, that is a missing value.
    fn is_blank(&self, row: &ByteRecord) -> bool {
        let is_table = self.columns.len() > 1 || row.len() > 1;
        is_table && row.iter().all(|field| field.trim_ascii().is_empty())
    }

    fn not_utf8(&self, line: u64) -> StoreError {
        StoreError::BadRow {
            path: self.path.clone(),
            what: format!("line {line} is not valid UTF-8"),
            remedy: Some("save the file with the encoding UTF-8".to_owned()),
        }
    }

    /// The error for a field with unexpected content. It advises on a number written with commas.
    pub fn wrong(&self, line: u64, column: usize, text: &str, should_be: &str) -> StoreError {
        let name = self.columns.get(column).map_or("", String::as_str);
        let shown: String = text.chars().take(40).collect();
        let what = format!("line {line}, column {name:?}: {shown:?} is not {should_be}");
        StoreError::BadRow { path: self.path.clone(), what, remedy: advice(text) }
    }
}

/// Advice on a number that is written with commas, as some locales and spreadsheets do; `None` for other text.
fn advice(text: &str) -> Option<String> {
    let number = |text: &str| text.parse::<f64>().ok().filter(|number| number.is_finite());
    let decimal =
        (text.matches(',').count() == 1).then(|| number(&text.replace('.', "").replace(',', "."))).flatten();
    // Groups of three digits, such as 1,234 or 12,345.6.
    let whole = text.split('.').next().unwrap_or_default();
    let in_groups = whole.contains(',') && whole.split(',').skip(1).all(|group| group.len() == 3);
    let grouped = in_groups.then(|| number(&text.replace(',', ""))).flatten();
    match (decimal, grouped) {
        // The first group of 1,234 has digits; that of ,160 does not.
        (Some(decimal), Some(grouped)) if !text.starts_with(',') => Some(format!(
            "numbers are written with a decimal point and without thousands separators: {decimal} if this is a decimal \
             comma, otherwise {grouped}"
        )),
        (Some(decimal), _) => Some(format!(
            "this looks like a decimal comma; numbers are written with a decimal point, such as {decimal}"
        )),
        (None, Some(grouped)) => {
            Some(format!("numbers are written without thousands separators, such as {grouped}"))
        }
        (None, None) => None,
    }
}

/// A longer row is not one of a table, and would be kept in memory completely.
const LONGEST_ROW: usize = 1 << 20;

/// How far the source of a table was read.
#[derive(Debug, Default)]
struct Progress {
    /// Bytes read since the last row ended.
    since_row: usize,
    lines: Lines,
}

impl Progress {
    /// Takes note of a row that begins at this byte.
    fn row(&mut self, byte: u64) -> Start {
        self.since_row = 0;
        self.lines.start(byte)
    }
}

/// A reader that rejects rows beyond [`LONGEST_ROW`], also where a quote that is never closed makes one of many lines.
struct Rows {
    source: Box<dyn Read>,
    progress: Rc<RefCell<Progress>>,
}

impl Read for Rows {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let mut progress = self.progress.borrow_mut();
        if progress.since_row > LONGEST_ROW {
            let what = "a row is longer than 1 MB: this is not a table, or a quote is not closed";
            return Err(std::io::Error::other(what));
        }
        let read = self.source.read(buffer)?;
        progress.since_row += read;
        progress.lines.scan(buffer.get(..read).unwrap_or_default());
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_commas_are_advised_on() {
        let advice = |text: &str| advice(text).unwrap_or_default();
        assert!(advice(",16005").ends_with("such as 0.16005"), "{}", advice(",16005"));
        assert!(advice("3,88173").ends_with("such as 3.88173"), "{}", advice("3,88173"));
        assert!(advice("1.234,5").ends_with("such as 1234.5"), "{}", advice("1.234,5"));
        assert!(advice("1,234").ends_with("1.234 if this is a decimal comma, otherwise 1234"));
        assert!(advice("1,234,567.8").ends_with("such as 1234567.8"), "{}", advice("1,234,567.8"));
        for text in ["", "x", "a,b", "1,2,3", ",", "12", "2026-01-31, 13:05", "inf,"] {
            assert_eq!(advice(text), "", "{text}");
        }
    }
}
