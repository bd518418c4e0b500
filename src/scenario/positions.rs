//! Where each key and each value of a text stands.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::key_path::{KeyPath, Step};

/// The positions in a table, without its values. Units: bytes from the beginning of the text.
#[derive(Debug, Clone, Default)]
pub(super) struct Positions(BTreeMap<String, (usize, Value)>);

/// A value: where it stands, and what is in it.
#[derive(Debug, Clone)]
struct Value {
    span: Range<usize>,
    inner: Inner,
}

#[derive(Debug, Clone)]
enum Inner {
    Table(Positions),
    Array(Vec<Value>),
    Single,
}

impl Positions {
    pub(super) fn of(table: &DeTable<'_>) -> Self {
        let entry = |(key, value): (&Spanned<std::borrow::Cow<'_, str>>, &Spanned<DeValue<'_>>)| {
            (key.get_ref().to_string(), (key.span().start, Value::of(value)))
        };
        Self(table.iter().map(entry).collect())
    }

    /// Where a key begins. Where the key itself is absent, its nearest parent that is there.
    pub(super) fn start_of(&self, key: &KeyPath) -> Option<usize> {
        let (Step::Key(first), rest) = key.0.split_first()? else { return None };
        let (mut start, mut value) = self.0.get(first).map(|(start, value)| (*start, value))?;
        for step in rest {
            let next = match (step, &value.inner) {
                (Step::Key(key), Inner::Table(table)) => {
                    table.0.get(key).map(|(start, value)| (*start, value))
                }
                (Step::Index(index), Inner::Array(array)) => {
                    array.get(*index).map(|value| (value.span.start, value))
                }
                _ => None,
            };
            let Some(next) = next else { break };
            (start, value) = next;
        }
        Some(start)
    }

    /// The key whose single value holds a position.
    pub(super) fn key_at(&self, offset: usize) -> Option<KeyPath> {
        self.0.iter().find_map(|(name, (_, value))| {
            let mut steps = value.steps_to(offset)?;
            steps.push(Step::Key(name.clone()));
            steps.reverse();
            Some(KeyPath(steps))
        })
    }
}

impl Value {
    fn of(value: &Spanned<DeValue<'_>>) -> Self {
        let inner = match value.get_ref() {
            DeValue::Table(table) => Inner::Table(Positions::of(table)),
            DeValue::Array(array) => Inner::Array(array.iter().map(Self::of).collect()),
            _ => Inner::Single,
        };
        Self { span: value.span(), inner }
    }

    /// The steps to the single value that holds a position, the last step first.
    fn steps_to(&self, offset: usize) -> Option<Vec<Step>> {
        match &self.inner {
            Inner::Single => (self.span.start <= offset && offset <= self.span.end).then(Vec::new),
            // The span of a table with a header is that of its header, so each value is asked.
            Inner::Table(table) => table.key_at(offset).map(|key| key.0.into_iter().rev().collect()),
            Inner::Array(array) => array.iter().enumerate().find_map(|(index, value)| {
                let mut steps = value.steps_to(offset)?;
                steps.push(Step::Index(index));
                Some(steps)
            }),
        }
    }
}
