//! The published schemas, ready to judge what the program prints.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::Value;

/// By kind.
static VALIDATORS: LazyLock<BTreeMap<&str, jsonschema::Validator>> = LazyLock::new(|| {
    let validator = |(kind, text): (&'static str, String)| {
        let schema: Value = serde_json::from_str(&text).unwrap();
        jsonschema::draft202012::meta::validate(&schema).unwrap();
        (kind, jsonschema::draft202012::new(&schema).unwrap())
    };
    baseline::report::schemas::all().into_iter().map(validator).collect()
});

/// What the schema of its kind finds wrong with an output, a sentence each.
pub(crate) fn faults(output: &Value) -> Vec<String> {
    let kind = output["kind"].as_str().unwrap_or_default();
    let Some(validator) = VALIDATORS.get(kind) else { return vec![format!("no kind {kind:?}")] };
    validator.iter_errors(output).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

/// Requires an output to be as the schema of its kind has it.
pub(crate) fn check(output: &Value) {
    let faults = faults(output);
    assert_eq!(faults, Vec::<String>::new(), "{output:#}");
}
