//! `baseline detect`: finds outliers and alerts like a run does, in any series from a table.

use std::io::Write;
use std::path::PathBuf;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::analysis::detector::Detector;
use crate::analysis::series::Scale;
use crate::domain::units::epoch_seconds;
use crate::report::console::detect::{Point, Sink, Summary};
use crate::report::wording::numbers::counted;
use crate::run::feed::Feed;
use crate::store::shown;
use crate::store::table::{Row, Table, empty_row};

use super::{CommandError, Exit, Format};

/// Names of time columns that are recognised, in any case.
const TIMES: [&str; 6] = ["timestamp", "time", "started_at", "ts", "date", "datetime"];
/// Larger values are treated as missing, as their squares would overflow.
const LARGEST: f64 = 1e150;
/// Options of the command `detect`, after parsing.
#[derive(Debug, Clone)]
pub struct DetectOptions {
    /// CSV file, or `-` for standard input.
    pub file: PathBuf,
    /// Name of the column of times; `None` looks for a common one.
    pub time: Option<String>,
    /// Name of the column of values; `None` takes `value`, or the only other column.
    pub value: Option<String>,
    /// Filters of the form `COLUMN=TEXT`; only matching rows are used.
    pub only: Vec<String>,
    /// Scale on which values are judged; `None` chooses one that suits the values.
    pub scale: Option<Scale>,
}

/// Splits filters of the form `COLUMN=TEXT`.
pub(super) fn filters(only: &[String]) -> Result<Vec<(&str, &str)>, CommandError> {
    only.iter()
        .map(|text| {
            text.split_once('=').ok_or_else(|| CommandError::Usage {
                what: format!("--where {text:?} has no `=`"),
                hint: "write --where COLUMN=TEXT".to_owned(),
            })
        })
        .collect()
}

/// Runs `detect`. It is inconclusive where there are too few values to learn from.
/// # Errors
/// [`CommandError`] where the table cannot be read.
pub fn detect(
    options: &DetectOptions,
    format: Format,
    out: &mut dyn Write,
    feed: &Feed,
) -> Result<Exit, CommandError> {
    let mut source = Source::open(options)?;
    if source.time.is_none() {
        feed.notice(
            "no time column: rows are taken as five minutes apart, and the daily cycle is not learned",
        );
    }
    let mut sink = Sink { format, out, summary: Summary::default() };
    if format == Format::Csv {
        sink.line(&["timestamp", "value", "anomaly_score", "flag", "alert"]).map_err(CommandError::Output)?;
    }
    let mut detector = Detector::new(options.scale, source.time.is_some());
    while let Some(point) = source.next()? {
        sink.summary.count(&point);
        detector.take(point.at, point.value, point);
        while let Some((point, verdict)) = detector.next() {
            sink.row(&point, &verdict).map_err(CommandError::Output)?;
        }
    }
    detector.finish();
    while let Some((point, verdict)) = detector.next() {
        sink.row(&point, &verdict).map_err(CommandError::Output)?;
    }
    let summary = &mut sink.summary;
    summary.learnt = detector.learnt();
    summary.expected = detector.expected_flags();
    summary.out_of_order = source.out_of_order;
    if source.out_of_order > 0 {
        let rows = counted(source.out_of_order, "row");
        feed.notice(format!(
            "warning: {rows} out of order by time; rows are processed in file order, so sort the file by time first"
        ));
    }
    if summary.rows == 0 {
        feed.notice("the table has no rows");
    }
    summary.print(format, sink.out).map_err(CommandError::Output)?;
    Ok(if sink.summary.learnt == 0 { Exit::Inconclusive } else { Exit::Accepted })
}

struct Source {
    table: Table,
    time: Option<usize>,
    value: usize,
    row: Row,
    rows: u64,
    last: f64,
    out_of_order: u64,
}

impl Source {
    fn open(options: &DetectOptions) -> Result<Self, CommandError> {
        let mut table = Table::open(&options.file)?;
        for (column, text) in filters(&options.only)? {
            table.only(column, text)?;
        }
        let time = match &options.time {
            Some(name) => Some(table.column(name)?),
            None => time_column(&table)?,
        };
        let value = match &options.value {
            Some(name) => table.column(name)?,
            None => only_value(&table, time)?,
        };
        Ok(Self { table, time, value, row: empty_row(), rows: 0, last: f64::NEG_INFINITY, out_of_order: 0 })
    }

    fn next(&mut self) -> Result<Option<Point>, CommandError> {
        let Some(line) = self.table.next_row(&mut self.row)? else { return Ok(None) };
        self.rows += 1;
        let text = self.row.get(self.value).unwrap_or_default().trim();
        let Ok(value) = value_of(text) else {
            return Err(self.table.wrong(line, self.value, text, "a number").into());
        };
        let (stamp, at) = match self.time {
            // Without a clock a row counts as five minutes, so that an alert is quiet for twelve rows.
            None => (self.rows.to_string(), self.rows as f64 * 300.0),
            Some(place) => {
                let stamp = self.row.get(place).unwrap_or_default().trim();
                let at = seconds_of(stamp).ok_or_else(|| {
                    self.table.wrong(line, place, stamp, "a time; --time selects another column")
                })?;
                (stamp.to_owned(), at)
            }
        };
        self.out_of_order += u64::from(at <= self.last);
        self.last = at;
        Ok(Some(Point { stamp, text: text.to_owned(), at, value }))
    }
}

/// The first column with a common name for times; an error where two columns have that name.
fn time_column(table: &Table) -> Result<Option<usize>, CommandError> {
    let is_called = |column: &&String, name: &str| column.eq_ignore_ascii_case(name);
    let called = TIMES.iter().find_map(|name| table.columns().iter().find(|column| is_called(column, name)));
    Ok(called.map(|name| table.column(name)).transpose()?)
}

fn only_value(table: &Table, time: Option<usize>) -> Result<usize, CommandError> {
    if let Some(name) = table.columns().iter().find(|column| column.eq_ignore_ascii_case("value")) {
        return Ok(table.column(name)?);
    }
    let others: Vec<usize> = (0..table.columns().len()).filter(|place| Some(*place) != time).collect();
    match others.as_slice() {
        [only] => Ok(*only),
        _ => Err(CommandError::Usage {
            what: "the column of values is ambiguous".to_owned(),
            hint: format!("select one with --value: {}", shown(table.columns())),
        }),
    }
}

/// A value; `None` where it is missing or too large, an error where the text is not a number.
fn value_of(text: &str) -> Result<Option<f64>, std::num::ParseFloatError> {
    if text.is_empty() || ["na", "n/a", "null", "none", "-"].contains(&text.to_ascii_lowercase().as_str()) {
        return Ok(None);
    }
    Ok(Some(text.parse::<f64>()?).filter(|value| value.abs() < LARGEST))
}

/// Seconds since 1970 for a time in one of the common notations.
fn seconds_of(stamp: &str) -> Option<f64> {
    if let Ok(number) = stamp.parse::<f64>() {
        // Seconds, milliseconds, microseconds or nanoseconds, recognised by size, assuming a date of this century.
        let unit = match number.abs() {
            number if number < 1e11 => 1.0,
            number if number < 1e14 => 1e3,
            number if number < 1e17 => 1e6,
            _ => 1e9,
        };
        // Dates more than a thousand years from now are rejected.
        return Some(number / unit).filter(|seconds| seconds.abs() < 4e10);
    }
    let zoned = stamp.parse::<Timestamp>().ok();
    let at =
        zoned.or_else(|| Some(stamp.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp()))?;
    Some(epoch_seconds(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_programs_write_them() {
        for stamp in [
            "2014-02-14T14:30:00Z",
            "2014-02-14 14:30:00",
            "2014-02-14 14:30:00.000",
            "2014-02-14T15:30:00+01:00",
            "1392388200",
            "1392388200000",
            "1392388200.0",
        ] {
            assert_eq!(seconds_of(stamp), Some(1_392_388_200.0), "{stamp}");
        }
        assert_eq!(seconds_of("yesterday"), None);
        assert_eq!(seconds_of("inf"), None);
    }

    #[test]
    fn what_is_missing_is_no_zero() {
        for text in ["", "NaN", "null", "inf", "NA"] {
            assert_eq!(value_of(text), Ok(None), "{text}");
        }
        assert_eq!(value_of("1e3"), Ok(Some(1_000.0)));
        assert!(value_of("twelve").is_err());
    }
}
