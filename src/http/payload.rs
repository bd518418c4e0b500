//! The body of a request beyond what is sent with its head: files, which are read while they are sent, and what is between.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};

/// A file is read and sent in pieces of this size.
const PIECE: usize = 256 * 1024;

/// A part of a body that does not go with the head.
#[derive(Debug, Clone)]
pub(super) enum Segment {
    /// Bytes in memory.
    Bytes(Bytes),
    /// A file, and its length when the request was prepared.
    File(Arc<Path>, u64),
}

impl Segment {
    /// A file of this length.
    pub(super) fn file(path: &Path, length: u64) -> Self {
        Self::File(Arc::from(path), length)
    }

    /// Length in bytes.
    pub(super) fn length(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::File(_, length) => *length,
        }
    }

    /// Opened for one request.
    /// # Errors
    /// The error of the operating system, where a file cannot be opened.
    pub(super) fn open(&self) -> io::Result<Open> {
        Ok(match self {
            Self::Bytes(bytes) => Open::Bytes(bytes.clone()),
            Self::File(path, length) => Open::File(OpenFile { file: File::open(path)?, left: *length }),
        })
    }
}

/// A segment that is being sent.
#[derive(Debug)]
pub(super) enum Open {
    Bytes(Bytes),
    File(OpenFile),
}

impl Open {
    fn left(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::File(file) => file.left,
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

/// A body as hyper sends it.
#[derive(Debug)]
pub(super) struct Outgoing {
    bytes: Bytes,
    /// What follows; empty for most bodies.
    after: VecDeque<Open>,
    /// Bytes that were not handed on yet, for whoever waits for the response; `None` for an empty body.
    left: Option<Arc<AtomicU64>>,
}

impl Outgoing {
    /// These bytes and what follows them, its files opened.
    /// # Errors
    /// As [`Segment::open`].
    pub(super) fn of(bytes: Bytes, after: &[Segment]) -> io::Result<Self> {
        let length = bytes.len() as u64 + after.iter().map(Segment::length).sum::<u64>();
        let left = (length > 0).then(|| Arc::new(AtomicU64::new(length)));
        Ok(Self { bytes, after: after.iter().map(Segment::open).collect::<io::Result<_>>()?, left })
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
        while body.after.front().is_some_and(|next| next.left() == 0) {
            body.after.pop_front();
        }
        let piece = match body.after.front_mut() {
            None => return Poll::Ready(None),
            Some(Open::Bytes(bytes)) => Ok(std::mem::take(bytes)),
            Some(Open::File(file)) => {
                let mut piece = Vec::new();
                file.next(&mut piece).map(|()| Bytes::from(piece))
            }
        };
        Poll::Ready(Some(piece.map(|piece| body.frame(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_empty() && self.after.iter().all(|segment| segment.left() == 0)
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.len() as u64 + self.after.iter().map(Open::left).sum::<u64>())
    }
}
