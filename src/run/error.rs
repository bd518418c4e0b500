//! What can end a run, or keep it from starting.

use std::io;

use crate::demo::{DemoError, FaultParseError};
use crate::domain::histogram::HistogramError;
use crate::domain::units::format_bytes;
use crate::load::engine::EngineError;
use crate::load::session::SessionError;
use crate::scenario::ScenarioError;
use crate::store::StoreError;

/// Why a run could not be started, or could not continue.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The scenario is at fault.
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    /// A run's files are at fault.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The load cannot be offered.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// Histograms do not merge.
    #[error("cannot merge histograms")]
    Histogram(#[from] HistogramError),
    /// The demo server cannot be started.
    #[error("cannot start the demo server")]
    Demo(#[from] DemoError),
    /// A fault cannot be read.
    #[error("cannot read the fault {text:?}")]
    Fault {
        /// As it was given.
        text: String,
        /// What is wrong with it.
        source: FaultParseError,
    },
    /// A rehearsal is repeated, not resumed.
    #[error("a rehearsal cannot be resumed")]
    ResumeOfRehearsal,
    /// The operating system refused something other than a file of a run.
    #[error("cannot {action}")]
    System {
        /// What was tried.
        action: &'static str,
        /// What the system reported.
        source: io::Error,
    },
    /// The disk has too little room for the run.
    #[error("the run needs about {}, and {} are free", format_bytes(*needed), format_bytes(*free))]
    DiskSpace {
        /// Units: bytes.
        needed: u64,
        /// Units: bytes.
        free: u64,
    },
}

impl RunError {
    /// The next step, where there is one.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Scenario(error) => error.hint(),
            Self::Store(error) => error.hint(),
            Self::Engine(error) => error.hint(),
            Self::ResumeOfRehearsal => {
                Some("run it again: the same seed gives the same bytes, in seconds".to_owned())
            }
            Self::Fault { .. } => Some(
                "for instance slow:browse:+20%:1m..2m; `baseline target --help` lists the forms".to_owned(),
            ),
            Self::Demo(DemoError::NotLoopback(_)) => {
                Some("it is a demonstration; if it must be reachable, add --allow-remote".to_owned())
            }
            Self::Demo(DemoError::Bind { .. }) => Some("choose another address with --listen".to_owned()),
            Self::DiskSpace { .. } => Some("free some space, or choose another folder with --out".to_owned()),
            Self::Histogram(_) | Self::Demo(_) | Self::System { .. } => None,
        }
    }
}

impl From<SessionError<StoreError>> for RunError {
    fn from(error: SessionError<StoreError>) -> Self {
        match error {
            SessionError::Engine(error) => Self::Engine(error),
            SessionError::Listener(error) => Self::Store(error),
        }
    }
}
