//! Where the value of a name ends, and whether it can be a secret.

use std::ops::Range;

use super::item::{Item, item, items};
use super::names::Separator;
use super::private_key::begins_private_key;
use crate::domain::mask::MASK;

/// How much of a value is looked at to tell a secret from a word. Units: characters.
const LOOK: usize = 24;
/// A word of letters that is at least this long is no word of a sentence. Units: characters.
const LONGEST_WORD: usize = 20;
/// What stands for no value.
const NOTHING: [&str; 8] = ["null", "none", "true", "false", "nil", "undefined", "missing", "Some"];

/// How a value is written.
enum Written {
    /// Between quotes.
    Quoted(Item),
    /// Between brackets: opening, closing.
    Bracketed(u8, u8),
    /// Up to the next space or `&`.
    Bare,
}

/// The value after a separator, without its quotes; `None` where there is none, or where it is masked already.
pub(super) fn value(text: &str, after: Separator) -> Option<Range<usize>> {
    let first = item(text, after.value)?;
    let (start, written) = match first.byte {
        _ if first.is_quote() => (first.end, Written::Quoted(first)),
        b'[' => (first.start, Written::Bracketed(b'[', b']')),
        b'{' => (first.start, Written::Bracketed(b'{', b'}')),
        b'(' => (first.start, Written::Bracketed(b'(', b')')),
        _ => (first.start, Written::Bare),
    };
    if is_reference(&text[start..]) {
        return None;
    }
    let end = match written {
        Written::Quoted(quote) => quoted_end(text, start, quote),
        Written::Bracketed(open, close) => {
            bare_end(text, bracketed_end(text, start, open, close), after.depth)
        }
        Written::Bare => bare_end(text, start, after.depth),
    };
    unmasked(text, start..end)
}

/// A range that is worth masking: not empty, and not masked already.
pub(super) fn unmasked(text: &str, range: Range<usize>) -> Option<Range<usize>> {
    let value = &text[range.clone()];
    (!value.is_empty() && value != MASK && !NOTHING.contains(&value)).then_some(range)
}

/// Up to the quote that closes what a quote opened, or the end of the text.
fn quoted_end(text: &str, at: usize, quote: Item) -> usize {
    let mut rest = items(text, at);
    rest.find(|item| item.ends(quote.byte, quote.depth)).map_or(text.len(), |item| item.start)
}

/// Up to the bracket that closes what a bracket opened, or the end of the line.
fn bracketed_end(text: &str, at: usize, open: u8, close: u8) -> usize {
    let mut nested = 0_usize;
    for item in items(text, at) {
        if item.byte == open {
            nested += 1;
        } else if item.byte == close {
            nested = nested.saturating_sub(1);
            if nested == 0 {
                return item.end;
            }
        } else if item.ends(b'\n', 0) || begins_private_key(text, item.start) {
            return item.start;
        }
    }
    text.len()
}

/// Up to the next space, quote or `&`; quotes directly after a bracket belong to the value, as in `Some("...")`.
pub(super) fn bare_end(text: &str, at: usize, depth: u8) -> usize {
    let mut last = None;
    let mut rest = at;
    while let Some(item) = item(text, rest) {
        if item.depth <= depth {
            let is_opened = matches!(last, Some(b'(' | b'[' | b'{'));
            if item.is_quote() && is_opened {
                rest = quoted_end(text, item.end, item);
                rest = self::item(text, rest).map_or(rest, |close| close.end);
                last = None;
                continue;
            }
            if item.is_blank() || item.is_quote() || matches!(item.byte, b'&' | b'<' | b'>') {
                return item.start;
            }
            if closes(item.byte) && is_last(text, item.end) {
                return item.start;
            }
            if begins_private_key(text, item.start) {
                return item.start;
            }
        }
        last = Some(item.byte);
        rest = item.end;
    }
    text.len()
}

fn closes(byte: u8) -> bool {
    matches!(byte, b',' | b';' | b')' | b']' | b'}')
}

/// Whether what was said is over: a space, a quote, another closing bracket or the end.
fn is_last(text: &str, at: usize) -> bool {
    item(text, at).is_none_or(|item| item.is_blank() || item.is_quote() || closes(item.byte))
}

/// Up to the end of the line, or to the quote that was opened before the name.
pub(super) fn line_end(text: &str, at: usize, opened: Item, depth: u8) -> usize {
    for item in items(text, at) {
        let is_line = matches!(item.byte, b'\n' | b'\r') && item.depth <= depth;
        let is_quote = opened.is_quote() && item.ends(opened.byte, opened.depth);
        if is_line || is_quote || begins_private_key(text, item.start) {
            return item.start;
        }
    }
    text.len()
}

/// Whether a value is a reference to a secret: `${NAME}`, `{{name}}`.
fn is_reference(value: &str) -> bool {
    let inner = |open: &str, close: &str| {
        let rest = value.strip_prefix(open)?;
        let length =
            rest.bytes().take(LOOK * 2).take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
        rest[length.count()..].strip_prefix(close)
    };
    let after = inner("${", "}").or_else(|| inner("{{", "}}"));
    after.is_some_and(|after| {
        item(after, 0).is_none_or(|item| item.is_blank() || item.is_quote() || closes(item.byte))
    })
}

/// What the first characters of a value show.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a kind of character that was seen")]
struct Look {
    length: usize,
    has_digit: bool,
    has_letter: bool,
    has_sign: bool,
    /// A capital after a small letter.
    is_mixed: bool,
    /// What comes after the word.
    ended: Option<Item>,
}

fn look(text: &str, at: usize, depth: u8) -> Look {
    let mut look = Look::default();
    let mut was_small = false;
    for item in items(text, at).take(LOOK) {
        let is_end = item.is_blank() || item.is_quote() || matches!(item.byte, b'&' | b'<' | b'>');
        if (is_end && item.depth <= depth) || (closes(item.byte) && is_last(text, item.end)) {
            look.ended = Some(item);
            break;
        }
        look.length += 1;
        look.has_digit |= item.byte.is_ascii_digit();
        look.has_letter |= item.byte.is_ascii_alphabetic();
        look.has_sign |= !item.byte.is_ascii_alphanumeric();
        look.is_mixed |= was_small && item.byte.is_ascii_uppercase();
        was_small = item.byte.is_ascii_lowercase();
    }
    look
}

/// Whether a value is a word of a sentence: letters, and then a space and another word.
pub(super) fn is_prose(text: &str, at: usize) -> bool {
    let seen = look(text, at, 0);
    let is_plain = !seen.has_digit && !seen.has_sign && !seen.is_mixed && seen.length < LONGEST_WORD;
    let next = seen.ended.filter(|item| item.byte == b' ').and_then(|blank| item(text, blank.end));
    is_plain && next.is_some_and(|next| next.byte.is_ascii_alphabetic())
}

/// Whether a word after a scheme is no credential: `basic authentication`.
pub(super) fn is_plain_word(text: &str, at: usize, depth: u8) -> bool {
    let seen = look(text, at, depth);
    let is_end_of_sentence = seen.has_sign && seen.length < LONGEST_WORD && {
        let word = &text[at..bare_end_within(text, at)];
        word.trim_end_matches(['.', ':', ',', '!', '?']).bytes().all(|byte| byte.is_ascii_alphabetic())
    };
    let is_word = !seen.has_sign || is_end_of_sentence;
    is_word && !seen.has_digit && !seen.is_mixed && seen.length < LONGEST_WORD
}

/// The end of a word that was seen to be short.
fn bare_end_within(text: &str, at: usize) -> usize {
    let word = items(text, at).take(LOOK).take_while(|item| !item.is_blank() && !item.is_quote());
    word.last().map_or(at, |item| item.end)
}

/// Whether a value looks like a secret: no number, no word, no path.
pub(super) fn looks_secret(text: &str, at: usize, depth: u8) -> bool {
    let at = item(text, at).filter(|item| item.is_quote()).map_or(at, |quote| quote.end);
    if item(text, at).is_none_or(|item| matches!(item.byte, b'/' | b'.' | b'{' | b'[' | b'(')) {
        return false;
    }
    let seen = look(text, at, depth);
    (seen.length >= 8 && seen.has_digit && seen.has_letter) || (seen.length >= 16 && seen.is_mixed)
}
