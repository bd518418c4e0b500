//! The head of `report.json`: what the run is, what it comes to, and how far it may be trusted.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::analysis::outliers::OutlierCount;
use crate::domain::gap;
use crate::domain::gap::GapReason;
use crate::domain::run_verdict;
use crate::domain::verdict::InvalidReason;
use crate::report::formats::document;
use crate::report::formats::values::{
    ErrorsByClass, ErrorsByReason, Interval, Moment, errors_by_class, errors_by_reason, run_states,
};
use crate::report::formats::words::{SomeWords, Word};
use crate::report::view::headline::{Headline, State};
use crate::report::view::health::RunHealth;
use crate::report::view::run_view::{RunFacts, RunView};

use super::verdict::Conclusion;

/// Identity of the run: scenario, schedule, state, machine and version of the program.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::report) struct Run<'a> {
    /// The run ID.
    id: &'a str,
    /// The scenario's name.
    scenario: &'a str,
    /// SHA-256 of the scenario as it was run.
    scenario_hash: &'a str,
    /// The target, or what stood in for it.
    measured: &'a str,
    /// The plan in a sentence.
    plan: &'a str,
    /// State of the run: `running`, `completed`, `stopped`, `failed`, `killed` or `unknown`.
    #[schemars(schema_with = "run_states")]
    state: &'a str,
    /// Start of the run.
    started_at: Moment,
    /// When it was planned to end.
    planned_end: Moment,
    /// When the last window ended; null without one.
    last_window_at: Option<Moment>,
    /// The seed of every random choice.
    seed: u64,
    /// The machine that generated the load.
    host: &'a str,
    /// Version and commit of this program.
    tool: &'a str,
    /// Rows that each queue handed out, each row once.
    rows_handed_out: &'a BTreeMap<String, u64>,
    /// What is missing from the files of the run, or damaged, a sentence each; empty for an intact run.
    warnings: &'a [String],
}

impl<'a> Run<'a> {
    /// The facts of a run.
    pub(in crate::report) fn of(facts: &'a RunFacts, health: &RunHealth) -> Self {
        Self {
            id: &facts.run_id,
            scenario: &facts.scenario,
            scenario_hash: &facts.scenario_hash,
            measured: &facts.mode,
            plan: &facts.plan,
            state: &facts.state,
            started_at: Moment(facts.started_at),
            planned_end: Moment(facts.planned_end),
            last_window_at: health.last_window_at.map(Moment),
            seed: facts.seed,
            host: &facts.host,
            tool: &facts.tool,
            rows_handed_out: &facts.queues,
            warnings: &facts.warnings,
        }
    }
}

/// What the run comes to.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::report) struct RunVerdict<'a> {
    /// Overall state: `healthy`, `attention`, `broken` or `unjudged`.
    state: Word<State>,
    #[serde(flatten)]
    conclusion: Conclusion,
    /// The verdict in a sentence.
    sentence: String,
    /// The three numbers behind it.
    numbers: [KeyNumber<'a>; 3],
}

impl<'a> RunVerdict<'a> {
    /// The head of a report, and the verdict behind it.
    pub(in crate::report) fn of(headline: &'a Headline, verdict: &run_verdict::RunVerdict) -> Self {
        Self {
            state: Word(headline.state),
            conclusion: verdict.into(),
            sentence: headline.sentence(),
            numbers: headline.numbers.each_ref().map(KeyNumber::from),
        }
    }
}

/// A key number behind the verdict, formatted for people.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct KeyNumber<'a> {
    /// Name of the number.
    label: &'a str,
    /// The number with its unit.
    value: &'a str,
    /// Its interval, and what it is compared with.
    note: &'a str,
}

impl<'a> From<&'a document::KeyNumber> for KeyNumber<'a> {
    fn from(number: &'a document::KeyNumber) -> Self {
        Self { label: &number.label, value: &number.value, note: &number.note }
    }
}

/// How far the run may be trusted. Counts are of all windows.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::report) struct Health<'a> {
    /// How far the measurements can be trusted, in one or more sentences.
    trust: String,
    /// Windows measured so far, whether valid or not.
    windows: u64,
    /// Windows that the whole plan has.
    planned_windows: u64,
    /// Windows that should be there by now and are not.
    missing: u64,
    /// Endpoints of the plan without a window.
    unmeasured_endpoints: &'a [String],
    /// Windows that may be judged.
    valid: u64,
    /// Windows with rate-limited requests (429).
    throttled: u64,
    /// Windows that cannot be judged, by reason.
    invalid: SomeWords<InvalidReason, u64>,
    /// Requests with any outcome: succeeded, failed or rate-limited.
    requests: u64,
    /// Requests that succeeded.
    succeeded: u64,
    /// Requests that failed.
    failed: u64,
    /// Rate-limited requests (429).
    throttled_requests: u64,
    /// Failed requests by error class; a class without any is left out.
    errors: ErrorsByClass,
    /// Failed requests by reason; failures of runs that recorded no reasons are missing here.
    error_reasons: ErrorsByReason,
    /// Open loop: requests that left more than a millisecond after their scheduled start.
    late_starts: u64,
    /// CPU time of the generator per request; null where the machine does not tell.
    cpu_us_per_request: Option<f64>,
    /// The most of its core that the generator used in a window, 0 to 1; null where the machine does not tell.
    highest_cpu_share: Option<f64>,
    /// The latest that a timer of the generator fired; null without a window.
    latest_timer_us: Option<f64>,
    /// Total length of all gaps.
    gap_s: f64,
    /// Gaps in the run: periods in which nothing was measured.
    gaps: Vec<Gap>,
}

impl<'a> From<&'a RunView> for Health<'a> {
    fn from(view: &'a RunView) -> Self {
        let health = &view.health;
        let counts = health.tally.counts;
        Self {
            trust: health.verdict(),
            windows: health.tally.windows,
            planned_windows: view.facts.planned_windows,
            missing: health.missing,
            unmeasured_endpoints: &health.unmeasured,
            valid: health.tally.valid,
            throttled: health.tally.throttled,
            invalid: health.invalid.values().copied().collect(),
            requests: counts.requests(),
            succeeded: counts.succeeded,
            failed: counts.failed,
            throttled_requests: counts.throttled,
            errors: errors_by_class(&health.errors),
            error_reasons: errors_by_reason(&health.errors),
            late_starts: health.late_starts,
            cpu_us_per_request: health.cpu_us_per_request,
            highest_cpu_share: health.highest_cpu_share,
            latest_timer_us: health.latest_timer_us,
            gap_s: health.gap_time.as_secs_f64(),
            gaps: view.facts.gaps.iter().map(Gap::from).collect(),
        }
    }
}

/// A gap: a period of the run in which nothing was measured.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Gap {
    /// End of the last measurement before the gap.
    from: Moment,
    /// Start of the first measurement after the gap; before `from` only if the clock was set back.
    to: Moment,
    /// Length of the gap; 0 if the clock was set back.
    length_s: f64,
    /// Cause of the gap.
    reason: Word<GapReason>,
}

impl From<&gap::Gap> for Gap {
    fn from(gap: &gap::Gap) -> Self {
        Self {
            from: Moment(gap.from),
            to: Moment(gap.to),
            length_s: gap.length().as_secs_f64(),
            reason: Word(gap.reason),
        }
    }
}

/// Values beyond 2 sigma of the baseline, over all cells.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::report) struct Flags {
    /// Values that were compared with a baseline.
    judged: u64,
    /// Values more than 2 sigma from their baseline, which is one band for all hours.
    observed: u64,
    /// How many of them chance alone would bring.
    expected_by_noise: f64,
    /// Range of that number in 95 of 100 runs; null where nothing was judged.
    range_95: Option<Interval>,
    /// Flags of error ratios and of values that had never varied, which are in no count here.
    not_counted: u64,
    /// Windows of a cell that its baseline is learned from.
    learning_windows: usize,
    /// Cells whose baseline is not learned yet.
    cells_learning: u64,
}

impl From<&RunHealth> for Flags {
    fn from(health: &RunHealth) -> Self {
        Self {
            judged: health.outliers.of_baseline.judged,
            observed: health.outliers.of_baseline.observed,
            expected_by_noise: health.outliers.of_baseline.expected,
            range_95: health.outliers.of_baseline.range_95().map(Interval::from),
            not_counted: health.other_flags,
            learning_windows: health.learning_windows,
            cells_learning: health.cells_learning,
        }
    }
}

/// Outliers for the time of day, over all cells: values more than 2 sigma from what was expected at that hour.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::report) struct Outliers {
    /// Values that were judged; the same as those of `flags`.
    judged: u64,
    /// Outliers among them.
    observed: u64,
    /// How many of them chance alone would bring.
    expected_by_noise: f64,
    /// Range of that number in 95 of 100 runs; null where nothing was judged.
    range_95: Option<Interval>,
}

impl From<&OutlierCount> for Outliers {
    fn from(of: &OutlierCount) -> Self {
        Self {
            judged: of.judged,
            observed: of.observed,
            expected_by_noise: of.expected,
            range_95: of.range_95().map(Interval::from),
        }
    }
}
