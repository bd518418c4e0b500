//! The text of a scenario with the position of every key, and the problems of its shape.

use std::collections::BTreeSet;
use std::ops::Range;

use super::error::ScenarioError;
use super::file::SCHEMA;
use super::key_path::KeyPath;
use super::positions::Positions;
use super::problem::{Place, Problem};
use super::source::Source;

/// A scenario's text, where its keys are, and which of its values cannot be read.
#[derive(Debug, Clone)]
pub struct Document {
    source: Source,
    positions: Positions,
    /// Where each line begins. Units: bytes.
    lines: Vec<usize>,
    /// Problems of the shape: unknown and missing keys, values of the wrong type, values that are not TOML.
    problems: Vec<Problem>,
    /// What these problems make unknown: nothing that follows from it is a problem of its own.
    unknown: BTreeSet<KeyPath>,
}

impl Document {
    /// A document without text, for a file that comes from elsewhere, such as a run's manifest.
    pub fn without_text(label: &str) -> Self {
        Self::new(Source { label: label.to_owned(), text: String::new() }, Positions::default())
    }

    pub(super) fn new(source: Source, positions: Positions) -> Self {
        let ends = source.text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let lines = std::iter::once(0).chain(ends.map(|(end, _)| end + 1)).collect();
        Self { source, positions, lines, problems: Vec::new(), unknown: BTreeSet::new() }
    }

    pub(super) fn source(&self) -> &Source {
        &self.source
    }

    /// The problems of the shape.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The error with these problems in the order of the file, each once.
    pub(super) fn invalid(&self, mut problems: Vec<Problem>) -> ScenarioError {
        problems.sort_by_key(|problem| problem.place.position);
        let mut seen = BTreeSet::new();
        problems.retain(|problem| seen.insert(problem.to_string()));
        ScenarioError::Invalid { label: self.source.label.clone(), problems }
    }

    /// Notes a problem of the shape, at its own position or that of its key.
    pub(super) fn report(
        &mut self,
        span: Option<Range<usize>>,
        key: &KeyPath,
        what: impl Into<String>,
        hint: Option<String>,
    ) {
        let mut place = self.place_of(key);
        if let Some(span) = span {
            place.position = Some(self.position(span.start));
        }
        self.problems.push(Problem { place, what: what.into(), hint, excerpt: None });
    }

    pub(super) fn push(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// Marks what stands at a key as unknown.
    pub(super) fn mark_unknown(&mut self, key: KeyPath) {
        self.unknown.insert(key);
    }

    /// Whether a value could not be read, or lies within one that could not.
    pub(super) fn is_unknown(&self, key: &KeyPath) -> bool {
        (0..=key.0.len()).any(|length| self.unknown.contains(&KeyPath(key.0[..length].to_vec())))
    }

    /// Whether a value and everything within it could be read.
    pub(super) fn is_whole(&self, key: &KeyPath) -> bool {
        let within = self.unknown.range(key.clone()..).next();
        !self.is_unknown(key) && within.is_none_or(|found| !found.0.starts_with(&key.0))
    }

    /// The key whose value holds a position.
    pub(super) fn key_at(&self, offset: usize) -> Option<KeyPath> {
        self.positions.key_at(offset)
    }

    /// The place of a key. Where the key itself is absent, its nearest parent that is there.
    pub(super) fn place_of(&self, key: &KeyPath) -> Place {
        Place {
            label: self.source.label.clone(),
            position: self.positions.start_of(key).map(|start| self.position(start)),
            key: (!key.0.is_empty()).then(|| key.to_string()),
        }
    }

    /// Line and column of a position, from 1. Units of the column: characters.
    pub(super) fn position(&self, offset: usize) -> (usize, usize) {
        let offset = offset.min(self.source.text.len());
        let line = self.lines.partition_point(|start| *start <= offset);
        let start = self.lines.get(line.saturating_sub(1)).copied().unwrap_or(0);
        let before = &self.source.text.as_bytes()[start..offset];
        (line, String::from_utf8_lossy(before).trim_start_matches('\u{feff}').chars().count() + 1)
    }

    /// The text of a line, counted from 1, without its end.
    pub(super) fn line(&self, number: usize) -> &str {
        let start = self.lines.get(number.saturating_sub(1)).copied().unwrap_or(self.source.text.len());
        let line = self.source.text.get(start..).unwrap_or_default();
        line.lines().next().unwrap_or_default().trim_start_matches('\u{feff}')
    }
}

/// What a file of another schema gets to hear.
pub(super) fn other_schema(schema: i64) -> String {
    format!("schema {schema} is not supported; this version reads schema {SCHEMA}")
}

/// What to do about it.
pub(super) const OTHER_SCHEMA_HINT: &str =
    "use the version of `baseline` that the file was written for, or a newer one";

#[cfg(test)]
mod tests {
    use toml::de::DeTable;

    use super::*;

    fn document(text: &str) -> Document {
        let source = Source { label: "s.toml".into(), text: text.into() };
        let table = DeTable::parse(&source.text).unwrap();
        Document::new(source.clone(), Positions::of(table.get_ref()))
    }

    #[test]
    fn a_key_is_found_at_its_line() {
        let document = document("schema = 1\n\n[plan]\nwindow = \"10s\"\n\n[[endpoint]]\nname = \"a\"\n");
        let check = |key: KeyPath, expected: &str| {
            assert_eq!(document.place_of(&key).to_string(), expected);
        };
        check(KeyPath::of(["plan", "window"]), "s.toml:4:1: plan.window");
        check(KeyPath::of(["plan", "cycle"]), "s.toml:3:2: plan.cycle");
        check(KeyPath::of(["endpoint"]).index(0).key("name"), "s.toml:7:1: endpoint[0].name");
    }

    #[test]
    fn a_position_is_found_in_its_value() {
        let text = "[plan]\nwindow = \"10s\"\n[[endpoint]]\nlist = [1, 22]\nslo = { p95 = 7 }\n";
        let document = document(text);
        let check = |word: &str, expected: Option<&str>| {
            let key = document.key_at(text.find(word).unwrap()).map(|key| key.to_string());
            assert_eq!(key.as_deref(), expected, "{word}");
        };
        check("10s", Some("plan.window"));
        check("22", Some("endpoint[0].list[1]"));
        check("7", Some("endpoint[0].slo.p95"));
        check("list", None);
    }

    #[test]
    fn columns_are_characters_and_a_byte_order_mark_is_none() {
        let document = document("\u{feff}a = 1\r\n\"é\" = 2\r\n");
        assert_eq!(document.position(3), (1, 1));
        let equals = document.source.text.rfind('=').unwrap();
        assert_eq!(document.position(equals), (2, 5));
        assert_eq!((document.line(1), document.line(2), document.line(9)), ("a = 1", "\"é\" = 2", ""));
    }

    #[test]
    fn what_is_unknown_covers_what_is_within_it() {
        let mut document = document("");
        document.mark_unknown(KeyPath::of(["target", "allow_hosts"]).index(1));
        let check = |key: &KeyPath, unknown: bool, whole: bool| {
            assert_eq!((document.is_unknown(key), document.is_whole(key)), (unknown, whole), "{key}");
        };
        check(&KeyPath::of(["target"]), false, false);
        check(&KeyPath::of(["target", "allow_hosts"]), false, false);
        check(&KeyPath::of(["target", "allow_hosts"]).index(1), true, false);
        check(&KeyPath::of(["target", "allow_hosts"]).index(0), false, true);
        check(&KeyPath::of(["target", "base_url"]), false, true);
    }
}
