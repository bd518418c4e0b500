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
use crate::report::wording::numbers::{bytes, counted, span, trimmed, whole};
use crate::report::wording::times::moment_with_year;
use crate::run::prepared::{DEMO_ORIGIN, bytes_on_disk};
use crate::scenario::limits;

use super::planned::{self, Load, PlannedData, PlannedJourney};
use super::readiness::{self, BaselineReadiness};

/// The plan, for people or programs.
///
/// `waiting`: names of the journeys and mixes that are not part of the plan, because they need `--writes`.
pub fn dry_run(plan: &Plan, notes: &[String], waiting: &[&str], format: Format) -> String {
    match format {
        Format::Json => dry_run_json(plan, notes, waiting),
        _ => dry_run_text(plan, notes, waiting),
    }
}

struct EndpointLoad {
    name: String,
    url: String,
    levels: String,
    /// Expected requests in one cycle; the maximum where `capped`.
    requests: f64,
    per_minute: f64,
    writes_per_hour: f64,
    capped: bool,
}

/// What one workload would send.
enum PlannedLoad {
    Endpoint(EndpointLoad),
    Journey(PlannedJourney),
}

fn loads(plan: &Plan) -> Vec<PlannedLoad> {
    let load = |(index, workload): (usize, &Workload)| {
        let load = load_of(plan, index);
        let Workload::Endpoint(endpoint) = workload else {
            return PlannedJourney::of(plan, workload, load).map(PlannedLoad::Journey);
        };
        let url = match endpoint.origin.to_string() {
            origin if origin == DEMO_ORIGIN => {
                format!("{} {} on the demo server", endpoint.method.as_str(), endpoint.path)
            }
            origin => format!("{} {origin}{}", endpoint.method.as_str(), endpoint.path),
        };
        Some(PlannedLoad::Endpoint(EndpointLoad {
            name: workload.name().to_string(),
            url,
            requests: load.iterations,
            per_minute: load.iterations * 60.0 / plan.cycle.as_secs_f64(),
            writes_per_hour: planned::writes_per_hour(plan, workload, load.iterations),
            levels: load.levels,
            capped: load.capped,
        }))
    };
    plan.workloads.iter().enumerate().filter_map(load).collect()
}

/// What a workload starts in a cycle: requests of an endpoint, iterations of a journey or a mix.
fn load_of(plan: &Plan, index: usize) -> Load {
    let cells: Vec<usize> =
        (0..plan.cells.len()).filter(|cell| plan.cells[*cell].workload == index).collect();
    let levels: Vec<String> = cells.iter().map(|cell| plan.level(plan.cells[*cell]).to_string()).collect();
    let is_left_out = plan.left_out.iter().any(|cell| cell.workload == index);
    let without = if is_left_out { "no level fits the rate limits" } else { "only within a mix" };
    Load {
        iterations: cells.iter().map(|cell| limits::expected_units(plan, *cell)).sum(),
        users: cells.iter().map(|cell| plan.level(plan.cells[*cell]).users.get()).max().unwrap_or(0),
        levels: if levels.is_empty() { without.to_owned() } else { levels.join(", ") },
        capped: cells.iter().any(|cell| plan.request_caps[*cell].is_some()),
    }
}

impl PlannedLoad {
    fn writes_per_hour(&self) -> f64 {
        match self {
            Self::Endpoint(load) => load.writes_per_hour,
            Self::Journey(load) => load.writes_per_hour,
        }
    }

    fn text(&self) -> String {
        let load = match self {
            Self::Journey(load) => return load.text(),
            Self::Endpoint(load) => load,
        };
        let bound = if load.capped { "at most" } else { "about" };
        let requests = trimmed(load.requests);
        let noun = if requests == "1" { "request" } else { "requests" };
        let mut text = format!("  {}: {}\n    {}\n", load.name, load.url, load.levels);
        let _ = writeln!(
            text,
            "    {bound} {requests} {noun} per cycle, {} per minute",
            trimmed(load.per_minute)
        );
        text
    }
}

/// What journeys would change, where their data comes from, and which of them wait for an option.
fn journeys_text(plan: &Plan, loads: &[PlannedLoad], waiting: &[&str]) -> String {
    let mut text = String::new();
    if loads.iter().any(|load| matches!(load, PlannedLoad::Journey(_))) {
        let writes: f64 = loads.iter().map(PlannedLoad::writes_per_hour).sum();
        let _ = match writes {
            writes if writes > 0.0 => writeln!(
                text,
                "\nwrites: about {} requests per hour may change something at the target, beside those of the setup",
                whole(writes)
            ),
            _ => writeln!(text, "\nwrites: none, beside those of the setup"),
        };
    }
    for data in plan.feeders.iter().map(PlannedData::from) {
        let _ = writeln!(text, "{}", data.text());
    }
    if !waiting.is_empty() {
        let _ = writeln!(text, "\nonly with --writes: {}", waiting.join(", "));
    }
    text
}

fn dry_run_text(plan: &Plan, notes: &[String], waiting: &[&str]) -> String {
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
    let loads = loads(plan);
    for load in &loads {
        text.push_str(&load.text());
    }
    text.push_str(&journeys_text(plan, &loads, waiting));
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

fn dry_run_json(plan: &Plan, notes: &[String], waiting: &[&str]) -> String {
    let loads = loads(plan);
    let writes_per_hour = loads.iter().map(PlannedLoad::writes_per_hour).sum();
    let (mut endpoints, mut journeys) = (Vec::new(), Vec::new());
    for load in loads {
        match load {
            PlannedLoad::Endpoint(load) => endpoints.push(load.into()),
            PlannedLoad::Journey(load) => journeys.push(load),
        }
    }
    print(PlanOutput {
        scenario: &plan.name,
        duration_s: plan.duration.as_secs_f64(),
        cycles: plan.cycles(),
        cells: plan.cells.len(),
        windows: plan.windows(),
        bytes_on_disk: bytes_on_disk(plan),
        overrun: overrun(plan),
        left_out: plan.left_out.iter().map(|cell| plan.describe(*cell)).collect(),
        endpoints,
        journeys,
        writes_per_hour,
        data: plan.feeders.iter().map(PlannedData::from).collect(),
        needs_writes: waiting.iter().map(|name| (*name).to_owned()).collect(),
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
    /// The journeys and mixes of the plan, with what each would send.
    journeys: Vec<PlannedJourney>,
    /// About how many requests an hour may change something at the target: their method is none of GET, HEAD, OPTIONS and
    /// TRACE. Without those of setups.
    writes_per_hour: f64,
    /// Rows of data that are handed to users.
    data: Vec<PlannedData>,
    /// Journeys and mixes that are not part of the plan without `--writes`.
    needs_writes: Vec<String>,
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
