//! A gate as one JSON object.

use schemars::JsonSchema;
use serde::Serialize;

use crate::analysis::gate;
use crate::analysis::gate::{Confirmation, Design, Outcome, Quantity, Settings, smallest_of};
use crate::domain::metric::Metric;
use crate::report::formats::envelope::{Output, print};
use crate::report::formats::values::Interval;
use crate::report::formats::words::{SomeWords, Word};

use super::json_rows::{BrokenObjective, Row};
use super::reason::{SIMULATED, reason};
use super::view::{GateView, NoiseView};

/// One gate, or several stages: then the last one's with all of them in `stages`.
pub(super) fn gate_json(stages: &[GateView]) -> String {
    let Some(last) = stages.last() else { return "null\n".to_owned() };
    let is_staged = stages.iter().any(|stage| stage.load_percent.is_some());
    print(GateOutput {
        gate: last.into(),
        stages: is_staged.then(|| stages.iter().map(Gate::from).collect()),
    })
}

/// A verdict and what it stands on.
///
/// With stages it is that of the last one, and `stages` has all. A number that cannot be known is null.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(title = "what `baseline gate --format json` prints", deny_unknown_fields)]
pub(in crate::report) struct GateOutput<'a> {
    #[serde(flatten)]
    gate: Gate<'a>,
    /// Every stage that was measured, in their order; only with `--stages`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<Gate<'static>>")]
    stages: Option<Vec<Gate<'a>>>,
}

impl Output for GateOutput<'_> {
    const KIND: &'static str = "gate";
}

/// The verdict of one gate, and what it is based on.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Gate<'a> {
    verdict: Word<Outcome>,
    /// Reason for the verdict, in a sentence.
    reason: String,
    /// The smallest change, as a ratio less 1, that would probably have been seen in every cell's throughput, mean or
    /// median, whichever shows most.
    minimum_detectable_effect: Option<f64>,
    /// The same by metric, over its cells.
    minimum_detectable_effects: SomeWords<Quantity, Smallest>,
    /// The scenario of both sides.
    scenario: &'a str,
    /// How the sides were measured.
    design: Word<Design>,
    /// Of a stage: the percent of the load that was offered; null without stages.
    #[schemars(range(min = 1))]
    share_percent: Option<u32>,
    /// The baseline, or side A.
    before: Side<'a>,
    /// The candidate, or side B.
    after: Side<'a>,
    confirmation: Word<Confirmation>,
    false_fail_rate: FalseFailRate<'a>,
    floors: Floors,
    /// By metric, the change that all cells share, as a ratio less 1: above 0 is worse.
    moved_together: SomeWords<Metric, f64>,
    /// What the two sides do not share, so that nothing can be said.
    not_comparable: Vec<Difference<'a>>,
    /// SLOs of the scenario that the candidate violated.
    broken_objectives: Vec<BrokenObjective<'a>>,
    /// Remarks that do not change the verdict.
    remarks: &'a [String],
    /// One per cell and metric.
    metrics: Vec<Row>,
}

impl<'a> From<&'a GateView> for Gate<'a> {
    fn from(view: &'a GateView) -> Self {
        let judgement = &view.judgement;
        let by_metric = judgement.by_quantity().into_iter().filter(|(quantity, _)| !quantity.is_ratio());
        let differences = view.differences.iter();
        Self {
            verdict: Word(view.outcome()),
            reason: reason(view),
            minimum_detectable_effect: judgement.smallest(),
            minimum_detectable_effects: by_metric
                .map(|(quantity, rows)| (quantity, Smallest::of(&rows)))
                .collect(),
            scenario: &view.scenario,
            design: Word(view.settings.design),
            share_percent: view.load_percent,
            before: Side { name: &view.before, runs: &view.runs_before },
            after: Side { name: &view.after, runs: &view.runs_after },
            confirmation: Word(judgement.confirmation),
            false_fail_rate: FalseFailRate {
                measured: view.noise.as_ref().map(MeasuredRate::from),
                simulated: SIMULATED,
            },
            floors: (&view.settings).into(),
            moved_together: judgement.together.iter().copied().collect(),
            not_comparable: differences
                .map(|(name, before, after)| Difference { name, before, after })
                .collect(),
            broken_objectives: view.broken.iter().map(BrokenObjective::from).collect(),
            remarks: &view.remarks,
            metrics: judgement.rows.iter().map(Row::from).collect(),
        }
    }
}

/// The smallest changes that would probably have been seen, over cells; null where runs are too few to say.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Smallest {
    /// Smallest detectable change in the median cell, as a ratio less 1.
    median: Option<f64>,
    /// Smallest detectable change in the noisiest cell, as a ratio less 1.
    worst: Option<f64>,
}

impl Smallest {
    fn of(rows: &[&gate::Row]) -> Self {
        let (median, worst) = smallest_of(rows);
        Self { median, worst }
    }
}

/// One side of the gate.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Side<'a> {
    /// The baseline's name, how many runs the candidate has, or a URL.
    name: &'a str,
    /// IDs of the side's runs; two URLs measured in turns share one run.
    runs: &'a [String],
}

/// How often such a gate fails although nothing changed.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct FalseFailRate<'a> {
    /// Gates of the same code on this machine; null where `gate --aa` measured none.
    measured: Option<MeasuredRate<'a>>,
    /// The highest false-positive rate on simulated runs of the same code.
    simulated: f64,
}

/// Gates of the same code on this machine.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct MeasuredRate<'a> {
    /// When the latest of these gates was measured.
    measured_at: &'a str,
    /// Number of gates.
    gates: u64,
    /// How many of them failed.
    failed: u64,
    /// How many independent gates they are worth: neighbours share runs.
    independent_gates: f64,
    /// Interval of the rate; null where no gate came to a verdict.
    interval_95: Option<Interval>,
}

impl<'a> From<&'a NoiseView> for MeasuredRate<'a> {
    fn from(noise: &'a NoiseView) -> Self {
        Self {
            measured_at: &noise.measured_at,
            gates: noise.gates,
            failed: noise.failed,
            independent_gates: noise.worth,
            interval_95: noise.interval.map(Interval::from),
        }
    }
}

/// No smaller change fails. Ratios less 1; of errors the difference of ratios.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Floors {
    /// Smallest change of throughput, mean and median that fails.
    center: f64,
    /// Smallest change of p95 and p99 that fails.
    tail: f64,
    /// Smallest change of error and throttled ratios that fails.
    errors: f64,
    /// The change of all cells together that two sets of stored runs may show; null where sides took turns.
    drift: Option<f64>,
}

impl From<&Settings> for Floors {
    fn from(settings: &Settings) -> Self {
        Self {
            center: settings.floor,
            tail: settings.tail_floor,
            errors: settings.error_floor,
            drift: (settings.design == Design::Stored).then_some(settings.drift),
        }
    }
}

/// Something that must be equal and is not.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Difference<'a> {
    /// Such as `window` or `host.cores`.
    name: &'a str,
    /// On one side; `-` where it has none.
    before: &'a str,
    /// On the other side; `-` where it has none.
    after: &'a str,
}
