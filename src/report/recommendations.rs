//! What a run asks its readers to do: each with its evidence, its impact and the next step, the most urgent first.

use std::collections::BTreeMap;

use super::charts::{Chart, Subject};
use super::incidents::{Incident, incidents};
use super::numbers::{count, counted, listed, percent, rate, significant, span, time_us, whole};
use super::objective::{ObjectiveState, ObjectiveView};
use super::sentences::{
    change_words, chosen_value, interval_words, metric_value, metric_words, signed_percent,
};
use super::view::{CellView, LevelView, RunView};
use crate::analysis::alert::AlertKind;
use crate::analysis::capacity::Capacity;
use crate::analysis::comparison::Row;
use crate::domain::metric::{Direction, Metric};
use crate::domain::verdict::Verdict;

/// How soon somebody should look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// Now.
    Critical,
    /// Soon.
    Medium,
    /// When there is time.
    Low,
}

impl Priority {
    /// The word in files and tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq)]
pub struct Recommendation {
    /// What it is about, the same in every report that asks for the same: `objective/browse/service_time_p95_us`.
    pub id: String,
    /// How soon.
    pub priority: Priority,
    /// What is wrong, in a sentence.
    pub issue: String,
    /// The numbers that show it.
    pub evidence: String,
    /// The chart that shows it.
    pub chart: Option<String>,
    /// What it means for those who use the platform, or this report.
    pub impact: String,
    /// What to do.
    pub action: String,
}

/// More windows than this share that cannot be judged are worth a word.
const MANY_INVALID: f64 = 0.05;
/// A cache that answers less than this share is worth a word.
const LOW_CACHE: f64 = 0.5;
/// More flags than so many times what noise brings are worth a word.
const MANY_FLAGS: f64 = 3.0;

/// All recommendations of a run, the most urgent first.
pub(super) fn recommendations(view: &RunView, charts: &[Chart<'_>]) -> Vec<Recommendation> {
    let advisor = Advisor { view, charts };
    let rules = [
        Advisor::measurement,
        Advisor::objectives,
        Advisor::comparison,
        Advisor::changes,
        Advisor::trends,
        Advisor::errors,
        Advisor::throttling,
        Advisor::capacity,
        Advisor::cost,
        Advisor::caches,
        Advisor::baseline,
    ];
    let mut all: Vec<Recommendation> = rules.into_iter().flat_map(|rule| rule(&advisor)).collect();
    // Stable: within a priority in the order of the rules.
    all.sort_by_key(|recommendation| recommendation.priority);
    all
}

/// An objective and its place.
type Placed<'a> = (&'a LevelView, &'a CellView, &'a ObjectiveView);

struct Advisor<'a> {
    view: &'a RunView,
    charts: &'a [Chart<'a>],
}

impl Advisor<'_> {
    fn chart(&self, subject: Subject, endpoint: Option<&str>) -> Option<String> {
        let of = |chart: &&Chart<'_>| {
            chart.subject == subject && (endpoint.is_none() || chart.endpoint.as_deref() == endpoint)
        };
        self.charts.iter().find(of).map(|chart| chart.id().to_owned())
    }

    /// Whether the measurement itself may be trusted.
    fn measurement(&self) -> Vec<Recommendation> {
        let health = &self.view.health;
        let mut all = Vec::new();
        let invalid = health.invalid_windows();
        let share = invalid as f64 / health.windows.max(1) as f64;
        if let Some((reason, n)) = health.invalid.values().max_by_key(|(_, n)| *n)
            && share > MANY_INVALID
        {
            all.push(Recommendation {
                id: format!("measurement/{}", reason.name()),
                priority: if share > 0.5 { Priority::Critical } else { Priority::Medium },
                issue: if share > 0.5 {
                    "Most of this run did not measure the target".to_owned()
                } else {
                    "Part of this run did not measure the target".to_owned()
                },
                evidence: format!(
                    "{} of {} are invalid; the most common reason is {} ({})",
                    count(invalid),
                    counted(health.windows, "window"),
                    reason.name(),
                    count(*n)
                ),
                chart: None,
                impact: "Invalid windows are left out of every number, so intervals are wider than planned"
                    .to_owned(),
                action: format!("Measure again: {}", reason.advice()),
            });
        }
        if health.has_holes() || !health.unmeasured.is_empty() {
            let unmeasured = match health.unmeasured.as_slice() {
                [] => String::new(),
                names => format!("; never measured: {}", listed(names)),
            };
            all.push(Recommendation {
                id: "measurement/missing".to_owned(),
                priority: if health.unmeasured.is_empty() { Priority::Medium } else { Priority::Critical },
                issue: "Not all that was planned was measured".to_owned(),
                evidence: format!(
                    "{} of {} are missing{unmeasured}",
                    count(health.missing),
                    counted(health.windows + health.missing, "planned window")
                ),
                chart: self.chart(Subject::Course, None),
                impact: "What was not measured may be broken; this report cannot say".to_owned(),
                action: "Look at the gaps and at what the run said while it went on, and measure again"
                    .to_owned(),
            });
        }
        let length = self.view.span().map_or(0.0, |(from, to)| to.duration_since(from).as_secs_f64());
        if length > 0.0 && health.gap_time.as_secs_f64() > MANY_INVALID * length {
            all.push(Recommendation {
                id: "measurement/gaps".to_owned(),
                priority: Priority::Low,
                issue: "The run has gaps".to_owned(),
                evidence: format!(
                    "{} without measurements, in {}",
                    span(health.gap_time),
                    counted(self.view.facts.gaps.len() as u64, "gap")
                ),
                chart: self.chart(Subject::Course, None),
                impact: "What happened meanwhile is not known, and hours of the day may be missing"
                    .to_owned(),
                action: "Run on a machine that stays up, and read the times of day with care".to_owned(),
            });
        }
        all
    }

    /// An endpoint's objective at the lowest level that breaks it, or that leaves it open.
    fn objectives(&self) -> Vec<Recommendation> {
        let mut broken: BTreeMap<(String, String), Vec<Placed<'_>>> = BTreeMap::new();
        let mut unclear = 0_u64;
        let mut all_objectives = 0_u64;
        for (level, cell) in self.view.cells() {
            for objective in &cell.objectives {
                all_objectives += 1;
                match objective.state {
                    ObjectiveState::Broken => {
                        let key = (cell.endpoint.to_string(), objective.metric.name());
                        broken.entry(key).or_default().push((level, cell, objective));
                    }
                    ObjectiveState::Unclear => unclear += 1,
                    ObjectiveState::Held => (),
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
                chosen_value(worst.2.metric, worst.2.promised)
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

    /// What regressed against the named baseline, an endpoint at a time.
    fn comparison(&self) -> Vec<Recommendation> {
        let Some(named) = &self.view.findings.comparison else { return Vec::new() };
        let mut all = Vec::new();
        let mut by_endpoint: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
        for row in named.comparison.rows.iter().filter(|row| row.verdict == Verdict::Regressed) {
            by_endpoint.entry(&row.endpoint).or_default().push(row);
        }
        for (endpoint, rows) in by_endpoint {
            let Some(worst) = rows.iter().copied().max_by(|left, right| size(left).total_cmp(&size(right)))
            else {
                continue;
            };
            all.push(Recommendation {
                id: format!("regression/{endpoint}"),
                priority: Priority::Critical,
                issue: format!("{endpoint} got worse than baseline {}", named.name),
                evidence: format!(
                    "{} regressed, most of all {} at {}: {} to {}, {}",
                    counted(rows.len() as u64, "value"),
                    metric_words(worst.metric),
                    worst.level,
                    metric_value(worst.metric, Some(worst.before)),
                    metric_value(worst.metric, Some(worst.after)),
                    change_words(worst)
                ),
                chart: self.chart(Subject::Course, Some(endpoint)),
                impact: "It is beyond chance and beyond the floor below which changes are not told"
                    .to_owned(),
                action: "Look at what changed since the baseline; if it is meant to be so, promote this run"
                    .to_owned(),
            });
        }
        let improved = named.comparison.rows.iter().filter(|row| row.verdict == Verdict::Improved).count();
        if improved > 0 && all.is_empty() {
            all.push(Recommendation {
                id: "baseline/improved".to_owned(),
                priority: Priority::Low,
                issue: format!("The run is better than baseline {}", named.name),
                evidence: format!("{} improved and none regressed", counted(improved as u64, "value")),
                chart: None,
                impact: "Held against the old baseline, a later loss of this gain would pass unseen"
                    .to_owned(),
                action: format!(
                    "Accept it: `baseline promote {} --as {}`",
                    self.view.facts.run_id, named.name
                ),
            });
        }
        all
    }

    /// What got worse while the run went on, an endpoint at a time.
    fn changes(&self) -> Vec<Recommendation> {
        let all = incidents(self.view);
        all.iter().map(|incident| self.incident(incident)).collect()
    }

    fn incident(&self, incident: &Incident<'_>) -> Recommendation {
        let alert = incident.worst;
        let endpoint = &alert.place.endpoint;
        let is_errors = alert.kind == AlertKind::Errors;
        let is_over = incident.until.is_some();
        let subject = if is_errors { Subject::Errors } else { Subject::Course };
        let action = if is_errors {
            "Read the target's log of that time for the failures, and what was deployed or restarted then"
        } else {
            "Look at what happened to the target then: deployments, jobs, neighbours, its own dependencies"
        };
        Recommendation {
            id: format!("alert/{endpoint}"),
            // Failures are not waited out.
            priority: if is_over && !is_errors { Priority::Medium } else { Priority::Critical },
            issue: match (is_errors, is_over) {
                (true, true) => format!("Requests to {endpoint} failed for a while"),
                (true, false) => format!("Requests to {endpoint} fail, and did not before"),
                (false, true) => format!("{endpoint} was worse for a while"),
                (false, false) => format!("{endpoint} got worse during the run and stayed so"),
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

    fn trends(&self) -> Vec<Recommendation> {
        let mut all = Vec::new();
        for (series, drift) in &self.view.findings.trends {
            let is_worse =
                (drift.in_a_day.value > 0.0) == (series.metric.direction() == Direction::LowerIsBetter);
            if !is_worse {
                continue;
            }
            all.push(Recommendation {
                id: format!("trend/{}/{}/{}", series.endpoint, series.level, series.metric.name()),
                priority: Priority::Medium,
                issue: format!(
                    "{} of {} at {} drifts",
                    capital(&metric_words(series.metric)),
                    series.endpoint,
                    series.level
                ),
                evidence: format!(
                    "{} in 24 hours (95 % interval {} to {})",
                    signed_percent(drift.in_a_day.value),
                    signed_percent(drift.in_a_day.low),
                    signed_percent(drift.in_a_day.high)
                ),
                chart: self.chart(Subject::Course, Some(&series.endpoint)),
                impact: "If it goes on, a week from now looks much worse than today".to_owned(),
                action: "Look for what grows: memory, tables without an index, logs, connections".to_owned(),
            });
        }
        all
    }

    /// Failures where no objective speaks of them.
    fn errors(&self) -> Vec<Recommendation> {
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

    fn throttling(&self) -> Vec<Recommendation> {
        let health = &self.view.health;
        if health.throttled == 0 {
            return Vec::new();
        }
        vec![Recommendation {
            id: "measurement/throttled".to_owned(),
            priority: if health.throttled * 2 > health.windows { Priority::Critical } else { Priority::Medium },
            issue: "The target refused requests for their number".to_owned(),
            evidence: format!(
                "{} of {} met a limit (429)",
                count(health.throttled),
                counted(health.windows, "window")
            ),
            chart: self.chart(Subject::Errors, None),
            impact: "Throttled windows measure the limiter; they are left out of every number".to_owned(),
            action: "Write the documented limits into the scenario with `rate_limits = \"fit\"`, or have this client exempted"
                .to_owned(),
        }]
    }

    fn capacity(&self) -> Vec<Recommendation> {
        let mut all = Vec::new();
        let chart = self.chart(Subject::Scalability, None);
        let mut untested = Vec::new();
        let mut knees: BTreeMap<u32, Vec<&Capacity>> = BTreeMap::new();
        for capacity in &self.view.findings.capacities {
            let Some(first) = capacity.levels.first() else { continue };
            match &capacity.support {
                Some(support) if support.is_at_least => untested.push(capacity.endpoint.clone()),
                Some(support) => knees.entry(support.users).or_default().push(capacity),
                // What fails is told elsewhere; of its capacity nothing is known.
                None if first.p95_us.is_none() && self.nothing_succeeded(&capacity.endpoint) => (),
                None => all.push(Recommendation {
                    id: format!("capacity/{}", capacity.endpoint),
                    priority: Priority::Medium,
                    issue: format!("No tested level of {} holds", capacity.endpoint),
                    evidence: format!(
                        "at {}: p95 {}",
                        counted(u64::from(first.users), "user"),
                        time_us(first.p95_us.map(|p95| p95.value))
                    ),
                    chart: chart.clone(),
                    impact: "There is no load of which this run could say that it is carried".to_owned(),
                    action: "Make it faster, test a lower level, or send more requests so that its p95 can be told".to_owned(),
                }),
            }
        }
        all.extend(knees.iter().map(|(users, at)| knee(*users, at, chart.clone())));
        if !untested.is_empty() {
            let most = self.view.levels.last().map_or(0, |level| level.users);
            all.push(Recommendation {
                id: "capacity/untested".to_owned(),
                priority: Priority::Low,
                issue: "The knee lies beyond what was tested".to_owned(),
                evidence: format!(
                    "{} of {} still hold at {}: {}",
                    count(untested.len() as u64),
                    counted(self.view.findings.capacities.len() as u64, "endpoint"),
                    counted(u64::from(most), "user"),
                    listed(&untested)
                ),
                chart,
                impact: "Headroom is known as \"at least\" only".to_owned(),
                action: format!(
                    "Test more levels, such as {} and {} users, six in all",
                    count(u64::from(most) * 2),
                    count(u64::from(most) * 4)
                ),
            });
        }
        all
    }

    fn nothing_succeeded(&self, endpoint: &str) -> bool {
        self.view
            .cells()
            .filter(|(_, cell)| *cell.endpoint == *endpoint)
            .all(|(_, cell)| cell.counts.succeeded == 0)
    }

    fn cost(&self) -> Vec<Recommendation> {
        let Some((cost, rows)) = &self.view.findings.cost else { return Vec::new() };
        let Some(row) = rows.iter().find(|row| row.is_extrapolated && row.of_measured.is_some()) else {
            return Vec::new();
        };
        vec![Recommendation {
            id: "cost/extrapolated".to_owned(),
            priority: Priority::Low,
            issue: format!("The cost of {} users is a guess", count(row.users)),
            evidence: format!(
                "their busiest time asks for {}, {} times what was measured to hold",
                rate(Some(row.peak_per_s)),
                row.of_measured.map_or_else(String::new, significant)
            ),
            chart: None,
            impact: format!("{} {} a month may not buy it", significant(row.total), cost.currency),
            action: "Test levels that reach that rate before planning with the figure".to_owned(),
        }]
    }

    fn caches(&self) -> Vec<Recommendation> {
        let mut by_endpoint: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
        for (_, cell) in self.view.cells() {
            let sum = by_endpoint.entry(&cell.endpoint).or_default();
            *sum = (sum.0 + cell.cache.hits, sum.1 + cell.cache.misses);
        }
        let low = by_endpoint.into_iter().filter_map(|(endpoint, (hits, misses))| {
            let ratio = hits as f64 / (hits + misses).max(1) as f64;
            (hits + misses > 0 && ratio < LOW_CACHE).then(|| Recommendation {
                id: format!("cache/{endpoint}"),
                priority: Priority::Low,
                issue: format!("The cache in front of {endpoint} answers little"),
                evidence: format!(
                    "{} of {} answers came from it",
                    percent(Some(ratio)),
                    count(hits + misses)
                ),
                chart: None,
                impact: "Most requests reach the origin".to_owned(),
                action: "Check what its answers say about caching, and what the cache varies on".to_owned(),
            })
        });
        low.collect()
    }

    /// What the next run should be held against.
    fn baseline(&self) -> Vec<Recommendation> {
        let view = self.view;
        let flags = &view.health.flags;
        let run = &view.facts.run_id;
        let mut all = Vec::new();
        if flags.expected > 0.0 && flags.observed as f64 > MANY_FLAGS * flags.expected {
            let swing = view.findings.daily_swing.as_ref();
            all.push(Recommendation {
                id: "baseline/flags".to_owned(),
                priority: Priority::Low,
                issue: "Far more windows are flagged than noise explains".to_owned(),
                evidence: format!(
                    "{} flags, where independent noise brings {}{}",
                    count(flags.observed),
                    whole(flags.expected),
                    swing.map_or_else(String::new, |(_, swing)| format!(
                        "; the daily swing is +-{}",
                        percent(Some(*swing))
                    ))
                ),
                chart: self.chart(Subject::Hours, None).or_else(|| self.chart(Subject::Course, None)),
                impact: "Flags tell the time of day or a drift here; alerts allow for both".to_owned(),
                action:
                    "Read the alerts, not the flags; a baseline promoted from whole days has a wider band"
                        .to_owned(),
            });
        }
        let is_clean = view.findings.alerts.is_empty() && view.findings.regimes.is_empty();
        let is_learnt = view.health.cells_learning == 0 && view.health.windows > 0;
        let is_over = view.facts.state == "completed";
        if view.findings.comparison.is_none() && is_clean && is_learnt && is_over {
            all.push(Recommendation {
                id: "baseline/promote".to_owned(),
                priority: Priority::Low,
                issue: "This run is held against itself only".to_owned(),
                evidence: "No alert and no lasting change: it is fit to be a baseline".to_owned(),
                chart: None,
                impact: "Without a named baseline, a change between runs is not seen".to_owned(),
                action: format!("`baseline promote {run} --as main`, with further runs when there are some"),
            });
        }
        all
    }
}

/// The endpoints that are at their knee at so many users.
fn knee(users: u32, at: &[&Capacity], chart: Option<String>) -> Recommendation {
    let said = counted(u64::from(users), "user");
    let names: Vec<String> = at.iter().map(|capacity| capacity.endpoint.clone()).collect();
    let evidence = at.iter().map(|capacity| {
        let of = |wanted: &dyn Fn(u32) -> bool| capacity.levels.iter().find(|level| wanted(level.users));
        let held = of(&|level| level == users).map(|level| level.throughput_per_s.value);
        let beyond = of(&|level| level > users).map_or_else(String::new, |level| {
            let p95 = time_us(level.p95_us.map(|p95| p95.value));
            format!(", at {} users {} and p95 {p95}", level.users, rate(Some(level.throughput_per_s.value)))
        });
        format!("{}: {}{beyond}", capacity.endpoint, rate(held))
    });
    let evidence: Vec<String> = evidence.collect();
    let verb = if names.len() == 1 { "is at its knee" } else { "are at their knee" };
    Recommendation {
        id: format!("capacity/knee/{users}"),
        priority: Priority::Medium,
        issue: format!("{} {verb} at {said}", listed(&names)),
        evidence: evidence.iter().take(6).cloned().collect::<Vec<_>>().join("; "),
        chart,
        impact: "More concurrent users bring longer waits, not more answers".to_owned(),
        action: format!("Plan for at most {said} at a time a node, and add nodes beyond"),
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

/// How large a change is, whichever way.
fn size(row: &Row) -> f64 {
    match row.metric {
        Metric::ErrorRatio => (row.after - row.before).abs(),
        _ => row.change.value.ln().abs(),
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
