//! What a run publishes: typed events, each after the fact it reports is on disk.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::analysis::watch::{Alert, Flag};
use crate::domain::gap::Gap;
use crate::domain::run::RunState;
use crate::domain::tally::Tally;
use crate::domain::window::Window;

/// What a run measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// A target on the network.
    Target,
    /// The built-in demo server.
    Demo,
    /// The latency model of the demo server, on a virtual clock.
    Rehearsal,
}

/// How far a run is. Totals count from the start of the run, so an event that was missed takes nothing away.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// The cycle, from 0.
    pub cycle: u64,
    /// How many cycles are planned.
    pub cycles: u64,
    /// Committed windows and their requests.
    pub tally: Tally,
    /// How many windows are planned.
    pub planned_windows: u64,
    /// Flags so far.
    pub flags: u64,
    /// Alerts so far.
    pub alerts: u64,
    /// Time until the planned end; zero when it has passed.
    pub left: Duration,
}

/// One thing that happened in a run.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The run started or was resumed.
    Began {
        /// The run's folder, from which a subscriber can read all that was committed.
        folder: PathBuf,
        /// What is measured.
        subject: Subject,
    },
    /// Cells that the documented rate limits leave no room for.
    LeftOut {
        /// As `endpoint at level:users`.
        cells: Vec<String>,
    },
    /// The run and the baseline it is compared with were not measured alike.
    Differs {
        /// The baseline's name.
        baseline: String,
        /// What differs, such as `window` or `host`.
        name: String,
        /// Its value in the baseline.
        there: String,
        /// Its value in this run.
        here: String,
    },
    /// The run waits for its next cycle.
    Waiting {
        /// When the cycle begins.
        until: Timestamp,
        /// How far the run is.
        progress: Progress,
    },
    /// A cell is being measured; nothing of it is committed yet.
    Opened {
        /// The number its group will have.
        number: u64,
        /// As `endpoint at level:users`.
        cell: String,
        /// How far the run is.
        progress: Progress,
    },
    /// A group of windows is on disk.
    ///
    /// Distributions are not part of the event, because a queue of them would cost half a megabyte each: a subscriber
    /// that needs them reads them from the folder.
    Committed {
        /// The rows of the group in the order of the file: parts first, the whole last.
        rows: Arc<[Window]>,
        /// Values outside the 2-sigma band of their baseline.
        flags: Vec<Flag>,
        /// Confirmed changes.
        alerts: Vec<Alert>,
        /// How far the run is.
        progress: Progress,
    },
    /// Nothing was measured for a while; recorded in the manifest.
    Gap(Gap),
    /// The planned end of a resumed run has passed, so there is nothing left to measure.
    PlannedEndPassed,
    /// The run ended, and its files are synced.
    Ended {
        /// How it ended.
        state: RunState,
    },
    /// A message from a verb to the person who runs it; not part of any run.
    Notice(String),
}
