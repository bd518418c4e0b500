//! Where a response body ends: by length, by chunks, or with its connection.

use super::body_check::BodyCheck;
use super::chunked::{ChunkedDecoder, Malformed};
use super::head::Framing;

/// The part of a body that is still to come.
#[derive(Debug)]
pub(super) enum Remaining {
    /// Number of bytes still to come, where the length of the body is known.
    Length(u64),
    /// The rest of a chunked body.
    Chunked(ChunkedDecoder),
    /// All bytes until the connection closes.
    UntilClose,
}

impl Remaining {
    /// The whole body, as its head frames it.
    pub(super) fn of(framing: Framing) -> Self {
        match framing {
            Framing::Length(length) => Self::Length(length),
            Framing::Chunked => Self::Chunked(ChunkedDecoder::new()),
            Framing::UntilClose => Self::UntilClose,
        }
    }

    /// Whether nothing is left; always `false` for a body that ends with its connection.
    pub(super) fn is_done(&self) -> bool {
        match self {
            Self::Length(left) => *left == 0,
            Self::Chunked(decoder) => decoder.is_done(),
            Self::UntilClose => false,
        }
    }

    /// Consumes bytes up to the end of the body; returns how many.
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
