//! What a tracker has reported so far.

use super::tracker::Tracker;
use super::types::Incident;

impl Tracker {
    /// The incidents that were reported and are not over, as they were last known, in the order in which they were reported.
    pub fn open(&self) -> impl Iterator<Item = &Incident> {
        self.reported().filter(|(_, is_over)| !is_over).map(|(incident, _)| incident)
    }

    /// All incidents that were reported, as they were last known, and whether each is over: resolved, withdrawn or joined with
    /// another. In the order in which they were reported, which never changes.
    pub fn reported(&self) -> impl Iterator<Item = (&Incident, bool)> {
        self.announced.iter().map(|known| (&known.incident, known.is_over))
    }

    /// Number of incidents that were reported so far.
    pub fn opened(&self) -> u64 {
        self.announced.len() as u64
    }
}
