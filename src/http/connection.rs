//! An open connection of either HTTP version.

use crate::host::monotonic::Clock;

use super::http1::Http1;
use super::http2::Http2;
use super::request::Request;
use super::response::{Exchange, Failure, Response};
use super::stream::Socket;
use super::traceparent::Traceparent;

/// An open connection of either HTTP version.
#[derive(Debug)]
pub enum Connection {
    /// HTTP/1.1 without TLS, for `http` origins.
    Plain(Box<Http1<Socket>>),
    /// HTTP/1.1 over TLS, where ALPN did not select HTTP/2.
    Tls(Box<Http1<tokio_rustls::client::TlsStream<Socket>>>),
    /// HTTP/2: over TLS where ALPN selected it, or with prior knowledge.
    Http2(Box<Http2>),
}

impl Exchange for Connection {
    async fn exchange_traced(
        &mut self,
        request: &Request,
        traceparent: Option<&Traceparent>,
        clock: &Clock,
        response: &mut Response,
    ) -> Result<(), Failure> {
        match self {
            Self::Plain(connection) => {
                connection.exchange_traced(request, traceparent, clock, response).await
            }
            Self::Tls(connection) => connection.exchange_traced(request, traceparent, clock, response).await,
            Self::Http2(connection) => {
                connection.exchange_traced(request, traceparent, clock, response).await
            }
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
