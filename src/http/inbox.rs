//! Bytes that were read from a connection and not yet consumed, with the time of the last read.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, ReadBuf};

use crate::host::monotonic::Clock;

/// Room for a typical response in one read.
const BUFFER: usize = 16 * 1024;
/// Longer heads are rejected, so that no peer can make the buffer grow.
pub(super) const LONGEST_HEAD: usize = 256 * 1024;

/// Bytes that were read and not yet consumed.
#[derive(Debug)]
pub(super) struct Inbox {
    buffer: Vec<u8>,
    /// Start and end of the unread part of the buffer.
    start: usize,
    end: usize,
    /// Time at which the last read returned, in nanoseconds of the run's clock.
    pub(super) read_at_ns: u64,
}

impl Inbox {
    /// An empty one.
    pub(super) fn new() -> Self {
        Self { buffer: vec![0; BUFFER], start: 0, end: 0, read_at_ns: 0 }
    }

    /// The bytes that were not consumed yet.
    pub(super) fn unread(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// Consumes bytes.
    pub(super) fn take(&mut self, length: usize) {
        self.start += length;
    }

    /// Drops all bytes.
    pub(super) fn clear(&mut self) {
        (self.start, self.end) = (0, 0);
    }

    /// Whether a read would find room.
    pub(super) fn has_room(&self) -> bool {
        self.end < self.buffer.len()
    }

    /// Moves the unread bytes to the front, and grows up to the longest head; `false` where they are longer.
    pub(super) fn make_room(&mut self) -> bool {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        if self.end >= LONGEST_HEAD {
            return false;
        }
        if self.end == self.buffer.len() {
            self.buffer.resize((self.buffer.len() * 2).min(LONGEST_HEAD), 0);
        }
        true
    }

    /// Reads at least one byte.
    pub(super) async fn fill<S: AsyncRead + Unpin>(
        &mut self,
        stream: &mut S,
        clock: &Clock,
    ) -> io::Result<()> {
        match self.read(stream, clock).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }

    /// Reads once after the unread part and stamps the read; returns the number of bytes, 0 at the end of the stream.
    pub(super) async fn read<S: AsyncRead + Unpin>(
        &mut self,
        stream: &mut S,
        clock: &Clock,
    ) -> io::Result<usize> {
        std::future::poll_fn(|context| self.poll_read(stream, clock, context)).await
    }

    /// As [`Self::read`], for whoever waits for other things too.
    pub(super) fn poll_read<S: AsyncRead + Unpin>(
        &mut self,
        stream: &mut S,
        clock: &Clock,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        let mut buffer = ReadBuf::new(&mut self.buffer[self.end..]);
        let read = Pin::new(stream).poll_read(context, &mut buffer);
        let filled = buffer.filled().len();
        read.map_ok(|()| {
            self.read_at_ns = clock.now_ns();
            self.end += filled;
            filled
        })
    }
}
