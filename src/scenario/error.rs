//! Errors in a scenario, with their position.

use std::path::PathBuf;

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
        /// Names of the scenarios that are available, sorted.
        known: Vec<String>,
    },
    /// The text is not TOML, or does not match the schema of a scenario.
    #[error("{place}: {what}")]
    Shape {
        /// File, line, column and key.
        place: Place,
        /// Description of the error.
        what: String,
        /// What to write instead; `None` where there is no suggestion.
        hint: Option<String>,
    },
    /// The value matches the schema but is not valid.
    #[error("{place}: {what}")]
    Meaning {
        /// File, line, column and key.
        place: Place,
        /// Description of the error.
        what: String,
        /// What to write instead; `None` where there is no suggestion.
        hint: Option<String>,
    },
    /// The plan would exceed a documented limit of the target.
    #[error("{place}: the plan exceeds a documented rate limit of the target\n{sums}")]
    RateLimit {
        /// Where the scenario states the limit.
        place: Place,
        /// Planned and allowed requests, one line per limit.
        sums: String,
    },
}

impl ScenarioError {
    /// The next step, where there is one.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Read { .. } => Some("give a path, or a name from `baseline scenario list`".to_owned()),
            Self::Unknown { known, .. } => Some(format!("available scenarios: {}", known.join(", "))),
            Self::Shape { hint, .. } | Self::Meaning { hint, .. } => hint.clone(),
            Self::RateLimit { .. } => Some(
                "set `rate_limits = \"fit\"` under [plan] to send fewer requests, or use --ignore-rate-limits \
                 if the limits do not apply to this client"
                    .to_owned(),
            ),
        }
    }
}

/// The place of a value in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file, or the option, that is at fault.
    pub label: String,
    /// Line and column, from 1.
    pub position: Option<(usize, usize)>,
    /// The key, such as `plan.window`.
    pub key: Option<String>,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.label)?;
        if let Some((line, column)) = self.position {
            write!(f, ":{line}:{column}")?;
        }
        if let Some(key) = &self.key {
            write!(f, ": {key}")?;
        }
        Ok(())
    }
}
