//! The check of a response body while it passes: its length, and whether it contains the expected text.

use memchr::memmem::Finder;

use super::decoding::Encodings;
use super::response::BodyState;

/// The longest encoded body that is kept to be looked into once it is complete.
const LONGEST_KEPT: usize = 64 << 20;

/// Counts the bytes of a body and looks for a text in it, in memory that does not grow with a body that is not encoded.
#[derive(Debug)]
pub(crate) struct BodyCheck<'a> {
    bytes: u64,
    encodings: Encodings,
    /// The body as it was sent, where it is encoded and looked into.
    kept: Vec<u8>,
    search: Search<'a>,
}

impl<'a> BodyCheck<'a> {
    /// Looks for the text of the finder; without one, every body is as expected.
    pub(crate) fn new(finder: Option<&'a Finder<'static>>) -> Self {
        Self {
            bytes: 0,
            encodings: Encodings::default(),
            kept: Vec::new(),
            search: Search { finder, found: finder.is_none(), tail: Vec::new() },
        }
    }

    /// Says how the body is encoded, before its first byte.
    pub(super) fn set_encodings(&mut self, encodings: Encodings) {
        self.encodings = encodings;
    }

    /// Consumes the next part of the body.
    pub(crate) fn feed(&mut self, part: &[u8]) {
        self.bytes += part.len() as u64;
        if self.encodings.is_identity() {
            self.search.feed(part);
        } else if !self.search.found && self.kept.len() <= LONGEST_KEPT {
            self.kept.extend_from_slice(part);
        }
    }

    /// Number of bytes that have passed so far, as they were sent.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Looks into a complete body; returns the number of bytes without its encoding, `None` where nothing was decoded.
    pub(crate) fn finish(&mut self) -> (BodyState, Option<u64>) {
        if self.encodings.is_identity() {
            return (self.search.state(), Some(self.bytes));
        }
        if self.search.found {
            return (BodyState::AsExpected, None);
        }
        if self.kept.len() > LONGEST_KEPT {
            return (BodyState::Undecodable, None);
        }
        let (kept, search) = (std::mem::take(&mut self.kept), &mut self.search);
        match self.encodings.decode(kept, |piece| search.feed(piece)) {
            Ok(decoded) => (search.state(), Some(decoded)),
            Err(_) => (BodyState::Undecodable, None),
        }
    }
}

/// Looks for a text in a stream of bytes.
#[derive(Debug)]
struct Search<'a> {
    finder: Option<&'a Finder<'static>>,
    found: bool,
    /// The end of the bytes so far, one byte shorter than the text: a match may span two reads.
    tail: Vec<u8>,
}

impl Search<'_> {
    fn state(&self) -> BodyState {
        if self.found { BodyState::AsExpected } else { BodyState::Unexpected }
    }

    fn feed(&mut self, part: &[u8]) {
        let Some(finder) = self.finder.filter(|_| !self.found) else { return };
        if finder.find(part).is_some() {
            self.found = true;
            return;
        }
        let overlap = finder.needle().len() - 1;
        let head = &part[..part.len().min(overlap)];
        self.tail.extend_from_slice(head);
        self.found = finder.find(&self.tail).is_some();
        if part.len() >= overlap {
            self.tail.clear();
            self.tail.extend_from_slice(&part[part.len() - overlap..]);
        } else {
            let excess = self.tail.len().saturating_sub(overlap);
            self.tail.drain(..excess);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(parts: &[&str], needle: &str, expected: bool) {
        let finder = Finder::new(needle).into_owned();
        let mut body = BodyCheck::new(Some(&finder));
        for part in parts {
            body.feed(part.as_bytes());
        }
        let state = if expected { BodyState::AsExpected } else { BodyState::Unexpected };
        let length = parts.iter().map(|part| part.len() as u64).sum();
        assert_eq!((body.bytes(), body.finish()), (length, (state, Some(length))), "{parts:?} {needle}");
    }

    #[test]
    fn a_text_is_found_wherever_it_is_cut() {
        check(&["all is ok here"], "ok", true);
        check(&["all is o", "k here"], "ok", true);
        check(&["a", "b", "c", "d"], "abcd", true);
        check(&["xab", "c", "dx"], "abcd", true);
        check(&["ab", "xcd"], "abcd", false);
        check(&[], "ok", false);
        check(&["o"], "o", true);
    }

    #[test]
    fn every_cut_of_a_text_is_found() {
        let text = "aabaabaaab--needle--aab";
        for first in 0..text.len() {
            for second in first..text.len() {
                check(&[&text[..first], &text[first..second], &text[second..]], "needle", true);
                check(&[&text[..first], &text[first..second], &text[second..]], "needles", false);
            }
        }
    }

    #[test]
    fn an_encoded_body_is_looked_into_only_where_a_text_is_expected() {
        let body = b"\x8f\x07\x80all is well here\x03";
        let finish = |needle: Option<&str>, cut: usize| {
            let finder = needle.map(|needle| Finder::new(needle).into_owned());
            let mut check = BodyCheck::new(finder.as_ref());
            check.set_encodings(Encodings::of(b"br"));
            body[..cut].chunks(3).for_each(|part| check.feed(part));
            assert_eq!(check.bytes(), cut as u64);
            check.finish()
        };
        assert_eq!(finish(Some("well"), body.len()), (BodyState::AsExpected, Some(16)));
        assert_eq!(finish(Some("ill"), body.len()), (BodyState::Unexpected, Some(16)));
        assert_eq!(finish(Some("well"), 12), (BodyState::Undecodable, None));
        assert_eq!(finish(None, 12), (BodyState::AsExpected, None));
    }
}
