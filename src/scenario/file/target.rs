//! The schema of `[target]`: where requests go, and how connections are made.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::patterns::DURATION;

/// The service under test. All hosts outside `allow_hosts` are blocked. Redirects are not followed.
///
/// Paths of files are relative to the folder of the scenario file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TargetSection {
    /// Scheme, host and port, such as `${BASELINE_URL:-http://127.0.0.1:8787}`.
    pub base_url: String,
    /// Hosts that may receive requests; all other hosts are blocked.
    pub allow_hosts: Vec<String>,
    /// Networks that every resolved address must be in, such as `127.0.0.0/8`; default: any address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow_networks: Option<Vec<String>>,
    /// Maximum duration of a request, including the connection.
    #[serde(default = "default_timeout")]
    #[schemars(extend("pattern" = DURATION))]
    pub timeout: String,
    /// Headers of every request; write secrets as references to environment variables.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// Version of HTTP; default: HTTP/2 if the server chooses it in the TLS handshake, otherwise HTTP/1.1.
    #[serde(default, skip_serializing_if = "is_default")]
    pub http: HttpText,
    /// Whether users keep their connections; default: they do.
    #[serde(default, skip_serializing_if = "is_default")]
    pub connections: ConnectionsText,
    /// How users are distributed over the addresses of a host; default: evenly.
    #[serde(default, skip_serializing_if = "is_default")]
    pub addresses: AddressesText,
    /// PEM file with the certificates to trust, in place of those of the system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<String>,
    /// PEM file with the certificate of the client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_cert: Option<String>,
    /// PEM file with the key of the client certificate, if it is not in the file of the certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_key: Option<String>,
    /// Accept any certificate, with a warning in every report.
    #[serde(default, skip_serializing_if = "is_default")]
    pub insecure: bool,
    /// Server name in the TLS handshake (SNI), which the certificate must contain; default: the host of the URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_name: Option<String>,
    /// Addresses to use for a host and port, as `HOST:PORT:ADDRESS[,ADDRESS]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resolve: Vec<String>,
    /// Another host and port to connect to, as `HOST:PORT:HOST2:PORT2`. `Host` and certificate stay those of the URL.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub connect_to: Vec<String>,
    /// HTTP proxy that connections are tunnelled through, such as `http://127.0.0.1:3128`; default: no proxy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxy: Option<String>,
    /// Hosts that may be used as the proxy; all other proxies are blocked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allow_proxies: Vec<String>,
    /// Unix socket to connect to, in place of an address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unix_socket: Option<String>,
}

impl TargetSection {
    /// A target with these hosts and the defaults of all other keys.
    pub fn new(base_url: String, allow_hosts: Vec<String>) -> Self {
        Self {
            base_url,
            allow_hosts,
            allow_networks: None,
            timeout: default_timeout(),
            headers: BTreeMap::new(),
            http: HttpText::default(),
            connections: ConnectionsText::default(),
            addresses: AddressesText::default(),
            ca_file: None,
            client_cert: None,
            client_key: None,
            insecure: false,
            server_name: None,
            resolve: Vec::new(),
            connect_to: Vec::new(),
            proxy: None,
            allow_proxies: Vec::new(),
            unix_socket: None,
        }
    }
}

fn default_timeout() -> String {
    "10s".to_owned()
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Version of HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub enum HttpText {
    /// HTTP/2 if the server chooses it in the TLS handshake, otherwise HTTP/1.1.
    #[default]
    #[serde(rename = "negotiated")]
    Negotiated,
    /// HTTP/1.1.
    #[serde(rename = "1.1")]
    Http1,
    /// HTTP/2, also without TLS (prior knowledge).
    #[serde(rename = "2")]
    Http2,
}

/// Whether users keep their connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionsText {
    /// A user sends its requests over one connection until the server closes it.
    #[default]
    Kept,
    /// Every request has a connection of its own.
    New,
}

/// How users are distributed over the addresses of a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AddressesText {
    /// Each user connects to the next address.
    #[default]
    Spread,
    /// All users connect to the first address that accepts a connection.
    First,
}
