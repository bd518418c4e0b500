//! When a series has certainly changed: bursts, shifts and errors, de-duplicated.
//!
//! A shift is judged against a forecast, not only against the first hours of the run: the daily swing of a platform
//! crosses a CUSUM based on five hours several times in every series. The CUSUM remains as one of two witnesses. The
//! page on statistics has the rule and its measured costs.

use std::collections::VecDeque;

use crate::domain::baseline::{Outlook, SeriesBaseline};
use crate::stats::autocorrelation;
use crate::stats::control_chart::Cusum;
use crate::stats::forecast::{Forecast, Known, Step};
use crate::stats::robust::{Description, describe};

use super::series::Scale;

/// Smallest relative change that raises an alert.
pub const LEAST_CHANGE: f64 = 0.10;
/// How long after an alert more of the same belongs to the same incident. Units: seconds.
const COOL_DOWN_S: f64 = 3_600.0;
/// A burst looks at this many windows ...
const BURST_WINDOWS: usize = 5;
/// ... of which this many must lie far out ...
const BURST_LEAST: usize = 3;
/// ... by this many standard deviations.
const BURST_SIGMAS: f64 = 4.0;
/// A step needs this many standard errors if level and swing were known exactly, ...
const STEP_Z_IF_KNOWN: f64 = 4.3;
/// ... this many with their actual uncertainty, if the control chart agrees, ...
const STEP_Z_WITH_CHART: f64 = 2.4;
/// ... and this many without the chart.
const STEP_Z_ALONE: f64 = 5.0;
/// The kind of change that an alert reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlertKind {
    /// Three of five windows lie far out in the same direction.
    Burst,
    /// A step change: the level of the series has moved.
    Shift,
    /// More errors than the baseline explains.
    Errors,
}

impl AlertKind {
    /// Every kind of alert, in the order of their declaration.
    pub const ALL: [Self; 3] = [Self::Burst, Self::Shift, Self::Errors];

    /// The value of `kind` in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Burst => "burst",
            Self::Shift => "shift",
            Self::Errors => "errors",
        }
    }
}

/// A confirmed change of one series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change {
    /// Kind of the change: burst, shift or errors.
    pub kind: AlertKind,
    /// Value expected without the change. Units: the metric's; for errors the highest ratio compatible with the
    /// baseline.
    pub expected: f64,
    /// Change relative to the expected value: 0.2 is a fifth more; `None` for errors.
    pub effect: Option<f64>,
    /// Size of the change in standard errors; above 0 is a larger value.
    pub z: f64,
    /// Number of windows that show the change.
    pub windows: usize,
}

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
}

/// Watches one series of times or throughput.
#[derive(Debug, Clone)]
pub struct SeriesWatch {
    scale: Scale,
    /// What relative changes are relative to, on the scale.
    size: f64,
    forecast: Forecast,
    mean: f64,
    sigma: f64,
    lag_1: f64,
    last: f64,
    chart: Cusum,
    recent: VecDeque<(f64, f64)>,
    /// The level before the last shift; `None` without one, or after a return.
    before: Option<f64>,
    /// Time of the last alert, and its effect on the scale.
    last_alert: Option<(f64, f64)>,
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
        let forecast = Forecast::learn(&placed, size, has_clock)?;
        let lag_1 = autocorrelation::lag_1(&values).unwrap_or(0.0);
        Some(Self::new(scale, size, forecast, &described, lag_1, values[values.len() - 1]))
    }

    /// Continues from a named baseline; `None` where its outlook is unusable.
    pub fn known(baseline: &SeriesBaseline, scale: Scale) -> Option<Self> {
        let SeriesBaseline { n, mean, sigma, median, mad_sigma, lag_1, outlook, .. } = baseline;
        let described =
            Description { n: *n, mean: *mean, sigma: *sigma, median: *median, mad_sigma: *mad_sigma };
        let size = size(scale, &described);
        let Outlook { state, covariance, variance, lag_1: depends, count, spacing_s } = *outlook;
        let known = Known { state, covariance, variance, lag_1: depends, count, spacing: spacing_s };
        Some(Self::new(scale, size, Forecast::known(&known, size)?, &described, *lag_1, *mean))
    }

    fn new(
        scale: Scale,
        size: f64,
        forecast: Forecast,
        described: &Description,
        lag_1: f64,
        last: f64,
    ) -> Self {
        Self {
            scale,
            size,
            mean: described.mean,
            sigma: described.sigma.max(described.mad_sigma).max(forecast.sigma()),
            lag_1,
            last,
            forecast,
            chart: Cusum::default(),
            recent: VecDeque::with_capacity(BURST_WINDOWS + 1),
            before: None,
            last_alert: None,
        }
    }

    /// Moves the level, for a change that lies among the values it learnt from.
    pub(super) fn lift(&mut self, height: f64) {
        self.forecast.lift(height);
        self.mean += height;
        self.before = Some(self.forecast.level() - height);
    }

    /// What the series has taught so far: the forecast of its next value.
    pub fn outlook(&self) -> Outlook {
        let Known { state, covariance, variance, lag_1, count, spacing } = self.forecast.knowledge();
        Outlook { state, covariance, variance, lag_1, count, spacing_s: spacing }
    }

    /// Judges the next value and learns from it; `None` where it does not fit on the scale.
    pub fn take(&mut self, at: f64, value: f64) -> Option<Seen> {
        let placed = self.scale.put(value)?;
        self.chart_takes(placed);
        let level = self.forecast.level();
        let judged = self.forecast.take(at, placed);
        if self.recent.len() == BURST_WINDOWS {
            self.recent.pop_front();
        }
        self.recent.push_back((placed - judged.expected, judged.z));
        let expected = self.scale.take(judged.expected);
        let (sigma, lag_1) = (self.forecast.sigma(), self.forecast.lag_1());
        let step = judged.step.filter(|step| self.is_confirmed(step));
        let moved = step.map(|step| Moved { height: step.height, windows: step.age });
        let burst = self.burst(expected);
        // The value expected now, had the step not come.
        let shift = step.map(|step| self.shift(&step, judged.expected + step.level_before - level));
        // A burst is the better description of now; the level is moved in any case.
        let change = burst.or(shift.flatten());
        if burst.is_some() {
            self.recent.clear();
        }
        let change = change.filter(|change| self.is_news(at, change));
        if let Some(change) = &change {
            self.last_alert = Some((at, change.effect.unwrap_or(0.0)));
        }
        let rest =
            if moved.is_some() { placed - self.forecast.expected(at) } else { placed - judged.expected };
        Some(Seen { expected, z: judged.z, rest, sigma, lag_1, moved, change })
    }

    /// Within the cool-down only a change in the other direction, or one half as large again, is worth another alert.
    fn is_news(&self, at: f64, change: &Change) -> bool {
        self.last_alert.is_none_or(|(alerted_at, last_alert)| {
            let effect = change.effect.unwrap_or(0.0);
            let is_recent = (0.0..COOL_DOWN_S).contains(&(at - alerted_at));
            !is_recent || effect.signum() != last_alert.signum() || effect.abs() > 1.5 * last_alert.abs()
        })
    }

    /// The chart compares with the baseline only: no swing, nothing learnt since.
    fn chart_takes(&mut self, placed: f64) {
        let (now, before) = (placed - self.mean, self.last - self.mean);
        let noise = self.sigma * (1.0 - self.lag_1 * self.lag_1).sqrt();
        self.chart.take(((now - self.lag_1 * before) / noise).clamp(-4.0, 4.0));
        self.last = placed;
    }

    fn is_confirmed(&self, step: &Step) -> bool {
        let least = if self.chart.is_past(step.z) { STEP_Z_WITH_CHART } else { STEP_Z_ALONE };
        self.is_large(step.height) && step.z_if_known.abs() >= STEP_Z_IF_KNOWN && step.z.abs() >= least
    }

    /// Whether a change is large enough to alert: a tenth more or a tenth less.
    fn is_large(&self, height: f64) -> bool {
        self.effect(height).abs() >= LEAST_CHANGE
    }

    fn effect(&self, height: f64) -> f64 {
        match self.scale {
            Scale::Log => height.exp_m1(),
            Scale::Linear => height / self.size,
        }
    }

    fn burst(&self, expected: f64) -> Option<Change> {
        [1.0, -1.0].into_iter().find_map(|sign| {
            let out: Vec<&(f64, f64)> = self
                .recent
                .iter()
                .filter(|(rest, z)| sign * z > BURST_SIGMAS && self.is_large(*rest))
                .collect();
            let n = out.len() as f64;
            let (rest, z) = out.iter().fold((0.0, 0.0), |sum, (rest, z)| (sum.0 + rest / n, sum.1 + z / n));
            // The mean of a few windows is uncertain by this much.
            let leeway = 2.0 * self.forecast.sigma() / n.sqrt();
            let is_burst = out.len() >= BURST_LEAST && !self.is_return(self.forecast.level() + rest, leeway);
            let effect = Some(self.effect(rest));
            is_burst.then_some(Change { kind: AlertKind::Burst, expected, effect, z, windows: out.len() })
        })
    }

    /// Whether a level is, for alerts, the one before the last shift: a return raises no alert.
    fn is_return(&self, level: f64, leeway: f64) -> bool {
        self.before.is_some_and(|before| {
            let away = level - before;
            !self.is_large(away.signum() * (away.abs() - leeway).max(0.0))
        })
    }

    /// Moves the level; `None` where that leads back to the level before the last shift.
    fn shift(&mut self, step: &Step, expected: f64) -> Option<Change> {
        let level = step.level_before;
        self.forecast.accept(step);
        let moved = self.forecast.level();
        self.chart = Cusum::default();
        self.mean += step.height;
        self.recent.clear();
        if self.is_return(moved, 0.0) {
            self.before = None;
            self.last_alert = None;
            return None;
        }
        self.before = Some(level);
        Some(Change {
            kind: AlertKind::Shift,
            expected: self.scale.take(expected),
            effect: Some(self.effect(step.height)),
            z: step.z,
            windows: step.age,
        })
    }
}

fn size(scale: Scale, described: &Description) -> f64 {
    match scale {
        Scale::Log => 1.0,
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
