//! WebSocket connections of the demo server: the handshake, and a server that returns what it is sent.
//!
//! Everything is bounded: connections, the length of a frame, and the time without one. Frames follow RFC 6455, section 5.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::header::{self, HeaderMap, HeaderName};
use hyper::http::request::Parts;
use hyper::upgrade::OnUpgrade;
use hyper::{Method, StatusCode, Version};
use hyper_util::rt::TokioIo;
use sha1::{Digest as _, Sha1};
use tokio::io::{self, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;

/// Connections that are open at once.
pub(super) const MOST_SOCKETS: usize = 1_024;
/// Longest payload of a frame. Units: bytes.
const LONGEST_PAYLOAD: u64 = 64 * 1_024;
/// Longest payload of a control frame. Units: bytes.
const LONGEST_CONTROL: u64 = 125;
/// Time without a frame, after which the connection is closed.
const PATIENCE: Duration = Duration::from_secs(75);
/// Time for the client to close its side, and to take what is written.
const FAREWELL: Duration = Duration::from_secs(1);
/// What a key is hashed with (RFC 6455, section 1.3).
const ACCEPTS: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

const GOING_AWAY: u16 = 1_001;
const PROTOCOL_ERROR: u16 = 1_002;
const TOO_LARGE: u16 = 1_009;

/// The value of `Sec-WebSocket-Accept` for a handshake.
///
/// # Errors
/// The status of the refusal: 405 for another method, 426 where no WebSocket connection of version 13 is asked for, 400
/// for a key that is none.
pub(super) fn accept(head: &Parts) -> Result<String, StatusCode> {
    if head.method != Method::GET {
        return Err(StatusCode::METHOD_NOT_ALLOWED);
    }
    let asks = head.version == Version::HTTP_11
        && has_token(&head.headers, &header::UPGRADE, "websocket")
        && has_token(&head.headers, &header::CONNECTION, "upgrade")
        && head.headers.get(header::SEC_WEBSOCKET_VERSION).is_some_and(|version| version == "13");
    if !asks {
        return Err(StatusCode::UPGRADE_REQUIRED);
    }
    let key = head.headers.get(header::SEC_WEBSOCKET_KEY).ok_or(StatusCode::BAD_REQUEST)?.as_bytes();
    match STANDARD.decode(key) {
        Ok(nonce) if nonce.len() == 16 => Ok(accept_of(key)),
        _ => Err(StatusCode::BAD_REQUEST),
    }
}

fn accept_of(key: &[u8]) -> String {
    STANDARD.encode(Sha1::new().chain_update(key).chain_update(ACCEPTS).finalize())
}

fn has_token(headers: &HeaderMap, name: &HeaderName, token: &str) -> bool {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|found| found.trim().eq_ignore_ascii_case(token))
}

/// Serves a connection once it is upgraded, until either side closes it.
pub(super) async fn serve(upgrade: OnUpgrade, _permit: OwnedSemaphorePermit) {
    // It fails where the client left before it had the response.
    if let Ok(upgraded) = upgrade.await {
        echo(&mut TokioIo::new(upgraded)).await;
    }
}

/// How a connection ends.
enum End {
    /// A closing handshake with this payload: empty, or a code and a reason.
    Close(Vec<u8>),
    /// The connection is gone.
    Lost,
}

impl End {
    fn code(code: u16) -> Self {
        Self::Close(code.to_be_bytes().to_vec())
    }
}

impl From<io::Error> for End {
    fn from(_: io::Error) -> Self {
        Self::Lost
    }
}

struct Frame {
    /// The first byte: whether it is the last frame of its message, and its kind.
    first: u8,
    payload: Vec<u8>,
}

async fn echo<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S) {
    let Err(End::Close(payload)) = exchange(stream).await else { return };
    let said = timeout(FAREWELL, write(stream, 0x80 | CLOSE, &payload)).await;
    if matches!(said, Ok(Ok(()))) {
        let _ = stream.shutdown().await;
        // The client's bytes are read to their end, or a reset could overtake what was written.
        let _ = timeout(FAREWELL, io::copy(&mut stream.take(LONGEST_PAYLOAD), &mut io::sink())).await;
    }
}

/// Returns every message, and answers every ping; returns how the connection ends.
async fn exchange<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S) -> Result<(), End> {
    let mut in_message = false;
    loop {
        let frame = timeout(PATIENCE, read(stream)).await.unwrap_or(Err(End::code(GOING_AWAY)))?;
        let (is_last, kind) = (frame.first & 0x80 != 0, frame.first & 0x0f);
        match kind {
            // A message may come in pieces, which are returned as they are.
            0 | TEXT | BINARY if (kind == 0) == in_message => {
                in_message = !is_last;
                say(stream, frame.first, &frame.payload).await?;
            }
            PING => say(stream, 0x80 | PONG, &frame.payload).await?,
            PONG => {}
            CLOSE if frame.payload.len() != 1 => return Err(End::Close(frame.payload)),
            _ => return Err(End::code(PROTOCOL_ERROR)),
        }
    }
}

async fn read<S: AsyncRead + Unpin>(stream: &mut S) -> Result<Frame, End> {
    let first = stream.read_u8().await?;
    let second = stream.read_u8().await?;
    let length = match second & 0x7f {
        126 => u64::from(stream.read_u16().await?),
        127 => stream.read_u64().await?,
        short => u64::from(short),
    };
    let is_control = first & 0x08 != 0;
    // Reserved bits need an extension, clients mask what they send, and control frames are short and whole.
    let is_wrong = first & 0x70 != 0
        || second & 0x80 == 0
        || (is_control && (first & 0x80 == 0 || length > LONGEST_CONTROL));
    if is_wrong {
        return Err(End::code(PROTOCOL_ERROR));
    }
    if length > LONGEST_PAYLOAD {
        return Err(End::code(TOO_LARGE));
    }
    let mut mask = [0; 4];
    stream.read_exact(&mut mask).await?;
    let mut payload = vec![0; usize::try_from(length).map_err(|_| End::code(TOO_LARGE))?];
    stream.read_exact(&mut payload).await?;
    for (byte, key) in payload.iter_mut().zip(mask.iter().cycle()) {
        *byte ^= key;
    }
    Ok(Frame { first, payload })
}

/// Writes a frame; a client that does not take it is lost.
async fn say<S: AsyncWrite + Unpin>(stream: &mut S, first: u8, payload: &[u8]) -> Result<(), End> {
    timeout(PATIENCE, write(stream, first, payload)).await.map_err(|_| End::Lost)?.map_err(End::from)
}

async fn write<S: AsyncWrite + Unpin>(stream: &mut S, first: u8, payload: &[u8]) -> io::Result<()> {
    let mut frame = vec![first];
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(short @ ..126), _) => frame.push(short),
        (_, Ok(long)) => {
            frame.push(126);
            frame.extend(long.to_be_bytes());
        }
        _ => {
            frame.push(127);
            frame.extend((payload.len() as u64).to_be_bytes());
        }
    }
    frame.extend(payload);
    stream.write_all(&frame).await?;
    stream.flush().await
}

#[cfg(test)]
mod tests {
    use hyper::Request;

    use super::*;

    fn refusal(change: impl Fn(&mut Request<()>)) -> Result<String, u16> {
        let mut request = Request::builder()
            .header("connection", "keep-alive, Upgrade")
            .header("upgrade", "WebSocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
            .body(())
            .unwrap();
        change(&mut request);
        accept(&request.into_parts().0).map_err(|status| status.as_u16())
    }

    fn set(name: &'static str, value: &'static str) -> impl Fn(&mut Request<()>) {
        move |request| drop(request.headers_mut().insert(name, header::HeaderValue::from_static(value)))
    }

    #[test]
    fn a_handshake_is_accepted_or_refused_with_its_status() {
        // The example of RFC 6455, section 1.3.
        assert_eq!(refusal(|_| ()), Ok("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=".to_owned()));
        assert_eq!(refusal(|request| *request.method_mut() = Method::POST), Err(405));
        assert_eq!(refusal(|request| *request.version_mut() = Version::HTTP_10), Err(426));
        assert_eq!(refusal(set("upgrade", "h2c")), Err(426));
        assert_eq!(refusal(set("connection", "close")), Err(426));
        assert_eq!(refusal(set("sec-websocket-version", "8")), Err(426));
        assert_eq!(refusal(set("sec-websocket-key", "short")), Err(400));
        assert_eq!(refusal(set("sec-websocket-key", "AAAA")), Err(400));
        assert_eq!(refusal(|request| drop(request.headers_mut().remove("sec-websocket-key"))), Err(400));
    }

    /// What the server sends to a client that sends these bytes and closes its side.
    fn answer(sent: &[u8]) -> Vec<u8> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let (mut client, mut server) = io::duplex(1 << 20);
            client.write_all(sent).await.unwrap();
            let _ = client.shutdown().await;
            echo(&mut server).await;
            drop(server);
            let mut received = Vec::new();
            client.read_to_end(&mut received).await.unwrap();
            received
        })
    }

    /// A masked frame whose mask changes every byte.
    fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
        let mut frame = vec![first];
        match payload.len() {
            short @ ..126 => frame.push(0x80 | u8::try_from(short).unwrap()),
            long @ ..65_536 => {
                frame.push(0x80 | 0x7e);
                frame.extend(u16::try_from(long).unwrap().to_be_bytes());
            }
            long => {
                frame.push(0x80 | 127);
                frame.extend((long as u64).to_be_bytes());
            }
        }
        frame.extend([1, 2, 3, 4]);
        frame.extend(payload.iter().zip([1, 2, 3, 4].iter().cycle()).map(|(byte, key)| byte ^ key));
        frame
    }

    #[test]
    fn messages_come_back_and_pings_are_answered() {
        let check = |sent: Vec<u8>, expected: &[u8]| assert_eq!(answer(&sent), expected, "{sent:?}");
        check(frame(0x81, b"hello"), b"\x81\x05hello");
        check(frame(0x89, b"now"), b"\x8a\x03now");
        check(
            [frame(0x01, b"a"), frame(0x89, b""), frame(0x80, b"b")].concat(),
            b"\x01\x01a\x8a\x00\x80\x01b",
        );
        check([frame(0x8a, b"late"), frame(0x82, &[0; 3])].concat(), b"\x82\x03\0\0\0");
        check([frame(0x88, &[3, 232]), frame(0x81, b"after")].concat(), &[0x88, 2, 3, 232]);
        check(frame(0x88, b""), &[0x88, 0]);
        let long = answer(&frame(0x82, &[7; 300]));
        assert_eq!((&long[..4], long.len()), (&[0x82, 126, 1, 44][..], 304));
        let longest = answer(&frame(0x82, &vec![7; 65_536]));
        assert_eq!((&longest[..10], longest.len()), (&[0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0][..], 65_546));
    }

    #[test]
    fn what_breaks_the_rules_ends_the_connection_with_a_code() {
        let check = |sent: Vec<u8>, code: u16| {
            let [high, low] = code.to_be_bytes();
            assert_eq!(answer(&sent), [0x88, 2, high, low], "{sent:?}");
        };
        check(frame(0xc1, b"compressed"), PROTOCOL_ERROR);
        check(b"\x81\x01a".to_vec(), PROTOCOL_ERROR);
        check(frame(0x80, b"continues nothing"), PROTOCOL_ERROR);
        check(frame(0x83, b"no such kind"), PROTOCOL_ERROR);
        check(frame(0x09, b"a ping in pieces"), PROTOCOL_ERROR);
        check(frame(0x89, &[0; 126]), PROTOCOL_ERROR);
        check(frame(0x88, &[3]), PROTOCOL_ERROR);
        check(frame(0x82, &vec![0; 65_537]), TOO_LARGE);
        check(vec![0x82, 0xff, 255, 255, 255, 255, 255, 255, 255, 255], TOO_LARGE);
        for cut in [&b""[..], b"\x81", b"\x81\x85\x01\x02"] {
            assert_eq!(answer(cut), b"", "{cut:?}");
        }
    }
}
