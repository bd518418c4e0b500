//! A path to one value of a JSON text, followed without building the rest: members that are not on it are skipped.
//!
//! Where the text parses as a whole, the value is the one that `serde_json::Value::pointer` finds; of members of one name the
//! last counts. What is skipped is held to the grammar only: a number too large for a float, or half of a surrogate pair, is
//! no error there.

use std::borrow::Cow;
use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::error::QueryError;
use super::found::{Got, Missing};

/// Longest path. The parser goes as deep as the path, and no deeper than 128.
const MOST_STEPS: usize = 100;

/// One step of a path.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step {
    /// To the member of an object, or to the element of an array that the same text is the index of.
    Either(String, Option<usize>),
    /// To the member of an object.
    Name(String),
    /// To the element of an array, from 0.
    Index(usize),
}

impl Step {
    fn name(&self) -> Option<&str> {
        match self {
            Self::Either(name, _) | Self::Name(name) => Some(name),
            Self::Index(_) => None,
        }
    }

    fn index(&self) -> Option<usize> {
        match self {
            Self::Either(_, index) => *index,
            Self::Name(_) => None,
            Self::Index(index) => Some(*index),
        }
    }
}

/// A path to one value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Path(Vec<Step>);

impl Path {
    /// A path of these steps; `None` where there are too many.
    pub(super) fn of(steps: Vec<Step>) -> Option<Self> {
        (steps.len() <= MOST_STEPS).then_some(Self(steps))
    }

    /// A JSON pointer (RFC 6901).
    pub(super) fn pointer(text: &str) -> Result<Self, QueryError> {
        if text.is_empty() {
            return Ok(Self(Vec::new()));
        }
        let Some(tokens) = text.strip_prefix('/') else {
            let error = QueryError::new("a pointer begins with a slash");
            return Err(error.with_hint("such as /data/id"));
        };
        let steps = tokens.split('/').map(|token| {
            let name = token.replace("~1", "/").replace("~0", "~");
            let is_index = name == "0" || !name.starts_with(['0', '+', '-']);
            let index = name.parse().ok().filter(|_| is_index);
            Step::Either(name, index)
        });
        Self::of(steps.collect())
            .ok_or_else(|| QueryError::new(format!("a pointer has at most {MOST_STEPS} steps")))
    }

    /// The value at the end of the path.
    pub(super) fn find<'a>(&self, text: &'a str) -> Result<Got<'a>, Missing> {
        let mut json = serde_json::Deserializer::from_str(text);
        let found = Walk(&self.0).deserialize(&mut json).map_err(|_| Missing::NotJson)?;
        json.end().map_err(|_| Missing::NotJson)?;
        let raw = found.ok_or(Missing::Nothing)?.get();
        match raw.as_bytes().first() {
            Some(b'-' | b'0'..=b'9') => Ok(Got::Number(Cow::Borrowed(raw))),
            _ => serde_json::from_str(raw)
                .map(|value| Got::Json(Cow::Owned(value)))
                .map_err(|_| Missing::NotJson),
        }
    }
}

/// Follows the steps that are left.
struct Walk<'p>(&'p [Step]);

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = Option<&'de RawValue>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        if self.0.is_empty() {
            return serde::Deserialize::deserialize(deserializer).map(Some);
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = Option<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let Some((step, rest)) = self.0.split_first() else { return Ok(None) };
        let mut found = None;
        while let Some(is_wanted) = map.next_key_seed(IsName(step.name()))? {
            if is_wanted {
                found = map.next_value_seed(Walk(rest))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let Some((step, rest)) = self.0.split_first() else { return Ok(None) };
        for _ in 0..step.index().unwrap_or(0) {
            if seq.next_element::<IgnoredAny>()?.is_none() {
                return Ok(None);
            }
        }
        let found = match step.index() {
            Some(_) => seq.next_element_seed(Walk(rest))?.flatten(),
            None => None,
        };
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(found)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}

/// Whether a key is this name.
struct IsName<'p>(Option<&'p str>);

impl<'de> DeserializeSeed<'de> for IsName<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for IsName<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, key: &str) -> Result<bool, E> {
        Ok(self.0 == Some(key))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn found(pointer: &str, text: &str) -> Result<String, Missing> {
        Path::pointer(pointer)
            .unwrap()
            .find(text)
            .and_then(Got::into_found)
            .map(super::super::Found::into_json_text)
    }

    #[test]
    fn a_pointer_finds_what_the_whole_value_has_there() {
        let texts = [
            r#"{"a":{"b":[1,2.50,{"c":"x"}],"":0,"~/":null},"a b":true,"0":"zero"}"#,
            r#"[[1,2],{"0":3},"é\u0041\n",-0,1e2]"#,
            r#"{"a":{"b":1},"a":{"c":2},"a":[5]}"#,
            r#"{"a":{"b":1},"a":2}"#,
            "7",
            "\"x\"",
            "  null ",
        ];
        let pointers = [
            "",
            "/a",
            "/a/b",
            "/a/b/1",
            "/a/b/2/c",
            "/a/",
            "/a/~0~1",
            "/a b",
            "/0",
            "/1/0",
            "/2",
            "/01",
            "/-",
            "/+1",
            "/a/c",
            "/a/0",
            "/3",
            "/4",
            "/a/b/9",
            "/99999999999999999999",
        ];
        for text in texts {
            let whole: Value = serde_json::from_str(text).unwrap();
            for pointer in pointers {
                let expected = whole.pointer(pointer);
                let found = found(pointer, text);
                let parsed = found.as_ref().ok().map(|text| serde_json::from_str::<Value>(text).unwrap());
                assert_eq!(parsed.as_ref(), expected, "{pointer} in {text}");
                assert!(found.is_ok() || found == Err(Missing::Nothing), "{pointer} in {text}");
            }
        }
    }

    #[test]
    fn numbers_stay_as_they_are_written() {
        assert_eq!(found("/a", r#"{"a":1.50}"#).unwrap(), "1.50");
        assert_eq!(
            found("/a", r#"{"a": 123456789012345678901234567890 }"#).unwrap(),
            "123456789012345678901234567890"
        );
    }

    #[test]
    fn what_is_no_json_is_told_apart_from_what_is_missing() {
        for text in ["", "{", r#"{"a":1}x"#, r#"{"a":1,}"#, "[1 2]", "nul", r#"{"b":tru,"a":1}"#] {
            assert_eq!(found("/a", text), Err(Missing::NotJson), "{text}");
        }
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000));
        assert_eq!(found("/a", &deep), Err(Missing::NotJson));
        assert_eq!(found("/b", &deep), Err(Missing::Nothing));
        assert_eq!(found(&"/0".repeat(MOST_STEPS), &"[".repeat(10_000)), Err(Missing::NotJson));
        assert!(Path::pointer(&"/0".repeat(MOST_STEPS + 1)).is_err());
    }
}
