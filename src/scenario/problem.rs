//! One problem of a scenario: where it is, what is wrong, and what to write instead.

use std::fmt;

/// Something that is wrong with a scenario or an option.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// File, line, column and key; or the option.
    pub place: Place,
    /// What is wrong. Never contains the value of an environment variable.
    pub what: String,
    /// What to write instead; `None` where there is no suggestion.
    pub hint: Option<String>,
    /// The line with a mark under the place, for text that is not TOML.
    pub excerpt: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)?;
        match &self.excerpt {
            Some(excerpt) => write!(f, "\n{excerpt}"),
            None => Ok(()),
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

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
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

/// The proof that a problem was recorded. Whoever has one can stop without a message of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reported(pub(super) ());
