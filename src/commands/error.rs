//! What can end a command, with the next step where there is one.

use std::io;

use crate::report::ReportError;
use crate::report::gate::JunitError;
use crate::run::RunError;
use crate::scenario::ScenarioError;
use crate::stats::usl::FitError;
use crate::store::StoreError;

use super::exit::Exit;

/// Why a command could not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// A run cannot be started, or cannot continue.
    #[error(transparent)]
    Run(#[from] RunError),
    /// A report cannot be drawn.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// The result cannot be written.
    #[error("cannot write the result")]
    Output(#[source] io::Error),
    /// The operating system refused something other than a file of a run.
    #[error("cannot {action}")]
    System {
        /// What was tried.
        action: &'static str,
        /// What the system reported.
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
        valid: u64,
        /// All windows.
        windows: u64,
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
            Self::Run(error) => error.hint(),
            Self::Report(error) => error.hint(),
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
            _ => None,
        }
    }
}

impl From<StoreError> for CommandError {
    fn from(error: StoreError) -> Self {
        Self::Run(error.into())
    }
}

impl From<ScenarioError> for CommandError {
    fn from(error: ScenarioError) -> Self {
        Self::Run(error.into())
    }
}
