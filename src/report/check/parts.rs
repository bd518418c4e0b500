//! The parts of a service that were checked, and the findings of each, by the beginning of their rules.

use crate::check::facts::{Assessed, AssessedEndpoint, AssessedService};
use crate::domain::finding::Finding;

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
}

impl<'a> Part<'a> {
    fn of(area: &'a str, subject: &'a str) -> Self {
        Self { area, subject, endpoint: None, findings: Vec::new() }
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
    let mut parts: Vec<Part<'a>> = Vec::new();
    for area in ["availability", "times"] {
        let of_endpoint = |endpoint: &'a AssessedEndpoint| Part {
            endpoint: Some(endpoint),
            ..Part::of(area, &endpoint.name)
        };
        parts.extend(service.endpoints.iter().map(of_endpoint));
    }
    parts.extend(service.tls.as_ref().map(|_| Part::of("tls", "")));
    parts.extend(service.headers.as_ref().map(|_| Part::of("headers", "")));
    parts.extend(service.redirects.as_ref().map(|_| Part::of("redirects", "")));
    parts.extend(service.cors.iter().map(|cors| Part::of("cors", &cors.path)));
    parts.extend(service.sockets.iter().map(|socket| Part::of("websocket", &socket.path)));
    parts.extend(service.logins.iter().map(|login| Part::of("login", &login.path)));
    parts.extend(service.body_rules.iter().map(|rule| Part::of("body", &rule.name)));
    for finding in assessed.findings.iter().filter(|finding| finding.service == service.name) {
        match place_of(&parts, finding) {
            Some(place) => parts[place].findings.push(finding),
            None => parts.push(Part { findings: vec![finding], ..Part::of(area_of(finding), "") }),
        }
    }
    parts
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
