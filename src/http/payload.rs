//! The body of a request: bytes that are sent with the head, or a file that is read while it is sent.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};

/// A file is read and sent in pieces of this size.
const PIECE: usize = 256 * 1024;

/// The body of a request.
#[derive(Debug, Clone)]
pub(super) enum Payload {
    /// Bytes in memory; empty for a request without a body.
    Bytes(Bytes),
    /// A file, and its length when the request was prepared.
    File(PathBuf, u64),
}

impl Payload {
    /// Length in bytes.
    pub(super) fn length(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::File(_, length) => *length,
        }
    }

    /// The file, opened for one request; `None` for bytes.
    /// # Errors
    /// The error of the operating system, where it cannot be opened.
    pub(super) fn open(&self) -> io::Result<Option<OpenFile>> {
        match self {
            Self::Bytes(_) => Ok(None),
            Self::File(path, length) => Ok(Some(OpenFile { file: File::open(path)?, left: *length })),
        }
    }
}

/// A file that is being sent.
#[derive(Debug)]
pub(super) struct OpenFile {
    file: File,
    left: u64,
}

impl OpenFile {
    /// Reads the next piece into a buffer; an empty one is the end.
    /// # Errors
    /// The error of the operating system, also where the file has become shorter than it was.
    pub(super) fn next(&mut self, buffer: &mut Vec<u8>) -> io::Result<()> {
        let take = usize::try_from(self.left).unwrap_or(usize::MAX).min(PIECE);
        buffer.resize(take, 0);
        self.file.read_exact(buffer)?;
        self.left -= take as u64;
        Ok(())
    }
}

/// A payload as hyper sends it.
#[derive(Debug)]
pub(super) struct Outgoing {
    bytes: Bytes,
    file: Option<OpenFile>,
    /// Bytes that were not handed on yet, for whoever waits for the response; `None` for an empty body.
    left: Option<Arc<AtomicU64>>,
}

impl Outgoing {
    /// The payload, its file opened.
    /// # Errors
    /// As [`Payload::open`].
    pub(super) fn of(payload: &Payload) -> io::Result<Self> {
        let bytes = if let Payload::Bytes(bytes) = payload { bytes.clone() } else { Bytes::new() };
        let left = (payload.length() > 0).then(|| Arc::new(AtomicU64::new(payload.length())));
        Ok(Self { bytes, file: payload.open()?, left })
    }

    /// Bytes that were not sent yet, for as long as the exchange lasts.
    pub(super) fn left(&self) -> Option<Arc<AtomicU64>> {
        self.left.clone()
    }

    fn frame(&self, data: Bytes) -> Frame<Bytes> {
        if let Some(left) = &self.left {
            left.fetch_sub(data.len() as u64, Ordering::Relaxed);
        }
        Frame::data(data)
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let body = self.get_mut();
        if !body.bytes.is_empty() {
            let bytes = std::mem::take(&mut body.bytes);
            return Poll::Ready(Some(Ok(body.frame(bytes))));
        }
        let Some(file) = body.file.as_mut().filter(|file| file.left > 0) else { return Poll::Ready(None) };
        let mut piece = Vec::new();
        let read = file.next(&mut piece);
        Poll::Ready(Some(read.map(|()| body.frame(Bytes::from(piece)))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_empty() && self.file.as_ref().is_none_or(|file| file.left == 0)
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.len() as u64 + self.file.as_ref().map_or(0, |file| file.left))
    }
}
