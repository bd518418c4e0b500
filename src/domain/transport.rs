//! How connections to the target are made: by which protocol, to which address, through which proxy, trusting whom.

use std::net::IpAddr;
use std::path::PathBuf;

use super::endpoint::Origin;

/// How the connections of a plan are made. The default is what clients do without options.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Transport {
    /// Version of HTTP that is spoken.
    pub version: HttpVersion,
    /// Whether a user keeps its connection, or opens one for each request.
    pub reuse: Reuse,
    /// How users are distributed over the addresses of a host.
    pub addresses: AddressChoice,
    /// Certificates and keys of TLS.
    pub tls: TlsSettings,
    /// Addresses to use in place of what a name resolves to.
    pub resolve: Vec<Override>,
    /// Proxy that connections are tunnelled through; `None` connects directly. Variables of the environment are ignored.
    pub proxy: Option<Origin>,
    /// Unix socket to connect to in place of any address.
    pub unix_socket: Option<PathBuf>,
}

/// The version of HTTP that is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HttpVersion {
    /// HTTP/2 where the server chooses it in the TLS handshake, HTTP/1.1 otherwise.
    #[default]
    Negotiated,
    /// HTTP/1.1 always.
    Http1,
    /// HTTP/2 always: without TLS with prior knowledge, and with TLS as the only offer.
    Http2,
}

impl HttpVersion {
    /// Every choice, in the order in which messages list them.
    pub const ALL: [Self; 3] = [Self::Negotiated, Self::Http1, Self::Http2];

    /// The value in scenario files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Negotiated => "negotiated",
            Self::Http1 => "1.1",
            Self::Http2 => "2",
        }
    }
}

/// Whether connections are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reuse {
    /// A user keeps its connection for as long as the server does.
    #[default]
    Kept,
    /// A user opens a connection for each request.
    New,
}

/// How users are distributed over the addresses of a host that has several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AddressChoice {
    /// Users take the addresses in turn: with three addresses, each gets a third of the users.
    #[default]
    Spread,
    /// All users take the first address that accepts a connection.
    First,
}

/// Certificates and keys of TLS.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TlsSettings {
    /// PEM file of certificates to trust in place of the system's; `None` trusts the system's.
    pub ca_file: Option<PathBuf>,
    /// PEM file of the client's certificate chain.
    pub client_cert: Option<PathBuf>,
    /// PEM file of the client certificate's key; `None` where it is in the same file.
    pub client_key: Option<PathBuf>,
    /// Whether any certificate is accepted. Shown in every report.
    pub insecure: bool,
    /// Name that is sent (SNI) and that the certificate must have; `None` is the host of the URL.
    pub server_name: Option<String>,
}

/// Addresses or another host for connections to a host and port, as curl's `--resolve` and `--connect-to` give them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// Host of the URL; `None` matches every host.
    pub host: Option<String>,
    /// Port of the URL; `None` matches every port.
    pub port: Option<u16>,
    /// Where to connect instead.
    pub to: ConnectTo,
}

/// Where to connect instead of the host of the URL. `Host` and the name in the certificate stay those of the URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConnectTo {
    /// To these addresses, at the same port.
    Addresses(Vec<IpAddr>),
    /// To another host, or another port, or both; what is `None` stays as in the URL.
    Host {
        /// Name or address; `None` is the host of the URL.
        host: Option<String>,
        /// `None` is the port of the URL.
        port: Option<u16>,
    },
}

impl Override {
    /// Whether it applies to an origin.
    pub fn applies_to(&self, origin: &Origin) -> bool {
        self.host.as_ref().is_none_or(|host| host.eq_ignore_ascii_case(&origin.host))
            && self.port.is_none_or(|port| port == origin.port)
    }
}

impl Transport {
    /// The override for an origin; the first that applies.
    pub fn override_of(&self, origin: &Origin) -> Option<&ConnectTo> {
        self.resolve.iter().find(|known| known.applies_to(origin)).map(|known| &known.to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::endpoint::Scheme;

    #[test]
    fn the_first_override_that_applies_is_used() {
        let origin = |host: &str, port| Origin { scheme: Scheme::Http, host: host.to_owned(), port };
        let addresses = |last| ConnectTo::Addresses(vec![IpAddr::from([127, 0, 0, last])]);
        let known = |host: Option<&str>, port, last| Override {
            host: host.map(str::to_owned),
            port,
            to: addresses(last),
        };
        let transport = Transport {
            resolve: vec![
                known(Some("A.example"), Some(80), 1),
                known(None, Some(81), 2),
                known(None, None, 3),
            ],
            ..Transport::default()
        };
        assert_eq!(transport.override_of(&origin("a.example", 80)), Some(&addresses(1)));
        assert_eq!(transport.override_of(&origin("a.example", 81)), Some(&addresses(2)));
        assert_eq!(transport.override_of(&origin("b.example", 443)), Some(&addresses(3)));
        assert_eq!(Transport::default().override_of(&origin("a.example", 80)), None);
    }
}
