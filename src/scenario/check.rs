//! The context of a validation: it collects the problems, and has the rules that several sections share.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Duration;

use crate::domain::plain_text::is_hidden;
use crate::domain::plan::{Cell, Network, Secrets};
use crate::domain::referenced::Referenced;
use crate::domain::suggestion::nearest;
use crate::domain::units::parse_span;

use super::document::Document;
use super::environment::{Environment, ReferenceError};
use super::error::ScenarioError;
use super::key_path::KeyPath;
use super::overrides::Overridden;
use super::problem::{Place, Problem, Reported};
use super::{environment, spans};

/// What a plan needs beyond its file.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The seed of every random choice.
    pub seed: u64,
    /// Which keys come from the command line.
    pub overridden: Overridden,
    /// Whether all cells must fit into a cycle; not so for a single cell.
    pub cells_fit_cycle: bool,
    /// Whether journeys that wait for `--writes` are part of the plan.
    pub writes: bool,
    /// Whether the plan needs something to measure under load; not so for a health check.
    pub needs_load: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { seed: 1, overridden: Vec::new(), cells_fit_cycle: true, writes: false, needs_load: true }
    }
}

/// The context of a validation: collects the problems with their place.
pub(super) struct Check<'a> {
    pub(super) document: &'a Document,
    pub(super) environment: &'a Environment,
    pub(super) settings: &'a Settings,
    problems: RefCell<Vec<Problem>>,
    /// What variables held that the file refers to, except in URLs.
    secrets: RefCell<BTreeSet<String>>,
}

impl<'a> Check<'a> {
    pub(super) fn new(document: &'a Document, environment: &'a Environment, settings: &'a Settings) -> Self {
        Self { document, environment, settings, problems: RefCell::default(), secrets: RefCell::default() }
    }

    /// Records a problem at a key, unless it follows from one that was recorded before.
    pub(super) fn wrong(&self, key: &KeyPath, what: impl Into<String>, hint: Option<&str>) -> Reported {
        let place = match self.option_for(key) {
            Some(option) => Place { label: format!("option {option}"), position: None, key: None },
            None if self.document.is_unknown(key) => return Reported(()),
            None => self.document.place_of(key),
        };
        let hint = hint.map(str::to_owned);
        self.problems.borrow_mut().push(Problem { place, what: what.into(), hint, excerpt: None });
        Reported(())
    }

    /// The option that took the place of a key.
    fn option_for(&self, key: &KeyPath) -> Option<&'static str> {
        let name = key.to_string();
        let is_part = |whole: &str| {
            name.strip_prefix(whole).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        let overridden = &self.settings.overridden;
        overridden.iter().find(|(overridden, _)| is_part(overridden)).map(|(_, option)| *option)
    }

    /// Whether a value of the file could not be read, and no option took its place.
    pub(super) fn is_unknown(&self, key: &KeyPath) -> bool {
        self.document.is_unknown(key) && self.option_for(key).is_none()
    }

    /// Whether no problem was recorded, of the shape or of the meaning.
    pub(super) fn is_clean(&self) -> bool {
        self.problems.borrow().is_empty() && self.document.problems().is_empty()
    }

    /// What variables held that the file refers to.
    pub(super) fn secrets(&self) -> Secrets {
        Secrets::new(self.secrets.borrow().iter().cloned().collect())
    }

    /// The error with every problem of the file.
    pub(super) fn into_error(self) -> ScenarioError {
        let of_shape = self.document.problems().iter().cloned();
        self.document.invalid(of_shape.chain(self.problems.into_inner()).collect())
    }

    /// A span longer than nothing.
    pub(super) fn span(&self, key: &KeyPath, text: &str) -> Result<Duration, Reported> {
        let span = self.span_or_zero(key, text)?;
        if span.is_zero() { Err(self.wrong(key, "must be longer than 0s", None)) } else { Ok(span) }
    }

    /// Reads a duration; zero is allowed.
    pub(super) fn span_or_zero(&self, key: &KeyPath, text: &str) -> Result<Duration, Reported> {
        parse_span(text).map_err(|error| {
            let hint = spans::meant(text).map(|meant| format!("did you mean {meant:?}?"));
            self.wrong(key, error.to_string(), hint.as_deref())
        })
    }

    /// A text with its references resolved. Values of variables never enter a message.
    pub(super) fn resolve(&self, key: &KeyPath, text: &str) -> Result<Referenced, Reported> {
        if !key.to_string().ends_with("base_url") {
            self.secrets.borrow_mut().extend(self.environment.values_in(text));
        }
        environment::resolve(text, self.environment).map_err(|error| {
            let hint = match &error {
                ReferenceError::Missing(name) => match nearest(name, self.environment.names()) {
                    Some(set) => format!("{set} is set; did you mean ${{{set}}}?"),
                    None => format!("export {name}, or give a default in the file: ${{{name}:-value}}"),
                },
                ReferenceError::Malformed => {
                    "write ${NAME} or ${NAME:-default}, and $$ for a dollar sign".to_owned()
                }
            };
            self.wrong(key, error.to_string(), Some(&hint))
        })
    }

    /// A name that fits into file names, tags and command lines.
    pub(super) fn name(&self, key: &KeyPath, name: &str) -> Result<(), Reported> {
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

/// Names that occurred before, each with its place.
pub(super) fn duplicates<'a>(names: impl Iterator<Item = &'a str>) -> Vec<(usize, &'a str)> {
    let mut seen = BTreeSet::new();
    names.enumerate().filter(|(_, name)| !seen.insert(*name)).collect()
}

/// Every value, or the report of those that are wrong: none hides the problems of the others.
pub(super) fn all<T>(values: impl Iterator<Item = Result<T, Reported>>) -> Result<Vec<T>, Reported> {
    let values: Vec<Result<T, Reported>> = values.collect();
    values.into_iter().collect()
}

/// The cells of a workload at the given levels.
pub(super) fn cells_of(workload: usize, levels: impl Iterator<Item = usize>) -> impl Iterator<Item = Cell> {
    levels.map(move |level| Cell::new(workload, level))
}
