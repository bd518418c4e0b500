//! When a series has certainly changed: bursts, shifts and errors, de-duplicated.
//!
//! A burst is judged against the forecast with the daily swing, a shift against two forecasts (`step_watch`). The page on
//! statistics has the rules and their measured costs.

use std::collections::VecDeque;

use crate::domain::baseline::{Outlook, SeriesBaseline};
use crate::stats::forecast::{Known, Step};
use crate::stats::robust::{Description, describe, median};

use super::change::Told;
use super::cool_down::CoolDown;
use super::extent::Extent;
use super::series::Scale;
use super::step_watch::StepWatch;

pub use super::change::{AlertKind, Change};

/// Smallest relative change that raises an alert.
pub const LEAST_CHANGE: f64 = 0.10;
/// A burst looks at this many windows ...
const BURST_WINDOWS: usize = 5;
/// ... of which this many must lie far out ...
const BURST_LEAST: usize = 3;
/// ... by this many standard deviations.
const BURST_SIGMAS: f64 = 4.0;
/// The last windows that are kept: steps are looked for among these.
const KEPT: usize = 20;
/// A step whose windows lie this many deviations from its height is measured again from the windows that show it.
const MISPLACED_SIGMAS: f64 = 4.0;

/// A step that the forecast accepted: its level has moved.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moved {
    /// How far the level moved, on the scale of the series.
    pub height: f64,
    /// Number of windows that show it.
    pub windows: usize,
}

/// One window of a series, compared with its forecast.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Seen {
    /// Value that the forecast expected, daily swing included. Units: the metric's.
    pub expected: f64,
    /// Distance from the expected value in standard deviations; above 0 is a larger value.
    pub z: f64,
    /// Value less expected value, on the scale of the series; where a step was accepted, with the level it moved to.
    pub rest: f64,
    /// Standard deviation of the noise, on the scale of the series.
    pub sigma: f64,
    /// Lag-1 autocorrelation of the noise, 0 to 0.95.
    pub lag_1: f64,
    /// A step that was accepted with this window, whether it is worth an alert or not.
    pub moved: Option<Moved>,
    /// A change that this window confirms.
    pub change: Option<Change>,
    /// A return to the level before the last shift, which is no alert.
    pub returned: Option<Change>,
}

/// A window of late.
#[derive(Debug, Clone, Copy)]
struct Recent {
    at: f64,
    /// The value, and its position on the scale.
    value: f64,
    placed: f64,
    /// Position that was expected, and the distance from it in standard deviations.
    expected: f64,
    z: f64,
    /// Whether the value has no position, and another one took its place.
    is_held: bool,
}

/// Watches one series of times or throughput.
#[derive(Debug, Clone)]
pub struct SeriesWatch {
    scale: Scale,
    /// The last level that was learned or accepted, and the spread of the values it learned from, on the scale.
    normal: f64,
    spread: f64,
    /// The values before those of late.
    extent: Extent,
    steps: StepWatch,
    recent: VecDeque<Recent>,
    /// How many of the recent windows a burst may consist of.
    fresh: usize,
    /// The level before the last shift; `None` without one, or after a return.
    before: Option<f64>,
    cool_down: CoolDown,
}

impl SeriesWatch {
    /// Learns from the first values, each with its time in seconds. Without `has_clock` the seconds only give an order.
    ///
    /// Shape: `None` where fewer than three values fit on the scale.
    pub fn learn(points: &[(f64, f64)], scale: Scale, has_clock: bool) -> Option<Self> {
        let placed: Vec<(f64, f64)> =
            points.iter().filter_map(|(at, value)| Some((*at, scale.put(*value)?))).collect();
        let values: Vec<f64> = placed.iter().map(|(_, value)| *value).collect();
        let described = describe(&values)?;
        let size = size(scale, &described);
        let steps = StepWatch::learn(&placed, size, has_clock)?;
        let mut watch = Self::new(scale, steps, &described);
        watch.remember(points.iter().map(|(_, value)| *value));
        Some(watch)
    }

    /// Continues from a named baseline; `None` where its outlook is unusable.
    pub fn known(baseline: &SeriesBaseline, scale: Scale) -> Option<Self> {
        let SeriesBaseline { n, mean, sigma, median, mad_sigma, outlook, .. } = baseline;
        let described =
            Description { n: *n, mean: *mean, sigma: *sigma, median: *median, mad_sigma: *mad_sigma };
        let size = size(scale, &described);
        let Outlook { state, covariance, variance, lag_1, count, spacing_s } = *outlook;
        let known = Known { state, covariance, variance, lag_1, count, spacing: spacing_s };
        Some(Self::new(scale, StepWatch::known(&known, size)?, &described))
    }

    fn new(scale: Scale, steps: StepWatch, described: &Description) -> Self {
        Self {
            scale,
            normal: described.median,
            spread: described.sigma,
            extent: Extent::unknown(scale),
            steps,
            recent: VecDeque::with_capacity(KEPT + 1),
            fresh: 0,
            before: None,
            cool_down: CoolDown::default(),
        }
    }

    /// The same for a level that stays where it is unless a step moves it: what it teaches is true of the whole series.
    #[must_use]
    pub fn steadfast(self) -> Self {
        Self { steps: self.steps.steadfast(), ..self }
    }

    /// The same with steps that must be clearer by this many standard errors, to show what the threshold costs.
    #[cfg(feature = "testing")]
    #[must_use]
    pub fn stricter(self, by: f64) -> Self {
        Self { steps: self.steps.stricter(by), ..self }
    }

    /// Takes the noise for at least this large from now on, on the scale: that of a ratio of few counts is known.
    pub(super) fn expect_noise(&mut self, sigma: f64) {
        self.steps.expect_noise(sigma);
    }

    /// Moves the level, for a change that lies among the values it learnt from.
    pub(super) fn lift(&mut self, height: f64) {
        self.steps.lift(height);
        self.before = Some(self.steps.daily().level() - height);
    }

    /// What the series has taught so far: the forecast of its next value.
    pub fn outlook(&self) -> Outlook {
        let Known { state, covariance, variance, lag_1, count, spacing } = self.steps.daily().knowledge();
        Outlook { state, covariance, variance, lag_1, count, spacing_s: spacing }
    }

    /// The values that it learned from, as they were read.
    pub(super) fn remember(&mut self, values: impl Iterator<Item = f64>) {
        self.extent = Extent::of(self.scale, values);
    }

    /// Judges the next value and learns from it; `None` where it does not fit on the scale.
    pub fn take(&mut self, at: f64, value: f64) -> Option<Seen> {
        self.take_as(at, value, value)
    }

    /// The same for a value that has no position on the scale: it is judged by that of another, and alerts name the
    /// value that was read.
    pub fn take_as(&mut self, at: f64, held: f64, value: f64) -> Option<Seen> {
        let placed = self.scale.put(held)?;
        let (awaited, z) = self.steps.take(at, placed);
        let is_held = held.total_cmp(&value).is_ne();
        self.extent.take(value);
        self.keep(Recent { at, value, placed, expected: awaited, z, is_held });
        let expected = self.scale.take(awaited);
        let (sigma, lag_1) = (self.steps.daily().sigma(), self.steps.daily().lag_1());
        let step = self.steps.confirmed(|height| self.is_large(height));
        let burst = self.burst();
        let shift = step.map(|step| self.shift(&step));
        let moved = shift.map(|(change, _)| Moved { height: change.height, windows: change.windows });
        let news = shift.filter(|(_, is_return)| !is_return).map(|(change, _)| change);
        let returned = shift.filter(|(_, is_return)| *is_return).map(|(change, _)| change);
        if burst.is_some() {
            self.fresh = 0;
        }
        // A burst is the better description of now; the level is moved in any case.
        let change = burst.or(news).filter(|change| self.cool_down.is_news(at, self.effect(change.height)));
        let rest = if moved.is_some() { placed - self.steps.daily().expected(at) } else { placed - awaited };
        Some(Seen { expected, z, rest, sigma, lag_1, moved, change, returned })
    }

    fn keep(&mut self, window: Recent) {
        if self.recent.len() == KEPT
            && let Some(Recent { value, .. }) = self.recent.pop_front()
        {
            self.extent.widen(value);
        }
        self.recent.push_back(window);
        self.fresh = (self.fresh + 1).min(BURST_WINDOWS);
    }

    /// Whether a change is large enough to alert: a tenth more or a tenth less.
    fn is_large(&self, height: f64) -> bool {
        self.effect(height).abs() >= LEAST_CHANGE
    }

    /// A height relative to the level before it; near 0 to the spread, or to the typical value other than 0.
    fn effect(&self, height: f64) -> f64 {
        match self.scale {
            Scale::Log => height.exp_m1(),
            Scale::Angle => height,
            Scale::Linear if height == 0.0 => 0.0,
            Scale::Linear => height / self.normal.abs().max(self.spread).max(self.extent.typical()),
        }
    }

    fn burst(&self) -> Option<Change> {
        [1.0, -1.0].into_iter().find_map(|sign| {
            let fresh = self.recent.iter().skip(self.recent.len() - self.fresh);
            let out: Vec<&Recent> = fresh
                .filter(|window| {
                    sign * window.z > BURST_SIGMAS && self.is_large(window.placed - window.expected)
                })
                .collect();
            let n = out.len() as f64;
            let (rest, z) = out.iter().fold((0.0, 0.0), |sum, window| {
                (sum.0 + (window.placed - window.expected) / n, sum.1 + window.z / n)
            });
            // The mean of a few windows is uncertain by this much.
            let leeway = 2.0 * self.steps.daily().sigma() / n.sqrt();
            let is_burst =
                out.len() >= BURST_LEAST && !self.is_return(self.steps.daily().level() + rest, leeway);
            let first = out.first()?;
            // The forecast has learned from the burst since its first window.
            let (expected, level) = (first.expected, out.iter().map(|window| window.placed).sum::<f64>() / n);
            let change = Told { kind: AlertKind::Burst, expected, level, height: rest, z };
            is_burst.then(|| self.change(change, &out))
        })
    }

    /// A change in the metric's own units, as these windows show it.
    fn change(&self, told: Told, windows: &[&Recent]) -> Change {
        let since = windows.first().map_or(f64::INFINITY, |window| window.at);
        let earlier = self.recent.iter().take_while(|window| window.at < since);
        let range = self.extent.range_with(earlier.map(|window| window.value));
        let values: Vec<f64> = windows.iter().map(|window| window.value).collect();
        let is_held = windows.iter().any(|window| window.is_held);
        told.in_units(self.scale, range, self.extent.least(), &values, is_held)
    }

    /// Whether a level is, for alerts, the one before the last shift: a return raises no alert.
    fn is_return(&self, level: f64, leeway: f64) -> bool {
        self.before.is_some_and(|before| {
            let away = level - before;
            !self.is_large(away.signum() * (away.abs() - leeway).max(0.0))
        })
    }

    /// Moves the level, and whether that leads back to the level before the last shift.
    fn shift(&mut self, step: &Step) -> (Change, bool) {
        let level = step.level_before;
        self.steps.accept(step);
        let windows: Vec<Recent> = self.recent.iter().rev().take(step.age).copied().collect();
        let before = |at: f64| self.steps.daily().expected(at) - step.height;
        let distances: Vec<f64> = windows.iter().map(|window| window.placed - before(window.at)).collect();
        let shows = clearest_run(&distances);
        let mut height = step.height;
        if let Some(seen) = median(&distances[..shows])
            && (seen - height).abs() > MISPLACED_SIGMAS * self.steps.daily().sigma()
        {
            height = seen;
        }
        let expected = windows.first().map_or(level, |window| before(window.at));
        self.steps.lift(height - step.height);
        let shown: Vec<&Recent> = windows[..shows].iter().rev().collect();
        let change = self.change(
            Told { kind: AlertKind::Shift, expected, level: expected + height, height, z: step.z },
            &shown,
        );
        let change = Change { windows: step.age, ..change };
        let moved = self.steps.daily().level();
        self.fresh = 0;
        let is_return = self.is_return(moved, 0.0);
        if is_return {
            self.cool_down.reset();
        }
        self.before = (!is_return).then_some(level);
        self.normal = moved;
        (change, is_return)
    }
}

/// How many of the last distances, the newest first, show a change best: a step is often noticed before most of its windows
/// have come.
fn clearest_run(distances: &[f64]) -> usize {
    let mut sum = 0.0;
    let clarity = distances.iter().enumerate().map(|(nth, distance)| {
        sum += distance;
        (nth + 1, sum * sum / (nth + 1) as f64)
    });
    clarity.max_by(|left, right| left.1.total_cmp(&right.1)).map_or(0, |(windows, _)| windows)
}

fn size(scale: Scale, described: &Description) -> f64 {
    match scale {
        Scale::Log | Scale::Angle => 1.0,
        // Near 0 no change is relative; the spread replaces the size there.
        Scale::Linear => {
            let size = described.median.abs().max(described.sigma);
            if size > 0.0 { size } else { 1.0 }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(n: usize) -> f64 {
        ((n * 7919 % 1009) as f64 / 1009.0 - 0.5) * 0.2
    }

    fn alerts(values: &[f64], scale: Scale) -> Vec<(usize, Change)> {
        let points: Vec<(f64, f64)> =
            values.iter().enumerate().map(|(n, v)| (n as f64 * 300.0, *v)).collect();
        let mut watch = SeriesWatch::learn(&points[..60], scale, true).unwrap();
        points
            .iter()
            .enumerate()
            .skip(60)
            .filter_map(|(n, (at, value))| Some((n, watch.take(*at, *value)?.change?)))
            .collect()
    }

    fn shaped(n: usize, shape: impl Fn(usize) -> f64) -> Vec<f64> {
        (0..n).map(|n| 100.0 * shape(n) * (1.0 + noise(n))).collect()
    }

    #[test]
    fn a_shift_alerts_once_and_its_return_is_no_news() {
        let found = alerts(&shaped(400, |n| if (200..300).contains(&n) { 1.4 } else { 1.0 }), Scale::Log);
        assert_eq!(found.len(), 1, "{found:?}");
        let (at, change) = found[0];
        assert!((202..=210).contains(&at), "{at}");
        assert!((change.effect.unwrap() - 0.4).abs() < 0.1, "{change:?}");
    }

    #[test]
    fn a_small_change_and_noise_do_not_alert() {
        assert_eq!(alerts(&shaped(400, |n| if n < 200 { 1.0 } else { 1.05 }), Scale::Log), []);
        assert_eq!(alerts(&vec![7.0; 400], Scale::Log), []);
        assert_eq!(alerts(&vec![0.0; 400], Scale::Linear), []);
    }
}
