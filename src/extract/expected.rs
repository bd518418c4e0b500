//! The value that a check compares with, as it was written.

use serde_json::Value;

use super::error::QueryError;
use super::found::Got;
use super::number::{compared, is_number};
use super::words::Word;

/// What a written value means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A text in quotes.
    Quoted,
    /// A number without quotes.
    Number,
    /// `true`, `false`, `null`, an array, an object, or a text without quotes.
    Bare,
    /// A text with slots, which the caller fills in.
    Template,
}

/// A value that a check compares with.
pub(super) struct Expected {
    text: String,
    kind: Kind,
}

impl Expected {
    /// The value that is written so.
    pub(super) fn of(word: Word) -> Self {
        let kind = match &word.text {
            text if text.contains("{{") => Kind::Template,
            _ if word.is_quoted => Kind::Quoted,
            text if is_number(text) => Kind::Number,
            _ => Kind::Bare,
        };
        Self { text: word.text, kind }
    }

    /// The value for an order; a number, or a template of one.
    pub(super) fn ordered(word: Word, predicate: &str) -> Result<Self, QueryError> {
        let expected = Self::of(word);
        match expected.kind {
            Kind::Number | Kind::Template => Ok(expected),
            Kind::Quoted | Kind::Bare => Err(QueryError::new(format!("{predicate} needs a number"))),
        }
    }

    /// The template, where it is one.
    pub(super) fn template(&self) -> Option<&str> {
        (self.kind == Kind::Template).then_some(self.text.as_str())
    }

    /// Its text, or what a template was rendered to.
    pub(super) fn text<'e>(&'e self, rendered: Option<&'e str>) -> &'e str {
        rendered.filter(|_| self.kind == Kind::Template).unwrap_or(&self.text)
    }

    /// Whether a found value is equal to it.
    ///
    /// Quotes make a text of it, which equals no number of JSON. Where it comes from a template nobody knows which it is, so
    /// it equals a number by its worth and everything else by its text.
    pub(super) fn equals(&self, got: &Got<'_>, rendered: Option<&str>) -> bool {
        let text = self.text(rendered);
        let is_worth = |other: &str| compared(other, text).is_some_and(std::cmp::Ordering::is_eq);
        let is_same_json = |value: &Value| serde_json::from_str::<Value>(text).is_ok_and(|own| own == *value);
        match (got, self.kind) {
            (Got::Many(all), _) => all.first().is_some_and(|first| self.equals(first, rendered)),
            (Got::Number(_), Kind::Quoted) => false,
            (Got::Number(number), _) => is_worth(number),
            (Got::Text(own), Kind::Number) => own == text || is_worth(own),
            (Got::Text(own), _) => own == text,
            (Got::Json(value), kind) => match value.as_ref() {
                // `true` without quotes is no text, and equals none.
                Value::String(own) => {
                    own == text && kind != Kind::Number && !(kind == Kind::Bare && is_literal(text))
                }
                value => kind != Kind::Quoted && is_same_json(value),
            },
        }
    }
}

/// Whether JSON has a value of this name that is no text.
fn is_literal(text: &str) -> bool {
    matches!(text, "true" | "false" | "null")
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::super::words::Words;
    use super::*;

    fn json(text: &str) -> Got<'static> {
        Got::json(Cow::Owned(serde_json::from_str(text).unwrap()))
    }

    #[test]
    fn equal_is_what_is_of_one_kind() {
        let check = |got: &Got<'_>, written: &str, is_equal: bool| {
            let expected = Expected::of(Words::of(written).unwrap().word("x").unwrap());
            assert_eq!(expected.equals(got, None), is_equal, "{} == {written}", got.text());
        };
        let text = |text: &'static str| Got::Text(Cow::Borrowed(text));
        check(&json("5"), "5", true);
        check(&json("5.0"), "5", true);
        check(&json("5"), "\"5\"", false);
        check(&json("\"5\""), "5", false);
        check(&json("\"5\""), "\"5\"", true);
        check(&json("\"a b\""), "\"a b\"", true);
        check(&json("\"a\""), "a", true);
        check(&json("true"), "true", true);
        check(&json("\"true\""), "true", false);
        check(&json("\"true\""), "\"true\"", true);
        check(&json("\"null\""), "null", false);
        check(&json("\"True\""), "True", true);
        check(&json("true"), "\"true\"", false);
        check(&json("null"), "null", true);
        check(&json("null"), "\"\"", false);
        check(&json("[1,2]"), "[1,2]", true);
        check(&json("[1,2]"), "[2,1]", false);
        check(&text("05"), "5", true);
        check(&text("x"), "x", true);
        check(&text("x"), "y", false);
    }

    #[test]
    fn what_a_template_gives_is_a_number_where_a_number_was_found() {
        let check = |got: &Got<'_>, rendered: &str, is_equal: bool| {
            let expected = Expected::of(Word { text: "{{id}}".to_owned(), is_quoted: true });
            assert_eq!(expected.equals(got, Some(rendered)), is_equal, "{} == {rendered}", got.text());
        };
        check(&json("5"), "5", true);
        check(&json("5.0"), "5", true);
        check(&json("\"5\""), "5", true);
        check(&json("\"05\""), "5", false);
        check(&json("5"), "x", false);
        check(&json("true"), "true", true);
        check(&json("\"true\""), "true", true);
        check(&Got::Text(Cow::Borrowed("05")), "5", false);
    }
}
