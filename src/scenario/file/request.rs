//! The schema of what endpoints and steps share: the expected response, SLOs, pace.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::patterns::DURATION;

/// The method of a request that names none.
pub(super) fn default_method() -> String {
    "GET".to_owned()
}

/// The response that counts as successful.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ExpectSection {
    /// Accepted status codes; empty: any 2xx.
    pub status: Vec<i64>,
    /// Text that the response body must contain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body_contains: Option<String>,
}

/// Service level objectives (SLOs) of an endpoint.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SloSection {
    /// Limit for the mean service time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("pattern" = DURATION))]
    pub mean: Option<String>,
    /// Limit for the 95th percentile of service time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("pattern" = DURATION))]
    pub p95: Option<String>,
    /// Limit for the ratio of failed requests, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_rate: Option<f64>,
    /// Lower limit for the ratio of responses from a cache, 0 to 1, among those that say whether they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_hit_ratio: Option<f64>,
    /// Lower limit for the days until a certificate of the target expires.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate_days: Option<f64>,
    /// `baseline gate` checks the SLOs over every stretch of this length, such as `5m`; default: each window.
    #[serde(rename = "for", skip_serializing_if = "Option::is_none")]
    #[schemars(extend("pattern" = DURATION))]
    pub over: Option<String>,
}

/// When the next request is sent: `think` for a closed loop, `rate` for an open loop.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PaceSection {
    /// Pause between a response and the next request.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("pattern" = DURATION))]
    pub think: Option<String>,
    /// Requests per second, over all users of the level.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<f64>,
    /// Spacing of the requests in an open loop.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arrivals: Option<ArrivalsText>,
}

/// Spacing of the requests in an open loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ArrivalsText {
    /// Requests at equal intervals.
    Uniform,
    /// Exponentially distributed intervals, as with independent users.
    Poisson,
}
