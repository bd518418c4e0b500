//! What a query finds, while it is filtered and when it is handed out.

use std::borrow::Cow;

use serde_json::Value;

/// A value that a query found. It may be a secret, so it has no `Debug`.
#[derive(Clone, PartialEq)]
pub enum Found {
    /// A text: of a header field, a cookie, a body, a pattern.
    Text(String),
    /// A number as it was written.
    Number(String),
    /// Any other value of JSON; a text in quotes is one too.
    Json(Value),
}

/// Why a query found nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// There is no such value in the response.
    Nothing,
    /// The body is no JSON, or is nested too deep.
    NotJson,
    /// The body is too large for this query, or has too many matches.
    TooLarge,
}

impl Found {
    /// The value as text: a JSON text without quotes, a number as it was written, an object or array as compact JSON.
    pub fn into_text(self) -> String {
        match self {
            Self::Text(text) | Self::Number(text) | Self::Json(Value::String(text)) => text,
            Self::Json(value) => value.to_string(),
        }
    }

    /// The value as JSON: a number is a number, a text has quotes.
    pub fn into_json_text(self) -> String {
        match self {
            Self::Text(text) => Value::String(text).to_string(),
            Self::Number(text) => text,
            Self::Json(value) => value.to_string(),
        }
    }
}

/// What a query found, on its way through the filters.
#[derive(Clone)]
pub(super) enum Got<'a> {
    /// A text.
    Text(Cow<'a, str>),
    /// A number as it is written.
    Number(Cow<'a, str>),
    /// Any other value of JSON.
    Json(Cow<'a, Value>),
    /// Several matches, or one, or none.
    Many(Vec<Got<'a>>),
}

impl<'a> Got<'a> {
    /// A value of JSON; its numbers and texts are as any others.
    pub(super) fn json(value: Cow<'a, Value>) -> Self {
        match value {
            Cow::Borrowed(Value::Number(number)) => Self::Number(number.to_string().into()),
            Cow::Owned(Value::Number(number)) => Self::Number(number.to_string().into()),
            value => Self::Json(value),
        }
    }

    /// A number that was counted.
    pub(super) fn number(number: &impl ToString) -> Self {
        Self::Number(number.to_string().into())
    }

    /// The first match where there are several.
    pub(super) fn first(self) -> Result<Self, Missing> {
        match self {
            Self::Many(all) => all.into_iter().next().ok_or(Missing::Nothing),
            one => Ok(one),
        }
    }

    /// How many values it has: matches, or elements of an array or object; `None` where it is a plain value.
    pub(super) fn count(&self) -> Option<usize> {
        match self {
            Self::Many(all) => Some(all.len()),
            Self::Json(value) => match value.as_ref() {
                Value::Array(all) => Some(all.len()),
                Value::Object(all) => Some(all.len()),
                _ => None,
            },
            _ => None,
        }
    }

    /// The text of a text, in quotes or not.
    pub(super) fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Json(value) => value.as_str(),
            _ => None,
        }
    }

    /// The value as [`Found::into_text`] has it.
    pub(super) fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) | Self::Number(text) => Cow::Borrowed(text),
            Self::Json(value) => match value.as_ref() {
                Value::String(text) => Cow::Borrowed(text),
                value => Cow::Owned(value.to_string()),
            },
            Self::Many(all) => all.first().map(Self::text).unwrap_or_default(),
        }
    }

    /// The value without its ties to the response.
    pub(super) fn into_found(self) -> Result<Found, Missing> {
        Ok(match self.first()? {
            Self::Text(text) => Found::Text(text.into_owned()),
            Self::Number(text) => Found::Number(text.into_owned()),
            Self::Json(value) => Found::Json(value.into_owned()),
            Self::Many(_) => return Err(Missing::Nothing),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_text_and_json() {
        let check = |found: Found, text: &str, json: &str| {
            assert_eq!(found.clone().into_text(), text);
            assert_eq!(found.into_json_text(), json, "{text}");
        };
        check(Found::Text("a\"b".to_owned()), "a\"b", "\"a\\\"b\"");
        check(Found::Number("1.50".to_owned()), "1.50", "1.50");
        check(Found::Json(json!("x")), "x", "\"x\"");
        check(Found::Json(json!(null)), "null", "null");
        check(Found::Json(json!(true)), "true", "true");
        check(
            Found::Json(json!({"b": [1, 2], "a": "x"})),
            "{\"b\":[1,2],\"a\":\"x\"}",
            "{\"b\":[1,2],\"a\":\"x\"}",
        );
    }
}
