//! The head of a request, compiled: what never changes is copied, and values of slots are scanned for what cannot be sent.

use hyper::http::uri::{Authority, PathAndQuery};
use hyper::http::{self, HeaderName, HeaderValue, Uri};

use crate::domain::template::{Escape, Piece, Template, Values};

/// The request line, the `host` and the given headers, as bytes with slots.
pub(super) struct Head {
    pieces: Vec<HeadPiece>,
    /// Where the path begins.
    path_at: usize,
}

enum HeadPiece {
    Text(Vec<u8>),
    Slot(usize, Escape, Place),
}

/// Where a slot stands, which decides what may be written there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Path,
    Host,
    Value,
}

/// Something that cannot be sent in its place. It shows no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unsendable;

impl Head {
    /// Compiles a head.
    /// # Errors
    /// [`Unsendable`] where a text that never changes cannot stand in its place.
    pub(super) fn compile<'t>(
        method: &str,
        path: &Template,
        host: &Template,
        headers: impl Iterator<Item = (&'t str, &'t Template)>,
    ) -> Result<Self, Unsendable> {
        let mut head = Self { pieces: Vec::new(), path_at: method.len() + 1 };
        head.text(method);
        head.text(" ");
        head.template(path, Place::Path)?;
        head.text(" HTTP/1.1\r\nhost: ");
        head.template(host, Place::Host)?;
        head.text("\r\n");
        for (name, value) in headers {
            HeaderName::from_bytes(name.as_bytes()).map_err(|_| Unsendable)?;
            head.text(name);
            head.text(": ");
            head.template(value, Place::Value)?;
            head.text("\r\n");
        }
        Ok(head)
    }

    fn text(&mut self, text: &str) {
        match self.pieces.last_mut() {
            Some(HeadPiece::Text(last)) => last.extend_from_slice(text.as_bytes()),
            _ => self.pieces.push(HeadPiece::Text(text.as_bytes().to_vec())),
        }
    }

    fn template(&mut self, template: &Template, place: Place) -> Result<(), Unsendable> {
        for piece in template.pieces() {
            match piece {
                Piece::Literal(text) => {
                    // Two that only a path may have, and only a query.
                    let is_fixed = |byte: u8| place == Place::Path && b"\"`".contains(&byte);
                    if !text.bytes().all(|byte| place.allows(byte) || is_fixed(byte)) {
                        return Err(Unsendable);
                    }
                    self.text(text);
                }
                Piece::Slot(index, escape) => self.pieces.push(HeadPiece::Slot(*index, *escape, place)),
            }
        }
        Ok(())
    }

    /// Appends the head with its slots filled in; the empty line that ends it is not part of it.
    /// # Errors
    /// [`Unsendable`] where a value cannot stand in the place of its slot.
    pub(super) fn render(
        &self,
        values: &(impl Values + ?Sized),
        wire: &mut Vec<u8>,
    ) -> Result<(), Unsendable> {
        let from = wire.len();
        for piece in &self.pieces {
            match piece {
                HeadPiece::Text(text) => wire.extend_from_slice(text),
                HeadPiece::Slot(index, escape, place) => {
                    let slot = wire.len();
                    escape.append(values.get(*index), wire);
                    if !wire[slot..].iter().all(|byte| place.allows(*byte)) {
                        return Err(Unsendable);
                    }
                }
            }
        }
        if wire.get(from + self.path_at) == Some(&b'/') { Ok(()) } else { Err(Unsendable) }
    }
}

impl Place {
    /// Whether a byte may stand here, in either version of HTTP.
    fn allows(self, byte: u8) -> bool {
        match self {
            Self::Path => {
                matches!(byte, 0x21 | 0x24..=0x3B | 0x3D | 0x3F..=0x5F | 0x61..=0x7E | 0x80..=0xFF)
            }
            Self::Host => byte.is_ascii_alphanumeric() || b"-._~:[]!$&'()*+,;=%".contains(&byte),
            Self::Value => byte == b'\t' || (b' '..=b'~').contains(&byte),
        }
    }
}

/// Appends a header line.
/// # Errors
/// [`Unsendable`] where its name or value cannot be sent.
pub(super) fn append_header(name: &str, value: &str, wire: &mut Vec<u8>) -> Result<(), Unsendable> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || !name.bytes().all(is_token) || !value.bytes().all(|byte| Place::Value.allows(byte))
    {
        return Err(Unsendable);
    }
    for part in [name, ": ", value, "\r\n"] {
        wire.extend_from_slice(part.as_bytes());
    }
    Ok(())
}

/// The parts of a written head: method, path, host, and its other header lines.
pub(super) struct Lines<'w> {
    /// The method.
    pub(super) method: &'w str,
    /// Path and query.
    pub(super) target: &'w str,
    /// The host that is asked for.
    pub(super) host: &'w str,
    rest: &'w str,
}

impl<'w> Lines<'w> {
    /// Reads a head that [`Head::render`] and [`append_header`] have written; `None` for any other.
    pub(super) fn of(wire: &'w [u8]) -> Option<Self> {
        let text = std::str::from_utf8(wire).ok()?;
        let (line, rest) = text.split_once("\r\n")?;
        let (method, line) = line.split_once(' ')?;
        let target = line.strip_suffix(" HTTP/1.1")?;
        let (host, rest) = rest.strip_prefix("host: ")?.split_once("\r\n")?;
        Some(Self { method, target, host, rest })
    }

    /// The other header lines, in order.
    pub(super) fn headers(&self) -> impl Iterator<Item = (&'w str, &'w str)> + use<'w> {
        self.rest.split("\r\n").filter_map(|line| line.split_once(": "))
    }

    /// The same as HTTP/2 has it; `None` where it cannot be sent.
    pub(super) fn parts(&self, scheme: &'static str) -> Option<http::request::Parts> {
        let authority: Authority = self.host.parse().ok()?;
        let path: PathAndQuery = self.target.parse().ok()?;
        let uri = Uri::builder().scheme(scheme).authority(authority).path_and_query(path).build().ok()?;
        let mut request = http::Request::builder().method(self.method).uri(uri).body(()).ok()?;
        for (name, value) in self.headers() {
            let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
            let mut value = HeaderValue::from_str(value).ok()?;
            value.set_sensitive(true);
            request.headers_mut().append(name, value);
        }
        Some(request.into_parts().0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot(before: &str, index: usize) -> Template {
        Template::of(vec![Piece::Literal(before.to_owned()), Piece::Slot(index, Escape::None)])
    }

    fn head() -> Head {
        let (token, empty) = (slot("Bearer ", 1), Template::literal(""));
        let headers = [("Authorization", &token), ("x-empty", &empty)];
        Head::compile("PUT", &slot("/a/", 0), &slot("", 2), headers.into_iter()).unwrap()
    }

    #[test]
    fn what_is_written_is_read_again() {
        let mut wire = b"before".to_vec();
        head().render(&["b?c=\u{fc}", "x: y", "a.example:81"], &mut wire).unwrap();
        append_header("cookie", "a=1", &mut wire).unwrap();
        let lines = Lines::of(&wire["before".len()..]).unwrap();
        assert_eq!((lines.method, lines.target, lines.host), ("PUT", "/a/b?c=\u{fc}", "a.example:81"));
        let headers: Vec<_> = lines.headers().collect();
        assert_eq!(headers, [("Authorization", "Bearer x: y"), ("x-empty", ""), ("cookie", "a=1")]);
        let parts = lines.parts("https").unwrap();
        assert_eq!(parts.uri.to_string(), "https://a.example:81/a/b?c=\u{fc}");
        assert_eq!(
            (parts.headers.len(), &parts.headers["authorization"]),
            (3, &HeaderValue::from_static("Bearer x: y"))
        );
    }

    #[test]
    fn values_that_cannot_stand_in_their_place_are_refused_for_both_versions() {
        let check = |values: [&str; 3], expected: bool| {
            let mut wire = Vec::new();
            let rendered = head().render(&values, &mut wire);
            assert_eq!(rendered.is_ok(), expected, "{values:?}");
            // What passes here passes in HTTP/2 as well.
            assert!(!expected || Lines::of(&wire).unwrap().parts("http").is_some(), "{values:?}");
        };
        check(["7", "t", "a"], true);
        for byte in 0..=0x7f_u8 {
            let text = char::from(byte).to_string();
            let value = byte == b'\t' || (b' '..=b'~').contains(&byte);
            check(["7", &text, "a"], value);
            let path = byte > b' ' && byte < 0x7f && !b"\"#<>`".contains(&byte);
            check([&format!("x{text}?y{text}"), "t", "a"], path);
        }
        check(["7", "t\u{fc}", "a"], false);
        check(["7", "t", "a/b"], false);
        check(["7", "t", "a@b"], false);
        check(["7", "t", "a b"], false);
    }

    #[test]
    fn texts_that_never_change_are_checked_once() {
        let check = |path: &str, host: &str, name: &str, value: &str, expected: bool| {
            let literal = Template::literal;
            let value = literal(value);
            let headers = [(name, &value)];
            let head = Head::compile("GET", &literal(path), &literal(host), headers.into_iter());
            assert_eq!(head.is_ok(), expected, "{path:?} {host:?} {name:?} {value:?}");
        };
        check("/", "a", "x-a", "b", true);
        check("/a\"?`", "a", "x-a", "b", true);
        check("/a b", "a", "x-a", "b", false);
        check("/", "a b", "x-a", "b", false);
        check("/", "a", "x a", "b", false);
        check("/", "a", "x-a", "b\n", false);
        // A path begins with a slash, so that it cannot be read as a part of the host.
        let rootless = Head::compile("GET", &slot("", 0), &Template::literal("a"), [].into_iter()).unwrap();
        assert_eq!(rootless.render(&["@b/"], &mut Vec::new()), Err(Unsendable));
        assert_eq!(rootless.render(&["/b"], &mut Vec::new()), Ok(()));
        let mut wire = Vec::new();
        let headers = [("x-a", "b\r\nc"), ("x a", "b"), ("", "b"), ("x-\u{fc}", "b")];
        assert!(headers.iter().all(|(name, value)| append_header(name, value, &mut wire).is_err()));
        assert!(wire.is_empty());
    }
}
