//! The three numbers below a verdict: the value closest to its SLO, the failed requests, the sustained throughput.

use crate::analysis::capacity::Capacity;
use crate::domain::metric::{Metric, Reading};
use crate::domain::objective::Basis;
use crate::domain::percentile::Percentile;
use crate::domain::time_summary::TimeKind;
use crate::report::formats::document::KeyNumber;
use crate::report::wording::numbers::{MISSING, count, counted, percent, rate, significant};
use crate::report::wording::phrases::{chosen_value, interval_words, metric_value, metric_words};
use crate::stats::proportion::wilson_95;

use super::objective::ObjectiveView;
use super::run_view::{CellView, LevelView, RunView};

/// An objective and its place.
pub(super) type Placed<'a> = (&'a LevelView, &'a CellView, &'a ObjectiveView);

/// The key numbers of a run.
pub(super) fn key_numbers(view: &RunView) -> [KeyNumber; 3] {
    [nearest(view), failures(view), carried(view)]
}

/// All SLOs with their places.
pub(super) fn objectives(view: &RunView) -> impl Iterator<Item = Placed<'_>> {
    view.cells()
        .flat_map(|(level, cell)| cell.objectives.iter().map(move |objective| (level, cell, objective)))
}

/// The objective with the value closest to its limit, or furthest beyond it.
pub(super) fn most_used<'a>(all: impl Iterator<Item = Placed<'a>>) -> Option<Placed<'a>> {
    let used = all.filter_map(|placed| Some((placed.2.used()?, placed)));
    used.max_by(|left, right| left.0.total_cmp(&right.0)).map(|(_, placed)| placed)
}

/// The SLO closest to its limit; without any SLO, the longest p95.
fn nearest(view: &RunView) -> KeyNumber {
    if let Some((level, cell, objective)) = most_used(objectives(view)) {
        let interval = objective.interval.map_or_else(String::new, |interval| {
            format!("95 % interval {}; ", interval_words(objective.metric, interval))
        });
        return KeyNumber {
            label: format!("{} of {} at {}", what_words(objective), cell.endpoint, level.name),
            value: metric_value(objective.metric, objective.value),
            note: format!(
                "{interval}{} the {} SLO",
                used_words(objective),
                chosen_value(objective.metric, objective.limit)
            ),
        };
    }
    let p95 = Metric::Time(TimeKind::Service, Reading::Percentile(Percentile::P95));
    let mean = Metric::Time(TimeKind::Service, Reading::Mean);
    let longest = |metric: Metric| {
        let cells = view.cells().filter_map(|(level, cell)| Some((cell.value(metric)?, metric, level, cell)));
        cells.max_by(|left, right| left.0.total_cmp(&right.0))
    };
    match longest(p95).or_else(|| longest(mean)) {
        Some((value, metric, level, cell)) => KeyNumber {
            label: format!("{} of {} at {}", metric_words(metric), cell.endpoint, level.name),
            value: metric_value(metric, Some(value)),
            note: cell.interval(metric).map_or_else(
                || "the slowest; no SLO is set".to_owned(),
                |interval| {
                    format!("95 % interval {}; the slowest, no SLO is set", interval_words(metric, interval))
                },
            ),
        },
        None => KeyNumber {
            label: "service time".to_owned(),
            value: MISSING.to_owned(),
            note: "no request succeeded in a valid window".to_owned(),
        },
    }
}

/// What the decisive value of an SLO is of.
pub(super) fn what_words(objective: &ObjectiveView) -> String {
    match objective.judged.basis {
        Basis::Time(_) => "time down".to_owned(),
        Basis::Requests | Basis::Stretch(_) => metric_words(objective.metric),
    }
}

/// The value relative to its limit: "20 % of", or "3 times" from twice the limit on; for a lower limit "below" or "above".
fn used_words(objective: &ObjectiveView) -> String {
    match objective.used() {
        used if objective.judged.kind.is_lower_limit() => {
            if used.is_none_or(|used| used > 1.0) { "below" } else { "above" }.to_owned()
        }
        Some(used) if used >= 2.0 => format!("{} times", significant(used)),
        used => format!("{} of", percent(used)),
    }
}

fn failures(view: &RunView) -> KeyNumber {
    let counts = &view.health.tally.counts;
    let judged = counts.failed + counts.succeeded;
    let interval = wilson_95(counts.failed, judged);
    KeyNumber {
        label: format!("failed {}", view.health.units()),
        value: percent(counts.error_ratio()),
        note: match interval {
            Some(interval) => format!(
                "{} of {}; 95 % interval {}",
                count(counts.failed),
                count(judged),
                interval_words(Metric::ErrorRatio, interval)
            ),
            None => "no request completed".to_owned(),
        },
    }
}

/// The endpoint with the lowest sustained throughput.
fn carried(view: &RunView) -> KeyNumber {
    let least = |left: &&Capacity, right: &&Capacity| {
        let of =
            |capacity: &Capacity| capacity.support.as_ref().map_or(0.0, |support| support.throughput_per_s);
        of(left).total_cmp(&of(right))
    };
    let label = "sustained throughput".to_owned();
    // Endpoints without two valid windows at a level have no estimate and must not hide the others.
    let known = view.findings.capacities.iter().filter(|capacity| !capacity.levels.is_empty());
    let Some(capacity) = known.min_by(least) else {
        return KeyNumber {
            label,
            value: MISSING.to_owned(),
            note: view.findings.capacities.iter().find_map(|capacity| capacity.no_throughput).map_or_else(
                || "no endpoint has two valid windows at any level".to_owned(),
                |why| format!("no capacity estimate: {why}"),
            ),
        };
    };
    let Some(support) = &capacity.support else {
        let is_known = capacity.levels.first().is_some_and(|level| level.p95_us.is_some());
        let note = if is_known {
            format!("{} sustains none of the tested levels", capacity.endpoint)
        } else {
            format!("too few requests of {} to know its p95", capacity.endpoint)
        };
        return KeyNumber { label, value: MISSING.to_owned(), note };
    };
    let level = capacity.levels.iter().find(|level| level.level == support.level);
    let interval = level.and_then(|level| level.throughput_interval).map_or_else(String::new, |interval| {
        format!("; 95 % interval {}", interval_words(Metric::Throughput, interval))
    });
    KeyNumber {
        label,
        value: format!(
            "{}{}",
            if support.is_at_least { "at least " } else { "" },
            rate(Some(support.throughput_per_s))
        ),
        note: format!(
            "{} at {}, the lowest of all {}{}{interval}",
            capacity.endpoint,
            counted(u64::from(support.users), "user"),
            if view.health.has_iterations { "endpoints and journeys" } else { "endpoints" },
            if view.findings.capacities.iter().all(|capacity| capacity.no_throughput.is_none()) {
                ""
            } else {
                " with an estimate"
            }
        ),
    }
}
