//! Output of `baseline detect`: a summary for people or programs, or one CSV line per row.

use std::io::{self, Write};

use crate::analysis::detector::Detector;
use crate::report::formats::format::Format;
use crate::store::series::Point;
use crate::store::table::write_line;

use super::detect_json;

pub use super::detect_summary::Summary;

/// Where the result of `detect` goes, and what was found so far.
pub struct Sink<'a> {
    /// Format of the output.
    pub format: Format,
    /// Stream that the output is written to.
    pub out: &'a mut dyn Write,
    /// What was found so far.
    pub summary: Summary,
}

impl Sink<'_> {
    /// Prints the header, where rows are printed.
    /// # Errors
    /// What the output says.
    pub fn header(&mut self) -> io::Result<()> {
        if self.format != Format::Csv {
            return Ok(());
        }
        write_line(self.out, &["timestamp", "value", "anomaly_score", "flag", "alert"])
    }

    /// Counts the rows that are ready, and prints them where rows are printed.
    /// # Errors
    /// What the output says.
    pub fn rows(&mut self, detector: &mut Detector<Point>) -> io::Result<()> {
        while let Some((point, verdict)) = detector.next() {
            self.summary.add(&point, &verdict);
            if self.format == Format::Csv {
                let bit = |is_set| if is_set { "1" } else { "0" };
                let score = verdict.score.map_or_else(String::new, |score| format!("{score:.6}"));
                let (flag, alert) = (bit(verdict.is_flag), bit(verdict.change.is_some()));
                write_line(self.out, &[&point.stamp, &point.text, &score, flag, alert])?;
            }
        }
        Ok(())
    }

    /// Prints the summary.
    /// # Errors
    /// What the output says.
    pub fn print(&mut self) -> io::Result<()> {
        let text = match self.format {
            Format::Csv => String::new(),
            Format::Json => detect_json::json(&self.summary),
            _ => self.summary.text(),
        };
        self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush())
    }
}
