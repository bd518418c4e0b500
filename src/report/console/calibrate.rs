//! Output of `baseline gate --aa`: the false-alarm rate of the gate on this machine.

use schemars::JsonSchema;
use serde::Serialize;

use crate::analysis::gate::noise::Splits;
use crate::report::formats::envelope::{Output, print};
use crate::report::formats::values::Interval;
use crate::report::wording::numbers::{counted, percent, significant};
use crate::report::wording::phrases::signed_percent;

/// Renders the false-alarm rate of the gate as JSON, for programs.
pub fn calibration_json(found: &Splits, path: &str) -> String {
    print(NoiseOutput {
        path,
        runs: found.runs,
        splits: found.splits,
        failed: found.failed,
        inconclusive: found.inconclusive,
        independent_gates: found.worth(),
        interval_95: found.interval().map(Interval::from),
        minimum_detectable_effect: found.smallest,
    })
}

/// How often the gate fails runs of the same code.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(title = "what `baseline gate --aa --format json` prints", deny_unknown_fields)]
pub(in crate::report) struct NoiseOutput<'a> {
    /// The file that keeps the result for later gates.
    path: &'a str,
    /// Runs of the same code.
    runs: usize,
    /// Gates: ways to split the runs into a baseline and a candidate, in the order of time.
    splits: usize,
    /// Gates that failed: false alarms, because all runs are of the same code.
    failed: usize,
    /// Gates that came to no verdict.
    inconclusive: usize,
    /// How many independent gates these are worth: neighbours share runs.
    independent_gates: f64,
    /// Interval of the false-positive rate; null where no gate came to a verdict.
    interval_95: Option<Interval>,
    /// The median over gates of the smallest change, as a ratio less 1, that would probably have been seen in any cell.
    minimum_detectable_effect: Option<f64>,
}

impl Output for NoiseOutput<'_> {
    const KIND: &'static str = "gate_noise";
}

/// Renders the false-alarm rate of the gate as text, for people.
pub fn calibration_text(found: &Splits, path: &str) -> String {
    let interval = found.interval().map_or_else(String::new, |(low, high)| {
        format!(" (95 % interval {} to {})", percent(Some(low)), percent(Some(high)))
    });
    let smallest = found.smallest.map_or_else(String::new, |smallest| {
        format!(
            "the smallest detectable change in any cell is {} (median of the gates)\n",
            signed_percent(smallest)
        )
    });
    format!(
        "{2} of the same code, every split that keeps their order: {0} of {1} failed{interval}, {3} inconclusive\n\
         splits share runs, so they are equivalent to {4} independent gates; more runs narrow the interval\n\
         {smallest}saved in {path}\n",
        found.failed,
        counted(found.splits as u64, "gate"),
        counted(found.runs as u64, "run"),
        found.inconclusive,
        significant(found.worth())
    )
}
