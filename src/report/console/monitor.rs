//! Output of `baseline monitor`: the state of every endpoint and journey, its availability and error budget, open alerts.

use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::Serialize;

use crate::domain::columns::{columns, padded};
use crate::report::formats::envelope::{Output, print};
use crate::report::formats::format::Format;

/// What a monitor knows at a moment.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "baseline monitor")]
pub struct MonitorOutput {
    /// Name of the scenario.
    pub scenario: String,
    /// Time of the last probe, RFC 3339; null before the first.
    pub at: Option<String>,
    /// The worst state: healthy, degraded, unhealthy; unknown where something was not measured yet.
    pub state: &'static str,
    /// Time from one probe to the next. Units: seconds.
    pub interval_s: f64,
    /// Fraction of the time in which everything has to work, 0 to 1.
    pub objective: f64,
    /// The time that the objective is about. Units: seconds.
    pub period_s: f64,
    /// Time within the period in which something may fail. Units: seconds.
    pub allowed_s: f64,
    /// Whether probes at this interval see an outage that uses up the error budget.
    pub objective_is_visible: bool,
    /// Endpoints and journeys, by name.
    pub workloads: Vec<MonitoredWorkload>,
    /// Alerts that are open, the oldest first.
    pub alerts: Vec<OpenAlert>,
}

/// An endpoint or a journey.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MonitoredWorkload {
    /// Its name.
    pub name: String,
    /// Its state: healthy, degraded, unhealthy or unknown.
    pub state: &'static str,
    /// Fraction of the measured time of the period in which it worked, 0 to 1; null before anything was measured.
    pub availability: Option<f64>,
    /// Measured time within the period. Units: seconds.
    pub measured_s: f64,
    /// Time within the period in which it did not work. Units: seconds.
    pub down_s: f64,
    /// Fraction of the error budget that is used: above 1 the objective is violated; null where nothing may fail.
    pub budget_used: Option<f64>,
    /// Error budget that is left. Units: seconds.
    pub budget_left_s: f64,
    /// How fast the budget is used over the last hour, 6 hours, day and 3 days: 1 uses all of it within the period.
    pub burn_rates: BurnRates,
    /// Failed requests of the last probe; null before the first.
    pub failed: Option<u64>,
    /// Requests of the last probe that succeeded or failed; null before the first.
    pub requests: Option<u64>,
    /// Mean service time of the last probe. Units: microseconds.
    pub mean_us: Option<f64>,
    /// Usual mean service time, from the baseline or from earlier probes; null until it is known. Units: microseconds.
    pub usual_us: Option<f64>,
}

/// How fast an error budget is used; null where nothing may fail.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BurnRates {
    /// Over the last hour.
    pub hour: Option<f64>,
    /// Over the last 6 hours.
    pub six_hours: Option<f64>,
    /// Over the last day.
    pub day: Option<f64>,
    /// Over the last 3 days.
    pub three_days: Option<f64>,
}

/// An alert that is open.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenAlert {
    /// Its identifier, for `baseline alert ack`.
    pub id: String,
    /// Its name.
    pub name: &'static str,
    /// P0 to P3.
    pub priority: &'static str,
    /// The endpoint, journey or service; null for the whole scenario.
    pub subject: Option<String>,
    /// What is wrong.
    pub summary: String,
    /// When it began, RFC 3339.
    pub opened_at: String,
}

impl Output for MonitorOutput {
    const KIND: &'static str = "monitor";
}

/// The state of a monitor, for people or programs.
pub fn monitored(output: &MonitorOutput, format: Format) -> String {
    match format {
        Format::Json => print(output.clone()),
        _ => text(output),
    }
}

fn text(output: &MonitorOutput) -> String {
    let mut text = format!("{}: {}\n\n", output.scenario, output.state);
    let head = ["endpoint", "state", "availability", "down", "budget left", "last probe"];
    let mut rows: Vec<[String; 6]> = vec![head.map(str::to_owned)];
    for workload in &output.workloads {
        let last = match (workload.failed, workload.requests) {
            (Some(failed), Some(requests)) => {
                let mean = workload.mean_us.map(|mean| format!(", {:.1} ms", mean / 1e3)).unwrap_or_default();
                format!("{failed} of {requests} failed{mean}")
            }
            _ => "-".to_owned(),
        };
        rows.push([
            workload.name.clone(),
            workload.state.to_owned(),
            workload.availability.map_or_else(|| "-".to_owned(), percent),
            minutes(workload.down_s),
            minutes(workload.budget_left_s),
            last,
        ]);
    }
    let mut widths = [0; 6];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = columns(cell).max(*width);
        }
    }
    for row in &rows {
        let cells: Vec<String> = row.iter().zip(widths).map(|(cell, width)| padded(cell, width)).collect();
        let _ = writeln!(text, "{}", cells.join("  ").trim_end());
    }
    if !output.alerts.is_empty() {
        text.push_str("\nopen alerts\n");
    }
    for alert in &output.alerts {
        let OpenAlert { id, name, priority, summary, opened_at, .. } = alert;
        let _ = writeln!(text, "{priority} {name}: {summary}, since {opened_at} ({id})");
    }
    let _ = writeln!(text, "\n{}", sight(output));
    text
}

/// What the interval of the probes can see of the objective.
pub fn sight(output: &MonitorOutput) -> String {
    let (interval, allowed) = (span(output.interval_s), minutes(output.allowed_s));
    let (objective, days) = (percent(output.objective), output.period_s / 86_400.0);
    let promise = format!("{objective} of {days:.0} days allows {allowed} of downtime");
    if output.objective_is_visible {
        format!("A probe every {interval}: outages shorter than that can be missed; {promise}.")
    } else {
        format!(
            "A probe every {interval} is too rare to measure the objective: {promise}, and an outage of that length can lie between two probes."
        )
    }
}

fn percent(ratio: f64) -> String {
    let text = format!("{:.3}", ratio * 100.0);
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

fn minutes(seconds: f64) -> String {
    if seconds >= 60.0 { format!("{:.1} min", seconds / 60.0) } else { format!("{seconds:.0} s") }
}

fn span(seconds: f64) -> String {
    crate::domain::units::format_span(std::time::Duration::from_secs_f64(seconds.max(0.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(interval_s: f64, objective: f64) -> MonitorOutput {
        let period_s = 30.0 * 86_400.0;
        let allowed_s = (1.0 - objective) * period_s;
        MonitorOutput {
            scenario: "shop".to_owned(),
            at: None,
            state: "healthy",
            interval_s,
            objective,
            period_s,
            allowed_s,
            objective_is_visible: interval_s <= allowed_s,
            workloads: Vec::new(),
            alerts: Vec::new(),
        }
    }

    #[test]
    fn it_says_what_the_interval_can_see() {
        assert_eq!(
            sight(&output(60.0, 0.999)),
            "A probe every 1m: outages shorter than that can be missed; 99.9 % of 30 days allows 43.2 min of downtime."
        );
        assert_eq!(
            sight(&output(300.0, 0.9999)),
            "A probe every 5m is too rare to measure the objective: 99.99 % of 30 days allows 4.3 min of downtime, and an \
             outage of that length can lie between two probes."
        );
    }
}
