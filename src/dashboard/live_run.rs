//! A run that is served: its state, and the threads that keep it up to date.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use tokio::sync::{Mutex as TurnOf, OwnedMutexGuard, watch};

use crate::host::monotonic::Clock;
use crate::report::ReportError;
use crate::report::drawing::HTML;
use crate::run::follow::{Distributions, RunFollower};
use crate::run::wake::{Wake, Woken};
use crate::store::StoreError;

use super::deep::Deep;
use super::facts::Facts;
use super::judging::judge;
use super::marks::MarksWatch;
use super::run_state::RunState;

/// How often at least a run that is being measured is looked at.
const TICK: Duration = Duration::from_secs(1);
/// How often a run that has ended is looked at: it may be resumed.
const TICK_OF_ENDED: Duration = Duration::from_secs(2);
/// How often the thread for verdicts looks for work.
const LOOK: Duration = Duration::from_millis(200);
/// Reading a whole run takes time from the machine that measures. This many times as long passes before it is read again, so that
/// it costs a hundredth of one processor.
const PAUSE: u64 = 100;
/// The shortest time between two readings of a whole run.
const LEAST_PAUSE_MS: u64 = 2_000;
/// Without a request for this long, nobody looks at a run, and its verdict can wait.
const WATCHED_MS: u64 = 15_000;

/// A run that is served.
#[derive(Debug)]
pub(super) struct LiveRun {
    folder: PathBuf,
    state: Mutex<RunState>,
    /// Counts up with every change of the state.
    changed: watch::Sender<u64>,
    /// What needs the distributions, read when somebody asks for it.
    deep: Arc<TurnOf<Deep>>,
    clock: Clock,
    asked_ms: AtomicU64,
    is_stopped: AtomicBool,
}

impl LiveRun {
    /// Opens a run and starts to follow it.
    /// # Errors
    /// [`ReportError`] where it is not a run, or cannot be read; [`StoreError::Io`] where no thread can be started.
    pub(super) fn open(folder: &Path, wake: Wake) -> Result<Arc<Self>, ReportError> {
        let follower = RunFollower::open(folder, Distributions::Skip)?;
        let facts = Facts::read(&follower)?;
        let run = Arc::new(Self {
            folder: folder.to_owned(),
            state: Mutex::new(RunState::new(facts)),
            changed: watch::Sender::new(0),
            deep: Arc::new(TurnOf::new(Deep::new(folder))),
            clock: Clock::start(),
            asked_ms: AtomicU64::new(0),
            is_stopped: AtomicBool::new(false),
        });
        let no_thread =
            |source| ReportError::from(StoreError::Io { action: "follow", path: folder.to_owned(), source });
        let (following, judging) = (Arc::clone(&run), Arc::clone(&run));
        let spawn = |name: &str| thread::Builder::new().name(name.to_owned());
        spawn("live-follow").spawn(move || following.follow(follower, &wake)).map_err(no_thread)?;
        spawn("live-verdict").spawn(move || judging.judge_again()).map_err(no_thread)?;
        Ok(run)
    }

    /// The state, for a moment: it is neither read from disk nor sent while it is locked.
    pub(super) fn state(&self) -> MutexGuard<'_, RunState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What needs the distributions, for one request after the other: reading those of a long run takes seconds, and must not
    /// take all threads that read.
    pub(super) async fn deep(&self) -> OwnedMutexGuard<Deep> {
        Arc::clone(&self.deep).lock_owned().await
    }

    /// Folder of the run.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Sees every change of the state.
    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// Whether anybody waits for changes.
    pub(super) fn has_clients(&self) -> bool {
        self.changed.receiver_count() > 0
    }

    /// Notes that somebody asked for the run.
    pub(super) fn asked(&self) {
        self.asked_ms.store(self.now_ms().max(1), Ordering::Relaxed);
    }

    /// How long ago somebody asked last. Units: milliseconds.
    pub(super) fn asked_ago_ms(&self) -> u64 {
        self.now_ms().saturating_sub(self.asked_ms.load(Ordering::Relaxed))
    }

    /// Ends the threads soon.
    pub(super) fn stop(&self) {
        self.is_stopped.store(true, Ordering::Relaxed);
    }

    fn is_stopped(&self) -> bool {
        self.is_stopped.load(Ordering::Relaxed)
    }

    fn now_ms(&self) -> u64 {
        self.clock.now_ns() / 1_000_000
    }

    fn announce(&self) {
        self.changed.send_modify(|version| *version += 1);
    }

    /// Reads what is new until the run is not served any more.
    fn follow(&self, mut follower: RunFollower, wake: &Wake) {
        let mut marks = MarksWatch::new(&follower);
        loop {
            let is_changed = self.step(&mut follower, &mut marks);
            if is_changed {
                self.announce();
            }
            if self.is_stopped() || !self.wait(wake) {
                break;
            }
        }
        // What was committed last may have come after the last step.
        self.step(&mut follower, &mut marks);
        self.announce();
    }

    /// Waits for news; `false` where none will come.
    fn wait(&self, wake: &Wake) -> bool {
        if matches!(wake, Wake::Every(_)) && !self.state().is_live() {
            thread::sleep(TICK_OF_ENDED);
            return true;
        }
        match wake.wait(TICK) {
            Woken::Ended => return false,
            Woken::Nothing => return true,
            Woken::News => (),
        }
        // A rehearsal publishes thousands of events in a second: they are one piece of news.
        if matches!(wake, Wake::Every(_)) {
            return true;
        }
        loop {
            match wake.wait(Duration::ZERO) {
                Woken::News => (),
                Woken::Nothing => return true,
                Woken::Ended => return false,
            }
        }
    }

    /// Reads what is new; returns whether there was anything.
    fn step(&self, follower: &mut RunFollower, marks: &mut MarksWatch) -> bool {
        let mut is_news = false;
        let mut has_incidents = false;
        let polled = follower.poll(|follower, group| {
            has_incidents |= group.rows.iter().any(|row| !row.noticed.incidents.is_empty());
            is_news = true;
            self.state().group(follower, &group);
        });
        let beside = follower.beside();
        let mut status = follower.status();
        let trouble = polled.as_ref().err().or(beside.as_ref().err());
        status.trouble = trouble.map(ToString::to_string).or(status.trouble);
        let has_report = self.folder.join(HTML).is_file();
        let is_open = is_news && self.state().incidents.counts().1 > 0;
        let incidents = (has_incidents || is_open).then(|| follower.watcher().incidents());
        let mut state = self.state();
        if let Some(incidents) = incidents {
            state.incidents.update(incidents);
        }
        if let Ok(beside) = beside {
            is_news |= !beside.gaps.is_empty() || !beside.checks.is_empty();
            state.beside(&beside);
        }
        is_news |= state.status(status, has_report);
        let span = state.span();
        drop(state);
        let found = marks.poll(span);
        let mut state = self.state();
        is_news |= found.is_some_and(|found| state.mark(found)) || !state.is_read;
        state.is_read = true;
        is_news
    }

    /// Reads the whole run again where something changed and somebody looks, but seldom.
    fn judge_again(&self) {
        let mut judged = None;
        let mut next_ms = 0;
        while !self.is_stopped() {
            let current = {
                let state = self.state();
                state.is_read.then(|| (state.last(), state.is_live()))
            };
            let is_ended = current.is_some_and(|(_, is_live)| !is_live);
            let is_watched = self.has_clients() || self.asked_ago_ms() < WATCHED_MS;
            let is_due = self.now_ms() >= next_ms || is_ended;
            if current.is_some() && current != judged && is_watched && is_due {
                let began = self.now_ms();
                let found = judge(&self.folder);
                self.state().judged(found);
                self.announce();
                judged = current;
                let now = self.now_ms();
                next_ms = now + ((now - began) * PAUSE).max(LEAST_PAUSE_MS);
            }
            thread::sleep(LOOK);
        }
    }
}
