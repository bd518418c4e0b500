//! Logs a run from its folder and its feed.

use jiff::Timestamp;
use tracing::Dispatch;
use tracing::dispatcher::with_default;

use super::events;
use super::sink::Log;
use super::subscriber::ToLog;
use crate::host::clock;
use crate::observe::Exporter;
use crate::run::event::Event;
use crate::run::follow::{Beside, Group, RunFollower};
use crate::run::judged::judged;
use crate::store::manifest::Mode;

/// Writes what happens in a run to a log.
pub struct LogExporter {
    log: Log,
    dispatch: Dispatch,
    /// When this process began with the run: what a resumed run measured before is in the log already.
    since: Timestamp,
    /// Whether times are those of a virtual clock.
    is_virtual: bool,
    run: String,
    /// The final state of the run, until it is logged.
    ended: Option<&'static str>,
    is_end_logged: bool,
}

impl LogExporter {
    /// Logs a run that is about to begin.
    pub fn new(log: Log) -> Self {
        let dispatch = Dispatch::new(ToLog(log.clone()));
        Self {
            log,
            dispatch,
            since: clock::now(),
            is_virtual: false,
            run: String::new(),
            ended: None,
            is_end_logged: false,
        }
    }

    fn is_new(&self, at: Timestamp) -> bool {
        self.is_virtual || at >= self.since
    }

    fn log_end(&mut self, run: &RunFollower, state: &str) {
        if std::mem::replace(&mut self.is_end_logged, true) {
            return;
        }
        let judged = judged(run.folder()).ok();
        let verdict = judged.as_ref().map(|judged| (&judged.verdict, &judged.tally));
        with_default(&self.dispatch, || events::ended(&self.run, state, verdict));
    }
}

impl Exporter for LogExporter {
    fn began(&mut self, run: &RunFollower) {
        let manifest = run.manifest();
        self.run.clone_from(&manifest.run_id);
        self.is_virtual = matches!(manifest.mode, Mode::Rehearsal { .. });
        let start = manifest.start(run.folder()).ok();
        // The manifest may have whole seconds.
        let is_resumed =
            !self.is_virtual && start.is_some_and(|start| start.as_second() < self.since.as_second());
        with_default(&self.dispatch, || events::began(manifest, is_resumed));
    }

    fn event(&mut self, event: &Event) {
        let text = match event {
            Event::Notice(text) => text.clone(),
            Event::LeftOut { cells } => format!("excluded by the rate limits: {}", cells.join(", ")),
            Event::Differs { baseline, name, there, here } => {
                format!("warning: setup differs: {name}: {there} in baseline {baseline}, {here} in this run")
            }
            Event::PlannedEndPassed => "the planned end has passed".to_owned(),
            Event::Busy { doing, is_for_logs: true, .. } => doing.clone(),
            Event::Ended { state } => {
                self.ended = Some(state.name());
                return;
            }
            _ => return,
        };
        self.log.notice(&text);
    }

    fn group(&mut self, _: &RunFollower, group: &Group) {
        let Some(whole) = group.whole() else { return };
        if !self.is_new(whole.window.ended_at()) {
            return;
        }
        with_default(&self.dispatch, || {
            for row in &group.rows {
                events::window(&self.run, &row.window, row.slowest.first());
                for flag in &row.noticed.flags {
                    events::flag(&self.run, flag);
                }
                for update in &row.noticed.incidents {
                    events::incident(&self.run, row.window.number, update);
                }
            }
        });
    }

    fn beside(&mut self, _: &RunFollower, beside: &Beside) {
        with_default(&self.dispatch, || {
            for gap in beside.gaps.iter().filter(|gap| self.is_new(gap.to)) {
                events::gap(&self.run, gap);
            }
            for check in beside.checks.iter().filter(|check| self.is_new(check.at)) {
                events::check(&self.run, check);
            }
        });
    }

    fn tick(&mut self, run: &RunFollower) {
        if let Some(state) = self.ended.take() {
            self.log_end(run, state);
        }
    }

    fn finish(&mut self, run: Option<&RunFollower>) {
        if let Some(run) = run {
            let state = self.ended.unwrap_or_else(|| run.status().state);
            self.log_end(run, state);
        }
    }
}
