//! Compares a scenario's text with the schema of the file, and lists every difference: unknown keys, missing keys, values
//! of the wrong type.
//!
//! The schema is the one that editors read, so that both agree. What differs is replaced by an empty value and marked as
//! unknown: the meaning of the rest can be checked, and nothing that follows from a mistake is called another one.

use std::ops::Range;
use std::sync::LazyLock;

use serde_json::{Map, Number, Value, json};
use toml::Spanned;
use toml::de::{DeInteger, DeTable, DeValue};

use crate::domain::suggestion::nearest;

use super::document::Document;
use super::file::DURATION;
use super::key_path::KeyPath;
use super::schema;

/// A table with at most this many keys is listed whole beside a suggestion.
const MOST_LISTED: usize = 8;

/// Reads a table as a scenario; what cannot be read is empty. `broken_at` is from where on the text is not TOML.
pub(super) fn read(document: &mut Document, table: &DeTable<'_>, broken_at: Option<usize>) -> Value {
    let root = schema::value();
    let mut shape = Shape { document, root, broken_at };
    shape.table(&KeyPath::default(), table, root)
}

/// A whole number that fits into 64 bits.
pub(super) fn integer(value: &DeInteger<'_>) -> Option<i64> {
    i64::from_str_radix(value.as_str(), value.radix()).ok()
}

static INTEGER: LazyLock<Value> = LazyLock::new(|| json!({ "type": "integer" }));
static NUMBER: LazyLock<Value> = LazyLock::new(|| json!({ "type": "number" }));

struct Shape<'a> {
    document: &'a mut Document,
    root: &'a Value,
    broken_at: Option<usize>,
}

impl<'a> Shape<'a> {
    /// What a schema refers to, without the choice of `null`, which TOML does not have.
    fn resolved(&self, mut schema: &'a Value) -> &'a Value {
        for _ in 0..8 {
            let choices = schema["anyOf"].as_array();
            if let Some(choice) = choices.and_then(|all| all.iter().find(|one| one["type"] != "null")) {
                schema = choice;
            } else if let Some(name) = schema["$ref"].as_str() {
                schema = self.root.pointer(name.trim_start_matches('#')).unwrap_or(&Value::Null);
            } else {
                break;
            }
        }
        schema
    }

    fn value(&mut self, key: &KeyPath, value: &Spanned<DeValue<'_>>, schema: &'a Value) -> Value {
        let schema = self.resolved(schema);
        if self.document.is_unknown(key) {
            return self.empty(schema);
        }
        match (value.get_ref(), kind(schema)) {
            (DeValue::Table(table), "object") => return self.table(key, table, schema),
            (DeValue::Array(array), "array") => {
                let elements = array.iter().enumerate();
                return elements
                    .map(|(place, value)| self.value(&key.index(place), value, &schema["items"]))
                    .collect();
            }
            (DeValue::String(text), "string") => return Value::from(text.as_ref()),
            (DeValue::String(text), "choice") => {
                if choices(schema).any(|choice| choice == text.as_ref()) {
                    return Value::from(text.as_ref());
                }
                self.not_a_choice(key, &value.span(), text, schema);
            }
            (_, "any") => return self.any(key, value),
            (DeValue::Boolean(is), "boolean") => return Value::from(*is),
            (DeValue::Integer(number), "integer" | "number") => match integer(number) {
                Some(number) if number >= 0 || schema["minimum"] != json!(0) => return Value::from(number),
                Some(number) => self.wrong(key, &value.span(), format!("{number} is below 0"), None),
                None => self.wrong(key, &value.span(), "the number is too large".to_owned(), None),
            },
            (DeValue::Float(number), "number") => {
                let number = number.as_str().replace('_', "").parse().ok().and_then(Number::from_f64);
                match number {
                    Some(number) => return Value::Number(number),
                    None => self.wrong(key, &value.span(), "the number is not finite".to_owned(), None),
                }
            }
            (found, expected) => self.wrong_type(key, &value.span(), found, expected, schema),
        }
        self.empty(schema)
    }

    /// A value of any type, as JSON has it.
    fn any(&mut self, key: &KeyPath, value: &Spanned<DeValue<'_>>) -> Value {
        match value.get_ref() {
            DeValue::Table(table) => table
                .iter()
                .map(|(name, value)| (name.get_ref().to_string(), self.any(&key.key(name.get_ref()), value)))
                .collect(),
            DeValue::Array(array) => {
                array.iter().enumerate().map(|(place, value)| self.any(&key.index(place), value)).collect()
            }
            DeValue::String(text) => Value::from(text.as_ref()),
            DeValue::Boolean(is) => Value::from(*is),
            DeValue::Integer(_) => self.value(key, value, &INTEGER),
            DeValue::Float(_) => self.value(key, value, &NUMBER),
            DeValue::Datetime(_) => {
                let hint = Some("JSON has no dates; put it in quotes".to_owned());
                self.wrong(key, &value.span(), "expected a value of JSON, found a date".to_owned(), hint);
                Value::Null
            }
        }
    }

    fn table(&mut self, key: &KeyPath, table: &DeTable<'_>, schema: &'a Value) -> Value {
        let mut read = Map::new();
        let Some(properties) = schema["properties"].as_object() else {
            for (name, value) in table {
                let of_value = self.value(&key.key(name.get_ref()), value, &schema["additionalProperties"]);
                read.insert(name.get_ref().to_string(), of_value);
            }
            return Value::Object(read);
        };
        for (name, value) in table {
            if !properties.contains_key(name.get_ref().as_ref()) {
                self.unknown_key(key, name.span(), name.get_ref(), table, schema);
            } else if let Some(of_value) = properties.get(name.get_ref().as_ref()) {
                let of_value = self.value(&key.key(name.get_ref()), value, of_value);
                read.insert(name.get_ref().to_string(), of_value);
            }
        }
        for name in required(schema).filter(|name| !table.contains_key(*name)) {
            let key = key.key(name);
            // A mistyped key of this name was reported as such.
            if !self.document.is_unknown(&key) && self.broken_at.is_none() {
                self.document.report(None, &key, "the key is missing", Some(example_of(name)));
            }
            self.document.mark_unknown(key);
            let empty = self.empty(self.resolved(&properties[name]));
            read.insert(name.to_owned(), empty);
        }
        Value::Object(read)
    }

    fn unknown_key(
        &mut self,
        key: &KeyPath,
        span: Range<usize>,
        name: &str,
        table: &DeTable<'_>,
        schema: &'a Value,
    ) {
        let known: Vec<&str> =
            schema["properties"].as_object().into_iter().flat_map(Map::keys).map(String::as_str).collect();
        let meant = nearest(name, known.iter().copied());
        let mut hint = match (meant, self.section_of(name)) {
            (Some(meant), _) => format!("did you mean `{meant}`?"),
            (None, Some(section)) => format!("`{name}` belongs {section}"),
            (None, None) => String::new(),
        };
        if hint.is_empty() || known.len() <= MOST_LISTED {
            let space = if hint.is_empty() { "" } else { " " };
            hint = format!("{hint}{space}known keys: {}", known.join(", "));
        }
        if let Some(letter) = name.chars().find(|c| !c.is_ascii()) {
            hint = format!("{hint} ({letter:?} is the character U+{:04X})", u32::from(letter));
        }
        let of_key = key.key(name);
        // What was meant by the key is not known, so its default is not to be judged.
        if let Some(meant) = meant.filter(|meant| !table.contains_key(*meant)) {
            self.document.mark_unknown(key.key(meant));
        }
        self.push(Some(span), &of_key, "unknown key".to_owned(), Some(hint));
    }

    /// The section of the file that has a key of this name, as it is written.
    fn section_of(&self, name: &str) -> Option<String> {
        let sections = self.root["properties"].as_object()?;
        if sections.contains_key(name) {
            return Some("before the first [section]".to_owned());
        }
        sections.iter().find_map(|(section, schema)| {
            let schema = self.resolved(schema);
            let (schema, header) = match kind(schema) {
                "array" => (self.resolved(&schema["items"]), format!("under [[{section}]]")),
                _ => (schema, format!("under [{section}]")),
            };
            schema["properties"].get(name).map(|_| header)
        })
    }

    fn not_a_choice(&mut self, key: &KeyPath, span: &Range<usize>, text: &str, schema: &'a Value) {
        let all: Vec<&str> = choices(schema).collect();
        let listed = all.iter().map(|choice| format!("{choice:?}")).collect::<Vec<_>>().join(", ");
        let hint = match nearest(text, all.iter().copied()) {
            Some(meant) => format!("did you mean {meant:?}? Possible values: {listed}"),
            None => format!("possible values: {listed}"),
        };
        self.wrong(key, span, format!("{:?} is not a valid value", shortened(text)), Some(hint));
    }

    fn wrong_type(
        &mut self,
        key: &KeyPath,
        span: &Range<usize>,
        found: &DeValue<'_>,
        expected: &str,
        schema: &'a Value,
    ) {
        let found_words = match found {
            DeValue::Integer(number) => format!("the number {}", shortened(number.as_str())),
            DeValue::Float(number) => format!("the number {}", shortened(number.as_str())),
            DeValue::Boolean(is) => is.to_string(),
            DeValue::String(_) => "text".to_owned(),
            DeValue::Datetime(_) => "a date".to_owned(),
            DeValue::Array(_) => "a list".to_owned(),
            DeValue::Table(_) => "a table".to_owned(),
        };
        let is_duration = schema["pattern"] == DURATION;
        let (expected, hint) = match (expected, found) {
            ("string", DeValue::Integer(number)) if is_duration => (
                "a duration",
                Some(format!(
                    "a duration needs quotes and a unit; did you mean \"{}s\"?",
                    shortened(number.as_str())
                )),
            ),
            ("string", _) if is_duration => {
                ("a duration", Some("write a duration such as \"10s\"".to_owned()))
            }
            ("string" | "choice", _) => ("text", Some("put it in quotes".to_owned())),
            ("integer", DeValue::String(text)) if text.trim().parse::<i64>().is_ok() => {
                ("a whole number", Some(format!("did you mean {}, without quotes?", text.trim())))
            }
            ("integer", _) => ("a whole number", None),
            ("number", DeValue::String(text)) if text.trim().parse::<f64>().is_ok() => {
                ("a number", Some(format!("did you mean {}, without quotes?", text.trim())))
            }
            ("number", _) => ("a number", None),
            ("boolean", _) => ("true or false", Some("write true or false, without quotes".to_owned())),
            ("array", DeValue::Table(_)) => ("a list", Some(format!("write [[{key}]]"))),
            ("array", DeValue::String(_)) => ("a list", Some("put it in brackets: [\"...\"]".to_owned())),
            ("array", _) => ("a list", None),
            (_, DeValue::Array(_)) => ("a table", Some(format!("write [{key}] once, with single brackets"))),
            _ => ("a table", Some(format!("write [{key}], with its keys below it"))),
        };
        self.wrong(key, span, format!("expected {expected}, found {found_words}"), hint);
    }

    /// A value that cannot be read.
    fn wrong(&mut self, key: &KeyPath, span: &Range<usize>, what: String, hint: Option<String>) {
        self.push(Some(span.clone()), key, what, hint);
        self.document.mark_unknown(key.clone());
    }

    fn push(&mut self, span: Option<Range<usize>>, key: &KeyPath, what: String, hint: Option<String>) {
        let is_after = |at: usize| span.as_ref().is_none_or(|span| span.start >= at);
        // What follows text that is not TOML may belong elsewhere.
        if !self.broken_at.is_some_and(is_after) {
            self.document.report(span, key, what, hint);
        }
    }

    /// A value of the schema's type that says nothing.
    fn empty(&self, schema: &'a Value) -> Value {
        match kind(schema) {
            "object" => {
                let of = |name: &str| self.empty(self.resolved(&schema["properties"][name]));
                required(schema).map(|name| (name.to_owned(), of(name))).collect()
            }
            "array" => Value::Array(Vec::new()),
            "integer" | "number" => json!(0),
            "boolean" => json!(false),
            "choice" => Value::from(choices(schema).next().unwrap_or_default()),
            _ => Value::from(""),
        }
    }
}

/// The type of a schema; `choice` where it lists its values.
fn kind(schema: &Value) -> &str {
    if schema["oneOf"].is_array() || schema["enum"].is_array() {
        return "choice";
    }
    match &schema["type"] {
        Value::String(name) => name,
        Value::Null if is_any(schema) => "any",
        Value::Array(names) => {
            names.iter().filter_map(Value::as_str).find(|name| *name != "null").unwrap_or("string")
        }
        _ => "string",
    }
}

/// Whether a schema allows every value: it says nothing about its type.
fn is_any(schema: &Value) -> bool {
    let says = ["anyOf", "allOf", "$ref", "const"];
    schema == &Value::Bool(true)
        || schema.as_object().is_some_and(|schema| !says.iter().any(|key| schema.contains_key(*key)))
}

fn choices(schema: &Value) -> impl Iterator<Item = &str> {
    let listed = schema["enum"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let described = schema["oneOf"].as_array().into_iter().flatten().filter_map(|one| one["const"].as_str());
    listed.chain(described)
}

fn required(schema: &Value) -> impl Iterator<Item = &str> {
    schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str)
}

/// How a missing key is written.
fn example_of(name: &str) -> String {
    let example = match name {
        "schema" => "schema = 1",
        "name" => "name = \"my-service\"",
        "target" => "[target], with base_url and allow_hosts",
        "base_url" => "base_url = \"http://127.0.0.1:8787\"",
        "allow_hosts" => "allow_hosts = [\"127.0.0.1\"]",
        "path" => "path = \"/api/health\"",
        "limits" => "limits = [{ requests = 100, per = \"1m\" }]",
        _ => return format!("add `{name}`; scenarios/README.md explains the keys"),
    };
    format!("add {example}")
}

fn shortened(text: &str) -> String {
    text.chars().take(80).collect()
}
