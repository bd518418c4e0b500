//! The rules for endpoints: names, URLs, headers, expectations, objectives, pace.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::domain::endpoint::{Arrivals, Endpoint, Expectation, Method, Origin, Pace, RequestBody};
use crate::domain::level::Level;
use crate::domain::objective::Objective;
use crate::domain::plan::{Allowed, Cell};
use crate::domain::referenced::Referenced;
use crate::domain::suggestion::nearest;

use super::check::{Check, all, cells_of, duplicates};
use super::file::{ArrivalsText, EndpointSection, PaceSection, ScenarioFile, SloSection};
use super::key_path::KeyPath;
use super::origin::{parse_origin, split_authority};
use super::problem::Reported;
use super::request_path;
use super::validate_times::Times;

/// Requests per second that no single generator reaches.
const HIGHEST_RATE: f64 = 1_000_000.0;
/// Arrivals that are drawn beforehand are kept in memory for their window.
const MOST_DRAWN_ARRIVALS: f64 = 2_000_000.0;
/// No certificate is valid for longer than ten years or so.
const MOST_DAYS: f64 = 3_650.0;
/// Headers that frame the exchange: sent by it, and by nobody else.
pub const OWN_HEADERS: [&str; 5] = ["content-length", "transfer-encoding", "connection", "te", "upgrade"];

/// What all endpoints share, each as far as it can be read.
pub(super) struct Common<'a> {
    pub(super) file: &'a ScenarioFile,
    pub(super) allowed: Option<&'a Allowed>,
    pub(super) levels: Option<&'a [Level]>,
    pub(super) times: &'a Times,
}

/// Validates every endpoint, and lists the cells.
pub(super) fn endpoints(
    check: &Check<'_>,
    common: &Common<'_>,
) -> Result<(Vec<Endpoint>, Vec<Cell>), Reported> {
    let at = KeyPath::of(["endpoint"]);
    let sections = &common.file.endpoint;
    if sections.is_empty() {
        let hint = "add an [[endpoint]] with a name and a path";
        return Err(check.wrong(&at, "there are no endpoints", Some(hint)));
    }
    let names = || sections.iter().map(|endpoint| endpoint.name.as_str());
    for (index, name) in duplicates(names()) {
        let what = format!("endpoint {name:?} is defined twice");
        let hint = names()
            .position(|earlier| earlier == name)
            .and_then(|first| check.document.place_of(&at.index(first).key("name")).position)
            .map(|(line, _)| format!("rename one of them; the other is in line {line}"));
        check.wrong(&at.index(index).key("name"), what, hint.as_deref());
    }
    let read = sections.iter().enumerate().map(|(index, section)| {
        let one = One { check, common, key: at.index(index), section };
        let (endpoint, levels) = (one.endpoint(), one.levels());
        Ok((endpoint?, cells_of(index, levels?.into_iter()).collect::<Vec<_>>()))
    });
    let (endpoints, cells): (Vec<_>, Vec<_>) = all(read)?.into_iter().unzip();
    Ok((endpoints, cells.into_iter().flatten().collect()))
}

/// Methods whose names are often written in small letters by mistake.
const STANDARD_METHODS: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"];

/// Whether a `host` header names a host, with or without a port.
fn is_host_header(value: &str) -> bool {
    let has_port = |port: Option<&str>| port.is_none_or(|port| port.parse::<u16>().is_ok());
    value.is_ascii() && split_authority(value).is_ok_and(|(host, port)| !host.contains('%') && has_port(port))
}

struct One<'a> {
    check: &'a Check<'a>,
    common: &'a Common<'a>,
    key: KeyPath,
    section: &'a EndpointSection,
}

impl One<'_> {
    fn endpoint(&self) -> Result<Endpoint, Reported> {
        let name = self.check.name(&self.key.key("name"), &self.section.name);
        let timeout = match &self.section.timeout {
            Some(text) => self.check.span(&self.key.key("timeout"), text),
            None => self.check.span(&KeyPath::of(["target", "timeout"]), &self.common.file.target.timeout),
        };
        let (method, origin, path) = (self.method(), self.origin(), self.path());
        let (headers, body) = (self.headers(), self.body());
        let (expectation, objective, pace) = (self.expectation(), self.objective(), self.pace());
        name?;
        Ok(Endpoint {
            name: Arc::from(self.section.name.as_str()),
            method: method?,
            origin: origin?,
            path: path?,
            headers: headers?,
            without: Vec::new(),
            body: body?,
            expectation: expectation?,
            objective: objective?,
            pace: pace?,
            timeout: timeout?,
        })
    }

    fn method(&self) -> Result<Method, Reported> {
        let name = &self.section.method;
        let wrong = |what: String, hint: &str| self.check.wrong(&self.key.key("method"), what, Some(hint));
        let capitals = name.to_ascii_uppercase();
        if *name != capitals && STANDARD_METHODS.contains(&capitals.as_str()) {
            let what = format!("{name:?} is not {capitals}: the names of methods are case-sensitive");
            return Err(wrong(what, &format!("write {capitals}")));
        }
        if capitals == "CONNECT" {
            let hint = "to connect through a proxy, write `proxy` under [target]";
            return Err(wrong(format!("{name} opens a tunnel and cannot be measured"), hint));
        }
        Method::from_name(name).ok_or_else(|| {
            wrong(
                format!("{name:?} is not a method that can be sent"),
                "write a method such as GET or PROPFIND",
            )
        })
    }

    fn origin(&self) -> Result<Origin, Reported> {
        let (key, text) = match &self.section.base_url {
            Some(text) => (self.key.key("base_url"), text),
            None => (KeyPath::of(["target", "base_url"]), &self.common.file.target.base_url),
        };
        let url = self.check.resolve(&key, text)?;
        let origin = parse_origin(url.reveal()).map_err(|error| {
            let example = "write scheme, host and port: http://127.0.0.1:8787";
            let what = if url.has_references() {
                format!("the value of {text:?}: {error}")
            } else {
                error.to_string()
            };
            let hint = meant_url(&url).map(|meant| format!("did you mean {meant:?}?"));
            self.check.wrong(&key, what, Some(hint.as_deref().unwrap_or(example)))
        })?;
        let Some(allowed) = self.common.allowed else { return Ok(origin) };
        // A host that comes from the environment is not shown: a variable may hold anything.
        let shown = |word: &str, value: &str| {
            if url.has_references() { format!("the {word} of {text:?}") } else { format!("{word} {value:?}") }
        };
        if let Some(address) = origin.literal()
            && !allowed.address(address)
        {
            let hint = "to allow load there, add its network to allow_networks under [target]";
            let what = format!(
                "{} is not in allow_networks",
                shown("address", &address.to_string()).replace('"', "")
            );
            return Err(self.check.wrong(&key, what, Some(hint)));
        }
        if allowed.host(&origin.host) {
            return Ok(origin);
        }
        let what = format!("{} is not in allow_hosts", shown("host", &origin.host));
        let hint = if url.has_references() {
            "to allow load there, add the host to allow_hosts under [target]".to_owned()
        } else {
            format!("to allow load there, add {:?} to allow_hosts under [target]", origin.host)
        };
        Err(self.check.wrong(&key, what, Some(&hint)))
    }

    fn path(&self) -> Result<Referenced, Reported> {
        let key = self.key.key("path");
        let path = self.check.resolve(&key, &self.section.path)?;
        let resolved = request_path::encoded(path.reveal())
            .map_err(|error| self.check.wrong(&key, error.to_string(), Some(error.hint())))?;
        if path.has_references() {
            return Ok(Referenced::new(resolved, request_path::encoded_around_references(path.written())));
        }
        Ok(Referenced::plain(resolved))
    }

    fn headers(&self) -> Result<Vec<(String, Referenced)>, Reported> {
        let mut headers: BTreeMap<String, Referenced> = BTreeMap::new();
        let mut result = Ok(());
        let of_target = (KeyPath::of(["target", "headers"]), &self.common.file.target.headers);
        for (key, section) in [of_target, (self.key.key("headers"), &self.section.headers)] {
            for (name, text) in section {
                let key = key.key(name);
                let value = self.check.resolve(&key, text);
                let value = value.and_then(|value| self.header(&key, name, &value).map(|()| value));
                match value {
                    Ok(value) => drop(headers.insert(name.to_ascii_lowercase(), value)),
                    Err(reported) => result = Err(reported),
                }
            }
        }
        result.map(|()| headers.into_iter().collect())
    }

    fn header(&self, key: &KeyPath, name: &str, value: &Referenced) -> Result<(), Reported> {
        let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        if name.is_empty() || !name.bytes().all(token) {
            return Err(self.check.wrong(key, format!("{name:?} is not a valid header name"), None));
        }
        if name.eq_ignore_ascii_case("host") && !is_host_header(value.reveal()) {
            let hint = "write a host, with its port if it is not the usual one: api.example:8443";
            return Err(self.check.wrong(key, "the value is not a host", Some(hint)));
        }
        if OWN_HEADERS.contains(&name.to_ascii_lowercase().as_str()) {
            return Err(self.check.wrong(key, format!("{name:?} is set by the load generator"), None));
        }
        // The value may be a secret, so the message must not contain it.
        if !value.reveal().bytes().all(|byte| byte == b'\t' || (b' '..=b'~').contains(&byte)) {
            return Err(self.check.wrong(
                key,
                "the value contains a line break, control character or non-ASCII character",
                None,
            ));
        }
        Ok(())
    }

    fn body(&self) -> Result<Option<RequestBody>, Reported> {
        let section = self.section;
        if let Some(file) = &section.body_file {
            let key = self.key.key("body_file");
            if section.body.is_some() {
                return Err(self.check.wrong(
                    &key,
                    "`body` and `body_file` exclude each other",
                    Some("remove one of them"),
                ));
            }
            let path = self.check.readable(&key, file)?;
            let length = std::fs::metadata(&path).map_or(0, |metadata| metadata.len());
            return Ok(Some(RequestBody::File { path, length }));
        }
        let key = self.key.key("body");
        let text = section.body.as_ref().map(|text| self.check.resolve(&key, text)).transpose()?;
        Ok(text.map(RequestBody::Text))
    }

    fn expectation(&self) -> Result<Expectation, Reported> {
        let Some(section) = &self.section.expect else { return Ok(Expectation::default()) };
        let key = self.key.key("expect");
        let statuses = section.status.iter().enumerate().map(|(index, status)| {
            u16::try_from(*status).ok().filter(|status| (200..=999).contains(status)).ok_or_else(|| {
                self.check.wrong(
                    &key.key("status").index(index),
                    format!("{status} is not a final status (200 to 999)"),
                    None,
                )
            })
        });
        let mut statuses = all(statuses);
        if section.status.contains(&429) {
            let what = "429 always counts as rate-limited and cannot be expected";
            statuses = Err(self.check.wrong(&key.key("status"), what, None));
        }
        if section.body_contains.as_ref().is_some_and(|text| text.is_empty() || text.len() > 4_096) {
            return Err(self.check.wrong(&key.key("body_contains"), "must be 1 to 4096 bytes long", None));
        }
        Ok(Expectation { statuses: statuses?, body_contains: section.body_contains.clone() })
    }

    fn objective(&self) -> Result<Objective, Reported> {
        let Some(SloSection { mean, p95, error_rate, cache_hit_ratio, certificate_days, over }) =
            &self.section.slo
        else {
            return Ok(Objective::default());
        };
        let key = self.key.key("slo");
        let span = |name: &str, text: &Option<String>| {
            text.as_ref().map(|text| self.check.span(&key.key(name), text)).transpose()
        };
        let ranges = [
            ("error_rate", error_rate, 1.0, "must be a ratio from 0 to 1".to_owned()),
            ("cache_hit_ratio", cache_hit_ratio, 1.0, "must be a ratio from 0 to 1".to_owned()),
            ("certificate_days", certificate_days, MOST_DAYS, format!("must be from 0 to {MOST_DAYS} days")),
        ];
        let mut result = Ok(());
        for (name, value, most, what) in ranges {
            let Some(value) = value.filter(|value| !(0.0..=most).contains(value)) else { continue };
            // A ratio that was written in percent.
            let hint = (most <= 1.0 && (1.0..=100.0).contains(&value))
                .then(|| format!("did you mean {}? 1 is 100%", value / 100.0));
            result = Err(self.check.wrong(&key.key(name), what, hint.as_deref()));
        }
        let (mean, p95, over) = (span("mean", mean), span("p95", p95), span("for", over));
        result?;
        Ok(Objective {
            mean: mean?,
            p95: p95?,
            error_rate: *error_rate,
            cache_hit_ratio: *cache_hit_ratio,
            certificate_days: *certificate_days,
            over: over?,
        })
    }

    fn pace(&self) -> Result<Pace, Reported> {
        let Some(PaceSection { think, rate, arrivals }) = &self.section.pace else {
            return Ok(Pace::Closed { think: Duration::ZERO });
        };
        let key = self.key.key("pace");
        match (think, rate) {
            (Some(_), Some(_)) => Err(self.check.wrong(
                &key,
                "`think` is for a closed loop and `rate` for an open loop; use only one",
                None,
            )),
            (_, Some(rate)) if !(rate.is_finite() && *rate > 0.0 && *rate <= HIGHEST_RATE) => {
                let what = format!("must be above 0 and at most {HIGHEST_RATE} requests per second");
                Err(self.check.wrong(&key.key("rate"), what, None))
            }
            (_, Some(rate)) => {
                let arrivals = match arrivals {
                    Some(ArrivalsText::Poisson) => Arrivals::Poisson,
                    _ => Arrivals::Uniform,
                };
                let drawn = self.common.times.cell_span().map_or(0.0, |span| rate * span.as_secs_f64());
                if arrivals == Arrivals::Poisson && drawn > MOST_DRAWN_ARRIVALS {
                    let what = format!("more than {MOST_DRAWN_ARRIVALS} Poisson arrivals in one window");
                    let hint = "lower the rate, or shorten the window";
                    return Err(self.check.wrong(&key.key("rate"), what, Some(hint)));
                }
                Ok(Pace::Open { rate: *rate, arrivals })
            }
            (_, None) if arrivals.is_some() => Err(self.check.wrong(
                &key.key("arrivals"),
                "`arrivals` needs an open loop; add a `rate`",
                None,
            )),
            (Some(text), None) => {
                Ok(Pace::Closed { think: self.check.span_or_zero(&key.key("think"), text)? })
            }
            (None, None) => Ok(Pace::Closed { think: Duration::ZERO }),
        }
    }

    /// The places of the endpoint's levels among those of the scenario.
    fn levels(&self) -> Result<Vec<usize>, Reported> {
        let (key, names) = (self.key.key("levels"), &self.common.file.levels);
        let Some(wanted) = &self.section.levels else {
            return self.common.levels.map(|levels| (0..levels.len()).collect()).ok_or(Reported(()));
        };
        if wanted.is_empty() {
            return Err(self.check.wrong(&key, "the list is empty; remove it to use all levels", None));
        }
        let mut result = Ok(());
        for (index, name) in duplicates(wanted.iter().map(String::as_str)) {
            let what = format!("level {name:?} is listed twice");
            result = Err(self.check.wrong(&key.index(index), what, None));
        }
        let are_known = !self.check.document.is_unknown(&KeyPath::of(["levels"]));
        for (index, name) in
            wanted.iter().enumerate().filter(|(_, name)| are_known && !names.contains_key(*name))
        {
            let known = names.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
            let hint = match nearest(name, names.keys().map(String::as_str)) {
                Some(meant) => format!("did you mean {meant:?}? Known levels: {known}"),
                None => format!("known levels: {known}"),
            };
            result =
                Err(self.check.wrong(&key.index(index), format!("there is no level {name:?}"), Some(&hint)));
        }
        result?;
        let levels = self.common.levels.ok_or(Reported(()))?;
        let wanted = |level: &Level| wanted.iter().any(|name| **name == *level.name);
        Ok((0..levels.len()).filter(|place| wanted(&levels[*place])).collect())
    }
}

/// The URL that somebody may have meant by one without a scheme; `None` where it comes from the environment.
fn meant_url(url: &Referenced) -> Option<String> {
    if url.has_references() || url.reveal().contains("://") {
        return None;
    }
    let meant = format!("http://{}", url.reveal().trim_end_matches('/'));
    parse_origin(&meant).is_ok().then_some(meant)
}
