//! Output of `baseline status`.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::analysis::run_judge::Judged;
use crate::domain::tally::Tally;
use crate::host;
use crate::report::drawing::view;
use crate::report::error::ReportError;
use crate::report::formats::envelope::{Output, print};
use crate::report::formats::json::rolling::Rolling;
use crate::report::formats::json::verdict::{Availability, Conclusion};
use crate::report::formats::text::table_text;
use crate::report::formats::values::run_states;
use crate::report::sections;
use crate::report::view::rolling::RollingView;
use crate::report::wording::numbers::{count, counted, listed, percent, span};
use crate::report::wording::outliers::range_words;
use crate::report::wording::phrases::signed_percent;
use crate::report::wording::times::{moment, moment_with_year};
use crate::report::wording::verdicts::{availability_words, reason_words};
use crate::run::judged::{judged_of, progress_of_state};
use crate::run::state::{RUNNING, RunStatus};
use crate::run::stored_plan::StoredPlan;
use crate::scenario::notes::INSECURE;
use crate::store::heartbeat::{Heartbeat, IncidentEntry};
use crate::store::manifest::{Manifest, Mode};
use crate::store::record::Record;

use super::stored_json::{StoredGap, StoredIncident, StoredOutliers};

/// The status of a run.
#[derive(Debug, Clone)]
pub struct Status {
    manifest: Manifest,
    state: &'static str,
    heartbeat: Option<Heartbeat>,
    started_at: Timestamp,
    planned_end: Timestamp,
    tally: Tally,
    /// What is missing from the files of the run, or damaged, a sentence each.
    warnings: Vec<String>,
    /// The verdict on what was measured so far.
    judged: Judged,
    /// The last minute to hour, where that was asked for: it takes reading the whole run.
    rolling: Option<Vec<RollingView>>,
}

/// A stored time without its milliseconds; other text unchanged.
fn to_seconds(stored: &str) -> String {
    stored.parse::<Timestamp>().map_or_else(|_| stored.to_owned(), moment)
}

impl Status {
    /// Reads the status of a run, with `is_rolling` also its last minute to hour.
    /// # Errors
    /// [`ReportError`] where the run cannot be read.
    pub fn read(folder: &Path, is_rolling: bool) -> Result<Self, ReportError> {
        let manifest = Manifest::read(folder)?;
        let RunStatus { state, heartbeat, trouble: _ } = RunStatus::read(folder, &manifest);
        let record = Record::read(folder)?;
        let log = record.log_of_values()?;
        let windows = record.committed.windows;
        let (tally, mut warnings) = match &heartbeat {
            Some(heartbeat) if state == RUNNING => (heartbeat.tally(), Vec::new()),
            // A dead run's heartbeat may be a window behind, so its rows are counted.
            _ => (Tally::of(&windows), record.warnings.into_iter().chain(log.warnings()).collect()),
        };
        let view = if is_rolling { Some(view(folder)?) } else { None };
        if let Some(view) = &view {
            warnings.clone_from(&view.facts.warnings);
        } else if StoredPlan::of(&manifest).is_insecure() {
            warnings.insert(0, INSECURE.to_owned());
        }
        Ok(Self {
            state,
            started_at: manifest.start(folder)?,
            planned_end: manifest.end(folder)?,
            judged: judged_of(folder, &manifest, &windows, &log, progress_of_state(state))?,
            manifest,
            heartbeat,
            tally,
            warnings,
            rolling: view.map(|view| view.rolling),
        })
    }

    fn left(&self) -> Option<Duration> {
        let now = host::clock::now();
        Duration::try_from(self.planned_end.duration_since(now)).ok().filter(|left| !left.is_zero())
    }

    fn flags(&self) -> u64 {
        self.heartbeat.as_ref().map_or(0, |heartbeat| heartbeat.flags)
    }

    fn incidents(&self) -> &[IncidentEntry] {
        self.heartbeat.as_ref().map_or(&[], |heartbeat| &heartbeat.incidents)
    }

    /// The number of incidents, and below it each of them.
    fn incidents_text(&self) -> String {
        let mut text = count(self.incidents().len() as u64);
        for incident in self.incidents() {
            let size = match (incident.change, incident.error_ratio) {
                (Some(change), _) => {
                    format!(
                        "{} {}",
                        incident.metric.trim_end_matches("_us").replace('_', " "),
                        signed_percent(change)
                    )
                }
                (None, ratio) => format!("{} of the requests failed", percent(ratio)),
            };
            let when = match &incident.resolved_at {
                Some(until) => format!("from {} to {}", to_seconds(&incident.opened_at), to_seconds(until)),
                None => format!("since {}, not resolved", to_seconds(&incident.opened_at)),
            };
            let _ = write!(text, "\n    {}: {size}, {when}", listed(&incident.endpoints));
        }
        text
    }

    /// Outliers for the time of day, and below them those of the baseline; only these for a run of an earlier version.
    fn outliers_text(&self) -> String {
        let of_baseline = format!("{} beyond 2 sigma of the baseline", count(self.flags()));
        let Some(of) = self.heartbeat.as_ref().and_then(|heartbeat| heartbeat.outliers) else {
            return of_baseline;
        };
        if of.judged == 0 {
            return "no window has been compared with a baseline yet".to_owned();
        }
        format!(
            "{} of {} values for the time of day; {} expected by chance\n    {of_baseline}, one band for all hours",
            count(of.observed),
            count(of.judged),
            range_words(of.expected, of.range_95)
        )
    }

    /// Renders the status as text, for people.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let run = &self.manifest.run_id;
        let _ = writeln!(text, "{run}: {}", self.state);
        let _ = writeln!(text, "  verdict         {}", self.verdict_words());
        let _ = writeln!(text, "  started         {}", moment_with_year(self.started_at));
        let left = self.left().map_or_else(|| "passed".to_owned(), |left| format!("in {}", span(left)));
        let _ = writeln!(text, "  planned end     {} ({left})", moment_with_year(self.planned_end));
        let _ = writeln!(
            text,
            "  windows         {} of {}",
            count(self.tally.windows),
            count(self.manifest.planned_windows)
        );
        let _ = writeln!(
            text,
            "  requests        {}: {} failed, {} rate-limited (429)",
            count(self.tally.counts.requests()),
            count(self.tally.counts.failed),
            count(self.tally.counts.throttled)
        );
        let _ = writeln!(text, "  availability    {}", availability_words(&self.judged.availability));
        let _ = writeln!(text, "  invalid         {}", counted(self.tally.invalid, "window"));
        let _ = writeln!(text, "  outliers        {}", self.outliers_text());
        let _ = writeln!(text, "  incidents       {}", self.incidents_text());
        let _ = writeln!(text, "  gaps            {}", self.manifest.gaps.len());
        if let Some(heartbeat) = &self.heartbeat {
            let label = if self.state == RUNNING { "cycle" } else { "last cycle" };
            let _ = writeln!(text, "  {label:<15} {}", heartbeat.cycle + 1);
            if let Some(cell) = heartbeat.cell.as_ref().filter(|_| self.state == RUNNING) {
                let _ = writeln!(text, "  measuring       {cell}");
            }
            if let Some(next) = heartbeat.next_cycle_at.as_ref().filter(|_| self.state == RUNNING) {
                let _ = writeln!(text, "  next cycle      {}", to_seconds(next));
            }
            let _ = writeln!(text, "  last heartbeat  {}", to_seconds(&heartbeat.updated_at));
        }
        for warning in &self.warnings {
            let _ = writeln!(text, "  warning         {warning}");
        }
        if let Some(rolling) = &self.rolling {
            let _ = write!(text, "\n{}", table_text(&sections::rolling(rolling)));
        }
        if let Some(advice) = self.advice() {
            let _ = writeln!(text, "\n{advice}");
        }
        text
    }

    fn verdict_words(&self) -> String {
        let verdict = &self.judged.verdict;
        let so_far = if self.state == RUNNING { " so far" } else { "" };
        let word = format!("{}{so_far}", verdict.outcome().word());
        match verdict.reasons.as_slice() {
            [] => word,
            [one] => format!("{word}: {}", reason_words(one)),
            [first, rest @ ..] => {
                format!("{word}: {} ({})", reason_words(first), counted(rest.len() as u64, "more reason"))
            }
        }
    }

    fn advice(&self) -> Option<String> {
        let run = &self.manifest.run_id;
        if matches!(self.manifest.mode, Mode::Rehearsal { .. }) {
            let is_cut = self.state != "completed";
            return is_cut.then(|| "a rehearsal cannot be resumed; run it again".to_owned());
        }
        let resume = format!("`baseline start --resume {run}`");
        match (self.state, self.left()) {
            ("killed", Some(_)) => {
                Some(format!("the process is gone; {resume} continues to the planned end"))
            }
            ("killed", None) => Some(format!(
                "the process is gone and the planned end has passed; {resume} writes the report"
            )),
            ("stopped" | "failed", Some(_)) => Some(format!("{resume} continues to the planned end")),
            ("stopped" | "failed", None) => {
                Some(format!("the planned end has passed; {resume} writes the report"))
            }
            _ => None,
        }
    }

    /// Renders the status as JSON, for programs.
    pub fn json(&self) -> String {
        let heartbeat = self.heartbeat.as_ref();
        print(StatusOutput {
            run: &self.manifest.run_id,
            scenario: &self.manifest.scenario,
            state: self.state,
            pid: heartbeat.and_then(|heartbeat| heartbeat.pid),
            started_at: &self.manifest.started_at,
            planned_end: &self.manifest.planned_end,
            left_s: self.left().map(|left| left.as_secs_f64()),
            conclusion: (&self.judged.verdict).into(),
            availability: (&self.judged.availability).into(),
            windows: self.tally.windows,
            planned_windows: self.manifest.planned_windows,
            requests: self.tally.counts.requests(),
            failed: self.tally.counts.failed,
            throttled: self.tally.counts.throttled,
            invalid_windows: self.tally.invalid,
            outliers: heartbeat.and_then(|heartbeat| heartbeat.outliers).map(StoredOutliers::from),
            flags: self.flags(),
            alerts: self.heartbeat.as_ref().map_or(0, |heartbeat| heartbeat.alerts),
            incidents: self.incidents().iter().map(StoredIncident::from).collect(),
            gaps: self.manifest.gaps.iter().map(StoredGap::from).collect(),
            cycle: heartbeat.map(|heartbeat| heartbeat.cycle),
            cell: heartbeat.and_then(|heartbeat| heartbeat.cell.as_deref()),
            next_cycle_at: heartbeat.and_then(|heartbeat| heartbeat.next_cycle_at.as_deref()),
            updated_at: heartbeat.map(|heartbeat| heartbeat.updated_at.as_str()),
            warnings: &self.warnings,
            rolling: self.rolling.as_ref().map(|views| views.iter().map(Rolling::from).collect()),
        })
    }
}

/// What a run is doing, or did before it ended.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(title = "what `baseline status --format json` prints", deny_unknown_fields)]
pub(in crate::report) struct StatusOutput<'a> {
    /// The run ID.
    run: &'a str,
    /// The scenario's name.
    scenario: &'a str,
    /// State of the run: `running`, `completed`, `stopped`, `failed`, `killed` or `unknown`.
    #[schemars(schema_with = "run_states")]
    state: &'static str,
    /// The process that measures, or did; null for a rehearsal.
    pid: Option<u32>,
    /// Start of the run.
    #[schemars(extend("format" = "date-time"))]
    started_at: &'a str,
    /// When it is planned to end.
    #[schemars(extend("format" = "date-time"))]
    planned_end: &'a str,
    /// Time to the planned end; null where that has passed.
    left_s: Option<f64>,
    #[serde(flatten)]
    conclusion: Conclusion,
    availability: Availability,
    /// Windows measured so far.
    windows: u64,
    /// Windows that the whole plan has.
    planned_windows: u64,
    /// Requests sent so far, with any outcome.
    requests: u64,
    /// Requests that failed.
    failed: u64,
    /// Rate-limited requests (429).
    throttled: u64,
    /// Windows that cannot be judged.
    invalid_windows: u64,
    /// Outliers for the time of day: against the forecast while the run goes on, against the whole run at its end. Null for a
    /// run of a version that did not count them.
    outliers: Option<StoredOutliers>,
    /// Values beyond 2 sigma of the baseline, which is one band for all hours.
    flags: u64,
    /// Incidents that were reported so far, those included that were withdrawn later.
    alerts: u64,
    /// Incidents as they are known now, in the order of their beginnings.
    incidents: Vec<StoredIncident<'a>>,
    /// Gaps in the run: periods in which nothing was measured.
    gaps: Vec<StoredGap<'a>>,
    /// The cycle, from 0; null without a heartbeat.
    cycle: Option<u64>,
    /// The cell that is measured, as `endpoint at level:users`; null between cycles.
    cell: Option<&'a str>,
    /// When the next cycle begins; null within one.
    next_cycle_at: Option<&'a str>,
    /// The last heartbeat; null without one.
    updated_at: Option<&'a str>,
    /// What is missing from the files of the run, or damaged, a sentence each; empty for an intact run.
    warnings: &'a [String],
    /// The last minute to hour, by endpoint; null without `--rolling`.
    rolling: Option<Vec<Rolling<'a>>>,
}

impl Output for StatusOutput<'_> {
    const KIND: &'static str = "status";
}
