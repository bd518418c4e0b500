//! Outliers, alerts and an anomaly score for any series, value by value and in constant memory.
//!
//! The first values are learned from, after a start-up or the rows that the caller leaves out. Every value has a score.

use std::collections::VecDeque;

use crate::stats::normal::{tail_share_range_95, two_sided_tail, two_sided_tail_of_estimate};
use crate::stats::robust::{Description, describe};
use crate::stats::warm_up::{MOST_VALUES, WarmUp, warm_up};

use super::alert::{Change, SeriesWatch};
use super::baseline_model::{LEAST_WINDOWS, MOST_WINDOWS};
use super::cool_down::CoolDown;
use super::series::Scale;
use super::surprise::Surprise;
use super::watch::FLAG_SIGMAS;

/// Most rows that wait for learning; a file may begin with any number of missing values.
const MOST_WAITING: usize = 10_000;
/// Values that differ by a smaller part of their size are equal: the rest is rounding.
const ROUNDING: f64 = 1e-9;
/// On the log scale a value at or below 0 counts as this part of the smallest value above 0.
const BELOW_ALL: f64 = 0.1;

/// Where the values to learn from begin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum LearnFrom {
    /// After the start-up, where the series has one.
    Steady,
    /// After this many rows, with or without a value.
    Rows(u64),
    /// This many seconds after the first row.
    Seconds(f64),
    /// At this time. Units: as the rows have it.
    Time(f64),
}

/// How a series is judged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// The scale; `None` chooses the one that suits the values.
    pub scale: Option<Scale>,
    /// Whether times are times, in seconds; otherwise they only give an order.
    pub has_clock: bool,
    /// Where learning begins. Rows before are neither learned from nor judged.
    pub from: LearnFrom,
    /// Number of values to learn from, at least 20; `None` takes half of them, up to 60.
    pub learn: Option<usize>,
}

/// What a row is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Stage {
    /// It lies before those that are learned from.
    Skipped,
    /// It is learned from, or has no value.
    #[default]
    Learned,
    /// It is compared with the learned baseline.
    Judged,
}

/// What the detector found about one value.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Verdict {
    /// Anomaly score, 0 to 1; `None` for a missing value.
    pub score: Option<f64>,
    /// What the row is used for.
    pub stage: Stage,
    /// Whether it is an outlier: beyond +-2 sigma of the learned baseline.
    pub is_flag: bool,
    /// Whether it lies beyond +-1 sigma of the learned baseline, and differs from the value before.
    pub is_off: bool,
    /// Whether it lies beyond +-2 sigma of the forecast, which follows the level and the time of day.
    pub is_unexpected: bool,
    /// The change that this value confirms, if any: one per hour and direction.
    pub change: Option<Change>,
    /// A confirmed change that belongs to the incident of an earlier one.
    pub repeated: Option<Change>,
    /// A return to the level before the last change.
    pub returned: Option<Change>,
}

/// How many outliers chance brings.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Chance {
    /// Expected number, for independent normal values.
    pub expected: f64,
    /// The number lies between these for 95 of 100 baselines.
    pub range: (f64, f64),
    /// Expected number beyond 2 sigma of the forecast.
    pub of_forecast: f64,
}

/// Judges a series value by value. The data passed in with each value comes out with its verdict.
#[derive(Debug)]
pub struct Detector<T> {
    settings: Settings,
    surprise: Surprise,
    rows: u64,
    first_at: Option<f64>,
    /// Rows that wait until it is clear how many values there are to learn from.
    waiting: VecDeque<(f64, Option<f64>, T)>,
    waiting_values: usize,
    start_up: Option<WarmUp>,
    learnt: Option<Learnt>,
    ready: VecDeque<(T, Verdict)>,
    judged: u64,
}

#[derive(Debug)]
struct Learnt {
    scale: Scale,
    is_suited: bool,
    baseline: Description,
    watch: SeriesWatch,
    /// The smallest value above 0 so far.
    least: f64,
    /// The last value that was judged, on the scale.
    last: f64,
    /// Alerts upwards and downwards.
    alerts: [CoolDown; 2],
}

impl<T> Detector<T> {
    /// A detector on the given scale, or on the one that suits the values. Without `has_clock`, times only give an
    /// order.
    pub fn new(scale: Option<Scale>, has_clock: bool) -> Self {
        Self::with(Settings { scale, has_clock, from: LearnFrom::Steady, learn: None })
    }

    /// A detector with settings.
    pub fn with(settings: Settings) -> Self {
        Self {
            settings,
            surprise: Surprise::new(settings.has_clock),
            rows: 0,
            first_at: None,
            waiting: VecDeque::new(),
            waiting_values: 0,
            start_up: None,
            learnt: None,
            ready: VecDeque::new(),
            judged: 0,
        }
    }

    /// Takes the next value; `None` where it is missing.
    pub fn take(&mut self, at: f64, value: Option<f64>, beside: T) {
        self.rows += 1;
        let first_at = *self.first_at.get_or_insert(at);
        if self.learnt.is_some() {
            let verdict = self.judge(at, value);
            self.ready.push_back((beside, verdict));
            return;
        }
        let is_before = match self.settings.from {
            LearnFrom::Steady => false,
            LearnFrom::Rows(rows) => self.rows <= rows,
            LearnFrom::Seconds(seconds) => at < first_at + seconds,
            LearnFrom::Time(from) => at < from,
        };
        if is_before && self.waiting.is_empty() {
            let verdict = self.only_score(at, value, Stage::Skipped);
            self.ready.push_back((beside, verdict));
            return;
        }
        self.waiting_values += usize::from(value.is_some());
        self.waiting.push_back((at, value, beside));
        // Twice the values that are learned from: a longer series would not change their number.
        let start_up = if self.settings.from == LearnFrom::Steady { MOST_VALUES } else { 0 };
        let enough = start_up + 2 * self.settings.learn.unwrap_or(MOST_WINDOWS);
        if self.waiting_values >= enough || self.waiting.len() >= enough.max(MOST_WAITING) {
            self.finish();
        }
    }

    /// Learns from the waiting rows, and judges the rest of them.
    pub fn finish(&mut self) {
        if self.learnt.is_none() {
            self.learn();
        }
        let mut skipped = self.start_up.map_or(0, |start_up| start_up.values);
        let mut left = self.learnt();
        for (at, value, beside) in std::mem::take(&mut self.waiting) {
            let verdict = if skipped > 0 {
                skipped -= usize::from(value.is_some());
                self.only_score(at, value, Stage::Skipped)
            } else if left > 0 || self.learnt.is_none() {
                left = left.saturating_sub(usize::from(value.is_some()));
                self.only_score(at, value, Stage::Learned)
            } else {
                self.judge(at, value)
            };
            self.ready.push_back((beside, verdict));
        }
    }

    /// The next finished row; `None` until more values are taken or the series is finished.
    #[expect(clippy::should_implement_trait, reason = "rows come out while others go in")]
    pub fn next(&mut self) -> Option<(T, Verdict)> {
        self.ready.pop_front()
    }

    /// Number of values that it learned from; 0 while learning, or where there were too few.
    pub fn learnt(&self) -> usize {
        self.learnt.as_ref().map_or(0, |learnt| learnt.baseline.n)
    }

    /// The start-up that was found and left out.
    pub fn start_up(&self) -> Option<WarmUp> {
        self.start_up
    }

    /// The scale of the comparison, and whether it was chosen to suit the values; `None` while learning.
    pub fn scale(&self) -> Option<(Scale, bool)> {
        self.learnt.as_ref().map(|learnt| (learnt.scale, learnt.is_suited))
    }

    /// The number of outliers that chance brings; none where the values that were learned from are all equal.
    pub fn chance(&self) -> Chance {
        let baseline = self.learnt.as_ref().map(|learnt| learnt.baseline).filter(varies);
        let Some(Description { n, .. }) = baseline else { return Chance::default() };
        let judged = self.judged as f64;
        let share = two_sided_tail_of_estimate(FLAG_SIGMAS, n).unwrap_or(0.0);
        let (low, high) = tail_share_range_95(FLAG_SIGMAS, n).unwrap_or((share, share));
        let of_forecast = two_sided_tail(FLAG_SIGMAS) * judged;
        Chance { expected: share * judged, range: (low * judged, high * judged), of_forecast }
    }

    fn learn(&mut self) {
        let mut values: Vec<(f64, f64)> =
            self.waiting.iter().filter_map(|(at, value, _)| Some((*at, (*value)?))).collect();
        if self.settings.from == LearnFrom::Steady {
            self.start_up = warm_up(&values, self.settings.has_clock)
                .filter(|start_up| values.len() - start_up.values >= LEAST_WINDOWS);
            values.drain(..self.start_up.map_or(0, |start_up| start_up.values));
        }
        if values.len() < LEAST_WINDOWS {
            return;
        }
        // A few strange values at the beginning do not move the end of learning.
        let strange =
            self.start_up.filter(|start_up| !start_up.is_ramp()).map_or(0, |strange| strange.values);
        // Half of a short series, up to sixty values.
        let half = (values.len() / 2).min(MOST_WINDOWS - strange).max(LEAST_WINDOWS);
        values.truncate(self.settings.learn.unwrap_or(half).max(LEAST_WINDOWS));
        let plain: Vec<f64> = values.iter().map(|(_, value)| *value).collect();
        let least = plain.iter().copied().filter(|value| *value > 0.0).fold(f64::INFINITY, f64::min);
        let scale = self.settings.scale.unwrap_or_else(|| Scale::suiting(&plain));
        // Where no value is above 0 there are no ratios.
        let scale = if least.is_finite() { scale } else { Scale::Linear };
        let held: Vec<(f64, f64)> =
            values.iter().map(|(at, value)| (*at, hold(scale, *value, least))).collect();
        let placed: Vec<f64> = held.iter().filter_map(|(_, value)| scale.put(*value)).collect();
        let described = describe(&placed).zip(SeriesWatch::learn(&held, scale, self.settings.has_clock));
        let is_suited = self.settings.scale.is_none();
        let alerts = [CoolDown::default(); 2];
        self.learnt = described.map(|(baseline, mut watch)| {
            watch.remember(plain.into_iter());
            Learnt { scale, is_suited, baseline, watch, least, last: f64::NEG_INFINITY, alerts }
        });
    }

    fn only_score(&mut self, at: f64, value: Option<f64>, stage: Stage) -> Verdict {
        let score = value.map(|value| self.surprise.take(at, value));
        Verdict { score, stage, ..Verdict::default() }
    }

    fn judge(&mut self, at: f64, value: Option<f64>) -> Verdict {
        let (Some(value), Some(learnt)) = (value, &mut self.learnt) else { return Verdict::default() };
        let score = Some(self.surprise.take(at, value));
        let held = hold(learnt.scale, value, learnt.least);
        let Some(placed) = learnt.scale.put(held) else { return Verdict { score, ..Verdict::default() } };
        if value > 0.0 {
            learnt.least = learnt.least.min(value);
        }
        self.judged += 1;
        let baseline = &learnt.baseline;
        let reach = if varies(baseline) { FLAG_SIGMAS * baseline.sigma } else { rounding(baseline) };
        let away = (placed - baseline.mean).abs();
        let is_flag = away > reach;
        let moves = (placed - learnt.last).abs() > 0.1 * baseline.sigma;
        let is_off = away > reach / FLAG_SIGMAS && moves;
        learnt.last = placed;
        let Some(seen) = learnt.watch.take_as(at, held, value) else {
            return Verdict { score, stage: Stage::Judged, is_flag, is_off, ..Verdict::default() };
        };
        let is_news = seen.change.is_some_and(|change| {
            let alerts = &mut learnt.alerts[usize::from(change.height < 0.0)];
            let size = if learnt.scale == Scale::Log { change.height.exp_m1() } else { change.height };
            alerts.is_news(at, size)
        });
        Verdict {
            score,
            stage: Stage::Judged,
            is_flag,
            is_off,
            is_unexpected: seen.z.abs() > FLAG_SIGMAS,
            change: seen.change.filter(|_| is_news),
            repeated: seen.change.filter(|_| !is_news),
            returned: seen.returned,
        }
    }
}

/// Whether the values that were learned from differ by more than rounding.
fn varies(baseline: &Description) -> bool {
    baseline.sigma > rounding(baseline)
}

fn rounding(baseline: &Description) -> f64 {
    ROUNDING * baseline.mean.abs().max(f64::MIN_POSITIVE)
}

/// A value on the log scale is above 0; the others count as smaller than all of those.
fn hold(scale: Scale, value: f64, least: f64) -> f64 {
    if scale == Scale::Log && value <= 0.0 { BELOW_ALL * least } else { value }
}
