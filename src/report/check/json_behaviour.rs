//! How a service behaves, in the JSON of a health check.

use schemars::JsonSchema;
use serde::Serialize;

use crate::check::facts::{BodyFacts, CorsCase, CorsFacts, LoginFacts, RedirectFacts, SocketFacts};

use super::wording::milliseconds;

/// Where a service redirects to.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Redirects<'a> {
    /// The URLs from the address without TLS, each without its query; empty where it was not asked.
    from_http: &'a [String],
    /// The URLs from the first endpoint; a single one where it does not redirect.
    from_first: &'a [String],
    /// What ended the chain; empty where it ended in a response.
    problem: &'a str,
}

impl<'a> From<&'a RedirectFacts> for Redirects<'a> {
    fn from(facts: &'a RedirectFacts) -> Self {
        Self { from_http: &facts.from_http, from_first: &facts.from_first, problem: &facts.problem }
    }
}

/// What other origins may do with a path.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Cors<'a> {
    /// The path.
    path: &'a str,
    /// Every question that was asked.
    cases: Vec<Case<'a>>,
}

impl<'a> From<&'a CorsFacts> for Cors<'a> {
    fn from(facts: &'a CorsFacts) -> Self {
        Self { path: &facts.path, cases: facts.cases.iter().map(Case::from).collect() }
    }
}

/// A question about an origin, and its response.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Case<'a> {
    /// What was asked: `allowed`, `preflight`, `hostile` or `null`.
    question: &'static str,
    /// The origin that was sent.
    origin: &'a str,
    /// Status of the response.
    status: Option<u16>,
    /// Its `Access-Control-Allow-Origin`.
    allow_origin: Option<&'a str>,
    /// Whether it allows credentials.
    allows_credentials: bool,
    /// Whether that is as it should be.
    is_right: bool,
    /// What is wrong; empty where nothing is.
    problem: &'a str,
}

impl<'a> From<&'a CorsCase> for Case<'a> {
    fn from(case: &'a CorsCase) -> Self {
        Self {
            question: case.question.name(),
            origin: &case.origin,
            status: case.status,
            allow_origin: case.allow_origin.as_deref(),
            allows_credentials: case.allows_credentials,
            is_right: case.is_right,
            problem: &case.problem,
        }
    }
}

/// A WebSocket connection.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Socket<'a> {
    /// The path.
    path: &'a str,
    /// How far it came: `connect`, `handshake`, `upgrade`, `accept`, `ping`, or `open` where a ping was returned.
    step: &'static str,
    /// Status of the response to the handshake.
    status: Option<u16>,
    /// Subprotocol that the server chose.
    protocol: Option<&'a str>,
    /// From the beginning until the connection was upgraded.
    opened_after_ms: Option<f64>,
    /// Round trip of the ping.
    ping_ms: Option<f64>,
    /// What went wrong; empty where nothing did.
    problem: &'a str,
}

impl<'a> From<&'a SocketFacts> for Socket<'a> {
    fn from(socket: &'a SocketFacts) -> Self {
        Self {
            path: &socket.path,
            step: socket.step.name(),
            status: socket.status,
            protocol: socket.protocol.as_deref(),
            opened_after_ms: socket.opened_after.map(milliseconds),
            ping_ms: socket.ping.map(milliseconds),
            problem: &socket.problem,
        }
    }
}

/// How a login with wrong credentials was refused.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Login<'a> {
    /// The path.
    path: &'a str,
    /// Status of the response.
    status: Option<u16>,
    /// Whether its body is JSON.
    is_json: bool,
    /// The words of the error.
    message: Option<&'a str>,
    /// What the body leaks.
    leaks: &'a [String],
    /// What else is wrong.
    problems: &'a [String],
}

impl<'a> From<&'a LoginFacts> for Login<'a> {
    fn from(login: &'a LoginFacts) -> Self {
        Self {
            path: &login.path,
            status: login.status,
            is_json: login.is_json,
            message: login.message.as_deref(),
            leaks: &login.leaks,
            problems: &login.problems,
        }
    }
}

/// A rule about a body.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct BodyRule<'a> {
    /// Name of the rule.
    name: &'a str,
    /// The path.
    path: &'a str,
    /// Whether the rule is met; null where there was no response.
    is_met: Option<bool>,
    /// The value that was found.
    found: Option<&'a str>,
}

impl<'a> From<&'a BodyFacts> for BodyRule<'a> {
    fn from(rule: &'a BodyFacts) -> Self {
        Self { name: &rule.name, path: &rule.path, is_met: rule.holds, found: rule.found.as_deref() }
    }
}
