//! What is said of a plan before it is measured: whether a run of it can become a baseline, and be judged by a gate.

use schemars::JsonSchema;
use serde::Serialize;

use crate::analysis::gate::{DRIFT, LEAST_CELLS, LEAST_ENDPOINTS, separates_drift};
use crate::analysis::promotable::{Promotable, promotable};
use crate::domain::plan::Plan;
use crate::domain::units::format_span;
use crate::report::wording::numbers::{chosen_percent, count, counted};

/// Why a run of the plan cannot be promoted alone, and what would work; `None` where it can.
pub fn promotion_warning(plan: &Plan) -> Option<String> {
    let found = promotable(plan);
    if found.is_enough() {
        return None;
    }
    let options = [("--duration", found.duration), ("--cycle", found.cycle)];
    let changes: Vec<String> = options
        .into_iter()
        .filter_map(|(option, span)| Some(format!("{option} {}", format_span(span?))))
        .collect();
    Some(format!(
        "this plan cannot be promoted to a baseline: {} per cell, {} needed; use {}, or promote {} of it together",
        counted(found.windows_per_cell, "window"),
        count(found.needed),
        changes.join(" or "),
        counted(found.runs(), "run"),
    ))
}

/// Everything that a plan is too small for, a sentence each.
pub fn warnings(plan: &Plan) -> Vec<String> {
    let mut warnings: Vec<String> = promotion_warning(plan).into_iter().collect();
    let found = promotable(plan);
    if found.windows_per_cell <= found.learned_from {
        warnings.push(format!(
            "without --baseline, no window of this plan is checked for changes: the first {} of each cell are its baseline",
            count(found.learned_from)
        ));
    }
    warnings
}

/// What a gate cannot do with a plan, as a note: `--ab` can.
pub fn gate_note(plan: &Plan) -> Option<String> {
    (!separates_drift(plan)).then(|| {
        format!(
            "with {} and {}, `gate --against` cannot tell a change from drift of the machine below --drift ({}): it needs \
             {LEAST_ENDPOINTS} endpoints and {LEAST_CELLS} cells; `gate --ab` does not",
            counted(plan.workloads.len() as u64, "endpoint"),
            counted(plan.cells.len() as u64, "cell"),
            chosen_percent(DRIFT),
        )
    })
}

/// Whether a run of the plan has enough windows to become a baseline.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct BaselineReadiness {
    /// Windows that each cell gets: one per cycle.
    windows_per_cell: u64,
    /// Valid windows that a cell needs.
    windows_needed: u64,
    /// Whether one run of the plan is enough.
    is_enough: bool,
    /// A duration that is enough at this cycle; null where the plan is enough.
    duration_s: Option<f64>,
    /// A cycle that is enough in this duration; null where the plan is enough, or its cells would not fit.
    cycle_s: Option<f64>,
    /// Number of such runs that are enough together.
    runs: u64,
}

impl BaselineReadiness {
    pub(super) fn of(plan: &Plan) -> Self {
        let found: Promotable = promotable(plan);
        Self {
            windows_per_cell: found.windows_per_cell,
            windows_needed: found.needed,
            is_enough: found.is_enough(),
            duration_s: found.duration.map(|span| span.as_secs_f64()),
            cycle_s: found.cycle.map(|span| span.as_secs_f64()),
            runs: found.runs(),
        }
    }
}
