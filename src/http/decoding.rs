//! Content encodings: undone only where somebody looks into a body, and only once its last byte was stamped.

use std::io::{self, BufRead, BufReader, Read};
use std::ops::ControlFlow;

use flate2::bufread::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use ruzstd::decoding::{FrameDecoder, StreamingDecoder};

/// A body decodes to at most this many bytes; more is not a response but an attack.
const LONGEST: u64 = 1 << 30;

/// How a body is encoded, according to its `content-encoding`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Encoding {
    /// Not at all.
    #[default]
    Identity,
    /// `gzip`, or `x-gzip`.
    Gzip,
    /// `deflate`: zlib, and in practice also raw deflate.
    Deflate,
    /// `br`
    Brotli,
    /// `zstd`
    Zstd,
    /// Another encoding.
    Unknown,
}

/// The encodings of a body, in the order in which they were applied; at most three.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Encodings([Encoding; 3]);

impl Encodings {
    /// The encodings that a header names.
    pub(super) fn of(value: &[u8]) -> Self {
        let mut all = Self::default();
        let named =
            value.split(|byte| *byte == b',').map(Encoding::of).filter(|one| *one != Encoding::Identity);
        for (index, one) in named.enumerate() {
            match all.0.get_mut(index) {
                Some(place) => *place = one,
                None => all.0[0] = Encoding::Unknown,
            }
        }
        all
    }

    /// Whether there is none.
    pub(super) fn is_identity(self) -> bool {
        self == Self::default()
    }

    /// Decodes a whole body piece by piece; returns the number of bytes that it decodes to, or `None` where the receiver
    /// of the pieces broke off. Memory does not grow with the body.
    /// # Errors
    /// [`io::Error`] where the bytes are not encoded like this, or decode to more than 1 GiB.
    pub(super) fn decode(
        self,
        body: &[u8],
        mut piece: impl FnMut(&[u8]) -> ControlFlow<()>,
    ) -> io::Result<Option<u64>> {
        let mut source: Source<'_> = Box::new(body);
        for outer in self.0.iter().rev().filter(|one| **one != Encoding::Identity) {
            source = outer.undone(source)?;
        }
        let mut length = 0;
        loop {
            let decoded = match source.fill_buf() {
                Ok([]) => return Ok(Some(length)),
                Ok(decoded) => decoded,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            let taken = decoded.len();
            length += taken as u64;
            if length > LONGEST {
                return Err(io::ErrorKind::FileTooLarge.into());
            }
            if piece(decoded).is_break() {
                return Ok(None);
            }
            source.consume(taken);
        }
    }
}

/// Bytes before or after an encoding was undone.
type Source<'b> = Box<dyn BufRead + 'b>;

impl Encoding {
    /// The encoding that a header names.
    pub(super) fn of(value: &[u8]) -> Self {
        let is = |name: &str| value.trim_ascii().eq_ignore_ascii_case(name.as_bytes());
        if is("gzip") || is("x-gzip") {
            Self::Gzip
        } else if is("identity") || is("") {
            Self::Identity
        } else if is("deflate") {
            Self::Deflate
        } else if is("br") {
            Self::Brotli
        } else if is("zstd") {
            Self::Zstd
        } else {
            Self::Unknown
        }
    }

    /// What bytes are without this encoding.
    /// # Errors
    /// [`io::Error`] where they cannot be read, or the encoding is not known.
    fn undone(self, mut source: Source<'_>) -> io::Result<Source<'_>> {
        let beginning = source.fill_buf()?;
        // Nothing was sent, so there is nothing to decode: a server may say `gzip` and send no byte.
        if beginning.is_empty() {
            return Ok(source);
        }
        Ok(match self {
            Self::Identity => source,
            Self::Gzip => buffered(MultiGzDecoder::new(source)),
            Self::Deflate if is_zlib(beginning) => buffered(ZlibDecoder::new(source)),
            Self::Deflate => buffered(DeflateDecoder::new(source)),
            Self::Brotli => buffered(brotli_decompressor::Decompressor::new(source, 4_096)),
            Self::Zstd => buffered(Frames { source: Some(source), frame: None }),
            Self::Unknown => return Err(io::ErrorKind::Unsupported.into()),
        })
    }
}

fn buffered<'b>(decoder: impl Read + 'b) -> Source<'b> {
    // One byte more than the longest body, so that a longer one is seen to be.
    Box::new(BufReader::with_capacity(64 * 1024, decoder.take(LONGEST + 1)))
}

/// Whether bytes begin with a header of zlib: the method is deflate, and its check bits are right.
fn is_zlib(body: &[u8]) -> bool {
    match body {
        [first, second, ..] => {
            first & 0x0f == 8 && (u16::from(*first) << 8 | u16::from(*second)).is_multiple_of(31)
        }
        _ => false,
    }
}

/// The frames of a zstd body, one after the other.
struct Frames<'b> {
    /// What is left, between two frames.
    source: Option<Source<'b>>,
    frame: Option<StreamingDecoder<Source<'b>, FrameDecoder>>,
}

impl Read for Frames<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(frame) = &mut self.frame {
                let read = frame.read(buffer)?;
                if read > 0 {
                    return Ok(read);
                }
                self.source = self.frame.take().map(StreamingDecoder::into_inner);
            }
            let Some(mut source) = self.source.take() else { return Ok(0) };
            if source.fill_buf()?.is_empty() {
                return Ok(0);
            }
            self.frame = Some(StreamingDecoder::new(source).map_err(io::Error::other)?);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn decoded(encodings: Encodings, body: &[u8]) -> io::Result<String> {
        let mut text = Vec::new();
        let length = encodings.decode(body, |piece| {
            text.extend_from_slice(piece);
            ControlFlow::Continue(())
        })?;
        assert_eq!(length, Some(text.len() as u64));
        Ok(String::from_utf8(text).unwrap())
    }

    fn packed<W: Write>(make: impl Fn(Vec<u8>) -> W, finish: impl Fn(W) -> io::Result<Vec<u8>>) -> Vec<u8> {
        let mut writer = make(Vec::new());
        writer.write_all(b"all is well here").unwrap();
        finish(writer).unwrap()
    }

    #[test]
    fn every_encoding_is_undone_and_garbage_is_an_error() {
        use flate2::Compression;
        use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
        let decoded = |encoding, body: &[u8]| {
            decoded(Encodings([encoding, Encoding::Identity, Encoding::Identity]), body)
        };
        let level = Compression::default();
        let gzip = packed(|out| GzEncoder::new(out, level), GzEncoder::finish);
        let zlib = packed(|out| ZlibEncoder::new(out, level), ZlibEncoder::finish);
        let raw = packed(|out| DeflateEncoder::new(out, level), DeflateEncoder::finish);
        // `printf 'all is well here' | brotli -c` and `| zstd -c`.
        let brotli = b"\x8f\x07\x80all is well here\x03";
        let zstd = b"\x28\xb5\x2f\xfd\x00\x58\x81\x00\x00all is well here";
        for (encoding, body) in [
            (Encoding::Identity, b"all is well here".as_slice()),
            (Encoding::Gzip, &gzip),
            (Encoding::Deflate, &zlib),
            (Encoding::Deflate, &raw),
            (Encoding::Brotli, brotli),
            (Encoding::Zstd, zstd),
        ] {
            assert_eq!(decoded(encoding, body).unwrap(), "all is well here", "{encoding:?}");
            assert_eq!(decoded(encoding, b"").unwrap(), "", "{encoding:?}");
            if encoding != Encoding::Identity {
                assert!(decoded(encoding, b"{\"not\": \"encoded\"}").is_err(), "{encoding:?}");
                assert!(decoded(encoding, &body[..body.len() - 3]).is_err(), "{encoding:?} cut");
            }
        }
        // Two members, and two frames, one after the other.
        assert_eq!(decoded(Encoding::Gzip, &gzip.repeat(2)).unwrap(), "all is well here".repeat(2));
        assert_eq!(decoded(Encoding::Zstd, &zstd.repeat(2)).unwrap(), "all is well here".repeat(2));
        assert!(decoded(Encoding::Unknown, b"x").is_err());
    }

    #[test]
    fn several_encodings_are_undone_in_turn() {
        let body = b"\x8f\x07\x80all is well here\x03";
        let level = flate2::Compression::default();
        let mut twice = flate2::write::GzEncoder::new(Vec::new(), level);
        twice.write_all(body).unwrap();
        let twice = twice.finish().unwrap();
        let decoded = |names: &str, body: &[u8]| decoded(Encodings::of(names.as_bytes()), body).ok();
        assert_eq!(decoded("br, gzip", &twice).unwrap(), "all is well here");
        assert_eq!(decoded("br,identity", body).unwrap(), "all is well here");
        assert_eq!(decoded("gzip, br", &twice), None);
        assert_eq!(decoded("br, gzip, gzip, gzip", &twice), None);
        assert!(Encodings::of(b"identity").is_identity() && !Encodings::of(b"x").is_identity());
    }

    #[test]
    fn decoding_ends_where_enough_is_known() {
        let zeros = |packed: &[u8]| {
            let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
            writer.write_all(packed).unwrap();
            writer.finish().unwrap()
        };
        let twice = zeros(&zeros(&vec![0; 8 << 20]));
        let mut pieces = 0;
        let decoded = Encodings::of(b"gzip, gzip").decode(&twice, |_| {
            pieces += 1;
            ControlFlow::Break(())
        });
        assert_eq!((decoded.unwrap(), pieces), (None, 1));
        // A body whose end is missing gives what came.
        let mut length = 0;
        let cut = Encodings::of(b"gzip").decode(&zeros(&vec![0; 8 << 20])[..4_000], |piece| {
            length += piece.len();
            ControlFlow::Continue(())
        });
        assert!(cut.is_err() && length > 1 << 20, "{length}");
    }

    #[test]
    fn names_are_read_without_regard_to_case() {
        assert_eq!(Encoding::of(b" GZip "), Encoding::Gzip);
        assert_eq!(Encoding::of(b"x-gzip"), Encoding::Gzip);
        assert_eq!(Encoding::of(b"br"), Encoding::Brotli);
        assert_eq!(Encoding::of(b"gzip, br"), Encoding::Unknown);
        assert_eq!(Encoding::of(b"identity"), Encoding::Identity);
    }
}
