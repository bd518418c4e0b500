//! The parts of a service that were checked, and the findings of each, by the beginning of their rules.

use crate::check::facts::{Assessed, AssessedEndpoint, AssessedService, NotChecked};
use crate::domain::endpoint::Scheme;
use crate::domain::finding::Finding;

use super::omissions::{about, reason, unchecked_login, unchecked_socket};

/// A part of a service that was checked, and what was found there.
#[derive(Debug, Clone)]
pub(super) struct Part<'a> {
    /// Beginning of the rules of its findings: `tls`.
    pub(super) area: &'a str,
    /// The endpoint, path or rule that it is about; empty for the service as a whole.
    subject: &'a str,
    /// The endpoint whose times or availability it is about.
    pub(super) endpoint: Option<&'a AssessedEndpoint>,
    pub(super) findings: Vec<&'a Finding>,
    /// Why it was not checked; `None` where it was.
    pub(super) skipped: Option<&'a str>,
}

impl<'a> Part<'a> {
    fn of(area: &'a str, subject: &'a str) -> Self {
        Self { area, subject, endpoint: None, findings: Vec::new(), skipped: None }
    }

    /// This part, not checked where there is a reason.
    fn unless(self, reason: Option<&'a str>) -> Self {
        Self { skipped: reason, ..self }
    }

    /// A part for one finding.
    pub(super) fn of_finding(finding: &'a Finding) -> Self {
        Self { findings: vec![finding], ..Self::of(area_of(finding), &finding.subject) }
    }

    /// Its name for people: `times: search`.
    pub(super) fn title(&self) -> String {
        let area = match self.area {
            "tls" => "TLS",
            "cors" => "other origins (CORS)",
            "websocket" => "WebSocket",
            "login" => "wrong credentials",
            "headers" => "security headers",
            "body" => "body rule",
            area => area,
        };
        let area = area.replace('_', " ");
        if self.subject.is_empty() { area } else { format!("{area}: {}", self.subject) }
    }
}

/// The area of a finding: the beginning of its rule.
fn area_of(finding: &Finding) -> &str {
    match finding.rule.split('.').next().unwrap_or_default() {
        "time" | "response_time" | "latency" => "times",
        "header" => "headers",
        "socket" => "websocket",
        "redirect" => "redirects",
        area => area,
    }
}

/// Every part of a service, with or without findings. Each finding of the service is in exactly one.
pub(super) fn parts<'a>(assessed: &'a Assessed, service: &'a AssessedService) -> Vec<Part<'a>> {
    let name = &*service.name;
    let why = |area, subject: &str| reason(assessed, name, area, subject).map(|not| not.why.as_str());
    let mut parts: Vec<Part<'a>> = Vec::new();
    parts.extend(service.endpoints.iter().map(availability));
    parts.extend(service.endpoints.iter().map(|endpoint| {
        let reason = (endpoint.succeeded == 0).then_some("no successful response");
        times(endpoint).unless(reason.or_else(|| why("times", &endpoint.name)))
    }));
    if service.origin.scheme == Scheme::Https || service.tls.is_some() {
        let reason = service.tls.is_none().then_some("no TLS handshake was completed");
        parts.push(Part::of("tls", "").unless(reason));
    }
    let unscored =
        service.headers.is_none().then(|| why("headers", "").unwrap_or("no response can be scored"));
    parts.push(Part::of("headers", "").unless(unscored));
    parts.extend(service.redirects.as_ref().map(|_| Part::of("redirects", "").unless(why("redirects", ""))));
    parts.extend(service.cors.iter().map(|cors| {
        let unasked = cors.cases.is_empty().then_some("no response");
        Part::of("cors", &cors.path).unless(why("cors", &cors.path).or(unasked))
    }));
    parts.extend(service.sockets.iter().map(|socket| {
        let not = unchecked_socket(assessed, name, socket);
        Part::of("websocket", &socket.path).unless(not.map(|not| not.why.as_str()))
    }));
    parts.extend(service.logins.iter().map(|login| {
        let not = unchecked_login(assessed, name, login);
        Part::of("login", &login.path).unless(not.map(|not| not.why.as_str()))
    }));
    parts.extend(service.body_rules.iter().map(|rule| {
        let unread = rule.holds.is_none().then(|| why("body", &rule.name).unwrap_or("no response"));
        Part::of("body", &rule.name).unless(unread)
    }));
    for finding in assessed.findings.iter().filter(|finding| finding.service == service.name) {
        match place_of(&parts, finding) {
            Some(place) => parts[place].findings.push(finding),
            None => parts.push(Part { findings: vec![finding], ..Part::of(area_of(finding), "") }),
        }
    }
    parts
}

fn availability(endpoint: &AssessedEndpoint) -> Part<'_> {
    let reason = match endpoint.samples {
        0 => Some("no request was sent"),
        samples if samples == endpoint.limited => Some("every request was rate-limited (429)"),
        _ => None,
    };
    Part { endpoint: Some(endpoint), ..Part::of("availability", &endpoint.name).unless(reason) }
}

fn times(endpoint: &AssessedEndpoint) -> Part<'_> {
    Part { endpoint: Some(endpoint), ..Part::of("times", &endpoint.name) }
}

/// What was not checked of a service and is none of its parts.
pub(super) fn other_omissions<'a>(
    assessed: &'a Assessed,
    service: &'a str,
    parts: &[Part<'a>],
) -> Vec<&'a NotChecked> {
    let is_part = |not: &NotChecked| {
        about(not).is_some_and(|(area, subject)| {
            parts.iter().any(|part| part.skipped.is_some() && part.area == area && part.subject == subject)
        })
    };
    let of_service = assessed.not_checked.iter().filter(|not| not.service == service);
    of_service.filter(|not| !is_part(not)).collect()
}

/// The part of the same area that is about the same; else the first one of the area.
fn place_of(parts: &[Part<'_>], finding: &Finding) -> Option<usize> {
    let area = area_of(finding);
    let name = finding.rule.split_once('.').map_or("", |(_, name)| name);
    let is_same = |part: &Part<'_>| {
        let is_path = part.endpoint.is_some_and(|endpoint| endpoint.path == finding.subject);
        part.subject == finding.subject || is_path || part.area == "body" && part.subject == name
    };
    let of_area = |part: &&(usize, &Part<'_>)| part.1.area == area;
    let candidates: Vec<(usize, &Part<'_>)> = parts.iter().enumerate().collect();
    let exact = candidates.iter().filter(of_area).find(|(_, part)| is_same(part));
    exact.or_else(|| candidates.iter().find(of_area)).map(|(place, _)| *place)
}
