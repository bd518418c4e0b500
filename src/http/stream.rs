//! A stream as an exchange needs it: operations that nearly always succeed at once are tried first, without a wake-up.

use std::io;
use std::pin::Pin;
use std::task::Context;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

/// A stream that carries HTTP, with non-waiting variants of write and read.
pub trait Wire: AsyncRead + AsyncWrite + Unpin {
    /// Writes as many bytes as possible without waiting; returns 0 if none.
    fn write_at_once(&mut self, _bytes: &[u8]) -> io::Result<usize> {
        Ok(0)
    }

    /// Whether a read would return at once, with bytes or the end of the stream.
    ///
    /// Costs no system call where nothing happened, because the runtime tracks readiness.
    fn has_input(&mut self, context: &mut Context<'_>) -> bool {
        let mut byte = [0_u8; 1];
        Pin::new(self).poll_read(context, &mut ReadBuf::new(&mut byte)).is_ready()
    }
}

impl Wire for TcpStream {
    fn write_at_once(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.try_write(bytes) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(0),
            written => written,
        }
    }

    fn has_input(&mut self, _: &mut Context<'_>) -> bool {
        !matches!(self.try_read(&mut [0_u8; 1]), Err(error) if error.kind() == io::ErrorKind::WouldBlock)
    }
}

impl Wire for TlsStream<TcpStream> {}
