//! What other origins may do, and whether WebSocket connections open.

use std::time::Duration;

/// What other origins may do with a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CorsFacts {
    /// The path as it is written in the scenario.
    pub path: String,
    /// Every question that was asked, in order.
    pub cases: Vec<CorsCase>,
}

/// What was asked about an origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CorsQuestion {
    /// A request of an origin that must be allowed.
    Allowed,
    /// A preflight of an origin that must be allowed.
    Preflight,
    /// A request of an origin that nobody allowed.
    Hostile,
    /// A request of the origin `null`, as sandboxed pages send it.
    Null,
}

impl CorsQuestion {
    /// The name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Preflight => "preflight",
            Self::Hostile => "hostile",
            Self::Null => "null",
        }
    }
}

/// One question and its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CorsCase {
    /// What was asked.
    pub question: CorsQuestion,
    /// The origin that was sent.
    pub origin: String,
    /// Status of the response; `None` without any.
    pub status: Option<u16>,
    /// Its `Access-Control-Allow-Origin`.
    pub allow_origin: Option<String>,
    /// Whether it allows credentials.
    pub allows_credentials: bool,
    /// Whether that is as it should be.
    pub is_right: bool,
    /// What is wrong, as a phrase; empty where nothing is.
    pub problem: String,
}

/// How far opening a WebSocket connection came. Ordered: a later step is further.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SocketStep {
    /// No connection was opened.
    Connect,
    /// The connection is open, and no response to the handshake came.
    Handshake,
    /// The response is not `101 Switching Protocols`.
    Upgrade,
    /// Its headers are not those of RFC 6455, section 4.2.2; `Sec-WebSocket-Accept` for instance.
    Accept,
    /// The connection is open, and a ping was not returned.
    Ping,
    /// A ping was returned.
    Open,
}

impl SocketStep {
    /// The name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Handshake => "handshake",
            Self::Upgrade => "upgrade",
            Self::Accept => "accept",
            Self::Ping => "ping",
            Self::Open => "open",
        }
    }
}

/// A WebSocket connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SocketFacts {
    /// The path as it is written in the scenario.
    pub path: String,
    /// How far it came.
    pub step: SocketStep,
    /// Status of the response to the handshake; `None` without any.
    pub status: Option<u16>,
    /// Subprotocol that the server chose.
    pub protocol: Option<String>,
    /// From the beginning until the connection was upgraded; `None` where it was not.
    pub opened_after: Option<Duration>,
    /// Round trip of the ping; `None` where it was not returned.
    pub ping: Option<Duration>,
    /// What went wrong, as a phrase; empty where nothing did.
    pub problem: String,
}
