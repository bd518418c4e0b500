//! What a hostile server does with a request that it has read.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How much a huge body has.
pub(crate) const HUGE: usize = 20_000_000;

/// One way to misbehave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Answers as it should.
    Well,
    /// Half a body, then a reset.
    ResetMidBody,
    /// Half a body, then an orderly end.
    ShortBody,
    /// No HTTP at all.
    Garbage,
    /// A head that comes byte by byte and never ends.
    Drip,
    /// A body of [`HUGE`] bytes.
    HugeBody,
    /// A redirect to that URL.
    Redirect(String),
    /// 429, and when to come back.
    TooMany {
        /// In seconds.
        retry_after: u64,
    },
    /// A good answer that says `Connection: close`.
    CloseEach,
    /// A good answer, and then the connection is closed without a word.
    SilentClose,
    /// Good answers, but each request has one chance in this many to have its connection closed instead.
    Drops {
        /// 10 is one in ten.
        one_in: u64,
    },
    /// Nothing, for ever.
    Hang,
    /// Chunks and trailers.
    Chunked,
    /// 103 and 100 before the answer.
    Interim,
    /// A body that ends with the connection.
    NoLength,
    /// Two lengths that differ.
    TwoLengths,
    /// Bytes behind the answer that belong to no request.
    Leftover,
    /// A good answer, and the next request on the connection is taken, thought over, and dropped.
    DropsTheSecond,
    /// A good answer, and to the next request on the connection half of one, and then nothing.
    HalfOfTheSecond,
    /// This status and nothing else.
    Status(u16),
    /// 500 to every second request of a connection.
    EverySecondFails,
    /// 500, with everything that was asked as the body.
    EchoAsError,
}

const GOOD: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
const HALF: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf of it";

/// Whether the next request of all servers is dropped: without a pattern, and the same in every run.
fn is_dropped(one_in: u64) -> bool {
    static ASKED: AtomicU64 = AtomicU64::new(0);
    let mut mixed = ASKED.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (mixed ^ (mixed >> 27)).is_multiple_of(one_in)
}

impl Mode {
    /// Answers; returns whether another request may follow on the connection.
    ///
    /// `number` counts the requests of the connection, from 0.
    pub(crate) fn answer(&self, stream: &mut TcpStream, head: &[u8], number: u64) -> io::Result<bool> {
        let keep = |stream: &mut TcpStream, bytes: &[u8]| stream.write_all(bytes).map(|()| true);
        let close = |stream: &mut TcpStream, bytes: &[u8]| stream.write_all(bytes).map(|()| false);
        match self {
            Self::DropsTheSecond if number > 0 => {
                std::thread::sleep(Duration::from_millis(60));
                Ok(false)
            }
            Self::Drops { one_in } if is_dropped(*one_in) => Ok(false),
            Self::EverySecondFails if number % 2 == 1 => Self::Status(500).answer(stream, head, number),
            Self::Status(status) => {
                keep(stream, format!("HTTP/1.1 {status} Said\r\ncontent-length: 0\r\n\r\n").as_bytes())
            }
            Self::Well | Self::DropsTheSecond | Self::Drops { .. } | Self::EverySecondFails => keep(stream, GOOD),
            Self::HalfOfTheSecond => keep(stream, if number == 0 { GOOD } else { HALF }),
            Self::ResetMidBody | Self::ShortBody => close(stream, HALF),
            Self::Garbage => close(stream, b"\x16\x03\x01 220 mail.example ESMTP\r\n\r\n"),
            Self::Drip => drip(stream),
            Self::HugeBody => {
                stream.write_all(format!("HTTP/1.1 200 OK\r\ncontent-length: {HUGE}\r\n\r\n").as_bytes())?;
                let block = vec![b'x'; 1_000_000];
                (0..HUGE / block.len()).try_for_each(|_| stream.write_all(&block)).map(|()| true)
            }
            Self::Redirect(to) => {
                let text = format!("HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n");
                keep(stream, text.as_bytes())
            }
            Self::TooMany { retry_after } => {
                let text = format!(
                    "HTTP/1.1 429 Too Many Requests\r\nretry-after: {retry_after}\r\ncontent-length: 0\r\n\r\n"
                );
                keep(stream, text.as_bytes())
            }
            Self::CloseEach => {
                close(stream, b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok")
            }
            Self::SilentClose => close(stream, GOOD),
            Self::Hang => stream.read(&mut [0]).map(|_| false),
            Self::Chunked => keep(
                stream,
                b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1;a=b\r\no\r\n1\r\nk\r\n0\r\nx: y\r\n\r\n",
            ),
            Self::Interim => {
                stream.write_all(b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n")?;
                stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
                keep(stream, GOOD)
            }
            Self::NoLength => close(stream, b"HTTP/1.1 200 OK\r\n\r\nok"),
            Self::TwoLengths => {
                close(stream, b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nok")
            }
            Self::Leftover => keep(stream, &[GOOD, b"HTTP/1.1 200 OK\r\n"].concat()),
            Self::EchoAsError => {
                let text = format!("HTTP/1.1 500 Oops\r\ncontent-length: {}\r\n\r\n", head.len());
                keep(stream, &[text.as_bytes(), head].concat())
            }
        }
    }

    /// Ends a connection that is not kept.
    pub(crate) fn hang_up(stream: &TcpStream) {
        let _ = stream.shutdown(Shutdown::Both);
    }
}

/// Ends when the client has lost its patience.
fn drip(stream: &mut TcpStream) -> io::Result<bool> {
    stream.write_all(b"HTTP/1.1 200 OK\r\nx-drip: ")?;
    loop {
        stream.write_all(b"x")?;
        std::thread::sleep(Duration::from_millis(5));
    }
}
