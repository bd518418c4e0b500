//! What is done with a response body while it passes: counted, searched for the expected text, and kept where it is wanted.

use std::ops::ControlFlow;

use memchr::memmem::Finder;

use crate::domain::fields::Fields;

use super::decoding::Encodings;
use super::kept::Kept;
use super::response::BodyState;

/// The longest encoded body that is kept to be looked into once it is complete.
const LONGEST_ENCODED: usize = 64 << 20;

/// Counts the bytes of a body and looks for a text in it, in memory that does not grow with a body that is not encoded, and
/// keeps what is wanted of it.
#[derive(Debug)]
pub(crate) struct BodyCheck<'a> {
    bytes: u64,
    encodings: Encodings,
    /// The body as it was sent, where it is encoded and looked into, or its beginning.
    encoded: Vec<u8>,
    search: Search<'a>,
    kept: Option<Box<Kept>>,
}

impl<'a> BodyCheck<'a> {
    /// Looks for the text of the finder, and keeps what is wanted of the response. Without a finder, every body is as
    /// expected.
    pub(crate) fn new(finder: Option<&'a Finder<'static>>, kept: Option<Box<Kept>>) -> Self {
        Self {
            bytes: 0,
            encodings: Encodings::default(),
            encoded: Vec::new(),
            search: Search { finder, found: finder.is_none(), tail: Vec::new() },
            kept,
        }
    }

    /// Says how the body is encoded, before its first byte.
    pub(super) fn set_encodings(&mut self, encodings: Encodings) {
        self.encodings = encodings;
    }

    /// Where the header fields of the response go; `None` where they are not wanted.
    pub(super) fn wanted_fields(&mut self, sets_cookies: impl FnOnce() -> bool) -> Option<&mut Fields> {
        self.kept.as_mut()?.wanted_fields(sets_cookies())
    }

    /// What was kept of the response, once it is complete.
    pub(super) fn take_kept(&mut self) -> Option<Box<Kept>> {
        self.kept.take()
    }

    /// Consumes the next part of the body.
    pub(crate) fn feed(&mut self, part: &[u8]) {
        self.bytes += part.len() as u64;
        if self.encodings.is_identity() {
            self.search.feed(part);
            if let Some(kept) = &mut self.kept {
                kept.append(part);
            }
        } else if self.most_encoded().is_some_and(|most| self.encoded.len() <= most) {
            self.encoded.extend_from_slice(part);
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
        if self.most_encoded().is_none() {
            return (BodyState::AsExpected, None);
        }
        let is_searched = !self.search.found;
        if is_searched && self.encoded.len() > LONGEST_ENCODED {
            return (BodyState::Undecodable, None);
        }
        let is_cut = (self.encoded.len() as u64) < self.bytes;
        let (search, kept) = (&mut self.search, &mut self.kept);
        let decoded = self.encodings.decode(&self.encoded, |piece| {
            search.feed(piece);
            let has_room = kept.as_mut().is_some_and(|kept| kept.append(piece));
            if has_room || is_searched { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        self.encoded = Vec::new();
        match decoded {
            Ok(length) if !is_cut => (search.state(), length),
            Err(_) if !is_cut => (BodyState::Undecodable, None),
            // The rest was left away because nobody wants it, or, of what hardly decodes to anything, can be given it.
            Ok(_) | Err(_) => {
                if let Some(kept) = kept {
                    kept.body_is_cut = true;
                }
                (BodyState::AsExpected, None)
            }
        }
    }

    /// After how many encoded bytes no more are collected; `None` where nobody looks into the body.
    fn most_encoded(&self) -> Option<usize> {
        if !self.search.found {
            return Some(LONGEST_ENCODED);
        }
        let limit = self.kept.as_ref()?.limit()?;
        // Bytes that cannot be made shorter become a little longer, and names and checksums take some.
        let most = limit.saturating_add(limit / 64).saturating_add(64 * 1024);
        Some(usize::try_from(most).unwrap_or(usize::MAX).min(LONGEST_ENCODED))
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
    use crate::http::kept::Wants;

    fn check(parts: &[&str], needle: &str, expected: bool) {
        let finder = Finder::new(needle).into_owned();
        let mut body = BodyCheck::new(Some(&finder), None);
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
            let mut check = BodyCheck::new(finder.as_ref(), None);
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

    fn kept_of(encoding: &str, body: &[u8], limit: u64) -> (BodyState, Option<u64>, Box<Kept>) {
        let wants = Wants { body: Some(limit), ..Wants::default() };
        let mut check = BodyCheck::new(None, Kept::for_next(None, wants));
        check.set_encodings(Encodings::of(encoding.as_bytes()));
        body.chunks(10_000).for_each(|part| check.feed(part));
        assert_eq!(check.bytes(), body.len() as u64);
        let (state, decoded) = check.finish();
        (state, decoded, check.take_kept().unwrap())
    }

    #[test]
    fn a_wanted_body_is_kept_without_its_encoding() {
        let body = b"\x8f\x07\x80all is well here\x03";
        let check = |encoding: &str, body: &[u8], limit, expected: (BodyState, Option<u64>, &str, bool)| {
            let (state, decoded, kept) = kept_of(encoding, body, limit);
            let text = std::str::from_utf8(&kept.body).unwrap();
            assert_eq!((state, decoded, text, kept.body_is_cut), expected, "{encoding} {limit}");
        };
        let whole = "all is well here";
        check("br", body, 16, (BodyState::AsExpected, Some(16), whole, false));
        check("br", body, 6, (BodyState::AsExpected, None, "all is", true));
        check("", whole.as_bytes(), 16, (BodyState::AsExpected, Some(16), whole, false));
        check("", whole.as_bytes(), 6, (BodyState::AsExpected, Some(16), "all is", true));
        check("br", b"", 6, (BodyState::AsExpected, Some(0), "", false));
        check("gzip", body, 16, (BodyState::Undecodable, None, "", false));
        check("x-secret", body, 16, (BodyState::Undecodable, None, "", false));
    }

    #[test]
    fn of_a_long_encoded_body_only_the_beginning_is_collected() {
        let mut state = 1_u64;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()[0]
        };
        let noise: Vec<u8> = std::iter::repeat_with(&mut next).take(3_000_000).collect();
        // Blocks of deflate that are stored as they are.
        let blocks = noise.chunks(50_000).flat_map(|block| {
            let length = u16::try_from(block.len()).unwrap();
            [&[0][..], &length.to_le_bytes(), &(!length).to_le_bytes(), block].concat()
        });
        let packed: Vec<u8> = blocks.chain([1, 0, 0, 0xff, 0xff]).collect();
        let mut check =
            BodyCheck::new(None, Kept::for_next(None, Wants { body: Some(200_000), ..Wants::default() }));
        check.set_encodings(Encodings::of(b"deflate"));
        packed.chunks(16_384).for_each(|part| check.feed(part));
        assert!(packed.len() > 1_000_000 && check.encoded.len() < 300_000, "{}", check.encoded.len());
        assert_eq!(check.finish(), (BodyState::AsExpected, None));
        let kept = check.take_kept().unwrap();
        assert!(kept.body_is_cut && kept.body == noise[..200_000]);
    }

    #[test]
    fn a_text_is_looked_for_behind_the_limit() {
        let body = b"\x8f\x07\x80all is well here\x03";
        let finder = Finder::new("here").into_owned();
        let wants = Wants { body: Some(3), ..Wants::default() };
        let mut check = BodyCheck::new(Some(&finder), Kept::for_next(None, wants));
        check.set_encodings(Encodings::of(b"br"));
        check.feed(body);
        assert_eq!(check.finish(), (BodyState::AsExpected, Some(16)));
        let kept = check.take_kept().unwrap();
        assert_eq!((kept.body.as_slice(), kept.body_is_cut), (b"all".as_slice(), true));
    }
}
