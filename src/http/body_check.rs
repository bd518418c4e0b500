//! The check of a response body while it passes: its length, and whether it contains the expected text.

use memchr::memmem::Finder;

/// Counts the bytes of a body and looks for a text in it, in memory that does not grow with the body.
#[derive(Debug)]
pub(crate) struct BodyCheck<'a> {
    bytes: u64,
    finder: Option<&'a Finder<'static>>,
    found: bool,
    /// The end of the bytes so far, one byte shorter than the text: a match may span two reads.
    tail: Vec<u8>,
}

impl<'a> BodyCheck<'a> {
    /// Looks for the text of the finder; without one, every body is as expected.
    pub(crate) fn new(finder: Option<&'a Finder<'static>>) -> Self {
        Self { bytes: 0, finder, found: finder.is_none(), tail: Vec::new() }
    }

    /// Consumes the next part of the body.
    pub(crate) fn feed(&mut self, part: &[u8]) {
        self.bytes += part.len() as u64;
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

    /// Number of bytes that have passed so far.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Whether the text was found, or none was expected.
    pub(crate) fn is_as_expected(&self) -> bool {
        self.found
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
        assert_eq!(body.is_as_expected(), expected, "{parts:?} {needle}");
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
}
