//! The folder of a monitor: its state, and the journal of what happened. Nothing is opened or closed twice.

use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;

use crate::domain::alert::Alert;
use crate::domain::health::Health;
use crate::host;
use crate::store::journal::{self, Entry, Journal, JournalEvent, alerts_of};
use crate::store::{StoreError, run_lock};

use super::judge::{Change, Judge};
use super::state::{self, Place};

/// Judged time after which the state is written although nothing changed.
const WRITTEN_EVERY: Duration = Duration::from_mins(5);
/// Whoever was away learns of alerts that ended within this time.
const RECENT: Duration = Duration::from_hours(24);
/// Closed alerts that are kept for whoever has to be told.
const MOST_CLOSED: usize = 200;

/// Keeps other monitors out of the folder, which is made if there is none, until the file is dropped.
/// # Errors
/// [`StoreError::Locked`] where another process has it.
pub fn lock(folder: &Path) -> Result<File, StoreError> {
    std::fs::create_dir_all(folder).map_err(StoreError::io("create", folder))?;
    run_lock::lock(folder)
}

/// Forgets what a monitor knows, for a rehearsal: its clock begins again at the same time.
/// # Errors
/// [`StoreError`] where a file cannot be removed.
pub fn forget(folder: &Path) -> Result<(), StoreError> {
    for name in [state::FILE, journal::FILE] {
        let path = folder.join(name);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(StoreError::io("remove", &path)(error));
            }
            _ => (),
        }
    }
    Ok(())
}

/// What a monitor knows, on disk.
#[derive(Debug)]
pub struct Ledger {
    folder: PathBuf,
    /// What judges.
    pub judge: Judge,
    pub(super) place: Place,
    journal: Journal,
    /// Earlier entries, for whoever has limits over time.
    pub(super) earlier: Vec<Entry>,
    open: BTreeMap<String, Alert>,
    closed: VecDeque<Alert>,
    written_at: Option<Timestamp>,
}

impl Ledger {
    /// Opens the folder, which is made if there is none, and goes on where it was left.
    /// # Errors
    /// [`StoreError`] where a file in it cannot be read or written.
    pub fn open(folder: &Path, mut judge: Judge) -> Result<Self, StoreError> {
        std::fs::create_dir_all(folder).map_err(StoreError::io("create", folder))?;
        let place = state::read(folder, &mut judge)?;
        let (journal, earlier) = Journal::open(folder)?;
        let (mut open, mut closed) = (BTreeMap::new(), VecDeque::new());
        for known in alerts_of(&earlier) {
            if known.alert.is_open() {
                open.insert(known.alert.id.clone(), known.alert);
            } else {
                closed.push_back(known.alert);
            }
        }
        closed.drain(..closed.len().saturating_sub(MOST_CLOSED));
        let mut ledger = Self {
            folder: folder.to_owned(),
            judge,
            place,
            journal,
            earlier,
            open,
            closed,
            written_at: None,
        };
        // What is not in the scenario any more would stay open for ever.
        let judge = ledger.judge.clone();
        ledger.close_left(host::clock::now(), |alert| {
            !alert.subject.as_deref().is_none_or(|subject| judge.is_watched(alert.kind, subject))
        })?;
        Ok(ledger)
    }

    /// Closes open alerts that nobody follows any more.
    fn close_left(&mut self, at: Timestamp, is_left: impl Fn(&Alert) -> bool) -> Result<(), StoreError> {
        let left = self.open.values().filter(|alert| alert.opened_at < at && is_left(alert));
        let left: Vec<String> = left.map(|alert| alert.id.clone()).collect();
        left.into_iter().try_for_each(|id| self.close(&id, at).map(|_| ()))
    }

    fn close(&mut self, id: &str, at: Timestamp) -> Result<bool, StoreError> {
        let Some(alert) = self.open.get(id).cloned() else { return Ok(false) };
        let event = JournalEvent::Closed { id: id.to_owned(), closed_at: at };
        self.journal.append(&Entry { at, event })?;
        self.open.remove(id);
        self.closed.push_back(Alert { closed_at: Some(at), ..alert });
        if self.closed.len() > MOST_CLOSED {
            self.closed.pop_front();
        }
        Ok(true)
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The open alerts, and those that ended within the last day.
    pub fn alerts_since(&self, now: Timestamp) -> Vec<Alert> {
        let is_recent = |alert: &&Alert| {
            let ended = alert.closed_at.unwrap_or(now);
            Duration::try_from(now.duration_since(ended)).unwrap_or_default() < RECENT
        };
        self.closed.iter().filter(is_recent).chain(self.open.values()).cloned().collect()
    }

    /// The open alerts.
    pub fn open_alerts(&self) -> impl Iterator<Item = &Alert> {
        self.open.values()
    }

    /// Keeps a change; returns whether it is new, because a restart may judge a window twice.
    /// # Errors
    /// [`StoreError`] where the journal cannot be written.
    pub fn keep(&mut self, change: &Change) -> Result<bool, StoreError> {
        match change {
            Change::State { workload, before, after, at } => {
                let event =
                    JournalEvent::State { workload: workload.clone(), before: *before, after: *after };
                let entry = Entry { at: *at, event };
                let is_known = self.earlier.contains(&entry);
                if !is_known {
                    self.journal.append(&entry)?;
                }
                if !is_known && *before == Health::Unknown {
                    // Whatever was known is lost, with the state that these belonged to.
                    self.close_left(*at, |alert| {
                        !alert.kind.is_of_service() && alert.subject.as_deref() == Some(workload.as_str())
                    })?;
                }
                Ok(!is_known)
            }
            Change::Opened(alert) => {
                let is_known = self.open.contains_key(&alert.id)
                    || self.closed.iter().any(|closed| closed.id == alert.id);
                if !is_known {
                    self.journal
                        .append(&Entry { at: alert.opened_at, event: JournalEvent::Opened(alert.clone()) })?;
                    self.open.insert(alert.id.clone(), alert.clone());
                }
                Ok(!is_known)
            }
            Change::Closed { id, at, .. } => self.close(id, *at),
        }
    }

    /// Notes something else in the journal.
    /// # Errors
    /// [`StoreError`] where it cannot be written.
    pub fn note(&mut self, at: Timestamp, event: JournalEvent) -> Result<(), StoreError> {
        self.journal.append(&Entry { at, event })
    }

    /// Writes the state, where something changed or some time was judged since.
    /// # Errors
    /// [`StoreError`] where it cannot be written.
    pub fn write(&mut self, at: Timestamp, has_changed: bool) -> Result<(), StoreError> {
        let is_due = self.written_at.is_none_or(|written| {
            Duration::try_from(at.duration_since(written)).is_ok_and(|since| since >= WRITTEN_EVERY)
        });
        if has_changed || is_due {
            state::write(&self.folder, &self.judge, &self.place)?;
            self.written_at = Some(at);
        }
        Ok(())
    }
}
