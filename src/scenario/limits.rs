//! Whether a plan stays within the target's documented limits: refused with the sums, or reduced to fit.
//!
//! The order of cells is seeded, so the schedule is known beforehand and its stretches can be counted. Limits are never
//! checked at an assumed speed: a closed loop without a pause or a cap sends as many requests as the responses allow, so
//! it does not fit. In a capped plan each cell keeps its own time within the cycle, because the limits were counted there.

use std::fmt::Write as _;
use std::time::Duration;

use crate::domain::endpoint::Pace;
use crate::domain::plan::{Cell, Plan};
use crate::domain::rate_limit::{Allowance, RateLimit};
use crate::domain::units::format_span;
use crate::domain::workload::Workload;

use super::busiest::{Schedule, Use};

/// What a closed loop is assumed to take for a request where a plan is described. Limits never rest on it.
pub const ASSUMED_RESPONSE: Duration = Duration::from_millis(100);

/// One documented limit beside what the plan would send.
#[derive(Debug, Clone, PartialEq)]
pub struct Sum {
    /// The limit's place in the plan.
    pub limit: usize,
    /// Path or path prefix that the limit covers.
    pub path: String,
    /// The documented limit: the most requests in any stretch of a given length.
    pub allowance: Allowance,
    /// The most that the plan sends in any stretch of that length; infinite where nothing bounds it.
    pub planned: f64,
}

impl Sum {
    /// Whether the plan stays within the limit.
    pub fn fits(&self) -> bool {
        self.planned <= self.allowance.requests as f64 + 1e-6
    }
}

/// The sums that are too large.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excess {
    /// The first limit that would be exceeded, by its place in the plan.
    pub limit: usize,
    /// One line per limit.
    pub sums: String,
}

/// Counts the plan against every documented limit.
pub fn sums(plan: &Plan) -> Vec<Sum> {
    if plan.rate_limits.is_empty() {
        return Vec::new();
    }
    let units: Vec<f64> = (0..plan.cells.len()).map(|index| most_units(plan, index)).collect();
    let schedule = Schedule::of(plan);
    let mut sums = Vec::new();
    for (place, limit) in plan.rate_limits.iter().enumerate() {
        for allowance in &limit.allowances {
            let planned = schedule.most(plan, limit, allowance.per, &units);
            sums.push(Sum { limit: place, path: limit.path.clone(), allowance: *allowance, planned });
        }
    }
    sums
}

/// Refuses a plan that would exceed a limit.
/// # Errors
/// [`Excess`] with every sum that is too large.
pub fn refuse_excess(plan: &Plan) -> Result<(), Excess> {
    let excess: Vec<Sum> = sums(plan).into_iter().filter(|sum| !sum.fits()).collect();
    match excess.first() {
        None => Ok(()),
        Some(first) => Err(Excess { limit: first.limit, sums: describe(&excess) }),
    }
}

/// The sums as lines for people.
pub fn describe(sums: &[Sum]) -> String {
    let mut text = String::new();
    for sum in sums {
        let (path, span, allowed) = (&sum.path, format_span(sum.allowance.per), sum.allowance.requests);
        let _ = if sum.planned.is_finite() {
            write!(text, "  {path}: {:.0} requests planned in {span}, {allowed} allowed", sum.planned.ceil())
        } else {
            write!(text, "  {path}: unlimited requests (no think time), {allowed} allowed in {span}")
        };
        text.push('\n');
    }
    text.truncate(text.trim_end().len());
    text
}

/// The shortest and the mean time between two units of one user: requests of an endpoint, iterations of a journey.
fn spacing(workload: &Workload, think: Duration) -> (Duration, Duration) {
    let of_member = |member: &Workload| match member {
        Workload::Journey(journey) => {
            let responses = ASSUMED_RESPONSE * u32::try_from(journey.steps.len()).unwrap_or(u32::MAX);
            (journey.shortest_pauses(), journey.mean_pauses() + responses)
        }
        Workload::Endpoint(_) | Workload::Mix(_) => (Duration::ZERO, ASSUMED_RESPONSE),
    };
    let spans: Vec<(Duration, Duration)> = workload.members().iter().map(of_member).collect();
    let shortest = spans.iter().map(|(shortest, _)| *shortest).min().unwrap_or_default();
    let mean = spans.iter().map(|(_, mean)| *mean).sum::<Duration>()
        / u32::try_from(spans.len().max(1)).unwrap_or(1);
    match workload {
        // A request that takes longer than the pause is not waited for twice.
        Workload::Endpoint(_) => (think, think.max(ASSUMED_RESPONSE)),
        Workload::Journey(_) | Workload::Mix(_) => (shortest + think, mean + think),
    }
}

/// The most units that one window of a cell can start, warm-up included; infinite where nothing bounds it.
///
/// Units: requests of an endpoint, iterations of a journey or a mix.
fn most_units(plan: &Plan, index: usize) -> f64 {
    let cell = plan.cells[index];
    let span = plan.cell_span().as_secs_f64();
    let uncapped = match plan.workload(cell).pace() {
        Pace::Open { rate, .. } => (rate * span).ceil(),
        Pace::Closed { think } => {
            let (shortest, _) = spacing(plan.workload(cell), think);
            let each =
                if shortest.is_zero() { f64::INFINITY } else { (span / shortest.as_secs_f64()).ceil() };
            f64::from(plan.level(cell).users.get()) * each
        }
    };
    plan.request_caps[index].map_or(uncapped, |cap| uncapped.min(cap as f64))
}

/// About how many units one window of a cell starts, warm-up included: requests of an endpoint, iterations of a journey.
pub fn expected_units(plan: &Plan, index: usize) -> f64 {
    let cell = plan.cells[index];
    let uncapped = match plan.workload(cell).pace() {
        Pace::Open { rate, .. } => rate * plan.cell_span().as_secs_f64(),
        Pace::Closed { think } => {
            let (_, each) = spacing(plan.workload(cell), think);
            let of_user = (plan.cell_span().as_secs_f64() / each.as_secs_f64()).ceil();
            f64::from(plan.level(cell).users.get()) * of_user
        }
    };
    plan.request_caps[index].map_or(uncapped, |cap| uncapped.min(cap as f64))
}

/// Thins a plan until it fits: each cell keeps the same number of requests for each of its users.
///
/// A cell that cannot have one request for each user would not reach its concurrency, so it is left out, the most
/// users first. Endpoints that no limit covers are not touched.
/// # Errors
/// [`Excess`] where nothing is left to measure.
pub fn fit(plan: &mut Plan) -> Result<(), Excess> {
    if sums(plan).iter().all(Sum::fits) {
        return Ok(());
    }
    // A capped window may send all at once, so every stretch is counted as if it did.
    plan.request_caps = vec![Some(u64::MAX); plan.cells.len()];
    drop_cells_that_cannot_fit(plan);
    if plan.cells.is_empty() {
        return Err(Excess {
            limit: 0,
            sums: "  the limits do not allow one request for one user".to_owned(),
        });
    }
    let mut per_user = vec![f64::INFINITY; plan.workloads.len()];
    for limit in plan.rate_limits.clone() {
        let share = largest_share(plan, &limit);
        for (workload, per_user) in plan.workloads.iter().zip(&mut per_user) {
            if !Use::of(workload, &limit).is_none() {
                *per_user = per_user.min(share);
            }
        }
    }
    plan.request_caps = plan.cells.iter().map(|cell| cap(plan, *cell, per_user[cell.workload])).collect();
    // Health checks cannot be thinned: where they alone are too many, nothing fits.
    if plan.check_every.is_some() { refuse_excess(plan) } else { Ok(()) }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small positive count")]
fn cap(plan: &Plan, cell: Cell, per_user: f64) -> Option<u64> {
    per_user.is_finite().then(|| (f64::from(plan.level(cell).users.get()) * per_user).floor() as u64)
}

fn drop_cells_that_cannot_fit(plan: &mut Plan) {
    while let Some(limit) = first_excess(plan) {
        let heaviest = (0..plan.cells.len())
            .filter(|index| !Use::of(plan.workload(plan.cells[*index]), &limit).is_none())
            .max_by_key(|index| plan.level(plan.cells[*index]).users);
        let Some(index) = heaviest else { return };
        drop_cell(plan, index);
    }
}

/// Leaves a cell out, and where sides take turns the other side's with it.
fn drop_cell(plan: &mut Plan, index: usize) {
    let cell = plan.cells[index];
    let other = plan.other_side(cell).and_then(|other| plan.cells.iter().position(|cell| *cell == other));
    // From the back, so that removing one leaves the place of the other.
    let mut indices: Vec<usize> = other.into_iter().chain([index]).collect();
    indices.sort_unstable();
    for index in indices.into_iter().rev() {
        plan.left_out.push(plan.cells.remove(index));
        plan.request_caps.remove(index);
    }
}

/// The strictest limit that one request for each user exceeds.
fn first_excess(plan: &Plan) -> Option<RateLimit> {
    let schedule = Schedule::of(plan);
    let requests: Vec<f64> = plan.cells.iter().map(|cell| f64::from(plan.level(*cell).users.get())).collect();
    let exceeds = |limit: &RateLimit| {
        limit.allowances.iter().any(|allowance| {
            schedule.most(plan, limit, allowance.per, &requests) > allowance.requests as f64 + 1e-6
        })
    };
    // The longest path is the most specific, and dropping there leaves the most of the rest.
    let mut limits: Vec<&RateLimit> = plan.rate_limits.iter().filter(|limit| exceeds(limit)).collect();
    limits.sort_by_key(|limit| std::cmp::Reverse(limit.path.len()));
    limits.first().map(|limit| (*limit).clone())
}

/// The most requests for each user at which every allowance of a limit holds.
fn largest_share(plan: &Plan, limit: &RateLimit) -> f64 {
    let schedule = Schedule::of(plan);
    let fits = |share: f64| {
        let requests: Vec<f64> =
            plan.cells.iter().map(|cell| cap(plan, *cell, share).unwrap_or(0) as f64).collect();
        limit.allowances.iter().all(|allowance| {
            schedule.most(plan, limit, allowance.per, &requests) <= allowance.requests as f64 + 1e-6
        })
    };
    let (mut low, mut high) = (1.0_f64, 1e6_f64);
    for _ in 0..40 {
        let middle = f64::midpoint(low, high);
        if fits(middle) { low = middle } else { high = middle }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::environment::Environment;
    use crate::scenario::{ScenarioError, Source, check};

    /// Three levels of one limited endpoint, every five minutes for two hours.
    fn plan(policy: &str, limits: &str, pace: &str) -> Result<Plan, ScenarioError> {
        let text = format!(
            "schema = 1\nname = \"n\"\n[target]\nbase_url = \"http://127.0.0.1:1\"\nallow_hosts = [\"127.0.0.1\"]\n\
             [plan]\nduration = \"2h\"\nrate_limits = \"{policy}\"\n\
             [[endpoint]]\nname = \"a\"\npath = \"/api/a\"\n{pace}\n\
             [[rate_limit]]\npath = \"/api/*\"\nlimits = [{limits}]\n"
        );
        check(&Source { label: "s.toml".into(), text }, &Environment::default())
    }

    fn caps(limits: &str) -> Vec<Option<u64>> {
        plan("fit", limits, "").unwrap().request_caps
    }

    #[test]
    fn a_plan_that_exceeds_a_limit_is_refused_with_the_sums() {
        // Ten users with a pause of 100 ms send at most 1,100 in the 11 s of the heavy cell.
        let error = plan("refuse", "{ requests = 100, per = \"1m\" }", "pace = { think = \"100ms\" }")
            .unwrap_err()
            .to_string();
        assert!(error.contains("s.toml:13:1: rate_limit[0]"), "{error}");
        assert!(error.contains("/api/*: 1760 requests planned in 1m, 100 allowed"), "{error}");
    }

    #[test]
    fn nothing_but_a_cap_bounds_a_closed_loop_without_a_pause() {
        let error = plan("refuse", "{ requests = 1000000, per = \"1m\" }", "").unwrap_err().to_string();
        assert!(error.contains("unlimited requests (no think time), 1000000 allowed in 1m"), "{error}");
        let fitted = plan("fit", "{ requests = 1000000, per = \"1m\" }", "").unwrap();
        assert!(fitted.request_caps.iter().all(Option::is_some));
    }

    #[test]
    fn limits_longer_than_a_thousand_cycles_are_counted_whole() {
        // Cells of 10 ms each second at 2 users together: 3 requests a cycle, an hour touches 3,600 of them or one more.
        let text = "schema = 1\nname = \"n\"\n[target]\nbase_url = \"http://127.0.0.1:1\"\nallow_hosts = [\"127.0.0.1\"]\n\
            [plan]\nduration = \"3h\"\ncycle = \"1s\"\nwindow = \"10ms\"\nwarm_up = \"0s\"\n\
            [levels]\na = 1\n\
            [[endpoint]]\nname = \"a\"\npath = \"/\"\npace = { rate = 100.0 }\n\
            [[rate_limit]]\npath = \"/\"\nlimits = [{ requests = 3000, per = \"1h\" }]\n";
        let source = Source { label: "s.toml".into(), text: text.into() };
        let error = check(&source, &Environment::default()).unwrap_err().to_string();
        assert!(error.contains("3601 requests planned in 1h, 3000 allowed"), "{error}");
    }

    #[test]
    fn an_open_loop_is_counted_exactly() {
        // Windows of 11 s at 2 a second, three a cycle: an hour touches 37 of them in the worst place.
        let pace = "pace = { rate = 2.0 }";
        assert!(plan("refuse", "{ requests = 814, per = \"1h\" }", pace).is_ok());
        let error = plan("refuse", "{ requests = 700, per = \"1h\" }", pace).unwrap_err().to_string();
        assert!(error.contains("814 requests planned in 1h, 700 allowed"), "{error}");
    }

    #[test]
    fn fitting_keeps_the_same_requests_for_each_user() {
        assert_eq!(caps("{ requests = 100, per = \"1m\" }"), [Some(6), Some(31), Some(63)]);
        assert_eq!(caps("{ requests = 1000, per = \"1h\" }"), [Some(4), Some(24), Some(49)]);
    }

    #[test]
    fn every_stretch_of_a_fitted_plan_keeps_every_limit() {
        for limits in [
            "{ requests = 100, per = \"1m\" }, { requests = 1000, per = \"1h\" }",
            "{ requests = 16, per = \"5m\" }",
            "{ requests = 40, per = \"7m\" }, { requests = 300, per = \"1h\" }",
            "{ requests = 10, per = \"1s\" }",
        ] {
            let plan = plan("fit", limits, "").unwrap();
            assert!(sums(&plan).iter().all(Sum::fits), "{limits}: {:?}", sums(&plan));
        }
    }

    #[test]
    fn a_cell_without_a_request_for_each_user_is_left_out() {
        let plan = plan("fit", "{ requests = 20, per = \"1h\" }", "").unwrap();
        assert_eq!(plan.cells.len(), 1);
        assert_eq!(
            plan.left_out.iter().map(|cell| plan.describe(*cell)).collect::<Vec<_>>(),
            ["a at heavy_load:10", "a at normal_load:5"]
        );
    }

    /// A journey of login and two reads at one level of 5 users, every five minutes for two hours.
    fn journey(limits: &str, more: &str) -> Result<Plan, ScenarioError> {
        let text = format!(
            "schema = 1\nname = \"n\"\n[target]\nbase_url = \"http://127.0.0.1:1\"\nallow_hosts = [\"127.0.0.1\"]\n\
             [plan]\nduration = \"2h\"\n[levels]\na = 5\n\
             [[journey]]\nname = \"j\"\npace = {{ rate = 1.0 }}\n\
             [[journey.setup]]\nname = \"login\"\nmethod = \"POST\"\npath = \"/login\"\n{more}\n\
             [[journey.step]]\nname = \"list\"\npath = \"/api/list\"\n\
             [[journey.step]]\nname = \"read\"\npath = \"/api/{{{{user}}}}\"\n\
             [[rate_limit]]\n{limits}\n"
        );
        check(&Source { label: "s.toml".into(), text }, &Environment::default())
    }

    #[test]
    fn every_step_is_counted_and_a_setup_once_per_user() {
        // 11 iterations of two steps in a window of 11 s; an hour touches 13 windows.
        let steps = |requests: u32| {
            format!("path = \"/api/*\"\nlimits = [{{ requests = {requests}, per = \"1h\" }}]")
        };
        assert!(journey(&steps(286), "").is_ok());
        let error = journey(&steps(285), "").unwrap_err().to_string();
        assert!(error.contains("/api/*: 286 requests planned in 1h, 285 allowed"), "{error}");
        let logins = |requests: u32| {
            format!("path = \"/login\"\nlimits = [{{ requests = {requests}, per = \"1h\" }}]")
        };
        assert!(journey(&logins(5), "").is_ok());
        assert!(journey(&logins(4), "").is_err());
        // Tokens that last for less than a cycle: five logins for each of the 13 windows.
        assert!(journey(&logins(65), "refresh = \"1m\"").is_ok());
        let error = journey(&logins(64), "refresh = \"1m\"").unwrap_err().to_string();
        assert!(error.contains("/login: 65 requests planned in 1h, 64 allowed"), "{error}");
    }

    #[test]
    fn the_health_checks_of_a_run_are_counted() {
        let with_checks = |policy: &str, limits: &str, check: &str| {
            let text = format!(
                "schema = 1\nname = \"n\"\n[target]\nbase_url = \"http://127.0.0.1:1\"\nallow_hosts = [\"127.0.0.1\"]\n\
                 [plan]\nduration = \"2h\"\nrate_limits = \"{policy}\"\ncheck = \"{check}\"\n\
                 [[endpoint]]\nname = \"a\"\npath = \"/api/a\"\npace = {{ rate = 2.0 }}\n\
                 [[rate_limit]]\npath = \"/api/*\"\nlimits = [{limits}]\n"
            );
            check_text(&text)
        };
        // 814 of the load, and in an hour one check of one request at each of its ends.
        assert!(with_checks("refuse", "{ requests = 816, per = \"1h\" }", "1h").is_ok());
        let error = with_checks("refuse", "{ requests = 815, per = \"1h\" }", "1h").unwrap_err().to_string();
        assert!(error.contains("816 requests planned in 1h, 815 allowed"), "{error}");
        let fitted = with_checks("fit", "{ requests = 700, per = \"1h\" }", "1h").unwrap();
        assert!(sums(&fitted).iter().all(Sum::fits), "{:?}", sums(&fitted));
        // Sixty-one checks in an hour leave nothing.
        assert!(with_checks("fit", "{ requests = 61, per = \"1h\" }", "1m").is_err());
    }

    fn check_text(text: &str) -> Result<Plan, ScenarioError> {
        check(&Source { label: "s.toml".into(), text: text.into() }, &Environment::default())
    }

    #[test]
    fn where_nothing_fits_the_plan_is_refused() {
        let error = plan("fit", "{ requests = 1, per = \"2h\" }", "").unwrap_err().to_string();
        assert!(error.contains("the limits do not allow one request for one user"), "{error}");
    }
}
