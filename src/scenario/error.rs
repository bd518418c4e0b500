//! Errors of a scenario: every problem of a file with its position, or why there is no file.

use std::fmt;
use std::path::PathBuf;

use super::problem::Problem;

/// Problems that are listed; a file that is no scenario at all has thousands.
const MOST_LISTED: usize = 50;

/// A scenario that cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// The file cannot be read.
    #[error("cannot read scenario {}", path.display())]
    Read {
        /// Path of the scenario file.
        path: PathBuf,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// No file and no shipped scenario has that name.
    #[error("there is no scenario `{name}`")]
    Unknown {
        /// Name that was given.
        name: String,
        /// The available name that is nearest to it; `None` where none is near.
        nearest: Option<String>,
        /// Names of the scenarios that are available, sorted.
        known: Vec<String>,
    },
    /// The file or the options are not valid.
    #[error("{}", Listed(label, problems))]
    Invalid {
        /// The file, as messages name it.
        label: String,
        /// Every problem that was found, in the order of the file; those of options come first. Never empty.
        problems: Vec<Problem>,
    },
}

impl ScenarioError {
    /// The next step, where there is one.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Read { .. } => Some("give a path, or a name from `baseline scenario list`".to_owned()),
            Self::Unknown { nearest: Some(name), .. } => Some(format!("did you mean `{name}`?")),
            Self::Unknown { known, .. } => Some(format!("available scenarios: {}", known.join(", "))),
            Self::Invalid { problems, .. } => match problems.as_slice() {
                [one] => one.hint.clone(),
                _ => Some(
                    "with `#:schema scenario.schema.json` as the first line, and the output of `baseline scenario schema` in \
                     that file, editors show such problems as you type"
                        .to_owned(),
                ),
            },
        }
    }

    /// The problems of an invalid scenario; empty where there is no file to have any.
    pub fn problems(&self) -> &[Problem] {
        match self {
            Self::Invalid { problems, .. } => problems,
            Self::Read { .. } | Self::Unknown { .. } => &[],
        }
    }
}

/// The problems as people read them: one alone, or a count and a list.
struct Listed<'a>(&'a str, &'a [Problem]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(label, problems) = self;
        if let [one] = problems {
            return write!(f, "{one}");
        }
        write!(f, "{} problems in {label}", problems.len())?;
        for problem in problems.iter().take(MOST_LISTED) {
            write!(f, "\n{problem}")?;
            if let Some(hint) = &problem.hint {
                write!(f, "\n  hint: {hint}")?;
            }
        }
        match problems.len().saturating_sub(MOST_LISTED) {
            0 => Ok(()),
            more => write!(f, "\nand {more} more"),
        }
    }
}
