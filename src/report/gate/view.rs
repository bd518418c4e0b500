//! What a gate found, before any format.

use crate::analysis::gate::{Design, Judgement, Outcome, Settings};
use crate::analysis::objective::stretches::Violation;

/// What was held against what.
#[derive(Debug, Clone)]
pub struct GateView {
    /// The scenario of both sides.
    pub scenario: String,
    /// The baseline's name, or the URL of side A.
    pub before: String,
    /// What the candidate is: how many runs, or the URL of side B.
    pub after: String,
    /// Which runs or rounds tell what is before.
    pub runs_before: Vec<String>,
    /// The same of the candidate.
    pub runs_after: Vec<String>,
    /// What the two do not share, so that nothing can be said: name, before, after.
    pub differences: Vec<(String, String, String)>,
    /// What was found.
    pub judgement: Judgement,
    /// Objectives of the scenario that the candidate broke.
    pub broken: Vec<Violation>,
    /// Remarks that change no verdict.
    pub remarks: Vec<String>,
    /// How often this gate failed runs of the same code on this machine, where that was measured.
    pub noise: Option<NoiseView>,
    /// What was asked of the gate.
    pub settings: Settings,
    /// The share of the load that was offered, of a stage. Units: percent.
    pub share: Option<u32>,
}

/// How often this gate fails runs of the same code.
#[derive(Debug, Clone, PartialEq)]
pub struct NoiseView {
    /// When it was measured, RFC 3339.
    pub measured_at: String,
    /// Gates of the same code: splits of runs, or rounds of the same target on both sides.
    pub gates: u64,
    /// How many of them failed.
    pub failed: u64,
    /// How many independent gates they are worth.
    pub worth: f64,
    /// The 95 % interval of the share that fails.
    pub interval: Option<(f64, f64)>,
}

impl GateView {
    /// The verdict.
    pub fn outcome(&self) -> Outcome {
        if !self.differences.is_empty() {
            Outcome::Inconclusive
        } else if !self.broken.is_empty() {
            Outcome::Regressed
        } else {
            self.judgement.outcome
        }
    }

    pub(super) fn is_interleaved(&self) -> bool {
        self.settings.design == Design::Interleaved
    }

    /// What the verdict is about: `the gate`, or one of its stages.
    pub(super) fn title(&self) -> String {
        let stage = self.share.map_or_else(String::new, |share| format!(" at {share} % of the load"));
        format!("Performance gate of {}{stage}", self.scenario)
    }
}
