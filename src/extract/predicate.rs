//! Predicates: what a check demands of the value that its query found.

use std::cmp::Ordering;

use regex::bytes::Regex;
use serde_json::Value;

use super::error::QueryError;
use super::expected::Expected;
use super::found::{Got, Missing};
use super::number::{compared, is_number};
use super::pattern::pattern;
use super::words::Words;

/// The names of predicates. `not` may stand before each.
pub(super) const PREDICATES: [&str; 18] = [
    "==",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "startsWith",
    "endsWith",
    "contains",
    "matches",
    "in",
    "exists",
    "isEmpty",
    "isInteger",
    "isNumber",
    "isString",
    "isBoolean",
    "isCollection",
];

/// A predicate, compiled.
pub(super) struct Predicate {
    is_negated: bool,
    demand: Demand,
}

enum Demand {
    Equal(Expected),
    Order(fn(Ordering) -> bool, Expected),
    StartsWith(Expected),
    EndsWith(Expected),
    Contains(Expected),
    Matches(Regex),
    In(Vec<Expected>),
    Exists,
    IsEmpty,
    IsInteger,
    IsNumber,
    IsString,
    IsBoolean,
    IsCollection,
}

impl Predicate {
    /// Takes a predicate and its value: all that is left.
    pub(super) fn parse(words: &mut Words<'_>) -> Result<Self, QueryError> {
        let is_not = words.peek() == "not";
        if is_not {
            words.bare();
        }
        let name = words.bare();
        let demand = Demand::parse(name, words)?;
        if !words.is_over() {
            let error = QueryError::new(format!("\"{}\" is one word too many", words.peek()));
            return Err(error.with_hint("a text of several words stands in quotes"));
        }
        Ok(Self { is_negated: is_not != (name == "!="), demand })
    }

    /// The text of its value, where that has slots to fill in.
    pub(super) fn template(&self) -> Option<&str> {
        match &self.demand {
            Demand::Equal(expected)
            | Demand::Order(_, expected)
            | Demand::StartsWith(expected)
            | Demand::EndsWith(expected)
            | Demand::Contains(expected) => expected.template(),
            _ => None,
        }
    }

    /// Whether it holds for what was found; a template in it was rendered to this.
    ///
    /// Where nothing was found, only `not exists` holds, and nothing at all for a body that should be JSON and is none.
    pub(super) fn holds(&self, got: Result<Got<'_>, Missing>, rendered: Option<&str>) -> bool {
        let is_there = |got: &Got<'_>| !matches!(got, Got::Many(all) if all.is_empty());
        let meets = match (&self.demand, got) {
            (_, Err(Missing::NotJson)) => return false,
            (Demand::Exists, found) => found.is_ok_and(|got| is_there(&got)),
            (Demand::IsEmpty, Ok(got)) => is_empty(&got),
            (demand, Ok(got)) if is_there(&got) => demand.is_met(&got, rendered),
            _ => return false,
        };
        meets != self.is_negated
    }
}

impl Demand {
    fn parse(name: &str, words: &mut Words<'_>) -> Result<Self, QueryError> {
        let value = |words: &mut Words<'_>| words.word(&format!("the value after {name}"));
        let order = |words: &mut Words<'_>, accepts: fn(Ordering) -> bool| {
            Ok(Self::Order(accepts, Expected::ordered(value(words)?, name)?))
        };
        match name {
            "==" | "!=" => Ok(Self::Equal(Expected::of(value(words)?))),
            "<" => order(words, Ordering::is_lt),
            "<=" => order(words, Ordering::is_le),
            ">" => order(words, Ordering::is_gt),
            ">=" => order(words, Ordering::is_ge),
            "startsWith" => Ok(Self::StartsWith(Expected::of(value(words)?))),
            "endsWith" => Ok(Self::EndsWith(Expected::of(value(words)?))),
            "contains" => Ok(Self::Contains(Expected::of(value(words)?))),
            "matches" => Ok(Self::Matches(pattern(words)?)),
            "in" => {
                let mut all = vec![Expected::of(value(words)?)];
                while !words.is_over() {
                    all.push(Expected::of(value(words)?));
                }
                if all.iter().any(|expected| expected.template().is_some()) {
                    return Err(QueryError::new("in takes no template"));
                }
                Ok(Self::In(all))
            }
            "exists" => Ok(Self::Exists),
            "isEmpty" => Ok(Self::IsEmpty),
            "isInteger" => Ok(Self::IsInteger),
            "isNumber" => Ok(Self::IsNumber),
            "isString" => Ok(Self::IsString),
            "isBoolean" => Ok(Self::IsBoolean),
            "isCollection" => Ok(Self::IsCollection),
            "" => {
                let error = QueryError::new("a check needs a predicate");
                Err(error.with_hint("such as `exists` or `== 5`"))
            }
            other => Err(QueryError::unknown("filter or predicate", other, &PREDICATES)),
        }
    }

    /// Whether a value meets it: of several matches the first, but for `contains` and `isCollection`.
    fn is_met(&self, got: &Got<'_>, rendered: Option<&str>) -> bool {
        match (self, got) {
            (Self::IsCollection, Got::Many(all)) if all.len() > 1 => true,
            (Self::Contains(_), Got::Many(all)) => all.iter().any(|one| self.is_met(one, rendered)),
            (_, Got::Many(all)) => all.first().is_some_and(|first| self.is_met(first, rendered)),
            (Self::Equal(expected), got) => expected.equals(got, rendered),
            (Self::In(all), got) => all.iter().any(|expected| expected.equals(got, None)),
            (Self::Order(accepts, expected), Got::Number(text) | Got::Text(text)) => {
                compared(text, expected.text(rendered)).is_some_and(accepts)
            }
            (Self::Contains(expected), Got::Json(value)) if value.is_array() => {
                let elements = value.as_array().into_iter().flatten();
                elements
                    .map(|one| Got::json(std::borrow::Cow::Borrowed(one)))
                    .any(|one| expected.equals(&one, rendered))
            }
            (Self::StartsWith(expected), got) => plain(got, |text| text.starts_with(expected.text(rendered))),
            (Self::EndsWith(expected), got) => plain(got, |text| text.ends_with(expected.text(rendered))),
            (Self::Contains(expected), got) => plain(got, |text| text.contains(expected.text(rendered))),
            (Self::Matches(pattern), got) => plain(got, |text| pattern.is_match(text.as_bytes())),
            // Text of a header or a pattern may be a number; a text of JSON has quotes, and is none.
            (Self::IsInteger, Got::Number(text) | Got::Text(text)) => is_integer(text),
            (Self::IsNumber, Got::Number(_)) => true,
            (Self::IsNumber, Got::Text(text)) => is_number(text),
            (Self::IsString, got) => got.as_str().is_some(),
            (Self::IsBoolean, got) => matches!(got, Got::Json(value) if value.is_boolean()),
            (Self::IsCollection, got) => {
                matches!(got, Got::Json(value) if value.is_array() || value.is_object())
            }
            (Self::Order(..) | Self::IsInteger | Self::IsNumber, Got::Json(_))
            | (Self::Exists | Self::IsEmpty, _) => false,
        }
    }
}

fn is_empty(got: &Got<'_>) -> bool {
    match got {
        Got::Many(all) => all.first().is_none_or(is_empty),
        Got::Number(_) => false,
        Got::Text(text) => text.is_empty(),
        Got::Json(value) => match value.as_ref() {
            Value::String(text) => text.is_empty(),
            Value::Array(all) => all.is_empty(),
            Value::Object(all) => all.is_empty(),
            _ => false,
        },
    }
}

fn is_integer(text: &str) -> bool {
    is_number(text) && !text.contains(['.', 'e', 'E'])
}

/// Whether a text or number passes a test; other values pass none.
fn plain(got: &Got<'_>, test: impl Fn(&str) -> bool) -> bool {
    match got {
        Got::Text(text) | Got::Number(text) => test(text),
        Got::Json(value) => value.as_str().is_some_and(test),
        Got::Many(_) => false,
    }
}
