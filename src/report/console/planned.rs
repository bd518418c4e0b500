//! What the journeys and mixes of a plan would send: their steps, their requests, and what they would change at the target.

use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::Serialize;

use crate::domain::endpoint::Endpoint;
use crate::domain::feeder::{Feeder, RowOrder, RowPer};
use crate::domain::journey::Journey;
use crate::domain::plan::Plan;
use crate::domain::workload::Workload;
use crate::report::wording::numbers::{count, counted, percent, span, trimmed, whole};

/// What a journey or a mix would send.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct PlannedJourney {
    /// Name of the journey or the mix.
    pub(super) name: String,
    /// The members of a mix; empty for a journey.
    members: Vec<PlannedMember>,
    /// The requests of a journey in their order, setup first; empty for a mix.
    steps: Vec<PlannedStep>,
    /// Load levels as `name:users`, separated by commas; a sentence without any.
    pub(super) levels: String,
    /// About how many iterations in a cycle.
    iterations_per_cycle: f64,
    /// About how many requests in a cycle, without those of the setup.
    requests_per_cycle: f64,
    /// Requests per minute, averaged over the cycle.
    requests_per_minute: f64,
    /// About how many requests an hour that may change something: their method is none of GET, HEAD, OPTIONS and TRACE. Without
    /// those of the setup.
    pub(super) writes_per_hour: f64,
    /// Requests that set up one user.
    setup_requests_per_user: u64,
    /// How many of them may change something.
    setup_writes_per_user: u64,
    /// Users that are set up at the highest level.
    users: u32,
    /// Age at which the setup of a user is repeated; null where it never is.
    setup_repeated_after_s: Option<f64>,
    /// Whether rate limits cap it, so that these are the most.
    capped: bool,
}

/// A member of a mix.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct PlannedMember {
    /// Name of the endpoint or the journey.
    name: String,
    /// Its part of the iterations, 0 to 1.
    share: f64,
}

/// A request of a journey.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct PlannedStep {
    /// Name of the step.
    name: String,
    /// The HTTP method.
    method: String,
    /// Path and query as they are written in the scenario.
    path: String,
    /// Whether it prepares a user, and is measured nowhere.
    is_setup: bool,
    /// Whether its method says that it may change something at the target.
    is_write: bool,
}

/// Iterations in a cycle, and where they come from.
#[derive(Debug, Clone)]
pub(super) struct Load {
    pub(super) levels: String,
    pub(super) iterations: f64,
    pub(super) users: u32,
    pub(super) capped: bool,
}

/// Requests of one iteration, and how many of them may change something.
fn per_iteration(workload: &Workload) -> (f64, f64) {
    let writes = |request: &Endpoint| f64::from(u8::from(!request.method.is_safe()));
    match workload {
        Workload::Endpoint(endpoint) => (1.0, writes(endpoint)),
        Workload::Journey(journey) => (journey.steps.len() as f64, journey.writes() as f64),
        Workload::Mix(mix) => {
            let members = mix.members.iter().enumerate().map(|(index, member)| {
                let (share, (requests, writes)) = (share(&mix.deal, index), per_iteration(member));
                (share * requests, share * writes)
            });
            members.fold((0.0, 0.0), |sum, of| (sum.0 + of.0, sum.1 + of.1))
        }
    }
}

fn share(deal: &[usize], member: usize) -> f64 {
    deal.iter().filter(|dealt| **dealt == member).count() as f64 / deal.len().max(1) as f64
}

/// About how many requests an hour may change something, where it starts this many iterations or requests a cycle.
pub(super) fn writes_per_hour(plan: &Plan, workload: &Workload, units: f64) -> f64 {
    per_iteration(workload).1 * units * 3_600.0 / plan.cycle.as_secs_f64()
}

impl PlannedJourney {
    /// A journey or a mix with its load; `None` for an endpoint.
    pub(super) fn of(plan: &Plan, workload: &Workload, load: Load) -> Option<Self> {
        let (members, steps) = match workload {
            Workload::Endpoint(_) => return None,
            Workload::Journey(journey) => (Vec::new(), steps(journey)),
            Workload::Mix(mix) => {
                let member = |(index, member): (usize, &Workload)| PlannedMember {
                    name: member.name().to_string(),
                    share: share(&mix.deal, index),
                };
                (mix.members.iter().enumerate().map(member).collect(), Vec::new())
            }
        };
        let journeys = || workload.members().iter().filter_map(Workload::as_journey);
        let setup = || journeys().flat_map(|journey| &journey.setup);
        let requests = per_iteration(workload).0 * load.iterations;
        Some(Self {
            name: workload.name().to_string(),
            members,
            steps,
            levels: load.levels,
            iterations_per_cycle: load.iterations,
            requests_per_cycle: requests,
            requests_per_minute: requests * 60.0 / plan.cycle.as_secs_f64(),
            writes_per_hour: writes_per_hour(plan, workload, load.iterations),
            setup_requests_per_user: setup().count() as u64,
            setup_writes_per_user: setup().filter(|step| !step.request.method.is_safe()).count() as u64,
            users: load.users,
            setup_repeated_after_s: journeys()
                .filter_map(Journey::refresh)
                .min()
                .map(|age| age.as_secs_f64()),
            capped: load.capped,
        })
    }

    /// The lines for people, each indented.
    pub(super) fn text(&self) -> String {
        let mut text = format!("  {}: {}\n", self.name, self.kind());
        let width = self.steps.iter().map(|step| step.name.chars().count()).max().unwrap_or(0);
        for step in &self.steps {
            let kind = if step.is_setup { "setup" } else { "step" };
            let _ = writeln!(text, "    {kind:<5}  {:<width$}  {} {}", step.name, step.method, step.path);
        }
        let bound = if self.capped { "at most" } else { "about" };
        let _ = writeln!(text, "    {}", self.levels);
        let _ = writeln!(
            text,
            "    {bound} {} iterations and {} requests per cycle, {} requests per minute",
            trimmed(self.iterations_per_cycle),
            trimmed(self.requests_per_cycle),
            trimmed(self.requests_per_minute)
        );
        if self.writes_per_hour > 0.0 {
            let _ = writeln!(text, "    {bound} {} writes per hour", whole(self.writes_per_hour));
        }
        if self.setup_requests_per_user > 0 {
            let _ = writeln!(text, "    {}", self.setup());
        }
        text
    }

    fn kind(&self) -> String {
        if self.members.is_empty() {
            return "journey".to_owned();
        }
        let member = |member: &PlannedMember| format!("{} {}", member.name, percent(Some(member.share)));
        format!("mix: {}", self.members.iter().map(member).collect::<Vec<_>>().join(", "))
    }

    fn setup(&self) -> String {
        let writes = match self.setup_writes_per_user {
            0 => String::new(),
            writes => format!(" ({})", counted(writes, "write")),
        };
        let repeated = self.setup_repeated_after_s.map_or_else(String::new, |age| {
            format!(", again every {}", span(std::time::Duration::from_secs_f64(age)))
        });
        format!(
            "setup: {}{writes} for each of {}{repeated}; not measured",
            counted(self.setup_requests_per_user, "request"),
            counted(u64::from(self.users), "user")
        )
    }
}

fn steps(journey: &Journey) -> Vec<PlannedStep> {
    let setup = journey.setup.len();
    let step = |(place, step): (usize, &crate::domain::journey::Step)| PlannedStep {
        name: step.request.name.to_string(),
        method: step.request.method.as_str().to_owned(),
        path: step.request.path.to_string(),
        is_setup: place < setup,
        is_write: !step.request.method.is_safe(),
    };
    journey.all_steps().enumerate().map(step).collect()
}

/// Rows of data that are handed to users.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct PlannedData {
    /// Name of the data.
    name: String,
    /// Number of rows.
    rows: u64,
    /// Which row comes next: `queue`, `shuffle`, `random` or `circular`.
    order: &'static str,
    /// How often a user gets a new row: `user` or `iteration`.
    per: &'static str,
}

impl From<&Feeder> for PlannedData {
    fn from(feeder: &Feeder) -> Self {
        Self {
            name: feeder.name.to_string(),
            rows: feeder.rows.len() as u64,
            order: match feeder.order {
                RowOrder::Queue => "queue",
                RowOrder::Shuffle => "shuffle",
                RowOrder::Random => "random",
                RowOrder::Circular => "circular",
            },
            per: match feeder.per {
                RowPer::User => "user",
                RowPer::Iteration => "iteration",
            },
        }
    }
}

impl PlannedData {
    /// A line for people.
    pub(super) fn text(&self) -> String {
        let order = match self.order {
            "queue" => "each used once",
            "shuffle" => "in random order, each once per pass",
            "random" => "picked at random",
            _ => "in order, again and again",
        };
        format!(
            "data {}: {} {}, {order}; a new row for each {}",
            self.name,
            count(self.rows),
            if self.rows == 1 { "row" } else { "rows" },
            self.per
        )
    }
}
