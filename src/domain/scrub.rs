//! Masks secrets in free text that comes from outside, before it is logged, exported or shown: credentials, tokens, cookies,
//! passwords, keys, e-mail addresses, card numbers; also where they are percent-encoded or escaped for JSON.
//!
//! Known secrets are masked by [`super::mask`]; this finds those that nobody named, by their names and shapes. One pass over
//! the text, and no copy of a text without secrets.

use std::borrow::Cow;
use std::ops::Range;

use item::{Item, item};
use names::{Kind, Name, after_blanks, separator};

use super::mask::MASK;

/// How often a text with secrets is looked through again.
const MOST_PASSES: usize = 8;
/// Where a name may stand at the end of a secret. Units: bytes.
const LONGEST_TAIL: usize = 128;

mod item;
mod names;
mod private_key;
mod shapes;
mod value;

/// A text with every secret replaced by [`MASK`]. What is masked stays so: scrubbing twice changes nothing.
pub fn scrub(text: &str) -> Cow<'_, str> {
    let mut scrubbed = match once(text) {
        Cow::Borrowed(same) => return Cow::Borrowed(same),
        Cow::Owned(scrubbed) => scrubbed,
    };
    // What stands beside a mask now may have been part of something else before.
    for _ in 0..MOST_PASSES {
        match once(&scrubbed) {
            Cow::Owned(again) if again != scrubbed => scrubbed = again,
            _ => break,
        }
    }
    Cow::Owned(scrubbed)
}

/// One pass.
fn once(text: &str) -> Cow<'_, str> {
    let mut out = String::new();
    // Where what was not written yet begins, and where the scan is.
    let (mut from, mut at) = (0, 0);
    let mut last: Option<Item> = None;
    while let Some(item) = item(text, at) {
        if let Some(range) = secret(text, from, item, last) {
            out.push_str(&text[from..range.start]);
            out.push_str(MASK);
            let end = extended(text, &range);
            (from, at) = (end, end);
            last = Some(Item { byte: b'*', start: range.start, end, depth: 0 });
        } else {
            at = item.end;
            last = Some(item);
        }
    }
    if from == 0 && out.is_empty() {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[from..]);
    Cow::Owned(out)
}

/// The end of a secret, and of another one whose name was taken for the end of the first: `Bearer x-api-key: ...`.
fn extended(text: &str, range: &Range<usize>) -> usize {
    let mut end = range.end;
    let mut at = text.floor_char_boundary(end.saturating_sub(LONGEST_TAIL)).max(range.start);
    let mut last = None;
    while let Some(item) = item(text, at).filter(|item| item.start < end) {
        end = secret(text, range.start, item, last).map_or(end, |found| found.end.max(end));
        at = item.end;
        last = Some(item);
    }
    end
}

/// The secret that begins at this character, or is known from here on.
fn secret(text: &str, from: usize, item: Item, last: Option<Item>) -> Option<Range<usize>> {
    let found = match item.byte {
        b':' => shapes::user_info(text, item),
        b'@' => shapes::address(text, from, item),
        b'-' => private_key::private_key(text, item.start),
        _ if item.is_word() => {
            let is_escape = last.is_some_and(|last| last.byte == b'\\');
            if last.is_some_and(Item::is_word) {
                None
            } else {
                word(text, item.start, last)
                    // The letter of `\n` is not part of the word after it.
                    .or_else(|| word(text, item.end, last).filter(|_| is_escape && item.end < text.len()))
            }
        }
        _ => None,
    };
    found.filter(|range| range.start >= from)
}

/// The secret that a word is, or that follows it.
fn word(text: &str, at: usize, last: Option<Item>) -> Option<Range<usize>> {
    let first = item(text, at)?;
    if let Some(found) = shapes::token(text, at) {
        return Some(found);
    }
    if first.byte.is_ascii_digit()
        && let Some(found) = shapes::card(text, at)
    {
        return Some(found);
    }
    let name = Name::read(text, at)?;
    // The end of `set-cookie` is no name of its own.
    let is_end = text.as_bytes()[..at]
        .last_chunk()
        .is_some_and(|[first, sign]| first.is_ascii_alphanumeric() && *sign == b'-');
    match name.kind().filter(|kind| !is_end || !matches!(kind, Kind::Cookie | Kind::Credential)) {
        Some(kind) => named(text, &name, kind, last).or_else(|| credential(text, &name)),
        None => credential(text, &name),
    }
}

/// The value of a name that holds secrets.
fn named(text: &str, name: &Name, kind: Kind, last: Option<Item>) -> Option<Range<usize>> {
    let is_option = last.is_some_and(|last| last.byte == b'-');
    let after = separator(text, name.end, is_option)?;
    if kind != Kind::Credential && after.is_prose && value::is_prose(text, after.value) {
        return None;
    }
    let opened = last.unwrap_or(Item { byte: b' ', start: 0, end: 0, depth: 0 });
    let is_quoted = item(text, after.value).is_some_and(Item::is_quote);
    match kind {
        Kind::Secret => value::value(text, after),
        Kind::Perhaps => {
            let is_query = matches!(opened.byte, b'?' | b'&');
            let is_secret = is_query || value::looks_secret(text, after.value, after.depth);
            is_secret.then(|| value::value(text, after)).flatten()
        }
        Kind::Credential | Kind::Cookie if is_quoted => value::value(text, after),
        Kind::Credential | Kind::Cookie => match Name::read(text, after.value).filter(Name::is_scheme) {
            Some(scheme) if kind == Kind::Credential => following(text, &scheme),
            _ => value::unmasked(text, after.value..value::line_end(text, after.value, opened, after.depth)),
        },
    }
}

/// The credentials after a scheme that may stand anywhere: `Bearer ...`, `Basic ...`.
fn credential(text: &str, scheme: &Name) -> Option<Range<usize>> {
    if !scheme.is_known_scheme() {
        return None;
    }
    following(text, scheme).filter(|found| !value::is_plain_word(text, found.start, 0))
}

/// The word after a scheme.
fn following(text: &str, scheme: &Name) -> Option<Range<usize>> {
    let blank = item(text, scheme.end).filter(|item| matches!(item.byte, b' ' | b'\t' | b'+'))?;
    let start = after_blanks(text, blank.end);
    value::unmasked(text, start..value::bare_end(text, start, blank.depth))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked() {
        let check = |text: &str, expected: &str| assert_eq!(scrub(text), expected, "{text}");
        check("Authorization: Bearer abc.def", "Authorization: Bearer ***");
        check("authorization: Digest username=\"u\", response=\"r\"\nnext", "authorization: ***\nnext");
        check(
            "curl -H 'Authorization: Basic dTpw' http://h/",
            "curl -H 'Authorization: Basic ***' http://h/",
        );
        check("sent bearer a1b2c3d4, failed", "sent bearer ***, failed");
        check("Cookie: a=b; c=d\r\nhost: h", "Cookie: ***\r\nhost: h");
        check("[\"set-cookie: sid=1; Path=/\", \"x: y\"]", "[\"set-cookie: ***\", \"x: y\"]");
        check("x-api-key: 12ab", "x-api-key: ***");
        check("https://user:pa%40ss@h.example/p", "https://***@h.example/p");
        check("https://user:pa/ss@h.example/p", "https://***@h.example/p");
        check("https%3A%2F%2Fuser%3Apass%40h.example%2Fp", "https%3A%2F%2F***%40h.example%2Fp");
        check("GET /a?code=q&x=1&sig=Zz%3D&token=t#f", "GET /a?code=***&x=1&sig=***&token=***");
        check("GET /a?x=1&amp;token=t", "GET /a?x=1&amp;token=***");
        check("next=%2Fa%3Ftoken%3Dabc%26x%3D1 ok", "next=%2Fa%3Ftoken%3D***%26x%3D1 ok");
        check("{\"password\":\"p w\\\"q\",\"n\":1}", "{\"password\":\"***\",\"n\":1}");
        check(
            "{\\\"password\\\":\\\"p w\\\\\\\"q\\\",\\\"n\\\":1}",
            "{\\\"password\\\":\\\"***\\\",\\\"n\\\":1}",
        );
        check("{&quot;secret&quot;:&quot;s t&quot;}", "{&quot;secret&quot;:&quot;***&quot;}");
        check("{\"access_token\":{\"value\":\"v\"},\"n\":1}", "{\"access_token\":***,\"n\":1}");
        check("Login { password: Some(\"s t\"), n: 1 }", "Login { password: ***), n: 1 }");
        check("db_password=hunter2 retry", "db_password=*** retry");
        check("user[password]=a&b=c", "user[password]=***&b=c");
        check("--token abc --url x", "--token *** --url x");
        check("jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln.", "jwt ***.");
        check("\\nghp_0123456789abcdef", "\\n***");
        check("key AKIAIOSFODNN7EXAMPLE.", "key ***.");
        check(
            "private_key=-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----\nnext",
            "private_key=***\nnext",
        );
        check("\"-----BEGIN PRIVATE KEY-----\\nMII", "\"***");
        check("to jörg.x+1@mail.example.org!", "to ***!");
        check("?mail=a%40b.example", "?mail=***");
        check("card 4111 1111 1111 1111, 378282246310005", "card ***, ***");
        check("12 5555-5555-5555-4444", "12 ***");
        check("?card=4111%201111%201111%201111&x", "?card=***&x");
    }

    #[test]
    fn ordinary_text_is_borrowed() {
        for text in [
            "",
            "trace_id=4bf92f3577b34da6a3ce929d0e0e4736 span 00f067aa0ba902b7",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "run 2026-07-01T10-00-00Z-pitchey-3f9c at 2026-07-01T10:00:00.123456Z",
            "scenario_hash sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "1795800000000 1795800000000000 1795800000000000000 ns",
            "requests 4111111111111, 0.4111111111111111 and 4111.1111111111111111",
            "4111111111111112 fails its check digit",
            "127.0.0.1:8080, [::1]:443, 10.0.0.0/8",
            "/api/v1/session/key/code/password?page=2&size=10#top",
            "baseline 0.1.0, rustls 0.23.1, HTTP/1.1",
            "status_code=404, exit code: 3, error code=10061, key=value, code: 500",
            "unknown key `token`; invalid token: expected a string at line 3",
            "bearer authentication failed; basic auth: the server wants it",
            "Basic authentication. Bearer tokens are refused.",
            "password: must not be empty",
            "password = \"${PASSWORD}\", token={{token}}",
            "has_password=true token=null secret=none",
            "-----BEGIN CERTIFICATE-----\nMII",
            "logo@2x.png git@localhost user@127.0.0.1 @name a @ b",
            "token::Kind https://h.example:8080/a@b c:\\new",
            "cookie: the server sets none",
            "tokens=512 connections 4111 1111 ms",
            "41111111-1111-4111-8111-111111111111",
            "100% of 25%25 \\ \\\\ é %C3%A9",
        ] {
            assert!(matches!(scrub(text), Cow::Borrowed(same) if same == text), "{text}: {}", scrub(text));
        }
    }

    #[test]
    fn a_long_text_takes_linear_time() {
        // Each would take long, were anything looked for from every place to the end.
        for part in [
            "token:",
            "cookie:",
            "://",
            "a@",
            "a@b.c",
            "-----BEGIN",
            "eyJ.",
            "a-",
            "%25",
            "\\",
            "\"",
            "token=\"",
            "(",
            "key=",
        ] {
            let text = part.repeat(40_000 / part.len());
            let once = scrub(&text).into_owned();
            assert_eq!(scrub(&once), once, "{part}");
        }
    }
}
