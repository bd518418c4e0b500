//! One character of a text as a reader means it: what is percent-encoded, escaped for JSON or for HTML is undone on the way.
//!
//! Nothing is copied: an item says where it stands in the text and how deeply it was encoded.

/// Stands for every character beyond ASCII.
const OTHER: u8 = 0x80;
/// How often a text may be percent-encoded, one over the other.
const MOST_LAYERS: usize = 4;
/// How many backslashes are one item. Even, so that the rest of a longer row means the same.
const MOST_BACKSLASHES: usize = 16;
/// Entities that quote, and what they mean.
const ENTITIES: [(&str, u8, u8); 6] = [
    ("&quot;", b'"', 1),
    ("&#34;", b'"', 1),
    ("&apos;", b'\'', 1),
    ("&#39;", b'\'', 1),
    ("&#x27;", b'\'', 1),
    ("&amp;", b'&', 0),
];

/// One character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Item {
    /// What it means; [`OTHER`] beyond ASCII.
    pub byte: u8,
    /// Where it begins in the text. Units: bytes.
    pub start: usize,
    /// Where the next one begins. Units: bytes.
    pub end: usize,
    /// How often it was encoded; 0 as it is.
    pub depth: u8,
}

impl Item {
    /// Whether it is a letter, a digit or an underscore.
    pub(super) fn is_word(self) -> bool {
        self.byte.is_ascii_alphanumeric() || self.byte == b'_'
    }

    /// Whether it is a space, a new line or another control character.
    pub(super) fn is_blank(self) -> bool {
        self.byte == b' ' || self.byte.is_ascii_control()
    }

    /// Whether it begins or ends what is quoted.
    pub(super) fn is_quote(self) -> bool {
        matches!(self.byte, b'"' | b'\'' | b'`')
    }

    /// Whether it is that character, encoded no more often than `depth`.
    pub(super) fn ends(self, byte: u8, depth: u8) -> bool {
        self.byte == byte && self.depth <= depth
    }
}

/// The character at a place; `None` at the end.
pub(super) fn item(text: &str, at: usize) -> Option<Item> {
    let bytes = text.as_bytes();
    let first = *bytes.get(at)?;
    let plain = |byte: u8, length: usize| Item { byte, start: at, end: at + length, depth: 0 };
    Some(match first {
        b'%' => percent(bytes, at).unwrap_or(plain(first, 1)),
        b'\\' => backslashes(bytes, at),
        b'&' => {
            let known = ENTITIES.iter().find(|(entity, ..)| bytes[at..].starts_with(entity.as_bytes()));
            known.map_or(plain(first, 1), |(entity, byte, depth)| Item {
                depth: *depth,
                ..plain(*byte, entity.len())
            })
        }
        0..OTHER => plain(first, 1),
        _ => plain(OTHER, 1 + bytes[at + 1..].iter().take_while(|byte| **byte & 0xc0 == OTHER).count()),
    })
}

/// The characters from a place on.
pub(super) fn items(text: &str, at: usize) -> impl Iterator<Item = Item> + '_ {
    let mut at = at;
    std::iter::from_fn(move || {
        let item = item(text, at)?;
        at = item.end;
        Some(item)
    })
}

/// `%3D`, and `%253D` where it was encoded twice.
fn percent(bytes: &[u8], at: usize) -> Option<Item> {
    let mut end = at + 1;
    let mut layers = 1;
    while layers < MOST_LAYERS && bytes[end..].starts_with(b"25") && hex(bytes, end + 2).is_some() {
        end += 2;
        layers += 1;
    }
    let byte = hex(bytes, end)?.min(OTHER);
    Some(Item { byte, start: at, end: end + 2, depth: u8::try_from(layers).unwrap_or(u8::MAX) })
}

/// The byte that two hexadecimal digits are.
fn hex(bytes: &[u8], at: usize) -> Option<u8> {
    let digit = |at: usize| bytes.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    u8::try_from(digit(at)? << 4 | digit(at + 1)?).ok()
}

/// A row of backslashes, with what it escapes.
fn backslashes(bytes: &[u8], at: usize) -> Item {
    let row = bytes[at..].iter().take(MOST_BACKSLASHES).take_while(|byte| **byte == b'\\').count();
    let end = at + row;
    // Each layer of JSON doubles the backslashes and adds one.
    let depth = u8::try_from(row.trailing_ones()).unwrap_or(u8::MAX);
    let escaped = |byte: u8, length: usize, depth: u8| Item { byte, start: at, end: end + length, depth };
    match bytes.get(end) {
        Some(byte @ (b'"' | b'\'' | b'/')) if depth > 0 => escaped(*byte, 1, depth),
        Some(b'u') if bytes[end + 1..].starts_with(b"00") => match hex(bytes, end + 3) {
            Some(byte) => escaped(byte.min(OTHER), 5, depth.max(1)),
            None => escaped(b'\\', 0, 0),
        },
        _ => escaped(b'\\', 0, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_is_undone_with_its_depth() {
        let check = |text: &str, byte: u8, depth: u8| {
            assert_eq!(item(text, 0), Some(Item { byte, start: 0, end: text.len(), depth }), "{text}");
        };
        check("a", b'a', 0);
        check("é", OTHER, 0);
        check("%3D", b'=', 1);
        check("%253d", b'=', 2);
        check("%C3", OTHER, 1);
        check("\\\"", b'"', 1);
        check("\\\\\\\"", b'"', 2);
        check("\\\\", b'\\', 0);
        check("\\u003d", b'=', 1);
        check("&quot;", b'"', 1);
        check("%", b'%', 0);
        assert_eq!(item("", 0), None);
        assert_eq!(item("\\\\\"", 0).unwrap().end, 2, "an escaped backslash, then a quote");
        assert_eq!(item("%4", 0).unwrap().end, 1);
    }
}
