//! Before a long run: one request per endpoint, so that a target that does not work stops it before it has a folder.
//!
//! Only requests that change nothing are sent, and only as many as the documented rate limits leave room for beside the plan.
//! Where none may be sent, it must at least be possible to connect.

use std::time::Duration;

use tokio::task::JoinSet;

use crate::domain::endpoint::Endpoint;
use crate::domain::plan::Plan;
use crate::domain::rate_limit::RateLimit;
use crate::http::probe::{Found, ask, listens};
use crate::load::stop::Stop;
use crate::scenario::limits::{Sum, sums};

use super::error::RunError;
use super::runtime::runtime;

/// A run that is planned to last longer is asked about first; a shorter one shows by itself what its target does.
pub const LONG: Duration = Duration::from_mins(1);
/// Endpoints that are asked at the same time.
const AT_A_TIME: usize = 8;

/// What the requests showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// Some endpoint works, or there was none to ask; a warning for each that does not.
    Works(Vec<String>),
    /// It was interrupted.
    Interrupted,
}

/// Asks every endpoint of a plan once.
/// # Errors
/// [`RunError::TargetDown`] where none gives the expected response, or none can be connected to.
pub fn ask_target(plan: &Plan, stop: &mut Stop) -> Result<Asked, RunError> {
    let runtime = runtime()?;
    let found = runtime.block_on(async {
        tokio::select! {
            found = ask_all(plan) => Some(found),
            () = stop.raised() => None,
        }
    });
    // A target that does not answer is not waited for.
    runtime.shutdown_background();
    let Some(found) = found else { return Ok(Asked::Interrupted) };
    let troubles: Vec<String> =
        found.iter().filter_map(|(endpoint, found)| Some(trouble(endpoint, found.err()?))).collect();
    if !found.is_empty() && troubles.len() == found.len() {
        return Err(RunError::TargetDown { troubles });
    }
    Ok(Asked::Works(troubles))
}

/// Every endpoint that was asked, and what it lacks. Several at a time, so that many slow ones take no longer than a few.
async fn ask_all(plan: &Plan) -> Vec<(&Endpoint, Result<(), Found>)> {
    let asked = askable(plan);
    if asked.is_empty() {
        let first = plan.cells.first().and_then(|cell| plan.workload(*cell).first_request());
        let Some(endpoint) = first else { return Vec::new() };
        let found = listens(endpoint, &plan.access, endpoint.timeout).await.map_err(Found::Nothing);
        return vec![(endpoint, found)];
    }
    let mut all = Vec::new();
    for some in asked.chunks(AT_A_TIME) {
        let mut asking = JoinSet::new();
        for (place, endpoint) in some.iter().enumerate() {
            let (endpoint, access) = ((*endpoint).clone(), plan.access.clone());
            asking.spawn(async move { (place, ask(&endpoint, &access, endpoint.timeout).await) });
        }
        while let Some(Ok((place, found))) = asking.join_next().await {
            all.push((some[place], if found.works() { Ok(()) } else { Err(found) }));
        }
    }
    all
}

/// The endpoints that may be asked: with a safe method, and room for one more request under every documented limit.
fn askable(plan: &Plan) -> Vec<&Endpoint> {
    let mut room = sums(plan);
    let mut asked: Vec<&Endpoint> = Vec::new();
    for (index, workload) in plan.workloads.iter().enumerate() {
        let Some(endpoint) = workload.as_endpoint() else { continue };
        let is_measured = plan.cells.iter().any(|cell| cell.workload == index);
        if is_measured && endpoint.method.is_safe() && take_room(&mut room, &plan.rate_limits, endpoint) {
            asked.push(endpoint);
        }
    }
    asked
}

/// Counts one more request under every limit that covers the endpoint; `false` where one of them has no room for it.
fn take_room(room: &mut [Sum], limits: &[RateLimit], endpoint: &Endpoint) -> bool {
    let covers =
        |sum: &&mut Sum| limits.get(sum.limit).is_some_and(|limit| limit.covers(endpoint.path.reveal()));
    let has_room = |sum: &mut Sum| sum.planned + 1.0 <= sum.allowance.requests as f64;
    if !room.iter_mut().filter(covers).all(has_room) {
        return false;
    }
    room.iter_mut().filter(covers).for_each(|sum| sum.planned += 1.0);
    true
}

fn trouble(endpoint: &Endpoint, found: Found) -> String {
    let what = match found {
        Found::AsExpected | Found::Limited => "works".to_owned(),
        Found::Status(status) => format!("unexpected status {status}"),
        Found::Body => "unexpected body".to_owned(),
        Found::Nothing(reason) => reason.brief().to_owned(),
    };
    format!("{} ({} {}{}): {what}", endpoint.name, endpoint.method.as_str(), endpoint.origin, endpoint.path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::environment::Environment;
    use crate::scenario::{Source, check};

    fn plan(more: &str) -> Plan {
        let text = format!(
            "schema = 1\nname = \"n\"\n[target]\nbase_url = \"http://127.0.0.1:1\"\nallow_hosts = [\"127.0.0.1\"]\n\
             [plan]\nduration = \"2h\"\nrate_limits = \"fit\"\n[levels]\na = 1\n\
             [[endpoint]]\nname = \"read\"\npath = \"/api/read\"\n\
             [[endpoint]]\nname = \"write\"\npath = \"/write\"\nmethod = \"POST\"\n{more}"
        );
        check(&Source { label: "s.toml".into(), text }, &Environment::default()).unwrap()
    }

    #[test]
    fn only_safe_requests_within_the_limits_are_sent() {
        let check = |limits: &str, expected: &[&str]| {
            let plan = plan(limits);
            let names: Vec<&str> = askable(&plan).into_iter().map(|endpoint| &*endpoint.name).collect();
            assert_eq!(names, expected, "{limits}");
        };
        check("", &["read"]);
        let limit = |requests: u32| {
            format!(
                "[[rate_limit]]\npath = \"/api/*\"\nlimits = [{{ requests = {requests}, per = \"1m\" }}]\n"
            )
        };
        // The plan takes all that it may, and one cell of one user takes it in whole requests: nothing is left over.
        check(&limit(10), &[]);
        check("[[rate_limit]]\npath = \"/other\"\nlimits = [{ requests = 1, per = \"1m\" }]\n", &["read"]);
    }
}
