//! Regressions compared with a baseline, incidents during the run, and trends.

use std::collections::BTreeMap;

use crate::analysis::comparison::{Row, is_ratio};
use crate::analysis::incident::{Incident, IncidentCause};
use crate::domain::metric::Direction;
use crate::domain::sample::ErrorClass;
use crate::domain::verdict::Verdict;
use crate::report::charts::Subject;
use crate::report::view::incident_view::IncidentView;
use crate::report::wording::numbers::{capital, count, counted, listed};
use crate::report::wording::phrases::{
    change_words, incident_span, metric_value, metric_words, signed_percent,
};

use super::{Advisor, Priority, Recommendation, incident_id};

impl Advisor<'_> {
    /// Regressions compared with the named baseline, one recommendation per endpoint.
    pub(super) fn comparison(&self) -> Vec<Recommendation> {
        let Some(named) = &self.view.findings.comparison else { return Vec::new() };
        let mut all = Vec::new();
        let mut by_endpoint: BTreeMap<String, Vec<&Row>> = BTreeMap::new();
        for row in named.comparison.rows.iter().filter(|row| row.verdict == Verdict::Regressed) {
            by_endpoint.entry(row.cell.series()).or_default().push(row);
        }
        for (endpoint, rows) in by_endpoint {
            let Some(worst) = rows.iter().copied().max_by(|left, right| size(left).total_cmp(&size(right)))
            else {
                continue;
            };
            all.push(Recommendation {
                id: format!("regression/{endpoint}"),
                priority: Priority::Critical,
                issue: format!("{endpoint} regressed compared with baseline {}", named.name),
                evidence: format!(
                    "{} regressed; the largest is {} at {}: {} to {}, {}",
                    counted(rows.len() as u64, "value"),
                    metric_words(worst.metric),
                    worst.cell.level,
                    metric_value(worst.metric, Some(worst.before)),
                    metric_value(worst.metric, Some(worst.after)),
                    change_words(worst)
                ),
                chart: self.chart(Subject::Course, Some(&endpoint)),
                impact: "The change is statistically significant and above the floor for regressions"
                    .to_owned(),
                action: "Check what changed since the baseline; if the change is intended, promote this run"
                    .to_owned(),
            });
        }
        let improved = named.comparison.rows.iter().filter(|row| row.verdict == Verdict::Improved).count();
        if improved > 0 && all.is_empty() {
            all.push(Recommendation {
                id: "baseline/improved".to_owned(),
                priority: Priority::Low,
                issue: format!("The run improved on baseline {}", named.name),
                evidence: format!("{} improved and none regressed", counted(improved as u64, "value")),
                chart: None,
                impact: "With the old baseline, a later loss of this improvement would not be detected"
                    .to_owned(),
                action: format!(
                    "Promote this run: `baseline promote {} --as {}`",
                    self.view.facts.run_id, named.name
                ),
            });
        }
        all
    }

    /// Incidents during the run, one recommendation for each.
    pub(super) fn changes(&self) -> Vec<Recommendation> {
        IncidentView::all(self.view).iter().map(|incident| self.incident(incident)).collect()
    }

    fn incident(&self, of: &IncidentView<'_>) -> Recommendation {
        let (place, incident) = (of.place, of.incident);
        let is_errors = incident.cause == IncidentCause::Errors;
        let is_cache = incident.cause == IncidentCause::Cache;
        let subject = if is_errors { Subject::Errors } else { Subject::Course };
        let (window, cell, value) = &incident.worst;
        let endpoints = listed(&incident.series());
        let action = if is_errors {
            after_failures(of)
        } else if is_cache {
            "Check what was purged or deployed at that time: caching headers, lifetimes, cookies, the cache key"
        } else {
            "Look for deployments, batch jobs, noisy neighbours and slow dependencies"
        };
        let state = if incident.is_resolved() { "resolved during the run" } else { "not resolved" };
        Recommendation {
            id: incident_id(place),
            // Failures need attention even after they are resolved.
            priority: match (incident.cause, incident.is_resolved()) {
                (IncidentCause::Slowdown, true) | (IncidentCause::Cache, false) => Priority::Medium,
                (IncidentCause::Cache, true) => Priority::Low,
                (IncidentCause::Errors, _) | (IncidentCause::Slowdown, false) => Priority::Critical,
            },
            issue: if is_errors {
                format!("Requests to {endpoints} failed; {state}")
            } else if is_cache {
                format!("Fewer responses of {endpoints} came from the cache; {state}")
            } else {
                format!("{endpoints} got worse; {state}")
            },
            evidence: format!(
                "{}; {}, the worst window is {} ({cell}: {})",
                capital(&incident_span(incident)),
                counted(incident.cells.len() as u64, "affected cell"),
                count(*window),
                metric_value(incident.metric, Some(*value))
            ),
            // No chart shows caches.
            chart: if is_cache {
                None
            } else {
                self.chart(subject, (!is_errors).then_some(endpoint_of(incident).as_str()))
            },
            impact: capital(&of.words()),
            action: action.to_owned(),
        }
    }

    pub(super) fn trends(&self) -> Vec<Recommendation> {
        let mut all = Vec::new();
        for (series, drift) in &self.view.findings.trends {
            let is_worse =
                (drift.in_a_day.value > 0.0) == (series.metric.direction() == Direction::LowerIsBetter);
            if !is_worse {
                continue;
            }
            all.push(Recommendation {
                id: format!("trend/{}/{}/{}", series.cell.series(), series.cell.level, series.metric.name()),
                priority: Priority::Medium,
                issue: format!(
                    "{} of {} at {} is drifting",
                    capital(&metric_words(series.metric)),
                    series.cell.series(),
                    series.cell.level
                ),
                evidence: format!(
                    "{} per 24 hours (95 % interval {} to {})",
                    signed_percent(drift.in_a_day.value),
                    signed_percent(drift.in_a_day.low),
                    signed_percent(drift.in_a_day.high)
                ),
                chart: self.chart(Subject::Course, Some(&series.cell.series())),
                impact: "If the trend continues, the value will be much worse in a week".to_owned(),
                action: "Look for something that grows: memory, unindexed tables, logs, connections"
                    .to_owned(),
            });
        }
        all
    }
}

/// What to check first after requests failed, by the most frequent class of failures.
fn after_failures(incident: &IncidentView<'_>) -> &'static str {
    let (errors, statuses) = incident.failures();
    let class = errors.iter().max_by_key(|(_, n)| *n).map(|(class, _)| class);
    let refused = |status: &u16| statuses.get(status).copied().unwrap_or(0);
    let is_forbidden = [401, 403].iter().map(refused).sum::<u64>() * 2 > errors.get(ErrorClass::Status);
    match class {
        Some(ErrorClass::Resolve) => "Check the DNS records and resolvers of the target for that time",
        Some(ErrorClass::Connect | ErrorClass::Reset) => {
            "Check whether the target or its proxy crashed, was restarted or was deployed"
        }
        Some(ErrorClass::Tls) => {
            "Check the certificate and the TLS settings of the target, and what changed them"
        }
        Some(ErrorClass::Timeout) => {
            "Check what requests waited for at that time: locks, connection pools, dependencies, saturated CPUs"
        }
        Some(ErrorClass::Status) if is_forbidden => {
            "Check whether credentials expired, and which access rules changed at that time"
        }
        Some(ErrorClass::Local | ErrorClass::Deadline) => {
            "Check the load generator first: these requests failed before they were sent"
        }
        _ => "Check the target's logs for that time, and what was deployed or restarted",
    }
}

/// The series of the worst cell of an incident.
fn endpoint_of(incident: &Incident) -> String {
    incident.cells.first().map_or_else(String::new, |cell| cell.cell.series())
}

/// The size of a change, regardless of its direction.
fn size(row: &Row) -> f64 {
    match row.metric {
        metric if is_ratio(metric) => (row.after - row.before).abs(),
        _ => row.change.value.ln().abs(),
    }
}
