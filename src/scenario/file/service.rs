//! The schema of `[check]` and `[[service]]`: what a health check looks at.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::patterns::DURATION;
use super::request::{ExpectSection, default_method};

/// Limits of the health check (`baseline check`).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CheckSection {
    /// Requests on new connections to each endpoint; default: 10.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub samples: Option<i64>,
    /// Maximum duration of the check of one service; default: 30s.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("pattern" = DURATION))]
    pub time_limit: Option<String>,
    /// Response time to aim for; a longer median is a finding of medium priority. Default: 500ms.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("pattern" = DURATION))]
    pub target: Option<String>,
    /// A median response time above this is a finding of high priority; default: 1s.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("pattern" = DURATION))]
    pub alert: Option<String>,
    /// Fraction of requests that must succeed over a month, 0 to 1; default: 0.999.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub availability: Option<f64>,
    /// A fraction of failed requests above this is a finding of high priority; default: 0.05.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_rate: Option<f64>,
    /// Findings of this priority or above fail the check; default: high.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fail_on: Option<PriorityText>,
    /// Words for times, by phase: `resolve`, `connect`, `tls`, `request`, `first_byte`, `transfer`, `total`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub grades: BTreeMap<String, GradeSection>,
}

/// The longest time of each grade; longer times are slow. A grade that is left out is not used.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GradeSection {
    /// Longest excellent time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("pattern" = DURATION))]
    pub excellent: Option<String>,
    /// Longest very fast time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("pattern" = DURATION))]
    pub very_fast: Option<String>,
    /// Longest good time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("pattern" = DURATION))]
    pub good: Option<String>,
    /// Longest acceptable time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("pattern" = DURATION))]
    pub acceptable: Option<String>,
}

/// How urgent a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PriorityText {
    /// The service is down, or open to an attack.
    Critical,
    /// Should be done soon.
    High,
    /// Should be planned.
    Medium,
    /// Worth knowing.
    Low,
}

/// A service that `baseline check` looks at.
///
/// Every `[[endpoint]]` of its host is timed, unless `endpoints` lists some of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceSection {
    /// Unique name; no spaces, slashes, commas or colons.
    pub name: String,
    /// What the service does, such as `frontend`; shown in the report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Scheme, host and port, if different from the `base_url` of the target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
    /// Names of the endpoints of the scenario that belong to the service; default: all of its host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoints: Option<Vec<String>>,
    /// Further requests to time, which are not part of the load.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<PathSection>,
    /// Paths where a WebSocket connection is opened.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub websocket: Vec<WebSocketSection>,
    /// What other origins may do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cors: Vec<CorsSection>,
    /// Logins with wrong credentials, which must be refused.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub login: Vec<LoginSection>,
    /// What responses must say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub body: Vec<BodyRuleSection>,
}

/// A request that is timed. It has no body, and its method changes nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PathSection {
    /// Unique name; no spaces, slashes, commas or colons.
    pub name: String,
    /// HTTP method, in capitals; default `GET`.
    #[serde(default = "default_method")]
    pub method: String,
    /// Path and query of the URL.
    pub path: String,
    /// Headers of this request; write secrets as references to environment variables.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// The expected response; default: any 2xx status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect: Option<ExpectSection>,
}

/// A path where a WebSocket connection is opened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WebSocketSection {
    /// Path and query of the URL.
    pub path: String,
    /// Headers of the handshake, such as `origin`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// Subprotocols to offer; the server must choose one of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub protocols: Vec<String>,
}

/// What other origins may do with a path.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CorsSection {
    /// Path and query of the URL.
    pub path: String,
    /// Origins that must be allowed, such as `https://app.example`.
    #[serde(default)]
    pub allowed_origins: Vec<String>,
    /// Whether requests of these origins carry cookies or logins.
    #[serde(default)]
    pub credentials: bool,
    /// Method that the preflight asks for; default `GET`.
    #[serde(default = "default_method")]
    pub method: String,
    /// Names of headers that the preflight asks for, such as `authorization`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<String>,
}

/// A login with wrong credentials, which must be refused with a JSON error that leaks nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoginSection {
    /// Path of the URL.
    pub path: String,
    /// HTTP method, in capitals; default `POST`.
    #[serde(default = "post")]
    pub method: String,
    /// Headers of this request.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// The wrong credentials, sent as JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub json: Option<serde_json::Value>,
    /// The wrong credentials, sent as a form; in place of `json`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form: Option<BTreeMap<String, String>>,
    /// The expected response; default: status 401.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect: Option<ExpectSection>,
}

fn post() -> String {
    "POST".to_owned()
}

/// What the body of a response must say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BodyRuleSection {
    /// Name of the rule, unique within its service; no spaces, slashes, commas or colons.
    pub name: String,
    /// Path and query of the URL.
    pub path: String,
    /// Headers of this request.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// What must hold, such as `jsonpath $.redis.enabled == true`.
    pub check: String,
    /// How urgent it is if it does not; default: medium.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<PriorityText>,
    /// What is wrong then, such as `The cache is disabled.`
    pub issue: String,
    /// What that means for users.
    #[serde(default)]
    pub impact: String,
    /// What to do.
    #[serde(default)]
    pub recommendation: String,
}
