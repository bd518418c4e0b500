//! What `baseline promote` prints for programs.

use std::path::Path;

use schemars::JsonSchema;
use serde::Serialize;

use crate::analysis::promotion::{KEPT, Promotion};
use crate::analysis::suggested_objective::SuggestedObjective;
use crate::analysis::thresholds::{Limit, Suggestion};
use crate::domain::baseline::{Baseline, CellBaseline, Origin};
use crate::domain::cell_name::CellName;
use crate::domain::metric::Metric;
use crate::report::formats::envelope::{Envelope, Output, print};
use crate::report::formats::values::{Place, Series};
use crate::report::formats::words::SomeWords;

use super::promote::baseline_value;

/// The new baseline beside the one it replaces, with suggested thresholds where they were asked for.
pub fn promotion_json(
    path: &Path,
    promotion: &Promotion,
    before: Option<&Baseline>,
    suggested: Option<(&[Suggestion], &[SuggestedObjective])>,
) -> String {
    let (baseline, left_out) = (&promotion.baseline, &promotion.left_out);
    let earlier = |key: &CellName| before.and_then(|before| before.cells.get(key));
    print(PromotionOutput {
        path: path.display().to_string(),
        replaces: before.is_some(),
        runs: baseline.provenance.runs.iter().map(PromotedRun::from).collect(),
        cells: baseline.cells.iter().map(|(key, cell)| PromotedCell::of(key, cell, earlier(key))).collect(),
        left_out: left_out.iter().map(LeftOut::from).collect(),
        thresholds: suggested
            .map(|(suggestions, objectives)| Envelope::of(ThresholdsOutput::of(suggestions, objectives))),
    })
}

/// Renders suggested limits and SLOs as JSON, for programs.
pub fn suggestions_json(suggestions: &[Suggestion], objectives: &[SuggestedObjective]) -> String {
    print(ThresholdsOutput::of(suggestions, objectives))
}

/// A new baseline beside the one it replaces.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(title = "what `baseline promote --as NAME --format json` prints", deny_unknown_fields)]
pub(in crate::report) struct PromotionOutput<'a> {
    /// Path of the baseline's file.
    path: String,
    /// Whether it replaces an earlier one.
    replaces: bool,
    /// The runs that it was made of.
    runs: Vec<PromotedRun<'a>>,
    /// The cells that it has.
    cells: Vec<PromotedCell>,
    /// Cells with too few valid windows to be in it.
    left_out: Vec<LeftOut>,
    /// Suggested limits and SLOs; present only with `--suggest-thresholds`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Envelope<ThresholdsOutput<'static>>")]
    thresholds: Option<Envelope<ThresholdsOutput<'a>>>,
}

impl Output for PromotionOutput<'_> {
    const KIND: &'static str = "promotion";
}

/// A run that a baseline was made of.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct PromotedRun<'a> {
    /// The run ID.
    run: &'a str,
    /// Number of valid windows in the run.
    valid_windows: u64,
    /// Windows that were left out: throttled or invalid.
    left_out: u64,
}

impl<'a> From<&'a Origin> for PromotedRun<'a> {
    fn from(origin: &'a Origin) -> Self {
        Self { run: &origin.run_id, valid_windows: origin.valid_windows, left_out: origin.left_out }
    }
}

/// A cell of a baseline.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct PromotedCell {
    #[serde(flatten)]
    place: Place,
    /// The metrics that a baseline keeps.
    metrics: SomeWords<Metric, BaselineValue>,
}

impl PromotedCell {
    fn of(key: &CellName, cell: &CellBaseline, earlier: Option<&CellBaseline>) -> Self {
        let value = |metric| {
            let before = earlier.and_then(|earlier| baseline_value(earlier, metric));
            (metric, BaselineValue { before, after: baseline_value(cell, metric) })
        };
        Self { place: key.into(), metrics: KEPT.into_iter().map(value).collect() }
    }
}

/// The baseline value of a metric, in its unit.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct BaselineValue {
    /// Value in the replaced baseline; null where that lacks it.
    before: Option<f64>,
    /// Value in the new baseline; null where too few requests support it.
    after: Option<f64>,
}

/// A cell with too few valid windows.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct LeftOut {
    #[serde(flatten)]
    place: Place,
    /// Number of valid windows that the cell has.
    valid_windows: usize,
}

impl From<&(CellName, usize)> for LeftOut {
    fn from((cell, valid_windows): &(CellName, usize)) -> Self {
        Self { place: cell.into(), valid_windows: *valid_windows }
    }
}

/// Limits that the data supports.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(title = "what `baseline promote --suggest-thresholds --format json` prints", deny_unknown_fields)]
pub(in crate::report) struct ThresholdsOutput<'a> {
    /// Suggested limits, one entry per cell and metric.
    limits: Vec<SuggestedLimits>,
    /// SLOs whose limits most windows of the level with most users keep, and some do not. An endpoint whose windows are all
    /// alike has none.
    objectives: Vec<SuggestedSlo<'a>>,
}

impl Output for ThresholdsOutput<'_> {
    const KIND: &'static str = "thresholds";
}

impl<'a> ThresholdsOutput<'a> {
    fn of(suggestions: &[Suggestion], objectives: &'a [SuggestedObjective]) -> Self {
        Self {
            limits: suggestions.iter().map(SuggestedLimits::from).collect(),
            objectives: objectives.iter().map(SuggestedSlo::from).collect(),
        }
    }
}

/// Limits for one metric of one cell.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct SuggestedLimits {
    #[serde(flatten)]
    series: Series,
    /// Number of windows that the suggestion is based on.
    windows: usize,
    /// The baseline value, in the unit of the metric.
    usual: f64,
    /// Limits at several distances from it.
    offered: Vec<OfferedLimit>,
}

impl From<&Suggestion> for SuggestedLimits {
    fn from(suggestion: &Suggestion) -> Self {
        Self {
            series: Series::of(&suggestion.cell, suggestion.metric),
            windows: suggestion.windows,
            usual: suggestion.value,
            offered: suggestion.limits.iter().map(OfferedLimit::from).collect(),
        }
    }
}

/// A limit and its false alarms.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct OfferedLimit {
    /// Standard deviations above the baseline value.
    sigmas: f64,
    /// The limit, in the unit of the metric.
    value: f64,
    /// Windows per day beyond it by chance, if they are log-normal.
    expected_alarms_a_day: f64,
    /// Windows per day beyond it in the data.
    seen_alarms_a_day: f64,
}

impl From<&Limit> for OfferedLimit {
    fn from(limit: &Limit) -> Self {
        Self {
            sigmas: limit.sigmas,
            value: limit.value,
            expected_alarms_a_day: limit.expected_a_day,
            seen_alarms_a_day: limit.seen_a_day,
        }
    }
}

/// The SLO of an endpoint that its data supports.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct SuggestedSlo<'a> {
    /// Name of the endpoint; `endpoint.step` for one of its steps.
    endpoint: &'a str,
    /// Suggested limit of the mean service time; null where no limit would tell windows apart.
    mean_us: Option<f64>,
    /// Suggested limit of the service time p95; null where no limit would tell windows apart.
    p95_us: Option<f64>,
    /// Suggested limit of the error ratio, above 0 and below 1; null where hardly any window had errors.
    error_rate: Option<f64>,
    /// Suggested lower limit of the cache hit ratio, above 0 and below 1; null where no response says hit or miss, and where
    /// all windows are alike.
    cache_hit_ratio: Option<f64>,
    /// The stretch that the limits are judged over, as in `slo.for`.
    over_s: f64,
    /// Fraction of single windows that keep every limit.
    windows_kept: f64,
    /// Stretches of that length in the runs, one ending with each window.
    stretches: usize,
    /// Stretches in which more than half of the windows exceed the same limit.
    stretches_exceeded: usize,
    /// Single windows per day that exceed a limit in the data.
    expected_alarms_a_day: f64,
}

impl<'a> From<&'a SuggestedObjective> for SuggestedSlo<'a> {
    fn from(objective: &'a SuggestedObjective) -> Self {
        Self {
            endpoint: &objective.endpoint,
            mean_us: objective.mean_us,
            p95_us: objective.p95_us,
            error_rate: objective.error_rate,
            cache_hit_ratio: objective.cache_hit_ratio,
            over_s: objective.over.as_secs_f64(),
            windows_kept: objective.kept,
            stretches: objective.stretches,
            stretches_exceeded: objective.exceeded,
            expected_alarms_a_day: objective.seen_a_day,
        }
    }
}
