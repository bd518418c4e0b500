//! The one envelope of everything that is printed as JSON: `schema`, `kind`, then the keys of that kind.
//!
//! What a kind says is a type of its own, beside the code that fills it. Its JSON Schema is generated from that type.

use std::borrow::Cow;

use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde_json::Value;

/// The version of every shape here. A key that is added does not raise it; one that changes its meaning does.
const SCHEMA: u32 = 1;

/// The shape of one kind of output.
pub(in crate::report) trait Output: Serialize + JsonSchema {
    /// Value of the key `kind` in this output.
    const KIND: &'static str;
}

/// An output with its `schema` and `kind` in front.
#[derive(Debug, Clone, Serialize)]
pub(in crate::report) struct Envelope<T> {
    schema: u32,
    kind: &'static str,
    #[serde(flatten)]
    output: T,
}

impl<T: Output> Envelope<T> {
    /// The envelope of an output.
    pub(in crate::report) fn of(output: T) -> Self {
        Self { schema: SCHEMA, kind: T::KIND, output }
    }

    /// Indented, with a line end.
    pub(in crate::report) fn to_text(&self) -> String {
        to_text(self)
    }
}

impl<T: Output> JsonSchema for Envelope<T> {
    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        Cow::Owned(format!("Envelope<{}>", T::schema_id()))
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = T::json_schema(generator);
        let version = json_schema!({ "const": SCHEMA, "description": "The version of this shape." });
        let kind = json_schema!({ "const": T::KIND, "description": "What this is." });
        let head = [("schema", version), ("kind", kind)];
        let object = schema.ensure_object();
        let names = head.iter().map(|(name, _)| Value::from(*name));
        if let Some(Value::Array(required)) = object.get_mut("required") {
            required.splice(0..0, names);
        }
        if let Some(Value::Object(properties)) = object.get_mut("properties") {
            let rest = std::mem::take(properties);
            properties.extend(head.map(|(name, schema)| (name.to_owned(), schema.to_value())));
            properties.extend(rest);
        }
        schema
    }
}

/// An output as text: its envelope, indented, with a line end.
pub(in crate::report) fn print<T: Output>(output: T) -> String {
    Envelope::of(output).to_text()
}

/// The JSON Schema (2020-12) of a kind's output as it is printed.
pub(in crate::report) fn schema_text<T: Output>() -> String {
    let settings = SchemaSettings::draft2020_12().for_serialize().with_transform(RecursiveTransform(tidy));
    let mut schema = settings.into_generator().into_root_schema_for::<Envelope<T>>();
    schema.insert("$id".to_owned(), Value::from(format!("baseline/{}.schema.json", T::KIND)));
    to_text(&schema)
}

/// Takes out what only Rust knows: the widths of its numbers, and where its comments wrap.
fn tidy(schema: &mut Schema) {
    if schema.get("format").is_some_and(|format| format != "date-time") {
        schema.remove("format");
    }
    if let Some(Value::String(text)) = schema.get_mut("description") {
        let paragraphs = text.split("\n\n").map(|paragraph| paragraph.replace('\n', " "));
        *text = paragraphs.collect::<Vec<_>>().join("\n\n");
    }
}

/// Types here have only keys that are text, so that writing one cannot fail.
fn to_text(value: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}
