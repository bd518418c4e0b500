//! Whether the level of a series has moved by a step, judged against two explanations of its values.
//!
//! One forecast has a daily swing and one is steady. A series that swings is not judged by a level that cannot follow, and in a
//! steady series a swing is no excuse for a step. The page on statistics has the rule, its measured costs and where they end.

use crate::stats::forecast::{Forecast, Known, Step};
use crate::stats::normal::quantile;

/// How often noise may pass the threshold in one series, if its values were independent tests. Units: per day.
const LEARNT_RATE: f64 = 0.43;
/// The same with a named baseline, whose level is known better, so that less noise stays below the threshold.
const KNOWN_RATE: f64 = 0.36;
/// Bounds of the threshold, in standard errors.
const THRESHOLDS: (f64, f64) = (2.8, 6.0);
/// From this number of windows on, the step before the earliest of them is looked for: one place, at the lowest threshold.
const LONG: usize = 12;
/// A younger step is the clearest of many places, so it must be clearer by this many standard errors.
const SEARCHED: f64 = 1.3;
/// A step must be this much more likely than a daily swing without one. Units: logarithm of likelihoods.
const BESIDE_SWING: f64 = 3.2;
/// A steady level is ruled out where a swing explains the values better by this much. Units: logarithm of likelihoods.
const RULED_OUT: f64 = -1.0;
/// Beside a swing, of which little is known at first, a step must be clearer by this many standard errors.
const SWINGING: f64 = 0.4;
/// A strong autocorrelation is underestimated in a short series. Beyond this one ...
const STRONG: f64 = 0.55;
/// ... the threshold rises by this factor for each unit of it.
const CAUTION: f64 = 1.1;
/// Bounds of the evidence for a steady level: a series that begins to swing must not be held to its past for ever.
const SUPPORT: (f64, f64) = (-500.0, 20.0);

/// The forecasts of one series.
#[derive(Debug, Clone)]
pub(super) struct StepWatch {
    /// With a daily swing, where there is a clock.
    daily: Forecast,
    /// Without one; `None` without a clock.
    steady: Option<Forecast>,
    /// How much better a steady level explains the series than a daily swing. Units: logarithm of likelihoods.
    support: f64,
    /// Least clarity of a step, in standard errors.
    threshold: f64,
}

impl StepWatch {
    /// Learns from the first values, as [`Forecast::learn`].
    pub(super) fn learn(points: &[(f64, f64)], size: f64, has_clock: bool) -> Option<Self> {
        let daily = Forecast::learn(points, size, has_clock)?;
        let steady = if has_clock { Some(Forecast::learn(points, size, false)?) } else { None };
        let support = steady.as_ref().map_or(0.0, |steady| steady.log_likelihood() - daily.log_likelihood());
        let threshold = threshold(LEARNT_RATE, daily.spacing());
        Some(Self { daily, steady, support, threshold })
    }

    /// Continues from what was known before, as [`Forecast::known`].
    pub(super) fn known(known: &Known, size: f64) -> Option<Self> {
        let daily = Forecast::known(known, size)?;
        let threshold = threshold(KNOWN_RATE, daily.spacing());
        let (steady, support) = Forecast::without_swing(known, size).unzip();
        let support = support.map_or(0.0, |support| support.clamp(SUPPORT.0, SUPPORT.1));
        Some(Self { daily, steady, support, threshold })
    }

    /// The same for levels that stay where they are unless a step moves them.
    pub(super) fn steadfast(self) -> Self {
        let steady = self.steady.map(Forecast::steadfast);
        Self { daily: self.daily.steadfast(), steady, ..self }
    }

    /// The same with another threshold, by this many standard errors.
    #[cfg(feature = "testing")]
    pub(super) fn stricter(self, by: f64) -> Self {
        Self { threshold: self.threshold + by, ..self }
    }

    /// The forecast with a daily swing: the one that values are compared with.
    pub(super) fn daily(&self) -> &Forecast {
        &self.daily
    }

    /// Takes the noise for at least this large, as [`Forecast::expect_noise`].
    pub(super) fn expect_noise(&mut self, sigma: f64) {
        self.daily.expect_noise(sigma);
        self.steady.iter_mut().for_each(|steady| steady.expect_noise(sigma));
    }

    /// Moves the level by a known height.
    pub(super) fn lift(&mut self, height: f64) {
        self.daily.lift(height);
        self.steady.iter_mut().for_each(|steady| steady.lift(height));
    }

    /// Learns from the next value; returns what was expected, and the distance from it in standard deviations.
    pub(super) fn take(&mut self, at: f64, value: f64) -> (f64, f64) {
        let judged = self.daily.take(at, value);
        if let Some(steady) = &mut self.steady {
            let gained = steady.take(at, value).log_likelihood - judged.log_likelihood;
            self.gain(gained);
        }
        (judged.expected, judged.z)
    }

    /// The step that the last values confirm, of the heights that count; mostly `None`.
    pub(super) fn confirmed(&self, is_large: impl Fn(f64) -> bool) -> Option<Step> {
        let both = || self.steady.iter().chain([&self.daily]);
        let long =
            self.daily.candidates().earliest_age().filter(|age| *age >= LONG && self.is_clear(*age, 0.0));
        let age = match long {
            // That there is a step is one question, where it lies another.
            Some(_) => both().find_map(|of| of.candidates().clearest_age()),
            None => both()
                .filter_map(|of| of.candidates().settled_age())
                .find(|age| self.is_clear(*age, SEARCHED)),
        };
        self.daily.step(age?).filter(|step| is_large(step.height))
    }

    /// Moves the level for real, and looks for no other step before this moment.
    pub(super) fn accept(&mut self, step: &Step) {
        let gained = self.gain_of_step(step.age);
        if let Some(steady) = &mut self.steady
            && let Some(same) = steady.step(step.age)
        {
            steady.accept(&same);
            self.gain(gained);
        }
        self.daily.accept(step);
    }

    /// Whether the step `age` values ago stands out from noise, and from a daily swing.
    fn is_clear(&self, age: usize, searched: f64) -> bool {
        let beside_swing = self.daily.candidates().clarity(age);
        let is_past = |forecast: &Forecast, more: f64| {
            let caution = 1.0 + CAUTION * (forecast.lag_1() - STRONG).max(0.0);
            forecast.candidates().clarity(age).abs() >= (self.threshold + more) * caution
        };
        let Some(steady) = &self.steady else { return is_past(&self.daily, searched) };
        // With the step, how much better does a steady level explain the values?
        let support = self.support + self.gain_of_step(age);
        if support <= RULED_OUT {
            return is_past(&self.daily, searched + SWINGING);
        }
        let is_same_way = beside_swing * steady.candidates().clarity(age) > 0.0;
        let over_swing = support + beside_swing * beside_swing / 2.0;
        is_same_way && over_swing >= BESIDE_SWING + searched && is_past(steady, searched)
    }

    /// What the step `age` values ago adds to the support of a steady level.
    fn gain_of_step(&self, age: usize) -> f64 {
        let gain = |forecast: &Forecast| forecast.candidates().clarity(age).powi(2) / 2.0;
        self.steady.as_ref().map_or(0.0, |steady| gain(steady) - gain(&self.daily))
    }

    fn gain(&mut self, gained: f64) {
        self.support = (self.support + gained).clamp(SUPPORT.0, SUPPORT.1);
    }
}

/// The threshold for this time between values: the more there are in a day, the clearer a step must be.
fn threshold(rate: f64, spacing_s: f64) -> f64 {
    let tail = rate * spacing_s / 86_400.0 / 2.0;
    // Below one half, so that it has a quantile; a `NaN` ends there as well.
    let clear = if tail < 0.5 { -quantile(tail.max(1e-12)) } else { 0.0 };
    clear.clamp(THRESHOLDS.0, THRESHOLDS.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_threshold_grows_with_the_number_of_windows_in_a_day() {
        let all = [1.0, 60.0, 300.0, 3_600.0].map(|spacing| threshold(LEARNT_RATE, spacing));
        assert!(all.windows(2).all(|pair| pair[0] > pair[1]), "{all:?}");
        // Source: scipy.stats.norm.isf(0.43 * 300 / 86400 / 2).
        assert!((all[2] - 3.176_0).abs() < 1e-3, "{all:?}");
        let extreme = [f64::NAN, 1e9, 0.0].map(|spacing| threshold(LEARNT_RATE, spacing));
        assert!(
            extreme.iter().zip([2.8, 2.8, 6.0]).all(|(one, other)| (one - other).abs() < 1e-9),
            "{extreme:?}"
        );
    }
}
