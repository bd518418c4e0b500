//! Output of `baseline detect --format json`.

use schemars::JsonSchema;
use serde::Serialize;

use crate::analysis::alert::{AlertKind, Change};
use crate::analysis::detector::LearnFrom;
use crate::analysis::series::Scale;
use crate::report::formats::envelope::{Output, print};
use crate::report::formats::values::{Interval, Moment};
use crate::report::formats::words::Word;
use crate::store::series::Times;

use super::detect_summary::{Summary, Told, moment};

/// The summary as JSON.
pub(super) fn json(summary: &Summary) -> String {
    let counts = &summary.counts;
    let forecast = summary.times.map(|_| summary.unexpected);
    print(DetectOutput {
        rows: counts.rows,
        missing: counts.missing,
        blank_rows: counts.blank,
        out_of_order: counts.out_of_order,
        unsorted: counts.unsorted,
        repeated: counts.repeated,
        span: summary.times.as_ref().map(Span::from),
        skipped: Skipped::of(summary),
        learning_rows: summary.learnt,
        scale: summary.scale.map(|(scale, _)| match scale {
            Scale::Log => "log",
            Scale::Linear => "linear",
            Scale::Angle => "angle",
        }),
        scale_reason: summary.scale_words(),
        judged: summary.judged,
        flags: summary.flags,
        flags_expected_by_noise: summary.chance.expected,
        flags_expected_range: summary.chance.range.into(),
        flags_note: summary.outlier_note(),
        flags_for_time_of_day: forecast,
        flags_for_time_of_day_expected: forecast.map(|_| summary.chance.of_forecast),
        alert_count: summary.alerts,
        alerts: summary.told.iter().map(DetectedChange::from).collect(),
    })
}

/// Outliers and alerts found in a series.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(title = "what `baseline detect --format json` prints", deny_unknown_fields)]
pub(in crate::report) struct DetectOutput<'a> {
    /// Rows read.
    rows: u64,
    /// Rows without a value.
    missing: u64,
    /// Blank rows, which were skipped.
    blank_rows: u64,
    /// Rows earlier than a row before them. Rows with equal times are in order.
    out_of_order: u64,
    /// Those of them that were too far from their place to be sorted.
    unsorted: u64,
    /// Those that repeat earlier rows, in a part of the table that goes back in time; they are left out.
    repeated: u64,
    /// What was understood of the times; null without a time column.
    span: Option<Span>,
    /// Rows at the beginning that were neither learned from nor judged; null where there are none.
    skipped: Option<Skipped<'a>>,
    /// Values that the baseline was learned from; 0 where there are too few.
    learning_rows: usize,
    /// `log` where values are judged by ratios, `linear` where by differences; null where nothing was learned.
    scale: Option<&'static str>,
    /// The scale and why it was chosen, in words.
    scale_reason: Option<String>,
    /// Values that were compared with it.
    judged: u64,
    /// Outliers: values more than 2 sigma from the baseline.
    flags: u64,
    /// How many of them chance alone would bring; 0 where all values of the baseline are equal.
    flags_expected_by_noise: f64,
    /// Between these numbers for 95 of 100 baselines with independent values.
    flags_expected_range: Interval,
    /// What far fewer or far more outliers than expected mean; null otherwise.
    flags_note: Option<&'static str>,
    /// Values more than 2 sigma from what was expected at that time of day, by a forecast that also follows the level; null without
    /// a time column.
    flags_for_time_of_day: Option<u64>,
    /// How many of these chance alone would bring.
    flags_for_time_of_day_expected: Option<f64>,
    /// Number of alerts, including those that `alerts` leaves out.
    alert_count: u64,
    /// The first thousand of them.
    alerts: Vec<DetectedChange<'a>>,
}

impl Output for DetectOutput<'_> {
    const KIND: &'static str = "detect";
}

/// The times of a series.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Span {
    /// The first time; null where times have no date.
    from: Option<Moment>,
    /// The last time; null where times have no date.
    until: Option<Moment>,
    /// From the first to the last.
    seconds: f64,
    /// Typical time between two rows; 0 where most rows share their time with the row before.
    row_spacing_s: f64,
    /// How the times are written, in words.
    times: &'static str,
}

impl From<&Times> for Span {
    fn from(times: &Times) -> Self {
        let date = |seconds: f64| moment(seconds).filter(|_| times.notation.is_dated()).map(Moment);
        Self {
            from: date(times.first),
            until: date(times.last),
            seconds: times.last - times.first,
            row_spacing_s: times.spacing_s,
            times: times.notation.words(),
        }
    }
}

/// Rows that were left out at the beginning.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Skipped<'a> {
    /// Number of rows.
    rows: u64,
    /// The time of the first row after them, as the table has it; null at the end of the table.
    until: Option<&'a str>,
    /// `start_up` where values still rose or fell, `first_values` where they were far from the rest, `option` where an option
    /// left them out.
    reason: &'static str,
}

impl<'a> Skipped<'a> {
    fn of(summary: &'a Summary) -> Option<Self> {
        let reason = match (summary.start_up, summary.settings.from) {
            (Some(start_up), LearnFrom::Steady) if start_up.is_ramp() => "start_up",
            (_, LearnFrom::Steady) => "first_values",
            _ => "option",
        };
        let until = summary.skipped_until.as_ref().map(|at| at.stamp.as_str());
        (summary.skipped > 0).then_some(Self { rows: summary.skipped, until, reason })
    }
}

/// An alert: a confirmed change of the series.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct DetectedChange<'a> {
    /// The time of the row that confirmed it, as the table has it.
    timestamp: &'a str,
    /// Kind of change: `burst`, `shift` or `errors`.
    kind: Word<AlertKind>,
    /// `moved_to` relative to `expected`: 0.2 is a fifth more, -0.9 is 10 instead of 100; null where `expected` is 0 or below, or
    /// `moved_to` is below 0.
    change: Option<f64>,
    /// The value that was expected there.
    expected: f64,
    /// The level that the series moved to, within the range of the rows that show it.
    moved_to: f64,
    /// The value of that row.
    value: f64,
    /// The return to the level before, which is no alert; null where there is none before the next alert.
    returned: Option<Returned<'a>>,
    /// How often the same change came again after a return, within the hour that counts as one incident.
    repeats: u64,
}

/// The end of a change.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Returned<'a> {
    /// The time of the row that confirmed it, as the table has it.
    timestamp: &'a str,
    /// `moved_to` relative to `expected`, as for the alert.
    change: Option<f64>,
    /// The value that was expected there, had the change lasted.
    expected: f64,
    /// The level that the series returned to.
    moved_to: f64,
}

impl<'a> From<&'a Told> for DetectedChange<'a> {
    fn from(told: &'a Told) -> Self {
        let Change { kind, expected, level, effect, .. } = told.change;
        let returned = told.returned.as_ref().map(|(at, change)| Returned {
            timestamp: &at.stamp,
            change: change.effect,
            expected: change.expected,
            moved_to: change.level,
        });
        Self {
            timestamp: &told.at.stamp,
            kind: Word(kind),
            change: effect,
            expected,
            moved_to: level,
            value: told.value,
            returned,
            repeats: told.repeats,
        }
    }
}
