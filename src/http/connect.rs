//! Opens connections, each phase timed, and never to a host or address that is not allowed.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use tokio::net::UnixStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

use crate::domain::endpoint::{Origin, Scheme};
use crate::domain::error_reason::ErrorReason;
use crate::domain::plan::Access;
use crate::domain::transport::{AddressChoice, ConnectTo, HttpVersion};
use crate::host::monotonic::Clock;

use super::certificate::Certificate;
use super::connection::Connection;
use super::http1::Http1;
use super::http2::Http2;
use super::resolve::Resolver;
use super::response::Failure;
use super::stream::Socket;
use super::tls::TlsError;
use super::turns::Turns;
use super::{dial, io_reason, proxy, tls};

/// How long the check before a run waits for the resolver.
const PREFLIGHT_PATIENCE: Duration = Duration::from_secs(5);

/// Durations of the phases of opening a connection. Units: nanoseconds; `None` for a phase that did not take place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ConnectPhases {
    /// Resolving the host name; `None` for a literal address.
    pub resolve_ns: Option<u64>,
    /// Connecting over TCP, over all addresses tried, without waiting for other users; through a proxy, until its tunnel is
    /// open.
    pub connect_ns: Option<u64>,
    /// The TLS handshake, without waiting for the handshakes of other users; `None` for plain HTTP.
    pub tls_ns: Option<u64>,
    /// A round trip to the target, as far as opening the connection shows it: the longest of connecting (without addresses that
    /// failed or stayed silent), of opening a tunnel, and of the TLS handshake.
    pub round_trip_ns: u64,
    /// Address that was connected to; `None` for a Unix socket.
    pub address: Option<IpAddr>,
}

/// How far opening a connection has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Opening {
    /// The name is being resolved.
    #[default]
    Resolving,
    /// The connection is being opened.
    Connecting,
    /// The connection is open.
    Open,
}

impl Opening {
    /// The reason of a timeout that passes now.
    pub fn timeout_reason(self) -> ErrorReason {
        match self {
            Self::Resolving => ErrorReason::ResolverFailed,
            Self::Connecting => ErrorReason::ConnectTimeout,
            Self::Open => ErrorReason::ResponseTimeout,
        }
    }
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
pub struct Connector(Arc<Inner>);

struct Inner {
    origin: Origin,
    access: Access,
    /// Of the host that is connected to: the origin's, another in its place, or the proxy.
    resolver: Resolver,
    /// Addresses in place of what the name resolves to.
    given: Option<Arc<[SocketAddr]>>,
    tls: Option<(TlsConnector, ServerName<'static>)>,
    /// Whether the target asked for a client certificate, and there is none.
    asked: Arc<AtomicBool>,
    turns: Turns,
    /// When the certificate that was seen last expires, in seconds since 1970; `i64::MAX` without one.
    expires_s: AtomicI64,
}

impl Connector {
    /// A connector for an origin that is on the allow-list.
    /// # Errors
    /// [`PreflightError`] where the host is not allowed, or TLS cannot be set up. Nothing is sent.
    pub fn new(origin: &Origin, access: &Access) -> Result<Self, PreflightError> {
        let Access { allowed, transport } = access;
        if !allowed.host(&origin.host) {
            return Err(PreflightError::Host(origin.host.clone()));
        }
        let asked = Arc::new(AtomicBool::new(false));
        let tls = match origin.scheme {
            Scheme::Http => None,
            Scheme::Https => {
                let name = transport.tls.server_name.as_deref().unwrap_or(&origin.host);
                Some((tls::connector(&transport.tls, transport.version, &asked)?, tls::server_name(name)?))
            }
        };
        let (mut host, mut port, mut given) = (origin.host.as_str(), origin.port, None);
        match (&transport.proxy, transport.override_of(origin)) {
            (Some(proxy), _) => (host, port) = (&proxy.host, proxy.port),
            (None, Some(ConnectTo::Addresses(addresses))) => {
                given = Some(addresses.iter().map(|address| SocketAddr::new(*address, port)).collect());
            }
            (None, Some(ConnectTo::Host { host: other, port: other_port })) => {
                host = other.as_deref().unwrap_or(host);
                port = other_port.unwrap_or(port);
            }
            (None, None) => (),
        }
        Ok(Self(Arc::new(Inner {
            resolver: Resolver::new(host, port),
            given,
            origin: origin.clone(),
            access: access.clone(),
            tls,
            asked,
            turns: Turns::new(),
            expires_s: AtomicI64::new(i64::MAX),
        })))
    }

    /// Resolves the host and checks every address, sending nothing to the host itself.
    ///
    /// A name that does not resolve passes: a target that is down is data, and every connection is checked again.
    /// # Errors
    /// [`PreflightError::Network`] where any address is not allowed.
    pub async fn preflight(&self) -> Result<(), PreflightError> {
        if self.0.access.transport.unix_socket.is_some() {
            return Ok(());
        }
        // A resolver that stays silent is noticed with the first request.
        let found = tokio::time::timeout(PREFLIGHT_PATIENCE, self.0.addresses()).await;
        let addresses = found.unwrap_or(Err(ErrorReason::ResolverFailed)).unwrap_or_default();
        match self.0.not_allowed(&addresses) {
            Some(address) => Err(PreflightError::Network { host: self.0.origin.host.clone(), address }),
            None => Ok(()),
        }
    }

    /// Opens a connection for the user with this number, from 0, and measures its phases. `opening` shows how far it came,
    /// also where it fails or is given up.
    /// # Errors
    /// [`Failure`] with the reason.
    pub async fn connect(
        &self,
        clock: &Clock,
        seat: usize,
        opening: &mut Opening,
    ) -> Result<(Connection, ConnectPhases), Failure> {
        *opening = Opening::Resolving;
        let inner = &*self.0;
        let mut phases = ConnectPhases::default();
        let socket = inner.socket(clock, seat, opening, &mut phases).await.map_err(Failure::of)?;
        let connection = match &inner.tls {
            None if inner.access.transport.version == HttpVersion::Http2 => {
                Connection::Http2(Box::new(Http2::handshake(socket).await?))
            }
            None => Connection::Plain(Box::new(Http1::new(socket))),
            Some((connector, name)) => {
                let began = clock.now_ns();
                let handshake = connector.connect(name.clone(), socket);
                let (stream, waited_ns) = inner.turns.run(clock, handshake).await;
                let stream = stream.map_err(|error| {
                    Failure::of(io_reason::of_handshake(&error, inner.asked.load(Ordering::Relaxed)))
                })?;
                let tls_ns = (clock.now_ns() - began).saturating_sub(waited_ns);
                phases.tls_ns = Some(tls_ns);
                // A balancer that only forwards accepts connections at once, and the handshake goes all the way.
                phases.round_trip_ns = phases.round_trip_ns.max(tls_ns);
                let session = stream.get_ref().1;
                inner.saw(session.peer_certificates().and_then(|chain| chain.first()));
                let is_http2 = session.alpn_protocol() == Some(b"h2");
                if is_http2 {
                    Connection::Http2(Box::new(Http2::handshake(stream).await?))
                } else if inner.access.transport.version == HttpVersion::Http2 {
                    return Err(Failure::of(ErrorReason::NoCommonProtocol));
                } else {
                    Connection::Tls(Box::new(Http1::new(stream)))
                }
            }
        };
        *opening = Opening::Open;
        Ok((connection, phases))
    }

    /// Opens a socket to the origin, before any TLS, and measures resolving and connecting. For whoever looks at connections
    /// more closely; the allow-list is checked as for every connection.
    /// # Errors
    /// [`ErrorReason`] where it cannot, or must not, be opened.
    pub async fn open_socket(
        &self,
        clock: &Clock,
        opening: &mut Opening,
    ) -> Result<(Socket, ConnectPhases), ErrorReason> {
        *opening = Opening::Resolving;
        let mut phases = ConnectPhases::default();
        let socket = self.0.socket(clock, 0, opening, &mut phases).await?;
        Ok((socket, phases))
    }

    /// When the certificate that was seen last expires, in seconds since 1970; `None` without one.
    pub fn certificate_expires_s(&self) -> Option<i64> {
        Some(self.0.expires_s.load(Ordering::Relaxed)).filter(|expires| *expires != i64::MAX)
    }
}

impl Inner {
    async fn socket(
        &self,
        clock: &Clock,
        seat: usize,
        opening: &mut Opening,
        phases: &mut ConnectPhases,
    ) -> Result<Socket, ErrorReason> {
        let began = clock.now_ns();
        if let Some(path) = &self.access.transport.unix_socket {
            *opening = Opening::Connecting;
            let stream = UnixStream::connect(path).await.map_err(|error| io_reason::of_connecting(&error))?;
            phases.connect_ns = Some(clock.now_ns() - began);
            return Ok(Socket::Unix(stream));
        }
        let addresses = self.addresses().await?;
        // Checked at every connection: a name may resolve to another address than before.
        if self.not_allowed(&addresses).is_some() {
            return Err(ErrorReason::AddressNotAllowed);
        }
        let resolved = clock.now_ns();
        if self.given.is_none() && self.resolver.literal().is_none() {
            phases.resolve_ns = Some(resolved - began);
        }
        *opening = Opening::Connecting;
        let seat = if self.access.transport.addresses == AddressChoice::First { 0 } else { seat };
        let addresses = dial::in_turn(&addresses, seat);
        let (stream, waited_ns) = self.turns.run(clock, dial::connect(&addresses, clock)).await;
        let dialled = stream.map_err(|error| io_reason::of_connecting(&error))?;
        let mut stream = dialled.stream;
        phases.round_trip_ns = dialled.took_ns.saturating_sub(waited_ns);
        phases.address = stream.peer_addr().ok().map(|address| address.ip().to_canonical());
        if self.access.transport.proxy.is_some() {
            let began = clock.now_ns();
            proxy::open_tunnel(&mut stream, &self.origin).await?;
            // The way to the proxy may be much shorter than that to the target.
            phases.round_trip_ns = phases.round_trip_ns.max(clock.now_ns() - began);
        }
        phases.connect_ns = Some((clock.now_ns() - resolved).saturating_sub(waited_ns));
        Ok(Socket::Tcp(stream))
    }

    async fn addresses(&self) -> Result<Arc<[SocketAddr]>, ErrorReason> {
        if let Some(given) = &self.given {
            return Ok(Arc::clone(given));
        }
        self.resolver.addresses().await
    }

    /// The first address outside the allowed networks. They are about targets: a proxy was named by itself.
    fn not_allowed(&self, addresses: &[SocketAddr]) -> Option<IpAddr> {
        let mut addresses = addresses.iter().map(SocketAddr::ip);
        addresses
            .find(|address| self.access.transport.proxy.is_none() && !self.access.allowed.address(*address))
    }

    fn saw(&self, certificate: Option<&tokio_rustls::rustls::pki_types::CertificateDer<'_>>) {
        if let Some(certificate) = certificate.and_then(Certificate::parse) {
            self.expires_s.store(certificate.expires_s, Ordering::Relaxed);
        }
    }
}

impl std::fmt::Debug for Connector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connector").field("origin", &self.0.origin).finish_non_exhaustive()
    }
}
