//! The rules for endpoints: names, URLs, headers, expectations, objectives, pace.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::domain::endpoint::{Arrivals, Endpoint, Expectation, Method, Origin, Pace, RequestBody};
use crate::domain::level::Level;
use crate::domain::objective::Objective;
use crate::domain::plan::{Allowed, Cell};
use crate::domain::referenced::Referenced;

use super::check::{Check, cells_of, first_duplicate};
use super::error::ScenarioError;
use super::file::{ArrivalsText, EndpointSection, PaceSection, ScenarioFile, SloSection};
use super::key_path::KeyPath;
use super::origin::{parse_origin, split_authority};
use super::request_path;

/// Requests per second that no single generator reaches.
const HIGHEST_RATE: f64 = 1_000_000.0;
/// No certificate is valid for longer than ten years or so.
const MOST_DAYS: f64 = 3_650.0;
/// Headers that frame the exchange: sent by it, and by nobody else.
pub const OWN_HEADERS: [&str; 5] = ["content-length", "transfer-encoding", "connection", "te", "upgrade"];

/// Validates every endpoint, and lists the cells.
pub(super) fn endpoints(
    check: &Check<'_>,
    file: &ScenarioFile,
    allowed: &Allowed,
    levels: &[Level],
) -> Result<(Vec<Endpoint>, Vec<Cell>), ScenarioError> {
    let at = KeyPath::of(["endpoint"]);
    if file.endpoint.is_empty() {
        return Err(check.wrong(
            &at,
            "there are no endpoints",
            Some("add an [[endpoint]] with a name and a path"),
        ));
    }
    if let Some((index, name)) = first_duplicate(file.endpoint.iter().map(|endpoint| endpoint.name.as_str()))
    {
        return Err(check.wrong(
            &at.index(index).key("name"),
            format!("endpoint {name:?} is defined twice"),
            None,
        ));
    }
    let mut endpoints = Vec::new();
    let mut cells = Vec::new();
    for (index, section) in file.endpoint.iter().enumerate() {
        let one = One { check, key: at.index(index), section };
        endpoints.push(one.endpoint(file, allowed)?);
        cells.extend(cells_of(index, one.levels(levels)?.into_iter()));
    }
    Ok((endpoints, cells))
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
    key: KeyPath,
    section: &'a EndpointSection,
}

impl One<'_> {
    fn endpoint(&self, file: &ScenarioFile, allowed: &Allowed) -> Result<Endpoint, ScenarioError> {
        self.check.name(&self.key.key("name"), &self.section.name)?;
        let timeout = match &self.section.timeout {
            Some(text) => self.check.span(&self.key.key("timeout"), text)?,
            None => self.check.span(&KeyPath::of(["target", "timeout"]), &file.target.timeout)?,
        };
        Ok(Endpoint {
            name: Arc::from(self.section.name.as_str()),
            method: self.method()?,
            origin: self.origin(file, allowed)?,
            path: self.path()?,
            headers: self.headers(file)?,
            without: Vec::new(),
            body: self.body()?,
            expectation: self.expectation()?,
            objective: self.objective()?,
            pace: self.pace()?,
            timeout,
        })
    }

    fn method(&self) -> Result<Method, ScenarioError> {
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

    fn origin(&self, file: &ScenarioFile, allowed: &Allowed) -> Result<Origin, ScenarioError> {
        let (key, text) = match &self.section.base_url {
            Some(text) => (self.key.key("base_url"), text),
            None => (KeyPath::of(["target", "base_url"]), &file.target.base_url),
        };
        let url = self.check.resolve(&key, text)?;
        let origin = parse_origin(url.reveal()).map_err(|error| {
            self.check.wrong(
                &key,
                error.to_string(),
                Some("write scheme, host and port: http://127.0.0.1:8787"),
            )
        })?;
        if let Some(address) = origin.literal()
            && !allowed.address(address)
        {
            let hint = "to allow load there, add its network to allow_networks under [target]";
            return Err(self.check.wrong(
                &key,
                format!("address {address} is not in allow_networks"),
                Some(hint),
            ));
        }
        if allowed.host(&origin.host) {
            return Ok(origin);
        }
        let hint = format!("to allow load there, add {:?} to allow_hosts under [target]", origin.host);
        Err(self.check.wrong(&key, format!("host {:?} is not in allow_hosts", origin.host), Some(&hint)))
    }

    fn path(&self) -> Result<Referenced, ScenarioError> {
        let key = self.key.key("path");
        let path = self.check.resolve(&key, &self.section.path)?;
        let resolved = request_path::encoded(path.reveal())
            .map_err(|error| self.check.wrong(&key, error.to_string(), Some(error.hint())))?;
        // Two dollar signs are one, and begin no reference.
        if path.written().replace("$$", "").contains("${") {
            return Ok(Referenced::new(resolved, request_path::encoded_around_references(path.written())));
        }
        Ok(Referenced::plain(resolved))
    }

    fn headers(&self, file: &ScenarioFile) -> Result<Vec<(String, Referenced)>, ScenarioError> {
        let mut headers: BTreeMap<String, Referenced> = BTreeMap::new();
        let of_target = (KeyPath::of(["target", "headers"]), &file.target.headers);
        for (key, section) in [of_target, (self.key.key("headers"), &self.section.headers)] {
            for (name, text) in section {
                let key = key.key(name);
                let value = self.check.resolve(&key, text)?;
                self.header(&key, name, &value)?;
                headers.insert(name.to_ascii_lowercase(), value);
            }
        }
        Ok(headers.into_iter().collect())
    }

    fn header(&self, key: &KeyPath, name: &str, value: &Referenced) -> Result<(), ScenarioError> {
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

    fn body(&self) -> Result<Option<RequestBody>, ScenarioError> {
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

    fn expectation(&self) -> Result<Expectation, ScenarioError> {
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
        let statuses = statuses.collect::<Result<Vec<u16>, _>>()?;
        if statuses.contains(&429) {
            let what = "429 always counts as rate-limited and cannot be expected";
            return Err(self.check.wrong(&key.key("status"), what, None));
        }
        if section.body_contains.as_ref().is_some_and(|text| text.is_empty() || text.len() > 4_096) {
            return Err(self.check.wrong(&key.key("body_contains"), "must be 1 to 4096 bytes long", None));
        }
        Ok(Expectation { statuses, body_contains: section.body_contains.clone() })
    }

    fn objective(&self) -> Result<Objective, ScenarioError> {
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
            ("error_rate", error_rate, 1.0, "an error rate is a ratio from 0 to 1".to_owned()),
            ("cache_hit_ratio", cache_hit_ratio, 1.0, "a cache hit ratio is a ratio from 0 to 1".to_owned()),
            (
                "certificate_days",
                certificate_days,
                MOST_DAYS,
                format!("a number of days is from 0 to {MOST_DAYS}"),
            ),
        ];
        for (name, value, most, what) in ranges {
            if value.is_some_and(|value| !(0.0..=most).contains(&value)) {
                return Err(self.check.wrong(&key.key(name), what, None));
            }
        }
        Ok(Objective {
            mean: span("mean", mean)?,
            p95: span("p95", p95)?,
            error_rate: *error_rate,
            cache_hit_ratio: *cache_hit_ratio,
            certificate_days: *certificate_days,
            over: span("for", over)?,
        })
    }

    fn pace(&self) -> Result<Pace, ScenarioError> {
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
                let what = format!("a rate is above 0 and at most {HIGHEST_RATE} requests per second");
                Err(self.check.wrong(&key.key("rate"), what, None))
            }
            (_, Some(rate)) => {
                let arrivals = match arrivals {
                    Some(ArrivalsText::Poisson) => Arrivals::Poisson,
                    _ => Arrivals::Uniform,
                };
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

    fn levels(&self, levels: &[Level]) -> Result<Vec<usize>, ScenarioError> {
        let Some(wanted) = &self.section.levels else { return Ok((0..levels.len()).collect()) };
        let key = self.key.key("levels");
        if wanted.is_empty() {
            return Err(self.check.wrong(&key, "the list is empty; remove it to use all levels", None));
        }
        if let Some((index, name)) = first_duplicate(wanted.iter().map(String::as_str)) {
            return Err(self.check.wrong(&key.index(index), format!("level {name:?} is listed twice"), None));
        }
        let mut places = Vec::new();
        for (index, name) in wanted.iter().enumerate() {
            let place = levels.iter().position(|level| *level.name == **name).ok_or_else(|| {
                let known = levels.iter().map(|level| level.name.as_ref()).collect::<Vec<_>>().join(", ");
                let hint = format!("known levels: {known}");
                self.check.wrong(&key.index(index), format!("there is no level {name:?}"), Some(&hint))
            })?;
            places.push(place);
        }
        places.sort_unstable();
        Ok(places)
    }
}
