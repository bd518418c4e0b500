//! Limits of rules: those of the SLOs, and the defaults of workloads that set none.
//!
//! All limits of a kind are one rule, because `promtool` takes rules of one name and the same labels for duplicates.

use std::time::Duration;

use crate::domain::objective::ObjectiveKind;

use super::promql::{number, one_of, span};
use super::scope::Scope;

/// A limit, and the workloads that have it.
#[derive(Debug, Clone)]
pub(super) struct Limited {
    /// Names of these workloads; empty for all that have no limit of their own.
    pub(super) workloads: Vec<String>,
    /// Selects the recorded series of these workloads: `{scenario="shop",endpoint=~"browse"}`.
    pub(super) selector: String,
    /// The limit, in the unit of [`Objective::limit`](crate::domain::objective::Objective::limit).
    pub(super) limit: f64,
    /// How long it must be exceeded.
    pub(super) hold: Duration,
    /// One of the workloads, for tests.
    pub(super) example: (String, String),
}

impl Limited {
    /// Whether the scenario sets it.
    pub(super) fn is_own(&self) -> bool {
        !self.workloads.is_empty()
    }
}

impl Scope<'_> {
    /// The limits of one kind, the default first. A limit holds for the stretch that its SLO judges, or for this long.
    pub(super) fn limits(self, kind: ObjectiveKind, default: f64, hold: Duration) -> Vec<Limited> {
        let all = || self.plan.workloads.iter().enumerate();
        let mut limits: Vec<Limited> = Vec::new();
        let mut unset = None;
        for (index, workload) in all() {
            let Some(example) = self.example_of(index) else { continue };
            let objective = workload.objective();
            let Some(limit) = objective.limit(kind) else {
                unset = unset.or(Some(example));
                continue;
            };
            let hold = self.timing().hold(objective.over.unwrap_or(hold));
            let same = |of: &&mut Limited| of.limit.total_cmp(&limit).is_eq() && of.hold == hold;
            let name = workload.name().to_string();
            if let Some(of) = limits.iter_mut().find(same) {
                of.workloads.push(name);
            } else {
                let workloads = vec![name];
                limits.push(Limited { workloads, selector: String::new(), limit, hold, example });
            }
        }
        for of in &mut limits {
            let names = one_of(of.workloads.iter().map(String::as_str));
            of.selector = format!("{{{},endpoint=~{names}}}", self.scenario());
        }
        if let Some(example) = unset {
            let others: Vec<&str> = limits.iter().flat_map(|of| &of.workloads).map(String::as_str).collect();
            let but =
                if others.is_empty() { String::new() } else { format!(",endpoint!~{}", one_of(others)) };
            let selector = format!("{{{}{but}}}", self.scenario());
            let hold = self.timing().hold(hold);
            limits.insert(0, Limited { workloads: Vec::new(), selector, limit: default, hold, example });
        }
        limits
    }
}

/// An expression that is true where a recorded series is beyond its limit, and how long it must be true.
///
/// `sign` is `>` or `<`. Limits that hold longer than the shortest look back for the difference.
pub(super) fn beyond(
    series: &str,
    sign: &str,
    limits: &[Limited],
    unit: impl Fn(f64) -> f64,
    further: impl Fn(&Limited) -> String,
) -> (String, Duration) {
    let shortest = limits.iter().map(|of| of.hold).min().unwrap_or_default();
    let furthest = if sign == ">" { "min_over_time" } else { "max_over_time" };
    let one = |of: &Limited| {
        let value = match of.hold.saturating_sub(shortest) {
            Duration::ZERO => format!("{series}{}", of.selector),
            longer => format!("{furthest}({series}{}[{}])", of.selector, span(longer)),
        };
        let condition = format!("{value} {sign} {}{}", number(unit(of.limit)), further(of));
        if limits.len() > 1 { format!("({condition})") } else { condition }
    };
    (limits.iter().map(one).collect::<Vec<_>>().join("\nor "), shortest)
}

/// The limits as people read them, as a sentence.
pub(super) fn described(limits: &[Limited], shown: impl Fn(f64) -> String) -> String {
    let one = |of: &Limited| format!("{} for {}", shown(of.limit), span(of.hold));
    match limits {
        [only] => format!("The limit is {}.", one(only)),
        several => {
            let each = several.iter().map(|of| {
                let names = if of.is_own() { of.workloads.join(", ") } else { "others".to_owned() };
                format!("{} ({names})", one(of))
            });
            format!("Limits: {}.", each.collect::<Vec<_>>().join("; "))
        }
    }
}
