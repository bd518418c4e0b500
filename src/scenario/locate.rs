//! Finds line, column and key of what is at fault in a scenario's text.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::Source;
use super::error::{Place, ScenarioError};
use super::key_path::{KeyPath, Step};

/// Far above any real scenario; bounds what a wrong path can cost.
const LARGEST_FILE: usize = 4 * 1024 * 1024;

/// Refuses text that is too large to be a scenario before it is parsed; the parser bounds nesting itself.
pub(super) fn check_size(source: &Source) -> Result<(), ScenarioError> {
    if source.text.len() <= LARGEST_FILE {
        return Ok(());
    }
    Err(ScenarioError::Shape {
        place: Place { label: source.label.clone(), position: None, key: None },
        what: "the file is larger than 4 MiB".to_owned(),
        hint: Some("`baseline scenario schema` prints the shape of a scenario".to_owned()),
    })
}

/// The error for a text that is not of the shape, with the key that covers the parser's position.
pub(super) fn shape_error(source: &Source, error: &toml::de::Error) -> ScenarioError {
    let span = error.span();
    let position = span.as_ref().map(|span| line_and_column(&source.text, span.start));
    let key = span.and_then(|span| key_at(&source.text, &span).or_else(|| bare_key(&source.text, &span)));
    let what = error.message().trim().replace('\n', ", ");
    let hint = if what.ends_with("expected a string") {
        "write it between quotes; a span of time has its unit: \"100ms\", \"10s\", \"5m\", \"48h\""
    } else {
        "`baseline scenario schema` prints the shape, `scenarios/` holds examples"
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

fn key_at(text: &str, span: &Range<usize>) -> Option<String> {
    let table = DeTable::parse(text).ok()?;
    let mut path = KeyPath::default();
    descend(table.get_ref(), span, &mut path);
    (!path.0.is_empty()).then(|| path.to_string())
}

/// The word at a position of a text that is not TOML, where it is one: a key that is there twice, for instance.
fn bare_key(text: &str, span: &Range<usize>) -> Option<String> {
    let word = text.get(span.clone())?.trim();
    let is_key = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    (!word.is_empty() && word.len() <= 64 && word.chars().all(is_key)).then(|| word.to_owned())
}

fn descend(table: &DeTable<'_>, span: &Range<usize>, path: &mut KeyPath) {
    for (name, value) in table {
        if name.span().start <= span.start && span.start < value.span().end.max(name.span().end) {
            *path = path.key(name.get_ref());
            return descend_value(value.get_ref(), span, path);
        }
    }
    // Tables under a header are not contiguous with it, so look inside those that hold the position.
    for (name, value) in table {
        let mut inner = path.key(name.get_ref());
        let before = inner.0.len();
        descend_value(value.get_ref(), span, &mut inner);
        if inner.0.len() > before {
            *path = inner;
            return;
        }
    }
}

fn descend_value(value: &DeValue<'_>, span: &Range<usize>, path: &mut KeyPath) {
    match value {
        DeValue::Table(table) => descend(table, span, path),
        DeValue::Array(array) => {
            for (index, element) in array.iter().enumerate() {
                let mut inner = path.index(index);
                let before = inner.0.len();
                descend_value(element.get_ref(), span, &mut inner);
                let within = element.span().start <= span.start && span.start < element.span().end;
                if inner.0.len() > before || within {
                    *path = inner;
                    return;
                }
            }
        }
        _ => (),
    }
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
