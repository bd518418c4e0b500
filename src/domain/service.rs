//! What a health check looks at: services, and what is expected of each.

use std::sync::Arc;
use std::time::Duration;

use super::endpoint::{Endpoint, Method, Origin};
use super::finding::Priority;
use super::grade::GradeTable;

/// A health check: its services, and the limits that they are compared with.
#[derive(Debug, Clone, PartialEq)]
pub struct Assessment {
    /// Number of requests on new connections to each endpoint.
    pub samples: u32,
    /// Longest time that the check of one service takes.
    pub time_limit: Duration,
    /// Response time that is aimed at; a longer median is a finding.
    pub target: Duration,
    /// Response time that wakes somebody; a longer median is a finding of high priority.
    pub alert: Duration,
    /// Fraction of requests that must succeed over a month, 0 to 1.
    pub availability: f64,
    /// Fraction of failed requests that is a finding of high priority, 0 to 1.
    pub error_rate: f64,
    /// Words for times.
    pub grades: GradeTable,
    /// Findings of this priority or above fail the check.
    pub fail_on: Priority,
    /// The services, in the order of the file.
    pub services: Vec<Service>,
}

impl Default for Assessment {
    fn default() -> Self {
        Self {
            samples: 10,
            time_limit: Duration::from_secs(30),
            target: Duration::from_millis(500),
            alert: Duration::from_secs(1),
            availability: 0.999,
            error_rate: 0.05,
            grades: GradeTable::default(),
            fail_on: Priority::High,
            services: Vec::new(),
        }
    }
}

/// A service: one origin, and what is expected there.
#[derive(Debug, Clone, PartialEq)]
pub struct Service {
    /// Its name, unique within a scenario.
    pub name: Arc<str>,
    /// What it does, as people call it; `None` where the file says nothing.
    pub role: Option<String>,
    /// Where it is.
    pub origin: Origin,
    /// The requests that are timed; the first one stands for the service. Their methods are safe.
    pub endpoints: Vec<Endpoint>,
    /// Names of endpoints that are not asked, because their requests could change something.
    pub left_out: Vec<String>,
    /// Paths where WebSocket connections are opened.
    pub sockets: Vec<SocketPath>,
    /// What other origins may do.
    pub cors: Vec<CorsRule>,
    /// Logins that must be refused.
    pub logins: Vec<Login>,
    /// What responses must say.
    pub body_rules: Vec<BodyRule>,
}

impl Service {
    /// Every request that is sent to it, logins included.
    pub fn requests(&self) -> impl Iterator<Item = &Endpoint> {
        let others = self.sockets.iter().map(|path| &path.request);
        let others = others.chain(self.cors.iter().map(|rule| &rule.request));
        let others = others.chain(self.logins.iter().map(|login| &login.request));
        self.endpoints.iter().chain(others).chain(self.body_rules.iter().map(|rule| &rule.request))
    }
}

/// A path where a WebSocket connection is opened.
#[derive(Debug, Clone, PartialEq)]
pub struct SocketPath {
    /// Name, path and headers of the handshake.
    pub request: Endpoint,
    /// Subprotocols that are offered; the server must choose one of them. Empty offers none.
    pub protocols: Vec<String>,
}

/// What other origins may do with a path.
#[derive(Debug, Clone, PartialEq)]
pub struct CorsRule {
    /// Name, path and headers of the request.
    pub request: Endpoint,
    /// Origins that must be allowed, such as `https://app.example`.
    pub allowed_origins: Vec<String>,
    /// Whether their requests carry cookies or logins.
    pub credentials: bool,
    /// Method that the preflight asks for.
    pub method: Method,
    /// Headers that the preflight asks for, lowercase.
    pub headers: Vec<String>,
}

/// A login with wrong credentials, which must be refused. Its expected statuses are those of the request; none is 401.
#[derive(Debug, Clone, PartialEq)]
pub struct Login {
    /// The whole request.
    pub request: Endpoint,
}

/// What the body of a response must say.
#[derive(Debug, Clone, PartialEq)]
pub struct BodyRule {
    /// Name of the rule, unique within its service.
    pub name: Arc<str>,
    /// The request whose response is looked into.
    pub request: Endpoint,
    /// What must hold, in the words of a journey's checks: `jsonpath $.redis.enabled == true`.
    pub check: String,
    /// How urgent it is where it does not hold.
    pub priority: Priority,
    /// What is wrong then.
    pub issue: String,
    /// What that means.
    pub impact: String,
    /// What to do.
    pub recommendation: String,
}
