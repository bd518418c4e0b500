//! HTTP/2 servers that break the rules, that refuse, and that go away.

use baseline::domain::endpoint::Scheme;
use baseline::domain::error_reason::ErrorReason::{
    self, ClosedMidResponse, ClosedUnanswered, HeadTooLarge, Http2Refused, Http2Violation, ResetByPeer,
};
use baseline::domain::transport::{HttpVersion, Transport};
use baseline::http::Response;

use crate::support::frames::{
    CONTINUATION, DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS, PADDED, PING, PRIORITY, PUSH_PROMISE,
    RST_STREAM, SETTINGS, STATUS_200, WINDOW_UPDATE, frame, head, header, serving,
};
use crate::support::raw_server::Then;

use super::{access, endpoint, exchange};

/// What becomes of a request that is answered with these bytes.
fn answered(bytes: Vec<u8>, then: Then) -> Result<Response, ErrorReason> {
    let server = serving(move |mut peer| {
        if peer.request().is_some() {
            peer.send(&bytes);
            peer.finish(then);
        }
    });
    let transport = Transport { version: HttpVersion::Http2, ..Transport::default() };
    let endpoint = endpoint(Scheme::Http, "127.0.0.1", server.address().port());
    exchange(&endpoint, &access("127.0.0.1", transport))
}

fn check(name: &str, bytes: Vec<u8>, reason: ErrorReason) {
    let found = answered(bytes, Then::Hold);
    assert_eq!(found.map(|response| (response.status, response.bytes)), Err(reason), "{name}");
}

/// A head with these headers behind its status, and the body `hello`.
fn with_headers(headers: &[Vec<u8>]) -> Vec<u8> {
    let block = [STATUS_200.to_vec(), headers.concat()].concat();
    [head(1, 0, &block), frame(DATA, END_STREAM, 1, b"hello")].concat()
}

#[test]
fn a_breach_of_the_framing_is_a_violation() {
    let block = |bytes: &[u8]| frame(HEADERS, END_HEADERS | END_STREAM, 1, bytes);
    for (name, bytes) in [
        ("DATA on stream 0", frame(DATA, 0, 0, b"x")),
        ("HEADERS on stream 0", frame(HEADERS, END_HEADERS, 0, STATUS_200)),
        ("HEADERS on a stream that nobody opened", frame(HEADERS, END_HEADERS, 3, STATUS_200)),
        ("DATA before HEADERS", frame(DATA, END_STREAM, 1, b"x")),
        ("CONTINUATION without HEADERS", frame(CONTINUATION, END_HEADERS, 1, STATUS_200)),
        ("a frame that is too large", frame(DATA, 0, 1, &vec![0; 16_385])),
        ("a header that is not in the table", block(&[0xff, 0xff, 0x01])),
        ("a header block that is cut", block(&[0x88, 0x00, 0x05, b'a'])),
        ("no status", block(&header("a", "b"))),
        ("an unknown pseudo-header", block(&[STATUS_200.to_vec(), header(":odd", "1")].concat())),
        ("a pseudo-header behind others", block(&[header("a", "b"), STATUS_200.to_vec()].concat())),
        ("a name in capitals", block(&[STATUS_200.to_vec(), header("A", "b")].concat())),
        ("a header of the connection", block(&[STATUS_200.to_vec(), header("connection", "close")].concat())),
        ("SETTINGS of five bytes", frame(SETTINGS, 0, 0, &[0; 5])),
        ("SETTINGS on a stream", frame(SETTINGS, 0, 1, &[])),
        ("SETTINGS acknowledged with content", frame(SETTINGS, 1, 0, &[0; 6])),
        ("a window beyond its limit", frame(SETTINGS, 0, 0, &[0, 4, 0xff, 0xff, 0xff, 0xff])),
        ("WINDOW_UPDATE by nothing", frame(WINDOW_UPDATE, 0, 0, &[0; 4])),
        ("WINDOW_UPDATE beyond the limit", frame(WINDOW_UPDATE, 0, 0, &[0x7f, 0xff, 0xff, 0xff])),
        ("PING of seven bytes", frame(PING, 0, 0, &[0; 7])),
        ("PING on a stream", frame(PING, 0, 1, &[0; 8])),
        ("RST_STREAM of three bytes", frame(RST_STREAM, 0, 1, &[0; 3])),
        ("RST_STREAM on stream 0", frame(RST_STREAM, 0, 0, &[0; 4])),
        ("GOAWAY on a stream", frame(GOAWAY, 0, 1, &[0; 8])),
        ("PUSH_PROMISE that nobody wants", frame(PUSH_PROMISE, END_HEADERS, 1, &[0, 0, 0, 2, 0x82])),
        ("PRIORITY of four bytes", frame(PRIORITY, 0, 1, &[0; 4])),
        ("more padding than content", frame(DATA, PADDED, 1, &[200, 1, 2])),
        (
            "another frame between HEADERS and CONTINUATION",
            [frame(HEADERS, 0, 1, STATUS_200), frame(PING, 0, 0, &[0; 8])].concat(),
        ),
        ("a body longer than its length", with_headers(&[header("content-length", "3")])),
        ("a body shorter than its length", with_headers(&[header("content-length", "9")])),
    ] {
        check(name, bytes, Http2Violation);
    }
}

#[test]
fn what_is_not_http_2_at_all_is_no_http_2() {
    let found = answered(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n".to_vec(), Then::Close);
    assert_eq!(found, Err(Http2Violation));
}

#[test]
fn resets_and_closes_say_when_they_came() {
    let reset = |code: u8| frame(RST_STREAM, 0, 1, &[0, 0, 0, code]);
    let (begun, cancel) = (frame(HEADERS, END_HEADERS, 1, STATUS_200), 8);
    check("a reset before the response", reset(cancel), ResetByPeer);
    check("a reset in its middle", [begun.clone(), reset(cancel)].concat(), ResetByPeer);
    let promised = [STATUS_200.to_vec(), header("content-length", "9")].concat();
    let without_an_error = [frame(HEADERS, END_HEADERS, 1, &promised), reset(0)].concat();
    check("a reset without an error", without_an_error, ClosedMidResponse);
    let goaway = |last: u8, code: u8| frame(GOAWAY, 0, 0, &[0, 0, 0, last, 0, 0, 0, code]);
    check("GOAWAY with an error", goaway(0, 11), Http2Refused);
    assert_eq!(answered(goaway(0, 0), Then::Close), Err(ClosedUnanswered));
    assert_eq!(answered(Vec::new(), Then::Close), Err(ClosedUnanswered));
    assert_eq!(answered(begun.clone(), Then::Close), Err(ClosedMidResponse));
    // The last stream is still answered.
    let last = [goaway(1, 0), begun, frame(DATA, END_STREAM, 1, b"hello")].concat();
    assert_eq!(answered(last, Then::Close).map(|response| (response.status, response.bytes)), Ok((200, 5)));
}

#[test]
fn large_heads_are_read_and_larger_ones_have_a_reason() {
    let read = |headers: Vec<Vec<u8>>| {
        let found = answered(with_headers(&headers), Then::Hold);
        found.map(|response| (response.status, response.bytes, response.is_odd))
    };
    let many = |count: usize| (0..count).map(|n| header(&format!("a{n}"), "b")).collect::<Vec<_>>();
    assert_eq!(read(many(900)), Ok((200, 5, false)));
    assert_eq!(read(many(1_100)), Err(HeadTooLarge));
    let large = |bytes: usize| vec![header("a", &"x".repeat(bytes))];
    assert_eq!(read(large(200_000)), Ok((200, 5, false)));
    assert_eq!(read(large(400_000)), Err(HeadTooLarge));
    let odd = [header(":status", "999"), header("content-length", "0")].concat();
    let odd = answered(frame(HEADERS, END_HEADERS | END_STREAM, 1, &odd), Then::Hold).unwrap();
    assert_eq!((odd.status, odd.is_odd), (999, true));
}
