//! A gate compares what works: sides that mostly fail put its judgement in doubt.

use crate::analysis::objective::stretches::Violation;
use crate::domain::verdict::Verdict;

use super::failing::{FailingCells, OutcomesOfCells};
use super::judgement::{Doubt, Judgement, Outcome, Row};

/// Doubts a judgement where a side mostly fails, and drops SLO violations of cells that failed before the change too.
///
/// Cells that fail on the baseline's side prove nothing, so that the gate is inconclusive unless another cell regressed. A
/// candidate that fails where its baseline works has regressed, and is at least never accepted.
pub fn doubt_failing(
    judgement: &mut Judgement,
    violations: &mut Vec<Violation>,
    before: &OutcomesOfCells,
    after: &OutcomesOfCells,
) {
    let (failing_before, failing_after) = (FailingCells::of(before), FailingCells::of(after));
    let cells = failing_before.as_ref().map(|(cells, _)| cells.clone()).unwrap_or_default();
    violations.retain(|violation| !cells.contains(&violation.cell));
    let regressed = |row: &Row| row.verdict == Verdict::Regressed && !cells.contains(&row.cell);
    let has_regressed = judgement.outcome == Outcome::Regressed && judgement.rows.iter().any(regressed);
    let boxed = |found: Option<(_, FailingCells)>| found.map(|(_, found)| Box::new(found));
    let (before, after) = (boxed(failing_before), boxed(failing_after));
    if before.is_none() && after.is_none() {
        return;
    }
    if !has_regressed {
        judgement.outcome = Outcome::Inconclusive;
    }
    judgement.doubts.insert(0, Doubt::MostlyFails { before, after });
}
