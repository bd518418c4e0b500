//! An endpoint: one documented request, the response expected for it, and its SLO.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::multipart::Multipart;
use super::objective::Objective;
use super::referenced::Referenced;

/// A method: any token, such as `GET` or `PROPFIND`. Case matters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Method(Arc<str>);

/// Methods that change nothing at the target (RFC 9110, section 9.2.1; RFC 4918; RFC 5323; RFC 10008).
const SAFE: [&str; 7] = ["GET", "HEAD", "OPTIONS", "TRACE", "PROPFIND", "SEARCH", "QUERY"];
/// Further methods whose effect is the same where they are sent twice (RFC 9110, section 9.2.2).
const IDEMPOTENT: [&str; 2] = ["PUT", "DELETE"];

impl Method {
    /// The method with this name; `None` where it is not a token, or cannot be sent to an endpoint (`CONNECT`).
    pub fn from_name(name: &str) -> Option<Self> {
        let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        let is_sendable = !name.is_empty() && name.bytes().all(is_token) && name != "CONNECT";
        is_sendable.then(|| Self(Arc::from(name)))
    }

    /// `GET`
    pub fn get() -> Self {
        Self(Arc::from("GET"))
    }

    /// The method as it stands in the request line.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it changes nothing at the target.
    pub fn is_safe(&self) -> bool {
        SAFE.contains(&self.as_str())
    }

    /// Whether sending it twice has the same effect as sending it once.
    pub fn is_idempotent(&self) -> bool {
        self.is_safe() || IDEMPOTENT.contains(&self.as_str())
    }

    /// Whether its requests are expected to have a body, so that an empty one is announced.
    pub fn usually_has_body(&self) -> bool {
        matches!(self.as_str(), "POST" | "PUT" | "PATCH")
    }
}

/// The body of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestBody {
    /// A text.
    Text(Referenced),
    /// The bytes of a file, which are read while they are sent.
    File {
        /// Path of the file.
        path: PathBuf,
        /// Its length in bytes when the plan was made.
        length: u64,
    },
    /// A form of several parts; its `content-type` is added when it is sent.
    Multipart(Multipart),
}

/// Whether connections to the origin are encrypted.
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
    /// Decides whether a TLS handshake follows the connect.
    pub scheme: Scheme,
    /// A name, an IPv4 address, or an IPv6 address without brackets; lowercase.
    pub host: String,
    /// Port to connect to, also where it is the scheme's default.
    pub port: u16,
}

impl Origin {
    /// The `Host` header: the port is left out where it is the scheme's own.
    pub fn authority(&self) -> String {
        // The zone of a link-local address means something on this machine only.
        self.with_port(self.host.split('%').next().unwrap_or_default())
    }

    /// The address, if the host is a literal one, without its zone.
    pub fn literal(&self) -> Option<IpAddr> {
        self.host.split('%').next().unwrap_or_default().parse().ok()
    }

    /// The URL of the origin, with the zone of a link-local address: what a scenario has to say to reach it.
    pub fn url(&self) -> String {
        let shown = self.to_string();
        let scheme = shown.split("://").next().unwrap_or_default();
        // In a URL, the percent sign before a zone is encoded (RFC 6874).
        format!("{scheme}://{}", self.with_port(&self.host.replacen('%', "%25", 1)))
    }

    fn with_port(&self, host: &str) -> String {
        let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
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

/// Conditions that a response must meet for its request to count as succeeded.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Expectation {
    /// Accepted status codes; empty means any 2xx.
    pub statuses: Vec<u16>,
    /// Text that the response body must contain; `None` accepts any body.
    pub body_contains: Option<String>,
}

impl Expectation {
    /// Whether this status code counts as success.
    pub fn accepts_status(&self, status: u16) -> bool {
        if self.statuses.is_empty() { (200..300).contains(&status) } else { self.statuses.contains(&status) }
    }
}

/// How the sending of requests is timed: closed or open loop.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pace {
    /// Closed loop: each user sends its next request when the last one has returned, after a pause.
    Closed {
        /// Pause between a response and the user's next request.
        think: Duration,
    },
    /// Open loop: requests start on a schedule that does not wait for responses.
    Open {
        /// Arrivals per second, over all users of the level.
        rate: f64,
        /// Spacing of the arrivals: even, or random.
        arrivals: Arrivals,
    },
}

/// How the arrivals of an open loop are spaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Arrivals {
    /// At equal intervals, over all users of the level.
    #[default]
    Uniform,
    /// At exponentially distributed intervals, as independent visitors arrive.
    Poisson,
}

/// One documented request of the target, with its expectation, pace and SLO.
#[derive(Debug, Clone, PartialEq)]
pub struct Endpoint {
    /// Name of the endpoint, unique within a plan.
    pub name: Arc<str>,
    /// HTTP method that the request is sent with.
    pub method: Method,
    /// Host the request is sent to.
    pub origin: Origin,
    /// Path and query, starting with a slash.
    pub path: Referenced,
    /// Header names and values, beyond those that the exchange itself sends.
    pub headers: Vec<(String, Referenced)>,
    /// Names of headers that requests have by default, and this one has not: `accept`, `user-agent`.
    pub without: Vec<String>,
    /// Request body; `None` sends no body.
    pub body: Option<RequestBody>,
    /// Conditions for counting a request as succeeded.
    pub expectation: Expectation,
    /// SLO of the endpoint; may be empty.
    pub objective: Objective,
    /// Closed loop with a pause, or open loop at a fixed rate.
    pub pace: Pace,
    /// Longest time for one exchange, connection included; then the request fails.
    pub timeout: Duration,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_token_is_a_method_and_only_some_may_be_repeated() {
        let method = |name| Method::from_name(name);
        assert!(method("PROPFIND").unwrap().is_safe() && !method("DELETE").unwrap().is_safe());
        assert!(method("DELETE").unwrap().is_idempotent());
        assert!(["POST", "PATCH", "PURGE", "get"].iter().all(|name| !method(name).unwrap().is_idempotent()));
        assert!(["", "G T", "GET\r\n", "CONNECT", "G\u{e9}T"].iter().all(|name| method(name).is_none()));
    }

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
    fn a_zone_is_part_of_the_url_and_not_of_the_authority() {
        let origin = Origin { scheme: Scheme::Http, host: "fe80::1%eth0".into(), port: 81 };
        assert_eq!(origin.url(), "http://[fe80::1%25eth0]:81");
        assert_eq!(origin.to_string(), "http://[fe80::1]:81");
        assert_eq!(origin.authority(), "[fe80::1]:81");
        assert_eq!(origin.literal(), "fe80::1".parse().ok());
        assert_eq!(Origin { host: "a.example".into(), ..origin }.literal(), None);
    }

    #[test]
    fn without_a_list_any_2xx_is_accepted() {
        let any = Expectation::default();
        assert!(any.accepts_status(204) && !any.accepts_status(302));
        let listed = Expectation { statuses: vec![401], body_contains: None };
        assert!(listed.accepts_status(401) && !listed.accepts_status(200));
    }
}
