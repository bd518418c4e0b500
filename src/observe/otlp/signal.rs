//! One signal, metrics or traces: what waits to be sent of it, in order, and how far the receiver has got.

use std::collections::VecDeque;
use std::path::Path;
use std::time::Duration;

use crate::domain::units::nanos;
use crate::host::monotonic::Clock;
use crate::observe::remote_write::jittered;
use crate::store::delivered::Cursor;

use super::message::{PartialSuccess, Resource, Scope};
use super::sender::{Outcome, Sender};

/// How many points or spans a request has at most, but for one moment of many.
const MOST_ITEMS: usize = 5_000;
/// The longest wait for a response.
const RESPONSE: Duration = Duration::from_secs(10);
/// The first wait after a failure; it doubles up to the longest.
const FIRST_WAIT: Duration = Duration::from_millis(500);
/// The longest wait between two tries that no receiver asked for.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// What a signal sends.
pub(super) trait Payload: Clone {
    /// Path below the receiver's URL.
    const PATH: [&'static str; 2];
    /// File of the cursor in the run's folder.
    const FILE: &'static str;
    /// What one request is made of, for messages: `points` or `spans`.
    const ITEMS: &'static str;

    /// Number of points or spans.
    fn weight(items: &[Self]) -> usize;

    /// A request with the items of several moments.
    fn request(resource: &Resource, scope: &Scope, moments: Vec<Vec<Self>>) -> Vec<u8>;
}

/// What is to be sent of one moment.
#[derive(Debug, Clone)]
struct Moment<T> {
    /// The group that it is the end of.
    group: Option<u64>,
    items: Vec<T>,
}

/// What an attempt came to.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step {
    /// It is too early, or there is nothing to send.
    Waiting,
    /// The receiver has what was sent, but for what it rejected.
    Sent(Option<PartialSuccess>),
    /// It is tried again.
    Failed(String),
    /// These groups were refused and are dropped.
    Refused(u64, String),
    /// Nothing is sent any more. The folder still has it.
    Stopped(String),
}

/// A signal.
pub(super) struct Signal<T> {
    moments: VecDeque<Moment<T>>,
    weight: usize,
    cursor: Option<Cursor>,
    clock: Clock,
    due_ns: u64,
    wait: Duration,
    /// Most moments of the next request: fewer after one that was too large.
    most: usize,
    /// Whether the receiver takes nothing, or was given up.
    has_stopped: bool,
    /// Groups that were not sent because of that.
    pub(super) unsent: u64,
    /// When the receiver accepted something last.
    accepted_ns: u64,
    /// Why the cursor cannot be written; told once.
    pub(super) trouble: Option<String>,
}

impl<T: Payload> Signal<T> {
    pub(super) fn new() -> Self {
        Self {
            moments: VecDeque::new(),
            weight: 0,
            cursor: None,
            clock: Clock::start(),
            due_ns: 0,
            wait: FIRST_WAIT,
            most: usize::MAX,
            has_stopped: false,
            unsent: 0,
            accepted_ns: 0,
            trouble: None,
        }
    }

    /// Reads how far the receiver has got with this run.
    pub(super) fn began(&mut self, folder: &Path, receiver: &str) {
        self.cursor = Some(Cursor::in_file(folder, T::FILE, receiver));
    }

    /// Whether the receiver has a group already, so that it need not be sent.
    pub(super) fn has(&self, group: u64) -> bool {
        self.cursor.as_ref().is_some_and(|cursor| group <= cursor.group())
    }

    /// Adds a moment, unless the receiver has its group.
    pub(super) fn push(&mut self, group: Option<u64>, items: Vec<T>) {
        if group.is_some_and(|group| self.has(group)) {
            return;
        }
        if self.has_stopped {
            self.unsent += u64::from(group.is_some());
            return;
        }
        self.weight += T::weight(&items);
        self.moments.push_back(Moment { group, items });
    }

    pub(super) fn is_empty(&self) -> bool {
        self.moments.is_empty()
    }

    pub(super) fn has_stopped(&self) -> bool {
        self.has_stopped
    }

    /// Whether no more may wait in memory; the rest waits in the run's folder.
    pub(super) fn is_full(&self) -> bool {
        self.weight >= MOST_ITEMS || self.moments.len() >= MOST_ITEMS
    }

    /// How long until the next try.
    pub(super) fn until_due(&self) -> Duration {
        Duration::from_nanos(self.due_ns.saturating_sub(self.clock.now_ns()))
    }

    /// How long ago the receiver accepted something, or was first asked to.
    pub(super) fn since_accepted(&self) -> Duration {
        Duration::from_nanos(self.clock.now_ns().saturating_sub(self.accepted_ns))
    }

    /// Counts the time without success from now on.
    pub(super) fn is_asked_now(&mut self) {
        self.accepted_ns = self.clock.now_ns();
    }

    /// Sends nothing any more.
    pub(super) fn stop(&mut self) {
        self.has_stopped = true;
        self.unsent += self.moments.iter().filter(|moment| moment.group.is_some()).count() as u64;
        self.moments.clear();
        self.weight = 0;
    }

    /// Sends what waits, if that is due.
    pub(super) fn step(
        &mut self,
        sender: &Sender,
        resource: &Resource,
        scope: &Scope,
        within: Duration,
    ) -> Step {
        if self.moments.is_empty() || !self.until_due().is_zero() {
            return Step::Waiting;
        }
        let number = self.moments.len().min(self.most);
        let items: Vec<Vec<T>> = self.moments.range(..number).map(|moment| moment.items.clone()).collect();
        if items.iter().all(Vec::is_empty) {
            self.drop_front(number);
            return Step::Sent(None);
        }
        let message = T::request(resource, scope, items);
        match sender.send(&T::PATH, &message, within.min(RESPONSE)) {
            Outcome::Accepted(partial) => {
                self.drop_front(number);
                Step::Sent(partial)
            }
            Outcome::TooLarge(_) if number > 1 => {
                self.most = number / 2;
                Step::Waiting
            }
            Outcome::TooLarge(why) | Outcome::Refused(why) => {
                let groups = self.drop_front(number);
                Step::Refused(groups, why)
            }
            Outcome::Denied(why) => {
                self.stop();
                Step::Stopped(why)
            }
            Outcome::Later { why, after } => {
                let wait = after.unwrap_or(jittered(self.wait));
                self.wait = (self.wait * 2).min(LONGEST_WAIT);
                self.due_ns = self.clock.now_ns().saturating_add(nanos(wait));
                Step::Failed(why)
            }
        }
    }

    /// Removes moments from the front, and notes how far the receiver has got; the number of groups among them.
    fn drop_front(&mut self, number: usize) -> u64 {
        (self.wait, self.due_ns) = (FIRST_WAIT, 0);
        self.accepted_ns = self.clock.now_ns();
        let (mut last, mut groups) = (None, 0);
        for moment in self.moments.drain(..number) {
            self.weight -= T::weight(&moment.items);
            groups += u64::from(moment.group.is_some());
            last = moment.group.or(last);
        }
        if let (Some(cursor), Some(group)) = (&mut self.cursor, last)
            && let Err(error) = cursor.advance(group)
        {
            self.trouble.get_or_insert(error.to_string());
        }
        groups
    }
}
