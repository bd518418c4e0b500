//! Output of `baseline list` as JSON, for programs.

use schemars::JsonSchema;
use serde::Serialize;

use crate::domain::run_verdict::RunOutcome;
use crate::report::formats::envelope::{Output, print};
use crate::report::formats::values::{Moment, run_states};
use crate::report::formats::words::Word;

use super::list::Listing;
use super::listed_run::ListedRun;
use super::worst::WorstOutput;

impl Listing {
    /// Renders the runs as JSON, for programs.
    pub fn json(&self) -> String {
        print(ListOutput { runs: self.runs.iter().map(RunOutput::from).collect(), warnings: &self.warnings })
    }
}

/// The runs of a folder.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(title = "what `baseline list --format json` prints", deny_unknown_fields)]
pub(in crate::report) struct ListOutput<'a> {
    /// Runs in the output folder, oldest first.
    runs: Vec<RunOutput<'a>>,
    /// Runs and files that cannot be read, a sentence each.
    warnings: &'a [String],
}

impl Output for ListOutput<'_> {
    const KIND: &'static str = "list";
}

/// A run in the output folder.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "ListedRun", deny_unknown_fields)]
struct RunOutput<'a> {
    /// The run ID.
    run: &'a str,
    /// The scenario's name.
    scenario: &'a str,
    /// State of the run: `running`, `completed`, `stopped`, `failed`, `killed` or `unknown`.
    #[schemars(schema_with = "run_states")]
    state: &'static str,
    /// What the run comes to so far; null where that cannot be read.
    outcome: Option<Word<RunOutcome>>,
    /// Number of incidents; null without a heartbeat that can be trusted.
    incidents: Option<u64>,
    /// Number of incidents that are not resolved; null as `incidents`.
    open_incidents: Option<u64>,
    /// The endpoint that is worst off against its SLO; null where no SLO is set, and for a run that ended early and has no
    /// report of its last state.
    worst: Option<WorstOutput<'a>>,
    /// Start of the run.
    #[schemars(extend("format" = "date-time"))]
    started_at: &'a str,
    /// When it was planned to end.
    #[schemars(extend("format" = "date-time"))]
    planned_end: &'a str,
    /// Time to the planned end of a run that is being measured; null for others.
    left_s: Option<f64>,
    /// Last heartbeat of a run that is over; null while it is running, and where it is not known.
    ended_at: Option<Moment>,
    /// Windows measured so far.
    windows: u64,
    /// Windows that the whole plan has.
    planned_windows: u64,
    /// Path of the report for browsers; null where none is written yet.
    report: Option<String>,
}

impl<'a> From<&'a ListedRun> for RunOutput<'a> {
    fn from(run: &'a ListedRun) -> Self {
        Self {
            run: &run.manifest.run_id,
            scenario: &run.manifest.scenario,
            state: run.state,
            outcome: run.outcome.map(Word),
            incidents: run.incidents.map(|(all, _)| all),
            open_incidents: run.incidents.map(|(_, open)| open),
            worst: run.worst.as_ref().map(WorstOutput::from),
            started_at: &run.manifest.started_at,
            planned_end: &run.manifest.planned_end,
            left_s: run.left.map(|left| left.as_secs_f64()),
            ended_at: run.ended_at.map(Moment),
            windows: run.windows,
            planned_windows: run.manifest.planned_windows,
            report: run.report.as_ref().map(|path| path.display().to_string()),
        }
    }
}
