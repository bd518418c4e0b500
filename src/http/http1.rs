//! HTTP/1.1 over any stream: prepared bytes out, one buffer in, the body read to its end.
//!
//! Strict where leniency would measure the wrong thing: RFC 9112, with obsolete folding and double framing refused.
//!
//! A response is stamped when the read that brought its last byte returns, before a byte of it is parsed: parsing is our
//! time, not the target's. A head of the same bytes as the last one on the connection is not parsed again.

use std::io;
use std::task::Poll;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::domain::sample::ErrorClass;
use crate::host::monotonic::Clock;

use super::body::Remaining;
use super::body_check::BodyCheck;
use super::head::{Head, LastHead};
use super::request::Request;
use super::response::{Exchange, Failure, Resend, Response};
use super::stream::Wire;

#[cfg(any(test, feature = "testing"))]
use super::scripted_stream::ScriptedStream;

/// Room for a typical response in one read.
const BUFFER: usize = 16 * 1024;
/// Longer heads are rejected, so that no peer can make the buffer grow.
const LONGEST_HEAD: usize = 64 * 1024;
/// More interim responses than this before the final one are rejected.
const MOST_INTERIM: u32 = 16;

/// An HTTP/1.1 connection, for one request at a time.
#[derive(Debug)]
pub struct Http1<S> {
    stream: S,
    buffer: Vec<u8>,
    /// Start and end of the unread part of the buffer.
    start: usize,
    end: usize,
    /// Time at which the last read returned, in nanoseconds of the run's clock.
    read_at_ns: u64,
    last_head: LastHead,
    exchanges: u64,
    reusable: bool,
}

impl<S: Wire> Http1<S> {
    /// A connection over an open stream.
    pub(super) fn new(stream: S) -> Self {
        Self {
            stream,
            buffer: vec![0; BUFFER],
            start: 0,
            end: 0,
            read_at_ns: 0,
            last_head: LastHead::default(),
            exchanges: 0,
            reusable: true,
        }
    }

    async fn run(
        &mut self,
        request: &Request,
        clock: &Clock,
        response: &mut Response,
    ) -> Result<(), Failure> {
        let kept = self.exchanges > 0;
        self.exchanges += 1;
        if kept && self.is_disturbed().await {
            return Err(Failure { class: ErrorClass::Reset, resend: Resend::Always });
        }
        let unanswered = |error: io::Error| Failure {
            class: class_of(&error),
            resend: if kept && class_of(&error) == ErrorClass::Reset {
                Resend::IfRepeatable
            } else {
                Resend::Never
            },
        };
        self.send(&request.wire).await.map_err(unanswered)?;
        (self.start, self.end) = (0, 0);
        self.fill(clock).await.map_err(unanswered)?;
        response.first_byte_ns = self.read_at_ns;
        self.receive(request.response_has_body, BodyCheck::new(request.finder.as_ref()), clock, response)
            .await
    }

    /// Reads the rest of a response whose first bytes are in the buffer.
    async fn receive(
        &mut self,
        has_body: bool,
        mut body: BodyCheck<'_>,
        clock: &Clock,
        response: &mut Response,
    ) -> Result<(), Failure> {
        let mut interim = 0;
        let head = loop {
            if let Some(head) = self.final_head(has_body, &mut interim)? {
                break head;
            }
            self.make_room()?;
            self.fill(clock).await.map_err(|error| Failure::of(class_of(&error)))?;
        };
        (response.status, response.cache, response.retry) = (head.status, head.cache, head.retry);
        let mut remaining = Remaining::of(head.framing);
        loop {
            let unread = &self.buffer[self.start..self.end];
            let taken = remaining.feed(unread, &mut body).map_err(|_| Failure::of(ErrorClass::Protocol))?;
            self.start += taken;
            if remaining.is_done() {
                break;
            }
            (self.start, self.end) = (0, 0);
            match self.read(clock).await.map_err(|error| Failure::of(class_of(&error)))? {
                0 if matches!(remaining, Remaining::UntilClose) => break,
                0 => return Err(Failure::of(ErrorClass::Reset)),
                _ => (),
            }
        }
        // The time at which the read of the last byte returned: our own parsing is not part of the service time.
        response.completed_ns = self.read_at_ns;
        response.bytes = body.bytes();
        response.body_as_expected = body.is_as_expected();
        // Extra bytes after the response belong to no request, so the connection cannot be trusted any more.
        self.reusable = head.keep_alive && self.start == self.end;
        Ok(())
    }

    /// Whether the peer closed the connection, or sent unsolicited bytes, since the last response.
    async fn is_disturbed(&mut self) -> bool {
        std::future::poll_fn(|context| Poll::Ready(self.stream.has_input(context))).await
    }

    async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self.stream.write_at_once(bytes)? {
            written if written == bytes.len() => Ok(()),
            written => {
                self.stream.write_all(&bytes[written..]).await?;
                // TLS may hold back records that the socket had no room for.
                self.stream.flush().await
            }
        }
    }

    /// The head after any interim ones; `None` where it is not complete yet.
    fn final_head(&mut self, has_body: bool, interim: &mut u32) -> Result<Option<Head>, Failure> {
        let protocol = Failure::of(ErrorClass::Protocol);
        loop {
            let unread = &self.buffer[self.start..self.end];
            let Some(head) = self.last_head.parse(unread, has_body).map_err(|_| protocol)? else {
                return Ok(None);
            };
            self.start += head.length;
            match head.status {
                // The request did not ask to switch protocols.
                101 => return Err(protocol),
                100..200 if *interim == MOST_INTERIM => return Err(protocol),
                100..200 => *interim += 1,
                _ => return Ok(Some(head)),
            }
        }
    }

    /// Moves an incomplete head to the front, and grows the buffer up to the longest head.
    fn make_room(&mut self) -> Result<(), Failure> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        if self.end >= LONGEST_HEAD {
            return Err(Failure::of(ErrorClass::Protocol));
        }
        if self.end == self.buffer.len() {
            self.buffer.resize((self.buffer.len() * 2).min(LONGEST_HEAD), 0);
        }
        Ok(())
    }

    /// Reads at least one byte after the unread part.
    async fn fill(&mut self, clock: &Clock) -> io::Result<()> {
        match self.read(clock).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }

    /// Reads once after the unread part and stamps the read; returns the number of bytes.
    async fn read(&mut self, clock: &Clock) -> io::Result<usize> {
        let read = self.stream.read(&mut self.buffer[self.end..]).await?;
        self.read_at_ns = clock.now_ns();
        self.end += read;
        Ok(read)
    }
}

impl<S: Wire> Exchange for Http1<S> {
    async fn exchange(
        &mut self,
        request: &Request,
        clock: &Clock,
        response: &mut Response,
    ) -> Result<(), Failure> {
        self.reusable = false;
        self.run(request, clock, response).await
    }

    fn is_reusable(&self) -> bool {
        self.reusable
    }
}

/// The class of a stream's error: closed and reset connections are the peer's doing, invalid data is not HTTP.
fn class_of(error: &io::Error) -> ErrorClass {
    match error.kind() {
        // A TLS record that does not decrypt, for instance.
        io::ErrorKind::InvalidData => ErrorClass::Protocol,
        io::ErrorKind::TimedOut => ErrorClass::Timeout,
        _ => ErrorClass::Reset,
    }
}

/// Reads bytes as the response to a `GET`, at most `piece` bytes at a time.
#[cfg(any(test, feature = "testing"))]
pub(super) async fn parse(bytes: &[u8], piece: usize) -> Result<(u16, u64), ErrorClass> {
    let (mut connection, clock) = (Http1::new(ScriptedStream::new(bytes, piece)), Clock::start());
    let mut response = Response::default();
    connection.fill(&clock).await.map_err(|error| class_of(&error))?;
    let read = connection.receive(true, BodyCheck::new(None), &clock, &mut response).await;
    read.map(|()| (response.status, response.bytes)).map_err(|failure| failure.class)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn check(text: &str, expected: Result<(u16, u64), ErrorClass>) {
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
        check("HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 204 No\r\n\r\n", Ok((204, 0))).await;
    }

    #[tokio::test]
    async fn broken_answers_have_a_class() {
        check("", Err(ErrorClass::Reset)).await;
        check("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", Err(ErrorClass::Reset)).await;
        check("HTTP/1.1 200", Err(ErrorClass::Reset)).await;
        check("SSH-2.0-x\r\n", Err(ErrorClass::Protocol)).await;
        check("HTTP/1.1 101 Switch\r\n\r\n", Err(ErrorClass::Protocol)).await;
        check(&"HTTP/1.1 100 C\r\n\r\n".repeat(20), Err(ErrorClass::Protocol)).await;
        let endless = format!("HTTP/1.1 200 OK\r\nA: {}", "x".repeat(LONGEST_HEAD));
        check(&endless, Err(ErrorClass::Protocol)).await;
    }
}
