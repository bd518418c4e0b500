//! Which verdicts a gate can come to with the runs and cells that it will have, before any of them is measured.

use crate::domain::plan::Plan;

use super::settings::Design;

/// With fewer cells or endpoints, a common movement cannot be separated from that of single cells.
pub const LEAST_CELLS: usize = 5;
/// See [`LEAST_CELLS`].
pub const LEAST_ENDPOINTS: usize = 3;

/// The verdicts that are possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feasible {
    /// A change can be accepted or fail.
    AnyVerdict,
    /// A change can fail, but its absence cannot be shown.
    OnlyRegressions,
    /// Too few runs to show how runs vary: the gate is inconclusive, whatever is measured.
    Nothing,
}

/// Runs (or rounds) of the baseline's side and of the candidate's: the fewest to judge a change, and to accept one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Needed {
    /// The fewest to fail a change: baseline, candidate.
    pub to_judge: (usize, usize),
    /// The fewest to accept a change: baseline, candidate.
    pub to_accept: (usize, usize),
}

/// What a design needs.
pub fn needed(design: Design) -> Needed {
    match design {
        Design::Stored => Needed { to_judge: (3, 2), to_accept: (5, 3) },
        // A round has both sides.
        Design::Interleaved => Needed { to_judge: (3, 3), to_accept: (5, 5) },
    }
}

/// Which verdicts this many runs (or rounds) allow.
pub fn feasible(design: Design, before: usize, after: usize) -> Feasible {
    let Needed { to_judge, to_accept } = needed(design);
    let has = |least: (usize, usize)| before >= least.0 && after >= least.1;
    match (has(to_accept), has(to_judge)) {
        (true, _) => Feasible::AnyVerdict,
        (false, true) => Feasible::OnlyRegressions,
        (false, false) => Feasible::Nothing,
    }
}

/// Whether runs of a plan have enough cells and endpoints to tell a change from a drift of the machine between runs.
pub fn separates_drift(plan: &Plan) -> bool {
    plan.cells.len() >= LEAST_CELLS && plan.workloads.len() >= LEAST_ENDPOINTS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_runs_allow_few_verdicts() {
        let check = |before: usize, after: usize, expected: Feasible| {
            assert_eq!(feasible(Design::Stored, before, after), expected, "{before} and {after}");
        };
        check(5, 3, Feasible::AnyVerdict);
        check(4, 3, Feasible::OnlyRegressions);
        check(5, 2, Feasible::OnlyRegressions);
        check(3, 2, Feasible::OnlyRegressions);
        check(2, 8, Feasible::Nothing);
        check(9, 1, Feasible::Nothing);
        assert_eq!(feasible(Design::Interleaved, 4, 4), Feasible::OnlyRegressions);
    }
}
