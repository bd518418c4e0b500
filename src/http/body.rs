//! Where a body ends: by its length, its chunks, or the end of its connection.

use super::body_check::BodyCheck;
use super::chunked::{ChunkedDecoder, Malformed};
use super::head::Framing;

/// What is left of a body.
#[derive(Debug)]
pub(super) enum Remaining {
    /// So many bytes.
    Length(u64),
    /// Chunks.
    Chunked(ChunkedDecoder),
    /// All there is until the connection closes.
    UntilClose,
}

impl Remaining {
    /// All of a body.
    pub(super) fn of(framing: Framing) -> Self {
        match framing {
            Framing::Length(length) => Self::Length(length),
            Framing::Chunked => Self::Chunked(ChunkedDecoder::new()),
            Framing::UntilClose => Self::UntilClose,
        }
    }

    /// Whether nothing is left. A body that ends with its connection never knows.
    pub(super) fn is_done(&self) -> bool {
        match self {
            Self::Length(left) => *left == 0,
            Self::Chunked(decoder) => decoder.is_done(),
            Self::UntilClose => false,
        }
    }

    /// Takes bytes up to the end of the body; returns how many it took.
    pub(super) fn feed(&mut self, bytes: &[u8], body: &mut BodyCheck<'_>) -> Result<usize, Malformed> {
        match self {
            Self::Length(left) => {
                let take = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                body.feed(&bytes[..take]);
                *left -= take as u64;
                Ok(take)
            }
            Self::Chunked(decoder) => decoder.feed(bytes, body),
            Self::UntilClose => {
                body.feed(bytes);
                Ok(bytes.len())
            }
        }
    }
}
