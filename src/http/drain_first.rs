//! A stream that reports a broken connection only after everything that the peer had sent was read.
//!
//! A server that closes an HTTP/2 connection says first which requests it will not process (GOAWAY). A request that crosses
//! the close breaks the pipe, and whoever stops there never reads what would tell that it may be sent again.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::domain::error_reason::ErrorReason;

use super::io_reason::of_alert;

/// A stream that reads to the end before it reports that writing is impossible.
#[derive(Debug)]
pub(super) struct DrainFirst<S> {
    stream: S,
    /// Whether a write failed because the peer has closed.
    is_broken: bool,
    /// Why TLS ended the connection: whoever hands on its error keeps only the text.
    ended: Arc<OnceLock<ErrorReason>>,
}

impl<S> DrainFirst<S> {
    /// Where the reason appears if TLS ends the connection, with an alert for instance.
    pub(super) fn ended(&self) -> Arc<OnceLock<ErrorReason>> {
        Arc::clone(&self.ended)
    }

    /// The stream, as yet unbroken.
    pub(super) fn new(stream: S) -> Self {
        Self { stream, is_broken: false, ended: Arc::default() }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for DrainFirst<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        // A broken connection always becomes readable: with what is left, with its end, or with its error.
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if let Poll::Ready(Err(error)) = &read
            && let Some(reason) = of_alert(error)
        {
            // The first one counts.
            let _ = self.ended.set(reason);
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for DrainFirst<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.is_broken {
            return Poll::Ready(Ok(bytes.len()));
        }
        match Pin::new(&mut self.stream).poll_write(context, bytes) {
            Poll::Ready(Err(error)) if is_closed(&error) => {
                self.is_broken = true;
                Poll::Ready(Ok(bytes.len()))
            }
            written => written,
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let length = slices.iter().map(|slice| slice.len()).sum();
        if self.is_broken {
            return Poll::Ready(Ok(length));
        }
        match Pin::new(&mut self.stream).poll_write_vectored(context, slices) {
            Poll::Ready(Err(error)) if is_closed(&error) => {
                self.is_broken = true;
                Poll::Ready(Ok(length))
            }
            written => written,
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.is_broken {
            return Poll::Ready(Ok(()));
        }
        match Pin::new(&mut self.stream).poll_flush(context) {
            Poll::Ready(Err(error)) if is_closed(&error) => {
                self.is_broken = true;
                Poll::Ready(Ok(()))
            }
            flushed => flushed,
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

fn is_closed(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset)
}
