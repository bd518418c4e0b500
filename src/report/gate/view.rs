//! The result of a gate, independent of the output format.

use crate::analysis::gate::{Design, Judgement, Outcome, Settings};
use crate::analysis::objective::stretches::Violation;

/// The result of a gate: both sides, what was compared, and the verdict.
#[derive(Debug, Clone)]
pub struct GateView {
    /// The scenario of both sides.
    pub scenario: String,
    /// The baseline's name, or the URL of side A.
    pub before: String,
    /// The candidate: its runs, or the URL of side B.
    pub after: String,
    /// The runs or rounds of the baseline.
    pub runs_before: Vec<String>,
    /// The same of the candidate.
    pub runs_after: Vec<String>,
    /// Differences that make both sides not comparable: name, before, after.
    pub differences: Vec<(String, String, String)>,
    /// The judgement of all values.
    pub judgement: Judgement,
    /// SLOs of the scenario that the candidate violated.
    pub broken: Vec<Violation>,
    /// Remarks that change no verdict.
    pub remarks: Vec<String>,
    /// The false-alarm rate on this machine, if it was measured.
    pub noise: Option<NoiseView>,
    /// The settings of the gate.
    pub settings: Settings,
    /// The percentage of the planned load, for a stage. Units: percent.
    pub load_percent: Option<u32>,
}

/// The measured false-alarm rate of the gate: failures of gates that compared the same code.
#[derive(Debug, Clone, PartialEq)]
pub struct NoiseView {
    /// When it was measured, RFC 3339.
    pub measured_at: String,
    /// Gates of the same code: splits of runs, or rounds of the same target on both sides.
    pub gates: u64,
    /// How many of them failed.
    pub failed: u64,
    /// The equivalent number of independent gates.
    pub worth: f64,
    /// The 95% interval of the failing fraction.
    pub interval: Option<(f64, f64)>,
}

impl GateView {
    /// The verdict: inconclusive if the sides are not comparable, regressed if an SLO is violated, otherwise
    /// that of the judgement.
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

    /// The title: the scenario, and the stage if there is one.
    pub(super) fn title(&self) -> String {
        let stage = self
            .load_percent
            .map_or_else(String::new, |load_percent| format!(" at {load_percent} % of the planned load"));
        format!("Performance gate of {}{stage}", self.scenario)
    }
}
