//! Decodes chunked bodies strictly: RFC 9112, section 7.1.

use super::body_check::BodyCheck;

/// Extensions and trailers are skipped, up to this many bytes.
const MOST_OVERHEAD: usize = 64 * 1024;

/// The bytes do not form a chunked body.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Malformed;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Size,
    Extension,
    SizeLineFeed,
    Data,
    DataReturn,
    DataLineFeed,
    TrailerStart,
    Trailer,
    TrailerLineFeed,
    LastLineFeed,
    Done,
}

/// A chunked body that is being decoded.
#[derive(Debug)]
pub(super) struct ChunkedDecoder {
    state: State,
    size: u64,
    digits: u8,
    overhead: usize,
}

impl ChunkedDecoder {
    /// A decoder that expects the first chunk.
    pub(super) fn new() -> Self {
        Self { state: State::Size, size: 0, digits: 0, overhead: 0 }
    }

    /// Whether the body is complete, trailers included.
    pub(super) fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// Consumes bytes up to the end of the body; returns how many.
    pub(super) fn feed(&mut self, bytes: &[u8], body: &mut BodyCheck<'_>) -> Result<usize, Malformed> {
        let mut at = 0;
        while at < bytes.len() && self.state != State::Done {
            if self.state == State::Data {
                let take = usize::try_from(self.size).unwrap_or(usize::MAX).min(bytes.len() - at);
                body.feed(&bytes[at..at + take]);
                self.size -= take as u64;
                at += take;
                if self.size == 0 {
                    self.state = State::DataReturn;
                }
            } else {
                self.step(bytes[at])?;
                at += 1;
            }
        }
        Ok(at)
    }

    fn step(&mut self, byte: u8) -> Result<(), Malformed> {
        self.state = match (self.state, byte) {
            (State::Size, byte) if byte.is_ascii_hexdigit() => return self.digit(byte),
            (State::Size, b'\r') if self.digits > 0 => State::SizeLineFeed,
            (State::Size, b';' | b' ' | b'\t') if self.digits > 0 => State::Extension,
            (State::Extension, b'\r') => State::SizeLineFeed,
            (State::Extension, byte) if byte != b'\n' => return self.skip(State::Extension),
            (State::SizeLineFeed, b'\n') if self.size == 0 => State::TrailerStart,
            (State::SizeLineFeed, b'\n') => State::Data,
            (State::DataReturn, b'\r') => State::DataLineFeed,
            (State::DataLineFeed, b'\n') => {
                (self.size, self.digits) = (0, 0);
                State::Size
            }
            (State::TrailerStart, b'\r') => State::LastLineFeed,
            (State::Trailer, b'\r') => State::TrailerLineFeed,
            (State::TrailerStart | State::Trailer, byte) if byte != b'\n' => {
                return self.skip(State::Trailer);
            }
            (State::TrailerLineFeed, b'\n') => State::TrailerStart,
            (State::LastLineFeed, b'\n') => State::Done,
            _ => return Err(Malformed),
        };
        Ok(())
    }

    fn digit(&mut self, byte: u8) -> Result<(), Malformed> {
        let value = char::from(byte).to_digit(16).ok_or(Malformed)?;
        self.digits += 1;
        // Sixteen digits fill the counter, and no body is that long.
        if self.digits > 15 {
            return Err(Malformed);
        }
        self.size = self.size * 16 + u64::from(value);
        Ok(())
    }

    fn skip(&mut self, state: State) -> Result<(), Malformed> {
        self.state = state;
        self.overhead += 1;
        if self.overhead > MOST_OVERHEAD { Err(Malformed) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(bytes: &[u8], cut: usize) -> Result<(u64, usize, bool), Malformed> {
        let mut body = BodyCheck::new(None, None);
        let mut decoder = ChunkedDecoder::new();
        let mut taken = 0;
        for part in [&bytes[..cut], &bytes[cut..]] {
            taken += decoder.feed(part, &mut body)?;
        }
        Ok((body.bytes(), taken, decoder.is_done()))
    }

    #[test]
    fn bodies_are_decoded_wherever_they_are_cut() {
        let text = b"4;name=\"v\"\r\nwiki\r\n10\r\n0123456789abcdef\r\n0\r\nTrailer: x\r\n\r\nleft";
        for cut in 0..text.len() {
            assert_eq!(decode(text, cut), Ok((20, text.len() - 4, true)), "cut at {cut}");
        }
    }

    #[test]
    fn malformed_bodies_are_refused() {
        let long = format!("{}\r\n", "f".repeat(16));
        let many = format!("1;{}\r\n", "x".repeat(MOST_OVERHEAD + 2));
        for text in ["zzz\r\n", "\r\n", "-1\r\n", "4\nwiki", "4\r\nwikix", &long, &many, "0\r\n\n"] {
            assert_eq!(decode(text.as_bytes(), 0), Err(Malformed), "{text:.20}");
        }
    }

    #[test]
    fn a_cut_body_is_not_done() {
        assert_eq!(decode(b"4\r\nwi", 0), Ok((2, 5, false)));
    }
}
