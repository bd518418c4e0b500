//! Tells receivers about alerts: takes the list of them as often as it changes, and never holds its caller up.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use jiff::Timestamp;

use crate::domain::alert::Alert;
use crate::observe::Say;
use crate::observe::remote_write::RemoteWriteError;
use crate::store::journal::Journal;
use crate::store::sent::Sent;

use super::queue::{Queue, Wanted};
use super::receiver::{AlertReceiver, Dialect, distinct};
use super::sender::Sender;
use super::worker::{Disk, Shared, Worker};

/// Tells receivers about alerts, each on a thread of its own.
///
/// What was told is kept in the folder, in a file that only one notifier at a time may use, and noted in its journal.
#[derive(Debug)]
pub struct Notifier {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
    /// Alerts that a silence has held back since they began.
    held: BTreeSet<String>,
    last: Arc<[Wanted]>,
}

impl Notifier {
    /// Starts a thread for each receiver. `runbooks` is the URL or folder of the runbooks, `folder` exists and is only this
    /// one's to write to, but for its journal.
    /// # Errors
    /// [`RemoteWriteError`] where a connection cannot be prepared, or a thread not be started.
    pub fn new(
        receivers: Vec<AlertReceiver>,
        runbooks: &str,
        folder: &Path,
        now: Timestamp,
        say: Say,
    ) -> Result<Self, RemoteWriteError> {
        let journal = Journal::open(folder).map(|(journal, _)| Mutex::new(journal));
        let journal = journal.inspect_err(|error| say(&format!("warning: {error}"))).ok();
        let disk = Arc::new(Disk { sent: Mutex::new(Sent::read(folder)), journal });
        let shared = Arc::new(Shared::new(now));
        // Ends the threads that were started where a later one cannot be.
        let mut notifier = Self { shared, threads: Vec::new(), held: BTreeSet::new(), last: Arc::new([]) };
        for receiver in distinct(receivers) {
            let worker = Worker {
                queue: Queue::new(receiver.dialect == Dialect::Alertmanager),
                sender: Sender::new(receiver, runbooks)?,
                shared: Arc::clone(&notifier.shared),
                disk: Arc::clone(&disk),
                say,
                has_trouble: false,
                refusals: 0,
                has_unwritable_disk: false,
            };
            let thread = std::thread::Builder::new().name("alerts".to_owned()).spawn(|| worker.run());
            notifier.threads.push(thread.map_err(|error| RemoteWriteError::Client(error.to_string()))?);
        }
        Ok(notifier)
    }

    /// Takes all alerts that are open or ended within the last 24 hours, as of a time. Receivers are told what they do not
    /// know yet, but nothing about an alert that is silenced. Returns at once; calling it again changes nothing.
    pub fn update(&mut self, alerts: &[Alert], now: Timestamp, is_silenced: &dyn Fn(&Alert) -> bool) {
        let mut alerts: Vec<&Alert> = alerts.iter().collect();
        alerts.sort_by(|a, b| (a.opened_at, &a.id).cmp(&(b.opened_at, &b.id)));
        let mut held = BTreeSet::new();
        let wanted: Arc<[Wanted]> = alerts
            .into_iter()
            .map(|alert| {
                let is_silenced = is_silenced(alert);
                let is_held = is_silenced || !alert.is_open() && self.held.contains(&alert.id);
                if is_held {
                    held.insert(alert.id.clone());
                }
                Wanted { alert: alert.clone(), is_silenced, is_held }
            })
            .collect();
        self.held = held;
        let is_same = wanted == self.last;
        self.last = Arc::clone(&wanted);
        if is_same {
            return;
        }
        let at_ns = self.shared.clock.now_ns();
        self.shared.change(|inbox| (inbox.wanted, inbox.now, inbox.at_ns) = (wanted, now, at_ns));
    }

    /// Waits a few seconds at the most until everything was told, and ends. What is left is told after the next start.
    pub fn finish(mut self) {
        self.shared.change(|inbox| inbox.is_over = true);
        for thread in self.threads.drain(..) {
            // One that panicked has nothing more to tell.
            let _ = thread.join();
        }
    }
}

impl Drop for Notifier {
    fn drop(&mut self) {
        self.shared.change(|inbox| inbox.is_over = true);
    }
}
