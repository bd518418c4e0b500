//! Times as programs and people write them in tables, and what they mean.
//!
//! The first row decides between notations that look alike, the others must fit, and the notation is reported. Times without a
//! zone are UTC. Where day and month cannot be told apart, a later row decides, or nobody.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::fmt::strtime;
use jiff::tz::{Offset, TimeZone};

use crate::domain::units::epoch_seconds;

/// Later times, about a thousand years from now, are no times. Units: seconds.
const LATEST_S: f64 = 4e10;
/// Smaller numbers are no Unix times: this is in 1973. Units: seconds.
const EARLIEST_UNIX_S: f64 = 1e8;
/// Spreadsheets count days from this one on, in seconds before 1970.
const SERIAL_DAY_0_S: f64 = -25_569.0 * DAY_S;
/// Days of the years 2000 to 2099 in a spreadsheet.
const SERIALS: std::ops::Range<f64> = 36_526.0..73_051.0;
const DAY_S: f64 = 86_400.0;

/// Unit of times that are numbers. Units: per second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeUnit {
    /// Seconds.
    Seconds,
    /// Thousandths of a second.
    Milliseconds,
    /// Millionths of a second.
    Microseconds,
    /// Billionths of a second.
    Nanoseconds,
}

impl TimeUnit {
    fn per_second(self) -> f64 {
        match self {
            Self::Seconds => 1.0,
            Self::Milliseconds => 1e3,
            Self::Microseconds => 1e6,
            Self::Nanoseconds => 1e9,
        }
    }

    /// The unit in which a number is a Unix time of this century.
    fn of_unix(number: f64) -> Self {
        match number.abs() {
            number if number < 1e11 => Self::Seconds,
            number if number < 1e14 => Self::Milliseconds,
            number if number < 1e17 => Self::Microseconds,
            _ => Self::Nanoseconds,
        }
    }

    /// The unit that the name of a column ends with.
    fn named(column: &str) -> Option<Self> {
        let column = column.to_ascii_lowercase();
        let is = |names: &[&str]| {
            let mut words = column.split(|c: char| !c.is_ascii_alphanumeric());
            let last = words.rfind(|word| !word.is_empty()).unwrap_or_default();
            names.contains(&last)
        };
        if is(&["ms", "msec", "millis", "milliseconds"]) {
            Some(Self::Milliseconds)
        } else if is(&["us", "usec", "micros", "microseconds"]) {
            Some(Self::Microseconds)
        } else if is(&["ns", "nsec", "nanos", "nanoseconds"]) {
            Some(Self::Nanoseconds)
        } else {
            is(&["s", "sec", "secs", "seconds"]).then_some(Self::Seconds)
        }
    }
}

/// How the times of a table are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notation {
    /// A date with or without a time of day, in words or separated digits.
    Date,
    /// A date of 8, 12, 14 or 17 digits, such as 20260131235900.
    Digits(usize),
    /// Time since 1970 in this unit.
    Unix(TimeUnit),
    /// Days since 1899-12-30, as spreadsheets count them.
    Serial,
    /// Time since some start in this unit, taken from the name of the column or assumed.
    Elapsed(TimeUnit),
    /// A time of day without a date; where it falls, the next day has begun.
    TimeOfDay,
}

impl Notation {
    /// Whether a time has a date.
    pub fn is_dated(self) -> bool {
        !matches!(self, Self::Elapsed(_) | Self::TimeOfDay)
    }

    /// The notation in words.
    pub fn words(self) -> &'static str {
        use TimeUnit::{Microseconds, Milliseconds, Nanoseconds, Seconds};
        match self {
            Self::Date => "dates",
            Self::Digits(_) => "dates in digits (YYYYMMDD...)",
            Self::Serial => "spreadsheet dates (days since 1899-12-30)",
            Self::TimeOfDay => "times of day without a date",
            Self::Unix(Seconds) => "Unix time in seconds",
            Self::Unix(Milliseconds) => "Unix time in milliseconds",
            Self::Unix(Microseconds) => "Unix time in microseconds",
            Self::Unix(Nanoseconds) => "Unix time in nanoseconds",
            Self::Elapsed(Seconds) => "seconds since the start",
            Self::Elapsed(Milliseconds) => "milliseconds since the start",
            Self::Elapsed(Microseconds) => "microseconds since the start",
            Self::Elapsed(Nanoseconds) => "nanoseconds since the start",
        }
    }
}

/// What a text says about its time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Stamp {
    /// Seconds since 1970-01-01 UTC, or since the start where the notation has no date.
    At(f64),
    /// Either of two days, until a row shows whether the day or the month comes first.
    DayOrMonth,
    /// No time, or not one like those before.
    Unknown,
}

/// Which of two numbers of a date is the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    DayFirst,
    MonthFirst,
}

/// The day that a date means.
enum Day {
    Clear(Date),
    /// Either number may be the day.
    Unclear,
}

/// Reads the times of one column.
#[derive(Debug, Clone, Default)]
pub struct Stamps {
    unit: Option<TimeUnit>,
    notation: Option<Notation>,
    order: Option<Order>,
    /// Days that have passed, and the last time of day.
    day: (f64, f64),
}

impl Stamps {
    /// A reader for a column of this name. `unit` is that of numbers, if it is known.
    pub fn new(column: &str, unit: Option<TimeUnit>) -> Self {
        Self { unit: unit.or_else(|| TimeUnit::named(column)), ..Self::default() }
    }

    /// The notation of the times so far; `None` before the first.
    pub fn notation(&self) -> Option<Notation> {
        self.notation
    }

    /// Reads the next time. A text that is no time changes nothing.
    pub fn read(&mut self, text: &str) -> Stamp {
        let text = text.trim().trim_start_matches('[').trim_end_matches(']');
        let number = text.parse::<f64>().ok();
        let Some((notation, stamp)) = (match number {
            Some(number) => self.number(text, number),
            None => self.words(text),
        }) else {
            return Stamp::Unknown;
        };
        if *self.notation.get_or_insert(notation) == notation { stamp } else { Stamp::Unknown }
    }

    fn number(&self, text: &str, number: f64) -> Option<(Notation, Stamp)> {
        let notation = self.notation.unwrap_or_else(|| self.notation_of(text, number));
        let seconds = match notation {
            Notation::Digits(digits) if digits == text.len() => date_of_digits(text)?,
            Notation::Serial if SERIALS.contains(&number) => {
                let seconds = number * DAY_S;
                // A second is 0.00001 days: whole seconds are what the digits can mean.
                let digits = text.split_once('.').map_or(0, |(_, digits)| digits.len());
                let error = 0.5 * DAY_S * 10_f64.powi(-i32::try_from(digits).unwrap_or(i32::MAX));
                let is_whole = (seconds - seconds.round()).abs() <= error.max(1e-3);
                SERIAL_DAY_0_S + if is_whole { seconds.round() } else { seconds }
            }
            Notation::Unix(unit) => Some(number / unit.per_second())
                .filter(|seconds| self.unit.is_some() || seconds.abs() >= EARLIEST_UNIX_S)?,
            Notation::Elapsed(unit) => number / unit.per_second(),
            _ => return None,
        };
        (seconds.abs() < LATEST_S).then_some((notation, Stamp::At(seconds)))
    }

    fn notation_of(&self, text: &str, number: f64) -> Notation {
        let is_unix = |unit: TimeUnit| number / unit.per_second() >= EARLIEST_UNIX_S;
        match self.unit {
            _ if date_of_digits(text).is_some() => Notation::Digits(text.len()),
            Some(unit) if is_unix(unit) => Notation::Unix(unit),
            Some(unit) if !is_unix(TimeUnit::Seconds) => Notation::Elapsed(unit),
            None if SERIALS.contains(&number) => Notation::Serial,
            _ if is_unix(TimeUnit::Seconds) => Notation::Unix(TimeUnit::of_unix(number)),
            _ => Notation::Elapsed(TimeUnit::Seconds),
        }
    }

    fn words(&mut self, text: &str) -> Option<(Notation, Stamp)> {
        if let Some(at) = standard(text).or_else(|| named_month(text)) {
            return Some((Notation::Date, Stamp::At(at)));
        }
        if let Some((time, _)) = time_of_day(text) {
            let at = seconds_of(time);
            // Half a day back is the next day; less is disorder.
            if at < self.day.1 - DAY_S / 2.0 {
                self.day.0 += 1.0;
            }
            self.day.1 = at;
            return Some((Notation::TimeOfDay, Stamp::At(self.day.0 * DAY_S + at)));
        }
        let (date, rest) = text.split_once([' ', 'T', ',']).unwrap_or((text, ""));
        let (time, offset) = match rest.trim_start_matches(',').trim() {
            "" => (Time::midnight(), Offset::UTC),
            rest => time_of_day(rest)?,
        };
        let stamp = match self.date(date)? {
            Day::Unclear => Stamp::DayOrMonth,
            Day::Clear(date) => {
                let at = offset.to_timestamp(date.to_datetime(time));
                at.map_or(Stamp::Unknown, |at| Stamp::At(epoch_seconds(at)))
            }
        };
        Some((Notation::Date, stamp))
    }

    /// A date of three numbers.
    fn date(&mut self, text: &str) -> Option<Day> {
        let separator = text.chars().find(|c| !c.is_ascii_digit()).filter(|c| "/.-".contains(*c))?;
        let numbers: Vec<i16> = text.split(separator).map(|part| part.parse().ok()).collect::<Option<_>>()?;
        let lengths: Vec<usize> = text.split(separator).map(str::len).collect();
        let date = |year: i16, month: i16, day: i16| {
            Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
        };
        let (&[first, second, third], &[a, _, c]) = (numbers.as_slice(), lengths.as_slice()) else {
            return None;
        };
        if a == 4 {
            return date(first, second, third).map(Day::Clear);
        }
        if c != 4 {
            return None;
        }
        // Dates with points have the day first everywhere.
        let order = match (separator, first > 12, second > 12) {
            ('.', ..) | (_, true, false) => Some(Order::DayFirst),
            (_, false, true) => Some(Order::MonthFirst),
            _ => None,
        };
        if let (Some(found), Some(known)) = (order, self.order)
            && found != known
        {
            return None;
        }
        self.order = self.order.or(order);
        match self.order {
            Some(Order::DayFirst) => date(third, second, first).map(Day::Clear),
            Some(Order::MonthFirst) => date(third, first, second).map(Day::Clear),
            None if first == second => date(third, first, second).map(Day::Clear),
            None => date(third, first, second).map(|_| Day::Unclear),
        }
    }
}

/// RFC 3339 and its relatives: with or without a zone, a time, a `T`.
fn standard(text: &str) -> Option<f64> {
    let zoned = text.parse::<Timestamp>().ok();
    let local = || Some(text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp());
    zoned.or_else(local).map(epoch_seconds)
}

/// Dates with the name of a month, as web servers, `date` and mail write them.
fn named_month(text: &str) -> Option<f64> {
    const ZONED: [&str; 4] = [
        "%d/%b/%Y:%H:%M:%S %z",
        "%a, %d %b %Y %H:%M:%S %z",
        "%d %b %Y %H:%M:%S %z",
        "%a %b %d %H:%M:%S %z %Y",
    ];
    const LOCAL: [&str; 13] = [
        "%d/%b/%Y:%H:%M:%S",
        "%a %b %d %H:%M:%S%.f %Y",
        "%b %d %H:%M:%S %Y",
        "%a, %d %b %Y %H:%M:%S",
        "%d %b %Y %H:%M:%S%.f",
        "%d %b %Y %H:%M",
        "%d %b %Y",
        "%d-%b-%Y %H:%M:%S%.f",
        "%d-%b-%Y %H:%M",
        "%d-%b-%Y",
        "%b %d, %Y %H:%M:%S",
        "%b %d, %Y %I:%M:%S %p",
        "%b %d, %Y",
    ];
    if !text.contains(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let plain = [" UTC", " GMT"].iter().fold(text.to_owned(), |text, zone| text.replacen(zone, "", 1));
    let zoned = ZONED.iter().find_map(|form| strtime::parse(form, &plain).ok()?.to_timestamp().ok());
    let local = || {
        let parsed = LOCAL.iter().find_map(|form| strtime::parse(form, &plain).ok())?;
        let time = parsed.to_time().unwrap_or(Time::midnight());
        Offset::UTC.to_timestamp(parsed.to_date().ok()?.to_datetime(time)).ok()
    };
    zoned.or_else(local).map(epoch_seconds)
}

/// A time of day with 24 or 12 hours, and its offset from UTC.
fn time_of_day(text: &str) -> Option<(Time, Offset)> {
    const FORMS: [&str; 6] =
        ["%H:%M:%S%.f", "%H:%M", "%I:%M:%S%.f %p", "%I:%M %p", "%I:%M:%S%.f%p", "%I:%M%p"];
    if !text.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let text = text.replace(',', ".");
    let unzoned = [" UTC", " GMT", "UTC", "Z"].iter().find_map(|zone| text.strip_suffix(zone));
    let (time, offset) = match (unzoned, text.rfind(['+', '-'])) {
        (Some(time), _) => (time, Offset::UTC),
        (None, Some(sign)) => (text[..sign].trim_end(), offset_of(&text[sign..])?),
        (None, None) => (text.as_str(), Offset::UTC),
    };
    FORMS.iter().find_map(|form| Time::strptime(form, time).ok()).map(|time| (time, offset))
}

/// An offset from UTC such as `+0200` or `-05:30`.
fn offset_of(text: &str) -> Option<Offset> {
    strtime::parse("%z", text).or_else(|_| strtime::parse("%:z", text)).ok()?.offset()
}

/// A date of 8, 12, 14 or 17 digits from 1970 to 2099; other numbers are no dates.
fn date_of_digits(text: &str) -> Option<f64> {
    let is_length = matches!(text.len(), 8 | 12 | 14 | 17);
    (is_length && text.bytes().all(|byte| byte.is_ascii_digit())).then_some(())?;
    let part = |from: usize, to: usize| text.get(from..to).map_or(Some(0), |part| part.parse::<i32>().ok());
    let small = |from: usize, to: usize| i8::try_from(part(from, to)?).ok();
    let year = i16::try_from(part(0, 4)?).ok().filter(|year| (1970..2100).contains(year))?;
    let date = Date::new(year, small(4, 6)?, small(6, 8)?).ok()?;
    let time = Time::new(small(8, 10)?, small(10, 12)?, small(12, 14)?, part(14, 17)? * 1_000_000).ok()?;
    Some(epoch_seconds(Offset::UTC.to_timestamp(date.to_datetime(time)).ok()?))
}

fn seconds_of(time: Time) -> f64 {
    let (hour, minute, second) = (f64::from(time.hour()), f64::from(time.minute()), f64::from(time.second()));
    3_600.0 * hour + 60.0 * minute + second + f64::from(time.subsec_nanosecond()) / 1e9
}

#[cfg(test)]
mod tests;
