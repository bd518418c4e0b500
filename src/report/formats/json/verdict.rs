//! A verdict and its reasons, and a judged SLO, the same in every output.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;

use crate::domain::availability;
use crate::domain::metric::Metric;
use crate::domain::objective::{Basis, JudgedLimit, Needs, ObjectiveState};
use crate::domain::run_verdict;
use crate::domain::run_verdict::{RunOutcome, RunVerdict};
use crate::report::formats::values::Moment;
use crate::report::formats::words::Word;
use crate::report::wording::verdicts::reason_words;

/// What a run comes to, and why.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(in crate::report) struct Conclusion {
    /// What the run comes to: `accepted` (exit code 0), `failed` (1) or `inconclusive` (3).
    outcome: Word<RunOutcome>,
    /// Every reason why it is not accepted, the one that decides first.
    reasons: Vec<Reason>,
}

impl From<&RunVerdict> for Conclusion {
    fn from(verdict: &RunVerdict) -> Self {
        Self { outcome: Word(verdict.outcome()), reasons: verdict.reasons.iter().map(Reason::from).collect() }
    }
}

/// One reason why a run is not accepted.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "keys of JSON")]
struct Reason {
    /// The reason in a word.
    #[schemars(schema_with = "reason_names")]
    reason: &'static str,
    /// The same in a sentence.
    sentence: String,
    /// Name of the endpoint; null where the reason is about the whole run.
    endpoint: Option<String>,
    /// Name of the load level; null where the reason is about the whole run.
    level: Option<String>,
}

fn reason_names(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": run_verdict::Reason::WORDS })
}

impl From<&run_verdict::Reason> for Reason {
    fn from(reason: &run_verdict::Reason) -> Self {
        Self {
            reason: reason.word(),
            sentence: reason_words(reason),
            endpoint: reason.cell().map(crate::domain::cell_name::CellName::series),
            level: reason.cell().map(|cell| cell.level.to_string()),
        }
    }
}

/// One limit of an SLO.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::report) struct Objective {
    /// The metric that the SLO limits.
    metric: Word<Metric>,
    /// The largest acceptable value, in the unit of the metric; null for a lower limit.
    at_most: Option<f64>,
    /// The smallest acceptable value, in the unit of the metric; null for an upper limit.
    at_least: Option<f64>,
    /// Whether the limit is met, violated, or not decided by the data.
    state: Word<ObjectiveState>,
    /// What was compared with the limit, in the same unit: the value over the whole run, of its worst stretch, or for errors
    /// the fraction of time down; null where too little was measured to state it.
    value: Option<f64>,
    /// What that value is of: `requests` (all of them), `time` (down) or `stretch` (the worst).
    #[schemars(schema_with = "bases")]
    basis: &'static str,
    /// Start of the worst stretch; null where the whole run was judged.
    from: Option<Moment>,
    /// End of the worst stretch; null where the whole run was judged.
    until: Option<Moment>,
    /// Requests that were judged; for a cache hit ratio the responses that say hit or miss.
    requests: u64,
    /// Requests of this cell that would decide it, or responses that say hit or miss; null where it is decided, or where
    /// requests are not what is lacking.
    needs_requests: Option<u64>,
    /// Windows of this cell that would decide it; null where it is decided, or where windows are not what is lacking.
    needs_windows: Option<u64>,
}

fn bases(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": ["requests", "time", "stretch"] })
}

impl From<&JudgedLimit> for Objective {
    fn from(judged: &JudgedLimit) -> Self {
        let (basis, stretch) = match judged.basis {
            Basis::Requests => ("requests", None),
            Basis::Time(_) => ("time", None),
            Basis::Stretch(stretch) => ("stretch", Some(stretch)),
        };
        let (needs_requests, needs_windows) = match judged.needs {
            Some(Needs::Requests(needed) | Needs::CacheResponses(needed)) => (Some(needed), None),
            Some(Needs::Windows(needed)) => (None, Some(needed)),
            Some(Needs::CacheHeaders | Needs::Certificate) | None => (None, None),
        };
        let is_lower = judged.kind.is_lower_limit();
        Self {
            metric: Word(judged.kind.metric()),
            at_most: (!is_lower).then_some(judged.limit),
            at_least: is_lower.then_some(judged.limit),
            state: Word(judged.state),
            value: judged.decisive(),
            basis,
            from: stretch.map(|stretch| Moment(stretch.from)),
            until: stretch.map(|stretch| Moment(stretch.until)),
            requests: judged.requests,
            needs_requests,
            needs_windows,
        }
    }
}

/// Availability: the fraction of the measured time in which it worked. A window counts as down where at least half of its
/// requests failed.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::report) struct Availability {
    /// Fraction of the measured time, 0 to 1; null where no window shows whether it worked.
    ratio: Option<f64>,
    /// Measured time in which it worked.
    up_s: f64,
    /// Measured time in which it did not.
    down_s: f64,
    /// Windows in which it worked.
    windows_up: u64,
    /// Windows in which it did not.
    windows_down: u64,
}

impl From<&availability::Availability> for Availability {
    fn from(measured: &availability::Availability) -> Self {
        Self {
            ratio: measured.ratio(),
            up_s: measured.up.as_secs_f64(),
            down_s: measured.down.as_secs_f64(),
            windows_up: measured.windows_up,
            windows_down: measured.windows_down,
        }
    }
}
