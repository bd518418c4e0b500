//! Tells the service manager that a run has begun, how far it is, that it makes progress, and that it ends.

use std::time::Duration;

use crate::domain::scrub::scrub;
use crate::domain::units::{format_span, nanos};
use crate::host::clock;
use crate::host::monotonic::Clock;
use crate::observe::{Exporter, Say};
use crate::run::event::{Event, Progress};
use crate::run::follow::{Group, RunFollower};
use crate::run::stored_plan::StoredPlan;

use super::notifier::Notifier;
use super::progress::{Progressing, allowance};

/// Longest status that is sent. Units: characters.
const LONGEST_STATUS: usize = 200;

/// The service manager of the process, told about one run.
#[derive(Debug)]
pub struct ServiceManager {
    notifier: Notifier,
    /// How often it expects to hear of progress; `None` where it does not.
    watchdog: Option<Duration>,
    clock: Clock,
    progress: Option<Progressing>,
    last_ns: Option<u64>,
    status: String,
    say: Say,
    /// Whether the user knows that messages do not arrive.
    has_trouble: bool,
    is_stopping: bool,
    /// Whether the process goes on after the run.
    goes_on: bool,
}

impl ServiceManager {
    /// Prepares the messages; nothing is sent yet.
    pub fn new(notifier: Notifier, watchdog: Option<Duration>, say: Say) -> Self {
        Self {
            notifier,
            watchdog,
            clock: Clock::start(),
            progress: None,
            last_ns: None,
            status: String::new(),
            say,
            has_trouble: false,
            is_stopping: false,
            goes_on: false,
        }
    }

    /// One for a run that others follow in the same process: its end is not that of the service.
    #[must_use]
    pub fn of_many(self) -> Self {
        Self { goes_on: true, ..self }
    }

    fn send(&mut self, assignments: &[&str]) {
        if let Err(error) = self.notifier.send(assignments)
            && !std::mem::replace(&mut self.has_trouble, true)
        {
            (self.say)(&format!("warning: cannot notify the service manager: {error}"));
        }
    }

    fn status(&mut self, words: &str) {
        if words != self.status {
            words.clone_into(&mut self.status);
            let line = format!("STATUS={words}");
            self.send(&[&line]);
        }
    }
}

impl Exporter for ServiceManager {
    fn began(&mut self, run: &RunFollower) {
        let manifest = run.manifest();
        let plan = StoredPlan::of(manifest);
        let span = |key| plan.span(key).unwrap_or_default();
        let longest = allowance(span("warm_up"), span("window"), plan.file());
        self.progress = Some(Progressing::new(longest, self.clock.now_ns()));
        let status = format!("STATUS={}", one_line(&format!("run {} has begun", manifest.run_id)));
        self.send(&["READY=1", &status]);
    }

    fn event(&mut self, event: &Event) {
        let now_ns = self.clock.now_ns();
        if let Some(progress) = &mut self.progress {
            progress.event(event, now_ns);
        }
        match event {
            Event::Waiting { progress, .. } => self.status(&words(progress, "waiting")),
            Event::Opened { cell, progress, .. } => {
                self.status(&words(progress, &format!("measuring {cell}")));
            }
            Event::Committed { progress, .. } => self.status(&words(progress, "")),
            Event::Ended { state } => {
                let status = format!("STATUS=run {}; writing the report", state.name());
                if self.goes_on {
                    self.send(&[&status]);
                } else {
                    self.is_stopping = true;
                    self.send(&["STOPPING=1", &status]);
                }
            }
            _ => (),
        }
    }

    fn group(&mut self, _run: &RunFollower, _group: &Group) {
        let now_ns = self.clock.now_ns();
        if let Some(progress) = &mut self.progress {
            progress.step(now_ns);
        }
    }

    fn tick(&mut self, _run: &RunFollower) {
        let (Some(watchdog), Some(progress)) = (self.watchdog, &self.progress) else { return };
        let now_ns = self.clock.now_ns();
        let is_due = self.last_ns.is_none_or(|last| now_ns - last >= nanos(watchdog) / 2);
        if is_due && progress.is_on_time(now_ns, clock::now()) {
            self.last_ns = Some(now_ns);
            self.send(&["WATCHDOG=1"]);
        }
    }

    fn finish(&mut self, run: Option<&RunFollower>) {
        // A run that ended with an error may have said nothing.
        if run.is_some() && !self.is_stopping && !self.goes_on {
            self.send(&["STOPPING=1"]);
        }
    }
}

/// The state of a run on one line.
fn words(progress: &Progress, doing: &str) -> String {
    let Progress { cycle, cycles, tally, planned_windows, incidents, left, .. } = progress;
    // Whole minutes, as long as there are any: seconds only change the line.
    let seconds = left.as_secs();
    let left = Duration::from_secs(if seconds >= 60 { seconds - seconds % 60 } else { seconds });
    let mut text = format!(
        "cycle {} of {cycles}, window {} of {planned_windows}, {} of {} requests failed, incidents: {incidents}, {} left",
        cycle + 1,
        tally.windows,
        tally.counts.failed,
        tally.counts.requests(),
        format_span(left)
    );
    if !doing.is_empty() {
        text = format!("{text}; {doing}");
    }
    one_line(&text)
}

/// Text for one line of a message: a line break would begin another assignment.
fn one_line(text: &str) -> String {
    let text = scrub(text);
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST_STATUS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::tally::Tally;
    use crate::domain::window::Counts;

    #[test]
    fn the_end_of_one_run_of_many_is_not_that_of_the_service() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let server = std::os::unix::net::UnixDatagram::bind(&path).unwrap();
        let manager = || ServiceManager::new(Notifier::new(path.as_os_str()).unwrap(), None, |_| ());
        let said_by = |mut manager: ServiceManager| {
            manager.event(&Event::Ended { state: crate::domain::run::RunState::Completed });
            let mut bytes = [0; 128];
            let length = server.recv(&mut bytes).unwrap();
            String::from_utf8(bytes[..length].to_vec()).unwrap()
        };
        assert_eq!(said_by(manager()), "STOPPING=1\nSTATUS=run completed; writing the report");
        assert_eq!(said_by(manager().of_many()), "STATUS=run completed; writing the report");
    }

    #[test]
    fn a_status_is_one_line() {
        let counts = Counts { succeeded: 990, failed: 10, throttled: 0 };
        let progress = Progress {
            cycle: 2,
            cycles: 12,
            tally: Tally { windows: 30, counts, ..Tally::default() },
            planned_windows: 144,
            outliers: 0,
            incidents: 1,
            duration: Duration::from_hours(1),
            left: Duration::from_secs(754),
        };
        let text = words(&progress, "measuring a\nREADY=1 at light:1");
        assert_eq!(
            text,
            "cycle 3 of 12, window 30 of 144, 10 of 1000 requests failed, incidents: 1, 12m left; measuring a READY=1 at light:1"
        );
    }
}
