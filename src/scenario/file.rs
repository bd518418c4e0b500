//! The schema of a scenario file. Values are checked in `validate`.
//!
//! Durations and URLs stay text here, so that an error can quote the file. The comments below become the descriptions in
//! the JSON Schema.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::trace::Tracing;

mod journey;
mod monitor;
mod patterns;
mod receiver;
mod request;
mod service;
mod target;

pub use journey::{
    AwsSection, CookiesText, DataSection, JourneySection, MixSection, OptInText, PartSection, PauseSection,
    RowOrderText, RowPerText, StepSection,
};
pub use monitor::{DayText, HookSection, HookStateText, MonitorSection, SilenceSection};
pub(super) use patterns::DURATION;
pub use receiver::{HoursText, PriorityCodeText, ReceiverKindText, ReceiverSection};
pub use request::{ArrivalsText, ExpectSection, PaceSection, SloSection};
pub use service::{
    BodyRuleSection, CheckSection, CorsSection, GradeSection, LoginSection, PathSection, PriorityText,
    ServiceSection, WebSocketSection,
};
pub use target::{AddressesText, ConnectionsText, HttpText, TargetSection};

/// The schema this program reads.
pub const SCHEMA: u32 = 1;

/// A scenario: a target, a plan, levels and endpoints.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "baseline scenario")]
pub struct ScenarioFile {
    /// Version of this schema; always 1.
    pub schema: u32,
    /// Name of the scenario and prefix of its run IDs: letters, digits, `-`, `_`, `.`.
    pub name: String,
    /// The service under test, and the hosts that may receive requests.
    pub target: TargetSection,
    /// Duration and schedule of the run. A cell is one endpoint at one level.
    #[serde(default)]
    pub plan: PlanSection,
    /// Load levels: name and number of concurrent users.
    #[serde(default = "default_levels")]
    pub levels: BTreeMap<String, i64>,
    /// HTTP requests to measure.
    #[serde(default)]
    pub endpoint: Vec<EndpointSection>,
    /// Rows of data that journeys use.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub data: Vec<DataSection>,
    /// Users that send several requests in order, and carry values from one to the next.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub journey: Vec<JourneySection>,
    /// Endpoints and journeys that the same users play by weight.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mix: Vec<MixSection>,
    /// Documented rate limits of the target.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rate_limit: Vec<RateLimitSection>,
    /// Limits of the health check (`baseline check`).
    #[serde(default, skip_serializing_if = "is_default")]
    pub check: CheckSection,
    /// Services that `baseline check` looks at; default: one for each host of the endpoints.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub service: Vec<ServiceSection>,
    /// How `baseline monitor` probes.
    #[serde(default, skip_serializing_if = "is_default")]
    pub monitor: MonitorSection,
    /// Commands that the monitor runs when an endpoint or journey changes its state.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hook: Vec<HookSection>,
    /// Maintenance windows: no alerts are sent, and no hooks run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub silence: Vec<SilenceSection>,
    /// Where alerts are sent, for `baseline export alertmanager`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub receiver: Vec<ReceiverSection>,
    /// Prices, for the cost table of the report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<CostSection>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// The default levels: 1, 5 and 10 users.
pub fn default_levels() -> BTreeMap<String, i64> {
    [("light_load", 1), ("normal_load", 5), ("heavy_load", 10)]
        .map(|(name, users)| (name.to_owned(), users))
        .into()
}

/// Duration and schedule of the run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PlanSection {
    /// Total duration of the run, such as `48h`.
    #[schemars(extend("pattern" = DURATION))]
    pub duration: String,
    /// Interval between the starts of two passes over all cells.
    #[schemars(extend("pattern" = DURATION))]
    pub cycle: String,
    /// Measured time per cell and cycle.
    #[schemars(extend("pattern" = DURATION))]
    pub window: String,
    /// Time under load before each window; not measured.
    #[schemars(extend("pattern" = DURATION))]
    pub warm_up: String,
    /// Maximum number of requests per window, of a journey iterations, warm-up included; default: no maximum.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests: Option<i64>,
    /// Order of the cells within a cycle.
    pub order: OrderText,
    /// What to do if the plan exceeds a documented rate limit.
    pub rate_limits: RateLimitPolicy,
    /// Interval of the health checks during the run, such as `1h`; default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("pattern" = DURATION))]
    pub check: Option<String>,
    /// Whether requests have a `traceparent` header (W3C Trace Context); default: `sampled`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<TraceparentText>,
}

impl Default for PlanSection {
    fn default() -> Self {
        Self {
            duration: "48h".to_owned(),
            cycle: "5m".to_owned(),
            window: "10s".to_owned(),
            warm_up: "1s".to_owned(),
            requests: None,
            order: OrderText::Shuffled,
            rate_limits: RateLimitPolicy::Refuse,
            check: None,
            traceparent: None,
        }
    }
}

/// Whether requests have a `traceparent` header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TraceparentText {
    /// They do, with flag 01: the target is asked to record the trace.
    Sampled,
    /// They do, with flag 00: a target that samples as its callers do records nothing.
    Unsampled,
    /// They do not.
    Off,
}

impl TraceparentText {
    /// The same as a plan has it.
    pub fn tracing(self) -> Tracing {
        match self {
            Self::Sampled => Tracing::Sampled,
            Self::Unsampled => Tracing::Unsampled,
            Self::Off => Tracing::Off,
        }
    }
}

/// Order of the cells within a cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OrderText {
    /// A new random order in each cycle, derived from the seed.
    Shuffled,
    /// The order of the file.
    Listed,
    /// Endpoints in interleaved pairs, as in `baseline gate --ab`.
    Paired,
}

/// What to do if the plan exceeds a documented rate limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RateLimitPolicy {
    /// Do not start the run.
    Refuse,
    /// Send fewer requests per window.
    Fit,
    /// Ignore the rate limits.
    Ignore,
}

/// An HTTP request to measure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EndpointSection {
    /// Unique name; no spaces, slashes, commas or colons.
    pub name: String,
    /// HTTP method, in capitals; default `GET`.
    #[serde(default = "request::default_method")]
    pub method: String,
    /// Scheme, host and port, if different from the `base_url` of the target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
    /// Path and query of the URL.
    pub path: String,
    /// Headers of this request; write secrets as references to environment variables.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// Request body; default: no body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// File whose bytes are the request body, read while it is sent; in place of `body`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body_file: Option<String>,
    /// The expected response; default: any 2xx status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect: Option<ExpectSection>,
    /// Service level objectives (SLOs) of the endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slo: Option<SloSection>,
    /// When the next request is sent; default: immediately after the response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pace: Option<PaceSection>,
    /// Maximum duration of a request, if different from the `timeout` of the target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("pattern" = DURATION))]
    pub timeout: Option<String>,
    /// Levels to measure this endpoint at; default: all levels. An empty list: only as part of a mix.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub levels: Option<Vec<String>>,
}

/// A documented rate limit, shared by all endpoints with a matching path.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RateLimitSection {
    /// A path, or a prefix ending in `*`.
    pub path: String,
    /// Limits; all of them apply.
    pub limits: Vec<AllowanceSection>,
}

/// A maximum number of requests in any period of the given length.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AllowanceSection {
    /// Maximum number of requests in the period.
    pub requests: i64,
    /// Length of the period, such as `1m`.
    #[schemars(extend("pattern" = DURATION))]
    pub per: String,
}

/// Demand of the customers, and prices.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CostSection {
    /// Currency in the report, such as `USD`.
    pub currency: String,
    /// Requests per customer per month.
    pub requests_per_user_per_month: f64,
    /// Ratio of peak load to average load.
    #[serde(default = "default_peak")]
    pub peak_to_average: f64,
    /// Cost items; the total is their sum.
    pub item: Vec<CostItemSection>,
}

fn default_peak() -> f64 {
    4.0
}

/// One item of the bill.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CostItemSection {
    /// Name of the cost item.
    pub name: String,
    /// Fixed price per month, in the currency.
    #[serde(default)]
    pub fixed_per_month: f64,
    /// Price per million requests beyond the included ones.
    #[serde(default)]
    pub per_million_requests: f64,
    /// Requests per month included in the fixed price.
    #[serde(default)]
    pub included_requests: f64,
    /// Minimum number of customers from which the item applies.
    #[serde(default)]
    pub from_users: u64,
}
