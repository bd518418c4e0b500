//! Recommendations on violated and undecided SLOs, and on failures of endpoints without an SLO for errors.

use std::collections::BTreeMap;

use crate::domain::error_counts::ErrorCounts;
use crate::domain::metric::Metric;
use crate::domain::objective::{Needs, ObjectiveState};
use crate::report::charts::Subject;
use crate::report::view::funnel::FunnelView;
use crate::report::view::objective::ObjectiveView;
use crate::report::view::run_view::{CellView, LevelView};
use crate::report::wording::failures::failures_listed;
use crate::report::wording::numbers::{capital, count, counted, listed, percent};
use crate::report::wording::phrases::{interval_words, metric_words};
use crate::report::wording::verdicts::limit_words;

use super::limits::{CHECK_CACHE, EXPIRY_COST, MISSES_COST, RENEW};
use super::{Advisor, Priority, Recommendation};

/// An objective and its place.
type Placed<'a> = (&'a LevelView, &'a CellView, &'a ObjectiveView);

impl Advisor<'_> {
    /// One recommendation per violated SLO of an endpoint, and one for all undecided SLOs.
    pub(super) fn objectives(&self) -> Vec<Recommendation> {
        let mut violated: BTreeMap<(String, String), Vec<Placed<'_>>> = BTreeMap::new();
        let (mut undecided, mut example, mut needs) = (0_u64, None, Vec::new());
        let mut all_objectives = 0_u64;
        for (level, cell) in self.view.cells() {
            for objective in &cell.objectives {
                all_objectives += 1;
                match objective.state {
                    ObjectiveState::Violated => {
                        let key = (cell.endpoint.to_string(), objective.metric.name());
                        violated.entry(key).or_default().push((level, cell, objective));
                    }
                    ObjectiveState::Undecided => {
                        undecided += 1;
                        needs.extend(objective.judged.needs);
                        example.get_or_insert_with(|| {
                            format!("{}: {}", cell.name, limit_words(&objective.judged))
                        });
                    }
                    ObjectiveState::Met => (),
                }
            }
        }
        let mut all: Vec<Recommendation> = violated
            .iter()
            .filter_map(|((endpoint, metric), at)| self.violated(endpoint, metric, at))
            .collect();
        if undecided > 0 {
            all.push(Recommendation {
                id: "objective/unclear".to_owned(),
                priority: Priority::Low,
                issue: "Some SLOs are undecided".to_owned(),
                evidence: format!(
                    "Too little data to decide {} of {}; for example {}",
                    count(undecided),
                    counted(all_objectives, "SLO"),
                    example.unwrap_or_default()
                ),
                chart: None,
                impact: "A violation of these SLOs may go unnoticed".to_owned(),
                action: decide(&needs),
            });
        }
        all
    }

    fn violated(&self, endpoint: &str, metric: &str, at: &[Placed<'_>]) -> Option<Recommendation> {
        let (level, _, lowest) = at.first()?;
        let used = |placed: &&Placed<'_>| placed.2.used().unwrap_or(f64::INFINITY);
        let worst = at.iter().max_by(|left, right| used(left).total_cmp(&used(right)))?;
        let levels = listed(&at.iter().map(|(level, ..)| level.name.to_string()).collect::<Vec<_>>());
        let users = counted(u64::from(level.users), "user");
        let is_errors = lowest.metric == Metric::ErrorRatio;
        let subject = if is_errors { Subject::Errors } else { Subject::Course };
        let is_shown = !matches!(lowest.metric, Metric::CacheHitRatio | Metric::CertificateDays);
        let slowest = self.slowest_step(worst).unwrap_or_else(|| endpoint.to_owned());
        let endpoint_of = (subject == Subject::Course).then_some(endpoint);
        Some(Recommendation {
            id: format!("objective/{endpoint}/{metric}"),
            priority: Priority::Critical,
            issue: format!("{endpoint} violates its {} SLO at {levels}", metric_words(lowest.metric)),
            evidence: format!(
                "{} at {}{}",
                limit_words(&worst.2.judged),
                worst.0.name,
                worst.2.interval.map_or_else(String::new, |interval| {
                    format!(" (95 % interval {})", interval_words(worst.2.metric, interval))
                })
            ),
            chart: is_shown.then(|| self.chart(subject, endpoint_of)).flatten(),
            impact: match lowest.metric {
                Metric::ErrorRatio => "More requests fail than the SLO allows",
                Metric::CacheHitRatio => MISSES_COST,
                Metric::CertificateDays => EXPIRY_COST,
                _ => "Responses are slower than the SLO allows",
            }
            .to_owned(),
            action: match (lowest.metric, level.users) {
                (Metric::ErrorRatio, _) => format!(
                    "Check what causes these failures in the target's logs, code, dependencies and limits: {}{}",
                    failures(at),
                    self.failing_steps(at)
                ),
                (Metric::CacheHitRatio, _) => CHECK_CACHE.to_owned(),
                (Metric::CertificateDays, _) => RENEW.to_owned(),
                (_, 1) => {
                    format!("Make {slowest} faster for a single user first: load is not the cause")
                }
                (..) => format!(
                    "Add capacity to the resource that {slowest} waits for, or limit its concurrency to below {users}"
                ),
            },
        })
    }

    /// The steps of a journey at which requests fail, as the end of a sentence; empty for an endpoint.
    fn failing_steps(&self, at: &[Placed<'_>]) -> String {
        let mut names: Vec<String> = Vec::new();
        for (_, whole, _) in at {
            let failing = |other: &CellView| whole.name.has_step(&other.name) && other.all_counts.failed > 0;
            let steps = self.view.cells().map(|(_, cell)| cell).filter(|cell| failing(cell));
            names.extend(steps.map(|cell| cell.endpoint.to_string()));
        }
        // A member of a mix fails because one of its steps does.
        let all = names.clone();
        names.retain(|name| !all.iter().any(|other| other.starts_with(&format!("{name}."))));
        names.sort();
        names.dedup();
        if names.is_empty() { String::new() } else { format!(", at {}", listed(&names)) }
    }

    /// The step that takes most of the time of a journey, with its part of it; `None` for an endpoint.
    fn slowest_step(&self, (level, whole, _): &Placed<'_>) -> Option<String> {
        let funnels = FunnelView::all(self.view);
        let funnel = funnels.iter().find(|funnel| funnel.name == whole.endpoint)?;
        let of_level = funnel.levels.iter().find(|of| of.level.name == level.name)?;
        let part =
            of_level.parts.iter().max_by(|a, b| a.time.unwrap_or(0.0).total_cmp(&b.time.unwrap_or(0.0)))?;
        Some(format!("{} ({} of the active time)", part.cell.endpoint, percent(part.time)))
    }

    /// Failures of endpoints without an SLO for the error ratio.
    pub(super) fn errors(&self) -> Vec<Recommendation> {
        let mut all = Vec::new();
        for endpoint in self.view.endpoints() {
            let cells =
                || self.view.cells().filter(|(_, cell)| cell.endpoint == endpoint).map(|(_, cell)| cell);
            let limits_errors = |cell: &CellView| {
                cell.objectives.iter().any(|objective| objective.metric == Metric::ErrorRatio)
            };
            // The SLO of a journey is one for its steps too.
            let has_slo = self.view.cells().any(|(_, of)| {
                limits_errors(of)
                    && (of.endpoint == endpoint || cells().any(|cell| of.name.has_step(&cell.name)))
            });
            let failed: u64 = cells().map(|cell| cell.all_counts.failed).sum();
            // A journey fails because a step does, and its recommendation names the step.
            let is_explained = || {
                let is_step = |(_, other): (_, &CellView)| {
                    other.all_counts.failed > 0 && cells().any(|cell| cell.name.has_step(&other.name))
                };
                self.view.cells().any(is_step)
            };
            if has_slo || failed == 0 || is_explained() {
                continue;
            }
            let requests: u64 = cells().map(|cell| cell.all_counts.failed + cell.all_counts.succeeded).sum();
            let ratio = failed as f64 / requests.max(1) as f64;
            let failures = failures_of(cells());
            all.push(Recommendation {
                id: format!("errors/{endpoint}"),
                priority: if ratio >= 0.05 { Priority::Critical } else { Priority::Medium },
                issue: format!("Requests to {endpoint} fail"),
                evidence: format!(
                    "{} of {} ({}): {}",
                    count(failed),
                    count(requests),
                    percent(Some(ratio)),
                    failures.join(", ")
                ),
                chart: self.chart(Subject::Errors, None),
                impact: "Users see these failures; the times in this report are of successful requests only"
                    .to_owned(),
                action: "Check the target's logs for these failures, and set an SLO for the error rate"
                    .to_owned(),
            });
        }
        all
    }
}

/// What would decide undecided SLOs.
fn decide(needs: &[Needs]) -> String {
    let mut actions = Vec::new();
    if needs.contains(&Needs::CacheHeaders) {
        actions.push(
            "have responses say whether they come from a cache (`Age`, `X-Cache`), or remove the SLO for it",
        );
    }
    if needs.contains(&Needs::Certificate) {
        actions.push("measure the target over TLS, or remove the SLO for its certificate");
    }
    if needs.is_empty()
        || needs.iter().any(|needs| !matches!(needs, Needs::CacheHeaders | Needs::Certificate))
    {
        actions.push("send more requests: longer windows, a shorter cycle or a longer run");
    }
    capital(&actions.join("; "))
}

/// Why requests of some cells failed, with their counts.
fn failures_of<'a>(cells: impl Iterator<Item = &'a CellView>) -> Vec<String> {
    let mut errors = ErrorCounts::default();
    let mut statuses: BTreeMap<u16, u64> = BTreeMap::new();
    for cell in cells {
        errors.merge(&cell.errors);
        for (status, n) in &cell.statuses {
            *statuses.entry(*status).or_default() += n;
        }
    }
    failures_listed(&errors, &statuses)
}

/// The same for the cells of violated SLOs, as part of a sentence.
fn failures(at: &[Placed<'_>]) -> String {
    let names = failures_of(at.iter().map(|(_, cell, _)| *cell));
    if names.is_empty() { "the failed requests".to_owned() } else { listed(&names) }
}
