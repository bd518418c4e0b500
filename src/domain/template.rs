//! A text with slots that are filled in for each use, each escaped for its place. A text without any is used as it is.

use std::borrow::Cow;
use std::fmt;

/// A text with numbered slots that are filled in for each use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    pieces: Vec<Piece>,
}

/// A part of a template: fixed text or a slot.
#[derive(Clone, PartialEq, Eq)]
pub enum Piece {
    /// Text that is the same in every use.
    Literal(String),
    /// A slot for the value with this index, from 0, and how the value is written there.
    Slot(usize, Escape),
}

/// How a value is written in the place of its slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Escape {
    /// As it is.
    None,
    /// As the content of a JSON string, without its quotes.
    JsonString,
    /// As a segment of a path, or a part of a query: everything but unreserved characters is percent-encoded, `/` too.
    Path,
    /// As a name or value of `application/x-www-form-urlencoded`: a blank becomes `+`.
    Form,
}

// Fixed text may be a secret of the environment.
impl fmt::Debug for Piece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Literal(text) => write!(f, "Literal({} bytes)", text.len()),
            Self::Slot(index, escape) => write!(f, "Slot({index}, {escape:?})"),
        }
    }
}

/// Where the values of slots come from.
pub trait Values {
    /// The value of a slot; empty where there is none.
    fn get(&self, slot: usize) -> &str;
}

/// No values, for texts without slots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NoValues;

impl Values for NoValues {
    fn get(&self, _: usize) -> &'static str {
        ""
    }
}

impl<S: AsRef<str>> Values for [S] {
    fn get(&self, slot: usize) -> &str {
        <[S]>::get(self, slot).map_or("", AsRef::as_ref)
    }
}

impl<S: AsRef<str>, const N: usize> Values for [S; N] {
    fn get(&self, slot: usize) -> &str {
        Values::get(self.as_slice(), slot)
    }
}

impl Template {
    /// A template without slots, which renders as this text.
    pub fn literal(text: impl Into<String>) -> Self {
        Self { pieces: vec![Piece::Literal(text.into())] }
    }

    /// A template of these pieces, in their order.
    pub fn of(pieces: Vec<Piece>) -> Self {
        Self { pieces }
    }

    /// Its pieces, in their order.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// Whether it has no slot, so that it renders the same each time.
    pub fn is_literal(&self) -> bool {
        self.pieces.iter().all(|piece| matches!(piece, Piece::Literal(_)))
    }

    /// The number of values it needs: one more than its highest slot.
    pub fn needs(&self) -> usize {
        let slot = |piece: &Piece| match piece {
            Piece::Literal(_) => 0,
            Piece::Slot(index, _) => index + 1,
        };
        self.pieces.iter().map(slot).max().unwrap_or(0)
    }

    /// Appends the text with its slots filled in; a slot without a value stays empty.
    pub fn render(&self, values: &(impl Values + ?Sized), out: &mut String) {
        self.put(values, &mut |text| out.push_str(text));
    }

    /// As [`Template::render`], into bytes.
    pub fn render_bytes(&self, values: &(impl Values + ?Sized), out: &mut Vec<u8>) {
        self.put(values, &mut |text| out.extend_from_slice(text.as_bytes()));
    }

    /// The text with its slots filled in.
    pub fn rendered(&self, values: &(impl Values + ?Sized)) -> String {
        let mut text = String::new();
        self.render(values, &mut text);
        text
    }

    /// As [`Template::rendered`], without a copy of what is always the same.
    pub fn text(&self, values: &(impl Values + ?Sized)) -> Cow<'_, str> {
        match self.pieces.as_slice() {
            [Piece::Literal(text)] => Cow::Borrowed(text),
            _ => Cow::Owned(self.rendered(values)),
        }
    }

    fn put(&self, values: &(impl Values + ?Sized), put: &mut impl FnMut(&str)) {
        for piece in &self.pieces {
            match piece {
                Piece::Literal(text) => put(text),
                Piece::Slot(index, escape) => escape.put(values.get(*index), put),
            }
        }
    }
}

/// Two digits of each are the number of a byte.
const DIGITS: &str = "0123456789ABCDEF";

impl Escape {
    /// Appends a value, escaped.
    pub fn append(self, value: &str, out: &mut Vec<u8>) {
        self.put(value, &mut |text| out.extend_from_slice(text.as_bytes()));
    }

    /// Hands on a value in pieces, the longest that need no escape as they are.
    fn put(self, value: &str, put: &mut impl FnMut(&str)) {
        if self == Self::None {
            return put(value);
        }
        let mut from = 0;
        for (at, byte) in value.bytes().enumerate().filter(|(_, byte)| self.changes(*byte)) {
            put(value.get(from..at).unwrap_or_default());
            from = at + 1;
            match (self, byte) {
                (Self::JsonString, b'"') => put("\\\""),
                (Self::JsonString, b'\\') => put("\\\\"),
                (Self::JsonString, b'\n') => put("\\n"),
                (Self::JsonString, b'\r') => put("\\r"),
                (Self::JsonString, b'\t') => put("\\t"),
                (Self::JsonString, _) => put_byte("\\u00", byte, put),
                (Self::Form, b' ') => put("+"),
                _ => put_byte("%", byte, put),
            }
        }
        put(value.get(from..).unwrap_or_default());
    }

    /// Whether a byte of a value is written differently.
    fn changes(self, byte: u8) -> bool {
        match self {
            Self::None => false,
            Self::JsonString => byte < b' ' || byte == b'"' || byte == b'\\',
            Self::Path => !(byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)),
            Self::Form => !(byte.is_ascii_alphanumeric() || b"-._*".contains(&byte)),
        }
    }
}

fn put_byte(before: &str, byte: u8, put: &mut impl FnMut(&str)) {
    let digit = |of: u8| DIGITS.get(usize::from(of)..=usize::from(of)).unwrap_or_default();
    put(before);
    put(digit(byte >> 4));
    put(digit(byte & 15));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_filled_in_where_they_stand() {
        let template = Template::of(vec![
            Piece::Literal("/api/".to_owned()),
            Piece::Slot(1, Escape::None),
            Piece::Literal("/x/".to_owned()),
            Piece::Slot(0, Escape::Path),
            Piece::Slot(9, Escape::None),
        ]);
        assert_eq!(template.rendered(&["a/", "b"]), "/api/b/x/a%2F");
        assert_eq!(template.rendered(&["a".to_owned(), "b".to_owned()][..]), "/api/b/x/a");
        let mut bytes = b"GET ".to_vec();
        template.render_bytes(&NoValues, &mut bytes);
        assert_eq!(bytes, b"GET /api//x/");
        assert_eq!((template.needs(), template.is_literal()), (10, false));
        assert!(Template::literal("/").is_literal());
        assert_eq!(format!("{:?}", Template::literal("secret")), "Template { pieces: [Literal(6 bytes)] }");
    }

    #[test]
    fn values_are_escaped_for_their_place() {
        let check = |value: &str, json: &str, path: &str, form: &str| {
            for (escape, expected) in [
                (Escape::None, value),
                (Escape::JsonString, json),
                (Escape::Path, path),
                (Escape::Form, form),
            ] {
                let mut bytes = Vec::new();
                escape.append(value, &mut bytes);
                assert_eq!(String::from_utf8(bytes).unwrap(), expected, "{value:?} {escape:?}");
            }
        };
        check("", "", "", "");
        check("plain", "plain", "plain", "plain");
        check("a b", "a b", "a%20b", "a+b");
        check("-._~*", "-._~*", "-._~%2A", "-._%7E*");
        check("a/b?c=d&e#f%", "a/b?c=d&e#f%", "a%2Fb%3Fc%3Dd%26e%23f%25", "a%2Fb%3Fc%3Dd%26e%23f%25");
        check("\"\\", "\\\"\\\\", "%22%5C", "%22%5C");
        check("\u{1}\u{1f}\r\n\t", "\\u0001\\u001F\\r\\n\\t", "%01%1F%0D%0A%09", "%01%1F%0D%0A%09");
        check(
            "\u{fc}\u{1f600}\u{7f}",
            "\u{fc}\u{1f600}\u{7f}",
            "%C3%BC%F0%9F%98%80%7F",
            "%C3%BC%F0%9F%98%80%7F",
        );
    }
}
