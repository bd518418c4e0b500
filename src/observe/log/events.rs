//! What is logged of a run: one function for each kind of event.
//!
//! `level` is how urgent a line is; the load level of a window is `load_level`. Missing values are left out.

use tracing::{debug, info, warn};

use super::subscriber::TARGET;
use crate::analysis::incident::{Incident, Update};
use crate::analysis::watch::Flag;
use crate::domain::gap::Gap;
use crate::domain::percentile::Percentile;
use crate::domain::run_verdict::RunVerdict;
use crate::domain::tally::Tally;
use crate::domain::time_summary::TimeKind;
use crate::domain::trace::SlowRequest;
use crate::domain::units::nanos;
use crate::domain::verdict::InvalidReason;
use crate::domain::verdict::Validity;
use crate::domain::window::Window;
use crate::store::check_log::CheckRecord;
use crate::store::manifest::{Manifest, Mode};

/// The run has begun, or goes on.
pub(super) fn began(manifest: &Manifest, is_resumed: bool) {
    let (event, message) =
        if is_resumed { ("run_resumed", "run resumed") } else { ("run_started", "run started") };
    info!(
        target: TARGET,
        event,
        run = manifest.run_id,
        scenario = manifest.scenario,
        mode = mode(&manifest.mode),
        planned_windows = manifest.planned_windows,
        planned_end = manifest.planned_end,
        version = manifest.tool_version,
        "{message}"
    );
}

fn mode(mode: &Mode) -> &'static str {
    match mode {
        Mode::Real => "real",
        Mode::Demo { .. } => "demo",
        Mode::Rehearsal { .. } => "rehearsal",
    }
}

/// The run has ended. Without a verdict its files could not be read.
pub(super) fn ended(run: &str, state: &str, verdict: Option<(&RunVerdict, &Tally)>) {
    info!(
        target: TARGET,
        event = "run_ended",
        run,
        state,
        verdict = verdict.map(|(verdict, _)| verdict.outcome().word()),
        reasons = verdict.map(|(verdict, _)| reasons(verdict)),
        windows = verdict.map(|(_, tally)| tally.windows),
        requests = verdict.map(|(_, tally)| tally.counts.requests()),
        failed = verdict.map(|(_, tally)| tally.counts.failed),
        "run ended"
    );
}

/// The reasons of a verdict, each word once.
fn reasons(verdict: &RunVerdict) -> String {
    let mut words: Vec<&str> = verdict.reasons.iter().map(crate::domain::run_verdict::Reason::word).collect();
    words.dedup();
    words.join(",")
}

/// A window was committed; with its slowest request, where requests name traces.
pub(super) fn window(run: &str, window: &Window, slowest: Option<&SlowRequest>) {
    let endpoint = window.cell.series();
    let times = window.time(TimeKind::Service);
    // One call site for each level, because `tracing` fixes it there.
    macro_rules! committed {
        ($at:ident) => {
            $at!(
                target: TARGET,
                event = "window_committed",
                run,
                window = window.number,
                endpoint,
                load_level = &*window.cell.level,
                users = window.users,
                started_at = %window.started_at,
                duration_s = window.duration.as_secs_f64(),
                requests = window.counts.requests(),
                failed = window.counts.failed,
                throttled = window.counts.throttled,
                throughput_per_s = window.throughput_per_s(),
                p50_us = times.percentile(Percentile::P50),
                p95_us = times.percentile(Percentile::P95),
                p99_us = times.percentile(Percentile::P99),
                validity = window.validity.word(),
                invalid_reason = window.validity.reason().map(InvalidReason::name),
                remarks = (!window.remarks.is_empty()).then(|| window.remarks.join("; ")),
                trace_id = slowest.map(|request| request.trace_id.to_string()),
                slowest_us = slowest.map(|request| nanos(request.service_time) / 1_000),
                "window committed"
            )
        };
    }
    if matches!(window.validity, Validity::Invalid(_)) {
        committed!(warn);
    } else {
        committed!(info);
    }
}

/// A value is outside its band.
pub(super) fn flag(run: &str, flag: &Flag) {
    debug!(
        target: TARGET,
        event = "outlier",
        run,
        window = flag.place.window,
        endpoint = flag.place.cell.series(),
        load_level = &*flag.place.cell.level,
        metric = flag.metric.name(),
        value = flag.value,
        low = flag.band.low,
        high = flag.band.high,
        sigmas = flag.sigmas,
        "value outside its band"
    );
}

/// An incident was opened, resolved or withdrawn.
pub(super) fn incident(run: &str, window: u64, update: &Update) {
    macro_rules! incident {
        ($at:ident, $event:literal, $message:literal, $incident:expr) => {{
            let incident: &Incident = $incident;
            $at!(
                target: TARGET,
                event = $event,
                run,
                window,
                endpoint = incident.series().join(","),
                cause = incident.cause.name(),
                metric = incident.metric.name(),
                opened_at = %incident.opened_at,
                resolved_at = incident.resolved_at.map(|at| at.to_string()),
                change = incident.effect.map(|effect| effect.value),
                error_ratio = incident.error_ratio(),
                $message
            )
        }};
    }
    match update {
        Update::Opened(it) => incident!(warn, "incident_opened", "incident opened", it),
        Update::Resolved(it) => incident!(info, "incident_resolved", "incident resolved", it),
        Update::Withdrawn(it) => {
            incident!(info, "incident_withdrawn", "incident withdrawn: daily cycle or noise", it);
        }
    }
}

/// Nothing was measured for a while.
pub(super) fn gap(run: &str, gap: &Gap) {
    warn!(
        target: TARGET,
        event = "gap",
        run,
        from = %gap.from,
        to = %gap.to,
        reason = gap.reason.name(),
        duration_s = gap.length().as_secs_f64(),
        "gap in the measurement"
    );
}

/// A health check was made: a line for each service, and one for each of its findings.
pub(super) fn check(run: &str, check: &CheckRecord) {
    for service in &check.services {
        macro_rules! checked {
            ($at:ident) => {
                $at!(
                    target: TARGET,
                    event = "service_checked",
                    run,
                    service = service.name,
                    state = service.state,
                    findings = service.findings.len() as u64,
                    certificate_days = service.certificate.as_ref().and_then(|certificate| certificate.days_left),
                    header_grade = service.header_grade,
                    "service checked"
                )
            };
        }
        if matches!(service.state.as_str(), "unhealthy" | "down") {
            checked!(warn);
        } else {
            checked!(info);
        }
        for finding in &service.findings {
            macro_rules! found {
                ($at:ident) => {
                    $at!(
                        target: TARGET,
                        event = "finding",
                        run,
                        service = service.name,
                        rule = finding.rule,
                        priority = finding.priority,
                        subject = finding.subject,
                        "finding of a health check"
                    )
                };
            }
            if matches!(finding.priority.as_str(), "critical" | "high") {
                found!(warn);
            } else {
                found!(info);
            }
        }
    }
}
