//! HTTP/2 through hyper's low-level client, for servers that select it.

use std::error::Error as _;
use std::io;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http2::{self, SendRequest};
use hyper::header::CONTENT_LENGTH;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncWrite};

use crate::domain::sample::ErrorClass;
use crate::host::monotonic::Clock;

use super::body_check::BodyCheck;
use super::facts::Facts;
use super::request::Request;
use super::response::{Exchange, Failure, Resend, Response};

/// An HTTP/2 connection, for one request at a time, like a user's.
#[derive(Debug)]
pub struct Http2 {
    sender: SendRequest<Full<Bytes>>,
    driver: tokio::task::JoinHandle<()>,
    exchanges: u64,
    broken: bool,
}

impl Http2 {
    /// Performs the HTTP/2 handshake over an open stream.
    pub(super) async fn handshake<S>(stream: S) -> Result<Self, Failure>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let handshake = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await;
        let (sender, connection) = handshake.map_err(|error| Failure::of(class_of(&error)))?;
        // Whatever ends the connection also ends the exchange that waits on it, and is reported there.
        let driver = tokio::spawn(async move { drop(connection.await) });
        Ok(Self { sender, driver, exchanges: 0, broken: false })
    }

    async fn run(
        &mut self,
        request: &Request,
        clock: &Clock,
        response: &mut Response,
    ) -> Result<(), Failure> {
        let kept = self.exchanges > 0;
        self.exchanges += 1;
        let fail = |error: &hyper::Error| {
            let class = class_of(error);
            let closed = kept && (error.is_canceled() || error.is_closed());
            Failure { class, resend: if closed { Resend::IfRepeatable } else { Resend::Never } }
        };
        self.sender.ready().await.map_err(|error| fail(&error))?;
        let sent = hyper::Request::from_parts(request.parts.clone(), Full::new(request.body.clone()));
        let received = self.sender.send_request(sent).await.map_err(|error| fail(&error))?;
        let first_byte_ns = clock.now_ns();
        let (head, mut incoming) = received.into_parts();
        let promised = head.headers.get(CONTENT_LENGTH).filter(|_| request.response_has_body).cloned();
        let mut body = BodyCheck::new(request.finder.as_ref());
        while let Some(frame) = incoming.frame().await {
            let frame = frame.map_err(|error| Failure::of(class_of(&error)))?;
            if let Some(data) = frame.data_ref() {
                body.feed(data);
            }
        }
        let promised = promised.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
        // A stream may be reset "without an error" in the middle of its body, which then looks complete.
        if promised.is_some_and(|length| length != body.bytes())
            && head.status != hyper::StatusCode::NOT_MODIFIED
        {
            return Err(Failure::of(ErrorClass::Reset));
        }
        let mut facts = Facts::default();
        for (name, value) in &head.headers {
            facts.read(name.as_str(), value.as_bytes());
        }
        *response = Response {
            status: head.status.as_u16(),
            first_byte_ns,
            completed_ns: clock.now_ns(),
            bytes: body.bytes(),
            body_as_expected: body.is_as_expected(),
            cache: facts.cache(),
            retry: facts.retry(),
        };
        Ok(())
    }
}

impl Exchange for Http2 {
    async fn exchange(
        &mut self,
        request: &Request,
        clock: &Clock,
        response: &mut Response,
    ) -> Result<(), Failure> {
        // Until the response is complete.
        self.broken = true;
        let result = self.run(request, clock, response).await;
        self.broken = result.is_err();
        result
    }

    fn is_reusable(&self) -> bool {
        !self.broken && !self.sender.is_closed()
    }
}

impl Drop for Http2 {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

fn class_of(error: &hyper::Error) -> ErrorClass {
    let source = || error.source();
    let is_io = source().is_some_and(<dyn std::error::Error>::is::<io::Error>);
    let ended = |error: &h2::Error| error.is_io() || error.is_reset() || error.is_go_away();
    let is_ended = source().and_then(|source| source.downcast_ref::<h2::Error>()).is_some_and(ended);
    if error.is_canceled() || error.is_closed() || error.is_incomplete_message() || is_io || is_ended {
        ErrorClass::Reset
    } else {
        ErrorClass::Protocol
    }
}
