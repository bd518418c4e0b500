//! The shape of a scenario file. What the values mean is `validate`'s business.
//!
//! Spans and URLs stay text here, so that a message can point at what was written.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The schema this program reads.
pub const SCHEMA: u32 = 1;

/// A scenario: a target, a plan, levels and endpoints.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "baseline scenario")]
pub struct ScenarioFile {
    /// Always 1.
    pub schema: u32,
    /// Names the runs: letters, digits, `-`, `_`, `.`.
    pub name: String,
    /// Where requests may go.
    pub target: TargetSection,
    /// When cells are measured.
    #[serde(default)]
    pub plan: PlanSection,
    /// Names and numbers of concurrent users.
    #[serde(default = "default_levels")]
    pub levels: BTreeMap<String, i64>,
    /// The documented requests.
    #[serde(default)]
    pub endpoint: Vec<EndpointSection>,
    /// Documented limits of the target.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rate_limit: Vec<RateLimitSection>,
    /// Prices, for the cost table of the report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<CostSection>,
}

/// Light, normal and heavy.
pub fn default_levels() -> BTreeMap<String, i64> {
    [("light_load", 1), ("normal_load", 5), ("heavy_load", 10)]
        .map(|(name, users)| (name.to_owned(), users))
        .into()
}

/// Where requests may go. A host that is not named gets no packet; redirects are not followed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TargetSection {
    /// Scheme, host and port, such as `${BASELINE_URL:-http://127.0.0.1:8787}`.
    pub base_url: String,
    /// The only hosts that get packets.
    pub allow_hosts: Vec<String>,
    /// Blocks that every address of a name must lie in, such as `127.0.0.0/8`; any address without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow_networks: Option<Vec<String>>,
    /// How long an exchange may take, connection included.
    #[serde(default = "default_timeout")]
    pub timeout: String,
    /// Sent with every request; secrets by reference.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
}

fn default_timeout() -> String {
    "10s".to_owned()
}

/// When cells are measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PlanSection {
    /// How long the run lasts.
    pub duration: String,
    /// One pass over all cells starts this often.
    pub cycle: String,
    /// How long a cell is measured.
    pub window: String,
    /// How long a cell is driven before it is measured.
    pub warm_up: String,
    /// In which order a cycle visits its cells.
    pub order: OrderText,
    /// What happens where the plan would exceed a documented limit.
    pub rate_limits: RateLimitPolicy,
}

impl Default for PlanSection {
    fn default() -> Self {
        Self {
            duration: "48h".to_owned(),
            cycle: "5m".to_owned(),
            window: "10s".to_owned(),
            warm_up: "1s".to_owned(),
            order: OrderText::Shuffled,
            rate_limits: RateLimitPolicy::Refuse,
        }
    }
}

/// In which order a cycle visits its cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OrderText {
    /// A fresh seeded order each cycle.
    Shuffled,
    /// As listed.
    Listed,
    /// Endpoints two by two, the sides of a comparison in turn: as `baseline gate --ab` measures.
    Paired,
}

/// What happens where the plan would exceed a documented limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RateLimitPolicy {
    /// The run does not start.
    Refuse,
    /// Fewer requests a window, so that it fits.
    Fit,
    /// This client is exempt.
    Ignore,
}

/// One documented request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EndpointSection {
    /// Unique; no spaces, slashes, commas or colons.
    pub name: String,
    /// `GET` unless said otherwise.
    #[serde(default = "default_method")]
    pub method: String,
    /// Where it lives, if not at the target's `base_url`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
    /// Path and query.
    pub path: String,
    /// Sent with this request; secrets by reference.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// Sent as the body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// What must come back; any 2xx unless said otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect: Option<ExpectSection>,
    /// What its owner promises.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slo: Option<SloSection>,
    /// When the next request goes; at once unless said otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pace: Option<PaceSection>,
    /// How long an exchange may take, if not the target's `timeout`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<String>,
    /// The levels it is measured at; all unless said otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub levels: Option<Vec<String>>,
}

fn default_method() -> String {
    "GET".to_owned()
}

/// What must come back.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ExpectSection {
    /// Accepted statuses; empty means any 2xx.
    pub status: Vec<i64>,
    /// Text that the body must contain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body_contains: Option<String>,
}

/// What the owner promises.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SloSection {
    /// The mean service time stays below this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mean: Option<String>,
    /// The 95th percentile of service time stays below this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p95: Option<String>,
    /// At most this share of requests fails, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_rate: Option<f64>,
    /// `baseline gate` judges every stretch of this length, such as `5m`; every window by itself without it.
    #[serde(rename = "for", skip_serializing_if = "Option::is_none")]
    pub over: Option<String>,
}

/// When the next request goes: `think` for a closed loop, `rate` for an open one.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PaceSection {
    /// The pause between an answer and the next request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub think: Option<String>,
    /// Arrivals a second, over all users of the level.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<f64>,
    /// How the arrivals of an open loop are spaced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arrivals: Option<ArrivalsText>,
}

/// How the arrivals of an open loop are spaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ArrivalsText {
    /// Evenly.
    Uniform,
    /// As independent visitors arrive.
    Poisson,
}

/// A documented limit, shared by all endpoints whose path matches.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RateLimitSection {
    /// A path, or a prefix that ends in `*`.
    pub path: String,
    /// All of them hold at once.
    pub limits: Vec<AllowanceSection>,
}

/// At most so many requests in any stretch of this length.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AllowanceSection {
    /// Requests.
    pub requests: i64,
    /// Any stretch of this length.
    pub per: String,
}

/// What users ask for, and what serving them costs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CostSection {
    /// As it is printed, such as `USD`.
    pub currency: String,
    /// How many requests a user makes in a month.
    pub requests_per_user_per_month: f64,
    /// How many times the average the busiest time is.
    #[serde(default = "default_peak")]
    pub peak_to_average: f64,
    /// Prices.
    pub item: Vec<CostItemSection>,
}

fn default_peak() -> f64 {
    4.0
}

/// One price.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CostItemSection {
    /// What is paid for.
    pub name: String,
    /// Each month, whatever is used.
    #[serde(default)]
    pub fixed_per_month: f64,
    /// For each million requests beyond what is included.
    #[serde(default)]
    pub per_million_requests: f64,
    /// Requests a month that cost nothing more.
    #[serde(default)]
    pub included_requests: f64,
    /// The item applies from so many users on.
    #[serde(default)]
    pub from_users: u64,
}
