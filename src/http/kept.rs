//! What is kept of a response for whoever looks into it afterwards, in memory that is used again for the next.

use std::fmt;

use crate::domain::fields::Fields;

/// What to keep of the response to a request; by default nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Wants {
    /// The header fields of every response.
    pub fields: bool,
    /// The header fields of responses that set cookies.
    pub cookies: bool,
    /// The body without its content encoding, up to this many bytes.
    pub body: Option<u64>,
}

/// What was kept of a response.
#[derive(Clone, Default)]
pub struct Kept {
    /// Its header fields, where they were wanted.
    pub fields: Fields,
    /// Its body without its content encoding, where it was wanted.
    pub body: Vec<u8>,
    /// Whether the body was longer than was wanted of it, so that its end is missing.
    pub body_is_cut: bool,
    wants: Wants,
}

impl Kept {
    /// Makes room for the next response, of which this is wanted, in the memory of the last one; `None` where nothing
    /// is, and there was none.
    pub(super) fn for_next(last: Option<Box<Self>>, wants: Wants) -> Option<Box<Self>> {
        let mut kept = match last {
            Some(last) => last,
            None if wants == Wants::default() => return None,
            None => Box::default(),
        };
        kept.fields.clear();
        kept.body.clear();
        (kept.body_is_cut, kept.wants) = (false, wants);
        Some(kept)
    }

    /// Where the header fields of the response go; `None` where they are not wanted.
    pub(super) fn wanted_fields(&mut self, sets_cookies: bool) -> Option<&mut Fields> {
        (self.wants.fields || (self.wants.cookies && sets_cookies)).then_some(&mut self.fields)
    }

    /// How many bytes of the body are wanted; `None` where it is not wanted.
    pub(super) fn limit(&self) -> Option<u64> {
        self.wants.body
    }

    /// Appends to the body, where it is wanted, up to the limit; returns whether there is room for more.
    pub(super) fn append(&mut self, part: &[u8]) -> bool {
        let Some(limit) = self.wants.body else { return false };
        let room = usize::try_from(limit).unwrap_or(usize::MAX).saturating_sub(self.body.len());
        self.body.extend_from_slice(&part[..part.len().min(room)]);
        self.body_is_cut |= part.len() > room;
        !self.body_is_cut
    }
}

// Headers and bodies may contain secrets, so neither is shown.
impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kept").field("bytes", &self.body.len()).finish_non_exhaustive()
    }
}

impl PartialEq for Kept {
    fn eq(&self, other: &Self) -> bool {
        self.body == other.body
            && self.body_is_cut == other.body_is_cut
            && self.fields.iter().eq(other.fields.iter())
    }
}

impl Eq for Kept {}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanting(body: Option<u64>) -> Option<Box<Kept>> {
        Kept::for_next(None, Wants { body, cookies: true, fields: false })
    }

    #[test]
    fn a_body_is_kept_up_to_its_limit() {
        let check = |limit, expected: &str, is_cut| {
            let mut kept = wanting(limit).unwrap();
            let rooms = [b"ab".as_slice(), b"cd", b""].map(|part| kept.append(part));
            assert_eq!((kept.body.as_slice(), kept.body_is_cut), (expected.as_bytes(), is_cut), "{limit:?}");
            assert_eq!(rooms[2], limit.is_some() && !is_cut);
            let next = Kept::for_next(Some(kept), Wants::default()).unwrap();
            assert_eq!(*next, Kept::default());
        };
        check(None, "", false);
        check(Some(0), "", true);
        check(Some(3), "abc", true);
        check(Some(4), "abcd", false);
        check(Some(u64::MAX), "abcd", false);
        assert!(Kept::for_next(None, Wants::default()).is_none());
    }

    #[test]
    fn fields_are_wanted_always_or_for_cookies() {
        assert!(wanting(None).unwrap().wanted_fields(true).is_some());
        assert!(wanting(None).unwrap().wanted_fields(false).is_none());
        let wants = Wants { fields: true, ..Wants::default() };
        assert!(Kept::for_next(None, wants).unwrap().wanted_fields(false).is_some());
    }

    #[test]
    fn nothing_that_was_kept_is_shown() {
        let mut kept = wanting(Some(100)).unwrap();
        kept.fields.push("set-cookie", b"obviously-fake");
        kept.append(b"obviously-fake");
        assert_eq!(format!("{kept:?}"), "Kept { bytes: 14, .. }");
    }
}
