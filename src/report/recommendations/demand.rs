//! What the platform can carry, what that costs, and what its caches spare it.

use std::collections::BTreeMap;

use crate::analysis::capacity::Capacity;
use crate::report::charts::Subject;
use crate::report::wording::numbers::{count, counted, listed, percent, rate, significant, time_us};

use super::{Advisor, Priority, Recommendation};

/// A cache that answers less than this share is worth a word.
const LOW_CACHE: f64 = 0.5;

impl Advisor<'_> {
    pub(super) fn capacity(&self) -> Vec<Recommendation> {
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

    pub(super) fn cost(&self) -> Vec<Recommendation> {
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

    pub(super) fn caches(&self) -> Vec<Recommendation> {
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
