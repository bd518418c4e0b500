//! Before and after, row by row: in `report.json` and in what `compare` prints.

use schemars::JsonSchema;
use serde::Serialize;

use crate::analysis::comparison;
use crate::domain::verdict::Verdict;
use crate::report::formats::values::{Interval, Place, Series, finite};
use crate::report::formats::words::Word;
use crate::report::view::findings::NamedComparison;

/// A run beside a baseline.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::report) struct BaselineComparison<'a> {
    /// Name of the baseline.
    baseline: &'a str,
    #[serde(flatten)]
    comparison: Comparison<'a>,
}

impl<'a> From<&'a NamedComparison> for BaselineComparison<'a> {
    fn from(named: &'a NamedComparison) -> Self {
        Self { baseline: &named.name, comparison: named.into() }
    }
}

/// Comparison of two sides, one row per metric and cell.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::report) struct Comparison<'a> {
    /// What the two sides do not share, a phrase each: then the comparison says less.
    differences: &'a [String],
    /// Whether a side has several runs, and so shows how much runs differ; otherwise intervals are too narrow by that.
    knows_runs: bool,
    /// One per metric and cell.
    rows: Vec<Row>,
    /// Cells that only one side has, or with too few valid windows.
    not_compared: Vec<NotCompared>,
}

impl<'a> From<&'a NamedComparison> for Comparison<'a> {
    fn from(named: &'a NamedComparison) -> Self {
        let found = &named.comparison;
        Self {
            differences: &named.differences,
            knows_runs: found.knows_runs,
            rows: found.rows.iter().map(Row::from).collect(),
            not_compared: found.not_compared.iter().map(|cell| NotCompared { place: cell.into() }).collect(),
        }
    }
}

/// A cell that is not compared.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct NotCompared {
    #[serde(flatten)]
    place: Place,
}

/// One metric of one cell.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Row {
    #[serde(flatten)]
    series: Series,
    /// Before: of a typical window, in the unit of the metric.
    before: f64,
    /// After: of a typical window, in the unit of the metric.
    after: f64,
    /// After over before; of error ratios the ratio after.
    change: f64,
    /// 95% confidence interval of `change`.
    interval_95: Interval,
    /// The change turned so that above 0 is better; null for error ratios.
    improvement: Option<f64>,
    /// 95% confidence interval of `improvement`; null where that is null.
    improvement_interval_95: Option<Interval>,
    /// The difference in standard deviations between windows, above 0 is better; null where windows never differ.
    effect: Option<f64>,
    /// The probability of such a difference by chance, adjusted for the number of rows.
    p_adjusted: f64,
    /// Outcome: `regressed`, `inconclusive`, `improved` or `unchanged`.
    verdict: Word<Verdict>,
}

impl From<&comparison::Row> for Row {
    fn from(row: &comparison::Row) -> Self {
        let improvement = row.improvement();
        Self {
            series: Series::of(&row.cell, row.metric),
            before: row.before,
            after: row.after,
            change: row.change.value,
            interval_95: row.change.into(),
            improvement: improvement.map(|gain| gain.value),
            improvement_interval_95: improvement.map(Interval::from),
            effect: row.effect.and_then(finite),
            p_adjusted: row.p,
            verdict: Word(row.verdict),
        }
    }
}
