//! The exporter: turns groups into samples, sends them in order, and remembers in the run's folder how far it has got.

use std::time::Duration;

use crate::domain::cell_name::CellName;
use crate::domain::run::RunState;
use crate::host;
use crate::observe::prometheus::Metrics;
use crate::observe::{Exporter, Say};
use crate::run::follow::{Beside, Distributions, Group, RunFollower};
use crate::store::delivered::Cursor;

use super::emission::Emission;
use super::message::Unit;
use super::queue::{Queue, Step};
use super::receiver::{Receiver, RemoteWriteError};
use super::sender::Sender;

/// Series of cells that are not being measured are sent this often: Prometheus forgets a series after five minutes.
const REFRESH_MS: i64 = 60_000;
/// How long a receiver that accepts nothing is waited for once the run has ended.
const GRACE: Duration = Duration::from_secs(10);
/// The state of the run is looked at this often while a receiver is waited for.
const LOOK: Duration = Duration::from_millis(500);
/// The longest wait for a response while the run goes on.
const RESPONSE: Duration = Duration::from_secs(10);

/// Sends the metrics of a run to a receiver.
pub struct RemoteWrite {
    sender: Sender,
    say: Say,
    queue: Queue,
    emission: Emission,
    metrics: Option<Metrics>,
    cursor: Option<Cursor>,
    /// When the last moment was, and the last one with all cells. Units: milliseconds since 1970.
    last_ms: i64,
    full_ms: i64,
    /// When the run was seen to have ended, on the queue's clock.
    ended_ns: Option<u64>,
    has_given_up: bool,
    /// Groups that were neither sent nor refused.
    unsent: u64,
    refused: u64,
    /// Whether the user knows that the receiver does not accept anything.
    has_trouble: bool,
    /// Whether the user knows that the receiver refuses something.
    has_refusal: bool,
    has_unwritable_cursor: bool,
}

impl RemoteWrite {
    /// Prepares sending to a receiver.
    /// # Errors
    /// [`RemoteWriteError`] where that cannot be done.
    pub fn new(receiver: Receiver, say: Say) -> Result<Self, RemoteWriteError> {
        Ok(Self {
            sender: Sender::new(receiver)?,
            say,
            queue: Queue::new(),
            emission: Emission::default(),
            metrics: None,
            cursor: None,
            last_ms: i64::MIN,
            full_ms: i64::MIN,
            ended_ns: None,
            has_given_up: false,
            unsent: 0,
            refused: 0,
            has_trouble: false,
            has_refusal: false,
            has_unwritable_cursor: false,
        })
    }

    fn say(&self, text: &str) {
        (self.say)(&format!("remote write to {}: {text}", self.sender.receiver));
    }

    /// Adds a moment: the run and the cells that are wanted, or all of them if that is due.
    fn push(&mut self, run: &RunFollower, group: Option<u64>, at_ms: i64, cells: &[&CellName]) {
        let Some(metrics) = &mut self.metrics else { return };
        let is_full = cells.is_empty() || at_ms.saturating_sub(self.full_ms) >= REFRESH_MS;
        if is_full {
            metrics.status(&run.status());
            self.full_ms = at_ms;
        }
        self.last_ms = at_ms;
        let points = self.emission.points(metrics, |cell| is_full || cells.contains(&cell));
        self.queue.push(Unit { group, at_ms, points });
    }

    /// Between cycles nothing is measured, and the series have to go on.
    fn refresh(&mut self, run: &RunFollower) {
        // Read before the state: a window that begins later ends later.
        let now_ms = host::clock::now().as_millisecond();
        if self.last_ms == i64::MIN || now_ms.saturating_sub(self.last_ms) < REFRESH_MS {
            return;
        }
        let is_idle = run.status().heartbeat.is_some_and(|beat| {
            beat.run_state() == Some(RunState::Running) && beat.cell.is_none() && beat.windows == run.last()
        });
        if is_idle && !self.has_given_up {
            self.push(run, None, now_ms, &[]);
        }
    }

    /// Whether the run has ended. A rehearsal has no process, so its state is that of its heartbeat.
    fn look(&mut self, run: &RunFollower) -> bool {
        let is_running =
            || run.status().heartbeat.is_some_and(|beat| beat.run_state() == Some(RunState::Running));
        if self.ended_ns.is_none() && !is_running() {
            self.ended_ns = Some(self.queue.now_ns());
        }
        self.ended_ns.is_some()
    }

    /// How long to go on; `None` where the run has ended and the receiver has accepted nothing for too long.
    fn left(&self) -> Option<Duration> {
        let Some(ended_ns) = self.ended_ns else { return Some(RESPONSE) };
        let since = self.queue.now_ns().saturating_sub(ended_ns.max(self.queue.accepted_ns));
        GRACE.checked_sub(Duration::from_nanos(since)).filter(|left| !left.is_zero())
    }

    /// One attempt; whether to go on at once.
    fn step(&mut self) -> bool {
        match self.queue.step(&self.sender, self.left().unwrap_or(LOOK).max(LOOK)) {
            Step::Waiting => !self.queue.is_empty() && self.queue.until_due().is_zero(),
            Step::Sent(group) => {
                if std::mem::take(&mut self.has_trouble) {
                    self.say("accepts samples again");
                }
                self.note(group);
                true
            }
            Step::Refused { group, why, is_known } => {
                if !is_known {
                    self.refused += u64::from(group.is_some());
                    if !std::mem::replace(&mut self.has_refusal, true) {
                        self.say(&format!("warning: a window was refused, and is not sent again: {why}"));
                    }
                }
                self.note(group);
                true
            }
            Step::WithoutNative => {
                self.say("native histograms are off at the receiver; only classic ones are sent");
                true
            }
            Step::Failed(why) => {
                if !std::mem::replace(&mut self.has_trouble, true) {
                    self.say(&format!("warning: {why}; it is tried again, and no window is lost"));
                }
                self.queue.until_due().is_zero()
            }
        }
    }

    /// Notes how far the receiver has got.
    fn note(&mut self, group: Option<u64>) {
        let (Some(cursor), Some(group)) = (&mut self.cursor, group) else { return };
        if let Err(error) = cursor.advance(group)
            && !std::mem::replace(&mut self.has_unwritable_cursor, true)
        {
            let text = format!("warning: {error}; after a restart all windows are sent again");
            self.say(&text);
        }
    }

    /// Sends until nothing waits any more, or it has to be given up. The load goes on meanwhile, and the folder is the queue.
    fn drain(&mut self, run: &RunFollower) {
        while !self.queue.is_empty() {
            if self.step() {
                continue;
            }
            self.look(run);
            let Some(left) = self.left() else {
                self.has_given_up = true;
                self.unsent += self.queue.groups();
                self.queue.clear();
                return;
            };
            std::thread::sleep(self.queue.until_due().min(left).min(LOOK));
        }
    }

    fn conclude(&self, run: &RunFollower) {
        if self.unsent > 0 {
            let run_id = &run.manifest().run_id;
            self.say(&format!(
                "warning: {} windows were not sent; `baseline start --resume {run_id} --remote-write URL` sends them",
                self.unsent
            ));
        }
        if self.refused > 1 {
            self.say(&format!("warning: {} windows were refused", self.refused));
        }
    }
}

impl Exporter for RemoteWrite {
    fn distributions(&self) -> Distributions {
        Distributions::Read
    }

    fn began(&mut self, run: &RunFollower) {
        self.metrics = Some(Metrics::new(run));
        self.cursor = Some(Cursor::read(run.folder(), &self.sender.receiver.id));
    }

    fn group(&mut self, run: &RunFollower, group: &Group) {
        if let Some(metrics) = &mut self.metrics {
            metrics.take(run, group);
        }
        let Some(whole) = group.whole() else { return };
        let at_ms = whole.window.ended_at().as_millisecond();
        if self.cursor.as_ref().is_some_and(|cursor| group.number() <= cursor.group()) {
            self.last_ms = at_ms;
            return;
        }
        if self.has_given_up {
            self.unsent += 1;
            return;
        }
        let cells: Vec<&CellName> = group.rows.iter().map(|row| &row.window.cell).collect();
        self.push(run, Some(group.number()), at_ms, &cells);
        if self.queue.is_full() {
            self.drain(run);
        }
    }

    fn beside(&mut self, _run: &RunFollower, beside: &Beside) {
        if let Some(metrics) = &mut self.metrics {
            metrics.beside(beside);
        }
    }

    fn tick(&mut self, run: &RunFollower) {
        self.refresh(run);
        while !self.queue.is_empty() && self.step() {}
    }

    fn finish(&mut self, run: Option<&RunFollower>) {
        let Some(run) = run else { return };
        let now_ns = self.queue.now_ns();
        self.ended_ns.get_or_insert(now_ns);
        self.drain(run);
        if !self.has_given_up && self.last_ms != i64::MIN {
            // The state in which the run has ended, and then the end of what described its last windows.
            self.push(run, None, self.last_ms + 1, &[]);
            let points = self.emission.end();
            self.queue.push(Unit { group: None, at_ms: self.last_ms + 1, points });
            self.drain(run);
        }
        self.conclude(run);
    }
}
