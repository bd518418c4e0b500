//! Whether a workload is much slower than usual, by three probes of a few requests each.
//!
//! The watcher of a run finds changes of some percent in windows of many requests. A probe is a handful of requests, whose
//! mean scatters, and what wakes somebody must be large: so the mean of three probes in a row is compared, on a logarithmic
//! scale, and has to be both far outside of their usual scatter and larger by a third.

use std::collections::VecDeque;

use jiff::Timestamp;

use crate::domain::baseline::SeriesBaseline;

/// Probes that are averaged.
const AVERAGED: usize = 3;
/// The smallest change that is worth waking somebody: by 30 %.
const LEAST: f64 = 1.3;
/// How far outside of the scatter of such averages it has to be. Units: standard deviations.
const SIGMAS: f64 = 4.5;
/// A value counts at most as this multiple of the limit above the usual level.
const WILD: f64 = 1.5;
/// Probes from which on a level that is learned can be compared with.
const LEARNED_FROM: u64 = 30;
/// Number of probes after which a learned level has mostly forgotten what was before.
const MEMORY: f64 = 200.0;
/// A learned level moves at most by this multiple of its scatter per probe.
const LARGEST_MOVE: f64 = 3.0;
/// The smallest scatter that is assumed. Units: logarithm.
const LEAST_SIGMA: f64 = 0.02;
/// After so long, what is slower is the new level of a workload without a baseline. Units: seconds.
const ADOPTED_AFTER_S: i64 = 86_400;

/// The usual level of a workload. Values are logarithms of microseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Level {
    /// The expected value.
    pub mean: f64,
    /// Variance of the values around it.
    pub variance: f64,
    /// Covariance of neighbours.
    pub covariance: f64,
    /// Number of values that it was learned from.
    pub count: u64,
}

/// What changed with a probe.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pace {
    /// It has become much slower, since this time, by this factor.
    Slower {
        /// Start of the first slow probe.
        since: Timestamp,
        /// The mean of the last probes over the usual one.
        factor: f64,
    },
    /// It is as usual again, since this time.
    Usual {
        /// Start of the first probe that was as usual.
        since: Timestamp,
    },
}

/// Watches the mean service time of one workload.
#[derive(Debug, Clone, PartialEq)]
pub struct UsualPace {
    level: Option<Level>,
    /// Whether the level is a baseline's, which stays as it is.
    is_fixed: bool,
    /// The last values, with their times.
    last: VecDeque<(Timestamp, f64)>,
    /// Since when it is slow.
    slow_since: Option<Timestamp>,
}

impl UsualPace {
    /// Learns what is usual.
    pub fn learning() -> Self {
        Self { level: None, is_fixed: false, last: VecDeque::new(), slow_since: None }
    }

    /// Compares with a baseline of logarithms.
    pub fn of_baseline(baseline: &SeriesBaseline) -> Self {
        let variance = baseline.sigma.max(baseline.mad_sigma).powi(2);
        let level = Level {
            mean: baseline.mean,
            variance,
            covariance: variance * baseline.lag_1.clamp(0.0, 1.0),
            count: baseline.n as u64,
        };
        Self { level: Some(level), is_fixed: true, ..Self::learning() }
    }

    /// As it was left.
    #[must_use]
    pub fn resumed(
        mut self,
        level: Option<Level>,
        slow_since: Option<Timestamp>,
        last: &[(Timestamp, f64)],
    ) -> Self {
        if !self.is_fixed {
            self.level = level.filter(|level| level.mean.is_finite() && level.variance.is_finite());
        }
        self.slow_since = slow_since;
        self.last = last.iter().rev().take(AVERAGED).rev().copied().collect();
        self
    }

    /// The level that was learned; `None` before the first value.
    pub fn level(&self) -> Option<Level> {
        self.level
    }

    /// The last values.
    pub fn last(&self) -> impl Iterator<Item = (Timestamp, f64)> {
        self.last.iter().copied()
    }

    /// Since when it is slow; `None` where it is not.
    pub fn slow_since(&self) -> Option<Timestamp> {
        self.slow_since
    }

    /// What is usual. Units: microseconds.
    pub fn usual_us(&self) -> Option<f64> {
        self.known().map(|level| level.mean.exp())
    }

    /// Counts one more probe; says so where its pace changed.
    pub fn take(&mut self, at: Timestamp, mean_us: f64) -> Option<Pace> {
        if mean_us <= 0.0 || !mean_us.is_finite() {
            return None;
        }
        let value = mean_us.ln();
        self.last.push_back((at, value));
        while self.last.len() > AVERAGED {
            self.last.pop_front();
        }
        let change = self.known().and_then(|level| self.judge(&level, at));
        if self.slow_since.is_none() {
            self.learn(value);
        }
        change
    }

    /// The level, where enough is known of it.
    fn known(&self) -> Option<Level> {
        self.level.filter(|level| self.is_fixed || level.count >= LEARNED_FROM)
    }

    fn judge(&mut self, level: &Level, at: Timestamp) -> Option<Pace> {
        if self.last.len() < AVERAGED {
            return None;
        }
        let mean = self.last.iter().map(|(_, value)| value).sum::<f64>() / AVERAGED as f64;
        let limit = level.limit();
        let off = self.last.iter().map(|(_, value)| value - level.mean);
        // One wild value is no change of pace.
        let above = off.map(|off| off.min(WILD * limit)).sum::<f64>() / AVERAGED as f64;
        let half = |(_, value): &&(Timestamp, f64)| value - level.mean > limit / 2.0;
        match self.slow_since {
            None if above > limit => {
                let since = self.last.iter().find(half).map_or(at, |(at, _)| *at);
                self.slow_since = Some(since);
                Some(Pace::Slower { since, factor: (mean - level.mean).exp() })
            }
            Some(began) if above <= limit / 2.0 => {
                self.slow_since = None;
                let back = self.last.iter().rev().take_while(|value| !half(value)).last();
                // It cannot have ended before it began.
                let since = back.map_or(at, |(at, _)| *at).max(began);
                Some(Pace::Usual { since })
            }
            Some(began) if !self.is_fixed && at.as_second() - began.as_second() >= ADOPTED_AFTER_S => {
                self.slow_since = None;
                self.level = Some(Level { mean, ..*level });
                Some(Pace::Usual { since: at })
            }
            _ => None,
        }
    }

    /// Moves a learned level towards a value; one far away moves it no more than one that is just outside.
    fn learn(&mut self, value: f64) {
        if self.is_fixed {
            return;
        }
        let Some(level) = &mut self.level else {
            self.level = Some(Level { mean: value, variance: 0.0, covariance: 0.0, count: 1 });
            return;
        };
        level.count += 1;
        let weight = 1.0 / (level.count as f64).min(MEMORY);
        let mut off = value - level.mean;
        if level.count > LEARNED_FROM {
            let most = LARGEST_MOVE * level.variance.sqrt().max(LEAST_SIGMA);
            off = off.clamp(-most, most);
        }
        let before = self.last.iter().rev().nth(1).map(|(_, value)| value - level.mean);
        level.mean += weight * off;
        level.variance = (1.0 - weight) * (level.variance + weight * off * off);
        if let Some(before) = before {
            level.covariance += weight * (off * before - level.covariance);
        }
    }
}

impl Level {
    /// How far above the mean an average of the last probes has to be.
    fn limit(&self) -> f64 {
        let variance = self.variance.max(LEAST_SIGMA.powi(2));
        let lag = (self.covariance / variance).clamp(0.0, 1.0);
        // Of the average of three values that depend on each other.
        let of_average = variance * (3.0 + 4.0 * lag + 2.0 * lag * lag) / 9.0;
        LEAST.ln().max(SIGMAS * of_average.sqrt())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(minute * 60).unwrap()
    }

    /// A value that scatters by some percent.
    fn value(minute: i64) -> f64 {
        1_000.0 * (1.0 + 0.05 * ((minute * 7 % 11) as f64 / 5.0 - 1.0))
    }

    #[test]
    fn half_as_much_again_is_found_within_three_probes_and_ends() {
        let mut pace = UsualPace::learning();
        let mut changes = Vec::new();
        for minute in 0..300 {
            let slow = (100..160).contains(&minute);
            let factor = if slow { 1.5 } else { 1.0 };
            changes.extend(pace.take(at(minute), value(minute) * factor).map(|change| (minute, change)));
        }
        let [(found, Pace::Slower { since, factor }), (over, Pace::Usual { since: end })] = changes[..]
        else {
            panic!("{changes:?}")
        };
        assert!((100..103).contains(&found), "{found}");
        assert!((160..163).contains(&over), "{over}");
        assert_eq!((since, end), (at(100), at(160)));
        assert!((1.3..1.6).contains(&factor), "{factor}");
        assert!((pace.usual_us().unwrap() / 1_000.0 - 1.0).abs() < 0.03, "{pace:?}");
    }

    #[test]
    fn what_stays_slow_for_a_day_is_usual_unless_a_baseline_says_otherwise() {
        let run = |mut pace: UsualPace| {
            let taken = (0..2_000).filter_map(|minute| {
                let factor = if minute >= 100 { 2.0 } else { 1.0 };
                pace.take(at(minute), value(minute) * factor).map(|_| minute)
            });
            taken.collect::<Vec<_>>()
        };
        let changes = run(UsualPace::learning());
        assert_eq!(changes.len(), 2, "{changes:?}");
        assert_eq!(changes[1], 100 + 1_440);
        let outlook = crate::domain::baseline::Outlook {
            state: [0.0; 5],
            covariance: [0.0; 15],
            variance: 0.0,
            lag_1: 0.0,
            spacing_s: 60.0,
            count: 0.0,
        };
        let mean = 1_000.0_f64.ln();
        let baseline = SeriesBaseline {
            n: 100,
            mean,
            sigma: 0.05,
            median: mean,
            mad_sigma: 0.05,
            lag_1: 0.0,
            runs: vec![mean],
            outlook,
        };
        assert_eq!(run(UsualPace::of_baseline(&baseline)).len(), 1);
    }

    #[test]
    fn one_slow_probe_says_nothing_and_neither_does_a_beginning() {
        let mut pace = UsualPace::learning();
        for minute in 0..20 {
            assert_eq!(pace.take(at(minute), value(minute) * if minute > 10 { 9.0 } else { 1.0 }), None);
        }
        let mut pace = UsualPace::learning();
        for minute in 0..200 {
            let factor = if minute % 50 == 49 { 1.6 } else { 1.0 };
            assert_eq!(pace.take(at(minute), value(minute) * factor), None, "{minute}");
        }
    }

    #[test]
    fn it_goes_on_as_it_was_left() {
        let mut whole = UsualPace::learning();
        let mut left = UsualPace::learning();
        for minute in 0..200 {
            let value = value(minute) * if minute > 120 { 1.6 } else { 1.0 };
            let last: Vec<_> = left.last().collect();
            left = UsualPace::learning().resumed(left.level(), left.slow_since(), &last);
            assert_eq!(whole.take(at(minute), value), left.take(at(minute), value), "{minute}");
        }
        assert_eq!(whole, left);
    }
}
