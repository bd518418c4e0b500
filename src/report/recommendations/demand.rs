//! Recommendations on capacity and cost.

use std::collections::BTreeMap;

use crate::analysis::capacity::{Capacity, Refused};
use crate::report::charts::Subject;
use crate::report::wording::numbers::{count, counted, listed, rate, significant, time_us};
use crate::report::wording::phrases::signed_percent;

use super::{Advisor, Priority, Recommendation};

/// The most endpoints whose throughput grows little that are named.
const MOST_SLOWING: usize = 3;

impl Advisor<'_> {
    pub(super) fn capacity(&self) -> Vec<Recommendation> {
        let mut all = Vec::new();
        let chart = self.chart(Subject::Scalability, None);
        let mut untested = Vec::new();
        let mut limited: BTreeMap<(u32, bool), Vec<&Capacity>> = BTreeMap::new();
        for capacity in &self.view.findings.capacities {
            let Some(first) = capacity.levels.first() else { continue };
            match &capacity.support {
                Some(support) if support.is_at_least => untested.push(capacity.endpoint.clone()),
                Some(support) => {
                    let beyond = capacity.levels.iter().find(|level| level.users > support.users);
                    let is_by_growth = beyond.is_some_and(|level| capacity.adds_little(level));
                    limited.entry((support.users, is_by_growth)).or_default().push(capacity);
                }
                // Failing endpoints have a recommendation of their own; their capacity is unknown.
                None if first.p95_us.is_none() && self.nothing_succeeded(&capacity.endpoint) => (),
                // Too few requests at the lowest level show nothing either way.
                None if capacity.objective.is_some() && first.p95_us.is_none() => (),
                None => all.push(Recommendation {
                    id: format!("capacity/{}", capacity.endpoint),
                    priority: Priority::Medium,
                    issue: format!("{} sustains none of the tested levels", capacity.endpoint),
                    evidence: format!(
                        "at {}: p95 {}",
                        counted(u64::from(first.users), "user"),
                        time_us(first.p95_us.map(|p95| p95.value))
                    ),
                    chart: chart.clone(),
                    impact: "The run shows no load that the endpoint can sustain".to_owned(),
                    action: "Make it faster, test a lower level, or send more requests to measure its p95"
                        .to_owned(),
                }),
            }
        }
        all.extend(
            limited
                .iter()
                .map(|((users, is_by_growth), at)| limited_at(*users, *is_by_growth, at, chart.clone())),
        );
        if !untested.is_empty() {
            let most = self.view.levels.last().map_or(0, |level| level.users);
            let slowing: Vec<String> =
                self.view.findings.capacities.iter().filter_map(slowing).take(MOST_SLOWING).collect();
            let slowing = if slowing.is_empty() {
                String::new()
            } else {
                format!(". From the second highest level to the highest: {}", slowing.join("; "))
            };
            all.push(Recommendation {
                id: "capacity/untested".to_owned(),
                priority: Priority::Low,
                issue: "The tested load does not show the limit".to_owned(),
                evidence: format!(
                    "{} of {} sustain the highest level ({}){slowing}",
                    count(untested.len() as u64),
                    counted(self.view.findings.capacities.len() as u64, "endpoint"),
                    counted(u64::from(most), "user"),
                ),
                chart,
                impact: "Only a lower bound of the headroom is known".to_owned(),
                action: format!(
                    "Test six levels or more, the highest with {} or {} users",
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
            issue: format!("The cost for {} customers is extrapolated", count(row.users)),
            evidence: format!(
                "their peak is {}, {} times the sustained throughput",
                rate(Some(row.peak_per_s)),
                row.of_measured.map_or_else(String::new, significant)
            ),
            chart: None,
            impact: format!("{} {} per month may not be enough", significant(row.total), cost.currency),
            action: "Test levels that reach that rate before using the figure for planning".to_owned(),
        }]
    }
}

/// The endpoints that stop scaling, or meet their SLO no longer, beyond the same number of users.
fn limited_at(users: u32, is_by_growth: bool, at: &[&Capacity], chart: Option<String>) -> Recommendation {
    let names: Vec<String> = at.iter().map(|capacity| capacity.endpoint.clone()).collect();
    let evidence = at.iter().map(|capacity| {
        let of = |wanted: &dyn Fn(u32) -> bool| capacity.levels.iter().find(|level| wanted(level.users));
        let sustained = of(&|level| level == users).map(|level| level.throughput_per_s);
        let beyond = of(&|level| level > users).map_or_else(String::new, |level| {
            let p95 = time_us(level.p95_us.map(|p95| p95.value));
            format!(", at {} users {} and p95 {p95}", level.users, rate(Some(level.throughput_per_s)))
        });
        format!("{}: {}{beyond}", capacity.endpoint, rate(sustained))
    });
    let evidence: Vec<String> = evidence.collect();
    let (one, many) = if is_by_growth {
        ("stops scaling at", "stop scaling at")
    } else {
        ("meets its p95 SLO only up to", "meet their p95 SLO only up to")
    };
    let verb = if names.len() == 1 { one } else { many };
    Recommendation {
        id: format!("capacity/{}/{users}", if is_by_growth { "knee" } else { "slo" }),
        priority: Priority::Medium,
        issue: format!("{} {verb} {}", listed(&names), counted(u64::from(users), "user")),
        evidence: evidence.iter().take(6).cloned().collect::<Vec<_>>().join("; "),
        chart,
        impact: if is_by_growth {
            "Beyond that, each added user brings less than half of the throughput that a first one does"
        } else {
            "Beyond that, p95 exceeds its SLO, or is too close to it to be sure"
        }
        .to_owned(),
        action: format!(
            "Plan for at most {} per instance of the target, and add instances beyond that. This is not a number of customers",
            counted(u64::from(users), "concurrent request")
        ),
    }
}

/// Throughput and p95 from the second highest level to the highest, where added users bring less than half of the first one.
fn slowing(capacity: &Capacity) -> Option<String> {
    if matches!(capacity.scalability, Err(Refused::HeldBack(_))) {
        return None;
    }
    let [.., below, top] = capacity.levels.as_slice() else { return None };
    top.margin.filter(|margin| *margin < 0.5)?;
    let grown = top.throughput_per_s / below.throughput_per_s - 1.0;
    let slower = below.p95_us.zip(top.p95_us).map_or_else(String::new, |(below, top)| {
        format!(", p95 {}", signed_percent(top.value / below.value - 1.0))
    });
    Some(format!("{}: throughput {}{slower}", capacity.endpoint, signed_percent(grown)))
}
