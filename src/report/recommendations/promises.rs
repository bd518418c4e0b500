//! What breaks a promise, and what fails where nothing was promised.

use std::collections::BTreeMap;

use crate::analysis::objective::ObjectiveState;
use crate::domain::metric::Metric;
use crate::report::charts::Subject;
use crate::report::view::objective::ObjectiveView;
use crate::report::view::run_view::{CellView, LevelView};
use crate::report::wording::numbers::{count, counted, listed, percent};
use crate::report::wording::phrases::{chosen_value, interval_words, metric_value, metric_words};

use super::{Advisor, Priority, Recommendation};

/// An objective and its place.
type Placed<'a> = (&'a LevelView, &'a CellView, &'a ObjectiveView);

impl Advisor<'_> {
    /// An endpoint's objective at the lowest level that breaks it, or that leaves it open.
    pub(super) fn objectives(&self) -> Vec<Recommendation> {
        let mut broken: BTreeMap<(String, String), Vec<Placed<'_>>> = BTreeMap::new();
        let mut unclear = 0_u64;
        let mut all_objectives = 0_u64;
        for (level, cell) in self.view.cells() {
            for objective in &cell.objectives {
                all_objectives += 1;
                match objective.state {
                    ObjectiveState::Violated => {
                        let key = (cell.endpoint.to_string(), objective.metric.name());
                        broken.entry(key).or_default().push((level, cell, objective));
                    }
                    ObjectiveState::Undecided => unclear += 1,
                    ObjectiveState::Met => (),
                }
            }
        }
        let mut all: Vec<Recommendation> =
            broken.iter().filter_map(|((endpoint, metric), at)| self.broken(endpoint, metric, at)).collect();
        if unclear > 0 {
            all.push(Recommendation {
                id: "objective/unclear".to_owned(),
                priority: Priority::Low,
                issue: "Some objectives cannot be told held from broken".to_owned(),
                evidence: format!(
                    "{} of {}: the objective lies within the interval, or too few requests support a number",
                    count(unclear),
                    counted(all_objectives, "objective")
                ),
                chart: None,
                impact: "A breach of these could pass unseen".to_owned(),
                action: "Send more requests: longer windows, a shorter cycle or a longer run".to_owned(),
            });
        }
        all
    }

    fn broken(&self, endpoint: &str, metric: &str, at: &[Placed<'_>]) -> Option<Recommendation> {
        let (level, _, lowest) = at.first()?;
        let used = |placed: &&Placed<'_>| placed.2.used().unwrap_or(f64::INFINITY);
        let worst = at.iter().max_by(|left, right| used(left).total_cmp(&used(right)))?;
        let levels = listed(&at.iter().map(|(level, ..)| level.name.to_string()).collect::<Vec<_>>());
        let users = counted(u64::from(level.users), "user");
        let is_errors = lowest.metric == Metric::ErrorRatio;
        let subject = if is_errors { Subject::Errors } else { Subject::Course };
        let endpoint_of = (subject == Subject::Course).then_some(endpoint);
        Some(Recommendation {
            id: format!("objective/{endpoint}/{metric}"),
            priority: Priority::Critical,
            issue: format!("{endpoint} breaks its objective for {} at {levels}", metric_words(lowest.metric)),
            evidence: format!(
                "{} at {} ({}), where {} is promised",
                metric_value(worst.2.metric, worst.2.value),
                worst.0.name,
                worst
                    .2
                    .interval
                    .map_or_else(String::new, |interval| interval_words(worst.2.metric, interval)),
                chosen_value(worst.2.metric, worst.2.limit)
            ),
            chart: self.chart(subject, endpoint_of),
            impact: if is_errors {
                "More requests fail than was promised".to_owned()
            } else {
                "Users wait longer than was promised".to_owned()
            },
            action: match (is_errors, level.users) {
                (true, _) => format!(
                    "Read the target's log for {}: its code, its dependencies, its limits",
                    classes(at)
                ),
                (false, 1) => {
                    format!("Make {endpoint} faster for a single user first: this is not a matter of load")
                }
                (false, _) => format!(
                    "Add capacity to what {endpoint} waits for, or limit its concurrency below {users}"
                ),
            },
        })
    }

    /// Failures where no objective speaks of them.
    pub(super) fn errors(&self) -> Vec<Recommendation> {
        let mut all = Vec::new();
        for endpoint in self.view.endpoints() {
            let cells =
                || self.view.cells().filter(|(_, cell)| cell.endpoint == endpoint).map(|(_, cell)| cell);
            let is_promised = cells()
                .any(|cell| cell.objectives.iter().any(|objective| objective.metric == Metric::ErrorRatio));
            let failed: u64 = cells().map(|cell| cell.all_counts.failed).sum();
            if is_promised || failed == 0 {
                continue;
            }
            let requests: u64 = cells().map(|cell| cell.all_counts.failed + cell.all_counts.succeeded).sum();
            let ratio = failed as f64 / requests.max(1) as f64;
            let mut classes: BTreeMap<&str, u64> = BTreeMap::new();
            for (class, n) in cells().flat_map(|cell| cell.errors.iter()) {
                *classes.entry(class.name()).or_default() += n;
            }
            let classes: Vec<String> =
                classes.iter().map(|(class, n)| format!("{} {class}", count(*n))).collect();
            all.push(Recommendation {
                id: format!("errors/{endpoint}"),
                priority: if ratio >= 0.05 { Priority::Critical } else { Priority::Medium },
                issue: format!("Requests to {endpoint} fail"),
                evidence: format!(
                    "{} of {} ({}): {}",
                    count(failed),
                    count(requests),
                    percent(Some(ratio)),
                    classes.join(", ")
                ),
                chart: self.chart(Subject::Errors, None),
                impact: "Users see these failures; times here are of the requests that succeeded".to_owned(),
                action: "Look up the class of failure in the target's log, and set an objective for its rate"
                    .to_owned(),
            });
        }
        all
    }
}

/// The classes of failure of some cells, and the statuses that say more.
fn classes(at: &[Placed<'_>]) -> String {
    let mut all: BTreeMap<String, u64> = BTreeMap::new();
    for (_, cell, _) in at {
        for (class, n) in cell.errors.iter() {
            *all.entry(format!("class {}", class.name())).or_default() += n;
        }
        for (status, n) in cell.statuses.iter().filter(|(status, _)| **status >= 400) {
            *all.entry(format!("status {status}")).or_default() += n;
        }
    }
    let names: Vec<String> = all.into_iter().map(|(name, n)| format!("{} of {name}", count(n))).collect();
    if names.is_empty() { "the failures".to_owned() } else { listed(&names) }
}
