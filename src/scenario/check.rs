//! The context of a validation: errors with their place, and the rules that several sections share.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Duration;

use crate::domain::plain_text::is_hidden;
use crate::domain::plan::{Cell, Network};
use crate::domain::referenced::Referenced;
use crate::domain::units::parse_span;

use super::environment::{Environment, ReferenceError};
use super::error::{Place, ScenarioError};
use super::key_path::KeyPath;
use super::overrides::Overridden;
use super::source::Source;
use super::{environment, locate};

/// What a plan needs beyond its file.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The seed of every random choice.
    pub seed: u64,
    /// Which keys come from the command line.
    pub overridden: Overridden,
    /// Whether all cells must fit into a cycle; not so for a single cell.
    pub cells_fit_cycle: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { seed: 1, overridden: Vec::new(), cells_fit_cycle: true }
    }
}

/// The context of a validation: makes errors with their place.
pub(super) struct Check<'a> {
    pub(super) source: &'a Source,
    pub(super) environment: &'a Environment,
    pub(super) settings: &'a Settings,
}

impl Check<'_> {
    /// An error at a key.
    pub(super) fn wrong(&self, key: &KeyPath, what: impl Into<String>, hint: Option<&str>) -> ScenarioError {
        let name = key.to_string();
        let is_part = |whole: &str| {
            name.strip_prefix(whole).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        let option = self.settings.overridden.iter().find(|(overridden, _)| is_part(overridden));
        let place = match option {
            Some((_, option)) => Place { label: format!("option {option}"), position: None, key: None },
            None => locate::place_of(self.source, key),
        };
        ScenarioError::Meaning { place, what: what.into(), hint: hint.map(str::to_owned) }
    }

    /// A span longer than nothing.
    pub(super) fn span(&self, key: &KeyPath, text: &str) -> Result<Duration, ScenarioError> {
        let span = self.span_or_zero(key, text)?;
        if span.is_zero() { Err(self.wrong(key, "must be longer than 0s", None)) } else { Ok(span) }
    }

    /// Reads a duration; zero is allowed.
    pub(super) fn span_or_zero(&self, key: &KeyPath, text: &str) -> Result<Duration, ScenarioError> {
        parse_span(text).map_err(|error| self.wrong(key, error.to_string(), None))
    }

    /// A text with its references resolved. Values of variables never enter a message.
    pub(super) fn resolve(&self, key: &KeyPath, text: &str) -> Result<Referenced, ScenarioError> {
        environment::resolve(text, self.environment).map_err(|error| {
            let hint = match &error {
                ReferenceError::Missing(name) => {
                    format!("export {name}, or give a default in the file: ${{{name}:-value}}")
                }
                ReferenceError::Malformed => {
                    "write ${NAME} or ${NAME:-default}, and $$ for a dollar sign".to_owned()
                }
            };
            self.wrong(key, error.to_string(), Some(&hint))
        })
    }

    /// A name that fits into file names, tags and command lines.
    pub(super) fn name(&self, key: &KeyPath, name: &str) -> Result<(), ScenarioError> {
        let bad = |c: char| c.is_whitespace() || is_hidden(c) || matches!(c, '/' | '\\' | ',' | ':' | '#');
        let first_is_bad = name.starts_with(['-', '=', '+', '@', '.']);
        if name.is_empty() || name.chars().count() > 64 || first_is_bad || name.chars().any(bad) {
            let hint = "use up to 64 letters, digits, `-`, `_` or `.`, starting with a letter or digit";
            return Err(self.wrong(key, format!("{name:?} is not a valid name"), Some(hint)));
        }
        Ok(())
    }
}

pub(super) fn network(text: &str) -> Option<Network> {
    let (address, prefix) = match text.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix)),
        None => (text, None),
    };
    let address: IpAddr = address.parse().ok()?;
    let longest = if address.is_ipv4() { 32 } else { 128 };
    Network::new(address, prefix.map_or(Some(longest), |prefix| prefix.parse().ok())?)
}

/// Names that occur twice, with the place of the second.
pub(super) fn first_duplicate<'a>(names: impl Iterator<Item = &'a str>) -> Option<(usize, &'a str)> {
    let mut seen = BTreeSet::new();
    names.enumerate().find(|(_, name)| !seen.insert(*name))
}

/// The cells of a workload at the given levels.
pub(super) fn cells_of(workload: usize, levels: impl Iterator<Item = usize>) -> impl Iterator<Item = Cell> {
    levels.map(move |level| Cell::new(workload, level))
}
