//! The schema of `[[data]]`, `[[journey]]` and `[[mix]]`: users that send several requests, and the rows of data they use.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::patterns::DURATION;
use super::request::{ExpectSection, PaceSection, SloSection};

/// Rows of data for journeys. A value is used as `{{name.column}}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DataSection {
    /// Unique name: letters, digits and `_`.
    pub name: String,
    /// CSV file with a header row, or JSON file with a list of objects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The rows themselves, such as `[{ email = "a@example.invalid" }]`; in place of `file`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<Vec<BTreeMap<String, serde_json::Value>>>,
    /// Which row comes next.
    #[serde(default, skip_serializing_if = "is_default")]
    pub order: RowOrderText,
    /// How often a user gets a new row.
    #[serde(default, skip_serializing_if = "is_default")]
    pub per: RowPerText,
    /// Columns whose values may be shown; all others are masked everywhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub public: Vec<String>,
}

/// Which row comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RowOrderText {
    /// In the order of the file, again and again.
    #[default]
    Circular,
    /// Each row once, in the order of the file; the run ends when there are no more.
    Queue,
    /// Each row once in a random order, then again in another one.
    Shuffle,
    /// Any row, each time.
    Random,
}

/// How often a user gets a new row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RowPerText {
    /// A new row for each iteration.
    #[default]
    Iteration,
    /// One row per user for the whole run.
    User,
}

/// A user's path over several requests: its setup once, its steps again and again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JourneySection {
    /// Unique name; no spaces, slashes, commas or colons.
    pub name: String,
    /// Leave the journey out unless this option is given: for journeys that write.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opt_in: Option<OptInText>,
    /// Whether cookies live for one iteration or as long as the user.
    #[serde(default, skip_serializing_if = "is_default")]
    pub cookies: CookiesText,
    /// Service level objectives (SLOs) of a whole iteration, without its pauses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slo: Option<SloSection>,
    /// When the next iteration starts: `think` is the pause between two, `rate` is iterations per second over all users.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pace: Option<PaceSection>,
    /// Levels to measure this journey at; default: all levels. An empty list: only as part of a mix.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub levels: Option<Vec<String>>,
    /// Largest response to capture from, in bytes; default: 1048576.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body_limit: Option<u64>,
    /// Requests that each user sends once before it is measured, such as a login. They are counted nowhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub setup: Vec<StepSection>,
    /// The measured requests, in order.
    #[serde(default)]
    pub step: Vec<StepSection>,
}

/// An option that a journey waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OptInText {
    /// The option `--writes`.
    Writes,
}

/// How long cookies live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CookiesText {
    /// Each iteration begins with the cookies of the setup only.
    #[default]
    Iteration,
    /// A user keeps its cookies for the whole run.
    User,
}

/// One request of a journey. Path, headers and bodies may contain `{{name}}`: a captured value, `{{data.column}}`, `{{uuid}}`,
/// `{{now}}`, `{{user}}`, `{{iteration}}`, `{{random LOW HIGH}}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StepSection {
    /// Name of the step, unique within its journey.
    pub name: String,
    /// HTTP method, in capitals; default `GET`.
    #[serde(default = "super::request::default_method")]
    pub method: String,
    /// Scheme, host and port, if different from the `base_url` of the target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
    /// Path and query of the URL.
    pub path: String,
    /// Headers of this request; write secrets as references to environment variables.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// JSON body, written as a table; `"{{json NAME}}"` inserts a captured value with its JSON type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub json: Option<serde_json::Value>,
    /// Form fields, sent as `application/x-www-form-urlencoded`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form: Option<BTreeMap<String, String>>,
    /// Parts of a `multipart/form-data` body, in order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub multipart: Option<Vec<PartSection>>,
    /// Body as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// File whose bytes are the body, read while it is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Values to set before the request is sent, for this step and later ones.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub set: BTreeMap<String, String>,
    /// Values to take from the response: name and query, such as `token = "jsonpath $.token"`. Queries are `jsonpath`,
    /// `pointer`, `header`, `cookie`, `regex`, `body`, `status` and `size`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub capture: BTreeMap<String, String>,
    /// Captured or set values that may be shown; all others are masked everywhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub public: Vec<String>,
    /// Conditions for the response, such as `jsonpath $.items count > 0`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub check: Vec<String>,
    /// The expected response; default: any 2xx status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect: Option<ExpectSection>,
    /// Service level objectives (SLOs) of the step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slo: Option<SloSection>,
    /// Follow redirects to hosts of `allow_hosts`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub follow: bool,
    /// Also send this step after an earlier one failed, to clean up. Left out if a value it needs is missing.
    #[serde(default, skip_serializing_if = "is_default")]
    pub always: bool,
    /// Pause after the response; not part of any measured time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pause: Option<PauseSection>,
    /// Only in the setup: repeat the whole setup before it is older than this, such as the lifetime of a token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("pattern" = DURATION))]
    pub refresh: Option<String>,
    /// Maximum duration of the request, if different from the `timeout` of the target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("pattern" = DURATION))]
    pub timeout: Option<String>,
    /// Sign the request with AWS Signature Version 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aws_sigv4: Option<AwsSection>,
}

/// A part of a `multipart/form-data` body: `value` or `file`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PartSection {
    /// Name of the form field.
    pub name: String,
    /// Value of the field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// File whose bytes are the value, read while it is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// File name to send; default: that of the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filename: Option<String>,
    /// Media type of the part; default: by the extension of the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
}

/// A pause between two requests: one of the three.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PauseSection {
    /// Always the same length.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("pattern" = DURATION))]
    pub constant: Option<String>,
    /// Any length between the two, such as `["1s", "3s"]`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uniform: Option<Vec<String>>,
    /// Exponentially distributed with this mean, as with independent users.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("pattern" = DURATION))]
    pub exponential: Option<String>,
}

/// Keys and scope of AWS Signature Version 4; write keys as references to environment variables.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AwsSection {
    /// Identifier of the access key, such as `${AWS_ACCESS_KEY_ID}`.
    pub access_key: String,
    /// The secret key, such as `${AWS_SECRET_ACCESS_KEY}`.
    pub secret_key: String,
    /// Token of a temporary session, such as `${AWS_SESSION_TOKEN}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_token: Option<String>,
    /// Region, such as `eu-central-1`.
    pub region: String,
    /// Service, such as `execute-api`.
    pub service: String,
}

/// Several endpoints and journeys that the same users play by weight.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MixSection {
    /// Unique name; no spaces, slashes, commas or colons.
    pub name: String,
    /// Endpoints and journeys with their weights, such as `{ browse = 70, signup = 30 }`.
    pub weights: BTreeMap<String, i64>,
    /// Service level objectives (SLOs) of all iterations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slo: Option<SloSection>,
    /// When the next iteration starts; replaces the pace of the members.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pace: Option<PaceSection>,
    /// Levels to measure this mix at; default: all levels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub levels: Option<Vec<String>>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
