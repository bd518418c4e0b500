//! Whether endpoints respond as expected, and fast enough: findings, and the state of a service.

use crate::domain::error_reason::ErrorReason;
use crate::domain::finding::{Finding, Priority, ServiceState};
use crate::domain::grade::Phase;
use crate::domain::sample::ErrorClass;
use crate::domain::service::Assessment;
use crate::domain::units::format_span;

use super::facts::AssessedEndpoint;
use super::noted::{Noted, Texts};
use super::sampling::Sampled;
use super::seen::Trouble;
use super::tls;

/// Notes what is wrong with the responses of an endpoint, and with their times.
pub(super) fn findings(noted: &mut Noted, settings: &Assessment, sampled: &Sampled) {
    let facts = &sampled.facts;
    too_large(noted, facts);
    failures(noted, settings, sampled);
    slowness(noted, settings, facts);
    if facts.limited > 0 {
        noted.finding(
            "availability.rate_limited",
            Priority::Low,
            &*facts.name,
            Texts {
                issue: "The service is rate-limiting this client.".to_owned(),
                evidence: format!("{} of {} requests got status 429.", facts.limited, facts.samples),
                impact: "Times and headers of this endpoint rest on fewer requests.".to_owned(),
                recommendation:
                    "Document the limit as a [[rate_limit]] in the scenario, or wait and check again."
                        .to_owned(),
            },
        );
    }
    if let Some(why) = &sampled.cut {
        let samples = if facts.samples == 1 { "sample" } else { "samples" };
        noted.not_checked(format!("{}: more than {} {samples}", facts.name, facts.samples), why.clone());
    }
}

fn failures(noted: &mut Noted, settings: &Assessment, sampled: &Sampled) {
    let facts = &sampled.facts;
    // What never left this machine is no failure of the service.
    let (theirs, ours): (Vec<_>, Vec<_>) = facts.failures.iter().partition(|(reason, _)| is_theirs(*reason));
    if let Some((reason, _)) = ours.first() {
        noted.not_checked(facts.name.to_string(), reason.brief());
    }
    let failures: Vec<(ErrorReason, u32)> =
        theirs.into_iter().filter(|(reason, _)| *reason != ErrorReason::BodyTooLarge).collect();
    let failed: u32 = failures.iter().map(|(_, number)| number).sum();
    let judged = facts.samples - facts.limited;
    let Some((reason, _)) = failures.first() else { return };
    let ratio = f64::from(failed) / f64::from(judged.max(1));
    let priority = match () {
        () if failed == judged => Priority::Critical,
        () if ratio > settings.error_rate => Priority::High,
        () => Priority::Medium,
    };
    let words = match (&sampled.trouble, reason) {
        (Some(Trouble::EndlessHandshake), ErrorReason::ConnectTimeout) => {
            "timeout in the TLS handshake".to_owned()
        }
        (_, ErrorReason::UnexpectedStatus) => {
            format!(
                "unexpected status {}",
                facts.status.map_or_else(String::new, |status| status.to_string())
            )
        }
        (_, reason) => reason.brief().to_owned(),
    };
    let (issue, impact) = match () {
        () if failed < judged => {
            ("Some requests fail.".to_owned(), "Users see errors at random, and retries add load.".to_owned())
        }
        () if facts.status.is_some() => (
            "The endpoint does not respond as expected.".to_owned(),
            "Whoever depends on it gets errors.".to_owned(),
        ),
        () => ("The endpoint does not respond.".to_owned(), "It is down for its users.".to_owned()),
    };
    noted.finding(
        "availability.failed",
        priority,
        &*facts.name,
        Texts {
            issue,
            evidence: format!("{failed} of {judged} requests failed: {words}."),
            impact,
            recommendation: advice(*reason).to_owned(),
        },
    );
}

/// Whether a failure is the service's own. A resolver that stays silent is a fault of this machine or its network.
fn is_theirs(reason: ErrorReason) -> bool {
    let is_ours = [ErrorReason::AddressNotAllowed, ErrorReason::ResolverFailed];
    reason.class() != ErrorClass::Local && !is_ours.contains(&reason)
}

fn advice(reason: ErrorReason) -> &'static str {
    match reason.class() {
        ErrorClass::Resolve => "Check the DNS records of the host, and that this machine's resolver works.",
        ErrorClass::Connect => {
            "Check that the service runs, listens on this port, and is not behind a firewall."
        }
        ErrorClass::Tls => {
            "Check the certificate and the TLS settings of the server; see the findings about TLS."
        }
        ErrorClass::Timeout => {
            "Look at the service's load and logs: it accepts connections and does not respond in time."
        }
        ErrorClass::Status => {
            "Look at the service's logs at the time of the check, or correct `expect` in the scenario."
        }
        ErrorClass::Expectation => {
            "Look at the body: the service responds, and does not say what the scenario expects."
        }
        _ => "Look at the service's logs at the time of the check.",
    }
}

/// A response without an end, or one that nobody should wait for.
fn too_large(noted: &mut Noted, facts: &AssessedEndpoint) {
    let failures = facts.failures.iter().find(|(reason, _)| *reason == ErrorReason::BodyTooLarge);
    let Some((_, number)) = failures else { return };
    noted.finding(
        "availability.too_large",
        Priority::High,
        &*facts.name,
        Texts {
            issue: "The response is larger than 8 MiB.".to_owned(),
            evidence: format!("{number} of {} responses were not read to their end.", facts.samples),
            impact:
                "A response without an end holds a connection for ever; a large one is slow for everybody."
                    .to_owned(),
            recommendation: "Check that the endpoint ends its responses. For a download, check another path."
                .to_owned(),
        },
    );
}

fn slowness(noted: &mut Noted, settings: &Assessment, facts: &AssessedEndpoint) {
    let Some(total) = facts.phase(Phase::Total) else { return };
    let (priority, limit, name) = if total.median > settings.alert {
        (Priority::High, settings.alert, "alert threshold")
    } else if total.median > settings.target {
        (Priority::Medium, settings.target, "target")
    } else {
        return;
    };
    let slowest = [Phase::Resolve, Phase::Connect, Phase::Tls, Phase::Transfer]
        .into_iter()
        .filter_map(|phase| Some((phase.words(), facts.phase(phase)?.median)))
        .chain(facts.processing.map(|processing| ("waiting for the first byte", processing.median)))
        .max_by_key(|(_, median)| *median);
    let (part, time) = slowest.unwrap_or(("response", total.median));
    let ms = |time: std::time::Duration| format!("{:.0} ms", time.as_secs_f64() * 1e3);
    noted.finding(
        "times.slow",
        priority,
        &*facts.name,
        Texts {
            issue: format!("The response time is above the {name} of {}.", format_span(limit)),
            evidence: format!(
                "Median of {} requests on new connections: {}. The largest part is {part}: {}.",
                total.samples,
                ms(total.median),
                ms(time)
            ),
            impact: "Every new visitor waits this long.".to_owned(),
            recommendation: match part {
                "resolve" => "Use a faster DNS provider, or longer times to live of the records.",
                "connect" | "TLS" => "Serve from a place nearer to the users, and keep connections open.",
                "transfer" => "Compress the response, or make it smaller.",
                _ => "Profile the endpoint: the time is spent in the service itself.",
            }
            .to_owned(),
        },
    );
}

/// The state of a service.
pub(super) fn state(sampled: &[Sampled], findings: &[Finding]) -> ServiceState {
    let worst = findings.iter().map(|finding| finding.priority).max();
    let sent = |sampled: &&Sampled| sampled.facts.samples > 0;
    let is_ours = |sampled: &Sampled| {
        // Others may speak what this client does not.
        if sampled.seen.is_none() && sampled.trouble.as_ref().is_some_and(tls::is_ours) {
            return true;
        }
        let failures = &sampled.facts.failures;
        sampled.facts.samples
            == sampled.facts.limited + failures.iter().map(|(_, number)| number).sum::<u32>()
            && failures.iter().all(|(reason, _)| !is_theirs(*reason))
    };
    let has_response = |sampled: &Sampled| {
        let too_large = |(reason, _): &(ErrorReason, u32)| *reason == ErrorReason::BodyTooLarge;
        sampled.facts.status.is_some() || sampled.facts.failures.iter().any(too_large)
    };
    if sampled.iter().all(is_ours) {
        return ServiceState::NotMeasured;
    }
    if !sampled.iter().filter(sent).any(has_response) {
        return ServiceState::Down;
    }
    match worst {
        Some(Priority::Critical) => ServiceState::Unhealthy,
        Some(Priority::High) => ServiceState::Degraded,
        _ => ServiceState::Healthy,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_that_this_client_cannot_speak_to_is_not_measured() {
        let failing = |reason: ErrorReason| Sampled {
            facts: AssessedEndpoint {
                name: "home".into(),
                method: "GET".to_owned(),
                path: "/".to_owned(),
                samples: 2,
                succeeded: 0,
                limited: 0,
                failures: vec![(reason, 2)],
                status: None,
                bytes: None,
                version: "",
                phases: Vec::new(),
                processing: None,
                kept_alive: None,
            },
            seen: None,
            trouble: Some(Trouble::of(reason)),
            session: None,
            address: None,
            cut: None,
        };
        let check = |reasons: &[ErrorReason], expected: ServiceState| {
            let sampled: Vec<Sampled> = reasons.iter().copied().map(failing).collect();
            assert_eq!(state(&sampled, &[]), expected, "{reasons:?}");
        };
        check(&[ErrorReason::TlsParameters, ErrorReason::TlsParameters], ServiceState::NotMeasured);
        check(&[ErrorReason::TlsParameters, ErrorReason::ConnectionRefused], ServiceState::Down);
        check(&[ErrorReason::TlsVersion], ServiceState::Down);
        check(&[ErrorReason::AddressNotAllowed], ServiceState::NotMeasured);
    }
}
