//! A content security policy as it is compared: without its nonces.

use std::borrow::Cow;

/// A content security policy without the values of its nonces, which every response has new.
pub fn without_nonces(value: &str) -> Cow<'_, str> {
    const BEGINNING: &str = "'nonce-";
    if !value.contains(BEGINNING) {
        return Cow::Borrowed(value);
    }
    let mut pieces = value.split(BEGINNING);
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        text.push_str("'nonce-…'");
        text.push_str(piece.split_once('\'').map_or("", |(_, rest)| rest));
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonces_are_no_change() {
        let check = |value: &str, expected: &str| assert_eq!(without_nonces(value), expected);
        check("default-src 'self'", "default-src 'self'");
        check("script-src 'nonce-abc' 'self'", "script-src 'nonce-…' 'self'");
        check("a 'nonce-1'; b 'nonce-2'", "a 'nonce-…'; b 'nonce-…'");
        check("a 'nonce-1", "a 'nonce-…'");
    }
}
