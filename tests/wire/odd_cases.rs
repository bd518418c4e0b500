//! Odd answers of HTTP/1.1 servers.

use crate::support::raw_server::Then;

/// One answer, what this client makes of it, and what curl does.
pub(super) struct Case {
    /// What is odd about it, as the documentation says it.
    pub(super) name: &'static str,
    /// The bytes that the server sends.
    pub(super) bytes: Vec<u8>,
    /// What it does then.
    pub(super) then: Then,
    /// Status and body bytes, with `odd` where it is counted as odd; or the reason of the failure.
    pub(super) ours: &'static str,
    /// Status, body bytes and exit code of curl.
    pub(super) curl: &'static str,
}

fn case(name: &'static str, bytes: impl Into<Vec<u8>>, ours: &'static str, curl: &'static str) -> Case {
    Case { name, bytes: bytes.into(), then: Then::Close, ours, curl }
}

/// A 200 with these headers and the body `hello`.
fn headers(name: &'static str, headers: &str, ours: &'static str, curl: &'static str) -> Case {
    case(name, format!("HTTP/1.1 200 OK\r\n{headers}\r\nhello"), ours, curl)
}

/// A status line before a body of five bytes.
fn line(name: &'static str, line: &str, ours: &'static str, curl: &'static str) -> Case {
    case(name, format!("{line}\r\ncontent-length: 5\r\n\r\nhello"), ours, curl)
}

/// A chunked body.
fn chunked(name: &'static str, body: &str, ours: &'static str, curl: &'static str) -> Case {
    case(name, format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{body}"), ours, curl)
}

/// All of them.
pub(super) fn all() -> Vec<Case> {
    let mut all = status_lines();
    all.extend(heads());
    all.extend(interim());
    all.extend(lengths());
    all.extend(chunks());
    all.extend(endings());
    all
}

fn status_lines() -> Vec<Case> {
    vec![
        line("no reason phrase, and no blank for it", "HTTP/1.1 200", "200, 5 B", "200, 5 B, exit 0"),
        line("a blank and no reason phrase", "HTTP/1.1 200 ", "200, 5 B", "200, 5 B, exit 0"),
        line("a reason phrase in Latin-1", "HTTP/1.1 200 \u{e9}t\u{e9}", "200, 5 B", "200, 5 B, exit 0"),
        line("status 299", "HTTP/1.1 299 Fine", "299, 5 B", "299, 5 B, exit 0"),
        line("status 600", "HTTP/1.1 600 Odd", "600, 5 B, odd", "600, 5 B, exit 0"),
        line("status 999", "HTTP/1.1 999 Odd", "999, 5 B, odd", "999, 5 B, exit 0"),
        line("status 099", "HTTP/1.1 099 Odd", "malformed_head", "000, 0 B, exit 1"),
        line("status 20", "HTTP/1.1 20 Odd", "malformed_head", "000, 0 B, exit 1"),
        line("status 2000", "HTTP/1.1 2000 Odd", "malformed_head", "000, 0 B, exit 1"),
        line("two blanks before the status", "HTTP/1.1  200 OK", "200, 5 B, odd", "200, 5 B, exit 0"),
        line("lower-case `http/1.1`", "http/1.1 200 OK", "not_http", "200, 5 B, exit 0"),
        line("HTTP/1.0", "HTTP/1.0 200 OK", "200, 5 B", "200, 5 B, exit 0"),
        line("HTTP/1.2", "HTTP/1.2 200 OK", "malformed_head", "000, 0 B, exit 1"),
        line("HTTP/2 in a status line", "HTTP/2 200 OK", "not_http", "200, 5 B, exit 0"),
        line("`ICY 200 OK`, as radio stations send it", "ICY 200 OK", "not_http", "000, 0 B, exit 1"),
        line("an empty line before the status line", "\r\nHTTP/1.1 200 OK", "200, 5 B", "000, 0 B, exit 1"),
        line(
            "a reason phrase of 70,000 bytes",
            &format!("HTTP/1.1 200 {}", "x".repeat(70_000)),
            "200, 5 B",
            "200, 5 B, exit 0",
        ),
        case("a body without a head (HTTP/0.9)", "hello", "not_http", "000, 0 B, exit 1"),
        case("the greeting of an SSH server", "SSH-2.0-OpenSSH_9.2\r\n", "not_http", "000, 0 B, exit 1"),
        case("a TLS alert", b"\x15\x03\x01\x00\x02\x02\x28".as_slice(), "not_http", "000, 0 B, exit 1"),
        case("nothing", "", "closed_unanswered", "000, 0 B, exit 52"),
    ]
}

fn heads() -> Vec<Case> {
    vec![
        headers(
            "a folded header",
            "a: b\r\n  c\r\ncontent-length: 5\r\n",
            "200, 5 B, odd",
            "200, 5 B, exit 0",
        ),
        headers("a blank before the colon", "content-length : 5\r\n", "200, 5 B, odd", "200, 5 B, exit 0"),
        headers(
            "a header without a colon",
            "nonsense\r\ncontent-length: 5\r\n",
            "malformed_head",
            "200, 0 B, exit 8",
        ),
        headers(
            "a header without a name",
            ": x\r\ncontent-length: 5\r\n",
            "malformed_head",
            "200, 5 B, exit 0",
        ),
        headers(
            "a blank within a name",
            "a b: c\r\ncontent-length: 5\r\n",
            "malformed_head",
            "200, 5 B, exit 0",
        ),
        headers("no blank behind the colon", "content-length:5\r\n", "200, 5 B", "200, 5 B, exit 0"),
        headers("tabs around a value", "content-length:\t5\t\r\n", "200, 5 B", "200, 5 B, exit 0"),
        headers(
            "bytes above 127 in a value",
            "a: \u{e9}\r\ncontent-length: 5\r\n",
            "200, 5 B",
            "200, 5 B, exit 0",
        ),
        headers("a NUL in a value", "a: b\0c\r\ncontent-length: 5\r\n", "malformed_head", "200, 0 B, exit 8"),
        headers(
            "a bare carriage return in a value",
            "a: b\rc\r\ncontent-length: 5\r\n",
            "malformed_head",
            "200, 5 B, exit 0",
        ),
        case(
            "lines that end without a carriage return",
            "HTTP/1.1 200 OK\ncontent-length: 5\n\nhello",
            "200, 5 B",
            "200, 5 B, exit 0",
        ),
        headers(
            "900 headers",
            &format!("{}content-length: 5\r\n", "a: b\r\n".repeat(900)),
            "200, 5 B",
            "200, 5 B, exit 0",
        ),
        headers(
            "1,100 headers",
            &format!("{}content-length: 5\r\n", "a: b\r\n".repeat(1_100)),
            "head_too_large",
            "200, 5 B, exit 0",
        ),
        headers(
            "a head of 200 KB",
            &format!("a: {}\r\ncontent-length: 5\r\n", "x".repeat(200_000)),
            "200, 5 B",
            "200, 0 B, exit 27",
        ),
        headers(
            "a head of 300 KB",
            &format!("a: {}\r\ncontent-length: 5\r\n", "x".repeat(300_000)),
            "head_too_large",
            "200, 0 B, exit 27",
        ),
    ]
}

fn interim() -> Vec<Case> {
    vec![
        case(
            "one interim response (103)",
            "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello",
            "200, 5 B",
            "200, 5 B, exit 0",
        ),
        case(
            "five interim responses (100)",
            format!(
                "{}HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello",
                "HTTP/1.1 100 Continue\r\n\r\n".repeat(5)
            ),
            "200, 5 B",
            "200, 5 B, exit 0",
        ),
        case(
            "a hundred interim responses",
            format!(
                "{}HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello",
                "HTTP/1.1 100 Continue\r\n\r\n".repeat(100)
            ),
            "unexpected_interim",
            "200, 5 B, exit 0",
        ),
        case(
            "101 that nobody asked for",
            "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\nhello",
            "unexpected_interim",
            "101, 5 B, exit 0",
        ),
    ]
}

fn lengths() -> Vec<Case> {
    vec![
        headers(
            "the length twice, the same",
            "content-length: 5\r\ncontent-length: 5\r\n",
            "200, 5 B",
            "200, 5 B, exit 0",
        ),
        headers("the length twice in one header", "content-length: 5, 5\r\n", "200, 5 B", "200, 5 B, exit 0"),
        headers(
            "two lengths that differ",
            "content-length: 5\r\ncontent-length: 3\r\n",
            "malformed_head",
            "200, 3 B, exit 0",
        ),
        headers("a length below 0", "content-length: -5\r\n", "malformed_head", "200, 0 B, exit 8"),
        headers("a length with a plus sign", "content-length: +5\r\n", "malformed_head", "200, 5 B, exit 0"),
        headers(
            "a length with a letter behind it",
            "content-length: 5x\r\n",
            "malformed_head",
            "200, 5 B, exit 0",
        ),
        headers("a length in hexadecimal", "content-length: 0x5\r\n", "malformed_head", "200, 0 B, exit 0"),
        headers(
            "a length beyond 64 bits",
            "content-length: 99999999999999999999\r\n",
            "malformed_head",
            "200, 5 B, exit 0",
        ),
        headers("an empty length", "content-length:\r\n", "malformed_head", "200, 0 B, exit 8"),
        headers(
            "a length and chunks",
            "content-length: 5\r\ntransfer-encoding: chunked\r\n",
            "malformed_body",
            "200, 0 B, exit 56",
        ),
        headers("neither a length nor chunks", "a: b\r\n", "200, 5 B", "200, 5 B, exit 0"),
        headers("bytes behind the body", "content-length: 3\r\n", "200, 3 B", "200, 3 B, exit 0"),
        case(
            "204 with a body",
            "HTTP/1.1 204 No Content\r\ncontent-length: 5\r\n\r\nhello",
            "204, 0 B",
            "204, 0 B, exit 0",
        ),
        case(
            "304 with a length",
            "HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n",
            "304, 0 B",
            "304, 0 B, exit 0",
        ),
        case(
            "a redirect",
            "HTTP/1.1 302 Found\r\nlocation: /a\r\ncontent-length: 0\r\n\r\n",
            "302, 0 B",
            "302, 0 B, exit 0",
        ),
        headers(
            "a content-encoding that is not true",
            "content-encoding: gzip\r\ncontent-length: 5\r\n",
            "200, 5 B",
            "200, 5 B, exit 0",
        ),
    ]
}

fn chunks() -> Vec<Case> {
    vec![
        chunked(
            "extensions and trailers",
            "5;a=\"b\"\r\nhello\r\n0\r\nt: u\r\n\r\n",
            "200, 5 B",
            "200, 5 B, exit 0",
        ),
        chunked(
            "a chunk size in capitals with zeros",
            "000A\r\n0123456789\r\n0\r\n\r\n",
            "200, 10 B",
            "200, 10 B, exit 0",
        ),
        chunked(
            "a chunk size with a blank behind it",
            "5 \r\nhello\r\n0\r\n\r\n",
            "200, 5 B",
            "200, 5 B, exit 0",
        ),
        chunked(
            "a chunk size that is no number",
            "five\r\nhello\r\n0\r\n\r\n",
            "malformed_body",
            "200, 12 B, exit 18",
        ),
        chunked("a chunk size below 0", "-5\r\nhello\r\n0\r\n\r\n", "malformed_body", "200, 0 B, exit 56"),
        chunked(
            "a chunk size beyond 64 bits",
            "ffffffffffffffffff\r\nhello\r\n0\r\n\r\n",
            "malformed_body",
            "200, 0 B, exit 56",
        ),
        chunked(
            "chunks that end without a carriage return",
            "5\nhello\n0\n\n",
            "malformed_body",
            "200, 5 B, exit 0",
        ),
        chunked(
            "a chunk longer than its size",
            "3\r\nhello\r\n0\r\n\r\n",
            "malformed_body",
            "200, 0 B, exit 56",
        ),
        chunked("no last chunk", "5\r\nhello\r\n", "closed_mid_response", "200, 5 B, exit 18"),
        chunked(
            "no empty line behind the last chunk",
            "5\r\nhello\r\n0\r\n",
            "closed_mid_response",
            "200, 5 B, exit 18",
        ),
        case(
            "chunks in HTTP/1.0",
            "HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
            "malformed_head",
            "200, 5 B, exit 0",
        ),
        case(
            "`transfer-encoding: gzip` alone",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\n\r\nhello",
            "200, 5 B",
            "200, 5 B, exit 61",
        ),
        case(
            "`transfer-encoding: identity`",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: identity\r\ncontent-length: 5\r\n\r\nhello",
            "200, 5 B",
            "200, 5 B, exit 0",
        ),
        case(
            "`transfer-encoding: chunked, chunked`",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked, chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
            "200, 5 B",
            "200, 5 B, exit 0",
        ),
    ]
}

fn endings() -> Vec<Case> {
    let with = |name, bytes: &str, then, ours, curl| Case { then, ..case(name, bytes, ours, curl) };
    let cut = "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhello";
    vec![
        with(
            "a close in the middle of the head",
            "HTTP/1.1 200 OK\r\ncontent-len",
            Then::Close,
            "closed_mid_response",
            "200, 0 B, exit 0",
        ),
        with(
            "a close in the middle of the body",
            cut,
            Then::Close,
            "closed_mid_response",
            "200, 5 B, exit 18",
        ),
        with("a reset in the middle of the body", cut, Then::Reset, "reset_by_peer", "200, 5 B, exit 56"),
        with("silence in the middle of the body", cut, Then::Hold, "response_timeout", "200, 5 B, exit 28"),
        with(
            "silence in the middle of the head",
            "HTTP/1.1 200 OK\r\n",
            Then::Hold,
            "response_timeout",
            "200, 0 B, exit 28",
        ),
        with("a reset before any byte", "", Then::Reset, "reset_by_peer", "000, 0 B, exit 56"),
        with("silence", "", Then::Hold, "response_timeout", "000, 0 B, exit 28"),
        with(
            "a complete response and a connection that stays open",
            "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello",
            Then::Hold,
            "200, 5 B",
            "200, 5 B, exit 0",
        ),
        with(
            "no length and a connection that stays open",
            "HTTP/1.1 200 OK\r\n\r\nhello",
            Then::Hold,
            "response_timeout",
            "200, 5 B, exit 28",
        ),
    ]
}
