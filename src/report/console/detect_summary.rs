//! What `baseline detect` found: rows, outliers and alerts, and the summary for people.

use std::fmt::Write as _;
use std::time::Duration;

use jiff::Timestamp;

use crate::analysis::alert::Change;
use crate::analysis::baseline_model::LEAST_WINDOWS;
use crate::analysis::detector::{Chance, Detector, LearnFrom, Settings, Stage, Verdict};
use crate::analysis::series::Scale;
use crate::report::wording::numbers::{count, counted, significant, span, trimmed, whole};
use crate::report::wording::phrases::signed_percent;
use crate::stats::warm_up::WarmUp;
use crate::store::series::{Point, RowCounts, Times};
use crate::store::stamps::Notation;

/// Maximum alerts kept for the summary; the CSV output has all.
const MOST_ALERTS: usize = 1_000;
/// Part of the values beyond 1 sigma below which they vary less than the baseline; 32% are normal.
const NARROW: f64 = 0.1;
/// Alerts that the summary lists.
const LISTED: usize = 20;

/// The time of a row: as the table has it, and in seconds.
#[derive(Debug, Clone)]
pub(super) struct When {
    pub(super) stamp: String,
    at: f64,
}

impl When {
    fn of(point: &Point) -> Self {
        Self { stamp: point.stamp.clone(), at: point.at }
    }
}

/// An alert with what became of it.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) at: When,
    pub(super) change: Change,
    /// Value of that row.
    pub(super) value: f64,
    /// Time and size of the return to the level before.
    pub(super) returned: Option<(When, Change)>,
    /// How often the same came again after a return, within the hour.
    pub(super) repeats: u64,
}

/// Counts of rows, outliers and alerts in a series, and the alerts themselves.
#[derive(Debug)]
pub struct Summary {
    pub(super) settings: Settings,
    pub(super) counts: RowCounts,
    pub(super) times: Option<Times>,
    /// Rows before those that were learned from, and the time of the first row after them.
    pub(super) skipped: u64,
    pub(super) skipped_until: Option<When>,
    pub(super) start_up: Option<WarmUp>,
    pub(super) learnt: usize,
    pub(super) scale: Option<(Scale, bool)>,
    pub(super) judged: u64,
    pub(super) flags: u64,
    off: u64,
    pub(super) unexpected: u64,
    pub(super) chance: Chance,
    pub(super) alerts: u64,
    pub(super) told: Vec<Told>,
}

impl Summary {
    /// Nothing yet, of a series that is judged with these settings.
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            counts: RowCounts::default(),
            times: None,
            skipped: 0,
            skipped_until: None,
            start_up: None,
            learnt: 0,
            scale: None,
            judged: 0,
            flags: 0,
            off: 0,
            unexpected: 0,
            chance: Chance::default(),
            alerts: 0,
            told: Vec::new(),
        }
    }

    /// Counts a judged row.
    pub(super) fn add(&mut self, point: &Point, verdict: &Verdict) {
        if verdict.stage == Stage::Skipped {
            self.skipped += 1;
        } else if self.skipped > 0 && self.skipped_until.is_none() {
            self.skipped_until = Some(When::of(point));
        }
        self.judged += u64::from(verdict.stage == Stage::Judged);
        self.flags += u64::from(verdict.is_flag);
        self.off += u64::from(verdict.is_off);
        self.unexpected += u64::from(verdict.is_unexpected);
        if let Some(change) = verdict.change {
            self.alerts += 1;
            if self.told.len() < MOST_ALERTS {
                let (at, value) = (When::of(point), point.value.unwrap_or_default());
                self.told.push(Told { at, change, value, returned: None, repeats: 0 });
            }
        }
        // Later ones belong to alerts that are not kept.
        let Some(last) = self.told.last_mut().filter(|_| self.alerts <= MOST_ALERTS as u64) else { return };
        if verdict.repeated.is_some() && last.returned.take().is_some() {
            last.repeats += 1;
        }
        if let Some(returned) = verdict.returned {
            last.returned = Some((When::of(point), returned));
        }
    }

    /// Takes what is known at the end of the series.
    pub fn finish(&mut self, detector: &Detector<Point>, counts: RowCounts, times: Option<Times>) {
        self.counts = counts;
        self.times = times;
        self.start_up = detector.start_up();
        self.learnt = detector.learnt();
        self.scale = detector.scale();
        self.chance = detector.chance();
    }

    /// The summary for people.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        let RowCounts { rows, missing, blank, .. } = self.counts;
        let blank =
            if blank > 0 { format!("; skipped {}", counted(blank, "blank row")) } else { String::new() };
        let _ = writeln!(text, "rows     {} ({} without a value{blank})", count(rows), count(missing));
        if let Some(times) = &self.times {
            let _ = writeln!(text, "span     {}", span_words(times, rows));
        }
        if let Some(order) = self.order_words() {
            let _ = writeln!(text, "order    {order}");
        }
        if let Some(skipped) = self.skipped_words() {
            let _ = writeln!(text, "skipped  {skipped}");
        }
        let Some(scale) = self.scale_words() else {
            let _ = writeln!(text, "judged   none: a baseline needs {LEAST_WINDOWS} values");
            return text;
        };
        let after = if self.skipped > 0 { " after that" } else { "" };
        let _ = writeln!(text, "baseline from the first {}{after}", counted(self.learnt as u64, "value"));
        let _ = writeln!(text, "scale    {scale}");
        self.write_outliers(&mut text);
        self.write_alerts(&mut text);
        text
    }

    fn write_outliers(&self, text: &mut String) {
        let Chance { expected, range: (low, high), of_forecast } = self.chance;
        let by_chance = if expected > 0.0 {
            format!("about {} expected by chance ({} to {})", whole(expected), whole(low), whole(high))
        } else {
            "0 expected by chance: all values of the baseline are equal".to_owned()
        };
        let _ = writeln!(text, "outliers {} of {}, {by_chance}", count(self.flags), count(self.judged));
        if let Some(note) = self.outlier_note() {
            let _ = writeln!(text, "         {note}");
        }
        if self.times.is_some() {
            let _ = writeln!(
                text,
                "         {} of {} beyond 2 sigma of the value expected at that time of day (about {} by chance)",
                count(self.unexpected),
                count(self.judged),
                whole(of_forecast)
            );
        }
    }

    /// What a number of outliers means that chance does not explain.
    pub(super) fn outlier_note(&self) -> Option<&'static str> {
        let Chance { expected, range: (low, high), .. } = self.chance;
        let found = self.flags as f64;
        // Counts vary by their root.
        let leeway = 2.0 * (found + 1.0).sqrt();
        // Values within limits, such as those of a cycle, have no outliers either, but are as often off the middle.
        let is_narrow = (self.off as f64) < NARROW * self.judged as f64;
        if expected > 0.0 && found + leeway < low && is_narrow {
            Some(
                "far fewer than expected: the baseline values vary more than the rest; choose others with --skip or \
                 --learn-from",
            )
        } else if expected > 0.0 && found - leeway > high {
            Some("far more than expected: the level or the spread changed after the baseline")
        } else {
            None
        }
    }

    fn write_alerts(&self, text: &mut String) {
        let _ = writeln!(text, "alerts   {}", count(self.alerts));
        for Told { at, change, returned, repeats, .. } in self.told.iter().take(LISTED) {
            let again = match repeats {
                0 => String::new(),
                repeats => format!("; again {} within the hour", counted(*repeats, "time")),
            };
            let _ =
                writeln!(text, "  {}  {}{}{again}", self.time(at), change.kind.name(), change_words(change));
            if let Some((at, change)) = returned {
                let _ = writeln!(text, "  {}  back{}", self.time(at), change_words(change));
            }
        }
        if self.told.len() > LISTED {
            let _ =
                writeln!(text, "  and {} more; --format csv lists all", count(self.alerts - LISTED as u64));
        }
    }

    /// A time as the table has it, or as a date where the table has a number for it.
    fn time(&self, when: &When) -> String {
        use Notation::{Digits, Serial, Unix};
        let is_number =
            self.times.is_some_and(|times| matches!(times.notation, Unix(_) | Serial | Digits(_)));
        let date = moment(when.at).filter(|_| is_number);
        date.map_or_else(|| when.stamp.clone(), |date| date.to_string())
    }

    fn order_words(&self) -> Option<String> {
        let RowCounts { out_of_order, unsorted, repeated, .. } = self.counts;
        let rows = counted(out_of_order, "row");
        match (out_of_order, unsorted) {
            (0, _) => None,
            (_, 0) if repeated > 0 => Some(format!(
                "{rows} out of order by time, now sorted; {} of them repeat earlier rows and are left out",
                count(repeated)
            )),
            (_, 0) => Some(format!("{rows} out of order by time, now sorted")),
            (_, unsorted) => Some(format!(
                "{rows} out of order by time; {} of them too far from their place to be sorted",
                count(unsorted)
            )),
        }
    }

    /// Which rows were left out at the beginning, and why; `None` where there are none.
    pub fn skipped_words(&self) -> Option<String> {
        if self.skipped == 0 {
            return None;
        }
        let rows = if self.skipped == 1 {
            "the first row".to_owned()
        } else {
            format!("the first {} rows", count(self.skipped))
        };
        let until = self.skipped_until.as_ref().filter(|_| self.times.is_some());
        let until = until.map_or_else(String::new, |at| format!(", until {}", self.time(at)));
        let why = match self.start_up {
            Some(start_up) if !start_up.is_ramp() => "far from those that follow",
            Some(WarmUp { is_rising: true, .. }) => "values were still rising (start-up)",
            Some(_) => "values were still falling (start-up)",
            None if matches!(self.settings.from, LearnFrom::Time(_)) => "--learn-from",
            None => "as requested",
        };
        Some(format!("{rows}{until}: {why}"))
    }

    /// The scale and the reason for it; `None` where nothing was learned.
    pub(super) fn scale_words(&self) -> Option<String> {
        let (scale, is_suited) = self.scale?;
        let how = match scale {
            Scale::Log => "ratios (log scale)",
            Scale::Linear => "differences (linear scale)",
            Scale::Angle => "ratios of counts (arcsine scale)",
        };
        let why = match (scale, is_suited) {
            (Scale::Angle, true) => ": all values are ratios of counts",
            (Scale::Log, true) => ": all values of the baseline are above 0",
            (Scale::Linear, true) => ": not all values of the baseline are above 0",
            (Scale::Linear, false) if self.settings.scale == Some(Scale::Log) => {
                ": no value of the baseline is above 0"
            }
            (_, false) => ", as requested",
        };
        Some(format!("{how}{why}"))
    }
}

/// A change: ` by +20.0 %: 12, 10 expected`.
fn change_words(change: &Change) -> String {
    let by = change.effect.map_or_else(String::new, |effect| format!(" by {}", signed_percent(effect)));
    format!("{by}: {}, {} expected", trimmed(change.level), trimmed(change.expected))
}

/// A time in seconds since 1970 as a date; `None` where it is none.
pub(super) fn moment(seconds: f64) -> Option<Timestamp> {
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds of a date")]
    Timestamp::from_millisecond((seconds * 1e3).round() as i64).ok()
}

/// From when to when the rows are, how far apart, and how their times were read.
fn span_words(times: &Times, rows: u64) -> String {
    let Times { notation, first, last, spacing_s } = *times;
    let seconds = |seconds: f64| {
        // Clocks are not exact: 299.98 s is 5 min.
        let is_whole = (seconds - seconds.round()).abs() < 2e-3 * seconds;
        let rounded = if is_whole { seconds.round() } else { seconds };
        span(Duration::try_from_secs_f64(rounded).unwrap_or_default())
    };
    let length = seconds(last - first);
    let between = match notation.is_dated().then(|| moment(first).zip(moment(last))).flatten() {
        Some((first, last)) => format!("{first} to {last} ({length})"),
        None => length,
    };
    let every = if spacing_s > 0.0 {
        format!("one row every {}", seconds(spacing_s))
    } else if last > first {
        format!("about {} rows per second", significant(rows as f64 / (last - first)))
    } else {
        "all rows at one time".to_owned()
    };
    format!("{between}, {every}; times are {}", notation.words())
}
