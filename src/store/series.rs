//! A time series in a table of another program: its rows in the order of time, and what was understood of their times.
//!
//! Tools that write a row at the end of a request write them slightly out of order. Such rows are sorted in a buffer of fixed
//! size; rows that are later than that keep their place, and are counted.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, VecDeque};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use crate::stats::robust::median;

use super::StoreError;
use super::stamps::{Notation, Stamp, Stamps, TimeUnit};
use super::table::{Row, Table, empty_row};

/// Larger values are treated as missing, as their squares would overflow.
const LARGEST: f64 = 1e150;
/// Rows that are sorted at once.
const SORTED_ROWS: usize = 10_000;
/// As many late rows in a row are a part of another file, not requests that ended late.
const PART_ROWS: u64 = 100;
/// Most rows that wait for one that shows whether days or months come first.
const UNDECIDED_ROWS: usize = 100_000;
/// The typical time between rows comes from this many.
const SPACINGS: usize = 1_000;
/// Without a time column, rows count as this far apart. Units: seconds.
pub const ROW_S: f64 = 300.0;
/// What programs write for a missing value, in lower case.
const MISSING: [&str; 17] = [
    "",
    "na",
    "n/a",
    "#n/a",
    "null",
    "(null)",
    "none",
    "nil",
    "<nil>",
    "undefined",
    "missing",
    "-",
    "--",
    "\\n",
    ".",
    "?",
    "#div/0!",
];

/// One row of a series, as it was read.
#[derive(Debug, Clone)]
pub struct Point {
    /// Time of the row, as the input has it; without a time column the number of the row, from 1.
    pub stamp: String,
    /// Value of the row, as the input has it.
    pub text: String,
    /// Time of the row, in seconds since 1970-01-01 UTC, or since some start.
    pub at: f64,
    /// `None` where it is missing.
    pub value: Option<f64>,
}

/// What was understood of the times of a series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Times {
    /// How they are written.
    pub notation: Notation,
    /// The first and the last one. Units: as [`Point::at`].
    pub first: f64,
    /// See `first`.
    pub last: f64,
    /// The typical time between two rows, in seconds; 0 where most rows share their time with the row before.
    pub spacing_s: f64,
}

/// What happened to the rows of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RowCounts {
    /// Rows read, blank ones not included.
    pub rows: u64,
    /// Rows without a value.
    pub missing: u64,
    /// Rows earlier than a row before them.
    pub out_of_order: u64,
    /// Those of them that could not be put in order.
    pub unsorted: u64,
    /// Blank rows, which are skipped.
    pub blank: u64,
    /// Rows of a part of the table that goes back in time and repeats earlier rows; they are left out.
    pub repeated: u64,
}

/// Reads a series row by row.
#[derive(Debug)]
pub struct Series {
    table: Table,
    time: Option<usize>,
    value: usize,
    stamps: Stamps,
    row: Row,
    counts: RowCounts,
    /// Rows that were read and have a time, the earliest first.
    sorting: BinaryHeap<Waiting>,
    /// Rows whose day and month are not clear yet, with their lines and marks.
    undecided: VecDeque<(u64, Point, u64)>,
    is_read: bool,
    /// Rows that were given a time.
    timed: u64,
    latest: f64,
    /// Number and length of the last run of late rows, and the numbers of long runs.
    run: (u64, u64),
    is_in_run: bool,
    parts: Vec<u64>,
    emitted: Option<(Point, u64)>,
    first: f64,
    spacings: Vec<f64>,
}

#[derive(Debug)]
struct Waiting {
    nth: u64,
    /// The run of late rows that it belongs to.
    run: Option<u64>,
    /// Equal for rows whose fields are all equal.
    mark: u64,
    point: Point,
}

impl Series {
    /// Reads the columns at these places of a table. `unit` is that of times that are numbers, where it is known.
    pub fn new(table: Table, time: Option<usize>, value: usize, unit: Option<TimeUnit>) -> Self {
        let name = time.and_then(|place| table.columns().get(place)).map_or("", String::as_str);
        let stamps = Stamps::new(name, unit);
        Self {
            table,
            time,
            value,
            stamps,
            row: empty_row(),
            counts: RowCounts::default(),
            sorting: BinaryHeap::new(),
            undecided: VecDeque::new(),
            is_read: false,
            timed: 0,
            latest: f64::NEG_INFINITY,
            run: (0, 0),
            is_in_run: false,
            parts: Vec::new(),
            emitted: None,
            first: f64::INFINITY,
            spacings: Vec::new(),
        }
    }

    /// The next row in the order of time; `None` at the end.
    /// # Errors
    /// [`StoreError`] where a row has no usable time or value.
    pub fn next_point(&mut self) -> Result<Option<Point>, StoreError> {
        loop {
            while !self.is_read && self.sorting.len() <= SORTED_ROWS {
                self.read_row()?;
            }
            let Some(Waiting { point, run, mark, .. }) = self.sorting.pop() else { return Ok(None) };
            let is_of_part = run.is_some_and(|run| self.parts.contains(&run));
            match &self.emitted {
                Some((before, of_before))
                    if is_of_part && *of_before == mark && before.stamp == point.stamp =>
                {
                    self.counts.repeated += 1;
                    continue;
                }
                Some((before, _)) if point.at < before.at => {
                    self.counts.unsorted += 1;
                    return Ok(Some(point));
                }
                Some((before, _)) if self.spacings.len() < SPACINGS => {
                    self.spacings.push(point.at - before.at);
                }
                _ => (),
            }
            self.emitted = Some((point.clone(), mark));
            return Ok(Some(point));
        }
    }

    /// What happened to the rows so far.
    pub fn counts(&self) -> RowCounts {
        RowCounts { blank: self.table.blank_rows(), ..self.counts }
    }

    /// What was understood of the times so far; `None` without a time column, or before the first row.
    pub fn times(&self) -> Option<Times> {
        let notation = self.stamps.notation().filter(|_| self.time.is_some() && self.first.is_finite())?;
        let spacing_s = median(&self.spacings).unwrap_or(0.0);
        Some(Times { notation, first: self.first, last: self.latest, spacing_s })
    }

    fn read_row(&mut self) -> Result<(), StoreError> {
        let Some(line) = self.table.next_row(&mut self.row)? else {
            self.is_read = true;
            return self
                .undecided
                .front()
                .map_or(Ok(()), |(line, point, _)| Err(self.ambiguous(*line, &point.stamp)));
        };
        self.counts.rows += 1;
        let text = self.row.get(self.value).unwrap_or_default().trim();
        let Ok(value) = value_of(text) else {
            return Err(self.table.wrong(line, self.value, text, "a number"));
        };
        self.counts.missing += u64::from(value.is_none());
        let (text, mark) = (text.to_owned(), mark_of(&self.row));
        let Some(place) = self.time else {
            // A row counts as five minutes, so that an alert is quiet for twelve rows.
            let (stamp, at) = (self.counts.rows.to_string(), self.counts.rows as f64 * ROW_S);
            self.push(Point { stamp, text, at, value }, mark);
            return Ok(());
        };
        let stamp = self.row.get(place).unwrap_or_default().trim().to_owned();
        match self.stamps.read(&stamp) {
            Stamp::Unknown => return Err(self.no_time(line, place, &stamp)),
            Stamp::DayOrMonth if self.undecided.len() >= UNDECIDED_ROWS => {
                return Err(self.ambiguous(line, &stamp));
            }
            Stamp::DayOrMonth => {
                self.undecided.push_back((line, Point { stamp, text, at: 0.0, value }, mark));
            }
            Stamp::At(at) => {
                self.decide()?;
                self.push(Point { stamp, text, at, value }, mark);
            }
        }
        Ok(())
    }

    /// Reads the rows again that waited for this one.
    fn decide(&mut self) -> Result<(), StoreError> {
        if self.undecided.is_empty() {
            return Ok(());
        }
        for (line, point, mark) in std::mem::take(&mut self.undecided) {
            match self.stamps.read(&point.stamp) {
                Stamp::At(at) => self.push(Point { at, ..point }, mark),
                // This row was clear by itself, such as 02/02/2026.
                Stamp::DayOrMonth => self.undecided.push_back((line, point, mark)),
                Stamp::Unknown => return Err(self.no_time(line, self.time.unwrap_or(0), &point.stamp)),
            }
        }
        Ok(())
    }

    fn push(&mut self, point: Point, mark: u64) {
        let is_late = point.at < self.latest;
        self.counts.out_of_order += u64::from(is_late);
        // The last row of a part that is repeated has the latest time.
        let is_in_run = is_late || (self.is_in_run && point.at <= self.latest);
        self.run = match (is_in_run, self.is_in_run) {
            (true, true) => (self.run.0, self.run.1 + 1),
            (true, false) => (self.run.0 + 1, 1),
            (false, _) => self.run,
        };
        if is_in_run && self.run.1 == PART_ROWS {
            self.parts.push(self.run.0);
        }
        self.is_in_run = is_in_run;
        self.latest = self.latest.max(point.at);
        self.first = self.first.min(point.at);
        let run = is_in_run.then_some(self.run.0);
        self.timed += 1;
        self.sorting.push(Waiting { nth: self.timed, run, mark, point });
    }

    fn no_time(&self, line: u64, place: usize, stamp: &str) -> StoreError {
        let notation = self.stamps.notation();
        let like = notation.map(|notation| format!("a time like those before ({})", notation.words()));
        let wrong = self.table.wrong(line, place, stamp, like.as_deref().unwrap_or("a time"));
        let remedy = match notation {
            Some(_) => "write all times in one notation, best as 2026-01-31T13:05:00Z",
            None => {
                "write times as 2026-01-31T13:05:00Z or in Unix seconds; --time selects another column, --time-unit the \
                 unit of numbers"
            }
        };
        with_remedy(wrong, remedy)
    }

    fn ambiguous(&self, line: u64, stamp: &str) -> StoreError {
        let what = "clear: either number may be the day, and no row decides";
        let wrong = self.table.wrong(line, self.time.unwrap_or(0), stamp, what);
        with_remedy(wrong, "write dates with the year first, such as 2026-01-31")
    }
}

fn mark_of(row: &Row) -> u64 {
    let mut hasher = DefaultHasher::new();
    row.iter().for_each(|field| field.hash(&mut hasher));
    hasher.finish()
}

fn with_remedy(error: StoreError, remedy: &str) -> StoreError {
    match error {
        StoreError::BadRow { path, what, .. } => {
            StoreError::BadRow { path, what, remedy: Some(remedy.to_owned()) }
        }
        other => other,
    }
}

/// A value; `None` where it is missing or too large, an error where the text is not a number.
fn value_of(text: &str) -> Result<Option<f64>, std::num::ParseFloatError> {
    if MISSING.contains(&text.to_ascii_lowercase().as_str()) {
        return Ok(None);
    }
    Ok(Some(text.parse::<f64>()?).filter(|value| value.abs() < LARGEST))
}

impl Ord for Waiting {
    /// The heap gives out the greatest: the earliest row, of equals the first.
    fn cmp(&self, other: &Self) -> Ordering {
        other.point.at.total_cmp(&self.point.at).then(other.nth.cmp(&self.nth))
    }
}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Waiting {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_no_zero() {
        for text in ["", "NaN", "null", "inf", "NA", "#N/A", "undefined", "--", "\\N", ".", "?", "<nil>"] {
            assert_eq!(value_of(text), Ok(None), "{text}");
        }
        assert_eq!(value_of("1e3"), Ok(Some(1_000.0)));
        for text in ["twelve", "1.2.3", "12ms", "..", "1,5"] {
            assert!(value_of(text).is_err(), "{text}");
        }
    }
}
