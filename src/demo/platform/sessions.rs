//! Sessions: logins that are open until they expire or are closed.
//!
//! The time is an argument. An expired session is kept until its room is needed, so that it is known as expired.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

/// All sessions, by number; numbers are never used twice.
#[derive(Debug)]
pub(super) struct Sessions {
    kept: HashMap<u64, Session>,
    by_end: BTreeSet<(Duration, u64)>,
    opened: u64,
    most: usize,
}

#[derive(Debug, Clone, Copy)]
struct Session {
    user: u64,
    ends: Duration,
}

/// What became of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It is open, and belongs to this user.
    Open(u64),
    /// Its time is over.
    Expired,
    /// It was closed, or expired long ago.
    Closed,
}

impl Sessions {
    /// Room for `most` sessions that are open at once.
    pub(super) fn new(most: usize) -> Self {
        Self { kept: HashMap::new(), by_end: BTreeSet::new(), opened: 0, most }
    }

    /// Opens a session and returns its number; `None` if there is no room.
    pub(super) fn open(&mut self, user: u64, now: Duration, lifetime: Duration) -> Option<u64> {
        if self.kept.len() >= self.most {
            let (_, oldest) = self.by_end.first().copied().filter(|(ends, _)| *ends <= now)?;
            self.close(oldest);
        }
        let (number, ends) = (self.opened, now.saturating_add(lifetime));
        self.opened += 1;
        self.kept.insert(number, Session { user, ends });
        self.by_end.insert((ends, number));
        Some(number)
    }

    /// What became of the session with this number.
    pub(super) fn standing(&self, number: u64, now: Duration) -> Standing {
        match self.kept.get(&number) {
            Some(session) if now < session.ends => Standing::Open(session.user),
            Some(_) => Standing::Expired,
            None => Standing::Closed,
        }
    }

    /// Closes a session, open or expired; does nothing if it is closed.
    pub(super) fn close(&mut self, number: u64) {
        if let Some(session) = self.kept.remove(&number) {
            self.by_end.remove(&(session.ends, number));
        }
    }

    /// Number of sessions that are open.
    pub(super) fn open_at(&self, now: Duration) -> usize {
        // From the last number at this time on: a session that ends now is over.
        self.by_end.range((now, u64::MAX)..).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_session_is_open_until_its_end_or_until_it_is_closed() {
        let mut sessions = Sessions::new(10);
        let short = sessions.open(7, at(0), at(3)).unwrap();
        let long = sessions.open(8, at(0), at(60)).unwrap();
        assert_eq!(sessions.standing(short, at(2)), Standing::Open(7));
        assert_eq!(sessions.standing(short, at(3)), Standing::Expired);
        assert_eq!(sessions.standing(long, at(3)), Standing::Open(8));
        assert_eq!([0, 2, 3, 60].map(|now| sessions.open_at(at(now))), [2, 2, 1, 0]);
        sessions.close(long);
        sessions.close(long);
        assert_eq!(sessions.standing(long, at(3)), Standing::Closed);
        assert_eq!(sessions.standing(99, at(3)), Standing::Closed);
        assert_eq!(sessions.open_at(at(2)), 1);
        assert_eq!(sessions.standing(sessions.opened, at(0)), Standing::Closed);
    }

    #[test]
    fn room_is_made_of_expired_sessions_only() {
        let mut sessions = Sessions::new(2);
        assert_eq!(sessions.open(1, at(0), at(5)), Some(0));
        assert_eq!(sessions.open(1, at(0), at(9)), Some(1));
        assert_eq!(sessions.open(1, at(4), at(9)), None);
        assert_eq!(sessions.open(1, at(5), at(9)), Some(2));
        assert_eq!(sessions.standing(0, at(5)), Standing::Closed);
        assert_eq!((sessions.kept.len(), sessions.by_end.len()), (2, 2));
        assert_eq!(sessions.open(1, at(6), at(9)), None);
        sessions.close(1);
        assert_eq!(sessions.open(1, at(6), at(9)), Some(3));
    }
}
