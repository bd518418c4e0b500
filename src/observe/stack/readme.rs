//! The README of the folder.

use std::fmt::Write as _;

use super::blackbox::split;
use super::compose::secret_files;
use super::parts::Part;
use super::settings::{FOLDER, StackFiles};

const TEXT: &str = include_str!("texts/readme.md");

/// Its text.
pub(super) fn text(of: &StackFiles<'_>) -> String {
    let mut parts = String::new();
    for part in Part::ALL {
        let _ = writeln!(parts, "| {} | http://{} | {} |", part.name(), part.address(), what(part));
    }
    let mut notes = String::new();
    let (_, left_out) = split(of.plan);
    if !left_out.is_empty() {
        let names: Vec<String> = left_out.iter().map(|endpoint| format!("`{}`", endpoint.name)).collect();
        let _ = writeln!(
            notes,
            "\nThe blackbox exporter sends plain GET requests, so it does not probe {}: other methods, bodies and secrets are for \
             the monitor.",
            names.join(", ")
        );
    }
    if of.plan.receivers.is_empty() {
        notes.push_str(
            "\nThe scenario has no `[[receiver]]`: alerts are shown in Alertmanager, and nobody gets them. Add one, and export \
             again with --force.\n",
        );
    }
    for path in secret_files(of) {
        let _ = writeln!(
            notes,
            "\n`{path}` must exist before the start, readable by Alertmanager: `nobody` in the container, `prometheus` in the \
             unit."
        );
    }
    TEXT.replace("{{scenario}}", &of.plan.name)
        .replace("{{folder}}", FOLDER)
        .replace("{{parts}}\n", &parts)
        .replace("{{notes}}\n", &notes)
}

fn what(part: Part) -> &'static str {
    match part {
        Part::Prometheus => "stores metrics, evaluates `prometheus/rules/*.rules.yml`",
        Part::Alertmanager => "routes alerts to the receivers of the scenario",
        Part::Grafana => "shows three dashboards",
        Part::Blackbox => "probes the endpoints once a minute",
        Part::Node => "metrics of this machine",
        Part::Baseline => "the monitor, with its live page and metrics",
    }
}
