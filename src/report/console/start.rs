//! Output of `baseline start --format json`: how the run ended.

use std::path::Path;

use schemars::JsonSchema;
use serde::Serialize;

use crate::analysis::run_judge::Judged;
use crate::report::formats::envelope::{Output, print};
use crate::report::formats::json::verdict::{Availability, Conclusion};
use crate::report::formats::values::run_states;

/// The end of a run as one JSON object. `state` is that of its heartbeat.
pub fn ended_json(run: &str, folder: &Path, report: &Path, state: &'static str, judged: &Judged) -> String {
    let tally = &judged.tally;
    print(StartOutput {
        run,
        folder: folder.display().to_string(),
        report: report.display().to_string(),
        state,
        conclusion: (&judged.verdict).into(),
        availability: (&judged.availability).into(),
        windows: tally.windows,
        valid_windows: tally.valid,
        requests: tally.counts.requests(),
        failed: tally.counts.failed,
        throttled: tally.counts.throttled,
    })
}

/// How a run ended, and what it comes to.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(title = "what `baseline start --format json` prints", deny_unknown_fields)]
pub(in crate::report) struct StartOutput<'a> {
    /// The run ID.
    run: &'a str,
    /// Folder of the run.
    folder: String,
    /// Path of the Markdown report.
    report: String,
    /// How it ended.
    #[schemars(schema_with = "run_states")]
    state: &'static str,
    #[serde(flatten)]
    conclusion: Conclusion,
    availability: Availability,
    /// Number of windows, whether valid or not.
    windows: u64,
    /// Windows that may be judged.
    valid_windows: u64,
    /// Requests with any outcome: succeeded, failed or rate-limited.
    requests: u64,
    /// Requests that failed.
    failed: u64,
    /// Rate-limited requests (429).
    throttled: u64,
}

impl Output for StartOutput<'_> {
    const KIND: &'static str = "start";
}
