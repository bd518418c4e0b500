//! What an exchange comes to, and the one trait over both versions of HTTP.

use crate::domain::sample::{CacheState, ErrorClass};
use crate::host::monotonic::Clock;

use super::request::Request;
use super::retry_after::RetryHint;

/// A complete response. Stamps are nanoseconds of the run's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Response {
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
    /// When to send the next request.
    pub retry: Option<RetryHint>,
}

/// Whether a request whose exchange broke may be sent again on a new connection, as every client does for the usual
/// end of an idle connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resend {
    /// It was not sent: the kept connection was found closed, or with bytes that belong to no request.
    Always,
    /// It was sent on a kept connection that closed before a byte of a response came.
    IfRepeatable,
    /// The connection was fresh, or the response had begun.
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
    /// A failure on a fresh connection, or after the response began.
    pub fn of(class: ErrorClass) -> Self {
        Self { class, resend: Resend::Never }
    }
}

/// Sends a request and reads its response to the end.
#[expect(async_fn_in_trait, reason = "exchanges are awaited on concrete types, never as a trait object")]
pub trait Exchange {
    /// One exchange. It fills in the response in place: handed up by value through every future, the copies would cost
    /// more than the parsing.
    /// # Errors
    /// [`Failure`] with its class; the connection is not to be used again, and the response means nothing.
    async fn exchange(
        &mut self,
        request: &Request,
        clock: &Clock,
        response: &mut Response,
    ) -> Result<(), Failure>;

    /// Whether another exchange may follow; not after one that failed, or was given up half-way.
    fn is_reusable(&self) -> bool;
}
