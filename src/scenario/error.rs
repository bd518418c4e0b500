//! What can be wrong with a scenario, always with the place at fault.

use std::path::PathBuf;

/// A scenario that cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// The file cannot be read.
    #[error("cannot read scenario {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// No file and no shipped scenario has that name.
    #[error("there is no scenario `{name}`")]
    Unknown {
        /// What was asked for.
        name: String,
        /// What is there.
        known: Vec<String>,
    },
    /// The text is not TOML, or not of the shape of a scenario.
    #[error("{place}: {what}")]
    Shape {
        /// File, line, column and key.
        place: Place,
        /// What is wrong.
        what: String,
        /// What to write instead.
        hint: Option<String>,
    },
    /// The value is of the right shape but makes no sense.
    #[error("{place}: {what}")]
    Meaning {
        /// File, line, column and key.
        place: Place,
        /// What is wrong.
        what: String,
        /// What to write instead.
        hint: Option<String>,
    },
    /// The plan would exceed a documented limit of the target.
    #[error("{place}: the plan would exceed a documented rate limit of the target\n{sums}")]
    RateLimit {
        /// The limit.
        place: Place,
        /// The sums, a line each.
        sums: String,
    },
}

impl ScenarioError {
    /// The next step, where there is one.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Read { .. } => Some("give a path, or a name that `baseline scenario list` shows".to_owned()),
            Self::Unknown { known, .. } => Some(format!("known here: {}", known.join(", "))),
            Self::Shape { hint, .. } | Self::Meaning { hint, .. } => hint.clone(),
            Self::RateLimit { .. } => Some(
                "set `rate_limits = \"fit\"` under [plan] to send fewer requests, or use --ignore-rate-limits \
                 if this client is exempt"
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
