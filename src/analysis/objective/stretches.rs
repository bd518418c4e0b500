//! SLOs judged stretch by stretch: whether some part of a run certainly violated one.
//!
//! A stretch is one window, or all windows of a cell within a sliding span, so a late degradation is not diluted by a
//! long run. An SLO is violated if a target that just meets the limit would look like this in at most one of a hundred
//! runs, however many stretches a run has.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::domain::cell_name::CellName;
use crate::domain::histogram::Histogram;
use crate::domain::objective::{Objective, ObjectiveKind};
use crate::domain::verdict::Validity;
use crate::domain::window::Window;
use crate::stats::normal;
use crate::stats::proportion::binomial_tail;

/// Probability that a target that just keeps all its limits fails.
const LEVEL: f64 = 0.01;

/// A stretch that violated a limit.
#[derive(Debug, Clone, PartialEq)]
pub struct Violation {
    /// Run that the stretch belongs to.
    pub run_id: String,
    /// Cell, or step of a cell, that violated it.
    pub cell: CellName,
    /// Which limit of the SLO was violated.
    pub kind: ObjectiveKind,
    /// Value of the limit. Units: microseconds, or a ratio.
    pub limit: f64,
    /// Value that was measured over the stretch. Units: as the limit's.
    pub measured: f64,
    /// Numbers of the first and last window of the stretch.
    pub windows: (u64, u64),
    /// Start of the stretch's first window.
    pub from: Timestamp,
    /// End of the stretch's last window.
    pub until: Timestamp,
    /// Number of stretches of the cell that violated this limit; this one is the worst.
    pub stretches: usize,
}

/// One window with its service times, where its run kept them.
#[derive(Debug, Clone)]
pub struct Measured<'a> {
    /// The window, with its counts.
    pub window: &'a Window,
    /// Times of the succeeded requests; `None` where the run did not keep them.
    pub times: Option<Times>,
}

/// The recorded times of a window, each with its count. Units: nanoseconds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Times(Vec<(u64, u64)>);

impl Times {
    /// The times of a histogram, to its resolution.
    pub fn of(histogram: &Histogram) -> Self {
        let mut times = Vec::new();
        histogram.for_each(|time_ns, count| times.push((time_ns, count)));
        Self(times)
    }

    fn count(&self) -> u64 {
        self.0.iter().map(|(_, count)| count).sum()
    }

    fn beyond(&self, limit_us: f64) -> u64 {
        self.0.iter().filter(|(time_ns, _)| *time_ns as f64 / 1e3 > limit_us).map(|(_, count)| count).sum()
    }

    /// 95th percentile in microseconds; `None` without times.
    fn p95(&self) -> Option<f64> {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let rank = (0.95 * self.count() as f64).round().max(1.0);
        let mut seen = 0;
        sorted.into_iter().find_map(|(time_ns, count)| {
            seen += count;
            (seen as f64 >= rank).then_some(time_ns as f64 / 1e3)
        })
    }
}

/// The worst violation of each limit of a cell. `tests` is the number of stretches times limits in the whole run, as
/// [`tests_of`] counts them.
pub fn violations(
    run_id: &str,
    cell: &CellName,
    objective: &Objective,
    measured: &[Measured<'_>],
    tests: usize,
) -> Vec<Violation> {
    let judged: Vec<&Measured<'_>> =
        measured.iter().filter(|one| one.window.validity == Validity::Valid).collect();
    let level = LEVEL / tests.max(1) as f64;
    let mut found_so_far: Vec<Violation> = Vec::new();
    for last in 0..judged.len() {
        let first = first_of(&judged, last, objective.over);
        if !is_full(&judged, last, objective.over) {
            continue;
        }
        let stretch = Stretch::of(&judged[first..=last]);
        for (kind, limit, found, p) in stretch.compared_with(objective) {
            if p >= level {
                continue;
            }
            let one = Violation {
                run_id: run_id.to_owned(),
                cell: cell.clone(),
                kind,
                limit,
                measured: found,
                windows: (judged[first].window.number, judged[last].window.number),
                from: judged[first].window.started_at,
                until: judged[last].window.ended_at(),
                stretches: 1,
            };
            match found_so_far.iter_mut().find(|known| known.kind == kind) {
                None => found_so_far.push(one),
                Some(known) => {
                    let stretches = known.stretches + 1;
                    if one.measured > known.measured {
                        *known = one;
                    }
                    known.stretches = stretches;
                }
            }
        }
    }
    found_so_far
}

/// How many comparisons with a limit a cell with this many valid windows takes.
pub fn tests_of(objective: &Objective, windows: usize) -> usize {
    objective.limits().count() * windows
}

/// The first window of the stretch that ends with `last`.
fn first_of(judged: &[&Measured<'_>], last: usize, over: Option<Duration>) -> usize {
    let Some(over) = over.and_then(|over| SignedDuration::try_from(over).ok()) else { return last };
    let from = judged[last].window.ended_at().saturating_sub(over).unwrap_or(Timestamp::MIN);
    judged[..=last].iter().position(|one| one.window.started_at >= from).unwrap_or(last)
}

/// Whether the stretch that ends with `last` has the requested length; a shorter run is one stretch.
fn is_full(judged: &[&Measured<'_>], last: usize, over: Option<Duration>) -> bool {
    let Some(over) = over.and_then(|over| SignedDuration::try_from(over).ok()) else { return true };
    let lasted = |last: usize| judged[last].window.ended_at().duration_since(judged[0].window.started_at);
    lasted(last) >= over || (last + 1 == judged.len() && lasted(last) < over)
}

/// Consecutive windows taken together as one sample.
struct Stretch {
    failed: u64,
    judged: u64,
    /// `None` where a window's times were not kept.
    times: Option<Times>,
}

impl Stretch {
    fn of(windows: &[&Measured<'_>]) -> Self {
        let failed = windows.iter().map(|one| one.window.counts.failed).sum::<u64>();
        let judged = failed + windows.iter().map(|one| one.window.counts.succeeded).sum::<u64>();
        let times: Option<Vec<&Times>> = windows.iter().map(|one| one.times.as_ref()).collect();
        let times = times.map(|all| Times(all.into_iter().flat_map(|times| times.0.clone()).collect()));
        Self { failed, judged, times }
    }

    /// Each limit: its kind and value, what was measured, and the probability of that where the limit is just kept.
    fn compared_with(&self, objective: &Objective) -> Vec<(ObjectiveKind, f64, f64, f64)> {
        let mut compared = Vec::new();
        if let (Some(limit), Some(times)) = (objective.limit(ObjectiveKind::Mean), &self.times)
            && let Some((mean, error)) = mean_of(times)
        {
            let p = if mean <= limit { 1.0 } else { normal::two_sided_tail((mean - limit) / error) / 2.0 };
            compared.push((ObjectiveKind::Mean, limit, mean, p));
        }
        if let (Some(limit), Some(times)) = (objective.limit(ObjectiveKind::P95), &self.times)
            && let Some(p95) = times.p95()
        {
            let p = binomial_tail(times.beyond(limit), times.count(), 0.05).unwrap_or(1.0);
            compared.push((ObjectiveKind::P95, limit, p95, p));
        }
        if let (Some(limit), 1..) = (objective.error_rate, self.judged) {
            let ratio = self.failed as f64 / self.judged as f64;
            let p = if ratio <= limit { Some(1.0) } else { binomial_tail(self.failed, self.judged, limit) };
            compared.push((ObjectiveKind::ErrorRate, limit, ratio, p.unwrap_or(1.0)));
        }
        compared
    }
}

/// Mean and standard error in microseconds; `None` with too few times for the normal approximation.
fn mean_of(times: &Times) -> Option<(f64, f64)> {
    const LEAST: u64 = 20;
    let count = (times.count() >= LEAST).then(|| times.count() as f64)?;
    let sum = |of: &dyn Fn(f64) -> f64| -> f64 {
        times.0.iter().map(|(time_ns, count)| *count as f64 * of(*time_ns as f64 / 1e3)).sum()
    };
    let mean = sum(&|us| us) / count;
    let squares = sum(&|us| (us - mean).powi(2));
    // The histogram resolves times to a thousandth, so no spread is smaller.
    let spread = (squares / (count - 1.0)).sqrt().max(mean * 1e-3);
    Some((mean, spread / count.sqrt()))
}
