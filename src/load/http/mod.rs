//! The HTTP exchange: one connection a user, every phase stamped, every body read to its end.
//!
//! HTTP/1.1 is spoken by `http1` over any stream, HTTP/2 by hyper where ALPN gives it. Redirects are not followed.

mod body;
mod chunked;
mod connect;
mod exchange;
mod head;
mod http1;
mod http2;
mod pieces;
mod prepared;
mod retry_after;
mod tls;
mod wire;

pub use connect::{ConnectPhases, Connector, PreflightError};
pub use exchange::{Answer, Connection, Exchange, Failure, Resend};
pub use prepared::{PrepareError, Prepared};
pub use retry_after::RetryHint;
pub use tls::TlsError;

/// Feeds bytes to the HTTP/1.1 answer parser as if they had come from a peer, so many at a time; for fuzzing, property
/// tests and benches.
///
/// Returns the status and body length of a complete answer.
/// # Errors
/// The class of its failure.
pub async fn parse_answer(
    bytes: &[u8],
    piece: usize,
) -> Result<(u16, u64), crate::domain::sample::ErrorClass> {
    http1::parse(bytes, piece).await
}
