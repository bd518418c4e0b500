//! The course of a series over a whole run: where its level changed, and whether it has drifted since.
//!
//! Steps first, then the slope of the values after the last step: a step would look like a slope.

use crate::stats::autocorrelation::{at_lag, corrected, effective_size};
use crate::stats::changepoint::pelt;
use crate::stats::daily::{Swing, swing};
use crate::stats::multiplicity::benjamini_hochberg;
use crate::stats::robust::{MAD_TO_SIGMA, median};
use crate::stats::t_test::{Mean, welch};
use crate::stats::{Estimate, trend};

use super::series::Scale;

/// Fewest values between two step changes.
const LEAST_REGIME: usize = 6;
/// Smallest relative step that is reported.
const LEAST_STEP: f64 = 0.05;
/// Significance level of a step. Its place was searched for, which a plain 5% would not account for.
const STEP_LEVEL: f64 = 0.001;
/// Longer series are averaged before the search, whose time grows with the square of their length.
const MOST_POINTS: usize = 2_000;
/// Trends are estimated from medians over this long. Units: seconds.
const MEDIAN_S: f64 = 900.0;
/// Significance level of a trend, after correction for the number of series.
const TREND_LEVEL: f64 = 0.01;
/// Fewer medians than this do not show how much they depend on each other.
const LEAST_MEDIANS: usize = 48;
/// With more medians than this the spans grow, since all pairs of medians are compared.
const MOST_MEDIANS: f64 = 500.0;
/// Smallest relative change within 24 hours for which a trend is reported.
const LEAST_PROJECTION: f64 = 0.10;
const DAY_S: f64 = 86_400.0;

/// One value of a series, with its time and window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Value {
    /// Start of the window in seconds since 1970.
    pub at: f64,
    /// Number of the window within its run.
    pub window: u64,
    /// Value in the window. Units: the metric's.
    pub value: f64,
}

/// A level shift: a lasting change.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepChange {
    /// When the new level began, in seconds since 1970.
    pub at: f64,
    /// Number of the window it began with.
    pub window: u64,
    /// The level before. Units: the metric's; the daily swing is removed.
    pub before: f64,
    /// The level after the shift, in the same unit and without the swing.
    pub after: f64,
    /// Probability of such a difference between the two stretches by chance; not adjusted for the search for its place.
    pub p: f64,
}

impl StepChange {
    /// The change relative to the level before: 0.2 is a fifth more.
    pub fn effect(&self) -> f64 {
        self.after / self.before - 1.0
    }
}

/// A drift, as far as the run shows it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Drift {
    /// Projected change over 24 hours relative to now, with its 95% interval: 0.1 is a tenth more.
    pub in_a_day: Estimate,
    /// Probability of such a trend by chance; adjusted once [`to_report`] has seen all series.
    pub p: f64,
    /// How long it was observed. Units: seconds.
    pub seen_s: f64,
}

/// The course of one series over a run.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Course {
    /// Level shifts, in the order of time.
    pub step_changes: Vec<StepChange>,
    /// The slope since the last shift; `None` with too few values, or less than a day of them.
    pub drift: Option<Drift>,
    /// Half of the daily swing, as a relative change; `None` for runs shorter than a day, and where it may be noise.
    pub daily_swing: Option<f64>,
    /// Whether there were enough values to search for level shifts.
    pub is_examined: bool,
}

/// The course of one series of times or throughput.
///
/// Shape: in the order of time; values at or below 0 are left out, since only ratios are judged.
pub fn course(values: &[Value]) -> Course {
    let placed: Vec<Value> = values
        .iter()
        .filter_map(|value| Some(Value { value: Scale::Log.put(value.value)?, ..*value }))
        .collect();
    let together = put_together(&placed);
    if together.len() < 2 * LEAST_REGIME {
        return Course::default();
    }
    let (starts, wave) = steps_beside_swing(&together);
    let level = |value: &Value| value.value - wave.map_or(0.0, |wave| wave.at(value.at));
    let levels: Vec<f64> = together.iter().map(level).collect();
    let step_changes = changes(&together, &levels, &starts);
    let last_start = starts.last().map_or(f64::NEG_INFINITY, |start| together[*start].at);
    let since: Vec<(f64, f64)> =
        placed.iter().filter(|value| value.at >= last_start).map(|value| (value.at, level(value))).collect();
    // In less than a day a trend cannot be distinguished from the time of day.
    let is_day = together[together.len() - 1].at - together[0].at >= 0.98 * DAY_S;
    let daily_swing = wave.filter(|wave| is_day && is_clear(wave, &levels, &starts));
    Course {
        step_changes,
        drift: is_day.then(|| drift(&since)).flatten(),
        daily_swing: daily_swing.map(|wave| wave.amplitude().exp_m1()),
        is_examined: true,
    }
}

/// Whether a wave is larger than noise would make it.
fn is_clear(wave: &Swing, levels: &[f64], starts: &[usize]) -> bool {
    let rest = squares(levels, &steps_at(levels, starts)) / levels.len() as f64;
    let worth = effective_size(levels.len(), lag_1_within(levels, starts));
    // For noise, the squared amplitude over its variance is exponential: one in a thousand lies beyond 3.7 of its
    // roots.
    wave.amplitude() > 3.7 * (2.0 * rest / worth).sqrt()
}

/// Selects the drifts to report: too clear for chance among all series, and large enough to matter.
///
/// Shape: in the order of the input; `p` adjusted after Benjamini and Hochberg.
pub fn to_report(drifts: &[Option<Drift>]) -> Vec<Option<Drift>> {
    let found: Vec<f64> = drifts.iter().flatten().map(|drift| drift.p).collect();
    let mut adjusted = benjamini_hochberg(&found).into_iter();
    drifts
        .iter()
        .map(|drift| {
            let drift = Drift { p: adjusted_of(drift.as_ref(), &mut adjusted)?, ..(*drift)? };
            (drift.p < TREND_LEVEL && drift.in_a_day.value.abs() >= LEAST_PROJECTION).then_some(drift)
        })
        .collect()
}

fn adjusted_of(drift: Option<&Drift>, adjusted: &mut impl Iterator<Item = f64>) -> Option<f64> {
    drift.and_then(|_| adjusted.next())
}

/// Averages neighbours, so that at most [`MOST_POINTS`] values remain.
fn put_together(values: &[Value]) -> Vec<Value> {
    let each = values.len().div_ceil(MOST_POINTS).max(1);
    values
        .chunks(each)
        .map(|chunk| {
            let mean = chunk.iter().map(|value| value.value).sum::<f64>() / chunk.len() as f64;
            Value { value: mean, ..chunk[0] }
        })
        .collect()
}

/// Level shifts and daily swing together: each is estimated from the remainder of the other, a few times.
fn steps_beside_swing(values: &[Value]) -> (Vec<usize>, Option<Swing>) {
    let points: Vec<(f64, f64)> = values.iter().map(|value| (value.at, value.value)).collect();
    let mut wave = swing(&points);
    let mut starts = Vec::new();
    for _ in 0..6 {
        let found = confirmed(&points, &without(&points, wave));
        if wave.is_none() || found == starts {
            return (found, wave);
        }
        // With the shifts given, steps and wave converge.
        for _ in 0..10 {
            let steps = steps_at(&without(&points, wave), &found);
            let rest: Vec<(f64, f64)> =
                points.iter().zip(steps).map(|((at, value), step)| (*at, value - step)).collect();
            wave = swing(&rest);
        }
        starts = found;
    }
    (confirmed(&points, &without(&points, wave)), wave)
}

fn without(points: &[(f64, f64)], wave: Option<Swing>) -> Vec<f64> {
    points.iter().map(|(at, value)| value - wave.map_or(0.0, |wave| wave.at(*at))).collect()
}

/// The height of each value's stretch above the first.
fn steps_at(levels: &[f64], starts: &[usize]) -> Vec<f64> {
    let mut steps = Vec::with_capacity(levels.len());
    for range in ranges(levels.len(), starts) {
        let mean = levels[range.clone()].iter().sum::<f64>() / range.len() as f64;
        steps.extend(std::iter::repeat_n(mean, range.len()));
    }
    let first = steps.first().copied().unwrap_or(0.0);
    steps.iter().map(|step| step - first).collect()
}

fn ranges(n: usize, starts: &[usize]) -> Vec<std::ops::Range<usize>> {
    let begins = std::iter::once(0).chain(starts.iter().copied());
    let ends = starts.iter().copied().chain(std::iter::once(n));
    begins.zip(ends).map(|(begin, end)| begin..end).collect()
}

/// Starts of the stretches that pass a test; the weakest is dropped first. None where a straight line explains the
/// values equally well: a drift is no staircase.
fn confirmed(points: &[(f64, f64)], levels: &[f64]) -> Vec<usize> {
    let noise = noise_of(levels);
    if noise <= 0.0 {
        return Vec::new();
    }
    let penalty = 3.0 * (levels.len() as f64).ln();
    let split = |noise: f64| {
        let standardised: Vec<f64> = levels.iter().map(|level| level / noise).collect();
        pelt(&standardised, penalty, LEAST_REGIME)
    };
    // Dependent noise wanders, and neighbours differ by less than it does: the remainder of the first search shows how
    // much.
    let lag_1 = lag_1_within(levels, &split(noise));
    let mut starts = split(noise / (1.0 - lag_1).sqrt() * ((1.0 + lag_1) / (1.0 - lag_1)).sqrt());
    while !starts.is_empty() {
        let lag_1 = lag_1_within(levels, &starts);
        let parts = ranges(levels.len(), &starts);
        let weakest = (0..starts.len())
            .map(|i| (i, doubt(&levels[parts[i].clone()], &levels[parts[i + 1].clone()], lag_1)))
            .max_by(|left, right| left.1.total_cmp(&right.1));
        match weakest {
            Some((i, doubt)) if doubt >= STEP_LEVEL => {
                starts.remove(i);
            }
            _ => break,
        }
    }
    if is_line(points, levels, &starts, penalty) { Vec::new() } else { starts }
}

/// Whether a straight line explains the levels as well as steps do, by what each costs in parameters.
fn is_line(points: &[(f64, f64)], levels: &[f64], starts: &[usize], penalty: f64) -> bool {
    let as_steps = squares(levels, &steps_at(levels, starts));
    let as_line = squares(levels, &line_through(points, levels));
    let worth = effective_size(levels.len(), lag_1_within(levels, starts));
    worth * (as_line / as_steps).ln() < penalty * (starts.len() as f64 - 1.0)
}

/// Sum of squares around a shape and the level that fits it best.
fn squares(values: &[f64], shape: &[f64]) -> f64 {
    let rest: Vec<f64> = values.iter().zip(shape).map(|(value, shape)| value - shape).collect();
    let mean = rest.iter().sum::<f64>() / rest.len() as f64;
    rest.iter().map(|rest| (rest - mean).powi(2)).sum()
}

/// The least-squares line, without its level.
fn line_through(points: &[(f64, f64)], values: &[f64]) -> Vec<f64> {
    let n = values.len() as f64;
    let (mean_x, mean_y) =
        (points.iter().map(|point| point.0).sum::<f64>() / n, values.iter().sum::<f64>() / n);
    let square: f64 = points.iter().map(|point| (point.0 - mean_x).powi(2)).sum();
    let product: f64 = points.iter().zip(values).map(|(point, y)| (point.0 - mean_x) * (y - mean_y)).sum();
    let slope = if square > 0.0 { product / square } else { 0.0 };
    points.iter().map(|point| slope * (point.0 - mean_x)).collect()
}

/// Standard deviation of the noise, from differences of neighbours, in which steps hardly show.
fn noise_of(levels: &[f64]) -> f64 {
    let differences: Vec<f64> = levels.windows(2).map(|pair| (pair[1] - pair[0]).abs()).collect();
    let robust = median(&differences).unwrap_or(0.0) * MAD_TO_SIGMA / std::f64::consts::SQRT_2;
    // Where most neighbours are equal, the others still vary.
    let mean = differences.iter().sum::<f64>() / differences.len().max(1) as f64;
    if robust > 0.0 { robust } else { mean }
}

fn lag_1_within(levels: &[f64], starts: &[usize]) -> f64 {
    let parts = ranges(levels.len(), starts);
    let mut rest = Vec::with_capacity(levels.len());
    for part in &parts {
        let mean = levels[part.clone()].iter().sum::<f64>() / part.len() as f64;
        rest.extend(levels[part.clone()].iter().map(|level| level - mean));
    }
    at_lag(&rest, 1).map_or(0.0, |plain| corrected(plain, rest.len(), parts.len()))
}

/// The p-value for two neighbouring stretches having one level; 1 where they differ by too little to matter.
fn doubt(before: &[f64], after: &[f64], lag_1: f64) -> f64 {
    let (Some(before), Some(after)) = (mean_of(before, lag_1), mean_of(after, lag_1)) else { return 1.0 };
    if (after.mean - before.mean).exp_m1().abs() < LEAST_STEP {
        return 1.0;
    }
    welch(&before, &after).map_or(0.0, |difference| difference.p)
}

fn mean_of(values: &[f64], lag_1: f64) -> Option<Mean> {
    let plain = Mean::of_independent(values)?;
    let n = values.len() as f64;
    let worth = effective_size(values.len(), lag_1);
    let unbiased = (1.0 - 1.0 / worth) / (1.0 - 1.0 / n);
    Some(Mean { variance: plain.variance * n / worth / unbiased, degrees: (worth - 1.0).max(1.0), ..plain })
}

fn changes(values: &[Value], levels: &[f64], starts: &[usize]) -> Vec<StepChange> {
    let lag_1 = lag_1_within(levels, starts);
    let parts = ranges(levels.len(), starts);
    starts
        .iter()
        .enumerate()
        .filter_map(|(i, start)| {
            let before = mean_of(&levels[parts[i].clone()], lag_1)?;
            let after = mean_of(&levels[parts[i + 1].clone()], lag_1)?;
            Some(StepChange {
                at: values[*start].at,
                window: values[*start].window,
                before: Scale::Log.take(before.mean),
                after: Scale::Log.take(after.mean),
                p: welch(&before, &after).map_or(0.0, |difference| difference.p),
            })
        })
        .collect()
}

fn drift(values: &[(f64, f64)]) -> Option<Drift> {
    let (first, last) = (values.first()?.0, values.last()?.0);
    let mut days = Vec::new();
    let mut medians = Vec::new();
    let span = MEDIAN_S.max((last - first) / MOST_MEDIANS);
    let place = |at: f64| ((at - first) / span).floor();
    for chunk in values.chunk_by(|left, right| place(left.0).to_bits() == place(right.0).to_bits()) {
        let within: Vec<f64> = chunk.iter().map(|(_, value)| *value).collect();
        days.push(place(chunk[0].0) * span / DAY_S);
        medians.push(median(&within)?);
    }
    if medians.len() < LEAST_MEDIANS {
        return None;
    }
    let found = trend::of_dependent(&days, &medians)?;
    Some(Drift { in_a_day: found.slope.map(f64::exp_m1), p: found.p, seen_s: last - first })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(n: usize) -> f64 {
        ((n * 7919 % 1009) as f64 / 1009.0 - 0.5) * 0.2
    }

    fn series(n: usize, shape: impl Fn(f64) -> f64) -> Vec<Value> {
        (0..n)
            .map(|n| {
                let at = n as f64 * 300.0;
                Value { at, window: n as u64 + 1, value: 100.0 * shape(at) * (1.0 + noise(n)) }
            })
            .collect()
    }

    #[test]
    fn a_step_beside_a_daily_swing_is_found() {
        let wave = |at: f64| 1.0 + 0.2 * (std::f64::consts::TAU * at / DAY_S).sin();
        let found = course(&series(576, |at| wave(at) * if at < 90_000.0 { 1.0 } else { 1.3 }));
        assert_eq!(found.step_changes.len(), 1, "{found:?}");
        assert!(
            (298..=304).contains(&found.step_changes[0].window)
                && (found.step_changes[0].effect() - 0.3).abs() < 0.05
        );
        assert!((found.daily_swing.unwrap() - 0.2).abs() < 0.03);
        assert_eq!(to_report(&[found.drift]), [None]);
    }

    #[test]
    fn a_leak_is_a_trend_with_its_projection() {
        let found = course(&series(400, |at| (0.4 * at / DAY_S).exp()));
        let drift = to_report(&[None, found.drift])[1].unwrap();
        assert!(drift.in_a_day.covers(0.4_f64.exp_m1()), "{drift:?}");
    }

    #[test]
    fn noise_constants_and_nothing_have_no_course() {
        let steady = course(&series(576, |_| 1.0));
        assert!(steady.step_changes.is_empty() && to_report(&[steady.drift]) == [None], "{steady:?}");
        let constant: Vec<Value> =
            (0..100).map(|n| Value { at: f64::from(n), window: 1, value: 5.0 }).collect();
        assert!(course(&constant).step_changes.is_empty());
        assert_eq!(course(&[]), Course::default());
        assert_eq!(course(&[Value { at: 0.0, window: 1, value: f64::NAN }]), Course::default());
    }
}
