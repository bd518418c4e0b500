//! The status of a run as text, for people: how it goes first, then the numbers.

use std::fmt::Write as _;
use std::time::Duration;

use jiff::Timestamp;

use crate::analysis::incident::IncidentCause;
use crate::domain::metric::Metric;
use crate::report::formats::text::table_text;
use crate::report::sections;
use crate::report::wording::failures::failures_listed;
use crate::report::wording::numbers::{count, counted, listed, percent, span};
use crate::report::wording::outliers::range_words;
use crate::report::wording::phrases::{metric_words, signed_percent};
use crate::report::wording::times::{moment, moment_with_year, stretch};
use crate::report::wording::verdicts::{availability_words, reason_words};
use crate::store::heartbeat::IncidentEntry;
use crate::store::manifest::Mode;

use super::status::Status;

/// A stored time without its milliseconds; other text unchanged.
fn to_seconds(stored: &str) -> String {
    stored.parse::<Timestamp>().map_or_else(|_| stored.to_owned(), moment)
}

impl Status {
    /// Renders the status as text, for people.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let run = &self.manifest.run_id;
        let _ = writeln!(text, "{run}: {}", self.state);
        let mut row = |label: &str, value: &str| {
            let _ = writeln!(text, "  {label:<15} {value}");
        };
        row("verdict", &self.verdict_words());
        row(
            "worst endpoint",
            &self.worst().map_or_else(|| "no SLO is set".to_owned(), |worst| worst.words()),
        );
        row("incidents", &self.incidents_text());
        self.times(&mut row);
        row("windows", &format!("{} of {}", count(self.tally.windows), count(self.manifest.planned_windows)));
        row("requests", &self.requests_words());
        for (name, rows) in &self.queues {
            row("data", &format!("{name}: {} handed out, each once", counted(*rows, "row")));
        }
        row("availability", &availability_words(&self.judged.availability));
        row("invalid", &counted(self.tally.invalid, "window"));
        row("outliers", &self.outliers_text());
        row("gaps", &self.manifest.gaps.len().to_string());
        if let Some(heartbeat) = &self.heartbeat {
            row(if self.is_running() { "cycle" } else { "last cycle" }, &(heartbeat.cycle + 1).to_string());
            if let Some(cell) = heartbeat.cell.as_ref().filter(|_| self.is_running()) {
                row("measuring", cell);
            }
            if let Some(next) = heartbeat.next_cycle_at.as_ref().filter(|_| self.is_running()) {
                row("next cycle", &to_seconds(next));
            }
            row("last heartbeat", &to_seconds(&heartbeat.updated_at));
        }
        let report = self.report().map_or_else(
            || format!("none yet; `baseline report {}` writes it", self.folder.display()),
            |path| path.display().to_string(),
        );
        row("report", &report);
        for warning in &self.warnings {
            row("warning", warning);
        }
        if let Some(rolling) = &self.rolling {
            let _ = write!(text, "\n{}", table_text(&sections::rolling(rolling)));
        }
        if let Some(advice) = self.advice() {
            let _ = writeln!(text, "\n{advice}");
        }
        text
    }

    /// Time left, start and end.
    fn times(&self, row: &mut impl FnMut(&str, &str)) {
        let whole = |left: Duration| span(Duration::from_secs(left.as_secs()));
        let left = self.left().map(whole);
        if self.is_running() {
            row("time left", left.as_deref().unwrap_or("none, the planned end has passed"));
        }
        row("started", &moment_with_year(self.started_at));
        let left = left.map_or_else(|| "passed".to_owned(), |left| format!("in {left}"));
        row("planned end", &format!("{} ({left})", moment_with_year(self.planned_end)));
    }

    fn verdict_words(&self) -> String {
        let verdict = &self.judged.verdict;
        let so_far = if self.is_running() { " so far" } else { "" };
        let word = format!("{}{so_far}", verdict.outcome().word());
        match verdict.reasons.as_slice() {
            [] => word,
            [one] => format!("{word}: {}", reason_words(one)),
            [first, rest @ ..] => {
                format!("{word}: {} ({})", reason_words(first), counted(rest.len() as u64, "more reason"))
            }
        }
    }

    /// The number of incidents, and below it each of them, those that are open first.
    fn incidents_text(&self) -> String {
        let is_open = |incident: &&IncidentEntry| incident.resolved_at.is_none();
        let (open, over): (Vec<_>, Vec<_>) = self.incidents().iter().partition(is_open);
        let mut text = match (self.incidents().len() as u64, open.len() as u64) {
            (0, _) => "none".to_owned(),
            (all, 0) => count(all),
            (all, open) => format!("{}, {} open", count(all), count(open)),
        };
        for incident in open.into_iter().chain(over) {
            let _ = write!(text, "\n    {}", incident_line(incident));
        }
        text
    }

    /// Requests, and why they failed: `1,200, 3 failed: status 503 (2), connection refused (1); 0 rate-limited (429)`.
    fn requests_words(&self) -> String {
        let counts = &self.tally.counts;
        let outcomes = self.outcomes();
        let why = failures_listed(&outcomes.errors, &outcomes.statuses);
        let why = if why.is_empty() { ",".to_owned() } else { format!(": {};", listed(&why)) };
        format!(
            "{}{}, {} failed{why} {} rate-limited (429)",
            count(counts.requests()),
            if self.has_iterations() { " requests and iterations" } else { "" },
            count(counts.failed),
            count(counts.throttled)
        )
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

    fn advice(&self) -> Option<String> {
        let run = &self.manifest.run_id;
        if matches!(self.manifest.mode, Mode::Rehearsal { .. }) {
            let is_cut = self.state != "completed";
            return is_cut.then(|| "a rehearsal cannot be resumed; run it again".to_owned());
        }
        if self.manifest.monitor {
            let is_cut = matches!(self.state, "killed" | "stopped" | "failed");
            return is_cut.then(|| "this is a day of a monitor; `baseline monitor` continues it".to_owned());
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
}

/// An incident in one line: `browse: mean service time +60 %, since 26 Nov 12:09:44 UTC, open`.
pub(super) fn incident_line(incident: &IncidentEntry) -> String {
    let at = |stored: &str| stored.parse::<Timestamp>();
    let when = match &incident.resolved_at {
        Some(until) => match (at(&incident.opened_at), at(until)) {
            (Ok(from), Ok(until)) => format!("from {}", stretch(from, until)),
            _ => format!("from {} to {until}", incident.opened_at),
        },
        None => format!("since {}, open", to_seconds(&incident.opened_at)),
    };
    format!("{}: {}, {when}", listed(&incident.endpoints), size_words(incident))
}

/// What is wrong, and by how much where that is known.
fn size_words(incident: &IncidentEntry) -> String {
    let is = |cause: IncidentCause| incident.cause == cause.name();
    let known = Metric::ALL.into_iter().find(|metric| metric.name() == incident.metric);
    let metric = known.map_or_else(|| incident.metric.replace('_', " "), metric_words);
    match (incident.change, incident.error_ratio) {
        (_, Some(ratio)) if is(IncidentCause::Errors) => {
            format!("{} of the requests failed", percent(Some(ratio)))
        }
        _ if is(IncidentCause::Errors) => "requests failed".to_owned(),
        // A percentage of a percentage says little.
        _ if is(IncidentCause::Cache) => format!("{metric} fell"),
        (Some(change), _) => format!("{metric} {}", signed_percent(change)),
        (None, _) => format!("{metric} got worse"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::metric::Reading;
    use crate::domain::time_summary::TimeKind;

    #[test]
    fn an_incident_says_what_its_cause_is() {
        let check =
            |cause: &str, metric: &str, change: Option<f64>, error_ratio: Option<f64>, expected: &str| {
                let incident = IncidentEntry {
                    cause: cause.to_owned(),
                    endpoints: vec!["browse".to_owned()],
                    metric: metric.to_owned(),
                    opened_at: "2026-11-26T12:09:44.000Z".to_owned(),
                    resolved_at: None,
                    change,
                    error_ratio,
                };
                assert_eq!(
                    incident_line(&incident),
                    format!("browse: {expected}, since 26 Nov 12:09:44 UTC, open")
                );
            };
        let mean = Metric::Time(TimeKind::Service, Reading::Mean).name();
        check("slowdown", &mean, Some(0.541), None, "mean service time +54.1 %");
        check("slowdown", &mean, None, Some(0.0), "mean service time got worse");
        check("slowdown", "of_a_later_version", Some(0.5), None, "of a later version +50.0 %");
        check("cache", &Metric::CacheHitRatio.name(), Some(-0.4), None, "cache hit ratio fell");
        check("errors", &Metric::ErrorRatio.name(), None, Some(0.25), "25.0 % of the requests failed");
        check("errors", &Metric::ErrorRatio.name(), None, None, "requests failed");
    }
}
