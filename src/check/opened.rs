//! A connection whose every phase is known, to the end of its TLS handshake, and exchanges over it.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::client::TlsStream;

use crate::domain::error_reason::ErrorReason;
use crate::host::monotonic::Clock;
use crate::http::{BodyState, Exchange, Http1, Http2, Request, Response};

use super::facts::PhaseTimes;
use super::seen::{Seen, Trouble};
use super::session::Session;
use super::stamped::{Notes, Stamped};

/// An open connection, which nothing was sent on yet.
pub(super) enum Stream {
    Plain(Stamped),
    Tls(Box<TlsStream<Stamped>>),
}

/// Anything that bytes can be read from and written to.
pub(super) trait Duplex: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Duplex for S {}

/// What opening a connection took and showed. Stamps are nanoseconds of the check's clock.
pub(super) struct Opened {
    pub(super) began_ns: u64,
    pub(super) ready_ns: u64,
    pub(super) resolve_ns: Option<u64>,
    pub(super) connect_ns: Option<u64>,
    pub(super) tls_ns: Option<u64>,
    pub(super) address: Option<IpAddr>,
    pub(super) session: Option<Arc<Session>>,
    pub(super) notes: Arc<Notes>,
    pub(super) stream: Stream,
}

impl Opened {
    /// The bare stream, for other protocols than HTTP.
    pub(super) fn into_stream(self) -> Box<dyn Duplex> {
        match self.stream {
            Stream::Plain(stream) => Box::new(stream),
            Stream::Tls(stream) => stream,
        }
    }

    /// Speaks HTTP over it: HTTP/2 where the server chose it, or where it is spoken without being chosen.
    pub(super) async fn speaking(self, clock: Clock, prior_http2: bool) -> Result<Speaking, Trouble> {
        let Self { session, notes, stream, .. } = self;
        let failed = |reason| Trouble::Failed { reason, session: session.clone() };
        let http2 = session.as_ref().map_or(prior_http2, |session| session.alpn.as_deref() == Some("h2"));
        if !http2 && prior_http2 {
            return Err(failed(ErrorReason::NoCommonProtocol));
        }
        let connection = match stream {
            Stream::Plain(stream) if http2 => {
                Spoken::Http2(Http2::handshake(stream).await.map_err(|failure| failed(failure.reason))?)
            }
            Stream::Tls(stream) if http2 => {
                Spoken::Http2(Http2::handshake(*stream).await.map_err(|failure| failed(failure.reason))?)
            }
            Stream::Plain(stream) => Spoken::Plain(Http1::new(stream)),
            Stream::Tls(stream) => Spoken::Tls(Box::new(Http1::new(*stream))),
        };
        let opening = PhaseTimes {
            resolve: self.resolve_ns.map(Duration::from_nanos),
            connect: self.connect_ns.map(Duration::from_nanos),
            tls: self.tls_ns.map(Duration::from_nanos),
            ..PhaseTimes::default()
        };
        Ok(Speaking {
            connection,
            clock,
            notes,
            session,
            address: self.address,
            opening: Some((self.began_ns, self.ready_ns, opening)),
        })
    }
}

enum Spoken {
    Plain(Http1<Stamped>),
    Tls(Box<Http1<TlsStream<Stamped>>>),
    Http2(Http2),
}

/// A connection over which HTTP is spoken.
pub(super) struct Speaking {
    connection: Spoken,
    clock: Clock,
    notes: Arc<Notes>,
    session: Option<Arc<Session>>,
    address: Option<IpAddr>,
    /// When it began to be opened and was open, and how long its phases took; `None` after the first exchange.
    opening: Option<(u64, u64, PhaseTimes)>,
}

impl Speaking {
    /// Whether another request may follow.
    pub(super) fn is_reusable(&self) -> bool {
        match &self.connection {
            Spoken::Plain(connection) => connection.is_reusable(),
            Spoken::Tls(connection) => connection.is_reusable(),
            Spoken::Http2(connection) => connection.is_reusable(),
        }
    }

    /// The handshake that opened it; `None` for plain HTTP.
    pub(super) fn session(&self) -> Option<&Arc<Session>> {
        self.session.as_ref()
    }

    /// One exchange. The times of the first one on a connection include opening it.
    /// # Errors
    /// [`Trouble`] where there is no complete response.
    pub(super) async fn exchange(&mut self, request: &Request) -> Result<Seen, Trouble> {
        self.notes.begin();
        let now = self.clock.now_ns();
        let (began_ns, ready_ns, opening) = self.opening.take().unwrap_or((now, now, PhaseTimes::default()));
        let (clock, mut response) = (self.clock, Response::default());
        let exchanged = match &mut self.connection {
            Spoken::Plain(connection) => connection.exchange(request, &clock, &mut response).await,
            Spoken::Tls(connection) => connection.exchange(request, &clock, &mut response).await,
            Spoken::Http2(connection) => connection.exchange(request, &clock, &mut response).await,
        };
        if self.notes.is_too_large() {
            return Err(Trouble::TooLarge);
        }
        exchanged
            .map_err(|failure| Trouble::Failed { reason: failure.reason, session: self.session.clone() })?;
        let since = |from: u64, to: u64| Duration::from_nanos(to.saturating_sub(from));
        let written_ns =
            self.notes.written_ns().unwrap_or(ready_ns).clamp(ready_ns, response.first_byte_ns.max(ready_ns));
        let times = PhaseTimes {
            request: since(ready_ns, written_ns),
            first_byte: since(began_ns, response.first_byte_ns),
            transfer: since(response.first_byte_ns, response.completed_ns),
            total: since(began_ns, response.completed_ns),
            ..opening
        };
        let is_expected =
            request.expectation().accepts_status(response.status) && response.body == BodyState::AsExpected;
        let kept = response.kept.take().unwrap_or_default();
        Ok(Seen {
            status: response.status,
            fields: kept.fields,
            body: kept.body,
            body_is_cut: kept.body_is_cut,
            bytes: response.bytes,
            is_expected,
            version: if matches!(self.connection, Spoken::Http2(_)) { "HTTP/2" } else { "HTTP/1.1" },
            times,
            session: self.session.clone(),
            address: self.address,
        })
    }
}
