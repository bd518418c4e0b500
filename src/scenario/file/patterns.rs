//! Patterns of texts in a scenario file, for editors.

/// How a duration is written, as a regular expression of JSON Schema.
pub(in crate::scenario) const DURATION: &str = r"^\s*([0-9.]+(us|ms|s|m|h|d)\s*)+$";
