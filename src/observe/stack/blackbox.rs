//! What the blackbox exporter asks: each endpoint that a GET without secrets reaches.

use std::fmt::Write as _;

use crate::domain::endpoint::Endpoint;
use crate::domain::plan::Plan;
use crate::domain::workload::Workload;
use crate::observe::quoted::quoted;

/// The endpoints of a plan, split into those that can be probed and those that cannot.
pub(super) fn split(plan: &Plan) -> (Vec<&Endpoint>, Vec<&Endpoint>) {
    plan.workloads.iter().filter_map(Workload::as_endpoint).partition(|endpoint| is_probed(endpoint))
}

fn is_probed(endpoint: &Endpoint) -> bool {
    let has_secret =
        endpoint.path.has_references() || endpoint.headers.iter().any(|(_, value)| value.has_references());
    endpoint.method.as_str() == "GET" && endpoint.body.is_none() && !has_secret
}

/// Name of the module that probes an endpoint.
pub(super) fn module(endpoint: &Endpoint) -> String {
    format!("get-{}", endpoint.name)
}

/// `blackbox.yml`: a module per endpoint, because each accepts statuses of its own.
pub(super) fn configuration(plan: &Plan) -> String {
    let mut text =
        "# Written by `baseline export stack`: a module per endpoint of the scenario.\nmodules:\n".to_owned();
    let (probed, _) = split(plan);
    let tls = &plan.access.transport.tls;
    if probed.is_empty() {
        text.push_str("  tcp:\n    prober: tcp\n");
    }
    for endpoint in probed {
        let seconds = endpoint.timeout.as_secs().max(1);
        let _ = write!(
            text,
            "  {}:\n    prober: http\n    timeout: {seconds}s\n    http:\n      method: GET\n      \
             follow_redirects: false\n      preferred_ip_protocol: ip4\n",
            quoted(&module(endpoint))
        );
        if !endpoint.expectation.statuses.is_empty() {
            let statuses: Vec<String> = endpoint.expectation.statuses.iter().map(u16::to_string).collect();
            let _ = writeln!(text, "      valid_status_codes: [{}]", statuses.join(", "));
        }
        if !endpoint.headers.is_empty() {
            let _ = writeln!(text, "      headers:");
            for (name, value) in &endpoint.headers {
                let _ = writeln!(text, "        {}: {}", quoted(name), quoted(value.reveal()));
            }
        }
        if let Some(part) = &endpoint.expectation.body_contains {
            let pattern = quoted(&literal(part));
            let _ = writeln!(text, "      fail_if_body_not_matches_regexp: [{pattern}]");
        }
        if tls.insecure {
            let _ = writeln!(text, "      tls_config: {{insecure_skip_verify: true}}");
        } else if let Some(file) = &tls.ca_file {
            let _ = writeln!(text, "      tls_config: {{ca_file: {}}}", quoted(&file.to_string_lossy()));
        }
    }
    text
}

/// A regular expression that matches this text only.
fn literal(text: &str) -> String {
    let escape = |c: char| if r"\.+*?()|[]{}^$".contains(c) { format!("\\{c}") } else { c.to_string() };
    text.chars().map(escape).collect()
}
