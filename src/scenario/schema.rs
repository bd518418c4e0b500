//! The JSON Schema of scenario files, for editors.

use super::file::ScenarioFile;

/// The schema as pretty JSON.
pub fn json_schema() -> String {
    let schema = schemars::schema_for!(ScenarioFile);
    serde_json::to_string_pretty(&schema).unwrap_or_default()
}
