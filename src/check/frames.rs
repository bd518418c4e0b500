//! Frames of WebSocket connections (RFC 6455, section 5), as far as a ping and its pong need them.
//!
//! Data frames are skipped up to a limit: a server that sends without end is not read without end.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt as _};

/// Most bytes of frames that are read while one is waited for.
const MOST_BYTES: u64 = 1024 * 1024;
/// Most frames that are read while one is waited for.
const MOST_FRAMES: u32 = 1_000;
/// Longest payload of a control frame (section 5.5).
const LONGEST_CONTROL: u64 = 125;

/// What kind of frame it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A text, a binary message, or the continuation of one.
    Data,
    Close,
    Ping,
    Pong,
}

/// A frame of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) kind: Kind,
    /// The payload of a control frame; that of data is skipped.
    pub(super) payload: Vec<u8>,
}

/// Why no frame could be read, as a phrase.
pub(super) type Broken = String;

/// A control frame of the client, which is masked (section 5.3). A payload beyond 125 bytes is cut.
pub(super) fn masked(kind: Kind, payload: &[u8], mask: [u8; 4]) -> Vec<u8> {
    let opcode = match kind {
        Kind::Data => 0x2,
        Kind::Close => 0x8,
        Kind::Ping => 0x9,
        Kind::Pong => 0xA,
    };
    let payload = &payload[..payload.len().min(125)];
    #[expect(clippy::cast_possible_truncation, reason = "at most 125")]
    let mut frame = vec![0x80 | opcode, 0x80 | payload.len() as u8];
    frame.extend(mask);
    frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    frame
}

/// Reads the frames of a server.
pub(super) struct Frames<S> {
    stream: S,
    /// What came with the head of the handshake.
    early: io::Cursor<Vec<u8>>,
    count: u32,
    bytes: u64,
}

impl<S: AsyncRead + Unpin> Frames<S> {
    /// Frames from a stream, after these bytes that were read from it already.
    pub(super) fn new(stream: S, early: Vec<u8>) -> Self {
        Self { stream, early: io::Cursor::new(early), count: 0, bytes: 0 }
    }

    /// The stream, for writing to it.
    pub(super) fn stream(&mut self) -> &mut S {
        &mut self.stream
    }

    /// The next frame.
    /// # Errors
    /// Where the connection ends, the frame breaks a rule of RFC 6455, or too much was read.
    pub(super) async fn next(&mut self) -> Result<Frame, Broken> {
        self.count += 1;
        if self.count > MOST_FRAMES {
            return Err(format!("{MOST_FRAMES} frames came, and no pong"));
        }
        let [first, second] = self.array().await?;
        let kind = match first & 0x0F {
            0x0..=0x2 => Kind::Data,
            0x8 => Kind::Close,
            0x9 => Kind::Ping,
            0xA => Kind::Pong,
            opcode => return Err(format!("a frame has the unknown opcode {opcode}")),
        };
        if first & 0x70 != 0 {
            return Err("a frame uses an extension that was not negotiated".to_owned());
        }
        if second & 0x80 != 0 {
            return Err("a frame of the server is masked".to_owned());
        }
        let length = match second & 0x7F {
            126 => u64::from(u16::from_be_bytes(self.array().await?)),
            127 => u64::from_be_bytes(self.array().await?),
            length => u64::from(length),
        };
        if kind == Kind::Data {
            self.skip(length).await?;
            return Ok(Frame { kind, payload: Vec::new() });
        }
        if length > LONGEST_CONTROL || first & 0x80 == 0 {
            return Err("a control frame is too long, or in several parts".to_owned());
        }
        let mut payload = vec![0; usize::try_from(length).unwrap_or(0)];
        self.fill(&mut payload).await?;
        Ok(Frame { kind, payload })
    }

    async fn array<const N: usize>(&mut self) -> Result<[u8; N], Broken> {
        let mut bytes = [0; N];
        self.fill(&mut bytes).await?;
        Ok(bytes)
    }

    async fn skip(&mut self, length: u64) -> Result<(), Broken> {
        let mut left = length;
        let mut room = [0; 4_096];
        while left > 0 {
            let part = room.len().min(usize::try_from(left).unwrap_or(room.len()));
            self.fill(&mut room[..part]).await?;
            left -= part as u64;
        }
        Ok(())
    }

    async fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Broken> {
        self.bytes += bytes.len() as u64;
        if self.bytes > MOST_BYTES {
            return Err("1 MiB of frames came, and no pong".to_owned());
        }
        let ended = |error: io::Error| match error.kind() {
            io::ErrorKind::UnexpectedEof => "the connection was closed".to_owned(),
            _ => "the connection broke".to_owned(),
        };
        let early = io::Read::read(&mut self.early, bytes).unwrap_or(0);
        self.stream.read_exact(&mut bytes[early..]).await.map(drop).map_err(ended)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ping_is_masked_as_the_standard_shows() {
        // RFC 6455, section 5.7 shows a masked "Hello" with this mask; its pong is 0x8A.
        let hello = masked(Kind::Pong, b"Hello", [0x37, 0xfa, 0x21, 0x3d]);
        assert_eq!(hello, [0x8a, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]);
        assert_eq!(masked(Kind::Ping, &[0; 200], [1; 4]).len(), 6 + 125);
    }

    async fn read(early: &[u8], late: &[u8]) -> Vec<Result<(Kind, Vec<u8>), String>> {
        let (mut frames, mut all) = (Frames::new(late, early.to_vec()), Vec::new());
        loop {
            let next = frames.next().await;
            let is_last = next.is_err();
            all.push(next.map(|frame| (frame.kind, frame.payload)));
            if is_last {
                return all;
            }
        }
    }

    #[tokio::test]
    async fn frames_are_read_wherever_the_head_was_cut() {
        let bytes =
            [&[0x81, 0x02, b'h', b'i', 0x8a, 0x01, 7, 0x82, 126, 0, 200][..], &[9; 200], &[0x88, 0]].concat();
        let expected = [
            Ok((Kind::Data, vec![])),
            Ok((Kind::Pong, vec![7])),
            Ok((Kind::Data, vec![])),
            Ok((Kind::Close, vec![])),
            Err("the connection was closed".to_owned()),
        ];
        for cut in 0..=bytes.len() {
            assert_eq!(read(&bytes[..cut], &bytes[cut..]).await, expected, "{cut}");
        }
    }

    #[tokio::test]
    async fn what_breaks_the_rules_is_named() {
        async fn check(bytes: &[u8], expected: &str) {
            let last = read(&[], bytes).await.pop().unwrap().unwrap_err();
            assert!(last.contains(expected), "{bytes:?}: {last}");
        }
        check(&[0x83, 0], "opcode 3").await;
        check(&[0xC1, 0], "extension").await;
        check(&[0x81, 0x80, 1, 2, 3, 4], "masked").await;
        check(&[0x89, 126, 0, 200], "too long").await;
        check(&[0x09, 0], "several parts").await;
        check(&[0x82, 127, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1], "closed").await;
        check(&[&[0x82, 127, 0, 0, 0, 0, 0, 0x20, 0, 0][..], &vec![0; 2 << 20]].concat(), "1 MiB").await;
        check(&[0x81, 0].repeat(2_000), "1000 frames").await;
    }
}
