//! The last heads of an HTTP/1.1 connection, and what they say.

use crate::domain::fields::Fields;

use super::head::{Head, Malformed, each_header, parse};

/// More heads than this are not kept.
const MOST_KEPT: usize = 16;

/// The last heads of a connection and their meaning: a head of the same bytes need not be parsed again.
///
/// One endpoint returns the same head again and again, except for its date, which changes once per second. The steps of a
/// journey return theirs in turn.
#[derive(Debug, Default)]
pub(super) struct LastHeads {
    kept: Vec<KnownHead>,
    /// Index of the last one.
    last: usize,
    /// Number of different requests that are sent in turn on the connection, and of response heads that it keeps.
    pub(super) turns: usize,
}

/// A head that was parsed.
#[derive(Debug)]
struct KnownHead {
    bytes: Vec<u8>,
    body_follows: bool,
    meaning: Head,
}

impl LastHeads {
    /// Parses a head like [`parse`], or says what it said if one of the last had the same bytes.
    pub(super) fn parse(&mut self, bytes: &[u8], body_follows: bool) -> Result<Option<Head>, Malformed> {
        let count = self.kept.len();
        let mut place = self.last;
        for _ in 0..count {
            place = if place + 1 < count { place + 1 } else { 0 };
            let known = &self.kept[place];
            if known.body_follows == body_follows && bytes.starts_with(&known.bytes) {
                self.last = place;
                return Ok(Some(known.meaning));
            }
        }
        let parsed = parse(bytes, body_follows)?;
        if let Some(head) = parsed {
            self.keep(&bytes[..head.length], body_follows, head);
        }
        Ok(parsed)
    }

    /// Keeps a head: where there is no room, in the place of the one whose turn it would be.
    fn keep(&mut self, bytes: &[u8], body_follows: bool, meaning: Head) {
        if self.kept.len() < self.turns.clamp(1, MOST_KEPT) {
            self.last = self.kept.len();
            self.kept.push(KnownHead { bytes: bytes.to_vec(), body_follows, meaning });
            return;
        }
        self.last = if self.last + 1 < self.kept.len() { self.last + 1 } else { 0 };
        let known = &mut self.kept[self.last];
        known.bytes.clear();
        known.bytes.extend_from_slice(bytes);
        (known.body_follows, known.meaning) = (body_follows, meaning);
    }

    fn last_bytes(&self) -> &[u8] {
        self.kept.get(self.last).map_or(&[], |known| &known.bytes)
    }

    /// Where the last head redirects to; `None` where it does not say so.
    pub(super) fn location(&self) -> Option<Vec<u8>> {
        let mut location = None;
        each_header(self.last_bytes(), |name, value| {
            if location.is_none() && name.eq_ignore_ascii_case("location") {
                location = Some(value.to_vec());
            }
        });
        location
    }

    /// Appends the header fields of the last head.
    pub(super) fn read_fields(&self, fields: &mut Fields) {
        each_header(self.last_bytes(), |name, value| {
            if value.contains(&b'\n') {
                // A value on several lines, as it was allowed once: a blank takes the place of each fold.
                let lines: Vec<&[u8]> = value.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).collect();
                fields.push(name, &lines.join(b" ".as_slice()));
            } else {
                fields.push(name, value);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_that_was_seen_before_says_what_it_said() {
        let heads = [
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Cache: HIT\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Cache: HIT\r\n\r\nhello",
            "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nX-Cache: HIT\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n",
            "HTTP/1.1 429 No\r\nRetry-After: 3\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 429 No\r\nRetry-After: 3\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Cache: HIT\r\n\r\n",
            "nonsense",
        ];
        for turns in [0, 1, 2, 3, 100] {
            let mut last = LastHeads { turns, ..LastHeads::default() };
            for (text, body_follows) in
                heads.into_iter().flat_map(|text| [(text, true), (text, true), (text, false)])
            {
                let parsed = parse(text.as_bytes(), body_follows);
                assert_eq!(last.parse(text.as_bytes(), body_follows), parsed, "{text:?}");
                let is_known = |known: &KnownHead| text.as_bytes().starts_with(&known.bytes);
                assert!(!matches!(parsed, Ok(Some(_))) || is_known(&last.kept[last.last]), "{text:?}");
            }
            assert!(last.kept.len() <= turns.max(1), "{turns}");
        }
    }

    #[test]
    fn heads_that_come_in_turn_are_parsed_once() {
        let check = |turns: usize, count: usize, expected: bool| {
            let head = |n: usize| format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", n % count);
            let mut last = LastHeads { turns, ..LastHeads::default() };
            for n in 0..2 * count {
                last.parse(head(n).as_bytes(), true).unwrap().unwrap();
            }
            let before: Vec<_> = last.kept.iter().map(|known| known.bytes.clone()).collect();
            for n in 0..count {
                last.parse(head(n).as_bytes(), true).unwrap().unwrap();
            }
            let is_same = last.kept.iter().map(|known| &known.bytes).eq(&before);
            assert_eq!(is_same && before.len() == count, expected, "{turns} {count}");
        };
        check(1, 1, true);
        check(3, 3, true);
        check(5, 3, true);
        check(1, 2, false);
        check(100, MOST_KEPT, true);
        check(100, MOST_KEPT + 1, false);
    }

    #[test]
    fn nothing_of_an_earlier_response_stays() {
        let mut last = LastHeads::default();
        let refused = "HTTP/1.1 429 No\r\nRetry-After: 3\r\nAge: 3\r\nContent-Length: 0\r\n\r\n";
        let hints = "HTTP/1.1 103 Early Hints\r\nX-Cache: HIT\r\n\r\n";
        let plain = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
        for text in [refused, refused, hints, plain] {
            last.parse(text.as_bytes(), true).unwrap().unwrap();
        }
        let head = last.parse(plain.as_bytes(), true).unwrap().unwrap();
        assert_eq!((head.status, head.cache, head.retry), (200, None, None));
    }

    #[test]
    fn every_field_is_read_also_of_odd_heads() {
        let check = |text: &str, count: usize, expected: &[(&str, &str)]| {
            let mut last = LastHeads::default();
            let head = last.parse(text.as_bytes(), true).unwrap().unwrap();
            assert_eq!(head.sets_cookies, text.contains("ookie"), "{text:.60?}");
            let mut fields = Fields::default();
            last.read_fields(&mut fields);
            assert_eq!(fields.iter().count(), count, "{text:.60?}");
            assert!(expected.iter().all(|(name, value)| fields.get(name) == Some(value)), "{text:.60?}");
        };
        check("HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\n\r\n", 2, &[("set-cookie", "a=1")]);
        check("HTTP/1.1 200 OK\r\n\r\n", 0, &[]);
        let folded = "HTTP/1.1 200 OK\r\nA: b\r\n  c\r\n\td\r\nX : y\r\n\r\n";
        check(folded, 2, &[("a", "b c d"), ("x", "y")]);
        let many = format!("HTTP/1.1 302 Found\r\n{}Location: /x\r\n\r\n", "A: b\r\n".repeat(900));
        check(&many, 901, &[("location", "/x")]);
        let mut last = LastHeads::default();
        last.parse(many.as_bytes(), true).unwrap();
        assert_eq!(last.location(), Some(b"/x".to_vec()));
    }
}
