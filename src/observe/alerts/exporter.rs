//! The exporter of a run: its incidents become alerts, which are kept in the journal of its folder and sent to receivers.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use crate::domain::alert::Alert;
use crate::domain::silence::Silence;
use crate::host;
use crate::observe::remote_write::RemoteWriteError;
use crate::observe::{Exporter, Say};
use crate::run::follow::{Group, RunFollower};
use crate::run::stored_plan::StoredPlan;
use crate::scenario::silences::silences;
use crate::store::StoreError;
use crate::store::journal::{Entry, Journal, JournalEvent, alerts_of};
use crate::store::manifest::Mode;
use crate::store::notes::{self, Notes};

use super::incidents::Incidents;
use super::notifier::Notifier;
use super::receiver::AlertReceiver;
use super::sender::Sender;

/// Alerts that ended longer ago are not handed over any more.
const RECENT: Duration = Duration::from_hours(24);

/// Raises alerts from the incidents of a run.
pub struct AlertExporter {
    receivers: Vec<AlertReceiver>,
    runbooks: String,
    say: Say,
    /// Those of the scenario.
    planned: Vec<Silence>,
    /// Those of the scenario, and of the notes of people.
    silences: Vec<Silence>,
    notes: Option<Notes>,
    incidents: Option<Incidents>,
    journal: Option<Noted>,
    notifier: Option<Notifier>,
    /// When the last group ended.
    last: Timestamp,
    has_trouble: bool,
}

/// The journal, and what it has.
struct Noted {
    journal: Journal,
    /// Alerts by identifier, and whether each has ended.
    alerts: BTreeMap<String, bool>,
}

impl AlertExporter {
    /// Prepares alerts to receivers; `runbooks` is the URL or folder of the runbooks.
    /// # Errors
    /// [`RemoteWriteError`] where a connection cannot be prepared.
    pub fn new(receivers: Vec<AlertReceiver>, runbooks: &str, say: Say) -> Result<Self, RemoteWriteError> {
        for receiver in &receivers {
            Sender::new(receiver.clone(), runbooks)?;
        }
        Ok(Self {
            receivers,
            runbooks: runbooks.to_owned(),
            say,
            planned: Vec::new(),
            silences: Vec::new(),
            notes: None,
            incidents: None,
            journal: None,
            notifier: None,
            last: Timestamp::UNIX_EPOCH,
            has_trouble: false,
        })
    }

    /// Says the first trouble with files.
    fn trouble(&mut self, error: &StoreError) {
        if !std::mem::replace(&mut self.has_trouble, true) {
            (self.say)(&format!("warning: alerts: {error}"));
        }
    }

    /// The time: that of a rehearsal is its own.
    fn now(&self, run: &RunFollower) -> Timestamp {
        match run.manifest().mode {
            Mode::Rehearsal { .. } => self.last,
            Mode::Real | Mode::Demo { .. } => host::clock::now(),
        }
    }

    /// Takes the silences that people noted meanwhile.
    fn read_notes(&mut self, scenario: &str) {
        let Some(notes) = &mut self.notes else { return };
        match notes.poll() {
            Ok(true) => {
                self.silences = self.planned.iter().cloned().chain(notes.silences(scenario)).collect();
            }
            Ok(false) => (),
            Err(error) => self.trouble(&error),
        }
    }

    /// Notes what the journal does not have yet.
    fn note(&mut self, now: Timestamp) {
        let (Some(incidents), Some(noted)) = (&self.incidents, &mut self.journal) else { return };
        if let Err(error) = noted.note(incidents.alerts(), now) {
            self.trouble(&error);
        }
    }

    /// Hands the alerts over to the receivers.
    fn tell(&mut self, now: Timestamp) {
        let (Some(incidents), Some(notifier)) = (&self.incidents, &mut self.notifier) else { return };
        let age = |at: Timestamp| Duration::try_from(now.duration_since(at)).unwrap_or_default();
        let is_recent = |alert: &&Alert| alert.closed_at.is_none_or(|at| age(at) <= RECENT);
        let alerts: Vec<Alert> = incidents.alerts().filter(is_recent).cloned().collect();
        let is_silenced = |alert: &Alert| incidents.is_silenced(alert, &self.silences, now);
        notifier.update(&alerts, now, &is_silenced);
    }
}

impl Noted {
    fn note<'a>(
        &mut self,
        alerts: impl Iterator<Item = &'a Alert>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut seen = Vec::new();
        for alert in alerts {
            if !self.alerts.contains_key(&alert.id) {
                self.journal.append(&Entry { at: now, event: JournalEvent::Opened(alert.clone()) })?;
                self.alerts.insert(alert.id.clone(), false);
            }
            if let Some(closed_at) = alert.closed_at {
                self.close(&alert.id, closed_at, now)?;
            }
            seen.push(alert.id.as_str());
        }
        // Raised by windows that a crash has undone.
        let is_open = |(id, is_over): (&String, &bool)| (!is_over).then(|| id.clone());
        let gone: Vec<String> =
            self.alerts.iter().filter_map(is_open).filter(|id| !seen.contains(&id.as_str())).collect();
        gone.iter().try_for_each(|id| self.close(id, now, now))
    }

    fn close(&mut self, id: &str, closed_at: Timestamp, now: Timestamp) -> Result<(), StoreError> {
        let Some(is_over) = self.alerts.get_mut(id).filter(|is_over| !**is_over) else { return Ok(()) };
        let event = JournalEvent::Closed { id: id.to_owned(), closed_at };
        self.journal.append(&Entry { at: now, event })?;
        *is_over = true;
        Ok(())
    }
}

impl Exporter for AlertExporter {
    fn began(&mut self, run: &RunFollower) {
        let manifest = run.manifest();
        self.planned = StoredPlan::of(manifest).file().map(silences).unwrap_or_default();
        self.silences.clone_from(&self.planned);
        self.notes = Some(Notes::of(&notes::folder_of(run.folder())));
        self.incidents = Some(Incidents::new(&manifest.scenario));
        match Journal::open(run.folder()) {
            Ok((journal, entries)) => {
                let alerts = alerts_of(&entries).into_iter();
                let alerts = alerts.map(|known| (known.alert.id.clone(), !known.alert.is_open())).collect();
                self.journal = Some(Noted { journal, alerts });
            }
            Err(error) => self.trouble(&error),
        }
        let now = self.now(run);
        let receivers = std::mem::take(&mut self.receivers);
        match Notifier::new(receivers, &self.runbooks, run.folder(), now, self.say) {
            Ok(notifier) => self.notifier = Some(notifier),
            Err(error) => (self.say)(&format!("warning: alerts: {error}")),
        }
    }

    fn group(&mut self, run: &RunFollower, group: &Group) {
        let Some(whole) = group.whole() else { return };
        self.last = whole.window.ended_at();
        if let Some(incidents) = &mut self.incidents {
            incidents.update(run.watcher().reported_incidents(), self.last);
        }
    }

    fn tick(&mut self, run: &RunFollower) {
        // Everything on disk was handed over: a resumed run does not live through its past again.
        let now = self.now(run);
        self.read_notes(&run.manifest().scenario);
        self.note(now);
        self.tell(now);
    }

    fn finish(&mut self, run: Option<&RunFollower>) {
        let (Some(run), Some(incidents)) = (run, &mut self.incidents) else { return };
        // One that was stopped may be resumed, and goes on with its alerts.
        if run.status().state == "completed" {
            incidents.end(self.last);
        }
        let open = incidents.alerts().filter(|alert| alert.is_open()).count();
        let now = self.now(run);
        self.note(now);
        self.tell(now);
        if let Some(notifier) = self.notifier.take() {
            notifier.finish();
        }
        if open > 0 {
            let (what, run_id) = (if open == 1 { "alert is" } else { "alerts are" }, &run.manifest().run_id);
            (self.say)(&format!(
                "alerts: {open} {what} open; `baseline start --resume {run_id}` continues with what is open"
            ));
        }
    }
}
