//! A stream as an exchange needs it: what nearly always succeeds at once is tried at once, without asking to be woken.

use std::io;
use std::pin::Pin;
use std::task::Context;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

/// A stream that carries HTTP.
pub trait Wire: AsyncRead + AsyncWrite + Unpin {
    /// Writes as much as goes without waiting; 0 where none does.
    fn write_at_once(&mut self, _bytes: &[u8]) -> io::Result<usize> {
        Ok(0)
    }

    /// Whether a read would not wait: something came, or the end.
    ///
    /// Costs no system call where nothing happened: the runtime knows.
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
