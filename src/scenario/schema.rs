//! The JSON Schema of scenario files, for editors, and for the check of a file's shape.

use std::sync::LazyLock;

use serde_json::Value;

use super::file::ScenarioFile;

/// The schema as pretty JSON.
pub fn json_schema() -> String {
    serde_json::to_string_pretty(value()).unwrap_or_default()
}

/// The schema as a value, made once.
pub(super) fn value() -> &'static Value {
    static SCHEMA: LazyLock<Value> =
        LazyLock::new(|| serde_json::to_value(schemars::schema_for!(ScenarioFile)).unwrap_or_default());
    &SCHEMA
}
