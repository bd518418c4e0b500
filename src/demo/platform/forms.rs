//! One-time values of forms: each is accepted once, from the session to which it was issued.
//!
//! Only the last ones are kept; an older one is refused as if it had never been issued.

use std::collections::VecDeque;

use super::misuse::Misuse;

/// The values that were issued last, by number.
#[derive(Debug)]
pub(super) struct Forms {
    kept: VecDeque<Issued>,
    /// Number of the first one that is kept.
    first: u64,
    /// Number of form sessions that were begun.
    sessions: u64,
    most: usize,
}

#[derive(Debug, Clone, Copy)]
struct Issued {
    session: u64,
    used: bool,
}

impl Forms {
    /// Keeps the last `most` values.
    pub(super) fn new(most: usize) -> Self {
        Self { kept: VecDeque::new(), first: 0, sessions: 0, most }
    }

    /// Issues a value to a form session, or to a new one; returns the numbers of the session and of the value.
    pub(super) fn issue(&mut self, session: Option<u64>) -> (u64, u64) {
        let session = session.unwrap_or_else(|| {
            self.sessions += 1;
            self.sessions - 1
        });
        if self.kept.len() >= self.most && self.kept.pop_front().is_some() {
            self.first += 1;
        }
        self.kept.push_back(Issued { session, used: false });
        (session, self.issued() - 1)
    }

    /// Uses up the value with this number, for this session.
    ///
    /// # Errors
    /// The value is too old, was used, or belongs to another session.
    pub(super) fn submit(&mut self, value: u64, session: Option<u64>) -> Result<(), Misuse> {
        let place = value.checked_sub(self.first).and_then(|place| usize::try_from(place).ok());
        let issued = place.and_then(|place| self.kept.get_mut(place)).ok_or(Misuse::UnknownCsrf)?;
        if session != Some(issued.session) {
            return Err(Misuse::ForeignCsrf);
        }
        if issued.used {
            return Err(Misuse::ReusedCsrf);
        }
        issued.used = true;
        Ok(())
    }

    /// Number of values that were issued.
    pub(super) fn issued(&self) -> u64 {
        self.first + self.kept.len() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_accepted_once_and_from_its_session() {
        let mut forms = Forms::new(10);
        let (session, value) = forms.issue(None);
        let (other, second) = forms.issue(None);
        assert_ne!(session, other);
        assert_eq!(forms.submit(value, None), Err(Misuse::ForeignCsrf));
        assert_eq!(forms.submit(value, Some(other)), Err(Misuse::ForeignCsrf));
        assert_eq!(forms.submit(value, Some(session)), Ok(()));
        assert_eq!(forms.submit(value, Some(session)), Err(Misuse::ReusedCsrf));
        assert_eq!(forms.submit(99, Some(session)), Err(Misuse::UnknownCsrf));
        let (same, third) = forms.issue(Some(session));
        assert_eq!((same, third), (session, second + 1));
        assert_eq!(forms.submit(third, Some(session)), Ok(()));
    }

    #[test]
    fn only_the_last_values_are_kept() {
        let mut forms = Forms::new(3);
        for _ in 0..10 {
            forms.issue(Some(0));
        }
        assert_eq!((forms.kept.len(), forms.issued()), (3, 10));
        assert_eq!(forms.submit(6, Some(0)), Err(Misuse::UnknownCsrf));
        assert_eq!(forms.submit(7, Some(0)), Ok(()));
        assert_eq!(forms.submit(u64::MAX, Some(0)), Err(Misuse::UnknownCsrf));
    }
}
