//! What a gate found, as text, JSON, Markdown for a pull request, JUnit XML, GitHub annotations and `OpenMetrics`.

mod content;
mod github;
mod json;
mod junit;
mod metrics;
mod reason;

use crate::analysis::gate::objectives::Broken;
use crate::analysis::gate::{Design, Judgement, Outcome, Settings};

use super::{markdown, plain};

pub use github::annotations;
pub use json::GATE_SCHEMA;
pub use junit::JunitError;

/// GitHub refuses a longer comment. Units: bytes.
const MOST_MARKDOWN: usize = 65_536;

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
    pub broken: Vec<Broken>,
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

    /// Why, in a sentence or two.
    pub fn reason(&self) -> String {
        reason::reason(self)
    }

    fn is_interleaved(&self) -> bool {
        self.settings.design == Design::Interleaved
    }

    /// What the verdict is about: `the gate`, or one of its stages.
    fn title(&self) -> String {
        let stage = self.share.map_or_else(String::new, |share| format!(" at {share} % of the load"));
        format!("Performance gate of {}{stage}", self.scenario)
    }
}

/// The verdict of several stages: that of the last, because it stops at the first that is not accepted.
pub fn outcome(stages: &[GateView]) -> Outcome {
    stages.last().map_or(Outcome::Inconclusive, GateView::outcome)
}

/// For a terminal.
pub fn text(stages: &[GateView]) -> String {
    let texts = stages.iter().map(|view| plain::plain(&content::document(view, content::Length::Terminal)));
    texts.collect::<Vec<_>>().join("\n")
}

/// For a pull request: as many rows as fit.
pub fn markdown(stages: &[GateView]) -> String {
    let most = MOST_MARKDOWN / stages.len().max(1);
    let fitting = |view: &GateView| {
        let lengths = [1_000, 200, 50, 10, 0].map(content::Length::Rows);
        let texts = lengths.into_iter().map(|length| markdown::markdown(&content::document(view, length)));
        let mut texts: Vec<String> = texts.collect();
        let fits = texts.iter().position(|text| text.len() <= most).unwrap_or(texts.len() - 1);
        texts.swap_remove(fits)
    };
    stages.iter().map(fitting).collect::<Vec<_>>().join("\n")
}

/// For programs: one object.
pub fn json(stages: &[GateView]) -> String {
    json::gate_json(stages)
}

/// For CI: a test case for each value of each cell.
/// # Errors
/// [`JunitError`] where it cannot be written.
pub fn junit(stages: &[GateView]) -> Result<String, JunitError> {
    junit::junit(stages)
}

/// For GitLab: the values of the candidate.
pub fn open_metrics(stages: &[GateView]) -> String {
    metrics::open_metrics(stages)
}
