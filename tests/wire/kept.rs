//! What is kept of a response for whoever looks into it, in both versions of HTTP.

use std::io::Write as _;

use baseline::domain::endpoint::Scheme;
use baseline::domain::error_reason::ErrorReason;
use baseline::domain::transport::{HttpVersion, Transport};
use baseline::http::{BodyState, Response, Wants};

use crate::support::frames::{DATA, END_STREAM, STATUS_200, frame, head, header, serving};
use crate::support::raw_server::{RawServer, Then};

use super::{access, endpoint, exchange_wanting};

const ALL: Wants = Wants { fields: true, cookies: true, body: Some(1_000) };

fn by_http1(answer: Vec<u8>, piece: usize, wants: Wants) -> Result<Response, ErrorReason> {
    let server = RawServer::answering(answer, piece, Then::Hold);
    let endpoint = endpoint(Scheme::Http, "127.0.0.1", server.address().port());
    exchange_wanting(&endpoint, &access("127.0.0.1", Transport::default()), wants)
}

fn by_http2(headers: &[(&str, &str)], body: &[u8], wants: Wants) -> Result<Response, ErrorReason> {
    let fields: Vec<u8> = headers.iter().flat_map(|(name, value)| header(name, value)).collect();
    let block = [STATUS_200.to_vec(), fields].concat();
    let parts = body.chunks(10_000).map(|part| frame(DATA, 0, 1, part));
    let bytes: Vec<u8> = std::iter::once(head(1, 0, &block))
        .chain(parts)
        .chain([frame(DATA, END_STREAM, 1, b"")])
        .flatten()
        .collect();
    let server = serving(move |mut peer| {
        if peer.request().is_some() {
            peer.send(&bytes);
            peer.finish(Then::Hold);
        }
    });
    let transport = Transport { version: HttpVersion::Http2, ..Transport::default() };
    let endpoint = endpoint(Scheme::Http, "127.0.0.1", server.address().port());
    exchange_wanting(&endpoint, &access("127.0.0.1", transport), wants)
}

/// The same answer in both versions, HTTP/1.1 also in small pieces.
fn check(headers: &[(&str, &str)], body: &[u8], wants: Wants, expected: impl Fn(&Response, &str)) {
    let lines: Vec<String> = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let lines = lines.concat();
    let head = format!(
        "HTTP/1.1 103 Early\r\nset-cookie: no\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: {}\r\n{lines}\r\n",
        body.len()
    );
    let answer = [head.as_bytes(), body].concat();
    expected(&by_http1(answer.clone(), usize::MAX, wants).unwrap(), "HTTP/1.1");
    expected(&by_http1(answer, 700, wants).unwrap(), "HTTP/1.1 in pieces");
    expected(&by_http2(headers, body, wants).unwrap(), "HTTP/2");
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    writer.write_all(body).unwrap();
    writer.finish().unwrap()
}

#[test]
fn nothing_is_kept_that_nobody_wants() {
    check(&[("set-cookie", "a=1")], b"hello", Wants::default(), |response, version| {
        assert!(response.kept.is_none(), "{version}");
    });
}

#[test]
fn fields_and_the_body_are_kept() {
    let headers = [("set-cookie", "a=1"), ("location", "/x?y"), ("set-cookie", "b=2")];
    check(&headers, b"hello", ALL, |response, version| {
        let kept = response.kept.as_ref().unwrap();
        assert_eq!(kept.fields.all("Set-Cookie").collect::<Vec<_>>(), ["a=1", "b=2"], "{version}");
        assert_eq!(kept.fields.get("location"), Some("/x?y"), "{version}");
        assert_eq!((kept.body.as_slice(), kept.body_is_cut), (b"hello".as_slice(), false), "{version}");
    });
}

#[test]
fn fields_for_cookies_are_kept_only_where_some_are_set() {
    let wants = Wants { cookies: true, ..Wants::default() };
    check(&[("x-a", "b")], b"hello", wants, |response, version| {
        let kept = response.kept.as_ref().unwrap();
        assert_eq!((kept.fields.iter().count(), kept.body.len()), (0, 0), "{version}");
    });
    check(&[("set-cookie", "a=1")], b"hello", wants, |response, version| {
        assert_eq!(response.kept.as_ref().unwrap().fields.get("set-cookie"), Some("a=1"), "{version}");
    });
}

#[test]
fn an_encoded_body_is_kept_decoded_and_a_long_one_is_cut() {
    let text = "all is well here, ".repeat(50);
    let packed = gzip(text.as_bytes());
    check(&[("content-encoding", "gzip")], &packed, ALL, |response, version| {
        let kept = response.kept.as_ref().unwrap();
        assert_eq!((kept.body.as_slice(), kept.body_is_cut), (text.as_bytes(), false), "{version}");
        assert_eq!((response.bytes, response.decoded_bytes), (packed.len() as u64, Some(900)), "{version}");
    });
    for (encoding, body) in [("identity", vec![7; 100_000]), ("gzip", gzip(&vec![7; 10_000_000]))] {
        check(&[("content-encoding", encoding)], &body, ALL, |response, version| {
            let kept = response.kept.as_ref().unwrap();
            assert!(kept.body_is_cut && kept.body == vec![7; 1_000], "{version} {encoding}");
            assert_eq!(
                (response.bytes, response.body),
                (body.len() as u64, BodyState::AsExpected),
                "{version}"
            );
        });
    }
    check(&[("content-encoding", "br")], &packed, ALL, |response, version| {
        assert_eq!(response.body, BodyState::Undecodable, "{version}");
    });
}
