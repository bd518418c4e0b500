//! A stream over bytes in memory that delivers them in pieces, like a peer whose packets have one size.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::stream::Wire;

/// A stream that accepts and discards all writes, and delivers these bytes.
#[derive(Debug)]
pub(super) struct ScriptedStream<'a> {
    left: &'a [u8],
    size: usize,
}

impl<'a> ScriptedStream<'a> {
    /// Delivers at most `size` bytes per read, and at least one.
    pub(super) fn new(bytes: &'a [u8], size: usize) -> Self {
        Self { left: bytes, size: size.max(1) }
    }
}

impl AsyncRead for ScriptedStream<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let (piece, left) = self.left.split_at(self.size.min(self.left.len()).min(buffer.remaining()));
        buffer.put_slice(piece);
        self.left = left;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for ScriptedStream<'_> {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl Wire for ScriptedStream<'_> {}
