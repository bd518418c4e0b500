//! Pitches, each owned by the user who created it.

use std::collections::{BTreeSet, HashMap};
use std::ops::Bound;

/// All pitches, by number; numbers are never used twice.
#[derive(Debug)]
pub(super) struct Pitches {
    alive: HashMap<u64, Pitch>,
    by_owner: HashMap<u64, BTreeSet<u64>>,
    created: u64,
    most: usize,
}

/// One pitch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pitch {
    /// Number of the user who created it.
    pub(super) owner: u64,
    pub(super) title: Box<str>,
    pub(super) logline: Option<Box<str>>,
}

/// Why a user may not have a pitch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotYours {
    /// It was deleted.
    Deleted,
    /// It belongs to somebody else.
    Foreign,
}

/// Some of the pitches of one user.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Page<'p> {
    /// In the order of their creation, with their numbers.
    pub(super) pitches: Vec<(u64, &'p Pitch)>,
    /// Whether others follow.
    pub(super) goes_on: bool,
    /// How many pitches the user has.
    pub(super) total: usize,
}

impl Pitches {
    /// Room for `most` pitches.
    pub(super) fn new(most: usize) -> Self {
        Self { alive: HashMap::new(), by_owner: HashMap::new(), created: 0, most }
    }

    /// Keeps a new pitch and returns its number; `None` if there is no room.
    pub(super) fn create(&mut self, pitch: Pitch) -> Option<u64> {
        if self.alive.len() >= self.most {
            return None;
        }
        let number = self.created;
        self.created += 1;
        self.by_owner.entry(pitch.owner).or_default().insert(number);
        self.alive.insert(number, pitch);
        Some(number)
    }

    /// A pitch that was issued, for its owner.
    ///
    /// # Errors
    /// It was deleted, or belongs to another user.
    pub(super) fn of(&mut self, user: u64, number: u64) -> Result<&mut Pitch, NotYours> {
        match self.alive.get_mut(&number) {
            Some(pitch) if pitch.owner == user => Ok(pitch),
            Some(_) => Err(NotYours::Foreign),
            None => Err(NotYours::Deleted),
        }
    }

    /// Removes a pitch for its owner.
    ///
    /// # Errors
    /// It was deleted before, or belongs to another user.
    pub(super) fn delete(&mut self, user: u64, number: u64) -> Result<(), NotYours> {
        self.of(user, number)?;
        self.alive.remove(&number);
        if let Some(numbers) = self.by_owner.get_mut(&user) {
            numbers.remove(&number);
            if numbers.is_empty() {
                self.by_owner.remove(&user);
            }
        }
        Ok(())
    }

    /// Up to `limit` pitches of a user after the one with this number.
    pub(super) fn page(&self, user: u64, after: Option<u64>, limit: usize) -> Page<'_> {
        let Some(numbers) = self.by_owner.get(&user) else {
            return Page { pitches: Vec::new(), goes_on: false, total: 0 };
        };
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let mut rest = numbers.range((from, Bound::Unbounded));
        let pitch = |number: &u64| Some((*number, self.alive.get(number)?));
        let pitches = rest.by_ref().take(limit).filter_map(pitch).collect();
        Page { pitches, goes_on: rest.next().is_some(), total: numbers.len() }
    }

    /// Number of pitches that are not deleted.
    pub(super) fn alive(&self) -> usize {
        self.alive.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pitch(owner: u64) -> Pitch {
        Pitch { owner, title: "title".into(), logline: None }
    }

    #[test]
    fn only_its_owner_has_a_pitch() {
        let mut pitches = Pitches::new(10);
        let number = pitches.create(pitch(1)).unwrap();
        assert_eq!(pitches.of(1, number), Ok(&mut pitch(1)));
        assert_eq!(pitches.of(2, number), Err(NotYours::Foreign));
        assert_eq!(pitches.delete(2, number), Err(NotYours::Foreign));
        assert_eq!(pitches.delete(1, number), Ok(()));
        assert_eq!(pitches.delete(1, number), Err(NotYours::Deleted));
        assert_eq!(pitches.of(1, number), Err(NotYours::Deleted));
        assert!(pitches.by_owner.is_empty());
    }

    #[test]
    fn deleting_makes_room() {
        let mut pitches = Pitches::new(2);
        assert_eq!([(); 3].map(|()| pitches.create(pitch(1))), [Some(0), Some(1), None]);
        pitches.delete(1, 0).unwrap();
        assert_eq!((pitches.create(pitch(1)), pitches.create(pitch(1)), pitches.alive()), (Some(2), None, 2));
    }

    #[test]
    fn a_list_comes_in_pages() {
        let mut pitches = Pitches::new(100);
        for number in 0..10 {
            pitches.create(pitch(number % 2)).unwrap();
        }
        let check = |after: Option<u64>, limit: usize, expected: &[u64], goes_on: bool| {
            let page = pitches.page(1, after, limit);
            let numbers: Vec<u64> = page.pitches.iter().map(|(number, _)| *number).collect();
            assert_eq!((numbers.as_slice(), page.goes_on, page.total), (expected, goes_on, 5));
        };
        check(None, 2, &[1, 3], true);
        check(Some(3), 2, &[5, 7], true);
        check(Some(7), 2, &[9], false);
        check(Some(6), 100, &[7, 9], false);
        check(Some(u64::MAX), 2, &[], false);
        assert_eq!(pitches.page(9, None, 5), Page { pitches: Vec::new(), goes_on: false, total: 0 });
    }
}
