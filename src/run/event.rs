//! The events that a run publishes, each after the fact it reports is on disk.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::analysis::incident::Update;
use crate::analysis::watch::Flag;
use crate::domain::gap::Gap;
use crate::domain::run::RunState;
use crate::domain::tally::Tally;
use crate::domain::window::Window;

/// The subject of a run's measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// A real target on the network.
    Target,
    /// The built-in demo server, over loopback.
    Demo,
    /// The latency model of the demo server, on a virtual clock.
    Rehearsal,
}

/// Progress of a run. Totals count from its start, so they are right after missed events too.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// Number of the current cycle, from 0.
    pub cycle: u64,
    /// Number of cycles that are planned.
    pub cycles: u64,
    /// Counts of committed windows and their requests.
    pub tally: Tally,
    /// Number of windows that are planned.
    pub planned_windows: u64,
    /// Number of outliers for the time of day so far.
    pub outliers: u64,
    /// Number of incidents so far.
    pub incidents: u64,
    /// Planned length of the run.
    pub duration: Duration,
    /// Time until the planned end, on the run's own clock; zero when it has passed.
    pub left: Duration,
}

/// One event of a run, for its subscribers.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The run started or was resumed.
    Began {
        /// Folder of the run, from which a subscriber can read everything that was committed.
        folder: PathBuf,
        /// Whether a target, the demo server or the model is measured.
        subject: Subject,
        /// Number of windows that are planned.
        windows: u64,
        /// Planned length of the run.
        duration: Duration,
    },
    /// Cells that the documented rate limits leave no room for.
    LeftOut {
        /// The cells, as `endpoint at level:users`.
        cells: Vec<String>,
    },
    /// The run and its baseline were measured under different conditions; one event per difference.
    Differs {
        /// Name of the baseline, without its scenario.
        baseline: String,
        /// Name of the condition, such as `plan.window` or `host`.
        name: String,
        /// Value of the condition in the baseline; `-` where it has none.
        there: String,
        /// Value of the condition in this run; `-` where it has none.
        here: String,
    },
    /// The run waits for its next cycle.
    Waiting {
        /// Planned start of the next cycle.
        until: Timestamp,
        /// Progress of the run at this event.
        progress: Progress,
    },
    /// A cell is being measured; none of it is committed yet.
    Opened {
        /// Number that its group will have.
        number: u64,
        /// The cell, as `endpoint at level:users`.
        cell: String,
        /// Progress of the run at this event.
        progress: Progress,
    },
    /// A group of windows was committed to disk.
    ///
    /// Distributions are not part of the event, because a queue of them would cost half a megabyte each: a subscriber
    /// that needs them reads them from the folder.
    Committed {
        /// The rows of the group in the order of the file: parts first, the whole last.
        rows: Arc<[Window]>,
        /// Values of the group outside the 2-sigma band of their baseline.
        flags: Vec<Flag>,
        /// Incidents that the group showed to have begun or ended.
        incidents: Vec<Update>,
        /// Progress of the run, this group included.
        progress: Progress,
    },
    /// Nothing was measured for a stretch, which is recorded in the manifest.
    Gap(Gap),
    /// The planned end of a resumed run has passed, so there is nothing left to measure.
    PlannedEndPassed,
    /// The run ended, and its files are synced.
    Ended {
        /// Final state of the run: completed, stopped or failed.
        state: RunState,
    },
    /// A message from a command to the user; not part of any run.
    Notice(String),
    /// A command is busy with something that publishes no events of its own, until [`Event::Idle`].
    Busy {
        /// What it does, such as `measuring health at normal_load:5` or `writing the report`.
        doing: String,
        /// How long it is planned to take; `None` where that is not known.
        planned: Option<Duration>,
        /// Whether it is worth saying where there is no terminal, too.
        is_for_logs: bool,
    },
    /// What [`Event::Busy`] announced is done.
    Idle,
}
