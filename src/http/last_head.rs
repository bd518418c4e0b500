//! The last head of an HTTP/1.1 connection, and what it says.

use crate::domain::fields::Fields;

use super::head::{Head, Malformed, each_header, parse};

/// The last head of a connection and its meaning: a head of the same bytes need not be parsed again.
///
/// One endpoint returns the same head again and again, except for its date, which changes once per second.
#[derive(Debug, Default)]
pub(super) struct LastHead {
    bytes: Vec<u8>,
    said: Option<(bool, Head)>,
}

impl LastHead {
    /// Parses a head like [`parse`], or returns the last one if the bytes are the same.
    pub(super) fn parse(&mut self, bytes: &[u8], body_follows: bool) -> Result<Option<Head>, Malformed> {
        if let Some((followed, head)) = self.said
            && followed == body_follows
            && bytes.starts_with(&self.bytes)
        {
            return Ok(Some(head));
        }
        let parsed = parse(bytes, body_follows)?;
        if let Some(head) = parsed {
            self.bytes.clear();
            self.bytes.extend_from_slice(&bytes[..head.length]);
            self.said = Some((body_follows, head));
        }
        Ok(parsed)
    }

    /// Where the last head redirects to; `None` where it does not say so.
    pub(super) fn location(&self) -> Option<Vec<u8>> {
        let mut location = None;
        each_header(&self.bytes, |name, value| {
            if location.is_none() && name.eq_ignore_ascii_case("location") {
                location = Some(value.to_vec());
            }
        });
        location
    }

    /// Appends the header fields of the last head.
    pub(super) fn read_fields(&self, fields: &mut Fields) {
        each_header(&self.bytes, |name, value| {
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
        let mut last = LastHead::default();
        for (text, body_follows) in
            heads.into_iter().flat_map(|text| [(text, true), (text, true), (text, false)])
        {
            let parsed = parse(text.as_bytes(), body_follows);
            assert_eq!(last.parse(text.as_bytes(), body_follows), parsed, "{text:?}");
        }
    }

    #[test]
    fn nothing_of_an_earlier_response_stays() {
        let mut last = LastHead::default();
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
            let mut last = LastHead::default();
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
        let mut last = LastHead::default();
        last.parse(many.as_bytes(), true).unwrap();
        assert_eq!(last.location(), Some(b"/x".to_vec()));
    }
}
