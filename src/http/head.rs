//! Reads the head of an HTTP/1.1 response: status, framing, and the few relevant headers.

use std::mem::MaybeUninit;

use crate::domain::error_reason::ErrorReason;
use crate::domain::sample::CacheState;

use super::decoding::Encodings;
use super::facts::Facts;
use super::retry_after::{RetryHeaders, RetryHint};

/// Responses with more headers than this are rejected.
pub(super) const MOST_HEADERS: usize = 1_000;
/// Nearly all responses have fewer headers than this, and room for more is only made where they do not.
const USUAL_HEADERS: usize = 64;

/// How the end of a body is determined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// By its number of bytes; 0 without a body.
    Length(u64),
    /// By a final chunk (`Transfer-Encoding: chunked`).
    Chunked,
    /// By the end of the connection.
    UntilClose,
}

/// The relevant parts of a response head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    /// Length of the head in bytes, with the empty line.
    pub(super) length: usize,
    /// How the end of the body is determined.
    pub(super) framing: Framing,
    /// Whether another request may follow on the connection.
    pub(super) keep_alive: bool,
    /// Status code, between 100 and 999.
    pub(super) status: u16,
    /// How the body is encoded.
    pub(super) encodings: Encodings,
    /// Whether it sets cookies.
    pub(super) sets_cookies: bool,
    /// Whether it breaks a rule that clients overlook.
    pub(super) is_odd: bool,
    /// Whether a cache served the response; `None` where no header reports it.
    pub(super) cache: Option<CacheState>,
    /// When to send the next request; `None` where no header reports it.
    pub(super) retry: Option<RetryHint>,
}

/// Why bytes are not a response head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Malformed {
    /// They do not begin like HTTP/1.
    NotHttp,
    /// A header, the status or the framing is not valid.
    Head,
    /// There are more than [`MOST_HEADERS`] headers.
    TooMany,
}

impl Malformed {
    /// The reason under which it is counted.
    pub(super) fn reason(self) -> ErrorReason {
        match self {
            Self::NotHttp => ErrorReason::NotHttp,
            Self::Head => ErrorReason::MalformedHead,
            Self::TooMany => ErrorReason::HeadTooLarge,
        }
    }
}

/// Parses a head; `None` where it is not complete yet. `body_follows` is `false` for responses to `HEAD`.
pub(super) fn parse(bytes: &[u8], body_follows: bool) -> Result<Option<Head>, Malformed> {
    read(bytes, |response, length, is_odd| meaning(response, length, body_follows, is_odd))
}

/// Hands on every header of a complete head, in order, also of one that is odd.
pub(super) fn each_header(bytes: &[u8], mut each: impl FnMut(&str, &[u8])) {
    // A head that was read before has no error.
    let _ = read(bytes, |response, _, _| {
        response.headers.iter().for_each(|header| each(header.name, header.value));
        Ok(())
    });
}

/// Reads a head strictly, or else as clients do, and says what it means; `None` where it is not complete yet.
fn read<T>(
    bytes: &[u8],
    mut meaning: impl FnMut(&httparse::Response<'_, '_>, usize, bool) -> Result<T, Malformed>,
) -> Result<Option<T>, Malformed> {
    let mut headers = [const { MaybeUninit::<httparse::Header<'_>>::uninit() }; USUAL_HEADERS];
    let strict = httparse::ParserConfig::default();
    match read_as(&strict, bytes, &mut headers, |response, length| meaning(response, length, false)) {
        // As clients do: folded headers, a blank before the colon, several around the status.
        Err(Malformed::Head) => read_odd(bytes, |response, length| meaning(response, length, true)),
        Err(Malformed::TooMany) => {
            let mut headers = vec![MaybeUninit::uninit(); MOST_HEADERS];
            match read_as(&strict, bytes, &mut headers, |response, length| meaning(response, length, false)) {
                Err(Malformed::Head) => read_odd(bytes, |response, length| meaning(response, length, true)),
                read => read,
            }
        }
        read => read,
    }
}

#[cold]
fn read_odd<T>(
    bytes: &[u8],
    meaning: impl FnOnce(&httparse::Response<'_, '_>, usize) -> Result<T, Malformed>,
) -> Result<Option<T>, Malformed> {
    let mut headers = vec![MaybeUninit::uninit(); MOST_HEADERS];
    let mut lenient = httparse::ParserConfig::default();
    lenient.allow_obsolete_multiline_headers_in_responses(true);
    lenient.allow_spaces_after_header_name_in_responses(true);
    lenient.allow_multiple_spaces_in_response_status_delimiters(true);
    read_as(&lenient, bytes, &mut headers, meaning)
}

fn read_as<'b, T>(
    config: &httparse::ParserConfig,
    bytes: &'b [u8],
    headers: &mut [MaybeUninit<httparse::Header<'b>>],
    meaning: impl FnOnce(&httparse::Response<'_, '_>, usize) -> Result<T, Malformed>,
) -> Result<Option<T>, Malformed> {
    let mut response = httparse::Response::new(&mut []);
    let parsed = config.parse_response_with_uninit_headers(&mut response, bytes, headers).map_err(
        |error| match error {
            httparse::Error::TooManyHeaders => Malformed::TooMany,
            _ if !looks_like_http(bytes) => Malformed::NotHttp,
            _ => Malformed::Head,
        },
    )?;
    match parsed {
        httparse::Status::Complete(length) => meaning(&response, length).map(Some),
        httparse::Status::Partial => Ok(None),
    }
}

#[inline]
fn meaning(
    response: &httparse::Response<'_, '_>,
    length: usize,
    body_follows: bool,
    is_odd: bool,
) -> Result<Head, Malformed> {
    let status = response.code.filter(|status| (100..1_000).contains(status)).ok_or(Malformed::Head)?;
    let mut fields = Fields::default();
    for header in response.headers.iter() {
        fields.read(header.name, header.value)?;
    }
    let mut retry = RetryHeaders::default();
    if status == 429 {
        response.headers.iter().for_each(|header| retry.read(header.name, header.value));
    }
    let is_http_10 = response.version == Some(0);
    let has_body = body_follows && status >= 200 && status != 204 && status != 304;
    let framing = fields.framing(is_http_10, has_body)?;
    let keep_alive = match (fields.close, fields.keep_alive) {
        (true, _) => false,
        (false, asked) => asked || !is_http_10,
    };
    Ok(Head {
        length,
        framing,
        // Both framings at once are used for request smuggling, so nothing more is read after such a response.
        keep_alive: keep_alive
            && framing != Framing::UntilClose
            && !(fields.chunked && fields.length.is_some()),
        status,
        encodings: fields.encodings,
        sets_cookies: fields.sets_cookies,
        is_odd: is_odd || status >= 600,
        cache: fields.facts.cache(),
        retry: retry.hint(),
    })
}

/// Whether bytes begin with `HTTP/1.`, as far as there are any.
fn looks_like_http(bytes: &[u8]) -> bool {
    let beginning = b"HTTP/1.";
    let length = bytes.len().min(beginning.len());
    bytes[..length] == beginning[..length]
}

#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each says whether a header was there")]
struct Fields {
    length: Option<u64>,
    encoded: bool,
    chunked: bool,
    close: bool,
    keep_alive: bool,
    sets_cookies: bool,
    encodings: Encodings,
    facts: Facts,
}

impl Fields {
    fn read(&mut self, name: &str, value: &[u8]) -> Result<(), Malformed> {
        // Comparing lengths first keeps this to a few instructions for the headers that do not matter.
        let is = |wanted: &str| name.len() == wanted.len() && name.eq_ignore_ascii_case(wanted);
        if is("content-length") {
            self.content_length(value)?;
        } else if is("transfer-encoding") {
            self.encoded = true;
            // Only a last coding of exactly `chunked` determines where the body ends.
            let last = value.rsplit(|byte| *byte == b',').next().unwrap_or_default();
            self.chunked = last.trim_ascii().eq_ignore_ascii_case(b"chunked");
        } else if is("connection") {
            for token in value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii) {
                self.close |= token.eq_ignore_ascii_case(b"close");
                self.keep_alive |= token.eq_ignore_ascii_case(b"keep-alive");
            }
        } else if is("content-encoding") {
            self.encodings = Encodings::of(value);
        } else if is("set-cookie") {
            self.sets_cookies = true;
        } else {
            self.facts.read(name, value);
        }
        Ok(())
    }

    fn content_length(&mut self, value: &[u8]) -> Result<(), Malformed> {
        for text in value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii) {
            if text.is_empty() || text.len() > 18 || !text.iter().all(u8::is_ascii_digit) {
                return Err(Malformed::Head);
            }
            let length = text.iter().fold(0_u64, |sum, digit| sum * 10 + u64::from(digit - b'0'));
            // The same length twice comes from a proxy; two different lengths are an attack or a bug.
            if self.length.is_some_and(|known| known != length) {
                return Err(Malformed::Head);
            }
            self.length = Some(length);
        }
        Ok(())
    }

    fn framing(&self, is_http_10: bool, has_body: bool) -> Result<Framing, Malformed> {
        match (self.encoded, self.length) {
            _ if !has_body => Ok(Framing::Length(0)),
            (true, _) if is_http_10 => Err(Malformed::Head),
            (true, _) if self.chunked => Ok(Framing::Chunked),
            (true, _) | (false, None) => Ok(Framing::UntilClose),
            (false, Some(length)) => Ok(Framing::Length(length)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(text: &str) -> Result<Head, Malformed> {
        parse(text.as_bytes(), true).map(|head| head.expect("complete"))
    }

    fn check(fields: &str, framing: Framing, keep_alive: bool) {
        let head = head(&format!("HTTP/1.1 200 OK\r\n{fields}\r\n")).unwrap();
        assert_eq!((head.framing, head.keep_alive), (framing, keep_alive), "{fields}");
    }

    #[test]
    fn framing_follows_the_rules() {
        check("Content-Length: 5\r\n", Framing::Length(5), true);
        check("content-length: 5, 5\r\n", Framing::Length(5), true);
        check("Transfer-Encoding: gzip, Chunked\r\n", Framing::Chunked, true);
        check("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", Framing::Chunked, false);
        check("Transfer-Encoding: gzip\r\n", Framing::UntilClose, false);
        check("Content-Length: 5\r\nConnection: Close\r\n", Framing::Length(5), false);
        check("", Framing::UntilClose, false);
    }

    #[test]
    fn no_body_where_none_can_be() {
        for status in ["103 Early Hints", "204 No Content", "304 Not Modified"] {
            let head = head(&format!("HTTP/1.1 {status}\r\nContent-Length: 9\r\n\r\n")).unwrap();
            assert_eq!(head.framing, Framing::Length(0), "{status}");
        }
        let to_head = parse(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", false).unwrap().unwrap();
        assert_eq!(to_head.framing, Framing::Length(0));
    }

    #[test]
    fn malformed_heads_are_refused() {
        for text in [
            "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
            "HTTP/1.1 000 Odd\r\n\r\n",
            "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        ] {
            assert_eq!(head(text), Err(Malformed::Head), "{text:?}");
        }
        assert_eq!(head("ICY 200 OK\r\n\r\n"), Err(Malformed::NotHttp));
        assert_eq!(head("HTTP/2 200\r\n\r\n"), Err(Malformed::NotHttp));
        let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "A: b\r\n".repeat(MOST_HEADERS + 1));
        assert_eq!(head(&many), Err(Malformed::TooMany));
    }

    #[test]
    fn odd_heads_are_read_as_clients_read_them() {
        for text in [
            "HTTP/1.1 200 OK\r\nA: b\r\n folded\r\nContent-Length: 5\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length : 5\r\n\r\n",
            "HTTP/1.1 999 Odd\r\nContent-Length: 5\r\n\r\n",
        ] {
            let head = head(text).unwrap();
            assert_eq!(
                (head.framing, head.is_odd, head.keep_alive),
                (Framing::Length(5), true, true),
                "{text:?}"
            );
        }
        for count in [1, USUAL_HEADERS, USUAL_HEADERS + 1, MOST_HEADERS - 1] {
            let many = format!("HTTP/1.1 200 OK\r\n{}Content-Length: 5\r\n\r\n", "A: b\r\n".repeat(count));
            assert_eq!(head(&many).unwrap().framing, Framing::Length(5), "{count}");
        }
    }

    #[test]
    fn http_10_closes_unless_asked() {
        let check = |fields: &str, keep_alive| {
            let head = head(&format!("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n{fields}\r\n")).unwrap();
            assert_eq!(head.keep_alive, keep_alive);
        };
        check("", false);
        check("Connection: keep-alive\r\n", true);
    }
}
