//! Scales and their ticks: numbers that people would choose, with their unit.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::report::wording::numbers::{span, time_us, trimmed};

/// Where values lie between the ends of an axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Scale {
    /// Linear: equal distances are equal differences.
    Linear,
    /// Logarithmic: equal distances are equal ratios.
    Log,
}

/// A tick: where, and what it says.
pub(super) type Tick = (f64, String);

/// An axis from low to high.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Axis {
    scale: Scale,
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) ticks: Vec<Tick>,
}

impl Axis {
    /// Times in microseconds on a logarithmic scale, wide enough for all values; `None` without a value above 0.
    pub(super) fn of_times(values: impl Iterator<Item = f64>) -> Option<Self> {
        // From a nanosecond to a thousand years: what lies beyond is no time that was measured.
        let (low, high) = ends(values.filter(|value| (1e-3..=3e16).contains(value)))?;
        // Air above and below; never so narrow that noise looks like an event.
        let middle = (low * high).sqrt();
        let reach = (high / low).sqrt().max(1.25) * 1.06;
        let (low, high) = (middle / reach, middle * reach);
        let at = if high / low > 6.0 { decades(low, high) } else { steps(low, high, 5) };
        let ticks = at.into_iter().map(|value| (value, short_time(value))).collect();
        Some(Self { scale: Scale::Log, low, high, ticks })
    }

    /// From 0 to a little above the largest value.
    pub(super) fn from_zero(largest: f64, say: impl Fn(f64) -> String) -> Self {
        let high = if largest > 0.0 { largest * 1.08 } else { 1.0 };
        let ticks = steps(0.0, high, 4).into_iter().map(|value| (value, say(value))).collect();
        Self { scale: Scale::Linear, low: 0.0, high, ticks }
    }

    /// Time of day or date, in seconds since the epoch, UTC: as many ticks as fit into `room` units of the page.
    pub(super) fn of_dates(from: f64, to: f64, room: f64) -> Self {
        let to = to.max(from + 1.0);
        let step = date_step(to - from, room);
        // A run that begins a moment after the hour has a tick at that hour.
        let first = ((from - (to - from) * 0.005) / step).ceil();
        #[expect(clippy::cast_possible_truncation, reason = "a few dozen")]
        let count = ((to / step).floor() - first).max(-1.0) as i64 + 1;
        let ticks = (0..count).map(|n| {
            let at = (first + n as f64) * step;
            (at, date_text(at, step, n == 0))
        });
        Self { scale: Scale::Linear, low: from, high: to, ticks: ticks.collect() }
    }

    /// An axis without ticks.
    pub(super) fn silent() -> Self {
        Self::given(Scale::Linear, 0.0, 1.0, Vec::new())
    }

    /// Values that are given, in proportion.
    pub(super) fn given(scale: Scale, low: f64, high: f64, ticks: Vec<Tick>) -> Self {
        Self { scale, low, high, ticks }
    }

    /// Where a value lies: 0 at the low end, 1 at the high one.
    pub(super) fn place(&self, value: f64) -> f64 {
        match self.scale {
            Scale::Linear => (value - self.low) / (self.high - self.low),
            Scale::Log => (value.max(self.low * 1e-3) / self.low).ln() / (self.high / self.low).ln(),
        }
    }
}

/// The smallest and the largest.
fn ends(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    values.filter(|value| value.is_finite()).fold(None, |ends, value| match ends {
        None => Some((value, value)),
        Some((low, high)) => Some((value.min(low), value.max(high))),
    })
}

/// 1, 2, 5, 10 ... within an interval; only powers of ten where that would be many.
fn decades(low: f64, high: f64) -> Vec<f64> {
    let digits: &[f64] = match (high / low).log10() {
        decades if decades > 3.2 => &[1.0],
        decades if decades > 1.6 => &[1.0, 3.0],
        _ => &[1.0, 2.0, 5.0],
    };
    #[expect(clippy::cast_possible_truncation, reason = "powers of ten of times")]
    let powers = low.log10().floor() as i32..=high.log10().ceil() as i32;
    let all = powers.flat_map(|power| digits.iter().map(move |digit| digit * 10_f64.powi(power)));
    all.filter(|value| (low..=high).contains(value)).collect()
}

/// Round numbers within an interval, about the given number of them.
pub(super) fn steps(low: f64, high: f64, about: u32) -> Vec<f64> {
    let raw = (high - low) / f64::from(about);
    let power = 10_f64.powf(raw.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().find(|digit| digit * power >= raw * 0.999);
    let step = step.unwrap_or(10.0) * power;
    let first = (low / step - 1e-9).ceil();
    #[expect(clippy::cast_possible_truncation, reason = "a handful")]
    let count = ((high / step + 1e-9).floor() - first).max(-1.0) as i64 + 1;
    (0..count).map(|n| (first + n as f64) * step).collect()
}

/// A round time without the digits that it does not need.
fn short_time(us: f64) -> String {
    match us {
        us if us < 999.5 => format!("{} us", trimmed(us)),
        us if us < 999_500.0 => format!("{} ms", trimmed(us / 1e3)),
        us if us.is_finite() => format!("{} s", trimmed(us / 1e6)),
        _ => time_us(None),
    }
}

/// The shortest step of a clock or calendar whose labels fit side by side. Units: seconds; units of the page.
fn date_step(length: f64, room: f64) -> f64 {
    const MINUTE: f64 = 60.0;
    const HOUR: f64 = 3_600.0;
    const DAY: f64 = 86_400.0;
    const STEPS: [f64; 22] = [
        1.0,
        2.0,
        5.0,
        10.0,
        15.0,
        30.0,
        MINUTE,
        2.0 * MINUTE,
        5.0 * MINUTE,
        10.0 * MINUTE,
        15.0 * MINUTE,
        30.0 * MINUTE,
        HOUR,
        2.0 * HOUR,
        3.0 * HOUR,
        6.0 * HOUR,
        12.0 * HOUR,
        DAY,
        2.0 * DAY,
        5.0 * DAY,
        7.0 * DAY,
        14.0 * DAY,
    ];
    // A label and the space to the next one.
    let needs = |step: f64| if step < MINUTE { 64.0 } else { 50.0 };
    let longer = || (length / room * 50.0 / (28.0 * DAY)).ceil().max(1.0) * 28.0 * DAY;
    STEPS.into_iter().find(|step| length / step * needs(*step) <= room).unwrap_or_else(longer)
}

/// The time of day; the date too on the first tick and at midnight.
fn date_text(at: f64, step: f64, is_first: bool) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "seconds of a date")]
    let Ok(at) = Timestamp::from_second(at as i64) else { return String::new() };
    let at = at.to_zoned(TimeZone::UTC);
    let is_midnight = at.hour() == 0 && at.minute() == 0 && at.second() == 0;
    let date = at.strftime("%-d %b");
    if step >= 86_400.0 {
        return date.to_string();
    }
    let time = if step < 60.0 { at.strftime("%H:%M:%S") } else { at.strftime("%H:%M") };
    if is_first || is_midnight { format!("{time}\n{date}") } else { time.to_string() }
}

/// How long an axis of dates is, in words.
pub(super) fn length_in_words(seconds: f64) -> String {
    span(Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(axis: &Axis) -> Vec<&str> {
        axis.ticks.iter().map(|(_, text)| text.as_str()).collect()
    }

    #[test]
    fn ticks_are_round() {
        assert_eq!(steps(0.0, 10.0, 4), [0.0, 2.5, 5.0, 7.5, 10.0]);
        assert_eq!(steps(0.0, 108.0, 4), [0.0, 50.0, 100.0]);
        assert_eq!(decades(800.0, 90_000.0), [1_000.0, 3_000.0, 10_000.0, 30_000.0]);
        let axis = Axis::of_times([5_000.0, 5_500.0].into_iter()).unwrap();
        assert!((3..=7).contains(&axis.ticks.len()), "{:?}", said(&axis));
        let axis = Axis::of_times([500.0, 2_000_000.0].into_iter()).unwrap();
        assert_eq!(said(&axis), ["1 ms", "10 ms", "100 ms", "1 s"]);
        assert_eq!(Axis::of_times([0.0].into_iter()), None);
        // Values that no clock gives neither hang nor stretch a chart.
        let axis = Axis::of_times([1e-320, 1e300, f64::NAN, 5_000.0].into_iter()).unwrap();
        assert!(axis.ticks.len() < 10 && axis.high < 10_000.0, "{axis:?}");
    }

    #[test]
    fn dates_have_few_ticks_at_round_times() {
        // 2026-01-01 00:00 UTC.
        let start = 1_767_225_600.0;
        let axis = Axis::of_dates(start, start + 172_800.0, 670.0);
        assert_eq!(said(&axis)[..5], ["00:00\n1 Jan", "06:00", "12:00", "18:00", "00:00\n2 Jan"]);
        assert_eq!(said(&axis).len(), 9);
        let axis = Axis::of_dates(start + 5.0, start + 125.0, 670.0);
        assert_eq!(said(&axis)[..2], ["00:00:15\n1 Jan", "00:00:30"]);
        assert_eq!(said(&Axis::of_dates(start, start, 670.0)).len(), 2);
    }

    #[test]
    fn runs_of_every_length_have_ticks_that_fit() {
        let start = 1_767_225_600.0 + 12_345.0;
        for room in [240.0, 330.0, 670.0] {
            for seconds in
                [10.0, 60.0, 120.0, 900.0, 3_600.0, 21_600.0, 86_400.0, 172_800.0, 604_800.0, 2_592_000.0]
            {
                let axis = Axis::of_dates(start, start + seconds, room);
                let count = said(&axis).len();
                assert!((2..=14).contains(&count), "{seconds} s in {room}: {:?}", said(&axis));
                for pair in axis.ticks.windows(2) {
                    let apart = (axis.place(pair[1].0) - axis.place(pair[0].0)) * room;
                    assert!(apart >= 49.9, "{seconds} s in {room}: {apart}");
                }
            }
        }
    }

    #[test]
    fn places_run_from_end_to_end() {
        let axis = Axis::given(Scale::Log, 1.0, 100.0, Vec::new());
        assert!((axis.place(10.0) - 0.5).abs() < 1e-12);
        assert!(axis.place(0.0).is_finite());
        let axis = Axis::given(Scale::Linear, 10.0, 20.0, Vec::new());
        assert!((axis.place(15.0) - 0.5).abs() < 1e-12);
    }
}
