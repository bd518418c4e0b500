//! The entries of a journal.

use std::time::Duration;

use jiff::Timestamp;

use crate::domain::alert::Alert;
use crate::domain::health::Health;

/// One entry.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// When it was noted. Resolution: milliseconds.
    pub at: Timestamp,
    /// What happened.
    pub event: JournalEvent,
}

impl Entry {
    /// The alert that it is about.
    pub fn alert(&self) -> Option<&str> {
        match &self.event {
            JournalEvent::Opened(alert) => Some(&alert.id),
            JournalEvent::Closed { id, .. }
            | JournalEvent::Acknowledged { id, .. }
            | JournalEvent::Sent { id, .. } => Some(id),
            _ => None,
        }
    }
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum JournalEvent {
    /// An alert began. Its end is an entry of its own.
    Opened(Alert),
    /// An alert ended.
    Closed {
        /// The alert.
        id: String,
        /// When it ended.
        closed_at: Timestamp,
    },
    /// Somebody looks after an alert.
    Acknowledged {
        /// The alert.
        id: String,
        /// Who, where that was said.
        by: Option<String>,
        /// What they said about it.
        note: Option<String>,
    },
    /// The state of a workload changed.
    State {
        /// The endpoint or journey.
        workload: String,
        /// Its state before.
        before: Health,
        /// Its state from now on.
        after: Health,
    },
    /// A command was started, or would have been.
    HookStarted {
        /// Name of the hook.
        hook: String,
        /// The endpoint or journey whose state changed.
        workload: String,
        /// Whether nothing was run.
        is_dry_run: bool,
    },
    /// A command ended.
    HookEnded {
        /// Name of the hook.
        hook: String,
        /// The endpoint or journey whose state changed.
        workload: String,
        /// Its exit code; `None` where a signal ended it or it could not be started.
        code: Option<i32>,
        /// Whether it was killed because it took too long.
        is_timed_out: bool,
        /// The beginning of what it printed.
        head: String,
        /// The end of what it printed, where that is not part of the beginning.
        tail: String,
        /// How long it took.
        duration: Duration,
    },
    /// A command was not started.
    HookSkipped {
        /// Name of the hook.
        hook: String,
        /// The endpoint or journey whose state changed.
        workload: String,
        /// Why, as a sentence fragment.
        why: String,
    },
    /// A receiver has accepted a notification.
    Sent {
        /// The alert.
        id: String,
        /// The receiver, without secrets.
        receiver: String,
        /// Whether the alert had begun; otherwise it had ended.
        is_firing: bool,
    },
}
