//! Finds line, column and key of what is at fault in a scenario's text.

use std::ops::Range;

use toml::de::{DeTable, DeValue, Deserializer};

use super::error::{Place, ScenarioError};
use super::file::ScenarioFile;
use super::key_path::{KeyPath, Step};
use super::source::Source;

/// Far above any real scenario; bounds what a wrong path can cost.
const LARGEST_FILE: usize = 4 * 1024 * 1024;

/// Refuses text that is too large to be a scenario before it is parsed; the parser bounds nesting itself.
fn check_size(source: &Source) -> Result<(), ScenarioError> {
    if source.text.len() <= LARGEST_FILE {
        return Ok(());
    }
    Err(ScenarioError::Shape {
        place: Place { label: source.label.clone(), position: None, key: None },
        what: "the file is larger than 4 MiB".to_owned(),
        hint: Some("`baseline scenario schema` prints the schema of a scenario".to_owned()),
    })
}

/// Reads a text of the shape of a scenario.
/// # Errors
/// [`ScenarioError::Shape`] with line, column and key.
pub(super) fn read(source: &Source) -> Result<ScenarioFile, ScenarioError> {
    check_size(source)?;
    let parsed = Deserializer::parse(&source.text).map_err(|error| shape_error(source, &error, None))?;
    serde_path_to_error::deserialize(parsed).map_err(|error| {
        let path = error.path().to_string();
        // The path of the whole file is a dot.
        let key = Some(path).filter(|path| path != ".").map(|path| path.escape_debug().to_string());
        shape_error(source, error.inner(), key)
    })
}

fn shape_error(source: &Source, error: &toml::de::Error, key: Option<String>) -> ScenarioError {
    let span = error.span();
    let position = span.as_ref().map(|span| line_and_column(&source.text, span.start));
    let key = key.or_else(|| bare_key(&source.text, &span?));
    let what = error.message().trim().replace('\n', ", ");
    let hint = if what.ends_with("expected a string") {
        "put it in quotes; a duration needs a unit: \"100ms\", \"10s\", \"5m\", \"48h\""
    } else {
        "`baseline scenario schema` prints the schema; `scenarios/` has examples"
    };
    ScenarioError::Shape {
        place: Place { label: source.label.clone(), position, key },
        what,
        hint: Some(hint.to_owned()),
    }
}

/// The place of a key. Where the key itself is absent, its nearest parent that is there.
pub(super) fn place_of(source: &Source, key: &KeyPath) -> Place {
    let table = DeTable::parse(&source.text).ok();
    let span = table.as_ref().and_then(|table| span_of(table.get_ref(), &key.0));
    Place {
        label: source.label.clone(),
        position: span.map(|span| line_and_column(&source.text, span.start)),
        key: Some(key.to_string()),
    }
}

fn span_of(table: &DeTable<'_>, steps: &[Step]) -> Option<Range<usize>> {
    let (Step::Key(first), rest) = steps.split_first()? else { return None };
    let (name, value) = table.iter().find(|(name, _)| name.get_ref().as_ref() == first.as_str())?;
    let mut span = name.span();
    let mut value = value.get_ref();
    for step in rest {
        let next = match (step, value) {
            (Step::Key(key), DeValue::Table(table)) => table
                .iter()
                .find(|(name, _)| name.get_ref().as_ref() == key.as_str())
                .map(|(n, v)| (n.span(), v)),
            (Step::Index(index), DeValue::Array(array)) => {
                array.get(*index).map(|value| (value.span(), value))
            }
            _ => None,
        };
        let Some((found, inner)) = next else { break };
        (span, value) = (found, inner.get_ref());
    }
    Some(span)
}

/// The word at a position of a text that is not TOML, where it is one: a key that is there twice, for instance.
fn bare_key(text: &str, span: &Range<usize>) -> Option<String> {
    let word = text.get(span.clone())?.trim();
    let is_key = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    (!word.is_empty() && word.len() <= 64 && word.chars().all(is_key)).then(|| word.to_owned())
}

fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = &text.as_bytes()[..offset.min(text.len())];
    let line = before.split(|byte| *byte == b'\n').count();
    let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
    (line, String::from_utf8_lossy(&before[start..]).chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> Source {
        Source { label: "s.toml".into(), text: text.into() }
    }

    #[test]
    fn a_key_is_found_at_its_line() {
        let source = source("schema = 1\n\n[plan]\nwindow = \"10s\"\n\n[[endpoint]]\nname = \"a\"\n");
        let check = |key: KeyPath, expected: &str| {
            assert_eq!(place_of(&source, &key).to_string(), expected);
        };
        check(KeyPath::of(["plan", "window"]), "s.toml:4:1: plan.window");
        check(KeyPath::of(["plan", "cycle"]), "s.toml:3:2: plan.cycle");
        check(KeyPath::of(["endpoint"]).index(0).key("name"), "s.toml:7:1: endpoint[0].name");
    }

    #[test]
    fn nesting_is_bounded_by_the_parser() {
        let deep = format!("a = {}", "[".repeat(100_000));
        assert!(super::super::parse(&source(&deep)).is_err());
    }

    #[test]
    fn a_value_of_the_wrong_type_is_named_by_its_key() {
        let source = source("schema = 1\nname = \"n\"\n[levels]\nlight = \"x\"\n");
        let error = super::super::parse(&source).unwrap_err().to_string();
        assert!(error.starts_with("s.toml:4:9: levels.light: invalid type"), "{error}");
    }
}
