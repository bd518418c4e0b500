//! The schema of `[monitor]`, `[[hook]]` and `[[silence]]`: how a platform is watched between runs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::patterns::DURATION;

/// How `baseline monitor` probes. A probe sends a few requests to one endpoint, or plays a journey a few times.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MonitorSection {
    /// Interval of the probes; default: 60s.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("pattern" = DURATION))]
    pub every: Option<String>,
    /// Requests per probe of an endpoint, or iterations of a journey; default: 5.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests: Option<i64>,
    /// Maximum time in which a probe sends its requests; default: 5s, or less where the interval is too short for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("pattern" = DURATION))]
    pub window: Option<String>,
    /// Interval of the health checks (certificates, headers, content); default: 5m.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("pattern" = DURATION))]
    pub check: Option<String>,
    /// How many of the latest probes must fail to make an endpoint unhealthy; default: `2 of 3`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unhealthy: Option<String>,
    /// How many of the latest probes must fail or violate the SLO to make an endpoint degraded; default: `2 of 3`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub degraded: Option<String>,
    /// How many good probes in a row make an endpoint healthy again; default: 3.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub healthy_after: Option<i64>,
    /// How long the measurements of a day are kept, such as `14d`; default: 35d, enough for a report on a month.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("pattern" = DURATION))]
    pub keep: Option<String>,
}

/// A command that the monitor runs when an endpoint or journey changes its state. It runs only with `monitor --recover`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HookSection {
    /// Name in the journal.
    pub name: String,
    /// The state that runs it.
    pub when: HookStateText,
    /// The program and its arguments; no shell is involved.
    pub run: Vec<String>,
    /// Endpoints and journeys that it is for; default: all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub only: Option<Vec<String>>,
    /// Maximum duration; then it is killed, together with the processes it started. Default: 30s.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("pattern" = DURATION))]
    pub timeout: Option<String>,
    /// Minimum time between two starts; default: 10m.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("pattern" = DURATION))]
    pub cool_down: Option<String>,
    /// Maximum number of starts within an hour; default: 3.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub most_per_hour: Option<i64>,
}

/// The state that an endpoint or journey enters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HookStateText {
    /// It works again as it should.
    Healthy,
    /// It works, but is slow, or fails more often than allowed.
    Degraded,
    /// It does not work.
    Unhealthy,
}

/// A maintenance window: no alerts are sent, and no hooks run. Everything is still measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SilenceSection {
    /// Why, in a few words.
    pub name: String,
    /// Endpoints and journeys that it is about; default: all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub only: Option<Vec<String>>,
    /// Days of the week on which it starts: `mon` to `sun`; default: every day. Only with times of day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days: Option<Vec<DayText>>,
    /// Start: a time of day in UTC, such as `02:00`, or a point in time, such as `2026-12-01T02:00:00Z`.
    pub from: String,
    /// End, in the same form as `from`. A time of day before the start is on the next day.
    pub to: String,
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum DayText {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}
