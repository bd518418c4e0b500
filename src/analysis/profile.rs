//! What was to be expected of a series at each moment of a run, seen with everything that was measured.
//!
//! A level, a straight line and the waves of a day, fitted together with the steps of the series. Incidents are taken out
//! first, so that their windows are outliers; other steps are followed where they lead to a new normal.

use crate::stats::autocorrelation::{at_lag, corrected};
use crate::stats::robust::{MAD_TO_SIGMA, median};
use crate::stats::stretch_fit::fit;

use super::alert::LEAST_CHANGE;
use super::steps::stepped;

/// More values than these are averaged in neighbours before steps are looked for.
const MOST_POINTS: usize = 2_000;
/// How far a single value may widen the band, in deviations.
const CLIP: f64 = 4.0;
/// A series is never thought steadier than this fraction of its level.
const LEAST_SIGMA: f64 = 0.001;
/// Another level is the new normal once it has lasted for this fraction of the series.
const LASTING: f64 = 0.25;

/// What was to be expected of each value of a series, and how far values stray from it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Profile {
    /// Expected value at each point, in their order. Units: those of the points.
    pub(super) expected: Vec<f64>,
    /// Standard deviation of the values around level, waves and steps. Units: those of the points.
    pub(super) sigma: f64,
    /// Lag-1 autocorrelation of what is left, 0 to 0.95.
    pub(super) lag_1: f64,
}

/// The profile of a series: seconds and logarithms (or values about 1), in the order of time; larger is worse.
///
/// `incidents` are known by their first and their first later moment.
/// Shape: `None` with fewer than four points, or where one is not finite.
pub(super) fn profile(points: &[(f64, f64)], incidents: &[(f64, f64)]) -> Option<Profile> {
    let points = &calm(points, incidents);
    let together = together(points);
    let found = stepped(&together)?;
    let base: Vec<(f64, f64)> =
        together.iter().zip(&found.fit.base).map(|((at, _), base)| (*at, *base)).collect();
    let (first, last) = (points.first()?.0, points.last()?.0);
    let stretches = normals(&found.steps, last, LASTING * (last - first));
    let level = |at: f64| {
        let after = stretches.partition_point(|stretch| stretch.from <= at);
        after.checked_sub(1).map_or((0.0, 0.0), |nth| (stretches[nth].measured, stretches[nth].expected))
    };
    let (mut expected, mut rest) = (Vec::with_capacity(points.len()), Vec::with_capacity(points.len()));
    for (at, value) in points {
        let base = between(&base, *at);
        let (measured, normal) = level(*at);
        expected.push(base + normal);
        rest.push(value - base - measured);
    }
    let held = held(&rest);
    let parameters = found.fit.parameters;
    let squares: f64 = held.iter().map(|rest| rest * rest).sum();
    // By the number of values and not by degrees of freedom: it is what is left of the same values that is compared with it.
    let sigma = (squares / held.len() as f64).sqrt().max(LEAST_SIGMA);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small count above 0")]
    let lag_1 = corrected(at_lag(&held, 1).unwrap_or(0.0), held.len(), parameters.round() as usize);
    Some(Profile { expected, sigma, lag_1 })
}

/// The values without the heights of incidents; all are fitted together, because each hides in the others. What is smaller than
/// an alert in this series stays.
fn calm(points: &[(f64, f64)], incidents: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let together = together(points);
    let heights = if incidents.is_empty() { None } else { fit(&together, incidents) };
    let heights = heights.map_or_else(Vec::new, |found| found.heights);
    let height = |at: f64| -> f64 {
        let of = incidents.iter().zip(&heights).filter(|((from, until), _)| (*from..*until).contains(&at));
        of.map(|(_, height)| height.value).filter(|height| *height >= LEAST_CHANGE.ln_1p()).sum()
    };
    points.iter().map(|(at, value)| (*at, value - height(*at))).collect()
}

/// The values in chunks of neighbours: at most [`MOST_POINTS`].
fn together(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let each = points.len().div_ceil(MOST_POINTS).max(1);
    let mean = |chunk: &[(f64, f64)]| chunk.iter().map(|(_, value)| value).sum::<f64>() / chunk.len() as f64;
    points.chunks(each).map(|chunk| (chunk[0].0, mean(chunk))).collect()
}

/// The value of a line through these points; that of the nearest end outside.
fn between(line: &[(f64, f64)], at: f64) -> f64 {
    let after = line.partition_point(|(known, _)| *known <= at);
    match (after.checked_sub(1).map(|before| line[before]), line.get(after)) {
        (Some(before), Some(next)) => {
            let part = (at - before.0) / (next.0 - before.0);
            before.1 + part * (next.1 - before.1)
        }
        (Some(end), None) => end.1,
        (None, next) => next.map_or(0.0, |next| next.1),
    }
}

/// What is left of each value, with far ones held at [`CLIP`] deviations.
fn held(rest: &[f64]) -> Vec<f64> {
    let sizes: Vec<f64> = rest.iter().map(|rest| rest.abs()).collect();
    let reach = CLIP * (MAD_TO_SIGMA * median(&sizes).unwrap_or(0.0)).max(LEAST_SIGMA);
    rest.iter().map(|rest| rest.clamp(-reach, reach)).collect()
}

/// From one step to the next: the level that was measured, and the one that was to be expected, above the first.
struct Stretch {
    from: f64,
    measured: f64,
    expected: f64,
}

/// The normal level from each step on: the new one where it is within an alert of the first level or of a later normal, or
/// lasts; else that before the step.
fn normals(steps: &[(f64, f64)], last: f64, lasting: f64) -> Vec<Stretch> {
    let (mut level, mut normal) = (0.0, 0.0);
    // Small steps do not become one of these: many of them would follow an incident that grows slowly.
    let mut known = vec![0.0];
    let mut found = Vec::with_capacity(steps.len());
    for (nth, (from, height)) in steps.iter().enumerate() {
        level += height;
        let until = steps.get(nth + 1).map_or(last, |(next, _)| *next);
        // As for alerts: a return to a level that was normal is none.
        let is_known = known.iter().any(|known: &f64| (level - known).abs() < LEAST_CHANGE.ln_1p());
        if is_known {
            normal = level;
        } else if until - from >= lasting {
            normal = level;
            known.push(level);
        }
        found.push(Stretch { from: *from, measured: level, expected: normal });
    }
    found
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use super::*;

    const DAY_S: f64 = 86_400.0;

    fn noise(n: usize) -> f64 {
        ((n * 7919 % 1009) as f64 / 1009.0 - 0.5) * 0.2
    }

    fn hours(at: f64) -> f64 {
        at / 3_600.0
    }

    fn wave(at: f64) -> f64 {
        0.2 * (TAU * at / DAY_S + 1.0).sin()
    }

    /// How far what is expected lies from the level and the wave, in the middle of each stretch of hours.
    fn errors(shape: impl Fn(f64) -> f64, incidents: &[(f64, f64)], at_hours: &[f64]) -> Vec<f64> {
        let points: Vec<(f64, f64)> = (0..576)
            .map(|n| (n as f64 * 300.0, n))
            .map(|(at, n)| (at, 8.0 + wave(at) + shape(hours(at)) + noise(n)))
            .collect();
        let incidents: Vec<(f64, f64)> =
            incidents.iter().map(|(from, until)| (from * 3_600.0, until * 3_600.0)).collect();
        let found = profile(&points, &incidents).unwrap();
        assert!((found.sigma - 0.2 / 12.0_f64.sqrt()).abs() < 0.01, "{}", found.sigma);
        let expected = |hour: &f64| {
            let place = points.partition_point(|(at, _)| hours(*at) < *hour);
            found.expected[place] - 8.0 - wave(points[place].0)
        };
        at_hours.iter().map(expected).collect()
    }

    fn within(from: f64, until: f64, height: f64) -> impl Fn(f64) -> f64 {
        move |hour| if (from..until).contains(&hour) { height } else { 0.0 }
    }

    #[test]
    fn the_wave_is_expected_and_incidents_are_not() {
        let check = |found: Vec<f64>, expected: &[f64]| {
            assert_eq!(found.len(), expected.len());
            let near = found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 0.04);
            assert!(near, "{found:?} instead of {expected:?}");
        };
        check(errors(|_| 0.0, &[], &[1.0, 20.0, 40.0]), &[0.0, 0.0, 0.0]);
        // An incident, over or until the end: compared with what was normal before.
        check(errors(within(20.0, 26.0, 0.4), &[(20.0, 26.0)], &[10.0, 23.0, 40.0]), &[0.0, 0.0, 0.0]);
        let open = [(24.0, f64::INFINITY)];
        check(errors(within(24.0, 99.0, 0.4), &open, &[10.0, 36.0, 47.0]), &[0.0, 0.0, 0.0]);
        // Better or worse for a while without an incident: the same.
        check(errors(within(20.0, 24.0, -0.4), &[], &[10.0, 22.0, 40.0]), &[0.0, 0.0, 0.0]);
        check(errors(within(20.0, 24.0, 0.4), &[], &[10.0, 22.0, 40.0]), &[0.0, 0.0, 0.0]);
        // Lasting: the new normal, also beside an incident.
        check(errors(within(20.0, 99.0, -0.4), &[], &[10.0, 30.0, 47.0]), &[0.0, -0.4, -0.4]);
        let twice = |hour: f64| within(15.0, 99.0, -0.4)(hour) + within(36.0, 40.0, 0.7)(hour);
        check(errors(twice, &[(36.0, 40.0)], &[10.0, 30.0, 38.0, 46.0]), &[0.0, -0.4, -0.4, -0.4]);
        // A return to what was normal is one.
        check(errors(within(12.0, 30.0, -0.4), &[], &[6.0, 20.0, 40.0]), &[0.0, -0.4, 0.0]);
        // It grows in steps that are small each, until it is 38 % worse.
        let grows = |hour: f64| if hour < 30.0 { 0.08 * (hour - 20.0).ceil().clamp(0.0, 4.0) } else { 0.0 };
        let found = errors(grows, &[], &[10.0, 28.0, 46.0]);
        assert!(found.iter().all(|found| found.abs() < 0.12), "{found:?}");
        // Smaller than an alert: followed in either direction.
        check(errors(within(20.0, 99.0, 0.085), &[], &[10.0, 30.0]), &[0.0, 0.085]);
    }

    #[test]
    fn a_long_series_is_averaged_and_a_short_one_has_none() {
        let long: Vec<(f64, f64)> =
            (0..17_280).map(|n| (n as f64 * 10.0, 8.0 + wave(n as f64 * 10.0) + noise(n))).collect();
        let found = profile(&long, &[]).unwrap();
        assert_eq!(found.expected.len(), long.len());
        assert!((found.sigma - 0.2 / 12.0_f64.sqrt()).abs() < 0.003, "{}", found.sigma);
        assert_eq!(profile(&long[..3], &[]), None);
        assert_eq!(profile(&[(0.0, f64::NAN); 30], &[(0.0, 9.0)]), None);
    }
}
