//! The one trait over both versions of HTTP, and what an exchange comes to.

use crate::domain::sample::{CacheState, ErrorClass};
use crate::load::clock::Clock;

use super::http1::Http1;
use super::http2::Http2;
use super::prepared::Prepared;
use super::retry_after::RetryHint;

/// A complete answer. Stamps are nanoseconds of the run's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// When its first byte came.
    pub first_byte_ns: u64,
    /// When its last byte came.
    pub completed_ns: u64,
    /// How long its body was.
    pub bytes: u64,
    /// Whether the body held the expected text.
    pub body_as_expected: bool,
    /// What caches said.
    pub cache: Option<CacheState>,
    /// When to ask again.
    pub retry: Option<RetryHint>,
}

/// Whether a request whose exchange broke may be sent again on a new connection, as every client does for the usual
/// end of an idle connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resend {
    /// It was not sent: the kept connection was found closed, or with bytes that belong to no request.
    Always,
    /// It was sent on a kept connection that closed before a byte of an answer came.
    IfRepeatable,
    /// The connection was fresh, or the answer had begun.
    Never,
}

/// An exchange that broke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failure {
    /// Why.
    pub class: ErrorClass,
    /// Whether to send again.
    pub resend: Resend,
}

impl Failure {
    /// A failure on a fresh connection, or after the answer began.
    pub fn of(class: ErrorClass) -> Self {
        Self { class, resend: Resend::Never }
    }
}

/// Sends a prepared request and reads its answer to the end.
#[expect(async_fn_in_trait, reason = "exchanges are awaited on concrete types, never as a trait object")]
pub trait Exchange {
    /// One exchange. It fills in the answer in its place: handed up by value through every future, the copies would cost
    /// more than the parsing.
    /// # Errors
    /// [`Failure`] with its class; the connection is not to be used again, and the answer means nothing.
    async fn exchange(
        &mut self,
        request: &Prepared,
        clock: &Clock,
        answer: &mut Answer,
    ) -> Result<(), Failure>;

    /// Whether another exchange may follow; not after one that failed, or was given up half-way.
    fn is_reusable(&self) -> bool;
}

/// An open connection of either version.
#[derive(Debug)]
pub enum Connection {
    /// HTTP/1.1 over TCP.
    Plain(Box<Http1<tokio::net::TcpStream>>),
    /// HTTP/1.1 over TLS.
    Tls(Box<Http1<tokio_rustls::client::TlsStream<tokio::net::TcpStream>>>),
    /// HTTP/2 over TLS.
    Http2(Box<Http2>),
}

impl Exchange for Connection {
    async fn exchange(
        &mut self,
        request: &Prepared,
        clock: &Clock,
        answer: &mut Answer,
    ) -> Result<(), Failure> {
        match self {
            Self::Plain(connection) => connection.exchange(request, clock, answer).await,
            Self::Tls(connection) => connection.exchange(request, clock, answer).await,
            Self::Http2(connection) => connection.exchange(request, clock, answer).await,
        }
    }

    fn is_reusable(&self) -> bool {
        match self {
            Self::Plain(connection) => connection.is_reusable(),
            Self::Tls(connection) => connection.is_reusable(),
            Self::Http2(connection) => connection.is_reusable(),
        }
    }
}
