//! What can end a command, with the next step where there is one.

use std::io;

use crate::domain::histogram::HistogramError;
use crate::load::engine::EngineError;
use crate::load::session::SessionError;
use crate::report::ChartError;
use crate::report::gate::JunitError;
use crate::scenario::ScenarioError;
use crate::stats::usl::FitError;
use crate::store::StoreError;
use crate::target::{FaultParseError, TargetError};

use super::Exit;

/// Why a command could not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The scenario is at fault.
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    /// A run's files are at fault.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The load cannot be offered.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The embedded target cannot be started.
    #[error("cannot start the embedded target")]
    Target(#[from] TargetError),
    /// A fault cannot be read.
    #[error("cannot read the fault {text:?}")]
    Fault {
        /// As it was given.
        text: String,
        /// What is wrong with it.
        source: FaultParseError,
    },
    /// Histograms do not merge.
    #[error("cannot merge histograms")]
    Histogram(#[from] HistogramError),
    /// A chart cannot be drawn.
    #[error(transparent)]
    Chart(#[from] ChartError),
    /// The result cannot be written.
    #[error("cannot write the result")]
    Output(#[source] io::Error),
    /// The operating system refused something that is no file of a run.
    #[error("cannot {action}")]
    System {
        /// What was tried.
        action: &'static str,
        /// What it said.
        source: io::Error,
    },
    /// What was asked for makes no sense.
    #[error("{what}")]
    Usage {
        /// What is wrong.
        what: String,
        /// What to do instead.
        hint: String,
    },
    /// A table's points cannot be fitted.
    #[error("cannot fit the points")]
    Fit(#[source] FitError),
    /// A run in which too little was measured well.
    #[error("run {run_id} is no baseline: {valid} of its {windows} windows are valid")]
    BadRun {
        /// The run.
        run_id: String,
        /// Windows that may be judged.
        valid: usize,
        /// All windows.
        windows: usize,
    },
    /// Runs that were not made alike.
    #[error("run {run_id} is not comparable with the first: {} differ", differences.join(", "))]
    NotComparable {
        /// The run.
        run_id: String,
        /// What differs.
        differences: Vec<String>,
    },
    /// No cell has enough valid windows.
    #[error("none of {left_out} cells has the 20 valid windows that a baseline needs")]
    NothingToPromote {
        /// How many cells there are.
        left_out: usize,
    },
    /// A gate was interrupted before it could be held.
    #[error("interrupted after {done} of {planned} planned: the gate says nothing")]
    GateInterrupted {
        /// Runs or rounds that were complete.
        done: usize,
        /// How many were planned.
        planned: usize,
    },
    /// The same of rounds.
    #[error("interrupted before all rounds were measured: the gate says nothing")]
    RoundsInterrupted,
    /// A verdict cannot be written.
    #[error(transparent)]
    Junit(#[from] JunitError),
    /// The disk has too little room for the run.
    #[error("the run needs about {needed}, and {free} are free")]
    DiskSpace {
        /// What it will write.
        needed: String,
        /// What there is.
        free: String,
    },
}

impl CommandError {
    /// The exit code that it ends with: what was measured badly is inconclusive, everything else an error.
    pub fn exit(&self) -> Exit {
        match self {
            Self::BadRun { .. }
            | Self::NotComparable { .. }
            | Self::NothingToPromote { .. }
            | Self::GateInterrupted { .. }
            | Self::RoundsInterrupted => Exit::Inconclusive,
            _ => Exit::Error,
        }
    }

    /// The next step, where there is one.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Scenario(error) => error.hint(),
            Self::Store(error) => error.hint(),
            Self::Engine(error) => error.hint(),
            Self::Usage { hint, .. } => Some(hint.clone()),
            Self::BadRun { .. } => {
                Some("`baseline report` says why windows are invalid or throttled; measure again".to_owned())
            }
            Self::NotComparable { .. } => {
                Some("promote runs of the same scenario, load, machine and generation of the tool".to_owned())
            }
            Self::GateInterrupted { .. } => Some(
                "what is complete stays: `baseline gate --against NAME RUN...` judges recorded runs"
                    .to_owned(),
            ),
            Self::NothingToPromote { .. } => Some("run for longer, or with a shorter cycle".to_owned()),
            Self::Fault { .. } => Some(
                "for instance slow:browse:+20%:1m..2m; `baseline target --help` lists the forms".to_owned(),
            ),
            Self::Target(TargetError::NotLoopback(_)) => {
                Some("it is a demonstration; if it must be reachable, add --allow-remote".to_owned())
            }
            Self::Target(TargetError::Bind { .. }) => Some("choose another address with --listen".to_owned()),
            Self::DiskSpace { .. } => Some("free some space, or choose another folder with --out".to_owned()),
            _ => None,
        }
    }
}

impl From<SessionError<StoreError>> for CommandError {
    fn from(error: SessionError<StoreError>) -> Self {
        match error {
            SessionError::Engine(error) => Self::Engine(error),
            SessionError::Listener(error) => Self::Store(error),
        }
    }
}
