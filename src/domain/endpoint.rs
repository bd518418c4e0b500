//! An endpoint: one documented request, what is expected of it, and the objective it is held to.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::objective::Objective;
use super::referenced::Referenced;

/// The methods that a documented request may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// `GET`
    Get,
    /// `HEAD`: the answer has no body.
    Head,
    /// `POST`
    Post,
    /// `PUT`
    Put,
    /// `PATCH`
    Patch,
    /// `DELETE`
    Delete,
    /// `OPTIONS`
    Options,
}

impl Method {
    /// Every method, in the order in which messages list them.
    pub const ALL: [Self; 7] =
        [Self::Get, Self::Head, Self::Post, Self::Put, Self::Patch, Self::Delete, Self::Options];

    /// The method as it is sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
            Self::Options => "OPTIONS",
        }
    }

    /// The method of that name, exactly as it is sent.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str() == name)
    }
}

/// Plain or encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scheme {
    /// `http`
    Http,
    /// `https`
    Https,
}

/// Where an endpoint lives: scheme, host and port.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Origin {
    /// Plain or encrypted.
    pub scheme: Scheme,
    /// A name, an IPv4 address, or an IPv6 address without brackets; lowercase.
    pub host: String,
    /// Always explicit.
    pub port: u16,
}

impl Origin {
    /// The `Host` header: the port is left out where it is the scheme's own.
    pub fn authority(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        match (self.scheme, self.port) {
            (Scheme::Http, 80) | (Scheme::Https, 443) => host,
            _ => format!("{host}:{}", self.port),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match self.scheme {
            Scheme::Http => "http",
            Scheme::Https => "https",
        };
        write!(f, "{scheme}://{}", self.authority())
    }
}

/// What an answer must be to count as succeeded.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Expectation {
    /// Accepted statuses; empty means any 2xx.
    pub statuses: Vec<u16>,
    /// Text that the body must contain.
    pub body_contains: Option<String>,
}

impl Expectation {
    /// Whether a status is accepted.
    pub fn accepts_status(&self, status: u16) -> bool {
        if self.statuses.is_empty() { (200..300).contains(&status) } else { self.statuses.contains(&status) }
    }
}

/// When the next request goes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pace {
    /// When the last one returned, and after this pause.
    Closed {
        /// The pause between an answer and the next request.
        think: Duration,
    },
    /// On a schedule that does not wait for answers.
    Open {
        /// Arrivals a second, over all users of the level.
        rate: f64,
        /// How arrivals are spaced.
        arrivals: Arrivals,
    },
}

/// How the arrivals of an open loop are spaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Arrivals {
    /// Evenly.
    #[default]
    Uniform,
    /// With exponential spacing, as independent visitors arrive.
    Poisson,
}

/// One documented request.
#[derive(Debug, Clone, PartialEq)]
pub struct Endpoint {
    /// Unique within a plan.
    pub name: Arc<str>,
    /// How it is asked.
    pub method: Method,
    /// Where it lives.
    pub origin: Origin,
    /// Path and query, starting with a slash.
    pub path: Referenced,
    /// Header names and values, beyond those that the exchange itself sends.
    pub headers: Vec<(String, Referenced)>,
    /// Body to send.
    pub body: Option<Referenced>,
    /// What must come back.
    pub expectation: Expectation,
    /// What its owner promises.
    pub objective: Objective,
    /// When the next request goes.
    pub pace: Pace,
    /// How long an exchange may take, connection included.
    pub timeout: Duration,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authority_leaves_out_the_usual_port() {
        let check = |scheme, host: &str, port, expected: &str| {
            assert_eq!(Origin { scheme, host: host.into(), port }.authority(), expected);
        };
        check(Scheme::Http, "a.example", 80, "a.example");
        check(Scheme::Http, "a.example", 443, "a.example:443");
        check(Scheme::Https, "::1", 443, "[::1]");
        check(Scheme::Https, "127.0.0.1", 8787, "127.0.0.1:8787");
    }

    #[test]
    fn without_a_list_any_2xx_is_accepted() {
        let any = Expectation::default();
        assert!(any.accepts_status(204) && !any.accepts_status(302));
        let listed = Expectation { statuses: vec![401], body_contains: None };
        assert!(listed.accepts_status(401) && !listed.accepts_status(200));
    }
}
