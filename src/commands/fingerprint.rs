//! What two measurements must share to be held against each other: load, cells, machine, faults, generation of the
//! tool.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::store::manifest::{Manifest, Mode};

/// What hurts the embedded target: the target's own doing, as a change of its code would be.
pub(super) const FAULTS: &str = "faults";

/// The fingerprint of a run, by name, such as `plan.window` or `host`.
///
/// Seeds, durations, objectives and the target's address are not in it: they may differ between comparable runs.
pub(super) fn of(manifest: &Manifest) -> BTreeMap<String, String> {
    let mut fingerprint = BTreeMap::new();
    let mut put = |name: &str, value: String| fingerprint.insert(name.to_owned(), value);
    put("host", manifest.host.to_string());
    let (mode, faults) = match &manifest.mode {
        Mode::Real => ("real", None),
        Mode::Demo { faults } => ("demo", Some(faults)),
        Mode::Rehearsal { faults } => ("rehearsal", Some(faults)),
    };
    put("mode", mode.to_owned());
    if let Some(faults) = faults.filter(|faults| !faults.is_empty()) {
        put(FAULTS, faults.join(", "));
    }
    put("tool", generation(&manifest.tool_version));
    for key in ["cycle", "order", "rate_limits", "warm_up", "window"] {
        put(&format!("plan.{key}"), text_of(manifest.plan.get("plan").and_then(|plan| plan.get(key))));
    }
    put("levels", text_of(manifest.plan.get("levels")));
    put("rate_limit", text_of(manifest.plan.get("rate_limit")));
    // Secrets are references here, as everywhere in a manifest.
    for key in ["headers", "timeout"] {
        put(
            &format!("target.{key}"),
            text_of(manifest.plan.get("target").and_then(|target| target.get(key))),
        );
    }
    let endpoints = manifest.plan.get("endpoint").and_then(Value::as_array).into_iter().flatten();
    for endpoint in endpoints {
        let name = text_of(endpoint.get("name"));
        let mut load = endpoint.as_object().cloned().unwrap_or_default();
        for key in ["name", "slo", "base_url"] {
            load.remove(key);
        }
        put(&format!("endpoint.{name}"), Value::Object(load).to_string());
    }
    fingerprint
}

fn text_of(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
        None => "-".to_owned(),
    }
}

/// The part of a version within which numbers keep their meaning: `0.1` of `0.1.4`, `2` of `2.3.4`.
fn generation(version: &str) -> String {
    let mut parts = version.split('.');
    match (parts.next(), parts.next()) {
        (Some("0"), Some(minor)) => format!("0.{minor}"),
        (Some(major), _) => major.to_owned(),
        (None, _) => version.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generation_is_what_may_break() {
        assert_eq!(["0.1.4", "2.3.4", "x"].map(generation), ["0.1", "2", "x"]);
    }
}
