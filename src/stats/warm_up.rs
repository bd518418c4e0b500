//! The start-up of a series: first values that still rise or fall towards the level that follows.
//!
//! It finds the truncation point of White (1997), "An effective truncation heuristic for bias reduction in simulation output"
//! (MSER-5), in stretches that grow, and takes it for a start-up only where the beginning is far from the level that follows,
//! approaches it, and the level that follows is level. A level shift after a steady beginning is no start-up.

use std::f64::consts::PI;

use super::robust::{describe, median};
use super::swing::DAY_S;

/// The values are judged in batches of five: their medians, so that single spikes count for nothing.
const BATCH: usize = 5;
/// Most values that a start-up may have.
pub const MOST_VALUES: usize = 180;
/// Longest start-up of a series with a clock. Units: seconds. Slower changes belong to the day.
const LONGEST_S: f64 = 4.0 * 3_600.0;
/// Fewest batches of the level that follows.
const LEAST_LEVEL: usize = 4;
/// How far the first batch must lie from the level that follows, in deviations of a batch.
const FAR: f64 = 6.0;
/// The farthest batch is one of the first, up to this one.
const FARTHEST: usize = 5;
/// Part of the start-up's mean slope that the level that follows may have.
const LEVEL_SLOPE: f64 = 0.3;
/// Part of the distance by which the second half of a start-up must be nearer than the first.
const APPROACH: f64 = 0.25;
/// A beginning this short may be flat: no baseline can be learned from fewer than 20 values. Units: batches.
const SHORT: usize = 4;
/// This many batches that are flat are steady: enough for a baseline.
const STEADY: usize = 14;
/// Their first and their last batches then differ by less than this part of the whole distance.
const FLAT: f64 = 0.1;
const ENDS: usize = 4;
/// This number of batches together is compared with the level.
const NEAR: usize = 3;
/// A start-up may turn back by this part of the distance, beside three deviations.
const SLACK: f64 = 0.1;
/// Amplitude that a daily swing may have: a start-up must move the level by more than this swing would.
const SWING: f64 = 0.3;
/// A first value this many deviations from the rest is no part of it.
const STRANGE: f64 = 8.0;

/// The beginning of a series that does not belong to the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WarmUp {
    /// Number of its values.
    pub values: usize,
    /// Whether the values rise in it.
    pub is_rising: bool,
}

impl WarmUp {
    /// Whether the values approach those that follow; otherwise they are a few that are far from them.
    pub fn is_ramp(&self) -> bool {
        self.values >= BATCH
    }
}

/// The start-up of a series of seconds and values; `None` where it is steady from the beginning, or never becomes steady.
///
/// Without `has_clock`, times only give an order. Shape: in the order of time, finite; more than 400 values add nothing.
pub fn warm_up(points: &[(f64, f64)], has_clock: bool) -> Option<WarmUp> {
    let batches: Vec<f64> = points
        .chunks_exact(BATCH)
        .filter_map(|batch| median(&batch.iter().map(|(_, value)| *value).collect::<Vec<_>>()))
        .collect();
    let noise = noise(&batches);
    let most = longest(points, has_clock) / BATCH;
    // Of all stretches that show a start-up, the one with the longest: a short stretch may end within it.
    let ends =
        (LEAST_LEVEL + 1..=batches.len()).filter_map(|length| start_up(&batches[..length], noise, most));
    let ends = ends.filter(|(end, _)| !has_clock || is_no_swing(points, end * BATCH));
    match ends.max_by_key(|(end, _)| *end) {
        Some((end, is_rising)) => Some(WarmUp { values: end * BATCH, is_rising }),
        None => strange_start(points),
    }
}

/// Most values of a start-up, by number and by time.
fn longest(points: &[(f64, f64)], has_clock: bool) -> usize {
    let most = points.len().min(MOST_VALUES);
    let Some((first, _)) = points.first().filter(|_| has_clock) else { return most };
    points[..most].iter().take_while(|(at, _)| at - first <= LONGEST_S).count()
}

/// The deviation of a batch, from the differences of neighbours: a ramp hardly adds to it.
fn noise(batches: &[f64]) -> f64 {
    let differences: Vec<f64> = batches.windows(2).map(|pair| (pair[1] - pair[0]).abs()).collect();
    // The median of the absolute difference of two normal values is 0.954 deviations.
    median(&differences).unwrap_or(0.0) / 0.954
}

/// Where the start-up of a stretch ends, and whether it rises; `None` where there is none.
fn start_up(batches: &[f64], noise: f64, most: usize) -> Option<(usize, bool)> {
    let last = batches.len() - LEAST_LEVEL.max(batches.len() / 4);
    let end = truncation(batches, last)?;
    // At the border the stretch is too short to say: it may not be level anywhere.
    (end > 0 && end < last && end <= most).then_some(())?;
    let end = first_level(batches, end, noise);
    approach(batches, end, noise).map(|is_rising| (end, is_rising))
}

/// The first batch that already is as those from `end` on: the truncation point may be late.
fn first_level(batches: &[f64], end: usize, noise: f64) -> usize {
    let after = &batches[end..batches.len().min(end + STEADY)];
    let Some(level) = describe(after) else { return end };
    let mean = |end: usize| batches[end - NEAR..end].iter().sum::<f64>() / NEAR as f64;
    let is_level =
        |end: &usize| *end > NEAR && (mean(*end) - level.median).abs() < 2.0 * level.sigma.max(noise);
    std::iter::successors(Some(end), |end| is_level(end).then(|| end - 1)).last().unwrap_or(end)
}

/// The first batch after which the mean is known best (MSER): the least variance divided by the number of batches.
fn truncation(batches: &[f64], last: usize) -> Option<usize> {
    let (mut sum, mut squares, mut n) = (0.0, 0.0, 0.0);
    // About one of them, so that squares keep their digits.
    let origin = *batches.last()?;
    let mut best = None;
    for (start, value) in batches.iter().enumerate().rev() {
        let away = value - origin;
        (sum, squares, n) = (sum + away, squares + away * away, n + 1.0);
        let error = (squares - sum * sum / n).max(0.0) / (n * n);
        if start <= last && best.is_none_or(|(least, _)| error <= least) {
            best = Some((error, start));
        }
    }
    best.map(|(_, start)| start)
}

/// Whether the batches before `end` approach the level after it, and whether they rise; `None` where they do not.
fn approach(batches: &[f64], end: usize, noise: f64) -> Option<bool> {
    let (before, after) = batches.split_at(end);
    let level = describe(after)?;
    let sigma = level.sigma.max(noise).max(1e-6 * level.mean.abs());
    let away = |batch: &f64| (batch - level.mean).abs();
    // Response times may rise before they fall; what counts is the way from the farthest batch on.
    let farthest =
        before.iter().take(FARTHEST + 1).enumerate().max_by(|a, b| away(a.1).total_cmp(&away(b.1)))?;
    let overshoots = away(farthest.1) > away(&before[0]) + 3.0 * sigma;
    let before = if overshoots { &before[farthest.0..] } else { before };
    let is_rising = level.mean > before[0];
    // Turned so that it rises to 0.
    let sign = if is_rising { 1.0 } else { -1.0 };
    let path: Vec<f64> = before.iter().map(|batch| sign * (batch - level.mean)).collect();
    let distance = -path[0];
    let end = path.len();
    let is_far = distance > FAR * sigma;
    let is_level = slope(after).abs() <= LEVEL_SLOPE * distance / end as f64;
    let leeway = 3.0 * sigma + SLACK * distance;
    let mut best = f64::NEG_INFINITY;
    let only_rises = path.iter().all(|place| {
        best = place.max(best);
        *place < leeway && *place > best - leeway
    });
    let (first, second) = path.split_at(end.div_ceil(2));
    let nearer = median(second).zip(median(first)).map_or(0.0, |(second, first)| second - first);
    let approaches = end <= SHORT || nearer > APPROACH * distance;
    (is_far && is_level && only_rises && approaches && !is_ever_steady(&path, distance)).then_some(is_rising)
}

/// Whether a part is flat for so long that a baseline could be learned from it.
fn is_ever_steady(path: &[f64], distance: f64) -> bool {
    path.windows(STEADY).any(|part| {
        let (early, late) = (median(&part[..ENDS]), median(&part[STEADY - ENDS..]));
        early.zip(late).is_none_or(|(early, late)| (late - early).abs() < FLAT * distance)
    })
}

/// The slope of a line through the batches, by least squares. Units: per batch.
fn slope(batches: &[f64]) -> f64 {
    let n = batches.len() as f64;
    let middle = (n - 1.0) / 2.0;
    let moments = batches.iter().enumerate().fold((0.0, 0.0), |sum, (nth, value)| {
        let away = nth as f64 - middle;
        (sum.0 + away * value, sum.1 + away * away)
    });
    if moments.1 > 0.0 { moments.0 / moments.1 } else { 0.0 }
}

/// Whether the values before `end` move the level by more than the swing of a day could in that time.
fn is_no_swing(points: &[(f64, f64)], end: usize) -> bool {
    let typical = |points: &[(f64, f64)]| median(&points.iter().map(|(_, value)| *value).collect::<Vec<_>>());
    let after = &points[end..points.len().min(end + 4 * BATCH)];
    let Some((first, level)) = typical(&points[..BATCH.min(end)]).zip(typical(after)) else { return false };
    let took = (points[end].0 - points[0].0) / DAY_S;
    let swing = 2.0 * SWING * (PI * took.clamp(0.0, 0.5)).sin();
    (level - first).abs() > swing * level.abs().max(first.abs())
}

/// One to four first values that are far from all others, such as a 0 that a tool writes before its first interval.
fn strange_start(points: &[(f64, f64)]) -> Option<WarmUp> {
    let rest: Vec<f64> = points.iter().skip(BATCH).take(60).map(|(_, value)| *value).collect();
    let described = describe(&rest).filter(|_| rest.len() >= 4 * BATCH)?;
    let typical = if described.mad_sigma > 0.0 { described.mad_sigma } else { described.sigma };
    let reach = (STRANGE * typical).max(1e-6 * described.median.abs());
    let away = |value: f64| value - described.median;
    let side = away(points[0].1).signum();
    let values = points[..BATCH].iter().take_while(|(_, value)| away(*value) * side > reach).count();
    (reach > 0.0 && values > 0 && values < BATCH).then_some(WarmUp { values, is_rising: side < 0.0 })
}
