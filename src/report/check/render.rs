//! A health check in each of its formats.

use std::collections::BTreeMap;

use crate::check::facts::Assessed;
use crate::domain::plain_text::visible;
use crate::report::formats::{html, markdown};

use super::change::Change;
use super::{document, json, junit, prometheus, terminal};

/// A format of a health check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckFormat {
    /// Plain text for a terminal, at most 100 columns wide.
    Text,
    /// Markdown, for code hosts.
    Markdown,
    /// One self-contained HTML page.
    Html,
    /// One JSON object.
    Json,
    /// JUnit XML, for CI.
    Junit,
    /// The text format of Prometheus (0.0.4), with the names of the blackbox exporter.
    Prometheus,
}

/// Why a health check cannot be rendered.
#[derive(Debug, thiserror::Error)]
pub enum CheckReportError {
    /// The XML writer is at fault.
    #[error(transparent)]
    Junit(#[from] junit::JunitError),
}

/// Renders a health check; with a change, text shows only what changed. Every other format is complete.
/// # Errors
/// [`CheckReportError`] where JUnit XML cannot be written.
pub fn render(
    assessed: &Assessed,
    change: Option<&Change>,
    format: CheckFormat,
) -> Result<String, CheckReportError> {
    let text = match (format, change) {
        (CheckFormat::Text, Some(change)) => terminal::plain(&document::changed(assessed, change)),
        (CheckFormat::Text, None) => terminal::plain(&document::short(assessed)),
        (CheckFormat::Markdown, _) => markdown::markdown(&document::full(assessed, change)),
        (CheckFormat::Html, _) => html::html(&document::full(assessed, change), &BTreeMap::new()),
        (CheckFormat::Json, _) => return Ok(json::json(assessed, change)),
        (CheckFormat::Junit, _) => junit::junit(assessed, change)?,
        (CheckFormat::Prometheus, _) => prometheus::metrics(assessed, change),
    };
    // What servers send stays text: nothing in it moves a cursor or turns the direction of writing.
    Ok(visible(&text).into_owned())
}

/// The JSON Schema of what [`CheckFormat::Json`] writes.
pub fn schema() -> String {
    json::schema()
}
