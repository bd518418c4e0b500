//! Output of `baseline start`: how the run ended.

use std::path::Path;

use schemars::JsonSchema;
use serde::Serialize;

use crate::analysis::incident::Incident;
use crate::analysis::run_judge::Judged;
use crate::domain::objective::ObjectiveState;
use crate::domain::run_verdict::{Reason, RunVerdict};
use crate::report::drawing::{HTML, MARKDOWN};
use crate::report::formats::envelope::{Output, print};
use crate::report::formats::json::verdict::{Availability, Conclusion};
use crate::report::formats::values::run_states;
use crate::report::wording::numbers::{count, counted};
use crate::report::wording::phrases::{incident_span, incident_words};
use crate::report::wording::verdicts::reason_words;
use crate::store::heartbeat::Heartbeat;

use super::stored_json::StoredIncident;

/// The most reasons, and the most incidents, that the end of a run lists.
const MOST_REASONS: usize = 5;
const MOST_INCIDENTS: usize = 10;

/// How a run ended, for people: the verdict with its reasons, then the incidents, a line each.
pub fn ended_lines(judged: &Judged, incidents: &[Incident]) -> Vec<String> {
    let word = judged.verdict.outcome().word();
    let mut lines = Vec::new();
    match judged.verdict.reasons.split_first() {
        None => lines.push(format!("{word}: {}", met_words(judged))),
        Some((first, others)) => {
            lines.push(format!("{word}: {}", reason_words(first)));
            let shown = others.iter().take(MOST_REASONS - 1);
            lines.extend(shown.map(|reason| format!("  {}", reason_words(reason))));
            lines.extend(more(others.len(), MOST_REASONS - 1, "reason"));
        }
    }
    match incidents.len() as u64 {
        0 => lines.push("no incidents".to_owned()),
        all => lines.push(format!("{}:", counted(all, "incident"))),
    }
    let mut by_weight: Vec<&Incident> = incidents.iter().collect();
    by_weight.sort_by(|left, right| right.weight().total_cmp(&left.weight()));
    let shown = by_weight.into_iter().take(MOST_INCIDENTS);
    lines
        .extend(shown.map(|incident| format!("  {}, {}", incident_words(incident), incident_span(incident))));
    lines.extend(more(incidents.len(), MOST_INCIDENTS, "incident"));
    lines
}

fn more(all: usize, shown: usize, noun: &str) -> Option<String> {
    let left = all.saturating_sub(shown) as u64;
    (left > 0).then(|| format!("  and {}, see the report", counted(left, &format!("more {noun}"))))
}

/// What an accepted run has met.
fn met_words(judged: &Judged) -> String {
    let limits = || judged.cells.values().flat_map(|cell| &cell.limits);
    let met = limits().filter(|limit| limit.state == ObjectiveState::Met).count() as u64;
    match limits().count() as u64 {
        0 => "No SLO is set, and no endpoint mostly fails.".to_owned(),
        1 => "The SLO is met.".to_owned(),
        all if met == all => format!("All {} are met.", counted(all, "SLO")),
        all => format!("{} of {} are met, none is violated.", count(met), counted(all, "SLO")),
    }
}

/// Why the exit code is not 0, in a few words.
pub fn exit_words(verdict: &RunVerdict) -> Option<&'static str> {
    Some(match verdict.reasons.first()? {
        Reason::NothingWorked(_) => "no request succeeded",
        Reason::MostlyFails { .. } => "too many requests failed",
        Reason::MostlyDown { .. } => "an endpoint was down for too long",
        Reason::Violated { .. } => "an SLO was violated",
        Reason::Cut { .. } => "the run ended before its planned end",
        Reason::TooFewWindows { .. } => "too few windows to judge the target",
        Reason::Undecided { .. } => "too little data to decide an SLO",
        Reason::FewRequests { .. } => "too few requests to say whether most fail",
    })
}

/// The end of a run as one JSON object. `state` is that of its heartbeat.
pub fn ended_json(run: &str, folder: &Path, state: &'static str, judged: &Judged, exit_code: u8) -> String {
    let tally = &judged.tally;
    let incidents = Heartbeat::read(folder).map_or_else(Vec::new, |heartbeat| heartbeat.incidents);
    print(StartOutput {
        run,
        folder: folder.display().to_string(),
        report: folder.join(MARKDOWN).display().to_string(),
        report_html: folder.join(HTML).display().to_string(),
        state,
        exit_code,
        conclusion: (&judged.verdict).into(),
        availability: (&judged.availability).into(),
        incidents: incidents.iter().map(StoredIncident::from).collect(),
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
    /// Path of the report for browsers.
    report_html: String,
    /// How it ended.
    #[schemars(schema_with = "run_states")]
    state: &'static str,
    /// The exit code: 0, 1 or 3, as `outcome` says.
    exit_code: u8,
    #[serde(flatten)]
    conclusion: Conclusion,
    availability: Availability,
    /// Incidents of the run, in the order of their beginnings.
    incidents: Vec<StoredIncident<'a>>,
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
