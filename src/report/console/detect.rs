//! Output of `baseline detect`: a summary for people or programs, or one CSV line per row.

use std::fmt::Write as _;
use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;

use crate::analysis::alert::AlertKind;
use crate::analysis::baseline_model::LEAST_WINDOWS;
use crate::analysis::detector::Verdict;
use crate::report::formats::envelope::{Output, print};
use crate::report::formats::format::Format;
use crate::report::formats::words::Word;
use crate::report::wording::numbers::{count, counted, significant};
use crate::report::wording::phrases::signed_percent;
use crate::store::table::write_line;

/// Maximum alerts kept for the summary; the CSV output has all.
const MOST_ALERTS: usize = 1_000;
/// Alerts that the summary lists.
const LISTED: usize = 20;

/// One row, as it was read.
#[derive(Debug, Clone)]
pub struct Point {
    /// Time of the row, as the input has it.
    pub stamp: String,
    /// Value of the row, as the input has it.
    pub text: String,
    /// Time of the row, in seconds since 1970-01-01 UTC.
    pub at: f64,
    /// `None` where it is missing.
    pub value: Option<f64>,
}

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
    /// Prints a CSV line.
    /// # Errors
    /// What the output says.
    pub fn line(&mut self, fields: &[&str]) -> io::Result<()> {
        write_line(self.out, fields)
    }

    /// Counts a judged row, and prints it where rows are printed.
    /// # Errors
    /// What the output says.
    pub fn row(&mut self, point: &Point, verdict: &Verdict) -> io::Result<()> {
        self.summary.add(point, verdict);
        if self.format != Format::Csv {
            return Ok(());
        }
        let bit = |is_set| if is_set { "1" } else { "0" };
        let score = verdict.score.map_or_else(String::new, |score| format!("{score:.6}"));
        self.line(&[&point.stamp, &point.text, &score, bit(verdict.is_flag), bit(verdict.change.is_some())])
    }
}

/// An alert: its time, kind, relative change, the value that was expected, and the value.
type Told = (String, &'static str, Option<f64>, f64, f64);

/// Counts of rows, outliers and alerts in a series, and the alerts themselves.
#[derive(Debug, Default)]
pub struct Summary {
    /// Rows read.
    pub rows: u64,
    missing: u64,
    judged: u64,
    flags: u64,
    alerts: u64,
    /// Values that the baseline was learnt from.
    pub learnt: usize,
    /// Flags that independent noise alone would bring.
    pub expected: f64,
    /// Rows not later than the row before.
    pub out_of_order: u64,
    told: Vec<Told>,
}

impl Summary {
    /// Counts a row that was read.
    pub fn count(&mut self, point: &Point) {
        self.rows += 1;
        self.missing += u64::from(point.value.is_none());
    }

    fn add(&mut self, point: &Point, verdict: &Verdict) {
        self.judged += u64::from(verdict.is_judged);
        self.flags += u64::from(verdict.is_flag);
        let Some(change) = &verdict.change else { return };
        self.alerts += 1;
        if self.told.len() < MOST_ALERTS {
            let value = point.value.unwrap_or_default();
            self.told.push((point.stamp.clone(), change.kind.name(), change.effect, change.expected, value));
        }
    }

    /// Prints the summary.
    /// # Errors
    /// What the output says.
    pub fn print(&self, format: Format, out: &mut dyn Write) -> io::Result<()> {
        let text = match format {
            Format::Csv => String::new(),
            Format::Json => self.json(),
            _ => self.text(),
        };
        out.write_all(text.as_bytes()).and_then(|()| out.flush())
    }

    fn json(&self) -> String {
        print(DetectOutput {
            rows: self.rows,
            missing: self.missing,
            out_of_order: self.out_of_order,
            learning_rows: self.learnt,
            judged: self.judged,
            flags: self.flags,
            flags_expected_by_noise: self.expected,
            alert_count: self.alerts,
            alerts: self.told.iter().map(DetectedChange::from).collect(),
        })
    }

    fn text(&self) -> String {
        let mut text = String::new();
        let _ = writeln!(text, "rows     {} ({} without a value)", count(self.rows), count(self.missing));
        if self.out_of_order > 0 {
            let _ = writeln!(
                text,
                "order    {} out of order by time; processed in file order",
                counted(self.out_of_order, "row")
            );
        }
        if self.learnt == 0 {
            let _ = writeln!(text, "judged   none: a baseline needs {LEAST_WINDOWS} values");
            return text;
        }
        let _ = writeln!(text, "baseline from the first {}", counted(self.learnt as u64, "value"));
        let _ = writeln!(
            text,
            "outliers {} of {}, about {:.0} expected by chance",
            count(self.flags),
            count(self.judged),
            self.expected
        );
        let _ = writeln!(text, "alerts   {}", count(self.alerts));
        for (stamp, kind, effect, expected, value) in self.told.iter().take(LISTED) {
            let change = effect.map_or_else(String::new, |effect| format!(" by {}", signed_percent(effect)));
            let level = effect.map_or(*value, |effect| expected * (1.0 + effect));
            let _ = writeln!(
                text,
                "  {stamp}  {kind}{change}: {}, {} expected",
                significant(level),
                significant(*expected)
            );
        }
        if self.told.len() > LISTED {
            let _ =
                writeln!(text, "  and {} more; --format csv lists all", count(self.alerts - LISTED as u64));
        }
        text
    }
}

/// Outliers and alerts found in a series.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(title = "what `baseline detect --format json` prints", deny_unknown_fields)]
pub(in crate::report) struct DetectOutput<'a> {
    /// Rows read.
    rows: u64,
    /// Rows without a value.
    missing: u64,
    /// Rows not later than the row before.
    out_of_order: u64,
    /// Values that the baseline was learned from; 0 where there are too few.
    learning_rows: usize,
    /// Values that were compared with it.
    judged: u64,
    /// Outliers: values more than 2 sigma from the baseline.
    flags: u64,
    /// How many of them chance alone would bring.
    flags_expected_by_noise: f64,
    /// Number of alerts, including those that `alerts` leaves out.
    alert_count: u64,
    /// The first thousand of them.
    alerts: Vec<DetectedChange<'a>>,
}

impl Output for DetectOutput<'_> {
    const KIND: &'static str = "detect";
}

/// An alert: a confirmed change of the series.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct DetectedChange<'a> {
    /// The time of the row that confirmed it, as the table has it.
    timestamp: &'a str,
    /// Kind of change: `burst`, `shift` or `errors`.
    #[schemars(with = "Word<AlertKind>")]
    kind: &'static str,
    /// Relative to what was expected: 0.2 is a fifth more; null where values are judged by differences.
    change: Option<f64>,
    /// The value that was expected there.
    expected: f64,
    /// The value of that row.
    value: f64,
}

impl<'a> From<&'a Told> for DetectedChange<'a> {
    fn from((timestamp, kind, change, expected, value): &'a Told) -> Self {
        Self { timestamp, kind, change: *change, expected: *expected, value: *value }
    }
}
