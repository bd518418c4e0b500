//! A socket that notes when the request was written, and stops reading where a response is larger than anybody needs.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::client::TlsStream;

use crate::host::monotonic::Clock;
use crate::http::{Socket, Wire};

/// More bytes than this of one response are not read.
pub(super) const MOST_BYTES: u64 = 8 * 1024 * 1024;

/// What a socket notes about the exchange in progress.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// When the last byte was written before anything was read; 0 before that.
    written_ns: AtomicU64,
    has_read: AtomicBool,
    bytes: AtomicU64,
    is_too_large: AtomicBool,
}

impl Notes {
    /// Begins the next exchange.
    pub(super) fn begin(&self) {
        self.written_ns.store(0, Ordering::Relaxed);
        self.has_read.store(false, Ordering::Relaxed);
        self.bytes.store(0, Ordering::Relaxed);
    }

    /// When the request was written; `None` where it was not.
    pub(super) fn written_ns(&self) -> Option<u64> {
        Some(self.written_ns.load(Ordering::Relaxed)).filter(|at| *at > 0)
    }

    /// Whether reading was stopped, because the response is too large.
    pub(super) fn is_too_large(&self) -> bool {
        self.is_too_large.load(Ordering::Relaxed)
    }
}

/// A socket that takes notes.
#[derive(Debug)]
pub(super) struct Stamped {
    socket: Socket,
    clock: Clock,
    notes: Arc<Notes>,
}

impl Stamped {
    /// The socket, taking notes.
    pub(super) fn new(socket: Socket, clock: Clock, notes: Arc<Notes>) -> Self {
        Self { socket, clock, notes }
    }

    fn wrote(&self, written: &Poll<io::Result<usize>>) {
        if matches!(written, Poll::Ready(Ok(bytes)) if *bytes > 0)
            && !self.notes.has_read.load(Ordering::Relaxed)
        {
            self.notes.written_ns.store(self.clock.now_ns(), Ordering::Relaxed);
        }
    }
}

impl AsyncRead for Stamped {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.socket).poll_read(context, buffer);
        let bytes = (buffer.filled().len() - before) as u64;
        if bytes > 0 {
            // What comes before the request, such as the settings of HTTP/2, is no response.
            if self.notes.written_ns.load(Ordering::Relaxed) > 0 {
                self.notes.has_read.store(true, Ordering::Relaxed);
            }
            if self.notes.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes > MOST_BYTES {
                self.notes.is_too_large.store(true, Ordering::Relaxed);
                return Poll::Ready(Err(io::Error::other("the response is too large")));
            }
        }
        read
    }
}

impl AsyncWrite for Stamped {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.socket).poll_write(context, bytes);
        self.wrote(&written);
        written
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.socket).poll_write_vectored(context, slices);
        self.wrote(&written);
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(context)
    }
}

impl Wire for Stamped {}
impl Wire for TlsStream<Stamped> {}
