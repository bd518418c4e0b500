//! The thread of one receiver: tells it what it does not know yet, as long as it takes.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use crate::domain::units::after;
use crate::host::monotonic::Clock;
use crate::observe::Say;
use crate::store::journal::{Entry, Journal, JournalEvent};
use crate::store::sent::{Sent, Told};

use super::queue::{Queue, Sending, Step, Wanted};
use super::sender::{Outcome, Sender};

/// The longest wait for a response.
const RESPONSE: Duration = Duration::from_secs(5);
/// How long a receiver is waited for at the end.
const GRACE: Duration = Duration::from_secs(5);
/// The longest sleep.
const LONGEST_SLEEP: Duration = Duration::from_mins(10);

/// What the caller wants to be told, as of a time.
#[derive(Debug, Clone)]
pub(super) struct Inbox {
    /// In the order of their beginnings.
    pub(super) wanted: Arc<[Wanted]>,
    pub(super) now: Timestamp,
    /// The clock at that time. Units: nanoseconds.
    pub(super) at_ns: u64,
    pub(super) is_over: bool,
    /// Counts up with every change.
    pub(super) version: u64,
}

/// What the caller and the threads share. Nobody holds the lock for longer than a copy takes.
#[derive(Debug)]
pub(super) struct Shared {
    inbox: Mutex<Inbox>,
    changed: Condvar,
    pub(super) clock: Clock,
}

impl Shared {
    pub(super) fn new(now: Timestamp) -> Self {
        let inbox = Inbox { wanted: Arc::new([]), now, at_ns: 0, is_over: false, version: 0 };
        Self { inbox: Mutex::new(inbox), changed: Condvar::new(), clock: Clock::start() }
    }

    pub(super) fn change(&self, change: impl FnOnce(&mut Inbox)) {
        let mut inbox = locked(&self.inbox);
        change(&mut inbox);
        inbox.version += 1;
        drop(inbox);
        self.changed.notify_all();
    }

    fn inbox(&self) -> Inbox {
        locked(&self.inbox).clone()
    }

    /// Waits until there is another version, or for a time.
    fn wait(&self, version: u64, most: Duration) {
        let inbox = locked(&self.inbox);
        let is_same = |inbox: &mut Inbox| inbox.version == version;
        drop(self.changed.wait_timeout_while(inbox, most.min(LONGEST_SLEEP), is_same));
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What is on disk, for all receivers.
pub(super) struct Disk {
    pub(super) sent: Mutex<Sent>,
    pub(super) journal: Option<Mutex<Journal>>,
}

/// One receiver.
pub(super) struct Worker {
    pub(super) sender: Sender,
    pub(super) queue: Queue,
    pub(super) shared: Arc<Shared>,
    pub(super) disk: Arc<Disk>,
    pub(super) say: Say,
    /// Whether the user knows that the receiver is away.
    pub(super) has_trouble: bool,
    pub(super) refusals: u64,
    pub(super) has_unwritable_disk: bool,
}

impl Worker {
    /// Works until the caller is done, and everything was told or given up.
    pub(super) fn run(mut self) {
        let mut ends_ns = None;
        loop {
            let inbox = self.shared.inbox();
            self.queue.forget(&inbox.wanted);
            if inbox.is_over && ends_ns.is_none() {
                self.queue.hurry();
                ends_ns = Some(self.now_ns().saturating_add(crate::domain::units::nanos(GRACE)));
            }
            let left = ends_ns.map_or(RESPONSE, |ends| Duration::from_nanos(ends - ends.min(self.now_ns())));
            let now = self.now(&inbox);
            let pending = self.queue.pending(&inbox.wanted, |id| self.told(id), now);
            if ends_ns.is_some() && (pending == 0 || left.is_zero()) {
                return self.conclude(pending);
            }
            let step = self.queue.next(&inbox.wanted, |id| self.told(id), now, self.now_ns());
            match step {
                Some(Step::Mark(id, told)) => self.note(&id, told, now),
                Some(Step::Send(sending)) => self.send(&sending, now, left.min(RESPONSE)),
                None => self.sleep(&inbox, now, if ends_ns.is_some() { left } else { LONGEST_SLEEP }),
            }
        }
    }

    fn sleep(&self, inbox: &Inbox, now: Timestamp, most: Duration) {
        let due = self.queue.until_ns(&inbox.wanted, |id| self.told(id), now);
        let until = due.map(|due| Duration::from_nanos(due.saturating_sub(self.now_ns())));
        self.shared.wait(inbox.version, until.unwrap_or(LONGEST_SLEEP).min(most));
    }

    fn send(&mut self, sending: &Sending, now: Timestamp, within: Duration) {
        match self.sender.send(&sending.alert, sending.is_firing, now, within) {
            Outcome::Accepted => {
                if std::mem::take(&mut self.has_trouble) {
                    self.say("accepts alerts again");
                }
                let told = self.queue.accepted(sending, self.now_ns());
                if !sending.is_repeat {
                    self.note(&sending.alert.id, told, now);
                    self.journal(sending, now);
                }
            }
            Outcome::Later { why, after } => {
                self.queue.failed(after, self.now_ns());
                if !std::mem::replace(&mut self.has_trouble, true) {
                    self.say(&format!("warning: {why}; it is tried again, and no alert is lost"));
                }
            }
            Outcome::Refused(why) => {
                self.queue.refused(sending);
                self.refusals += 1;
                if self.refusals == 1 {
                    let id = &sending.alert.id;
                    self.say(&format!("warning: alert {id} was refused, and is not sent again: {why}"));
                }
            }
        }
    }

    fn told(&self, id: &str) -> Option<Told> {
        locked(&self.disk.sent).of(&self.sender.receiver.id, id)
    }

    fn note(&mut self, id: &str, told: Told, now: Timestamp) {
        let noted = locked(&self.disk.sent).note(&self.sender.receiver.id, id, told, now);
        if let Err(error) = noted
            && !std::mem::replace(&mut self.has_unwritable_disk, true)
        {
            self.say(&format!("warning: {error}; after a restart some alerts are sent again"));
        }
    }

    fn journal(&mut self, sending: &Sending, now: Timestamp) {
        let Some(journal) = &self.disk.journal else { return };
        let (id, receiver) = (sending.alert.id.clone(), self.sender.receiver.to_string());
        let event = JournalEvent::Sent { id, receiver, is_firing: sending.is_firing };
        let noted = locked(journal).append(&Entry { at: now, event });
        if let Err(error) = noted
            && !std::mem::replace(&mut self.has_unwritable_disk, true)
        {
            self.say(&format!("warning: {error}"));
        }
    }

    fn conclude(&self, pending: u64) {
        if pending > 0 {
            let what = if pending == 1 { "notification was" } else { "notifications were" };
            self.say(&format!("warning: {pending} {what} not sent; the next start sends what is left"));
        }
        if self.refusals > 1 {
            self.say(&format!("warning: {} alerts were refused", self.refusals));
        }
    }

    fn say(&self, text: &str) {
        (self.say)(&format!("alerts to {}: {text}", self.sender.receiver));
    }

    fn now_ns(&self) -> u64 {
        self.shared.clock.now_ns()
    }

    /// The caller's time, which may be a virtual one.
    fn now(&self, inbox: &Inbox) -> Timestamp {
        after(inbox.now, Duration::from_nanos(self.now_ns().saturating_sub(inbox.at_ns)))
    }
}
