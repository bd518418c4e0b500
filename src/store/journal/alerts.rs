//! The alerts of a journal, each from its beginning to its end.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use crate::domain::alert::Alert;

use super::entry::{Entry, JournalEvent};

/// An alert, and who looked after it.
#[derive(Debug, Clone, PartialEq)]
pub struct JournalAlert {
    /// The alert.
    pub alert: Alert,
    /// When it was acknowledged first, and by whom.
    pub acknowledged: Option<(Timestamp, Option<String>)>,
    /// What was said then.
    pub note: Option<String>,
}

impl JournalAlert {
    /// Time from its beginning until somebody acknowledged it.
    pub fn time_to_acknowledge(&self) -> Option<Duration> {
        self.acknowledged.as_ref().map(|(at, _)| since(self.alert.opened_at, *at))
    }

    /// Time from its beginning to its end.
    pub fn time_to_resolve(&self) -> Option<Duration> {
        self.alert.closed_at.map(|at| since(self.alert.opened_at, at))
    }
}

/// The alerts that were opened, in the order in which they were.
///
/// An alert that is opened twice, by a monitor that was killed between two entries, is the same alert. Entries about an alert
/// that was not opened are left out; of several acknowledgements and ends the first counts.
pub fn alerts_of(entries: &[Entry]) -> Vec<JournalAlert> {
    let mut alerts: Vec<JournalAlert> = Vec::new();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in entries {
        match &entry.event {
            JournalEvent::Opened(alert) if !places.contains_key(alert.id.as_str()) => {
                places.insert(&alert.id, alerts.len());
                let alert = alert.clone();
                alerts.push(JournalAlert { alert, acknowledged: None, note: None });
            }
            JournalEvent::Closed { id, closed_at } => {
                if let Some(known) = places.get(id.as_str()).and_then(|place| alerts.get_mut(*place)) {
                    known.alert.closed_at.get_or_insert(*closed_at);
                }
            }
            JournalEvent::Acknowledged { id, by, note } => {
                let known = places.get(id.as_str()).and_then(|place| alerts.get_mut(*place));
                if let Some(known) = known.filter(|known| known.acknowledged.is_none()) {
                    known.acknowledged = Some((entry.at, by.clone()));
                    known.note.clone_from(note);
                }
            }
            _ => (),
        }
    }
    alerts
}

/// A span, 0 where clocks went backwards.
fn since(from: Timestamp, until: Timestamp) -> Duration {
    Duration::try_from(until.duration_since(from)).unwrap_or_default()
}
