//! HTTP/2 through hyper's low-level client, for servers that choose it.

use std::error::Error as _;
use std::io;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http2::{self, SendRequest};
use hyper::header::{AGE, CONTENT_LENGTH, HeaderMap, RETRY_AFTER};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncWrite};

use crate::domain::sample::{CacheState, ErrorClass};
use crate::load::clock::Clock;

use super::body::BodyCheck;
use super::exchange::{Answer, Exchange, Failure, Resend};
use super::prepared::Prepared;
use super::retry_after::RetryHint;

/// A connection that speaks HTTP/2. One request at a time: a user is a user.
#[derive(Debug)]
pub struct Http2 {
    sender: SendRequest<Full<Bytes>>,
    driver: tokio::task::JoinHandle<()>,
    exchanges: u64,
    broken: bool,
}

impl Http2 {
    /// Shakes hands over an open stream.
    pub(super) async fn handshake<S>(stream: S) -> Result<Self, Failure>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let handshake = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await;
        let (sender, connection) = handshake.map_err(|error| Failure::of(class_of(&error)))?;
        // What ends the connection also ends the exchange that waits on it, which reports it.
        let driver = tokio::spawn(async move { drop(connection.await) });
        Ok(Self { sender, driver, exchanges: 0, broken: false })
    }

    async fn run(&mut self, request: &Prepared, clock: &Clock, answer: &mut Answer) -> Result<(), Failure> {
        let kept = self.exchanges > 0;
        self.exchanges += 1;
        let fail = |error: &hyper::Error| {
            let class = class_of(error);
            let closed = kept && (error.is_canceled() || error.is_closed());
            Failure { class, resend: if closed { Resend::IfRepeatable } else { Resend::Never } }
        };
        self.sender.ready().await.map_err(|error| fail(&error))?;
        let sent = hyper::Request::from_parts(request.parts.clone(), Full::new(request.body.clone()));
        let response = self.sender.send_request(sent).await.map_err(|error| fail(&error))?;
        let first_byte_ns = clock.now_ns();
        let (head, mut incoming) = response.into_parts();
        let promised = head.headers.get(CONTENT_LENGTH).filter(|_| request.answer_has_body).cloned();
        let mut body = BodyCheck::new(request.finder.as_ref());
        while let Some(frame) = incoming.frame().await {
            let frame = frame.map_err(|error| Failure::of(class_of(&error)))?;
            if let Some(data) = frame.data_ref() {
                body.feed(data);
            }
        }
        let promised = promised.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
        // A stream may be reset "without an error" in the middle of its body, which then looks whole.
        if promised.is_some_and(|length| length != body.bytes())
            && head.status != hyper::StatusCode::NOT_MODIFIED
        {
            return Err(Failure::of(ErrorClass::Reset));
        }
        *answer = Answer {
            status: head.status.as_u16(),
            first_byte_ns,
            completed_ns: clock.now_ns(),
            bytes: body.bytes(),
            body_as_expected: body.is_as_expected(),
            cache: cache_state(&head.headers),
            retry: retry_hint(&head.headers),
        };
        Ok(())
    }
}

impl Exchange for Http2 {
    async fn exchange(
        &mut self,
        request: &Prepared,
        clock: &Clock,
        answer: &mut Answer,
    ) -> Result<(), Failure> {
        // Until the answer is whole.
        self.broken = true;
        let result = self.run(request, clock, answer).await;
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

fn cache_state(headers: &HeaderMap) -> Option<CacheState> {
    let named = headers.get("cf-cache-status").or_else(|| headers.get("x-cache"));
    let is_hit = match (named, headers.get(AGE)) {
        (Some(value), _) => value.as_bytes().to_ascii_lowercase().windows(3).any(|word| word == b"hit"),
        (None, Some(age)) => age.as_bytes().iter().any(|digit| (b'1'..=b'9').contains(digit)),
        (None, None) => return None,
    };
    Some(if is_hit { CacheState::Hit } else { CacheState::Miss })
}

fn retry_hint(headers: &HeaderMap) -> Option<RetryHint> {
    let after = headers.get(RETRY_AFTER).and_then(|value| RetryHint::from_retry_after(value.as_bytes()));
    after.or_else(|| {
        headers.get("x-ratelimit-reset").and_then(|value| RetryHint::from_reset(value.as_bytes()))
    })
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
