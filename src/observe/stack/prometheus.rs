//! `prometheus.yml`: what is scraped, the rules, and where alerts go.

use std::fmt::Write as _;

use crate::domain::plan::Plan;
use crate::observe::quoted::quoted;

use super::blackbox::{module, split};
use super::parts::Part;

/// The file.
pub(super) fn configuration(plan: &Plan) -> String {
    let mut text = format!(
        "\
# Written by `baseline export stack`.
global:
  scrape_interval: 15s
  evaluation_interval: 15s

rule_files: [rules/*.rules.yml]

alerting:
  alertmanagers:
    - static_configs:
        - targets: [\"{}\"]

scrape_configs:
",
        Part::Alertmanager.address()
    );
    for (job, part) in [
        ("baseline", Part::Baseline),
        ("node", Part::Node),
        ("prometheus", Part::Prometheus),
        ("alertmanager", Part::Alertmanager),
        ("blackbox", Part::Blackbox),
        ("grafana", Part::Grafana),
    ] {
        let address = part.address();
        let _ = writeln!(text, "  - job_name: {job}\n    static_configs:\n      - targets: [\"{address}\"]");
    }
    probes(&mut text, plan);
    text
}

fn probes(text: &mut String, plan: &Plan) {
    let (probed, _) = split(plan);
    if probed.is_empty() {
        return;
    }
    let _ = write!(
        text,
        "  # Each endpoint once a minute, from outside the load generator.
  - job_name: probe
    metrics_path: /probe
    scrape_interval: 1m
    scrape_timeout: 30s
    static_configs:
"
    );
    for endpoint in probed {
        let target = format!("{}{}", endpoint.origin.url(), endpoint.path.reveal());
        let _ = write!(
            text,
            "      - targets: [{}]\n        labels:\n          __param_module: {}\n          scenario: {}\n          endpoint: {}\n",
            quoted(&target),
            quoted(&module(endpoint)),
            quoted(&plan.name),
            quoted(&endpoint.name)
        );
    }
    let _ = write!(
        text,
        "    relabel_configs:
      - source_labels: [__address__]
        target_label: __param_target
      - source_labels: [__param_target]
        target_label: instance
      - target_label: __address__
        replacement: \"{}\"
",
        Part::Blackbox.address()
    );
}
