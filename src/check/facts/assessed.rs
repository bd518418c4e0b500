//! A whole health check, its services and their endpoints.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::domain::endpoint::Origin;
use crate::domain::error_reason::ErrorReason;
use crate::domain::finding::{Finding, Priority, ServiceState};
use crate::domain::grade::Phase;
use crate::domain::service::Assessment;

use super::access::{CorsFacts, SocketFacts};
use super::behaviour::{BodyFacts, LoginFacts, RedirectFacts};
use super::headers::HeaderFacts;
use super::limits::LimitFacts;
use super::times::Spread;
use super::tls::TlsFacts;

/// A whole health check.
#[derive(Debug, Clone)]
pub struct Assessed {
    /// Name of the scenario, or the URL.
    pub scenario: String,
    /// When it began.
    pub at: Timestamp,
    /// How long it took.
    pub took: Duration,
    /// Number of requests that were sent, all services together.
    pub requests: u64,
    /// The limits that were compared with; its services are empty.
    pub settings: Assessment,
    /// The services, in the order of the file.
    pub services: Vec<AssessedService>,
    /// Every finding: the most urgent first, then by service.
    pub findings: Vec<Finding>,
    /// What could not be checked.
    pub not_checked: Vec<NotChecked>,
    /// The documented rate limits, where they were verified.
    pub rate_limits: Vec<LimitFacts>,
}

/// Something that could not be checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotChecked {
    /// Name of the service; empty where it is about all of them.
    pub service: String,
    /// What was to be checked.
    pub what: String,
    /// Why it was not.
    pub why: String,
}

/// A service and everything that was found out about it.
#[derive(Debug, Clone)]
pub struct AssessedService {
    /// Its name.
    pub name: Arc<str>,
    /// What it does; `None` where the scenario says nothing.
    pub role: Option<String>,
    /// Where it is.
    pub origin: Origin,
    /// Address that was connected to; `None` where no connection was opened, or over a Unix socket.
    pub address: Option<IpAddr>,
    /// Its state.
    pub state: ServiceState,
    /// Its endpoints, in the order in which they were asked; the first one stands for the service.
    pub endpoints: Vec<AssessedEndpoint>,
    /// Endpoints that were not asked, because their requests could change something.
    pub left_out: Vec<String>,
    /// TLS; `None` for plain HTTP, and where no handshake came so far.
    pub tls: Option<TlsFacts>,
    /// Security headers; `None` where no response can be scored.
    pub headers: Option<HeaderFacts>,
    /// Where the plain-HTTP address and the first endpoint redirect to; `None` where nothing was asked.
    pub redirects: Option<RedirectFacts>,
    /// What other origins may do.
    pub cors: Vec<CorsFacts>,
    /// WebSocket connections.
    pub sockets: Vec<SocketFacts>,
    /// Logins that must be refused.
    pub logins: Vec<LoginFacts>,
    /// What responses say.
    pub body_rules: Vec<BodyFacts>,
}

/// An endpoint and how long it took.
#[derive(Debug, Clone, PartialEq)]
pub struct AssessedEndpoint {
    /// Its name.
    pub name: Arc<str>,
    /// Its method.
    pub method: String,
    /// Its path as it is written in the scenario.
    pub path: String,
    /// Number of requests on new connections that were sent.
    pub samples: u32,
    /// Of these, with the expected response.
    pub succeeded: u32,
    /// Of these, rate-limited (429). They are neither successes nor failures.
    pub limited: u32,
    /// Reasons of the failures, most frequent first, with their number.
    pub failures: Vec<(ErrorReason, u32)>,
    /// Status of the last complete response; `None` without any.
    pub status: Option<u16>,
    /// Length of its body in bytes, as it was sent; `None` without any.
    pub bytes: Option<u64>,
    /// Version of HTTP, such as `HTTP/2`; empty without any response.
    pub version: &'static str,
    /// Times of the expected responses by phase, on new connections; without any, those of all complete responses. A phase
    /// that did not take place is missing.
    pub phases: Vec<(Phase, Spread)>,
    /// From the written request to the first byte, on new connections; `None` without any response.
    pub processing: Option<Spread>,
    /// Response time of further requests on a kept connection; `None` where none was asked.
    pub kept_alive: Option<Spread>,
}

impl Assessed {
    /// The findings of a service, the most urgent first.
    pub fn findings_of<'a>(&'a self, service: &'a str) -> impl Iterator<Item = &'a Finding> {
        self.findings.iter().filter(move |finding| &*finding.service == service)
    }

    /// Number of findings of a priority.
    pub fn count(&self, priority: Priority) -> usize {
        self.findings.iter().filter(|finding| finding.priority == priority).count()
    }

    /// Whether a finding is urgent enough to fail the check.
    pub fn has_failed(&self) -> bool {
        self.findings.iter().any(|finding| finding.priority >= self.settings.fail_on)
    }
}

impl AssessedEndpoint {
    /// The spread of a phase; `None` where it did not take place.
    pub fn phase(&self, phase: Phase) -> Option<&Spread> {
        self.phases.iter().find(|(known, _)| *known == phase).map(|(_, spread)| spread)
    }

    /// Number of failed requests.
    pub fn failed(&self) -> u32 {
        self.failures.iter().map(|(_, number)| number).sum()
    }
}
