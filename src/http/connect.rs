//! Opens connections, each phase timed, and never to a host or address that is not allowed.

use std::io;
use std::net::{IpAddr, SocketAddr};

use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

use crate::domain::endpoint::{Origin, Scheme};
use crate::domain::plan::Allowed;
use crate::domain::sample::ErrorClass;
use crate::host::monotonic::Clock;

use super::connection::Connection;
use super::http1::Http1;
use super::http2::Http2;
use super::response::Failure;
use super::tls;
use super::tls::TlsError;

/// Durations of the phases of opening a connection. Units: nanoseconds; `None` for a phase that did not take place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ConnectPhases {
    /// Resolving the host name; `None` for a literal address.
    pub resolve_ns: Option<u64>,
    /// Connecting over TCP, over all addresses tried.
    pub connect_ns: Option<u64>,
    /// The TLS handshake; `None` for plain HTTP.
    pub tls_ns: Option<u64>,
}

/// Why an origin may not or cannot be reached. Found before the first request.
#[derive(Debug, thiserror::Error)]
pub enum PreflightError {
    /// The host is not on the allow-list.
    #[error("host {0:?} is not in allow_hosts")]
    Host(String),
    /// The host resolves to an address outside the allowed networks.
    #[error("host {host:?} resolves to {address}, which is not in allow_networks")]
    Network {
        /// Host name as in the scenario.
        host: String,
        /// The address that is not allowed.
        address: IpAddr,
    },
    /// TLS cannot be set up on this machine or for this host.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

/// Opens connections to one origin, if it is allowed.
#[derive(Clone)]
pub struct Connector {
    origin: Origin,
    allowed: Allowed,
    tls: Option<(TlsConnector, ServerName<'static>)>,
}

impl Connector {
    /// A connector for an origin that is on the allow-list.
    /// # Errors
    /// [`PreflightError`] where the host is not allowed, or TLS cannot be set up. Nothing is sent.
    pub fn new(origin: &Origin, allowed: &Allowed) -> Result<Self, PreflightError> {
        if !allowed.host(&origin.host) {
            return Err(PreflightError::Host(origin.host.clone()));
        }
        let tls = match origin.scheme {
            Scheme::Http => None,
            Scheme::Https => Some((tls::connector()?, tls::server_name(&origin.host)?)),
        };
        Ok(Self { origin: origin.clone(), allowed: allowed.clone(), tls })
    }

    /// Resolves the host and checks every address, sending nothing to the host itself.
    ///
    /// A name that does not resolve passes: a target that is down is data, and every connection is checked again.
    /// # Errors
    /// [`PreflightError::Network`] where any address is not allowed.
    pub async fn preflight(&self) -> Result<(), PreflightError> {
        let addresses = self.resolve().await.unwrap_or_default();
        match addresses.iter().find(|address| !self.allowed.address(address.ip())) {
            Some(address) => {
                Err(PreflightError::Network { host: self.origin.host.clone(), address: address.ip() })
            }
            None => Ok(()),
        }
    }

    /// Opens a connection and measures its phases.
    /// # Errors
    /// [`Failure`] with the error class of the phase that failed.
    pub async fn connect(&self, clock: &Clock) -> Result<(Connection, ConnectPhases), Failure> {
        let mut phases = ConnectPhases::default();
        let began = clock.now_ns();
        let addresses = self.resolve().await.map_err(|_| Failure::of(ErrorClass::Resolve))?;
        // Checked at every connection: a name may resolve to another address than before.
        if addresses.is_empty() || addresses.iter().any(|address| !self.allowed.address(address.ip())) {
            return Err(Failure::of(ErrorClass::Resolve));
        }
        let resolved = clock.now_ns();
        if self.literal().is_none() {
            phases.resolve_ns = Some(resolved - began);
        }
        let stream = connect_first(&addresses).await.map_err(|_| Failure::of(ErrorClass::Connect))?;
        let connected = clock.now_ns();
        phases.connect_ns = Some(connected - resolved);
        let Some((connector, name)) = &self.tls else {
            return Ok((Connection::Plain(Box::new(Http1::new(stream))), phases));
        };
        let stream =
            connector.connect(name.clone(), stream).await.map_err(|_| Failure::of(ErrorClass::Tls))?;
        phases.tls_ns = Some(clock.now_ns() - connected);
        let is_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
        let connection = if is_http2 {
            Connection::Http2(Box::new(Http2::handshake(stream).await?))
        } else {
            Connection::Tls(Box::new(Http1::new(stream)))
        };
        Ok((connection, phases))
    }

    fn literal(&self) -> Option<IpAddr> {
        self.origin.host.parse().ok()
    }

    async fn resolve(&self) -> io::Result<Vec<SocketAddr>> {
        if let Some(address) = self.literal() {
            return Ok(vec![SocketAddr::new(address, self.origin.port)]);
        }
        Ok(tokio::net::lookup_host((self.origin.host.as_str(), self.origin.port)).await?.collect())
    }
}

impl std::fmt::Debug for Connector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connector").field("origin", &self.origin).finish_non_exhaustive()
    }
}

async fn connect_first(addresses: &[SocketAddr]) -> io::Result<TcpStream> {
    let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => {
                // A request is one small write; waiting to fill a packet would be measured as service time.
                stream.set_nodelay(true)?;
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}
