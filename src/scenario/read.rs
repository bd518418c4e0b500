//! From the text of a scenario to its file and its document.

use toml::de::DeTable;

use super::document::{Document, OTHER_SCHEMA_HINT, other_schema};
use super::error::ScenarioError;
use super::file::{SCHEMA, ScenarioFile};
use super::key_path::KeyPath;
use super::positions::Positions;
use super::problem::Problem;
use super::source::{LARGEST_FILE, Source};
use super::{shape, syntax};

/// Reads a text. What cannot be read is replaced by an empty value, and noted in the document.
/// # Errors
/// [`ScenarioError::Invalid`] where it is not TOML, so that the meaning of the rest is not known, or of another schema.
pub(super) fn read(source: &Source) -> Result<(ScenarioFile, Document), ScenarioError> {
    if source.text.len() > LARGEST_FILE {
        let mut document = Document::without_text(&source.label);
        document.report(
            None,
            &KeyPath::default(),
            "the file is larger than 4 MiB: too large for a scenario",
            None,
        );
        return Err(document.invalid(document.problems().to_vec()));
    }
    let (table, errors) = DeTable::parse_recoverable(&source.text);
    let table = table.into_inner();
    let mut document = Document::new(source.clone(), Positions::of(&table));
    refuse_other_schema(&document, &table)?;
    let broken_at = syntax::report(&mut document, errors);
    let value = shape::read(&mut document, &table, broken_at);
    if broken_at.is_some() {
        return Err(document.invalid(document.problems().to_vec()));
    }
    match serde_json::from_value(value) {
        Ok(file) => Ok((file, document)),
        // Not reached while the schema describes the type.
        Err(error) => {
            document.report(None, &KeyPath::default(), error.to_string(), None);
            Err(document.invalid(document.problems().to_vec()))
        }
    }
}

/// A file of a later version has other keys, so nothing else about it is worth saying.
fn refuse_other_schema(document: &Document, table: &DeTable<'_>) -> Result<(), ScenarioError> {
    let schema = table.get("schema").and_then(|value| value.get_ref().as_integer());
    let Some(schema) = schema.and_then(shape::integer).filter(|schema| *schema != i64::from(SCHEMA)) else {
        return Ok(());
    };
    let problem = Problem {
        place: document.place_of(&KeyPath::of(["schema"])),
        what: other_schema(schema),
        hint: Some(OTHER_SCHEMA_HINT.to_owned()),
        excerpt: None,
    };
    Err(document.invalid(vec![problem]))
}
