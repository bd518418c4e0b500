//! How surprising a value is, 0 to 1, for any series: the anomaly score of `detect`.
//!
//! The series is seen in several views: its level, its change and its roughness over 1, 8 and 64 values, of the value
//! itself and of its difference from a typical day. Each view rates how rare it is against its own past; the score is
//! the root mean square of these, mapped to 0 to 1. Repeated alarms are reduced to a tenth, unless they are louder.

use crate::stats::robust::median;
use crate::stats::tail::{Kind, Past};

/// Windows of the views in values, and the distance in values at which they enter their past, because neighbours
/// overlap.
const WINDOWS: [(usize, u64); 3] = [(1, 1), (8, 2), (64, 16)];
/// Values kept: twice the longest window.
const RING: usize = 128;
/// The centre is the median of this many last values.
const CENTRE: usize = 1_024;
/// The score is 0 for this many values.
const LEARNING: u64 = 20;
/// Slowest rate at which a running mean forgets.
const SLOWEST: f64 = 1e-3;
/// Smallest difference that is not rounding, relative to the size of the values.
const TINY: f64 = 1e-9;
const DAY_S: f64 = 86_400.0;
/// Parts of a day: half hours.
const PARTS: usize = 48;
/// A part of the day is known after this many days.
const LEAST_DAYS: u32 = 2;
/// Daily rate at which the typical day follows the values.
const DAILY_RATE: f64 = 0.25;
/// After an alarm, this fraction of the number of values so far is quiet, within bounds; alarms that exceed the last by
/// the factor `LOUDER` pass.
const QUIET_SHARE: f64 = 0.08;
const QUIET_LEAST: f64 = 10.0;
const QUIET_MEMORY: f64 = 8_192.0;
const LOUDER: f64 = 1.2;
/// Factor by which quiet alarms are reduced.
const QUIET: f64 = 0.1;

/// Scores a series, value by value.
#[derive(Debug)]
pub(super) struct Surprise {
    has_clock: bool,
    values: u64,
    recent: Vec<f64>,
    centre: f64,
    next_centre: u64,
    size: f64,
    plain: Views,
    residual: Views,
    day: Day,
    loudest: f64,
    loudest_at: u64,
}

impl Surprise {
    /// An empty score. Without a clock no typical day is learnt.
    pub(super) fn new(has_clock: bool) -> Self {
        Self {
            has_clock,
            values: 0,
            recent: Vec::with_capacity(CENTRE),
            centre: 0.0,
            next_centre: 1,
            size: 0.0,
            plain: Views::new(),
            residual: Views::new(),
            day: Day::new(),
            loudest: 0.0,
            loudest_at: 0,
        }
    }

    /// The score of the next value, which must be finite.
    pub(super) fn take(&mut self, at: f64, value: f64) -> f64 {
        self.find_centre();
        self.size += (1.0 / (self.values + 1) as f64).max(SLOWEST) * (value.abs() - self.size);
        let tiny = TINY * self.size + 1e-300;
        let mut evidence = self.plain.take(value, self.centre, tiny);
        if self.has_clock {
            if let Some(residual) = self.day.residual(at, value, tiny) {
                evidence = evidence.and(self.residual.take(residual, 0.0, 1e-6));
            }
            self.day.learn(at, value);
        }
        self.remember(value);
        let loudness = if self.values > LEARNING { evidence.mean_square().sqrt() } else { 0.0 };
        let shown = self.hold_back(loudness);
        shown / (1.0 + shown)
    }

    fn remember(&mut self, value: f64) {
        #[expect(clippy::cast_possible_truncation, reason = "a remainder below 1,024")]
        let place = (self.values % CENTRE as u64) as usize;
        if place < self.recent.len() {
            self.recent[place] = value;
        } else {
            self.recent.push(value);
        }
        self.values += 1;
    }

    /// The median of the last values, computed again when an eighth of them has changed, at the latest after 64.
    fn find_centre(&mut self) {
        if self.values < self.next_centre {
            return;
        }
        self.centre = median(&self.recent).unwrap_or(0.0);
        let known = self.recent.len();
        self.next_centre = self.values + (known / 8).clamp(1, CENTRE / 16) as u64;
    }

    fn hold_back(&mut self, loudness: f64) -> f64 {
        let quiet = QUIET_LEAST.max(QUIET_SHARE * (self.values as f64).min(QUIET_MEMORY));
        let since = (self.values - self.loudest_at) as f64;
        if loudness > LOUDER * self.loudest || since > quiet || self.loudest_at == 0 {
            (self.loudest, self.loudest_at) = (loudness, self.values);
            loudness
        } else {
            QUIET * loudness
        }
    }
}

/// Sum of squared rarities over views.
#[derive(Debug, Clone, Copy, Default)]
struct Evidence {
    squares: f64,
    views: f64,
}

impl Evidence {
    fn add(&mut self, rarity: f64) {
        self.squares += rarity * rarity;
        self.views += 1.0;
    }

    fn and(self, other: Self) -> Self {
        Self { squares: self.squares + other.squares, views: self.views + other.views }
    }

    fn mean_square(self) -> f64 {
        self.squares / self.views.max(1.0)
    }
}

/// The views of one window length.
#[derive(Debug)]
struct View {
    level: Past,
    change: Past,
    roughness: Past,
}

/// All views of one series, with the last values they need.
#[derive(Debug)]
struct Views {
    count: u64,
    values: [f64; RING],
    steps: [f64; RING],
    /// Sums over the last 8 values.
    values_8: [f64; RING],
    steps_8: [f64; RING],
    /// Sums over the last 64 values.
    values_64: [f64; RING],
    by_window: [View; WINDOWS.len()],
}

impl Views {
    fn new() -> Self {
        let view = || View {
            level: Past::new(Kind::Signed),
            change: Past::new(Kind::Signed),
            roughness: Past::new(Kind::Magnitude),
        };
        Self {
            count: 0,
            values: [0.0; RING],
            steps: [0.0; RING],
            values_8: [0.0; RING],
            steps_8: [0.0; RING],
            values_64: [0.0; RING],
            by_window: std::array::from_fn(|_| view()),
        }
    }

    fn take(&mut self, value: f64, centre: f64, tiny: f64) -> Evidence {
        #[expect(clippy::cast_possible_truncation, reason = "a remainder below 128")]
        let now = (self.count % RING as u64) as usize;
        let back = |by: usize| (now + RING - by) % RING;
        let before = if self.count > 0 { self.values[back(1)] } else { value };
        self.values[now] = value;
        self.steps[now] = (value - before).abs();
        // Summed again each time, oldest first: no running sum drifts, and a constant series has a constant sum.
        let sum =
            |ring: &[f64; RING], apart: usize| -> f64 { (0..8).rev().map(|i| ring[back(i * apart)]).sum() };
        self.values_8[now] = sum(&self.values, 1);
        self.steps_8[now] = sum(&self.steps, 1);
        self.values_64[now] = sum(&self.values_8, 8);
        let last = [value, self.values_8[now], self.values_64[now]];
        let earlier = [before, self.values_8[back(8)], self.values_64[back(64)]];
        let steps = [0.0, self.steps_8[now], sum(&self.steps_8, 8)];
        self.count += 1;
        let mut evidence = Evidence::default();
        for (place, ((window, apart), view)) in WINDOWS.iter().zip(&mut self.by_window).enumerate() {
            let (length, long) = (*window as f64, *window as u64);
            let is_kept = self.count.is_multiple_of(*apart);
            let mut see = |past: &mut Past, value: f64| {
                evidence.add(past.rarity(value, tiny));
                if is_kept {
                    past.add(value, tiny);
                }
            };
            if self.count >= long {
                see(&mut view.level, last[place] / length - centre);
            }
            if self.count >= 2 * long {
                see(&mut view.change, (last[place] - earlier[place]) / length);
            }
            if place > 0 && self.count > long {
                see(&mut view.roughness, steps[place] / length);
            }
        }
        evidence
    }
}

/// The typical day, in half hours.
#[derive(Debug)]
struct Day {
    typical: [f64; PARTS],
    spread: [f64; PARTS],
    days: [u32; PARTS],
    spread_of_all: f64,
    values_of_all: u64,
    part: Option<usize>,
    sum: f64,
    values: u64,
}

impl Day {
    fn new() -> Self {
        Self {
            typical: [0.0; PARTS],
            spread: [0.0; PARTS],
            days: [0; PARTS],
            spread_of_all: 0.0,
            values_of_all: 0,
            part: None,
            sum: 0.0,
            values: 0,
        }
    }

    fn part_of(at: f64) -> usize {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "held within the parts")]
        let part = ((at.rem_euclid(DAY_S) / DAY_S * PARTS as f64) as usize).min(PARTS - 1);
        part
    }

    /// Difference from the typical day, in typical spreads; `None` while this part of the day is unknown.
    fn residual(&self, at: f64, value: f64, tiny: f64) -> Option<f64> {
        let part = Self::part_of(at);
        let is_known = self.days[part] >= LEAST_DAYS && self.values_of_all > 0;
        let spread = (0.5 * self.spread[part] + 0.5 * self.spread_of_all).max(tiny);
        is_known.then(|| (value - self.typical[part]) / spread)
    }

    fn learn(&mut self, at: f64, value: f64) {
        let part = Self::part_of(at);
        if self.part != Some(part) {
            if let Some(left) = self.part.filter(|_| self.values > 0) {
                self.days[left] += 1;
                let rate = DAILY_RATE.max(1.0 / f64::from(self.days[left]));
                self.typical[left] += rate * (self.sum / self.values as f64 - self.typical[left]);
            }
            (self.part, self.sum, self.values) = (Some(part), 0.0, 0);
        }
        self.sum += value;
        self.values += 1;
        if self.days[part] >= 1 {
            let away = (value - self.typical[part]).abs();
            self.values_of_all += 1;
            let rate = (1.0 / self.values_of_all as f64).max(SLOWEST);
            self.spread_of_all += rate * (away - self.spread_of_all);
            self.spread[part] += DAILY_RATE / 3.0 * (away - self.spread[part]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spike_surprises_more_than_noise() {
        let mut surprise = Surprise::new(true);
        let noise = |n: u64| 100.0 + (n * 7_919 % 101) as f64 / 10.0;
        let typical: f64 =
            (0..1_000).map(|n| surprise.take(n as f64 * 300.0, noise(n))).skip(100).fold(0.0, f64::max);
        let spike = surprise.take(300_000.0, 400.0);
        assert!(spike > typical && (0.0..=1.0).contains(&spike), "{spike} {typical}");
    }

    #[test]
    fn constants_and_extremes_stay_numbers() {
        let mut surprise = Surprise::new(false);
        let values = [0.0, 5.0, 1e308, -1e308, 1e-308, f64::MIN_POSITIVE];
        for n in 0..600 {
            let value = if n < 300 { 5.0 } else { values[n % values.len()] };
            let score = surprise.take(n as f64, value);
            assert!((0.0..=1.0).contains(&score), "{n}: {score}");
        }
    }
}
