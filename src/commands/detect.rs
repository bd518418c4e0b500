//! `baseline detect`: finds outliers and alerts like a run does, in any series from a table.

use std::io::Write;
use std::path::PathBuf;

use crate::analysis::baseline_model::LEAST_WINDOWS;
use crate::analysis::detector::{Detector, LearnFrom, Settings};
use crate::analysis::series::Scale;
use crate::domain::units::parse_span;
use crate::report::console::detect::{Sink, Summary};
use crate::report::wording::numbers::counted;
use crate::run::feed::Feed;
use crate::store::series::Series;
use crate::store::shown;
use crate::store::stamps::{Stamp, Stamps, TimeUnit};
use crate::store::table::Table;

use super::{CommandError, Exit, Format};

/// Names of time columns that are recognised, in any case.
const TIMES: [&str; 8] = ["timestamp", "time", "started_at", "ts", "date", "datetime", "@timestamp", "_time"];
/// Numbers from here on are times, not rows.
const MOST_ROWS: u64 = 10_000_000;

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
    /// Unit of times that are numbers; `None` infers it.
    pub time_unit: Option<TimeUnit>,
    /// Rows or time to leave out at the beginning; `None` leaves out a start-up.
    pub skip: Option<String>,
    /// Time or row from which on is learned.
    pub learn_from: Option<String>,
    /// Number of values to learn from.
    pub learn: Option<usize>,
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
    let (from, learn) = (learn_from(options, time.is_some())?, options.learn);
    let settings = Settings { scale: options.scale, has_clock: time.is_some(), from, learn };
    if time.is_none() {
        feed.notice(
            "no time column: rows are taken as five minutes apart, and the daily cycle is not learned",
        );
    }
    let mut series = Series::new(table, time, value, options.time_unit);
    let mut detector = Detector::with(settings);
    let mut sink = Sink { format, out, summary: Summary::new(settings) };
    sink.header().map_err(CommandError::Output)?;
    while let Some(point) = series.next_point()? {
        detector.take(point.at, point.value, point);
        sink.rows(&mut detector).map_err(CommandError::Output)?;
    }
    detector.finish();
    sink.rows(&mut detector).map_err(CommandError::Output)?;
    let (counts, times) = (series.counts(), series.times());
    if counts.unsorted > 0 {
        feed.notice(format!(
            "warning: {} out of order by time and too far from their place to be sorted; sort the file by time first",
            counted(counts.unsorted, "row")
        ));
    } else if counts.out_of_order > 0 {
        feed.notice(format!("sorted {} that were out of order by time", counted(counts.out_of_order, "row")));
    }
    if counts.repeated > 0 {
        let rows = counted(counts.repeated, "row");
        feed.notice(format!("left out {rows} of a part that goes back in time and repeats earlier rows"));
    }
    if counts.rows == 0 {
        feed.notice("the table has no rows");
    }
    sink.summary.finish(&detector, counts, times);
    if let Some(skipped) = sink.summary.skipped_words().filter(|_| format == Format::Csv) {
        feed.notice(format!("skipped {skipped}"));
    }
    sink.print().map_err(CommandError::Output)?;
    Ok(if detector.learnt() == 0 { Exit::Inconclusive } else { Exit::Accepted })
}

/// Where learning begins, from the options.
fn learn_from(options: &DetectOptions, has_clock: bool) -> Result<LearnFrom, CommandError> {
    let usage = |what: String, hint: &str| CommandError::Usage { what, hint: hint.to_owned() };
    if options.learn.is_some_and(|learn| learn < LEAST_WINDOWS) {
        let what = format!("--learn needs at least {LEAST_WINDOWS} values");
        return Err(usage(what, "a baseline from fewer values is too uncertain"));
    }
    let needs_clock = |option: &str| {
        usage(
            format!("{option} needs a time column"),
            "give a number of rows, or select a column with --time",
        )
    };
    let as_rows = |text: &str| text.parse::<u64>().ok().filter(|rows| *rows < MOST_ROWS);
    if let Some(text) = &options.skip {
        return match (as_rows(text), parse_span(text)) {
            (Some(rows), _) => Ok(LearnFrom::Rows(rows)),
            (None, Ok(_)) if !has_clock => Err(needs_clock("--skip with a duration")),
            (None, Ok(span)) => Ok(LearnFrom::Seconds(span.as_secs_f64())),
            (None, Err(_)) => Err(usage(
                format!("--skip {text:?} is neither a number of rows nor a duration"),
                "write --skip 60 for rows, or --skip 10m",
            )),
        };
    }
    let Some(text) = &options.learn_from else { return Ok(LearnFrom::Steady) };
    if let Some(row) = as_rows(text) {
        // Rows are numbered from 1.
        return Ok(LearnFrom::Rows(row.saturating_sub(1)));
    }
    match Stamps::default().read(text) {
        Stamp::At(_) if !has_clock => Err(needs_clock("--learn-from with a time")),
        Stamp::At(at) => Ok(LearnFrom::Time(at)),
        Stamp::DayOrMonth | Stamp::Unknown => Err(usage(
            format!("--learn-from {text:?} is neither a time nor a row"),
            "write --learn-from 2026-01-31T13:05:00Z, or the number of a row",
        )),
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
