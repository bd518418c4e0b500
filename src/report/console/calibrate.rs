//! What `baseline gate --aa` prints: how often the gate fails runs of the same code.

use serde_json::json;

use crate::analysis::gate::noise::Splits;
use crate::report::wording::numbers::{counted, percent, significant};
use crate::report::wording::phrases::signed_percent;

/// For programs.
pub fn calibration_json(found: &Splits, path: &str) -> String {
    let text = serde_json::to_string_pretty(&json!({
        "schema": 1,
        "path": path,
        "runs": found.runs,
        "splits": found.splits,
        "failed": found.failed,
        "inconclusive": found.inconclusive,
        "independent_gates": found.worth(),
        "interval_95": found.interval().map(|(low, high)| [low, high]),
        "minimum_detectable_effect": found.smallest,
    }));
    text.unwrap_or_default() + "\n"
}

/// For people.
pub fn calibration_text(found: &Splits, path: &str) -> String {
    let interval = found.interval().map_or_else(String::new, |(low, high)| {
        format!(" (95 % interval {} to {})", percent(Some(low)), percent(Some(high)))
    });
    let smallest = found.smallest.map_or_else(String::new, |smallest| {
        format!(
            "in the middle of them a change of {} would probably have been seen in any cell\n",
            signed_percent(smallest)
        )
    });
    format!(
        "of {2} of the same code, in every split that keeps their order: {0} of {1} failed{interval}, {3} could not tell\n\
         neighbours share runs, so together they are worth {4} independent gates; more runs make it surer\n\
         {smallest}kept in {path}\n",
        found.failed,
        counted(found.splits as u64, "gate"),
        counted(found.runs as u64, "run"),
        found.inconclusive,
        significant(found.worth())
    )
}
