//! HTTP/1.1 over any stream: prepared bytes out, one buffer in, the body read to its end.
//!
//! Strict where leniency would measure the wrong thing: RFC 9112, with double framing refused.
//!
//! A response is stamped when the read that brought its last byte returns, before a byte of it is parsed: parsing is our
//! time, not the target's. A head of the same bytes as the last one on the connection is not parsed again.

use std::io;
use std::task::Poll;

use crate::domain::error_reason::ErrorReason;
use crate::domain::sample::ErrorClass;
use crate::host::monotonic::Clock;

use super::body::Remaining;
use super::body_check::BodyCheck;
use super::head::{Head, Malformed};
use super::inbox::Inbox;
use super::io_reason::of_stream;
use super::kept::Kept;
use super::last_head::LastHeads;
use super::outbox::Outbox;
use super::request::Request;
use super::response::{Exchange, Failure, Resend, Response};
use super::sending::{self, Left, Sent, Unsent};
use super::stream::Wire;
use super::traceparent::Traceparent;

#[cfg(any(test, feature = "testing"))]
use super::scripted_stream::ScriptedStream;

/// More interim responses than this before the final one are rejected.
const MOST_INTERIM: u32 = 16;

/// An HTTP/1.1 connection, for one request at a time.
#[derive(Debug)]
pub struct Http1<S> {
    stream: S,
    inbox: Inbox,
    outbox: Outbox,
    last_heads: LastHeads,
    exchanges: u64,
    reusable: bool,
}

impl<S: Wire> Http1<S> {
    /// A connection over an open stream.
    pub fn new(stream: S) -> Self {
        Self {
            stream,
            inbox: Inbox::new(),
            outbox: Outbox::default(),
            last_heads: LastHeads::default(),
            exchanges: 0,
            reusable: true,
        }
    }

    async fn run(
        &mut self,
        request: &Request,
        traceparent: Option<&Traceparent>,
        clock: &Clock,
        response: &mut Response,
    ) -> Result<(), Failure> {
        let kept = self.exchanges > 0;
        self.exchanges += 1;
        if kept && self.is_disturbed().await {
            return Err(Failure { reason: ErrorReason::ClosedUnanswered, resend: Resend::Always });
        }
        let unanswered = |error: io::Error| {
            let reason = of_stream(&error, ErrorReason::ClosedUnanswered);
            let is_closed = kept && reason.class() == ErrorClass::Reset;
            Failure { reason, resend: if is_closed { Resend::IfRepeatable } else { Resend::Never } }
        };
        self.inbox.clear();
        self.last_heads.turns = request.turns;
        let [first, second] = self.outbox.bytes_of(request, traceparent);
        let sent = match self.stream.write_at_once(first).map_err(unanswered)? {
            written if written == first.len() && second.is_empty() && !request.has_more() => Sent::All,
            // Boxed, because most requests are sent at once.
            written => {
                let left = Left { bytes: [&first[written..], second], after: &request.after };
                let rest = sending::the_rest(&mut self.stream, &mut self.inbox, left, clock);
                Box::pin(rest).await.map_err(|unsent| match unsent {
                    Unsent::File => Failure::of(ErrorReason::BodyUnreadable),
                    Unsent::Stream(error) => unanswered(error),
                })?
            }
        };
        if self.inbox.unread().is_empty() {
            self.inbox.fill(&mut self.stream, clock).await.map_err(unanswered)?;
        }
        response.first_byte_ns = self.inbox.read_at_ns;
        let kept = Kept::for_next(response.kept.take(), request.wants);
        let check = BodyCheck::new(request.finder(), kept);
        self.receive(request.fixed.response_has_body, sent, check, clock, response).await?;
        if request.wants_location(response.status) {
            request.redirected(self.last_heads.location().as_deref());
        }
        self.reusable &= !request.fixed.closes;
        Ok(())
    }

    /// Reads the rest of a response whose first bytes are in the buffer.
    async fn receive(
        &mut self,
        has_body: bool,
        sent: Sent,
        mut body: BodyCheck<'_>,
        clock: &Clock,
        response: &mut Response,
    ) -> Result<(), Failure> {
        let mut interim = 0;
        // Parsed again only where it may be complete, or has doubled: a long head that drips would cost its square.
        let (mut parsed, mut parse_from) = (0_usize, 0_usize);
        let head = loop {
            let unread = self.inbox.unread();
            if unread.len() >= parse_from || has_end(&unread[parsed.saturating_sub(3).min(unread.len())..]) {
                if let Some(head) = self.final_head(has_body, &mut interim)? {
                    break head;
                }
                parse_from = 2 * self.inbox.unread().len();
            }
            parsed = self.inbox.unread().len();
            if !self.inbox.make_room() {
                return Err(Failure::of(ErrorReason::HeadTooLarge));
            }
            if let Err(error) = self.inbox.fill(&mut self.stream, clock).await {
                // What was not parsed yet may be no head at all.
                self.final_head(has_body, &mut interim)?;
                return Err(mid_response(&error));
            }
        };
        (response.status, response.cache, response.retry) = (head.status, head.cache, head.retry);
        response.is_odd = head.is_odd;
        body.set_encodings(head.encodings);
        if let Some(fields) = body.wanted_fields(|| head.sets_cookies) {
            self.last_heads.read_fields(fields);
        }
        let mut remaining = Remaining::of(head.framing);
        loop {
            let unread = self.inbox.unread();
            let malformed = |_| Failure::of(ErrorReason::MalformedBody);
            let taken = remaining.feed(unread, &mut body).map_err(malformed)?;
            self.inbox.take(taken);
            if remaining.is_done() {
                break;
            }
            self.inbox.clear();
            match self.inbox.read(&mut self.stream, clock).await {
                Ok(0) if matches!(remaining, Remaining::UntilClose) => break,
                // Whoever refuses a body while it is being sent may reset the connection in the middle of saying so.
                Ok(0) | Err(_) if sent == Sent::InPart && head.status >= 400 => break,
                Ok(0) => return Err(Failure::of(ErrorReason::ClosedMidResponse)),
                Ok(_) => (),
                Err(error) => return Err(mid_response(&error)),
            }
        }
        // The time at which the read of the last byte returned: our own parsing is not part of the service time.
        response.completed_ns = self.inbox.read_at_ns;
        response.bytes = body.bytes();
        (response.body, response.decoded_bytes) = body.finish();
        response.kept = body.take_kept();
        // Extra bytes after the response belong to no request, so the connection cannot be trusted any more.
        self.reusable = head.keep_alive && self.inbox.unread().is_empty() && sent == Sent::All;
        Ok(())
    }

    /// Whether the peer closed the connection, or sent unsolicited bytes, since the last response.
    async fn is_disturbed(&mut self) -> bool {
        std::future::poll_fn(|context| Poll::Ready(self.stream.has_input(context))).await
    }

    /// The head after any interim ones; `None` where it is not complete yet.
    fn final_head(&mut self, has_body: bool, interim: &mut u32) -> Result<Option<Head>, Failure> {
        let unwanted = Failure::of(ErrorReason::UnexpectedInterim);
        loop {
            let unread = self.inbox.unread();
            let malformed = |error: Malformed| Failure::of(error.reason());
            let Some(head) = self.last_heads.parse(unread, has_body).map_err(malformed)? else {
                return Ok(None);
            };
            self.inbox.take(head.length);
            match head.status {
                // The request did not ask to switch protocols.
                101 => return Err(unwanted),
                100..200 if *interim == MOST_INTERIM => return Err(unwanted),
                100..200 => *interim += 1,
                _ => return Ok(Some(head)),
            }
        }
    }
}

impl<S: Wire> Exchange for Http1<S> {
    async fn exchange_traced(
        &mut self,
        request: &Request,
        traceparent: Option<&Traceparent>,
        clock: &Clock,
        response: &mut Response,
    ) -> Result<(), Failure> {
        self.reusable = false;
        self.run(request, traceparent, clock, response).await
    }

    fn is_reusable(&self) -> bool {
        self.reusable
    }
}

/// A stream that failed once the response had begun.
fn mid_response(error: &io::Error) -> Failure {
    Failure::of(of_stream(error, ErrorReason::ClosedMidResponse))
}

/// Whether bytes contain the empty line that ends a head.
fn has_end(bytes: &[u8]) -> bool {
    memchr::memchr_iter(b'\n', bytes).any(|at| matches!(bytes[at + 1..], [b'\n', ..] | [b'\r', b'\n', ..]))
}

/// Reads bytes as the response to a `GET`, at most `piece` bytes at a time.
#[cfg(any(test, feature = "testing"))]
pub(super) async fn parse(bytes: &[u8], piece: usize) -> Result<(u16, u64), ErrorReason> {
    let (mut connection, clock) = (Http1::new(ScriptedStream::new(bytes, piece)), Clock::start());
    let mut response = Response::default();
    connection
        .inbox
        .fill(&mut connection.stream, &clock)
        .await
        .map_err(|error| of_stream(&error, ErrorReason::ClosedUnanswered))?;
    let read = connection.receive(true, Sent::All, BodyCheck::new(None, None), &clock, &mut response).await;
    read.map(|()| (response.status, response.bytes)).map_err(|failure| failure.reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn check(text: &str, expected: Result<(u16, u64), ErrorReason>) {
        for piece in [1, 7, usize::MAX] {
            assert_eq!(parse(text.as_bytes(), piece).await, expected, "{text:.60?} in pieces of {piece}");
        }
    }

    #[tokio::test]
    async fn answers_are_read_to_their_end() {
        check("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", Ok((200, 2))).await;
        check("HTTP/1.1 200 OK\r\n\r\nto the end", Ok((200, 10))).await;
        check("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", Ok((200, 2)))
            .await;
        check(&format!("HTTP/1.1 200 OK\r\n{}\r\nok", "A: b\r\n".repeat(900)), Ok((200, 2))).await;
        let large = format!("HTTP/1.1 200 OK\r\nA: {}\r\n\r\nok", "x".repeat(200_000));
        check(&large, Ok((200, 2))).await;
        check("HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 204 No\r\n\r\n", Ok((204, 0))).await;
    }

    #[tokio::test]
    async fn broken_answers_have_a_reason() {
        check("", Err(ErrorReason::ClosedUnanswered)).await;
        check("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", Err(ErrorReason::ClosedMidResponse)).await;
        check("HTTP/1.1 200", Err(ErrorReason::ClosedMidResponse)).await;
        check("SSH-2.0-x\r\n", Err(ErrorReason::NotHttp)).await;
        check("HTTP/1.1 101 Switch\r\n\r\n", Err(ErrorReason::UnexpectedInterim)).await;
        check(&"HTTP/1.1 100 C\r\n\r\n".repeat(20), Err(ErrorReason::UnexpectedInterim)).await;
        let endless = format!("HTTP/1.1 200 OK\r\nA: {}", "x".repeat(crate::http::inbox::LONGEST_HEAD));
        check(&endless, Err(ErrorReason::HeadTooLarge)).await;
        check("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", Err(ErrorReason::MalformedHead)).await;
        let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n";
        check(chunked, Err(ErrorReason::MalformedBody)).await;
    }
}
