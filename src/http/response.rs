//! The result of an exchange, and the one trait for both HTTP versions.

use crate::domain::error_reason::ErrorReason;
use crate::domain::sample::CacheState;
use crate::host::monotonic::Clock;

use super::kept::Kept;
use super::request::Request;
use super::retry_after::RetryHint;
use super::traceparent::Traceparent;

/// A complete response. Stamps are nanoseconds of the run's clock.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Response {
    /// Status code of the response, 100 to 999.
    pub status: u16,
    /// When the first byte of the response was read.
    pub first_byte_ns: u64,
    /// When the last byte of the body was read.
    pub completed_ns: u64,
    /// Length of the body in bytes as it was sent, without framing.
    pub bytes: u64,
    /// Length of the body without its content encoding; `None` where it has one and was not decoded.
    pub decoded_bytes: Option<u64>,
    /// Whether it breaks a rule of HTTP that clients overlook: a folded header, for instance.
    pub is_odd: bool,
    /// What was found in the body.
    pub body: BodyState,
    /// Whether a cache served it; `None` where no header reports it.
    pub cache: Option<CacheState>,
    /// When to send the next request; `None` where no header reports it.
    pub retry: Option<RetryHint>,
    /// What was kept of it; empty where its request wants nothing. Its memory is used again by the next exchange.
    pub kept: Option<Box<Kept>>,
}

/// What was found in a complete body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BodyState {
    /// It contains the expected text, or none was expected.
    #[default]
    AsExpected,
    /// It does not contain the expected text.
    Unexpected,
    /// It is not encoded as its `content-encoding` says, so nobody can look into it.
    Undecodable,
}

/// Whether a request whose exchange failed may be sent again on a new connection, as HTTP clients do when an idle
/// connection was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resend {
    /// It was not sent, or the peer says that it did not process it: the kept connection was found closed or with bytes
    /// that belong to no request, an HTTP/2 connection was going away, or its stream was refused.
    Always,
    /// It was sent on a kept connection that closed before the first byte of a response.
    IfRepeatable,
    /// The connection was new, or the response had begun.
    Never,
}

/// An exchange that did not yield a complete response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failure {
    /// Reason under which it is counted.
    pub reason: ErrorReason,
    /// Whether the request may be sent again.
    pub resend: Resend,
}

impl Failure {
    /// A failure on a new connection, or after the response began.
    pub fn of(reason: ErrorReason) -> Self {
        Self { reason, resend: Resend::Never }
    }
}

/// Sends a request and reads its response to the end.
#[expect(async_fn_in_trait, reason = "exchanges are awaited on concrete types, never as a trait object")]
pub trait Exchange {
    /// Performs one exchange. It fills in the response in place: returned by value through every future, the copies
    /// would cost more than the parsing.
    /// # Errors
    /// [`Failure`] with its class; the connection must not be used again, and the response is meaningless.
    async fn exchange(
        &mut self,
        request: &Request,
        clock: &Clock,
        response: &mut Response,
    ) -> Result<(), Failure> {
        self.exchange_traced(request, None, clock, response).await
    }

    /// As [`Exchange::exchange`]. A request that names a trace sends this one.
    /// # Errors
    /// As [`Exchange::exchange`].
    async fn exchange_traced(
        &mut self,
        request: &Request,
        traceparent: Option<&Traceparent>,
        clock: &Clock,
        response: &mut Response,
    ) -> Result<(), Failure>;

    /// Whether another exchange may follow; not after one that failed, or was abandoned.
    fn is_reusable(&self) -> bool;
}
