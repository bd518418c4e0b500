//! The report of a health check.

use std::fmt::Write as _;

use crate::check::facts::Assessed;
use crate::report::ReportError;

/// Formats of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckFormat {
    /// For terminals.
    Text,
    /// For tickets.
    Markdown,
    /// For browsers.
    Html,
    /// For programs.
    Json,
    /// For CI.
    Junit,
    /// For Prometheus.
    Prometheus,
}

/// An earlier check.
#[derive(Debug)]
pub struct Earlier;

/// What changed.
#[derive(Debug)]
pub struct Change;

impl Earlier {
    /// Reads it.
    /// # Errors
    /// Never yet.
    pub fn read(_: &str) -> Result<Self, std::fmt::Error> {
        Ok(Self)
    }
}

impl Change {
    /// Compares.
    pub fn between(_: &Earlier, _: &Assessed) -> Self {
        Self
    }
}

/// Renders.
/// # Errors
/// Never yet.
pub fn render(assessed: &Assessed, _: Option<&Change>, _: CheckFormat) -> Result<String, ReportError> {
    let mut text = String::new();
    for service in &assessed.services {
        let _ = writeln!(text, "{service:#?}");
    }
    for finding in &assessed.findings {
        let _ = writeln!(text, "{} {} {:?}", finding.priority.name(), finding.rule, finding);
    }
    for missing in &assessed.not_checked {
        let _ = writeln!(text, "{missing:?}");
    }
    Ok(text)
}

/// The schema.
pub fn schema() -> String {
    String::new()
}
