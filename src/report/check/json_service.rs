//! A service and its endpoints in the JSON of a health check.

use schemars::JsonSchema;
use serde::Serialize;

use crate::check::facts::{AssessedEndpoint, AssessedService, Spread};
use crate::domain::error_reason::ErrorReason;
use crate::domain::finding::ServiceState;
use crate::domain::grade::{Grade, GradeTable, Phase};
use crate::report::formats::values::ErrorsByReason;
use crate::report::formats::words::{ByWord, Word};

use super::json_behaviour::{BodyRule, Cors, Login, Redirects, Socket};
use super::json_security::{Headers, Tls};
use super::names::curl_times;
use super::wording::{grade_of, milliseconds};

/// A service and everything that was found out about it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Service<'a> {
    /// Its name.
    name: &'a str,
    /// What it does, as the scenario says.
    role: Option<&'a str>,
    /// Where it is.
    url: String,
    /// Address that was connected to.
    address: Option<String>,
    state: Word<ServiceState>,
    /// Its endpoints; the first one stands for the service.
    endpoints: Vec<Endpoint<'a>>,
    /// Names of endpoints that were not asked, because their requests could change something.
    left_out: &'a [String],
    /// What the TLS handshake showed; null for plain HTTP.
    tls: Option<Tls<'a>>,
    /// Security headers and their score; null where no response can be scored.
    headers: Option<Headers<'a>>,
    /// Where it redirects to; null where nothing was asked.
    redirects: Option<Redirects<'a>>,
    /// What other origins may do.
    cors: Vec<Cors<'a>>,
    /// WebSocket connections.
    websockets: Vec<Socket<'a>>,
    /// Logins with wrong credentials.
    logins: Vec<Login<'a>>,
    /// Rules about what responses say.
    body_rules: Vec<BodyRule<'a>>,
}

impl<'a> Service<'a> {
    /// A service, its times graded.
    pub(super) fn of(service: &'a AssessedService, grades: &GradeTable) -> Self {
        Self {
            name: &service.name,
            role: service.role.as_deref(),
            url: service.origin.url(),
            address: service.address.map(|address| address.to_string()),
            state: Word(service.state),
            endpoints: service.endpoints.iter().map(|endpoint| Endpoint::of(endpoint, grades)).collect(),
            left_out: &service.left_out,
            tls: service.tls.as_ref().map(Tls::from),
            headers: service.headers.as_ref().map(Headers::from),
            redirects: service.redirects.as_ref().map(Redirects::from),
            cors: service.cors.iter().map(Cors::from).collect(),
            websockets: service.sockets.iter().map(Socket::from).collect(),
            logins: service.logins.iter().map(Login::from).collect(),
            body_rules: service.body_rules.iter().map(BodyRule::from).collect(),
        }
    }
}

/// An endpoint and how long it took.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Endpoint<'a> {
    /// Its name.
    name: &'a str,
    /// Its method.
    method: &'a str,
    /// Its path as in the scenario.
    path: &'a str,
    /// Status of the last complete response.
    status: Option<u16>,
    /// Length of its body in bytes, as it was sent.
    bytes: Option<u64>,
    /// Version of HTTP, such as `HTTP/2`; null without any response.
    version: Option<&'static str>,
    /// Number of requests on new connections.
    samples: u32,
    /// Of these, with the expected response.
    succeeded: u32,
    /// Of these, rate-limited (429).
    rate_limited: u32,
    /// Number of the others by reason.
    failures: ErrorsByReason,
    /// Times of complete responses on new connections by phase; null for a phase that did not take place.
    phases: ByWord<Phase, Option<GradedTimes>>,
    /// From the written request to the first byte, on new connections.
    processing: Option<Times>,
    /// Response time of further requests on a kept connection.
    kept_alive: Option<Times>,
    /// Medians under the names of `curl -w`: seconds from the beginning.
    curl: Curl,
}

impl<'a> Endpoint<'a> {
    fn of(endpoint: &'a AssessedEndpoint, grades: &GradeTable) -> Self {
        let graded = |phase| {
            endpoint.phase(phase).map(|spread| GradedTimes {
                times: spread.into(),
                grade: grade_of(endpoint, phase, grades).map(Word),
            })
        };
        let failures = endpoint.failures.iter();
        Self {
            name: &endpoint.name,
            method: &endpoint.method,
            path: &endpoint.path,
            status: endpoint.status,
            bytes: endpoint.bytes,
            version: Some(endpoint.version).filter(|version| !version.is_empty()),
            samples: endpoint.samples,
            succeeded: endpoint.succeeded,
            rate_limited: endpoint.limited,
            failures: failures
                .map(|(reason, number)| -> (ErrorReason, u64) { (*reason, u64::from(*number)) })
                .collect(),
            phases: ByWord::of(graded),
            processing: endpoint.processing.as_ref().map(Times::from),
            kept_alive: endpoint.kept_alive.as_ref().map(Times::from),
            curl: endpoint.into(),
        }
    }
}

/// Median and spread, with the grade of the median.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct GradedTimes {
    #[serde(flatten)]
    times: Times,
    /// Grade of the median; null without a single success.
    grade: Option<Word<Grade>>,
}

/// Median and spread of several times.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Times {
    /// Number of times.
    samples: u32,
    /// The shortest.
    min_ms: f64,
    /// A quarter of the times are not longer.
    lower_quartile_ms: f64,
    /// Half of the times are not longer.
    median_ms: f64,
    /// Three quarters of the times are not longer.
    upper_quartile_ms: f64,
    /// The longest.
    max_ms: f64,
}

impl From<&Spread> for Times {
    fn from(spread: &Spread) -> Self {
        Self {
            samples: spread.samples,
            min_ms: milliseconds(spread.min),
            lower_quartile_ms: milliseconds(spread.lower_quartile),
            median_ms: milliseconds(spread.median),
            upper_quartile_ms: milliseconds(spread.upper_quartile),
            max_ms: milliseconds(spread.max),
        }
    }
}

/// Times under the names that `curl -w` has for them: medians in seconds, each from the beginning; null without a response.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "the names of another program")]
struct Curl {
    /// Until the host name was resolved.
    time_namelookup: Option<f64>,
    /// Until the TCP connection was open.
    time_connect: Option<f64>,
    /// Until the TLS handshake was done; 0 for plain HTTP.
    time_appconnect: Option<f64>,
    /// Until the request was about to be sent.
    time_pretransfer: Option<f64>,
    /// Until the first byte of the response.
    time_starttransfer: Option<f64>,
    /// Until the last byte of the response.
    time_total: Option<f64>,
}

impl From<&AssessedEndpoint> for Curl {
    fn from(endpoint: &AssessedEndpoint) -> Self {
        let times = curl_times(endpoint);
        Self {
            time_namelookup: times.name_lookup,
            time_connect: times.connect,
            time_appconnect: times.app_connect,
            time_pretransfer: times.pre_transfer,
            time_starttransfer: times.start_transfer,
            time_total: times.total,
        }
    }
}
