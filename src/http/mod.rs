//! The HTTP exchange: connections to one origin, every phase stamped, every body read to its end.
//!
//! HTTP/1.1 is implemented in `http1` over any stream; HTTP/2 uses hyper. Redirects are not followed.

mod body;
mod body_check;
mod certificate;
mod chunked;
mod connect;
mod connection;
mod decoding;
mod dial;
mod drain_first;
mod facts;
mod head;
mod http1;
mod http2;
mod inbox;
pub mod io_reason;
mod kept;
mod last_head;
mod multipart;
mod outbox;
mod payload;
pub mod probe;
mod proxy;
mod request;
mod request_head;
mod request_shape;
mod request_template;
mod request_traced;
mod resolve;
mod response;
mod retry_after;
#[cfg(any(test, feature = "testing"))]
mod scripted_stream;
mod sending;
pub mod sigv4;
mod stream;
pub mod tls;
mod traceparent;
mod trust;
mod turns;

pub use connect::{ConnectPhases, Connector, Opening, PreflightError};
pub use connection::Connection;
pub use http1::Http1;
pub use http2::Http2;
pub use kept::{Kept, Wants};
pub use request::{PrepareError, Request};
pub use request_shape::Redirect;
pub use request_template::RequestTemplate;
pub use response::{BodyState, Exchange, Failure, Resend, Response};
pub use retry_after::RetryHint;
pub use stream::{Socket, Wire};
pub use tls::TlsError;
pub use traceparent::Traceparent;
pub use trust::Trust;

/// Feeds bytes to the HTTP/1.1 response parser as if they had come from a peer, at most `piece` bytes at a time.
///
/// For fuzzing, property tests and benches. Returns the status and body length of a complete response.
/// # Errors
/// The reason of the failure.
#[cfg(feature = "testing")]
pub async fn parse_response(
    bytes: &[u8],
    piece: usize,
) -> Result<(u16, u64), crate::domain::error_reason::ErrorReason> {
    http1::parse(bytes, piece).await
}
