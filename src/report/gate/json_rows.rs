//! The rows of a gate's JSON: violated SLOs, and each metric of each cell.

use schemars::JsonSchema;
use serde::Serialize;

use crate::analysis::gate;
use crate::analysis::gate::{Cause, Quantity};
use crate::analysis::objective::stretches::Violation;
use crate::domain::objective::ObjectiveKind;
use crate::domain::verdict::Verdict;
use crate::report::formats::values::{Interval, Moment, Place};
use crate::report::formats::words::Word;

/// An SLO that a run of the candidate violated.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct BrokenObjective<'a> {
    /// The run ID.
    run: &'a str,
    #[serde(flatten)]
    place: Place,
    /// The limit that was violated: `mean`, `p95`, `error_rate`, `cache_hit_ratio` or `certificate_days`.
    objective: Word<ObjectiveKind>,
    /// The limit: the smallest acceptable value of `cache_hit_ratio` and `certificate_days`, else the largest. Unit:
    /// microseconds, a ratio, or days.
    limit: f64,
    /// What was measured, in the same unit.
    measured: f64,
    /// The first window of the worst stretch.
    first_window: u64,
    /// The last window of that stretch.
    last_window: u64,
    /// Start of that stretch.
    from: Moment,
    /// End of that stretch.
    until: Moment,
    /// How many stretches of the cell violated it.
    stretches: usize,
}

impl<'a> From<&'a Violation> for BrokenObjective<'a> {
    fn from(broken: &'a Violation) -> Self {
        let (first_window, last_window) = broken.stretch.windows;
        Self {
            run: &broken.run_id,
            place: (&broken.cell).into(),
            objective: Word(broken.kind),
            limit: broken.limit,
            measured: broken.stretch.value,
            first_window,
            last_window,
            from: Moment(broken.stretch.from),
            until: Moment(broken.stretch.until),
            stretches: broken.stretch.violated,
        }
    }
}

/// One metric or ratio of one cell on both sides.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Row {
    #[serde(flatten)]
    place: Place,
    metric: Word<Quantity>,
    /// Before: of times and throughput the geometric mean of runs, in the unit of the metric.
    baseline: f64,
    /// After: of times and throughput the geometric mean of runs, in the unit of the metric.
    candidate: f64,
    /// Candidate over baseline; null of a ratio that was 0.
    ratio: Option<f64>,
    /// 95% confidence interval of `ratio`; null of error and throttled ratios.
    interval: Option<Interval>,
    /// 95% confidence interval of `candidate`; only of error and throttled ratios.
    candidate_interval_95: Option<Interval>,
    /// Candidate less baseline, which the verdict is about; only of error and throttled ratios.
    difference: Option<f64>,
    /// 95% confidence interval of `difference`; null where that is null.
    difference_interval_95: Option<Interval>,
    /// The part of the change that the other cells do not share, as a ratio: what `p` is about. Null where they are too
    /// few to tell.
    beyond_others: Option<f64>,
    /// 95% confidence interval of `beyond_others`; null where that is null.
    beyond_others_interval: Option<Interval>,
    /// The probability of such a change by chance.
    p: f64,
    /// `p`, adjusted for the number of rows.
    p_adjusted: f64,
    verdict: Word<Verdict>,
    /// Whether a regressed value moved alone or with all others; null for other verdicts.
    cause: Option<Word<Cause>>,
    /// The smallest change for the worse, as a ratio less 1, that would probably have been seen; null where runs are too
    /// few to say.
    minimum_detectable_effect: Option<f64>,
    /// A ratio that was 0 and is no longer.
    is_new: bool,
    /// Whether the first set of runs failed it and the second did not.
    is_cleared: bool,
    /// Whether it does not fail although all of its interval lies beyond the floor, for the worse.
    is_suspect: bool,
}

impl From<&gate::Row> for Row {
    fn from(row: &gate::Row) -> Self {
        let is_ratio = row.quantity.is_ratio();
        let interval = Interval::from(row.change);
        let ratio = if is_ratio {
            (row.before > 0.0).then(|| row.after / row.before)
        } else {
            Some(row.change.value)
        };
        Self {
            place: (&row.cell).into(),
            metric: Word(row.quantity),
            baseline: row.before,
            candidate: row.after,
            ratio,
            interval: (!is_ratio).then_some(interval),
            candidate_interval_95: is_ratio.then_some(interval),
            difference: row.difference.map(|difference| difference.value),
            difference_interval_95: row.difference.map(Interval::from),
            beyond_others: row.beyond_others.map(|change| change.value),
            beyond_others_interval: row.beyond_others.map(Interval::from),
            p: row.p,
            p_adjusted: row.p_adjusted,
            verdict: Word(row.verdict),
            cause: row.cause.map(Word),
            minimum_detectable_effect: row.smallest,
            is_new: row.is_new,
            is_cleared: row.is_cleared,
            is_suspect: row.is_suspect,
        }
    }
}
