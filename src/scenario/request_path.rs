//! The path and query of a request as they are sent: what a browser percent-encodes is encoded.
//!
//! The sets are those of the URL Standard (WHATWG): the path percent-encode set, and the query percent-encode set of `http`
//! and `https`. Percent signs and dots are sent as they are written.

use std::fmt::Write as _;

/// Length limit for the encoded path and query. Units: bytes. The URL as a whole may have 65,534.
const LONGEST: usize = 64_000;

/// Why a path cannot be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum PathError {
    /// It does not start with a slash.
    #[error("a path must start with /")]
    Start,
    /// It contains a line break, a tab or another control character.
    #[error("the path contains a control character, such as a tab or a line break")]
    Control,
    /// It contains a fragment, which browsers do not send.
    #[error("the path contains a `#`: what follows it is never sent to a server")]
    Fragment,
    /// It is longer than the limit.
    #[error("the path has {0} bytes as it is sent; the limit is {LONGEST}")]
    Long(usize),
}

impl PathError {
    /// What to write instead.
    pub(super) fn hint(self) -> &'static str {
        match self {
            Self::Start => "write the path and the query, such as /a/path?and=query",
            Self::Control => "remove it, or write it percent-encoded: %09 is a tab, %0A is a line break",
            Self::Fragment => "remove the fragment, or write %23 for the character itself",
            Self::Long(_) => "send long data as the body of a request",
        }
    }
}

/// The path and query as they are sent.
/// # Errors
/// [`PathError`] where they cannot be sent at all.
pub(super) fn encoded(path: &str) -> Result<String, PathError> {
    if !path.starts_with('/') {
        return Err(PathError::Start);
    }
    if path.bytes().any(|byte| byte.is_ascii_control()) {
        return Err(PathError::Control);
    }
    if path.contains('#') {
        return Err(PathError::Fragment);
    }
    let encoded = encode(path);
    if encoded.len() > LONGEST { Err(PathError::Long(encoded.len())) } else { Ok(encoded) }
}

/// The text of a scenario file with the same characters encoded, and its references as they are.
pub(super) fn encoded_around_references(written: &str) -> String {
    let mut text = String::with_capacity(written.len());
    let mut rest = written;
    let mut in_query = false;
    while let Some(start) = rest.find("${") {
        let (before, reference) = rest.split_at(start);
        encode_into(before, &mut in_query, &mut text);
        let end = reference.find('}').map_or(reference.len(), |end| end + 1);
        text.push_str(&reference[..end]);
        rest = &reference[end..];
    }
    encode_into(rest, &mut in_query, &mut text);
    text
}

fn encode(path: &str) -> String {
    let mut text = String::with_capacity(path.len());
    encode_into(path, &mut false, &mut text);
    text
}

fn encode_into(path: &str, in_query: &mut bool, text: &mut String) {
    for letter in path.chars() {
        let is_encoded = if *in_query {
            !letter.is_ascii() || matches!(letter, ' ' | '"' | '<' | '>' | '\'')
        } else {
            !letter.is_ascii() || matches!(letter, ' ' | '"' | '<' | '>' | '^' | '`' | '{' | '}')
        };
        *in_query |= letter == '?';
        if is_encoded {
            for byte in letter.encode_utf8(&mut [0; 4]).bytes() {
                let _ = write!(text, "%{byte:02X}");
            }
        } else {
            text.push(letter);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_browser_encodes_is_encoded() {
        let check = |path: &str, expected: &str| assert_eq!(encoded(path).as_deref(), Ok(expected), "{path}");
        check("/a b?c d", "/a%20b?c%20d");
        check("/\"<>`{}^|\\[]", "/%22%3C%3E%60%7B%7D%5E|\\[]");
        check("/?\"<>`{}^|\\[]'?", "/?%22%3C%3E`{}^|\\[]%27?");
        check("/über/日本", "/%C3%BCber/%E6%97%A5%E6%9C%AC");
        // What is encoded already, or looks like it, stays.
        check("/%20%zz%", "/%20%zz%");
        check("/a/../b/./c//d", "/a/../b/./c//d");
        check("/it's/a+b=c&d;e,f:g@h!$*()~", "/it's/a+b=c&d;e,f:g@h!$*()~");
    }

    #[test]
    fn what_cannot_be_sent_is_refused() {
        let check = |path: &str, expected| assert_eq!(encoded(path), Err(expected), "{path:?}");
        check("", PathError::Start);
        check("?a", PathError::Start);
        check("/a\tb", PathError::Control);
        check("/a\u{7f}", PathError::Control);
        check("/a#b", PathError::Fragment);
        check(&format!("/{}", "a".repeat(64_000)), PathError::Long(64_001));
        check(&format!("/{}", " ".repeat(22_000)), PathError::Long(66_001));
        assert!(encoded(&format!("/{}", "a".repeat(63_999))).is_ok());
    }

    #[test]
    fn references_are_shown_as_written() {
        assert_eq!(encoded_around_references("/a b/${ID}?q=${Q:-x y}&z={}"), "/a%20b/${ID}?q=${Q:-x y}&z={}");
        assert_eq!(encoded_around_references("/{a}/${ID}/{b}"), "/%7Ba%7D/${ID}/%7Bb%7D");
    }
}
