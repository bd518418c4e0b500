//! The options of `test`: what is measured, for how long, and what is sent, in curl's terms.

use crate::scenario::file::{HttpText, TraceparentText};

use super::body::Data;

/// The scenario that is used without `--scenario`.
pub const DEFAULT_SCENARIO: &str = "pitchey";

/// Options of the command `test`, after parsing.
#[derive(Debug, Clone)]
pub struct TestOptions {
    /// Name of an endpoint of the scenario, or a URL with or without its scheme.
    pub target: String,
    /// Number of users, name of a level, or `NAME:USERS`.
    pub level: String,
    /// Path or name of the scenario; `None` uses [`DEFAULT_SCENARIO`].
    pub scenario: Option<String>,
    /// Length of the measurement, such as `10s`.
    pub duration: String,
    /// Number of requests to send instead of a duration.
    pub requests: Option<u64>,
    /// Requests per second of an open loop, instead of the scenario's pace.
    pub rate: Option<f64>,
    /// Length of the warm-up, such as `1s`.
    pub warm_up: String,
    /// Whether requests have a `traceparent` header; `None` as the scenario says.
    pub traceparent: Option<TraceparentText>,
    /// Whether to ignore the scenario's rate limits.
    pub ignore_rate_limits: bool,
    /// Whether journeys that write may be measured.
    pub writes: bool,
    /// Whether one iteration is played and shown, and nothing measured.
    pub once: bool,
    /// Seed of every random choice of the measurement.
    pub seed: u64,
    /// What is sent, and over which connections, where it differs from the scenario or from a plain GET.
    pub request: RequestOptions,
    /// What the user should know about the options, a sentence each.
    pub notices: Vec<String>,
}

/// What the command line says of a request and its connections. The options are named as curl names them.
#[derive(Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub struct RequestOptions {
    /// `--request`: method.
    pub method: Option<String>,
    /// `--header`: lines `Name: value`, `Name;` or `Name:`, or `@FILE`.
    pub headers: Vec<String>,
    /// `--data`, `--data-raw`, `--data-binary`, `--data-urlencode` and `--json`, in the order of the command line.
    pub data: Vec<Data>,
    /// `--get`: whether the data is appended to the URL.
    pub data_in_url: bool,
    /// `--path-as-is`: whether `.` and `..` in the path of a URL are sent.
    pub path_as_is: bool,
    /// `--head`: whether the method is HEAD.
    pub head: bool,
    /// Longest time for one request, such as `10s`.
    pub timeout: Option<String>,
    /// Version of HTTP; `None` keeps that of the scenario.
    pub http: Option<HttpText>,
    /// `--insecure`: whether any certificate is accepted.
    pub insecure: bool,
    /// `--cert`: path of the client certificate.
    pub client_cert: Option<String>,
    /// `--key`: path of its key.
    pub client_key: Option<String>,
    /// `--cacert`: path of the certificates to trust.
    pub ca_file: Option<String>,
    /// `--resolve`: addresses for a host and port.
    pub resolve: Vec<String>,
    /// `--connect-to`: another host and port to connect to.
    pub connect_to: Vec<String>,
    /// `--proxy`: URL of the proxy.
    pub proxy: Option<String>,
    /// `--unix-socket`: path of the socket.
    pub unix_socket: Option<String>,
    /// `--user`: name and password.
    pub user: Option<String>,
    /// `--user-agent`; empty sends none.
    pub user_agent: Option<String>,
    /// `--referer`.
    pub referer: Option<String>,
    /// `--cookie`.
    pub cookies: Vec<String>,
    /// `--compressed`: whether compressed responses are accepted.
    pub compressed: bool,
}

// Headers, data and passwords may be secret.
impl std::fmt::Debug for RequestOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RequestOptions").field("method", &self.method).finish_non_exhaustive()
    }
}

impl RequestOptions {
    /// These options on top of those of a pasted command: they replace its options, and headers are added.
    #[must_use]
    pub fn over(self, mut pasted: Self) -> Self {
        let replaced = |name: &str, line: &str| {
            line.split([':', ';']).next().is_some_and(|known| known.trim().eq_ignore_ascii_case(name))
        };
        for line in &self.headers {
            let name = line.split([':', ';']).next().unwrap_or_default().trim();
            pasted.headers.retain(|known| !replaced(name, known));
        }
        pasted.headers.extend(self.headers);
        if !self.data.is_empty() {
            pasted.data = self.data;
        }
        if !self.cookies.is_empty() {
            pasted.cookies = self.cookies;
        }
        pasted.resolve.splice(0..0, self.resolve);
        pasted.connect_to.splice(0..0, self.connect_to);
        Self {
            method: self.method.or(pasted.method),
            data_in_url: self.data_in_url || pasted.data_in_url,
            path_as_is: self.path_as_is || pasted.path_as_is,
            head: self.head || pasted.head,
            timeout: self.timeout.or(pasted.timeout),
            http: self.http.or(pasted.http),
            insecure: self.insecure || pasted.insecure,
            client_cert: self.client_cert.or(pasted.client_cert),
            client_key: self.client_key.or(pasted.client_key),
            ca_file: self.ca_file.or(pasted.ca_file),
            proxy: self.proxy.or(pasted.proxy),
            unix_socket: self.unix_socket.or(pasted.unix_socket),
            user: self.user.or(pasted.user),
            user_agent: self.user_agent.or(pasted.user_agent),
            referer: self.referer.or(pasted.referer),
            compressed: self.compressed || pasted.compressed,
            ..pasted
        }
    }

    /// The first given option that changes a single request; a journey has several.
    pub(super) fn of_one_request(&self) -> Option<&'static str> {
        let given = [
            (self.method.is_some(), "--request"),
            (!self.headers.is_empty(), "--header"),
            (!self.data.is_empty(), "--data"),
            (self.data_in_url, "--get"),
            (self.path_as_is, "--path-as-is"),
            (self.head, "--head"),
            (self.timeout.is_some(), "--timeout"),
            (self.user.is_some(), "--user"),
            (self.user_agent.is_some(), "--user-agent"),
            (self.referer.is_some(), "--referer"),
            (!self.cookies.is_empty(), "--cookie"),
            (self.compressed, "--compressed"),
        ];
        given.into_iter().find(|(is_given, _)| *is_given).map(|(_, name)| name)
    }

    /// The keys whose values come from the command line, out of these.
    pub(super) fn given(&self, known: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
        let is_given = |key: &str| match key {
            "endpoint[0].method" => self.method.is_some(),
            "endpoint[0].headers" => {
                !self.headers.is_empty() || !self.cookies.is_empty() || self.user.is_some()
            }
            "endpoint[0].timeout" => self.timeout.is_some(),
            "endpoint[0].body" | "endpoint[0].body_file" => !self.data.is_empty(),
            "target.ca_file" => self.ca_file.is_some(),
            "target.client_cert" => self.client_cert.is_some(),
            "target.client_key" => self.client_key.is_some(),
            "target.resolve" => !self.resolve.is_empty(),
            "target.connect_to" => !self.connect_to.is_empty(),
            "target.proxy" => self.proxy.is_some(),
            "target.unix_socket" => self.unix_socket.is_some(),
            "target.insecure" => self.insecure,
            "target.http" => self.http.is_some(),
            _ => true,
        };
        known.iter().copied().filter(|(key, _)| is_given(key)).collect()
    }
}
