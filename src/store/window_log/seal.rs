//! The checksums of `windows.csv`: `log_crc` of a window's histogram lines, `row_crc` of the row itself.
//!
//! `row_crc` is the CRC-32 of the fields before it, joined by commas, XOR the run's seal. The seal is the CRC-32 of the run
//! ID XOR that of the header's fields, so that neither the header nor the file of another run goes unnoticed. The row of
//! a whole also covers the rows of its steps: the XOR of their CRC-32s.

use std::collections::HashMap;

use crate::domain::window::Window;
use crate::store::checksum::{Crc, crc32, from_hex, hex};

use super::columns::{LOG_CRC, ROW_CRC, header, line_of};
use super::writer::fields;

/// The columns of a run's own file: those of every program, then the two checksums.
pub fn sealed_header() -> Vec<String> {
    let mut header = header();
    header.extend([LOG_CRC, ROW_CRC].map(str::to_owned));
    header
}

/// [`sealed_header`] as a CSV line.
pub fn sealed_header_line() -> String {
    line_of(&sealed_header())
}

/// The seal of a run with these columns.
pub(super) fn seal_of(run_id: &str, header: &[&str]) -> u32 {
    crc32(run_id.as_bytes()) ^ joined(header.iter().copied())
}

fn joined<'a>(fields: impl Iterator<Item = &'a str>) -> u32 {
    let mut crc = Crc::default();
    for (place, field) in fields.enumerate() {
        if place > 0 {
            crc.add(b",");
        }
        crc.add(field.as_bytes());
    }
    crc.value()
}

/// Writes the rows of one run with their checksums, in the order of commits.
#[derive(Debug, Clone)]
pub struct Sealer {
    seal: u32,
    parts: u32,
}

impl Sealer {
    /// The rows of the run with this ID.
    pub fn new(run_id: &str) -> Self {
        let header = sealed_header();
        let names: Vec<&str> = header.iter().map(String::as_str).collect();
        Self { seal: seal_of(run_id, &names), parts: 0 }
    }

    /// The row of a window as a CSV line, newline included; `log_lines` are its lines in the histogram log.
    pub fn line(&mut self, window: &Window, log_lines: &[u8]) -> String {
        self.sealed(window, hex(crc32(log_lines)))
    }

    /// The row of a window whose histogram lines have no checksum, as in files of earlier versions.
    pub fn line_without_log(&mut self, window: &Window) -> String {
        self.sealed(window, String::new())
    }

    /// As in a file that was read: with the checksum of the log that its row has.
    pub(in crate::store) fn line_as_read(&mut self, window: &Window, log_crc: Option<u32>) -> String {
        self.sealed(window, log_crc.map(hex).unwrap_or_default())
    }

    fn sealed(&mut self, window: &Window, log_crc: String) -> String {
        let mut fields = fields(window);
        fields.push(log_crc);
        let own = joined(fields.iter().map(String::as_str));
        let is_whole = window.cell.step.is_none();
        let parts = if is_whole { std::mem::take(&mut self.parts) } else { 0 };
        if !is_whole {
            self.parts ^= own;
        }
        fields.push(hex(own ^ parts ^ self.seal));
        line_of(&fields)
    }
}

/// Compares the checksums of rows as they are read.
#[derive(Debug, Default)]
pub(super) struct Seals {
    /// Index of the column, where the file has it.
    column: Option<usize>,
    parts: u32,
    /// The seal that each row implies, with its line.
    implied: Vec<(u64, u32)>,
}

impl Seals {
    pub(super) fn new(header: &csv::StringRecord) -> Self {
        Self { column: header.iter().position(|name| name == ROW_CRC), ..Self::default() }
    }

    /// Takes the next row. The error says what is wrong with its checksum.
    pub(super) fn take(
        &mut self,
        record: &csv::StringRecord,
        line: u64,
        is_whole: bool,
    ) -> Result<(), String> {
        let Some(column) = self.column else { return Ok(()) };
        let stored = record.get(column).and_then(from_hex);
        let stored = stored.ok_or_else(|| format!("column {ROW_CRC:?} is not a checksum"))?;
        let own = joined(record.iter().take(column));
        let parts = if is_whole { std::mem::take(&mut self.parts) } else { 0 };
        if !is_whole {
            self.parts ^= own;
        }
        self.implied.push((line, stored ^ own ^ parts));
        Ok(())
    }

    /// The seal of the file; `None` where it has no checksums or no rows. The error is the first line that has another
    /// seal than most.
    pub(super) fn finish(&self) -> Result<Option<u32>, u64> {
        let mut votes: HashMap<u32, usize> = HashMap::new();
        for (_, seal) in &self.implied {
            *votes.entry(*seal).or_default() += 1;
        }
        let Some((seal, _)) = votes.into_iter().max_by_key(|(seal, votes)| (*votes, *seal)) else {
            return Ok(None);
        };
        match self.implied.iter().find(|(_, implied)| *implied != seal) {
            Some((line, _)) => Err(*line),
            None => Ok(Some(seal)),
        }
    }
}
