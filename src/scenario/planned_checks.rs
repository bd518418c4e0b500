//! How many health checks a run makes, and how many requests they send.

use std::fmt;
use std::time::Duration;

use crate::domain::plan::Plan;
use crate::domain::units::format_span;

/// The health checks of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PlannedChecks {
    /// From one to the next.
    every: Duration,
    /// Number of checks, if none takes longer than the interval.
    checks: u64,
    /// The most requests that one check sends.
    requests: u64,
}

impl PlannedChecks {
    /// The checks of a plan; `None` where it makes none.
    pub(super) fn of(plan: &Plan) -> Option<Self> {
        let every = plan.check_every.filter(|every| !every.is_zero())?;
        // One at the start, and one at each whole interval before the end.
        let checks = plan.duration.as_nanos().div_ceil(every.as_nanos());
        Some(Self { every, checks: u64::try_from(checks).unwrap_or(u64::MAX), requests: requests(plan) })
    }
}

impl fmt::Display for PlannedChecks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { every, checks, requests } = *self;
        let (all, span) = (checks.saturating_mul(requests), format_span(every));
        let plural = |number: u64| if number == 1 { "" } else { "s" };
        write!(
            f,
            "health checks every {span}: {checks} check{}, at most {all} request{} beside those of the cells",
            plural(checks),
            plural(all)
        )
    }
}

/// The most requests of a check: one to each endpoint, as far as the documented limits allow.
fn requests(plan: &Plan) -> u64 {
    let mut room: Vec<u64> = plan
        .rate_limits
        .iter()
        .map(|limit| limit.allowances.iter().map(|allowance| allowance.requests).min().unwrap_or(u64::MAX))
        .collect();
    let mut requests = 0;
    for endpoint in plan.assessment.services.iter().flat_map(|service| &service.endpoints) {
        let path = endpoint.path.reveal();
        let covering = || (0..room.len()).filter(|limit| plan.rate_limits[*limit].covers(path));
        if covering().all(|limit| room[limit] > 0) {
            requests += 1;
            for limit in covering().collect::<Vec<_>>() {
                room[limit] -= 1;
            }
        }
    }
    requests
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::environment::Environment;
    use crate::scenario::{Source, check};

    #[test]
    fn checks_and_their_requests_are_counted() {
        let planned = |plan: &str, limits: &str| {
            let text = format!(
                "schema = 1\nname = \"n\"\n[target]\nbase_url = \"http://127.0.0.1:1\"\nallow_hosts = [\"127.0.0.1\"]\n\
                 [plan]\nrate_limits = \"ignore\"\n{plan}\n\
                 [[endpoint]]\nname = \"a\"\npath = \"/api/a\"\n[[endpoint]]\nname = \"b\"\npath = \"/api/b\"\n{limits}"
            );
            let plan = check(&Source { label: "s.toml".into(), text }, &Environment::default()).unwrap();
            PlannedChecks::of(&plan).map(|checks| checks.to_string())
        };
        let check = |plan: &str, limits: &str, expected: Option<&str>| {
            assert_eq!(planned(plan, limits).as_deref(), expected, "{plan}");
        };
        check("duration = \"48h\"", "", None);
        check(
            "duration = \"48h\"\ncheck = \"1h\"",
            "",
            Some("health checks every 1h: 48 checks, at most 96 requests beside those of the cells"),
        );
        check(
            "duration = \"90m\"\ncheck = \"1h\"",
            "",
            Some("health checks every 1h: 2 checks, at most 4 requests beside those of the cells"),
        );
        check(
            "duration = \"30m\"\ncheck = \"1h\"",
            "[[rate_limit]]\npath = \"/api/*\"\nlimits = [{ requests = 1, per = \"1m\" }]\n",
            Some("health checks every 1h: 1 check, at most 1 request beside those of the cells"),
        );
    }
}
