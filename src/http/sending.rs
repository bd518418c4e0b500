//! Sends what does not fit into one write: large bodies, and files. A server that answers before it has read everything is
//! heard.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::host::monotonic::Clock;

use super::inbox::Inbox;
use super::payload::{Open, Segment};
use super::stream::Wire;

/// How much of a request was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sent {
    /// All of it.
    All,
    /// Not all of it, because the response began before. It is in the connection's buffer.
    InPart,
}

/// Why a request was not sent.
#[derive(Debug)]
pub(super) enum Unsent {
    /// The file of its body cannot be read.
    File,
    /// The stream failed.
    Stream(io::Error),
}

impl From<io::Error> for Unsent {
    fn from(error: io::Error) -> Self {
        Self::Stream(error)
    }
}

/// What happened first: a write, or a read while there was no room to write.
enum Step {
    Wrote(usize),
    Read(usize),
}

/// What is left to send of a request.
#[derive(Clone, Copy)]
pub(super) struct Left<'a> {
    /// The prepared bytes.
    pub(super) bytes: [&'a [u8]; 2],
    /// What follows them, files or bytes.
    pub(super) after: &'a [Segment],
}

/// Sends what is left of a request.
/// # Errors
/// The error of the stream, where nothing came back.
pub(super) async fn the_rest<S: Wire>(
    stream: &mut S,
    inbox: &mut Inbox,
    left: Left<'_>,
    clock: &Clock,
) -> Result<Sent, Unsent> {
    for bytes in left.bytes {
        if send(stream, inbox, bytes, clock).await? == Sent::InPart {
            return Ok(Sent::InPart);
        }
    }
    for segment in left.after {
        let mut file = match segment.open().map_err(|_| Unsent::File)? {
            Open::File(file) => file,
            Open::Bytes(bytes) => {
                if send(stream, inbox, &bytes, clock).await? == Sent::InPart {
                    return Ok(Sent::InPart);
                }
                continue;
            }
        };
        let mut piece = Vec::new();
        loop {
            file.next(&mut piece).map_err(|_| Unsent::File)?;
            if piece.is_empty() {
                break;
            }
            if send(stream, inbox, &piece, clock).await? == Sent::InPart {
                return Ok(Sent::InPart);
            }
        }
    }
    flush(stream, inbox, clock).await
}

/// TLS may hold back records that the socket had no room for.
async fn flush<S: Wire>(stream: &mut S, inbox: &mut Inbox, clock: &Clock) -> Result<Sent, Unsent> {
    loop {
        let step = std::future::poll_fn(|context| match Pin::new(&mut *stream).poll_flush(context) {
            Poll::Ready(flushed) => Poll::Ready(flushed.map(|()| None)),
            Poll::Pending if inbox.has_room() => inbox.poll_read(stream, clock, context).map_ok(Some),
            Poll::Pending => Poll::Pending,
        });
        match step.await {
            Ok(None) => return Ok(Sent::All),
            Ok(Some(0)) => return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
            Ok(Some(_)) if has_response(inbox) => return Ok(Sent::InPart),
            Ok(Some(_)) => (),
            Err(error) => return Ok(last_words(stream, inbox, error, clock).await?),
        }
    }
}

/// The peer closed, but may have responded before. What is left of a broken connection is soon readable.
async fn last_words<S: Wire>(
    stream: &mut S,
    inbox: &mut Inbox,
    error: io::Error,
    clock: &Clock,
) -> io::Result<Sent> {
    match inbox.read(stream, clock).await {
        Ok(read) if read > 0 && has_response(inbox) => Ok(Sent::InPart),
        _ => Err(error),
    }
}

async fn send<S: Wire>(
    stream: &mut S,
    inbox: &mut Inbox,
    mut bytes: &[u8],
    clock: &Clock,
) -> io::Result<Sent> {
    while !bytes.is_empty() {
        let step = std::future::poll_fn(|context| step(stream, inbox, bytes, clock, context)).await;
        match step {
            Ok(Step::Wrote(0)) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(Step::Wrote(written)) => bytes = &bytes[written..],
            // The peer sends nothing more, and does not want the rest either.
            Ok(Step::Read(0)) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(Step::Read(_)) => {
                if has_response(inbox) {
                    return Ok(Sent::InPart);
                }
            }
            Err(error) => return last_words(stream, inbox, error, clock).await,
        }
    }
    Ok(Sent::All)
}

fn step<S: Wire>(
    stream: &mut S,
    inbox: &mut Inbox,
    bytes: &[u8],
    clock: &Clock,
    context: &mut Context<'_>,
) -> Poll<io::Result<Step>> {
    match Pin::new(&mut *stream).poll_write(context, bytes) {
        Poll::Ready(written) => Poll::Ready(written.map(Step::Wrote)),
        Poll::Pending if inbox.has_room() => inbox.poll_read(stream, clock, context).map_ok(Step::Read),
        Poll::Pending => Poll::Pending,
    }
}

/// Whether there is more than interim responses, which ask for the rest of the body. Complete interim ones are skipped.
fn has_response(inbox: &mut Inbox) -> bool {
    loop {
        let unread = inbox.unread();
        if unread.is_empty() {
            inbox.clear();
            return false;
        }
        // A switch of protocols asks for nothing.
        let interim = b"HTTP/1.1 1";
        let is_interim = unread.starts_with(interim) && !unread.starts_with(b"HTTP/1.1 101");
        if !is_interim && !interim.starts_with(unread) {
            return true;
        }
        let Some(end) = memchr::memmem::find(unread, b"\r\n\r\n") else { return false };
        inbox.take(end + 4);
    }
}
