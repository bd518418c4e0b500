//! Errors that end a command, with advice where there is some.

use std::io;

use crate::dashboard::LiveError;
use crate::report::ReportError;
use crate::report::check::CheckReportError;
use crate::report::gate::JunitError;
use crate::run::RunError;
use crate::scenario::{Problem, ScenarioError};
use crate::stats::usl::FitError;
use crate::store::StoreError;

use super::exit::Exit;

/// Why a command could not do what it was asked to do.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// A run cannot be started or continued, or its files cannot be read.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The report of a run cannot be created.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// The live page cannot be served.
    #[error(transparent)]
    Live(#[from] LiveError),
    /// The result cannot be written to standard output.
    #[error("cannot write the result")]
    Output(#[source] io::Error),
    /// The operating system refused something other than a file of a run.
    #[error("cannot {action}")]
    System {
        /// Operation that failed, as a verb phrase.
        action: &'static str,
        /// Error that the operating system reported.
        source: io::Error,
    },
    /// The options contradict each other or the data.
    #[error("{what}")]
    Usage {
        /// Description of the problem, as a sentence fragment.
        what: String,
        /// What the user can do instead.
        hint: String,
    },
    /// The points of a table do not determine a scalability law.
    #[error("cannot fit the points")]
    Fit(#[source] FitError),
    /// Too few windows of a run are valid for a baseline.
    #[error("run {run_id} has too few valid windows: {valid} of {windows}")]
    BadRun {
        /// ID of the rejected run.
        run_id: String,
        /// Number of its windows that are valid.
        valid: u64,
        /// Number of its windows, or of those planned.
        windows: u64,
    },
    /// A run failed, or too little of it was measured, so that it is no baseline.
    #[error("run {run_id} cannot be promoted: {reason}")]
    NoBaseline {
        /// ID of the rejected run.
        run_id: String,
        /// Why, as a sentence.
        reason: String,
    },
    /// Runs were measured under different conditions.
    #[error("run {run_id} is not comparable with the first run; differences: {}", differences.join(", "))]
    NotComparable {
        /// Run ID of the run that differs from the first.
        run_id: String,
        /// Names of the conditions that differ.
        differences: Vec<String>,
    },
    /// No cell has enough valid windows.
    #[error("none of {left_out} cells has the 20 valid windows that a baseline needs")]
    NothingToPromote {
        /// Number of cells that were rejected.
        left_out: usize,
    },
    /// A gate was interrupted before all runs were measured.
    #[error("interrupted after {done} of {planned} planned runs, without a verdict")]
    GateInterrupted {
        /// Number of runs that were complete.
        done: usize,
        /// Number of runs that were planned.
        planned: usize,
    },
    /// A gate was interrupted before all interleaved rounds were measured.
    #[error("interrupted before all rounds were measured, without a verdict")]
    RoundsInterrupted,
    /// A side of a gate accepts no connections, so there is nothing to compare.
    #[error("cannot connect to {origin}")]
    Unreachable {
        /// Scheme, host and port of the side.
        origin: String,
    },
    /// A verdict cannot be written as JUnit XML.
    #[error(transparent)]
    Junit(#[from] JunitError),
    /// A health check cannot be rendered.
    #[error(transparent)]
    CheckReport(#[from] CheckReportError),
}

impl CommandError {
    /// The exit code of the error: inconclusive for insufficient measurements, failed for a target that does not work,
    /// otherwise an error.
    pub fn exit(&self) -> Exit {
        match self {
            Self::BadRun { .. }
            | Self::NoBaseline { .. }
            | Self::NotComparable { .. }
            | Self::NothingToPromote { .. }
            | Self::GateInterrupted { .. }
            | Self::RoundsInterrupted
            | Self::Unreachable { .. } => Exit::Inconclusive,
            // As the run itself would have ended.
            Self::Run(RunError::TargetDown { .. }) => Exit::Failed,
            _ => Exit::Error,
        }
    }

    /// The problems of an invalid scenario; empty for any other error.
    pub fn problems(&self) -> &[Problem] {
        match self {
            Self::Run(RunError::Scenario(error)) => error.problems(),
            _ => &[],
        }
    }

    /// What the user can do next; `None` where there is no specific advice.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Run(error) => error.hint(),
            Self::Report(error) => error.hint(),
            Self::Live(error) => error.hint(),
            Self::Usage { hint, .. } => Some(hint.clone()),
            Self::BadRun { .. } => Some(
                "`baseline report` lists why windows are invalid or rate-limited; fix that and measure again"
                    .to_owned(),
            ),
            Self::NoBaseline { .. } => Some(
                "a baseline must come from a run that works; `baseline report` has the details, and --allow-violated accepts \
                 violated SLOs"
                    .to_owned(),
            ),
            Self::NotComparable { .. } => Some(
                "use runs of the same scenario, load, machine and version of baseline (major, or 0.minor)"
                    .to_owned(),
            ),
            Self::GateInterrupted { .. } => Some(
                "complete runs are kept; `baseline gate --against NAME RUN...` judges recorded runs"
                    .to_owned(),
            ),
            Self::Unreachable { .. } => {
                Some("start the server first, or use --start-a and --start-b".to_owned())
            }
            Self::NothingToPromote { .. } => Some("use a longer run or a shorter cycle".to_owned()),
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
