//! The rules for health checks: their limits, and the services that they look at.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::domain::endpoint::{Endpoint, Origin};
use crate::domain::grade::{GradeTable, Limits, Phase};
use crate::domain::service::{Assessment, Service};
use crate::domain::suggestion::nearest;
use crate::domain::workload::Workload;

use super::check::{Check, all, duplicates};
use super::file::{CheckSection, GradeSection, ServiceSection};
use super::key_path::KeyPath;
use super::problem::Reported;
use super::service_requests::{Requests, priority};
use super::validate_request::Common;

/// More samples than this are a load, not a check.
const MOST_SAMPLES: i64 = 1_000;

/// Validates `[check]` and every `[[service]]`. Without services, each host of the endpoints is one.
pub(super) fn assessment(
    check: &Check<'_>,
    common: &Common<'_>,
    workloads: Option<&[Workload]>,
) -> Result<Assessment, Reported> {
    let settings = settings(check, &common.file.check);
    let endpoints: Vec<&Endpoint> =
        workloads.unwrap_or_default().iter().filter_map(Workload::as_endpoint).collect();
    let sections = &common.file.service;
    let at = KeyPath::of(["service"]);
    let mut names_are_unique = Ok(());
    for (index, name) in duplicates(sections.iter().map(|service| service.name.as_str())) {
        let what = format!("service {name:?} is defined twice");
        names_are_unique = Err(check.wrong(&at.index(index).key("name"), what, Some("rename one of them")));
    }
    let services = sections.iter().enumerate().map(|(index, section)| {
        let one = One { check, common, key: at.index(index), section };
        one.service(&endpoints)
    });
    let services = all(services);
    names_are_unique?;
    let (mut settings, mut services) = (settings?, services?);
    if sections.is_empty() {
        services = by_origin(&endpoints);
    }
    settings.services = services;
    Ok(settings)
}

fn settings(check: &Check<'_>, section: &CheckSection) -> Result<Assessment, Reported> {
    let at = KeyPath::of(["check"]);
    let default = Assessment::default();
    let span = |name: &str, text: &Option<String>, default: Duration| match text {
        Some(text) => check.span(&at.key(name), text),
        None => Ok(default),
    };
    let ratio = |name: &str, value: Option<f64>, default: f64| match value {
        Some(value) if !(0.0..=1.0).contains(&value) => {
            let hint = "write a fraction, such as 0.05 for 5 %";
            Err(check.wrong(&at.key(name), format!("{value} is not between 0 and 1"), Some(hint)))
        }
        value => Ok(value.unwrap_or(default)),
    };
    let samples = match section.samples {
        None => Ok(default.samples),
        Some(samples) => {
            u32::try_from(samples).ok().filter(|_| (1..=MOST_SAMPLES).contains(&samples)).ok_or_else(|| {
                let what = format!("{samples} samples; a check takes 1 to {MOST_SAMPLES}");
                check.wrong(&at.key("samples"), what, None)
            })
        }
    };
    let time_limit = span("time_limit", &section.time_limit, default.time_limit);
    let target = span("target", &section.target, default.target);
    let alert = span("alert", &section.alert, default.alert);
    let availability = ratio("availability", section.availability, default.availability);
    let error_rate = ratio("error_rate", section.error_rate, default.error_rate);
    let grades = grades(check, &at.key("grades"), &section.grades);
    if let (Ok(target), Ok(alert)) = (target, alert)
        && target > alert
    {
        let hint = "the target is what you aim for, the alert what wakes somebody";
        return Err(check.wrong(&at.key("alert"), "is shorter than `target`", Some(hint)));
    }
    Ok(Assessment {
        samples: samples?,
        time_limit: time_limit?,
        target: target?,
        alert: alert?,
        availability: availability?,
        error_rate: error_rate?,
        grades: grades?,
        fail_on: section.fail_on.map_or(default.fail_on, priority),
        services: Vec::new(),
    })
}

fn grades(
    check: &Check<'_>,
    at: &KeyPath,
    sections: &BTreeMap<String, GradeSection>,
) -> Result<GradeTable, Reported> {
    let mut table = GradeTable::default();
    let mut result = Ok(());
    for (name, section) in sections {
        let key = at.key(name);
        let Some(phase) = Phase::ALL.into_iter().find(|phase| phase.name() == name) else {
            let known = Phase::ALL.map(Phase::name);
            let hint = match nearest(name, known) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("phases are {}", known.join(", ")),
            };
            result = Err(check.wrong(&key, format!("{name:?} is not a phase"), Some(&hint)));
            continue;
        };
        let limit = |name: &str, text: &Option<String>| {
            text.as_ref().map(|text| check.span(&key.key(name), text)).transpose()
        };
        let limits = Limits {
            excellent: limit("excellent", &section.excellent)?,
            very_fast: limit("very_fast", &section.very_fast)?,
            good: limit("good", &section.good)?,
            acceptable: limit("acceptable", &section.acceptable)?,
        };
        if !limits.are_ascending() {
            let hint =
                "each grade needs a longer time than the one before: excellent, very_fast, good, acceptable";
            result = Err(check.wrong(&key, "the limits do not ascend", Some(hint)));
        }
        table.set(phase, limits);
    }
    result.map(|()| table)
}

/// A service for each host, in the order of the endpoints.
fn by_origin(endpoints: &[&Endpoint]) -> Vec<Service> {
    let mut services: Vec<Service> = Vec::new();
    for endpoint in endpoints {
        if !services.iter().any(|service| service.origin == endpoint.origin) {
            services.push(bare(Arc::from(endpoint.origin.authority()), &endpoint.origin, endpoints));
        }
    }
    services
}

/// A service with the endpoints of its host. Those that could change something are left out.
fn bare(name: Arc<str>, origin: &Origin, endpoints: &[&Endpoint]) -> Service {
    let of_origin = endpoints.iter().filter(|endpoint| endpoint.origin == *origin);
    let (safe, writing): (Vec<&Endpoint>, Vec<&Endpoint>) =
        of_origin.partition(|endpoint| endpoint.method.is_safe());
    Service {
        name,
        role: None,
        origin: origin.clone(),
        endpoints: safe.into_iter().cloned().collect(),
        left_out: writing.into_iter().map(|endpoint| endpoint.name.to_string()).collect(),
        sockets: Vec::new(),
        cors: Vec::new(),
        logins: Vec::new(),
        body_rules: Vec::new(),
    }
}

struct One<'a> {
    check: &'a Check<'a>,
    common: &'a Common<'a>,
    key: KeyPath,
    section: &'a ServiceSection,
}

impl One<'_> {
    fn service(&self, endpoints: &[&Endpoint]) -> Result<Service, Reported> {
        let Self { check, common, key, section } = self;
        let requests = Requests { check, common, key, base_url: section.base_url.as_deref() };
        let name = check.name(&key.key("name"), &section.name);
        let listed = self.listed(endpoints);
        let origin = requests.origin();
        let paths = all(section.path.iter().enumerate().map(|(index, path)| requests.path(index, path)));
        let sockets = all(section.websocket.iter().enumerate().map(|(at, one)| requests.socket(at, one)));
        let cors = all(section.cors.iter().enumerate().map(|(index, one)| requests.cors(index, one)));
        let logins = all(section.login.iter().enumerate().map(|(index, one)| requests.login(index, one)));
        let rules = all(section.body.iter().enumerate().map(|(index, one)| requests.body_rule(index, one)));
        let mut names_are_unique = name;
        for (index, name) in duplicates(section.body.iter().map(|rule| rule.name.as_str())) {
            let key = key.key("body").index(index).key("name");
            let what = format!("rule {name:?} is defined twice");
            names_are_unique = Err(check.wrong(&key, what, Some("rename one of them")));
        }
        let (origin, listed) = (origin?, listed?);
        let mut service = bare(Arc::from(section.name.as_str()), &origin, &listed);
        let paths = paths?;
        let known = service.endpoints.iter().map(|endpoint| endpoint.name.to_string());
        let known: Vec<String> = known.chain(section.path.iter().map(|path| path.name.clone())).collect();
        if let Some((_, name)) = duplicates(known.iter().map(String::as_str)).first() {
            let index = section.path.iter().rposition(|path| path.name == *name).unwrap_or(0);
            let key = key.key("path").index(index).key("name");
            let what = format!("the service has another request named {name:?}");
            return Err(check.wrong(&key, what, Some("rename one of them")));
        }
        service.endpoints.extend(paths);
        service.role.clone_from(&section.role);
        service.sockets = sockets?;
        service.cors = cors?;
        service.logins = logins?;
        service.body_rules = rules?;
        names_are_unique?;
        if service.endpoints.is_empty() {
            let hint = "add a [[service.path]] with a name and a path";
            return Err(check.wrong(key, "the service has no request that is safe to send", Some(hint)));
        }
        Ok(service)
    }

    /// The endpoints of the scenario that may belong to the service.
    fn listed<'b>(&self, endpoints: &[&'b Endpoint]) -> Result<Vec<&'b Endpoint>, Reported> {
        let Some(names) = &self.section.endpoints else { return Ok(endpoints.to_vec()) };
        let known = || self.common.file.endpoint.iter().map(|endpoint| endpoint.name.as_str());
        let mut result = Ok(());
        for (index, name) in names.iter().enumerate() {
            if !known().any(|known| known == name) {
                let hint = nearest(name, known()).map(|meant| format!("did you mean {meant:?}?"));
                let key = self.key.key("endpoints").index(index);
                let what = format!("there is no endpoint {name:?}");
                result = Err(self.check.wrong(&key, what, hint.as_deref()));
            }
        }
        result.map(|()| {
            let is_listed = |endpoint: &&&Endpoint| names.iter().any(|name| **name == *endpoint.name);
            endpoints.iter().filter(is_listed).copied().collect()
        })
    }
}
