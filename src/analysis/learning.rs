//! Changes among the windows that a series is learnt from.
//!
//! A baseline that is learnt during an incident would call the incident normal. So the values to learn from are searched for
//! steps first; those for the worse are taken out, and reported.

use crate::domain::metric::{Direction, Metric};

use crate::stats::proportion::wilson_95;

use super::alert::{LEAST_CHANGE, SeriesWatch};
use super::error_watch::ErrorWatch;
use super::series::Scale;
use super::steps::steps;

/// Log likelihood ratio from which on failures of a stretch stand out; a thousandth of constant cells reach it by chance.
const LEAST_EVIDENCE: f64 = 13.0;

/// A stretch that lies higher (for throughput: lower) than the windows before it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lift {
    /// Start of its first window, in seconds since 1970.
    pub from: f64,
    /// Start of the first window after it; `None` where it lasts to the end.
    pub until: Option<f64>,
    /// How much worse it is than before, on the metric's scale; above 0.
    pub height: f64,
}

/// The stretches for the worse among values on the metric's scale, each with its time in seconds.
pub(in crate::analysis) fn lifts(points: &[(f64, f64)], metric: Metric) -> Vec<Lift> {
    let sign = match metric.direction() {
        Direction::LowerIsBetter => 1.0,
        Direction::HigherIsBetter => -1.0,
    };
    let worse: Vec<(f64, f64)> = points.iter().map(|(at, value)| (*at, sign * value)).collect();
    // Above the first level, which is normal until a step leads below it.
    let (mut above, mut normal) = (0.0, 0.0);
    let mut found: Vec<Lift> = Vec::new();
    for (from, height) in steps(&worse) {
        above += height;
        match found.last_mut().filter(|lift| lift.until.is_none()) {
            Some(lift) if above - normal < 0.5 * lift.height => lift.until = Some(from),
            Some(_) => (),
            None if above - normal >= LEAST_CHANGE.ln_1p() => {
                found.push(Lift { from, until: None, height: above - normal });
            }
            // Better than before: the new normal.
            None => normal = above,
        }
    }
    found
}

/// The watch of a series that goes on from these values on the scale, with the stretches taken out and the open one kept.
pub(super) fn watch(
    points: &[(f64, f64)],
    lifts: &[Lift],
    scale: Scale,
    metric: Metric,
) -> Option<SeriesWatch> {
    let sign = if metric.direction() == Direction::LowerIsBetter { 1.0 } else { -1.0 };
    let height = |at: f64| -> f64 {
        let within = |lift: &&Lift| lift.from <= at && lift.until.is_none_or(|until| at < until);
        lifts.iter().filter(within).map(|lift| lift.height).sum()
    };
    let usual = points.iter().map(|(at, value)| (*at, scale.take(value - sign * height(*at))));
    let mut watch = SeriesWatch::learn(&usual.collect::<Vec<_>>(), scale, true)?;
    let open: f64 = lifts.iter().filter(|lift| lift.until.is_none()).map(|lift| lift.height).sum();
    if open > 0.0 {
        watch.lift(sign * open);
    }
    Some(watch)
}

/// The watch of a cell's errors from the start, failed and judged requests of each window, and the stretches that stand out.
///
/// Source: the scan statistic of Kulldorff (1997), over all stretches of windows.
pub(super) fn errors(windows: &[(f64, u64, u64)]) -> (Option<ErrorWatch>, Vec<Lift>) {
    let mut is_bad = vec![false; windows.len()];
    let mut found = Vec::new();
    while let Some((from, until)) = worst_stretch(windows, &is_bad) {
        is_bad[from..until].fill(true);
        found.push((from, until));
    }
    let calm = windows.iter().zip(&is_bad).filter(|(_, is_bad)| !**is_bad);
    let (failed, judged) = calm.fold((0, 0), |sum, (window, _)| (sum.0 + window.1, sum.1 + window.2));
    let height = wilson_95(failed, judged).map_or(1.0, |(_, high)| high);
    found.sort_unstable();
    let lift = |(from, until): (usize, usize)| Lift {
        from: windows[from].0,
        until: windows.get(until).map(|window| window.0),
        height,
    };
    (ErrorWatch::new(failed, judged), found.into_iter().map(lift).collect())
}

/// The stretch of windows whose ratio of failures stands out most against the other windows, apart from those known as bad;
/// `None` where none does.
fn worst_stretch(windows: &[(f64, u64, u64)], is_bad: &[bool]) -> Option<(usize, usize)> {
    let likelihood = |failed: f64, judged: f64| {
        let term = |count: f64| if count > 0.0 { count * (count / judged).ln() } else { 0.0 };
        term(failed) + term(judged - failed)
    };
    let good = || windows.iter().zip(is_bad).filter(|(_, is_bad)| !**is_bad).map(|(window, _)| window);
    let all = good().fold((0.0, 0.0), |sum, window| (sum.0 + window.1 as f64, sum.1 + window.2 as f64));
    let mut best = (LEAST_EVIDENCE, None);
    for from in 0..windows.len() {
        let mut inside = (0.0, 0.0);
        for until in from + 1..=windows.len() {
            let (_, failed, judged) = windows[until - 1];
            if is_bad[until - 1] {
                break;
            }
            inside = (inside.0 + failed as f64, inside.1 + judged as f64);
            let outside = (all.0 - inside.0, all.1 - inside.1);
            if inside.1 <= 0.0 || outside.1 <= 0.0 || inside.0 / inside.1 <= outside.0 / outside.1 {
                continue;
            }
            let evidence =
                likelihood(inside.0, inside.1) + likelihood(outside.0, outside.1) - likelihood(all.0, all.1);
            if evidence > best.0 {
                best = (evidence, Some((from, until)));
            }
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::metric::Reading;
    use crate::domain::time_summary::TimeKind;

    const MEAN: Metric = Metric::Time(TimeKind::Service, Reading::Mean);

    fn noise(n: usize) -> f64 {
        ((n * 7919 % 1009) as f64 / 1009.0 - 0.5) * 0.2
    }

    fn series(shape: impl Fn(usize) -> f64) -> Vec<(f64, f64)> {
        (0..60).map(|n| (n as f64 * 300.0, 8.0 + shape(n) + noise(n))).collect()
    }

    #[test]
    fn a_slowdown_among_the_learnt_windows_is_taken_out() {
        let bump = series(|n| if (20..40).contains(&n) { 0.5 } else { 0.0 });
        let found = lifts(&bump, MEAN);
        assert_eq!(found.len(), 1, "{found:?}");
        let is_near = |at: f64, window: f64| (at / 300.0 - window).abs() <= 1.0;
        assert!(is_near(found[0].from, 20.0) && is_near(found[0].until.unwrap(), 40.0), "{found:?}");
        let open = lifts(&series(|n| if n >= 40 { 0.5 } else { 0.0 }), MEAN);
        assert!(open.len() == 1 && open[0].until.is_none() && (open[0].height - 0.5).abs() < 0.1, "{open:?}");
        assert_eq!(lifts(&series(|n| if n < 20 { 0.5 } else { 0.0 }), MEAN), []);
        assert_eq!(lifts(&series(|_| 0.0), MEAN), []);
        // Throughput is worse where it is lower.
        let fallen = lifts(&series(|n| if n >= 40 { -0.5 } else { 0.0 }), Metric::Throughput);
        assert!(fallen.len() == 1 && fallen[0].height > 0.4, "{fallen:?}");
    }

    #[test]
    fn failures_among_the_learnt_windows_are_no_baseline() {
        let failed = |n: u32| if (10..20).contains(&n) { 40 } else { u64::from(n % 2) };
        let windows: Vec<(f64, u64, u64)> = (0..60).map(|n| (f64::from(n), failed(n), 500)).collect();
        let (watch, found) = errors(&windows);
        assert_eq!(
            found.iter().map(|lift| (lift.from, lift.until)).collect::<Vec<_>>(),
            [(10.0, Some(20.0))]
        );
        assert!(watch.unwrap().take(40, 500).is_some());
        assert_eq!(errors(&[(0.0, 500, 500); 30]).1, []);
        assert_eq!(errors(&[]).1, []);
    }
}
