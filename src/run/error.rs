//! Errors that end a run, or prevent its start.

use std::io;
use std::path::PathBuf;

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
    /// The scenario cannot be read or is invalid.
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    /// A file of a run or a baseline cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The engine cannot generate the load.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// Histograms of windows cannot be merged.
    #[error("cannot merge histograms")]
    Histogram(#[from] HistogramError),
    /// The demo server cannot be started.
    #[error("cannot start the demo server")]
    Demo(#[from] DemoError),
    /// The text of a fault cannot be parsed.
    #[error("invalid fault {text:?}")]
    Fault {
        /// Text of the fault, as it was given.
        text: String,
        /// What is wrong with it, and the right form.
        source: FaultParseError,
    },
    /// A rehearsal cannot be resumed; it is repeated instead.
    #[error("a rehearsal cannot be resumed")]
    ResumeOfRehearsal,
    /// The operating system refused something other than a file of a run.
    #[error("cannot {action}")]
    System {
        /// Operation that failed, as a verb phrase.
        action: &'static str,
        /// Error that the operating system reported.
        source: io::Error,
    },
    /// The target does not work: no endpoint gave the expected response before the run.
    #[error("the target does not work: {}", first_of(troubles))]
    TargetDown {
        /// What each endpoint lacks.
        troubles: Vec<String>,
    },
    /// The scenario has no baseline of this name.
    #[error("scenario {scenario} has no baseline `{name}`: there is no {}", path.display())]
    NoBaseline {
        /// Name of the scenario.
        scenario: String,
        /// Name of the baseline, as it was given.
        name: String,
        /// Where its file would be.
        path: PathBuf,
        /// Names of the baselines that the scenario has, sorted.
        known: Vec<String>,
        /// The command that measures a run for it.
        measure: String,
    },
    /// The disk has too little space for the run.
    #[error("the run needs about {} of disk space, but only {} are free", format_bytes(*needed), format_bytes(*free))]
    DiskSpace {
        /// Estimated size of the run. Units: bytes.
        needed: u64,
        /// Free space on the disk. Units: bytes.
        free: u64,
    },
}

/// The first of several troubles, and the number of the others.
fn first_of(troubles: &[String]) -> String {
    match troubles {
        [] => "no endpoint gives the expected response".to_owned(),
        [one] => one.clone(),
        [first, another] => format!("{first}; {another}"),
        [first, rest @ ..] => format!("{first}; {} more endpoints fail", rest.len()),
    }
}

impl RunError {
    /// What the user can do next; `None` where there is no specific advice.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Scenario(error) => error.hint(),
            Self::Store(error) => error.hint(),
            Self::Engine(error) => error.hint(),
            Self::ResumeOfRehearsal => Some("run it again; the same seed gives the same result".to_owned()),
            Self::Fault { .. } => Some(
                "an example is slow:browse:+20%:1m..2m; `baseline target --help` lists all kinds".to_owned(),
            ),
            Self::Demo(DemoError::NotLoopback(_)) => {
                Some("use a loopback address, or add --allow-remote to make it reachable".to_owned())
            }
            Self::Demo(DemoError::Bind { .. }) => Some("choose another address with --listen".to_owned()),
            Self::TargetDown { .. } => Some(
                "nothing was measured; check the address and the expected responses, or use --no-preflight to measure it \
                 anyway"
                    .to_owned(),
            ),
            Self::NoBaseline { name, known, measure, .. } => {
                let known = match known.as_slice() {
                    [] => String::new(),
                    [one] => format!("there is `{one}`; "),
                    several => format!("there are `{}`; ", several.join("`, `")),
                };
                Some(format!(
                    "{known}to make one, measure a run with `{measure}`, then save it with `baseline promote latest --as {name}`"
                ))
            }
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
