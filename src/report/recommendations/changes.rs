//! Regressions compared with a baseline, incidents during the run, and trends.

use std::collections::BTreeMap;

use crate::analysis::alert::AlertKind;
use crate::analysis::comparison::Row;
use crate::domain::metric::{Direction, Metric};
use crate::domain::verdict::Verdict;
use crate::report::charts::Subject;
use crate::report::view::incidents::{Incident, incidents};
use crate::report::wording::numbers::{count, counted};
use crate::report::wording::phrases::{change_words, metric_value, metric_words, signed_percent};

use super::{Advisor, Priority, Recommendation, capital};

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

    /// Incidents during the run, one recommendation per endpoint.
    pub(super) fn changes(&self) -> Vec<Recommendation> {
        let all = incidents(self.view);
        all.iter().map(|incident| self.incident(incident)).collect()
    }

    fn incident(&self, incident: &Incident<'_>) -> Recommendation {
        let alert = incident.worst;
        let endpoint = &alert.place.cell.series();
        let is_errors = alert.kind == AlertKind::Errors;
        let is_over = incident.until.is_some();
        let subject = if is_errors { Subject::Errors } else { Subject::Course };
        let action = if is_errors {
            "Check the target's logs for that time, and what was deployed or restarted"
        } else {
            "Check what happened to the target at that time: deployments, batch jobs, noisy neighbours, dependencies"
        };
        Recommendation {
            id: format!("alert/{endpoint}"),
            // Failures need attention even after they are resolved.
            priority: if is_over && !is_errors { Priority::Medium } else { Priority::Critical },
            issue: match (is_errors, is_over) {
                (true, true) => format!("Requests to {endpoint} failed; resolved during the run"),
                (true, false) => format!("Requests to {endpoint} started to fail; not resolved"),
                (false, true) => format!("{endpoint} got worse; resolved during the run"),
                (false, false) => format!("{endpoint} got worse; not resolved"),
            },
            evidence: format!(
                "{}; {}, the largest confirmed in window {}",
                incident.when(),
                counted(incident.alerts as u64, "alert"),
                count(alert.place.window)
            ),
            chart: self.chart(subject, (!is_errors).then_some(endpoint.as_str())),
            impact: capital(&incident.what()),
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

/// The size of a change, regardless of its direction.
fn size(row: &Row) -> f64 {
    match row.metric {
        Metric::ErrorRatio => (row.after - row.before).abs(),
        _ => row.change.value.ln().abs(),
    }
}
