//! Flags, alerts and an anomaly score for any series, value by value and in constant memory.

use std::collections::VecDeque;

use crate::stats::normal::two_sided_tail_of_estimate;
use crate::stats::robust::{Description, describe};

use super::alert::{Change, SeriesWatch};
use super::baseline_model::{LEAST_WINDOWS, MOST_WINDOWS};
use super::series::Scale;
use super::surprise::Surprise;
use super::watch::FLAG_SIGMAS;

/// Most rows that wait for learning; a file may begin with any number of missing values.
const MOST_WAITING: usize = 10_000;

/// What the detector found about one value.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Verdict {
    /// Anomaly score, 0 to 1; `None` for a missing value.
    pub score: Option<f64>,
    /// Whether it was compared with the learnt baseline; `false` while learning.
    pub is_judged: bool,
    /// Whether it is an outlier: beyond +-2 sigma of the learnt baseline.
    pub is_flag: bool,
    /// The change that this value confirms, if any.
    pub change: Option<Change>,
}

/// Judges a series value by value. The data passed in with each value comes out with its verdict.
#[derive(Debug)]
pub struct Detector<T> {
    scale: Option<Scale>,
    has_clock: bool,
    surprise: Surprise,
    /// Rows that wait until it is clear how many values there are to learn from.
    waiting: VecDeque<(f64, Option<f64>, T)>,
    waiting_values: usize,
    learnt: Option<Learnt>,
    ready: VecDeque<(T, Verdict)>,
    expected_flags: f64,
}

#[derive(Debug)]
struct Learnt {
    scale: Scale,
    baseline: Description,
    watch: SeriesWatch,
    /// Fraction of values that noise alone would flag.
    expected_share: f64,
    /// Values at or below 0 have no logarithm; this positive value replaces them.
    least: f64,
}

impl<T> Detector<T> {
    /// A detector on the given scale, or on the one that suits the values. Without `has_clock`, times only give an
    /// order.
    pub fn new(scale: Option<Scale>, has_clock: bool) -> Self {
        Self {
            scale,
            has_clock,
            surprise: Surprise::new(has_clock),
            waiting: VecDeque::new(),
            waiting_values: 0,
            learnt: None,
            ready: VecDeque::new(),
            expected_flags: 0.0,
        }
    }

    /// Takes the next value; `None` where it is missing.
    pub fn take(&mut self, at: f64, value: Option<f64>, beside: T) {
        if self.learnt.is_some() {
            let verdict = self.judge(at, value);
            self.ready.push_back((beside, verdict));
            return;
        }
        self.waiting_values += usize::from(value.is_some());
        self.waiting.push_back((at, value, beside));
        // Twice the most values that are learnt from: a longer series would not change their number.
        if self.waiting_values >= 2 * MOST_WINDOWS || self.waiting.len() >= MOST_WAITING {
            self.finish();
        }
    }

    /// Learns from the waiting rows, and judges the rest of them.
    pub fn finish(&mut self) {
        if self.learnt.is_none() {
            self.learn();
        }
        let mut left = self.learnt();
        for (at, value, beside) in std::mem::take(&mut self.waiting) {
            let verdict = match value {
                Some(value) if left > 0 || self.learnt.is_none() => {
                    left = left.saturating_sub(1);
                    Verdict { score: Some(self.surprise.take(at, value)), ..Verdict::default() }
                }
                value => self.judge(at, value),
            };
            self.ready.push_back((beside, verdict));
        }
    }

    /// The next finished row; `None` until more values are taken or the series is finished.
    #[expect(clippy::should_implement_trait, reason = "rows come out while others go in")]
    pub fn next(&mut self) -> Option<(T, Verdict)> {
        self.ready.pop_front()
    }

    /// Number of values that it learnt from; 0 while learning, or where there were too few.
    pub fn learnt(&self) -> usize {
        self.learnt.as_ref().map_or(0, |learnt| learnt.baseline.n)
    }

    /// Number of outliers expected by chance, if values are independent.
    pub fn expected_flags(&self) -> f64 {
        self.expected_flags
    }

    fn learn(&mut self) {
        let values: Vec<(f64, f64)> =
            self.waiting.iter().filter_map(|(at, value, _)| Some((*at, (*value)?))).collect();
        // Half of a short series, up to sixty values.
        let first = (values.len() / 2).clamp(LEAST_WINDOWS, MOST_WINDOWS);
        if values.len() < LEAST_WINDOWS {
            return;
        }
        let first = &values[..first.min(values.len())];
        let plain: Vec<f64> = first.iter().map(|(_, value)| *value).collect();
        let scale = self.scale.unwrap_or_else(|| Scale::suiting(&plain));
        let least_positive = plain.iter().copied().filter(|value| *value > 0.0).fold(f64::INFINITY, f64::min);
        // Where no value is above 0 there are no ratios.
        let scale = if least_positive.is_finite() { scale } else { Scale::Linear };
        let least = least_positive / 1e3;
        let held: Vec<(f64, f64)> =
            first.iter().map(|(at, value)| (*at, hold(scale, *value, least))).collect();
        let placed: Vec<f64> = held.iter().filter_map(|(_, value)| scale.put(*value)).collect();
        let described = describe(&placed).zip(SeriesWatch::learn(&held, scale, self.has_clock));
        self.learnt = described.map(|(baseline, watch)| {
            let share = two_sided_tail_of_estimate(FLAG_SIGMAS, baseline.n).filter(|_| baseline.sigma > 0.0);
            Learnt { scale, baseline, watch, expected_share: share.unwrap_or(0.0), least }
        });
    }

    fn judge(&mut self, at: f64, value: Option<f64>) -> Verdict {
        let (Some(value), Some(learnt)) = (value, &mut self.learnt) else { return Verdict::default() };
        let score = Some(self.surprise.take(at, value));
        let held = hold(learnt.scale, value, learnt.least);
        let Some(placed) = learnt.scale.put(held) else { return Verdict { score, ..Verdict::default() } };
        let baseline = &learnt.baseline;
        self.expected_flags += learnt.expected_share;
        Verdict {
            score,
            is_judged: true,
            is_flag: (placed - baseline.mean).abs() > FLAG_SIGMAS * baseline.sigma,
            change: learnt.watch.take_as(at, held, value).and_then(|seen| seen.change),
        }
    }
}

fn hold(scale: Scale, value: f64, least: f64) -> f64 {
    match scale {
        Scale::Log => value.max(least),
        Scale::Linear => value,
    }
}
