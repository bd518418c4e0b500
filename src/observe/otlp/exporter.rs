//! The exporter: turns groups into metrics and spans, sends them in order, and remembers in the run's folder how far it got.

use std::time::Duration;

use crate::domain::plain_text::visible;
use crate::domain::run::RunState;
use crate::domain::scrub::scrub;
use crate::observe::prometheus::{Metrics, collected_of};
use crate::observe::remote_write::{Receiver, RemoteWriteError};
use crate::observe::{Exporter, Say};
use crate::run::follow::{Beside, Distributions, Group, RunFollower};
use crate::run::stored_plan::StoredPlan;

use super::message::{Metric, PartialSuccess, Resource, Scope, Span, text};
use super::metrics::{merge, metrics};
use super::sender::Sender;
use super::settings::Settings;
use super::signal::{Payload, Signal, Step};
use super::spans::{Methods, spans};

/// Cells that are not being measured are sent this often: a backend forgets series that get no points.
const REFRESH_NS: u64 = 60_000_000_000;
/// How long a receiver that accepts nothing is waited for once the run has ended.
const GRACE: Duration = Duration::from_secs(10);
/// The state of the run is looked at this often while a receiver is waited for.
const LOOK: Duration = Duration::from_millis(500);
/// The longest wait for a response while the run goes on.
const RESPONSE: Duration = Duration::from_secs(10);
/// Longest message of a receiver that is shown. Units: characters.
const MOST_SHOWN: usize = 200;

/// Sends metrics and spans of a run to a receiver of OTLP/HTTP.
pub struct Otlp {
    link: Link,
    settings: Settings,
    collected: Option<Metrics>,
    methods: Methods,
    metrics: Signal<Metric>,
    traces: Signal<Span>,
    /// When the last moment was, and the last one with all cells. Units: nanoseconds since 1970.
    last_ns: u64,
    full_ns: u64,
}

/// The receiver, and what every request to it has.
struct Link {
    sender: Sender,
    resource: Resource,
    scope: Scope,
    say: Say,
    /// Whether the run was seen to have ended.
    has_ended: bool,
    /// Whether the user knows that the receiver does not accept anything.
    has_trouble: bool,
    refused: u64,
    rejected: i64,
}

impl Otlp {
    /// Prepares sending to a receiver.
    /// # Errors
    /// [`RemoteWriteError`] where that cannot be done.
    pub fn new(receiver: Receiver, settings: Settings, say: Say) -> Result<Self, RemoteWriteError> {
        let version = env!("CARGO_PKG_VERSION").to_owned();
        let link = Link {
            sender: Sender::new(receiver)?,
            resource: Resource::default(),
            scope: Scope { name: "baseline".to_owned(), version },
            say,
            has_ended: false,
            has_trouble: false,
            refused: 0,
            rejected: 0,
        };
        Ok(Self {
            link,
            settings,
            collected: None,
            methods: Methods::default(),
            metrics: Signal::new(),
            traces: Signal::new(),
            last_ns: 0,
            full_ns: 0,
        })
    }

    /// The resource that is measured with: this program and the run.
    fn resource(&self, run: &RunFollower) -> Resource {
        let manifest = run.manifest();
        let own = [
            ("service.name", "baseline"),
            ("service.version", manifest.tool_version.as_str()),
            ("baseline.run_id", manifest.run_id.as_str()),
            ("baseline.scenario", manifest.scenario.as_str()),
        ];
        let further = self.settings.attributes.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let further = further.filter(|(name, _)| own.iter().all(|(taken, _)| taken != name));
        Resource { attributes: own.into_iter().chain(further).map(|(key, value)| text(key, value)).collect() }
    }

    /// The metrics at this moment: of the run and the cells of a group, or of all cells if that is due.
    fn moment(&mut self, run: &RunFollower, at_ns: u64, group: Option<&Group>) -> Vec<Metric> {
        let Some(collected) = &mut self.collected else { return Vec::new() };
        let histograms = self.settings.histograms;
        self.last_ns = at_ns;
        let Some(group) = group.filter(|_| at_ns.saturating_sub(self.full_ns) < REFRESH_NS) else {
            self.full_ns = at_ns;
            collected.status(&run.status());
            return metrics(&collected_of(&[collected]), at_ns, histograms);
        };
        let mut all = metrics(&collected.collected_of_run(), at_ns, histograms);
        let is_wanted = |cell: &_| group.rows.iter().any(|row| row.window.cell == *cell);
        for (_, of_cell) in collected.collected_of_cells(is_wanted) {
            merge(&mut all, metrics(&of_cell, at_ns, histograms));
        }
        all
    }

    fn drain(&mut self, run: &RunFollower) {
        self.link.drain(&mut self.metrics, run);
        self.link.drain(&mut self.traces, run);
    }
}

impl Link {
    fn say(&self, text: &str) {
        (self.say)(&format!("otlp to {}: {text}", self.sender.receiver));
    }

    /// One attempt; whether to go on at once.
    fn step<T: Payload>(&mut self, signal: &mut Signal<T>, within: Duration) -> bool {
        let step = signal.step(&self.sender, &self.resource, &self.scope, within);
        if let Some(trouble) = signal.trouble.take() {
            self.say(&format!("warning: {trouble}; after a restart some windows are sent again"));
        }
        match step {
            Step::Waiting => !signal.is_empty() && signal.until_due().is_zero(),
            Step::Sent(partial) => {
                if std::mem::take(&mut self.has_trouble) {
                    self.say("accepts data again");
                }
                self.rejected::<T>(partial);
                true
            }
            Step::Failed(why) => {
                if !std::mem::replace(&mut self.has_trouble, true) {
                    self.say(&format!("warning: {why}; it is tried again, and no window is lost"));
                }
                false
            }
            Step::Refused(groups, why) => {
                if self.refused == 0 {
                    self.say(&format!("warning: {} were refused, and are not sent again: {why}", T::ITEMS));
                }
                self.refused += groups;
                true
            }
            Step::Stopped(why) => {
                self.say(&format!(
                    "warning: {why}: no {} are sent any more; check the URL and the credentials",
                    T::ITEMS
                ));
                false
            }
        }
    }

    /// A receiver that accepted a request may have rejected parts of it.
    fn rejected<T: Payload>(&mut self, partial: Option<PartialSuccess>) {
        let Some(PartialSuccess { rejected, message }) = partial else { return };
        if self.rejected == 0 {
            let message = scrub(&message).replace('\n', " ");
            let message: String = visible(&message).chars().take(MOST_SHOWN).collect();
            self.say(&format!("warning: {rejected} {} were rejected: {message}", T::ITEMS));
        }
        self.rejected = self.rejected.saturating_add(rejected.max(0));
    }

    /// Sends until nothing waits any more, or it has to be given up. The load goes on meanwhile, and the folder is the queue.
    fn drain<T: Payload>(&mut self, signal: &mut Signal<T>, run: &RunFollower) {
        while !signal.is_empty() {
            if self.step(signal, if self.has_ended { GRACE / 2 } else { RESPONSE }) {
                continue;
            }
            if signal.is_empty() {
                return;
            }
            self.look(signal, run);
            if self.has_ended && signal.since_accepted() >= GRACE {
                signal.stop();
                return;
            }
            std::thread::sleep(signal.until_due().min(LOOK));
        }
    }

    /// Looks whether the run has ended. A rehearsal has no process, so its state is that of its heartbeat.
    fn look<T: Payload>(&mut self, signal: &mut Signal<T>, run: &RunFollower) {
        let is_running =
            || run.status().heartbeat.is_some_and(|beat| beat.run_state() == Some(RunState::Running));
        if !self.has_ended && !is_running() {
            self.has_ended = true;
            signal.is_asked_now();
        }
    }

    fn conclude(&self, run: &RunFollower, unsent: u64) {
        if unsent > 0 {
            let run_id = &run.manifest().run_id;
            self.say(&format!(
                "warning: {unsent} windows were not sent; `baseline start --resume {run_id} --otlp URL` sends them"
            ));
        }
        if self.refused > 0 {
            self.say(&format!("warning: {} windows were refused", self.refused));
        }
        if self.rejected > 0 {
            self.say(&format!("warning: {} points or spans were rejected", self.rejected));
        }
    }
}

impl Exporter for Otlp {
    fn distributions(&self) -> Distributions {
        Distributions::Read
    }

    fn began(&mut self, run: &RunFollower) {
        self.link.resource = self.resource(run);
        self.collected = Some(Metrics::new(run));
        self.methods = StoredPlan::of(run.manifest()).file().map(Methods::of).unwrap_or_default();
        self.metrics.began(run.folder(), self.link.sender.receiver.id());
        self.traces.began(run.folder(), self.link.sender.receiver.id());
    }

    fn group(&mut self, run: &RunFollower, group: &Group) {
        if let Some(collected) = &mut self.collected {
            collected.take(run, group);
        }
        let Some(whole) = group.whole() else { return };
        let number = group.number();
        let at_ns = u64::try_from(whole.window.ended_at().as_nanosecond()).unwrap_or(0);
        if self.metrics.has(number) {
            self.last_ns = at_ns;
        } else {
            let moment = self.moment(run, at_ns, Some(group));
            self.metrics.push(Some(number), moment);
        }
        let of_group = group.rows.iter().flat_map(|row| spans(&row.slowest, &self.methods)).collect();
        self.traces.push(Some(number), of_group);
        if self.metrics.is_full() || self.traces.is_full() {
            self.drain(run);
        }
    }

    fn beside(&mut self, _run: &RunFollower, beside: &Beside) {
        if let Some(collected) = &mut self.collected {
            collected.beside(beside);
        }
    }

    fn tick(&mut self, _run: &RunFollower) {
        while !self.metrics.is_empty() && self.link.step(&mut self.metrics, RESPONSE) {}
        while !self.traces.is_empty() && self.link.step(&mut self.traces, RESPONSE) {}
    }

    fn finish(&mut self, run: Option<&RunFollower>) {
        let Some(run) = run else { return };
        if !self.link.has_ended {
            self.link.has_ended = true;
            self.metrics.is_asked_now();
            self.traces.is_asked_now();
        }
        self.drain(run);
        if !self.metrics.has_stopped() && self.last_ns > 0 {
            // The state in which the run has ended, with all cells.
            let moment = self.moment(run, self.last_ns + 1_000_000, None);
            self.metrics.push(None, moment);
            self.drain(run);
        }
        self.link.conclude(run, self.metrics.unsent.max(self.traces.unsent));
    }
}
