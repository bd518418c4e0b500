//! Content encodings: undone only where somebody looks into a body, and only once its last byte was stamped.

use std::io::{self, Read};

use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

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

    /// Decodes a whole body piece by piece; returns the number of bytes that it decodes to.
    /// # Errors
    /// As [`Encoding::decode`].
    pub(super) fn decode(self, body: Vec<u8>, piece: impl FnMut(&[u8])) -> io::Result<u64> {
        let mut body = body;
        for outer in self.0[1..].iter().rev().filter(|one| **one != Encoding::Identity) {
            let mut inner = Vec::new();
            outer.decode(&body, |piece| inner.extend_from_slice(piece))?;
            body = inner;
        }
        self.0[0].decode(&body, piece)
    }
}

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

    /// Decodes a whole body piece by piece; returns the number of bytes that it decodes to.
    /// # Errors
    /// [`io::Error`] where the bytes are not encoded like this, or decode to more than 1 GiB.
    pub(super) fn decode(self, body: &[u8], mut piece: impl FnMut(&[u8])) -> io::Result<u64> {
        // Nothing was sent, so there is nothing to decode: a server may say `gzip` and send no byte.
        if body.is_empty() {
            return Ok(0);
        }
        match self {
            Self::Identity => {
                piece(body);
                Ok(body.len() as u64)
            }
            Self::Gzip => read_all(MultiGzDecoder::new(body), piece),
            Self::Deflate if is_zlib(body) => read_all(ZlibDecoder::new(body), piece),
            Self::Deflate => read_all(DeflateDecoder::new(body), piece),
            Self::Brotli => read_all(brotli_decompressor::Decompressor::new(body, 4_096), piece),
            Self::Zstd => read_frames(body, piece),
            Self::Unknown => Err(io::ErrorKind::Unsupported.into()),
        }
    }
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

fn read_frames(mut body: &[u8], mut piece: impl FnMut(&[u8])) -> io::Result<u64> {
    let mut length = 0;
    while !body.is_empty() {
        let frame = ruzstd::decoding::StreamingDecoder::new(&mut body).map_err(io::Error::other)?;
        length += read_up_to(LONGEST - length, frame, &mut piece)?;
    }
    Ok(length)
}

fn read_all(from: impl Read, piece: impl FnMut(&[u8])) -> io::Result<u64> {
    read_up_to(LONGEST, from, piece)
}

fn read_up_to(most: u64, mut from: impl Read, mut piece: impl FnMut(&[u8])) -> io::Result<u64> {
    let mut buffer = vec![0; 64 * 1024];
    let mut length = 0;
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return Ok(length),
            Ok(read) => {
                length += read as u64;
                if length > most {
                    return Err(io::ErrorKind::FileTooLarge.into());
                }
                piece(&buffer[..read]);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => (),
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn decoded(encoding: Encoding, body: &[u8]) -> io::Result<String> {
        let mut text = Vec::new();
        let length = encoding.decode(body, |piece| text.extend_from_slice(piece))?;
        assert_eq!(length, text.len() as u64);
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
        let decoded = |names: &str, body: &[u8]| {
            let mut text = Vec::new();
            let length = Encodings::of(names.as_bytes())
                .decode(body.to_vec(), |piece| text.extend_from_slice(piece))
                .ok()?;
            assert_eq!(length, text.len() as u64);
            String::from_utf8(text).ok()
        };
        assert_eq!(decoded("br, gzip", &twice).unwrap(), "all is well here");
        assert_eq!(decoded("br,identity", body).unwrap(), "all is well here");
        assert_eq!(decoded("gzip, br", &twice), None);
        assert_eq!(decoded("br, gzip, gzip, gzip", &twice), None);
        assert!(Encodings::of(b"identity").is_identity() && !Encodings::of(b"x").is_identity());
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
