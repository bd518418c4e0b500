//! HTTP/2 through hyper's low-level client, for servers that select it.
//!
//! A server ends a connection with GOAWAY, which names the last stream that it will process. A request above it, one on a
//! stream that was refused, and one for which the connection had ended before were not processed, whatever their method: they
//! are sent again on a new connection, as browsers do (RFC 9113, section 8.7).

use std::error::Error as _;
use std::io;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, OnceLock};

use http_body_util::BodyExt;
use hyper::HeaderMap;
use hyper::client::conn::http2::{Builder, SendRequest};
use hyper::header::{CONTENT_ENCODING, CONTENT_LENGTH, HeaderValue, LOCATION, SET_COOKIE};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncWrite};

use crate::domain::error_reason::ErrorReason;
use crate::domain::sample::{CacheState, ErrorClass};
use crate::host::monotonic::Clock;

use super::body_check::BodyCheck;
use super::decoding::Encodings;
use super::drain_first::DrainFirst;
use super::facts::Facts;
use super::head::MOST_HEADERS;
use super::inbox::LONGEST_HEAD;
use super::io_reason::of_stream;
use super::kept::Kept;
use super::payload::Outgoing;
use super::request::Request;
use super::response::{Exchange, Failure, Resend, Response};
use super::retry_after::{RetryHeaders, RetryHint};
use super::traceparent::Traceparent;

/// HTTP/2 counts 32 bytes more for each header than it has (RFC 9113, section 6.5.2).
#[expect(clippy::cast_possible_truncation, reason = "about 300,000")]
const LONGEST_HEADER_LIST: u32 = (LONGEST_HEAD + 32 * MOST_HEADERS) as u32;

/// An HTTP/2 connection, for one request at a time, like a user's.
#[derive(Debug)]
pub struct Http2 {
    sender: SendRequest<Outgoing>,
    driver: tokio::task::JoinHandle<Result<(), hyper::Error>>,
    /// Why TLS ended the connection.
    ended: Arc<OnceLock<ErrorReason>>,
    exchanges: u64,
    broken: bool,
}

impl Http2 {
    /// Performs the HTTP/2 handshake over an open stream.
    /// # Errors
    /// [`Failure`] with its reason.
    pub async fn handshake<S>(stream: S) -> Result<Self, Failure>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let stream = DrainFirst::new(stream);
        let ended = stream.ended();
        let handshake = Builder::new(TokioExecutor::new())
            .max_header_list_size(LONGEST_HEADER_LIST)
            .handshake(TokioIo::new(stream));
        let (sender, connection) = handshake.await.map_err(|error| {
            let reason = Told::by(&error).reason;
            Failure::of(ended.get().copied().unwrap_or(reason))
        })?;
        Ok(Self { ended, sender, driver: tokio::spawn(connection), exchanges: 0, broken: false })
    }

    /// Performs one exchange; returns how many bytes of the body were not sent when the response was complete.
    async fn run(
        &mut self,
        request: &Request,
        traceparent: Option<&Traceparent>,
        clock: &Clock,
        response: &mut Response,
    ) -> Result<u64, Failure> {
        let kept = self.exchanges > 0;
        self.exchanges += 1;
        if let Err(error) = self.sender.ready().await {
            // The connection ended while it was idle.
            return Err(self.failure(&error, kept, Resend::Always).await);
        }
        let outgoing = request.outgoing().map_err(|_| Failure::of(ErrorReason::BodyUnreadable))?;
        let unsent = outgoing.left();
        let parts = request.parts_with(traceparent).ok_or(Failure::of(ErrorReason::Unsendable))?;
        let sent = hyper::Request::from_parts(parts, outgoing);
        let received = match self.sender.try_send_request(sent).await {
            Ok(received) => received,
            Err(mut error) => {
                // It comes back where not a byte of it was sent.
                let unsent = error.take_message().is_some();
                let resend = if unsent { Resend::Always } else { Resend::IfRepeatable };
                return Err(self.failure(error.error(), kept, resend).await);
            }
        };
        let first_byte_ns = clock.now_ns();
        let (head, mut incoming) = received.into_parts();
        if head.headers.len() > MOST_HEADERS {
            return Err(Failure::of(ErrorReason::HeadTooLarge));
        }
        let promised = head.headers.get(CONTENT_LENGTH).filter(|_| request.fixed.response_has_body).cloned();
        let room = Kept::for_next(response.kept.take(), request.wants);
        let mut body = BodyCheck::new(request.finder(), room);
        if let Some(fields) = body.wanted_fields(|| head.headers.contains_key(SET_COOKIE)) {
            head.headers.iter().for_each(|(name, value)| fields.push(name.as_str(), value.as_bytes()));
        }
        let encoding = head.headers.get(CONTENT_ENCODING).map(|value| Encodings::of(value.as_bytes()));
        body.set_encodings(encoding.unwrap_or_default());
        while let Some(frame) = incoming.frame().await {
            match frame {
                Ok(frame) => frame.data_ref().into_iter().for_each(|data| body.feed(data)),
                Err(error) => {
                    let Failure { reason, .. } = self.failure(&error, kept, Resend::Never).await;
                    let is_cut = reason == ErrorReason::ClosedUnanswered;
                    return Err(Failure::of(if is_cut { ErrorReason::ClosedMidResponse } else { reason }));
                }
            }
        }
        let completed_ns = clock.now_ns();
        let promised = promised.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
        // A stream may be reset "without an error" in the middle of its body, which then looks complete.
        if promised.is_some_and(|length| length != body.bytes())
            && head.status != hyper::StatusCode::NOT_MODIFIED
        {
            return Err(Failure::of(ErrorReason::ClosedMidResponse));
        }
        let status = head.status.as_u16();
        let (cache, retry) = facts_of(&head.headers, status);
        if request.wants_location(status) {
            request.redirected(head.headers.get(LOCATION).map(HeaderValue::as_bytes));
        }
        let (state, decoded_bytes) = body.finish();
        *response = Response {
            status,
            first_byte_ns,
            completed_ns,
            bytes: body.bytes(),
            decoded_bytes,
            is_odd: status >= 600,
            body: state,
            cache,
            retry,
            kept: body.take_kept(),
        };
        Ok(unsent.map_or(0, |left| left.load(Relaxed)))
    }

    /// A failure before the response was complete. What ended the connection says more than the error of the request.
    async fn failure(&mut self, error: &hyper::Error, kept: bool, resend: Resend) -> Failure {
        let mut told = Told::by(error);
        if !told.is_precise {
            // The connection's task ends in the same turn as its requests do.
            tokio::task::yield_now().await;
            if self.driver.is_finished()
                && let Ok(Err(ended)) = (&mut self.driver).await
            {
                told = told.or(Told::by(&ended));
            }
        }
        if let Some(reason) = self.ended.get() {
            return Failure::of(*reason);
        }
        let resend = match (told.is_unprocessed, resend) {
            // A refused stream may be tried again on a new connection too, once.
            (true, _) => Resend::Always,
            (false, resend) if kept && told.is_closed => resend,
            (false, _) => Resend::Never,
        };
        Failure { reason: told.reason, resend }
    }
}

impl Exchange for Http2 {
    async fn exchange_traced(
        &mut self,
        request: &Request,
        traceparent: Option<&Traceparent>,
        clock: &Clock,
        response: &mut Response,
    ) -> Result<(), Failure> {
        // Until the response is complete.
        self.broken = true;
        let result = self.run(request, traceparent, clock, response).await;
        // What was not sent of a body when its response came would be sent beside the next request.
        let is_sent = matches!(result, Ok(left) if left == 0);
        self.broken = !is_sent || request.fixed.closes;
        result.map(|_| ())
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

/// What headers say about caches, and when to send the next request.
fn facts_of(headers: &HeaderMap, status: u16) -> (Option<CacheState>, Option<RetryHint>) {
    let (mut facts, mut retry) = (Facts::default(), RetryHeaders::default());
    for (name, value) in headers {
        facts.read(name.as_str(), value.as_bytes());
        if status == 429 {
            retry.read(name.as_str(), value.as_bytes());
        }
    }
    (facts.cache(), retry.hint())
}

/// Why a stream failed. The library names its end a broken pipe.
fn of_ended(error: &io::Error) -> ErrorReason {
    match error.kind() {
        io::ErrorKind::BrokenPipe => ErrorReason::ClosedUnanswered,
        _ => of_stream(error, ErrorReason::ClosedUnanswered),
    }
}

/// What an error of hyper says about a request.
#[derive(Debug, Clone, Copy)]
struct Told {
    reason: ErrorReason,
    /// Whether the server says that it did not process the request.
    is_unprocessed: bool,
    /// Whether the connection ended, and not only the stream of the request.
    is_closed: bool,
    /// Whether the error names its cause, and not only that the connection has ended.
    is_precise: bool,
}

impl Told {
    fn by(error: &hyper::Error) -> Self {
        let mut source = error.source();
        while let Some(cause) = source {
            if let Some(error) = cause.downcast_ref::<h2::Error>() {
                return Self::by_h2(error);
            }
            if let Some(error) = cause.downcast_ref::<io::Error>() {
                return Self::closed(of_ended(error));
            }
            source = cause.source();
        }
        let reason =
            if error.is_parse() { ErrorReason::Http2Violation } else { ErrorReason::ClosedUnanswered };
        Self { reason, is_unprocessed: false, is_closed: !error.is_parse(), is_precise: error.is_parse() }
    }

    fn by_h2(error: &h2::Error) -> Self {
        if let Some(error) = error.get_io() {
            return Self::closed(of_ended(error));
        }
        let code = error.reason().unwrap_or(h2::Reason::NO_ERROR);
        let is_unprocessed = error.is_remote() && (error.is_go_away() || code == h2::Reason::REFUSED_STREAM);
        let reason = if error.is_remote() && error.is_go_away() {
            if code == h2::Reason::NO_ERROR {
                ErrorReason::ClosedUnanswered
            } else {
                ErrorReason::Http2Refused
            }
        } else if error.is_remote() {
            ErrorReason::ResetByPeer
        } else if code == h2::Reason::REFUSED_STREAM || code == h2::Reason::ENHANCE_YOUR_CALM {
            // How the library turns away a head that is larger than it was told to accept.
            ErrorReason::HeadTooLarge
        } else {
            ErrorReason::Http2Violation
        };
        Self { is_unprocessed, ..Self::precisely(reason) }
    }

    fn precisely(reason: ErrorReason) -> Self {
        Self { reason, is_unprocessed: false, is_closed: false, is_precise: true }
    }

    fn closed(reason: ErrorReason) -> Self {
        Self { is_closed: reason.class() == ErrorClass::Reset, ..Self::precisely(reason) }
    }

    /// The more precise of the two. Whether the request was processed is for its own error to say.
    fn or(self, other: Self) -> Self {
        if other.is_precise { Self { is_unprocessed: self.is_unprocessed, ..other } } else { self }
    }
}
