//! An open connection of either version of HTTP.

use crate::host::monotonic::Clock;

use super::http1::Http1;
use super::http2::Http2;
use super::request::Request;
use super::response::{Exchange, Failure, Response};

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
        request: &Request,
        clock: &Clock,
        response: &mut Response,
    ) -> Result<(), Failure> {
        match self {
            Self::Plain(connection) => connection.exchange(request, clock, response).await,
            Self::Tls(connection) => connection.exchange(request, clock, response).await,
            Self::Http2(connection) => connection.exchange(request, clock, response).await,
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
