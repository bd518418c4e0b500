//! Follows the run of a day on a thread of its own: judges, keeps, says, recovers.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;

use crate::domain::alert::Alert;
use crate::domain::health::Health;
use crate::domain::monitoring::Hook;
use crate::domain::silence::Silence;
use crate::domain::window::Window;
use crate::host;
use crate::observe::alerts::{AlertReceiver, Notifier};
use crate::observe::remote_write::RemoteWriteError;
use crate::observe::{Exporter, Say};
use crate::run::event::Event;
use crate::run::follow::{Beside, Group, RunFollower};
use crate::store::StoreError;
use crate::store::check_log::CheckRecord;
use crate::store::journal::JournalEvent;
use crate::store::notes::Notes;

use super::hooks::{Hooks, Occasion};
use super::judge::Change;
use super::ledger::Ledger;
use super::state::Place;

/// How long the end of a day waits for commands that are running.
const LAST_COMMANDS: Duration = Duration::from_secs(3);

/// What a monitor does beside judging.
#[derive(Debug, Clone, Default)]
pub struct Watch {
    /// Commands for changes of states.
    pub hooks: Vec<Hook>,
    /// Whether these are run; otherwise it is noted only that they would have been.
    pub recovers: bool,
    /// Stretches in which nobody is alerted and nothing is run.
    pub silences: Vec<Silence>,
    /// Whether the clock of the run is virtual.
    pub is_rehearsal: bool,
    /// Who gets alerts; nobody in a rehearsal.
    pub receivers: Vec<AlertReceiver>,
    /// URL or folder of the runbooks.
    pub runbooks: String,
    /// Folder of the runs, which has the notes of people.
    pub out: PathBuf,
}

/// Judges what the run of a day measures.
pub struct MonitorExporter {
    ledger: Ledger,
    hooks: Hooks,
    watch: Watch,
    /// Silences of the scenario, and of the notes.
    silences: Vec<Silence>,
    notes: Notes,
    notifier: Option<Notifier>,
    say: Say,
    /// Changes that could not be kept yet, because the disk is full for instance.
    pending: VecDeque<Change>,
    /// Start of the last window.
    last: Option<Timestamp>,
    is_broken: bool,
}

impl MonitorExporter {
    /// What goes on where the ledger was left.
    /// # Errors
    /// [`RemoteWriteError`] where a connection to a receiver cannot be prepared.
    pub fn new(ledger: Ledger, watch: Watch, say: Say) -> Result<Self, RemoteWriteError> {
        let is_live = watch.recovers && !watch.is_rehearsal;
        let hooks = Hooks::new(watch.hooks.clone(), is_live, &ledger.earlier);
        let receivers = watch.receivers.clone();
        let notifier = (!receivers.is_empty() && !watch.is_rehearsal)
            .then(|| Notifier::new(receivers, &watch.runbooks, ledger.folder(), host::clock::now(), say))
            .transpose()?;
        let notes = Notes::of(&watch.out);
        let silences = watch.silences.clone();
        Ok(Self {
            ledger,
            hooks,
            watch,
            silences,
            notes,
            notifier,
            say,
            pending: VecDeque::new(),
            last: None,
            is_broken: false,
        })
    }

    /// Judges one round of probes and a health check that belong to no run, and ends.
    /// # Errors
    /// [`StoreError`] where what is known cannot be written.
    pub fn round(mut self, windows: &[Window], check: Option<&CheckRecord>) -> Result<Ledger, StoreError> {
        let judge = &mut self.ledger.judge;
        let mut changes: Vec<Change> = windows.iter().flat_map(|window| judge.window(window)).collect();
        changes.extend(check.into_iter().flat_map(|check| judge.check(check)));
        self.last = windows.last().map(|window| window.started_at);
        self.changed(changes)?;
        self.close()?;
        Ok(self.ledger)
    }

    /// Waits a little for commands, writes what is known, and tells receivers what is left to tell.
    fn close(&mut self) -> Result<(), StoreError> {
        let now = host::clock::now();
        let ended = self.hooks.finish(LAST_COMMANDS);
        ended.into_iter().try_for_each(|event| self.note(now, event))?;
        self.ledger.write(self.last.unwrap_or(now), true)?;
        self.inform();
        if let Some(notifier) = self.notifier.take() {
            notifier.finish();
        }
        Ok(())
    }

    fn now(&self, at: Timestamp) -> Timestamp {
        if self.watch.is_rehearsal { at } else { host::clock::now() }
    }

    /// The name of the silence in which something about a subject lies.
    fn silence(&self, subject: &str, at: Timestamp) -> Option<String> {
        let silences = self.silences.iter();
        silences
            .filter(|silence| silence.covers(Some(subject), at))
            .map(|silence| silence.name.clone())
            .next()
    }

    /// Keeps changes, says them, and starts what they ask for; returns whether there were any.
    fn changed(&mut self, changes: Vec<Change>) -> Result<bool, StoreError> {
        self.pending.extend(changes);
        let mut has_changed = false;
        while let Some(change) = self.pending.front().cloned() {
            let is_new = self.ledger.keep(&change)?;
            self.pending.pop_front();
            if is_new {
                has_changed = true;
                self.tell(&change);
                self.react(&change)?;
            }
        }
        Ok(has_changed)
    }

    /// Starts the commands for a change of state.
    fn react(&mut self, change: &Change) -> Result<(), StoreError> {
        let Change::State { workload, before, after, at } = change else { return Ok(()) };
        self.read_notes();
        let silence = self.silence(workload, self.now(*at));
        let scenario = self.ledger.judge.scenario.to_string();
        let (before, after, at) = (*before, *after, *at);
        let occasion =
            Occasion { scenario: &scenario, workload, before, after, at, silence: silence.as_deref() };
        let now = self.now(at);
        let notes = self.hooks.changed(occasion, now);
        notes.into_iter().try_for_each(|event| self.note(now, event))
    }

    fn note(&mut self, at: Timestamp, event: JournalEvent) -> Result<(), StoreError> {
        if let Some(line) = line_of(&event) {
            (self.say)(&line);
        }
        self.ledger.note(at, event)
    }

    fn tell(&self, change: &Change) {
        match change {
            // The first look at something that works is no news.
            Change::State { before: Health::Unknown, after: Health::Healthy, .. } => (),
            Change::State { workload, before, after, at } => {
                (self.say)(&format!("{at:.0} {workload}: {} -> {}", before.name(), after.name()));
            }
            Change::Opened(alert) => (self.say)(&opened(alert)),
            Change::Closed { id, kind, subject, at } => {
                (self.say)(&format!("{at:.0} resolved: {} of {subject} ({id})", kind.name()));
            }
        }
    }

    /// Tells receivers about the alerts.
    fn inform(&mut self) {
        if self.watch.is_rehearsal {
            return;
        }
        self.read_notes();
        let Some(notifier) = &mut self.notifier else { return };
        let now = host::clock::now();
        let silences = &self.silences;
        let is_silenced =
            |alert: &Alert| silences.iter().any(|silence| silence.covers(alert.subject.as_deref(), now));
        notifier.update(&self.ledger.alerts_since(now), now, &is_silenced);
    }

    /// Learns of the silences that people noted meanwhile. They are about the real clock.
    fn read_notes(&mut self) {
        if self.watch.is_rehearsal {
            return;
        }
        let scenario = self.ledger.judge.scenario.to_string();
        match self.notes.poll() {
            Ok(true) => {
                self.silences.clone_from(&self.watch.silences);
                self.silences.extend(self.notes.silences(&scenario));
            }
            Ok(false) => (),
            Err(error) => self.careful(|_| Err(error)),
        }
    }

    /// Does something with the ledger; trouble with the disk is said once and tried again with the next window.
    fn careful(&mut self, work: impl FnOnce(&mut Self) -> Result<(), StoreError>) {
        match work(self) {
            Ok(()) => self.is_broken = false,
            Err(error) => {
                if !std::mem::replace(&mut self.is_broken, true) {
                    (self.say)(&format!("warning: monitor: {error}"));
                }
            }
        }
    }
}

/// An alert in a line.
fn opened(alert: &Alert) -> String {
    let at = alert.opened_at;
    let about = if alert.description.is_empty() { String::new() } else { format!(". {}", alert.description) };
    format!(
        "{at:.0} {} {}: {}{about} ({})",
        alert.kind.priority().code(),
        alert.kind.name(),
        alert.summary,
        alert.id
    )
}

/// What is said of a command.
fn line_of(event: &JournalEvent) -> Option<String> {
    match event {
        JournalEvent::HookStarted { hook, workload, is_dry_run: false } => {
            Some(format!("hook {hook} started for {workload}"))
        }
        JournalEvent::HookStarted { hook, workload, is_dry_run: true } => {
            Some(format!("hook {hook} would be started for {workload}; --recover runs it"))
        }
        JournalEvent::HookEnded { hook, workload, code, is_timed_out, head, .. } => {
            Some(match (code, is_timed_out) {
                (_, true) => format!("hook {hook} for {workload} was killed at its timeout"),
                (Some(code), _) => format!("hook {hook} for {workload} ended with {code}"),
                (None, _) => {
                    format!("hook {hook} for {workload} failed: {}", head.lines().next().unwrap_or_default())
                }
            })
        }
        JournalEvent::HookSkipped { hook, workload, why } => {
            Some(format!("hook {hook} was not started for {workload}: {why}"))
        }
        _ => None,
    }
}

impl Exporter for MonitorExporter {
    fn event(&mut self, event: &Event) {
        // No terminal shows the run of a day, so its messages are shown here.
        if let Event::Notice(text) = event {
            (self.say)(text);
        }
    }

    fn began(&mut self, run: &RunFollower) {
        let run = &run.manifest().run_id;
        if self.ledger.place.run != *run {
            self.ledger.place = Place { run: run.clone(), group: 0, check_ms: self.ledger.place.check_ms };
        }
    }

    fn group(&mut self, _run: &RunFollower, group: &Group) {
        let number = group.number();
        if number <= self.ledger.place.group {
            return;
        }
        let Some(whole) = group.whole() else { return };
        let window = std::sync::Arc::clone(&whole.window);
        let changes = self.ledger.judge.window(&window);
        self.ledger.place.group = number;
        self.last = Some(window.started_at);
        self.careful(|this| {
            let has_changed = this.changed(changes)?;
            this.ledger.write(window.started_at, has_changed)
        });
    }

    fn beside(&mut self, _run: &RunFollower, beside: &Beside) {
        for check in &beside.checks {
            let at_ms = check.at.as_millisecond();
            if at_ms <= self.ledger.place.check_ms {
                continue;
            }
            let changes = self.ledger.judge.check(check);
            self.ledger.place.check_ms = at_ms;
            self.careful(|this| {
                let has_changed = this.changed(changes)?;
                this.ledger.write(check.at, has_changed)
            });
        }
    }

    fn tick(&mut self, _run: &RunFollower) {
        self.inform();
        let ended = self.hooks.ended();
        if !ended.is_empty() {
            self.careful(|this| {
                let now = host::clock::now();
                ended.into_iter().try_for_each(|event| this.note(now, event))
            });
        }
    }

    fn finish(&mut self, _run: Option<&RunFollower>) {
        self.careful(Self::close);
    }
}
