//! The conditions that two measurements must share to be comparable: load, cells, machine, faults, tool version.

use std::collections::BTreeMap;

use crate::store::manifest::{Manifest, Mode};

use super::stored_plan::{NONE, StoredPlan};

/// Name of the faults of the demo server. They act like a change of its code, so gates remove them.
pub const FAULTS: &str = "faults";

/// The fingerprint of a run: its conditions by name, such as `plan.window` or `host`.
///
/// Seeds, durations, SLOs and the target's address are not part of it: they may differ between comparable runs.
pub fn fingerprint_of(manifest: &Manifest) -> BTreeMap<String, String> {
    let plan = StoredPlan::of(manifest);
    let mut fingerprint = BTreeMap::new();
    let mut put = |name: &str, value: String| fingerprint.insert(name.to_owned(), value);
    put("host", manifest.host.to_string());
    let (mode, faults) = match &manifest.mode {
        Mode::Real => ("real", None),
        Mode::Demo { faults } => ("demo", Some(faults)),
        Mode::Rehearsal { faults, .. } => ("rehearsal", Some(faults)),
    };
    put("mode", mode.to_owned());
    if let Some(faults) = faults.filter(|faults| !faults.is_empty()) {
        put(FAULTS, faults.join(", "));
    }
    if let Mode::Rehearsal { daily_swing: Some(percent), .. } = &manifest.mode {
        put("daily_swing", format!("{percent} %"));
    }
    put("tool", generation(&manifest.tool_version));
    for key in ["cycle", "order", "rate_limits", "warm_up", "window"] {
        put(&format!("plan.{key}"), plan.text(&["plan", key]));
    }
    put("levels", plan.text(&["levels"]));
    put("rate_limit", plan.text(&["rate_limit"]));
    // Secrets are references here, as everywhere in a manifest.
    for key in ["headers", "timeout"] {
        put(&format!("target.{key}"), plan.text(&["target", key]));
    }
    // Named only where they differ from the usual, as earlier versions had none of them.
    for key in [
        "http",
        "connections",
        "addresses",
        "proxy",
        "unix_socket",
        "resolve",
        "connect_to",
        "server_name",
        "insecure",
    ] {
        let value = plan.text(&["target", key]);
        if value != NONE {
            put(&format!("target.{key}"), value);
        }
    }
    // Named where it is not the default: runs of earlier versions had no such header, and are comparable all the same.
    let traceparent = plan.text(&["plan", "traceparent"]);
    if traceparent != NONE && traceparent != "sampled" {
        put("plan.traceparent", traceparent);
    }
    for (name, load) in plan.loads() {
        put(&name, load);
    }
    fingerprint
}

/// The part of a version within which numbers keep their meaning: `0.1` for `0.1.4`, `2` for `2.3.4`.
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
