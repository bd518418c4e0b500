//! Whether a check looked again at what an earlier finding is about. Only then can its absence mean that it is resolved.

use crate::check::facts::{
    Assessed, AssessedEndpoint, AssessedService, LimitFacts, LimitOutcome, SocketStep,
};
use crate::domain::error_reason::ErrorReason;
use crate::domain::finding::ServiceState;
use crate::domain::sample::ErrorClass;
use crate::domain::units::format_span;

use super::earlier::{EarlierCheck, EarlierFinding, EarlierService};
use super::omissions::reason;

/// Whether this check looked again at the subject of an earlier finding.
pub(super) fn is_looked_at(finding: &EarlierFinding, before: &EarlierCheck, now: &Assessed) -> bool {
    let (area, rest) = finding.rule.split_once('.').unwrap_or((&finding.rule, ""));
    if area == "rate_limit" {
        return now.rate_limits.iter().any(|limit| shows(limit, finding, rest));
    }
    let Some(service) = now.services.iter().find(|service| *service.name == *finding.service) else {
        return false;
    };
    if matches!(service.state, ServiceState::Down | ServiceState::NotMeasured) {
        return false;
    }
    let earlier = before.services.iter().find(|earlier| earlier.name == finding.service);
    let omitted = |subject: &str| reason(now, &service.name, area, subject).is_some();
    let subject = finding.subject.as_str();
    match area {
        "availability" | "times" => service.endpoints.iter().any(|endpoint| {
            *endpoint.name == *subject
                && match rest {
                    "rate_limited" => endpoint.samples > 0,
                    "slow" => endpoint.succeeded > 0,
                    _ => judged(endpoint) > 0,
                }
        }),
        "caching" | "leaks" | "reflection" => {
            !omitted(subject)
                && service.endpoints.iter().any(|endpoint| is_same_kind(endpoint, subject, earlier))
        }
        "tls" => service.tls.is_some(),
        "headers" | "cookies" => is_scored_again(service, earlier, subject),
        "redirects" => !omitted("") && are_followed(service, subject),
        "cors" => {
            !omitted(subject) && all_of(&service.cors, |cors| (&cors.path, !cors.cases.is_empty()), subject)
        }
        "websocket" => {
            let comes_as_far = |step: SocketStep| step.name() == rest || has_passed(step, rest);
            !omitted(subject)
                && all_of(&service.sockets, |socket| (&socket.path, comes_as_far(socket.step)), subject)
        }
        "login" => are_refused_again(service, earlier, finding, now),
        "body" => {
            !omitted(rest) && all_of(&service.body_rules, |rule| (&rule.name, rule.holds.is_some()), rest)
        }
        _ => true,
    }
}

/// Whether there is a part of this name, and each of them was checked.
fn all_of<'p, Part>(parts: &'p [Part], of: impl Fn(&'p Part) -> (&'p String, bool), name: &str) -> bool {
    let mut checked =
        parts.iter().map(of).filter(|(known, _)| *known == name).map(|(_, is_checked)| is_checked);
    checked.next().is_some_and(|first| first && checked.all(|is_checked| is_checked))
}

/// Requests whose outcome is the service's own: neither rate-limited nor failed on this machine.
fn judged(endpoint: &AssessedEndpoint) -> u32 {
    let is_ours =
        |reason: ErrorReason| reason.class() == ErrorClass::Local || reason == ErrorReason::AddressNotAllowed;
    let ours: u32 =
        endpoint.failures.iter().filter(|(reason, _)| is_ours(*reason)).map(|(_, number)| number).sum();
    endpoint.samples.saturating_sub(endpoint.limited).saturating_sub(ours)
}

/// Whether an endpoint gave a response of the same kind as before: an error page shows nothing about the page itself.
fn is_same_kind(endpoint: &AssessedEndpoint, name: &str, before: Option<&EarlierService>) -> bool {
    let status = before
        .and_then(|before| before.endpoints.iter().find(|earlier| earlier.name == name))
        .and_then(|earlier| earlier.status);
    *endpoint.name == *name
        && (endpoint.succeeded > 0 || endpoint.status.is_some() && endpoint.status == status)
}

/// Whether the headers of the same endpoint were scored both times.
fn is_scored_again(service: &AssessedService, before: Option<&EarlierService>, subject: &str) -> bool {
    let before = before.and_then(|before| before.headers.as_ref());
    match (before, &service.headers) {
        (Some(before), Some(now)) => {
            before.endpoint == now.endpoint && (subject.is_empty() || subject == now.endpoint)
        }
        _ => false,
    }
}

/// Whether the chain that a finding is about was followed: its subject is the address without TLS, or an endpoint.
fn are_followed(service: &AssessedService, subject: &str) -> bool {
    let Some(redirects) = &service.redirects else { return false };
    if subject.contains("://") {
        return !redirects.from_http.is_empty();
    }
    let is_there = |endpoint: &AssessedEndpoint| *endpoint.name == *subject && endpoint.status.is_some();
    !redirects.from_first.is_empty() && service.endpoints.iter().any(is_there)
}

/// Whether a connection came further than a step.
fn has_passed(step: SocketStep, name: &str) -> bool {
    use SocketStep::{Accept, Connect, Handshake, Open, Ping, Upgrade};
    let named =
        [Connect, Handshake, Upgrade, Accept, Ping, Open].into_iter().find(|step| step.name() == name);
    named.is_none_or(|named| step > named)
}

/// Whether the logins that a finding is about got a response that can be compared with the earlier one.
fn are_refused_again(
    service: &AssessedService,
    before: Option<&EarlierService>,
    finding: &EarlierFinding,
    now: &Assessed,
) -> bool {
    let asks_status = ["login.no_response", "login.status"].contains(&finding.rule.as_str());
    // A finding about differing words is about every login.
    let is_meant = |path: &str| finding.subject.is_empty() || path == finding.subject;
    let failed_before = before.is_some_and(|before| {
        before
            .logins
            .iter()
            .any(|login| is_meant(&login.path) && login.status.is_some_and(|status| status >= 500))
    });
    let of = |service: &AssessedService| {
        let logins = service.logins.iter().filter(|login| is_meant(&login.path));
        let is_checked = |(status, path): (Option<u16>, &str)| {
            reason(now, &service.name, "login", path).is_none()
                && status.is_some_and(|status| asks_status || failed_before || status < 500)
        };
        logins.map(|login| is_checked((login.status, &login.path))).collect::<Vec<bool>>()
    };
    let checked: Vec<bool> =
        if finding.subject.is_empty() { now.services.iter().flat_map(of).collect() } else { of(service) };
    !checked.is_empty() && checked.into_iter().all(|is_checked| is_checked)
}

/// Whether a limit was verified so far that a finding about it would be there again.
fn shows(limit: &LimitFacts, finding: &EarlierFinding, rule: &str) -> bool {
    use LimitOutcome::{AsDocumented, NotEnforced, TooEarly};
    let words = format!("{} per {} for {}", limit.requests, format_span(limit.per), limit.path);
    let is_refused = matches!(limit.outcome, AsDocumented | TooEarly(_));
    words == finding.subject
        && match rule {
            "retry" => limit.retry_succeeded.is_some(),
            "response" => is_refused,
            _ => is_refused || limit.outcome == NotEnforced,
        }
}
