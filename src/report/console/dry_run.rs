//! Output of `baseline start --dry-run`: the planned requests, compared with the documented limits.

use std::fmt::Write as _;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use crate::domain::plan::{Cell, Plan};
use crate::domain::units::after;
use crate::domain::workload::Workload;
use crate::host;
use crate::report::formats::envelope::{Output, print};
use crate::report::formats::format::Format;
use crate::report::formats::values::finite;
use crate::report::wording::numbers::{bytes, counted, span, trimmed};
use crate::report::wording::times::moment_with_year;
use crate::run::prepared::{DEMO_ORIGIN, bytes_on_disk};
use crate::scenario::limits;

use super::readiness::{self, BaselineReadiness};

/// The plan, for people or programs.
pub fn dry_run(plan: &Plan, notes: &[String], format: Format) -> String {
    match format {
        Format::Json => dry_run_json(plan, notes),
        _ => dry_run_text(plan, notes),
    }
}

struct EndpointLoad {
    name: String,
    url: String,
    levels: String,
    /// Expected requests in one cycle; the maximum where `capped`.
    requests: f64,
    per_minute: f64,
    capped: bool,
}

fn loads(plan: &Plan) -> Vec<EndpointLoad> {
    let minutes = plan.cycle.as_secs_f64() / 60.0;
    let load = |(index, workload): (usize, &Workload)| {
        let cells: Vec<usize> =
            (0..plan.cells.len()).filter(|cell| plan.cells[*cell].workload == index).collect();
        let requests: f64 = cells.iter().map(|cell| limits::expected_units(plan, *cell)).sum();
        let levels: Vec<String> =
            cells.iter().map(|cell| plan.level(plan.cells[*cell]).to_string()).collect();
        EndpointLoad {
            name: workload.name().to_string(),
            url: target_of(workload),
            levels: if levels.is_empty() {
                "no level fits the rate limits".to_owned()
            } else {
                levels.join(", ")
            },
            requests,
            per_minute: requests / minutes,
            capped: cells.iter().any(|cell| plan.request_caps[*cell].is_some()),
        }
    };
    plan.workloads.iter().enumerate().map(load).collect()
}

/// What a workload sends: its request, or its steps.
fn target_of(workload: &Workload) -> String {
    match workload {
        Workload::Endpoint(endpoint) => match endpoint.origin.to_string() {
            origin if origin == DEMO_ORIGIN => {
                format!("{} {} on the demo server", endpoint.method.as_str(), endpoint.path)
            }
            origin => format!("{} {origin}{}", endpoint.method.as_str(), endpoint.path),
        },
        Workload::Journey(journey) => {
            let steps: Vec<&str> = journey.steps.iter().map(|step| &*step.request.name).collect();
            format!("journey: {}", steps.join(", "))
        }
        Workload::Mix(mix) => {
            let weight = |member: usize| mix.deal.iter().filter(|dealt| **dealt == member).count();
            let members = mix.members.iter().enumerate();
            let members: Vec<String> = members
                .map(|(index, member)| format!("{} {}/{}", member.name(), weight(index), mix.deal.len()))
                .collect();
            format!("mix: {}", members.join(", "))
        }
    }
}

fn dry_run_text(plan: &Plan, notes: &[String]) -> String {
    let mut text = String::new();
    let end = after(host::clock::now(), plan.duration);
    let _ = writeln!(
        text,
        "{}: {} in {} of {}, {} per cycle; {} of {} after {} of warm-up",
        plan.name,
        span(plan.duration),
        counted(plan.cycles(), "cycle"),
        span(plan.cycle),
        counted(plan.cells.len() as u64, "cell"),
        counted(plan.windows(), "window"),
        span(plan.window),
        span(plan.warm_up),
    );
    let _ = writeln!(text, "if started now, it ends at {}", moment_with_year(end));
    let _ = writeln!(text, "on disk: about {}\n", bytes(bytes_on_disk(plan)));
    for load in loads(plan) {
        let bound = if load.capped { "at most" } else { "about" };
        let requests = trimmed(load.requests);
        let _ = writeln!(text, "  {}: {}", load.name, load.url);
        let _ = writeln!(text, "    {}", load.levels);
        let _ = writeln!(
            text,
            "    {bound} {} {} per cycle, {} per minute",
            requests,
            if requests == "1" { "request" } else { "requests" },
            trimmed(load.per_minute)
        );
    }
    for note in notes.iter().cloned().chain(readiness::gate_note(plan)) {
        let _ = writeln!(text, "\nnote: {note}");
    }
    if let Some(left_out) = left_out(plan) {
        let _ = writeln!(text, "\n{left_out}");
    }
    for warning in overrun(plan).into_iter().chain(readiness::warnings(plan)) {
        let _ = writeln!(text, "\nwarning: {warning}");
    }
    let sums = limits::sums(plan);
    if !sums.is_empty() {
        text.push_str("\ncompared with the documented limits, busiest period:\n");
        text.push_str(&limits::describe(&sums));
        text.push('\n');
    }
    text.push_str("\nnothing was sent\n");
    text
}

/// The cells that the rate limits exclude from the plan; `None` if there are none.
pub fn left_out(plan: &Plan) -> Option<String> {
    let cells: Vec<String> = plan.left_out.iter().map(|cell| plan.describe(*cell)).collect();
    let sentence = "excluded, because the rate limits do not allow one request per user";
    (!cells.is_empty()).then(|| format!("{sentence}: {}", cells.join(", ")))
}

/// Why cycles may be lost to slow responses: a window ends when its last response has come, or timed out. `None` where one
/// timeout per cell fits the cycle.
pub fn overrun(plan: &Plan) -> Option<String> {
    let of_cell = |cell: &Cell| {
        let timeout = plan.workloads.get(cell.workload).map_or(Duration::ZERO, longest_iteration);
        plan.warm_up + plan.window + timeout
    };
    let longest: Duration = plan.cells.iter().map(of_cell).sum();
    (longest > plan.cycle).then(|| {
        format!(
            "if requests time out, one pass over all cells takes up to {}, longer than the cycle of {}, and cycles are skipped; shorten `timeout` or lengthen the cycle",
            span(longest),
            span(plan.cycle)
        )
    })
}

/// How long the last iteration of a window takes where every request times out: the steps after one that failed are not
/// sent.
fn longest_iteration(workload: &Workload) -> Duration {
    let of_member = |member: &Workload| match member {
        Workload::Endpoint(endpoint) => endpoint.timeout,
        Workload::Journey(journey) => {
            let cleaning = journey.steps.iter().filter(|step| step.always);
            let longest = journey.steps.iter().map(|step| step.request.timeout).max().unwrap_or_default();
            longest + cleaning.map(|step| step.request.timeout).sum::<Duration>()
        }
        Workload::Mix(_) => Duration::ZERO,
    };
    workload.members().iter().map(of_member).max().unwrap_or_default()
}

fn dry_run_json(plan: &Plan, notes: &[String]) -> String {
    print(PlanOutput {
        scenario: &plan.name,
        duration_s: plan.duration.as_secs_f64(),
        cycles: plan.cycles(),
        cells: plan.cells.len(),
        windows: plan.windows(),
        bytes_on_disk: bytes_on_disk(plan),
        overrun: overrun(plan),
        left_out: plan.left_out.iter().map(|cell| plan.describe(*cell)).collect(),
        endpoints: loads(plan).into_iter().map(PlannedEndpoint::from).collect(),
        rate_limits: limits::sums(plan).into_iter().map(PlannedLimit::from).collect(),
        baseline: BaselineReadiness::of(plan),
        warnings: readiness::warnings(plan),
        notes: notes.iter().cloned().chain(readiness::gate_note(plan)).collect(),
    })
}

/// What a plan would send, against the documented rate limits. Nothing was sent.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(title = "what `baseline start --dry-run --format json` prints", deny_unknown_fields)]
pub(in crate::report) struct PlanOutput<'a> {
    /// The scenario's name.
    scenario: &'a str,
    /// How long the run takes.
    duration_s: f64,
    /// How often every cell is measured.
    cycles: u64,
    /// Cells that fit the rate limits.
    cells: usize,
    /// Windows that the run has.
    windows: u64,
    /// About how much the run writes.
    bytes_on_disk: u64,
    /// Why cycles may be lost if requests time out; null where one timeout per cell fits the cycle.
    overrun: Option<String>,
    /// Cells that the rate limits leave no room for.
    left_out: Vec<String>,
    /// The endpoints of the plan, with the requests that each would receive.
    endpoints: Vec<PlannedEndpoint>,
    /// The documented rate limits, each with the most that the plan would send.
    rate_limits: Vec<PlannedLimit>,
    /// Whether a run of the plan has enough windows to become a baseline.
    baseline: BaselineReadiness,
    /// What the plan is too small for, a sentence each.
    warnings: Vec<String>,
    /// What the plan does that the file does not show, and what a gate cannot do with it, a sentence each.
    notes: Vec<String>,
}

impl Output for PlanOutput<'_> {
    const KIND: &'static str = "plan";
}

/// What an endpoint would get.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct PlannedEndpoint {
    /// Name of the endpoint.
    endpoint: String,
    /// Method and URL of the endpoint.
    url: String,
    /// Load levels as `name:users`, separated by commas; a sentence if no level fits the rate limits.
    levels: String,
    /// About how many requests in a cycle.
    requests_per_cycle: f64,
    /// Requests per minute, averaged over the cycle.
    requests_per_minute: f64,
    /// Whether rate limits cap it, so that these are the most.
    capped: bool,
}

impl From<EndpointLoad> for PlannedEndpoint {
    fn from(load: EndpointLoad) -> Self {
        Self {
            endpoint: load.name,
            url: load.url,
            levels: load.levels,
            requests_per_cycle: load.requests,
            requests_per_minute: load.per_minute,
            capped: load.capped,
        }
    }
}

/// A documented rate limit and what the plan makes of it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct PlannedLimit {
    /// A path, or a prefix that ends in `*`.
    path: String,
    /// Length of the limit's interval, in seconds.
    per_s: f64,
    /// Requests allowed in any interval of that length.
    allowed: u64,
    /// Most requests that the plan sends in any such interval; null where nothing bounds it.
    planned: Option<f64>,
    /// Whether the plan stays within the limit.
    fits: bool,
}

impl From<limits::Sum> for PlannedLimit {
    fn from(sum: limits::Sum) -> Self {
        let fits = sum.fits();
        Self {
            path: sum.path,
            per_s: sum.allowance.per.as_secs_f64(),
            allowed: sum.allowance.requests,
            planned: finite(sum.planned),
            fits,
        }
    }
}
