//! Private keys in PEM.

use std::ops::Range;

/// How private keys begin.
const KEY_BEGINS: &str = "-----BEGIN";
/// How private keys end.
const KEY_ENDS: &str = "-----END";

/// Whether a private key begins at a place.
pub(super) fn begins_private_key(text: &str, at: usize) -> bool {
    let Some(rest) = text.as_bytes().get(at..).and_then(|rest| rest.strip_prefix(KEY_BEGINS.as_bytes()))
    else {
        return false;
    };
    let label = &rest[..rest.len().min(64)];
    label.windows(7).any(|seven| seven == b"PRIVATE")
}

/// A private key from its first line to its last, or to the end of the text.
pub(super) fn private_key(text: &str, at: usize) -> Option<Range<usize>> {
    if !begins_private_key(text, at) {
        return None;
    }
    let Some(last) = text[at..].find(KEY_ENDS).map(|last| at + last + KEY_ENDS.len()) else {
        return Some(at..text.len());
    };
    let end = text[last..].find("-----").filter(|length| *length <= 64);
    Some(at..end.map_or(text.len(), |length| last + length + 5))
}
