//! Whatever a peer sends as an answer: a result or a class, never a panic, and never a hang.

use baseline::domain::error_reason::ErrorReason;
use baseline::domain::sample::ErrorClass;
use baseline::http::parse_response;
use proptest::collection::vec;
use proptest::prelude::*;

use super::strategies::damaged;

type Outcome = Result<(u16, u64), ErrorReason>;

fn parse(bytes: &[u8]) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    // However the bytes are cut, they say the same.
    let [whole, cut] = [usize::MAX, 3].map(|piece| runtime.block_on(parse_response(bytes, piece)));
    assert_eq!(whole, cut);
    whole
}

const PLAIN: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\nx-cache: HIT\r\nretry-after: 3\r\n\r\nhello";
const CHUNKED: &[u8] =
    b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2;a=\"b\"\r\nhe\r\n3\r\nllo\r\n0\r\nt: u\r\n\r\n";
const INTERIM: &[u8] = b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.0 404 No\r\n\r\nuntil it ends";

fn body() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..600)
}

/// A body in chunks of any sizes.
fn in_chunks(body: &[u8], mut sizes: Vec<usize>) -> Vec<u8> {
    let (mut wire, mut rest) = (Vec::new(), body);
    while !rest.is_empty() {
        let (chunk, after) = rest.split_at(sizes.pop().unwrap_or(7).clamp(1, rest.len()));
        wire.extend(format!("{:x}\r\n", chunk.len()).into_bytes());
        wire.extend(chunk);
        wire.extend(b"\r\n");
        rest = after;
    }
    wire.extend(b"0\r\n\r\n");
    wire
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_end_in_an_answer_or_a_class(bytes in vec(any::<u8>(), 0..600)) {
        let _ = parse(&bytes);
        let _ = parse(&[b"HTTP/1.1 200 OK\r\n", bytes.as_slice()].concat());
        let _ = parse(&[b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", bytes.as_slice()].concat());
    }

    #[test]
    fn a_damaged_answer_ends_in_an_answer_or_a_class(
        bytes in prop_oneof![damaged(PLAIN), damaged(CHUNKED), damaged(INTERIM)],
    ) {
        if let Ok((status, _)) = parse(&bytes) {
            prop_assert!((200..1_000).contains(&status), "{status}");
        }
    }

    #[test]
    fn a_body_is_counted_to_its_last_byte_however_it_is_framed(body in body(), sizes in vec(1..40_usize, 0..20)) {
        let length = body.len() as u64;
        let with_length = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n");
        prop_assert_eq!(parse(&[with_length.as_bytes(), &body].concat()), Ok((200, length)));
        prop_assert_eq!(parse(&[b"HTTP/1.1 201 OK\r\n\r\n", body.as_slice()].concat()), Ok((201, length)));
        let chunks = in_chunks(&body, sizes);
        let chunked = [b"HTTP/1.1 203 OK\r\ntransfer-encoding: chunked\r\n\r\n", chunks.as_slice()].concat();
        prop_assert_eq!(parse(&chunked), Ok((203, length)));
    }
}

#[test]
fn an_answer_that_is_cut_anywhere_is_a_reset() {
    for whole in [PLAIN, CHUNKED] {
        assert_eq!(parse(whole), Ok((200, 5)));
        for length in 0..whole.len() {
            assert_eq!(parse(&whole[..length]).unwrap_err().class(), ErrorClass::Reset, "cut to {length}");
        }
    }
}
