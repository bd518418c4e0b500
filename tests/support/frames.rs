//! HTTP/2 frames by hand, for servers that break the rules.

use std::io::{Read, Write};
use std::net::TcpStream;

use super::raw_server::{RawServer, Then, finish};

pub(crate) const DATA: u8 = 0;
pub(crate) const HEADERS: u8 = 1;
pub(crate) const PRIORITY: u8 = 2;
pub(crate) const RST_STREAM: u8 = 3;
pub(crate) const SETTINGS: u8 = 4;
pub(crate) const PUSH_PROMISE: u8 = 5;
pub(crate) const PING: u8 = 6;
pub(crate) const GOAWAY: u8 = 7;
pub(crate) const WINDOW_UPDATE: u8 = 8;
pub(crate) const CONTINUATION: u8 = 9;

pub(crate) const END_STREAM: u8 = 1;
pub(crate) const END_HEADERS: u8 = 4;
pub(crate) const PADDED: u8 = 8;

/// `:status: 200` as a header block.
pub(crate) const STATUS_200: &[u8] = &[0x88];

/// One frame.
pub(crate) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut frame = length[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

/// A header without an index, as part of a header block.
pub(crate) fn header(name: &str, value: &str) -> Vec<u8> {
    let mut block = vec![0];
    for text in [name, value] {
        integer(&mut block, text.len());
        block.extend(text.as_bytes());
    }
    block
}

/// A length with a prefix of seven bits.
fn integer(block: &mut Vec<u8>, mut value: usize) {
    if value < 127 {
        return block.push(u8::try_from(value).unwrap());
    }
    block.push(127);
    value -= 127;
    while value >= 128 {
        block.push(u8::try_from(value % 128).unwrap() | 128);
        value /= 128;
    }
    block.push(u8::try_from(value).unwrap());
}

/// A header block as one frame of HEADERS and as many of CONTINUATION as it needs.
pub(crate) fn head(stream: u32, flags: u8, block: &[u8]) -> Vec<u8> {
    let mut parts = block.chunks(16_384).peekable();
    let (mut bytes, mut kind, mut flags) = (Vec::new(), HEADERS, flags);
    while let Some(part) = parts.next() {
        let end = if parts.peek().is_none() { END_HEADERS } else { 0 };
        bytes.extend(frame(kind, flags | end, stream, part));
        (kind, flags) = (CONTINUATION, 0);
    }
    bytes
}

/// A whole response with the body `hello`.
pub(crate) fn response(stream: u32) -> Vec<u8> {
    [head(stream, 0, STATUS_200), frame(DATA, END_STREAM, stream, b"hello")].concat()
}

/// A connection from the server's side, after the preface and the settings of both.
pub(crate) struct Peer {
    pub(crate) stream: TcpStream,
}

impl Peer {
    /// Waits for the next request; returns the number of its stream, or `None` at the end of the connection.
    pub(crate) fn request(&mut self) -> Option<u32> {
        loop {
            let mut head = [0; 9];
            self.stream.read_exact(&mut head).ok()?;
            let length = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
            self.stream.read_exact(&mut vec![0; length]).ok()?;
            let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
            match head[3] {
                HEADERS => return Some(stream),
                SETTINGS if head[4] == 0 => self.send(&frame(SETTINGS, 1, 0, &[])),
                _ => (),
            }
        }
    }

    /// Sends bytes; a client that has gone is its own affair.
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes);
    }

    /// Ends the connection.
    pub(crate) fn finish(mut self, then: Then) {
        finish(&mut self.stream, then);
    }
}

/// A server that speaks HTTP/2 with prior knowledge, each connection as told.
pub(crate) fn serving(serve: impl Fn(Peer) + Send + Sync + 'static) -> RawServer {
    RawServer::serving(move |mut stream, _| {
        let mut preface = [0; 24];
        if stream.read_exact(&mut preface).is_err() {
            return;
        }
        let mut peer = Peer { stream };
        peer.send(&frame(SETTINGS, 0, 0, &[]));
        serve(peer);
    })
}
