//! Notes on a plan: what differs from what its file says.

use crate::domain::plan::Plan;
use crate::domain::units::format_span;
use crate::domain::workload::Workload;

use super::file::ScenarioFile;
use super::planned_checks::PlannedChecks;

/// Notes on a valid plan, a sentence each, in the order of the file.
pub fn notes(file: &ScenarioFile, plan: &Plan) -> Vec<String> {
    let mut notes = Vec::new();
    if plan.access.transport.tls.insecure {
        notes.push(INSECURE.to_owned());
    }
    let endpoints = || plan.workloads.iter().flat_map(Workload::requests);
    for known in &plan.access.transport.resolve {
        if !endpoints().any(|endpoint| known.applies_to(&endpoint.origin)) {
            let host = known.host.as_deref().unwrap_or("any host");
            let port = known.port.map_or_else(|| "any port".to_owned(), |port| format!("port {port}"));
            notes.push(format!(
                "the override for {host}, {port} is unused: no endpoint has this host and port"
            ));
        }
    }
    for (section, workload) in file.endpoint.iter().zip(&plan.workloads) {
        let Some(endpoint) = workload.as_endpoint() else { continue };
        // A doubled dollar sign is one dollar sign.
        if endpoint.path.written() != section.path
            && endpoint.path.written() != section.path.replace("$$", "$")
        {
            notes.push(format!("{}: the path is sent as {}", endpoint.name, endpoint.path));
        }
    }
    for journey in plan.workloads.iter().filter_map(Workload::as_journey) {
        let pauses = journey.mean_pauses();
        if pauses > plan.window {
            notes.push(format!(
                "{}: the pauses of an iteration take {} and a window {}: few iterations end within one; lengthen the window",
                journey.name,
                format_span(pauses),
                format_span(plan.window)
            ));
        }
    }
    notes.extend(PlannedChecks::of(plan).map(|checks| checks.to_string()));
    notes
}

/// What `insecure = true` means.
pub const INSECURE: &str = "certificates are not verified (`insecure = true`)";
