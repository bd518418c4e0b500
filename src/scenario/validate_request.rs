//! The rules for a request, of an endpoint or of a step: method, URL, headers, the response that is expected.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::domain::endpoint::{Expectation, Method, Origin};
use crate::domain::level::Level;
use crate::domain::plan::Allowed;
use crate::domain::referenced::Referenced;

use super::check::{Check, all};
use super::file::{ExpectSection, ScenarioFile};
use super::key_path::KeyPath;
use super::origin::{parse_origin, split_authority};
use super::placeholders::{Placeholders, count_marks, next_mark, unmarked};
use super::problem::Reported;
use super::request_path;
use super::validate_times::Times;

/// Headers that frame the exchange: sent by it, and by nobody else.
pub const OWN_HEADERS: [&str; 5] = ["content-length", "transfer-encoding", "connection", "te", "upgrade"];
/// Methods whose names are often written in small letters by mistake.
const STANDARD_METHODS: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"];

/// What all workloads share, each as far as it can be read.
pub(super) struct Common<'a> {
    pub(super) file: &'a ScenarioFile,
    pub(super) allowed: Option<&'a Allowed>,
    pub(super) levels: Option<&'a [Level]>,
    pub(super) times: &'a Times,
}

/// The keys of a request.
pub(super) struct Keys<'a> {
    pub(super) method: &'a str,
    pub(super) base_url: Option<&'a str>,
    pub(super) path: &'a str,
    pub(super) headers: &'a BTreeMap<String, String>,
    pub(super) expect: Option<&'a ExpectSection>,
    pub(super) timeout: Option<&'a str>,
}

/// A request, with what is needed to check it.
pub(super) struct Request<'a> {
    pub(super) check: &'a Check<'a>,
    pub(super) common: &'a Common<'a>,
    pub(super) key: KeyPath,
    pub(super) keys: Keys<'a>,
    /// The names that its texts may use; `None` for an endpoint, whose braces are braces.
    pub(super) placeholders: Option<&'a Placeholders<'a>>,
}

/// Whether a `host` header names a host, with or without a port.
fn is_host_header(value: &str) -> bool {
    let has_port = |port: Option<&str>| port.is_none_or(|port| port.parse::<u16>().is_ok());
    value.is_ascii() && split_authority(value).is_ok_and(|(host, port)| !host.contains('%') && has_port(port))
}

impl Request<'_> {
    pub(super) fn timeout(&self) -> Result<Duration, Reported> {
        match self.keys.timeout {
            Some(text) => self.check.span(&self.key.key("timeout"), text),
            None => self.check.span(&KeyPath::of(["target", "timeout"]), &self.common.file.target.timeout),
        }
    }

    /// A text with its references resolved and its placeholders marked.
    pub(super) fn text(&self, key: &KeyPath, text: &str) -> Result<Referenced, Reported> {
        match self.placeholders {
            None => self.check.resolve(key, text),
            Some(placeholders) => {
                let marked = placeholders.marked(key, text)?;
                let resolved = self.check.resolve(key, &marked)?;
                // What a variable holds is never a placeholder.
                if count_marks(resolved.reveal()) != count_marks(&marked) {
                    let what = "a variable holds a text that is reserved for placeholders";
                    return Err(self.check.wrong(key, what, None));
                }
                Ok(Referenced::new(resolved.reveal().to_owned(), text.to_owned()))
            }
        }
    }

    pub(super) fn method(&self) -> Result<Method, Reported> {
        let name = self.keys.method;
        let wrong = |what: String, hint: &str| self.check.wrong(&self.key.key("method"), what, Some(hint));
        let capitals = name.to_ascii_uppercase();
        if name != capitals && STANDARD_METHODS.contains(&capitals.as_str()) {
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

    pub(super) fn origin(&self) -> Result<Origin, Reported> {
        let (key, text) = match self.keys.base_url {
            Some(text) => (self.key.key("base_url"), text),
            None => (KeyPath::of(["target", "base_url"]), self.common.file.target.base_url.as_str()),
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

    /// Path and query as they are sent. Placeholders are marked; what is shown has them as they were written.
    pub(super) fn path(&self) -> Result<Referenced, Reported> {
        let key = self.key.key("path");
        let path = self.text(&key, self.keys.path)?;
        // A path that is captured as a whole is known when it is sent.
        if next_mark(path.reveal()).is_some_and(|mark| mark.is_alone()) {
            return Ok(path);
        }
        let resolved = request_path::encoded(path.reveal())
            .map_err(|error| self.check.wrong(&key, error.to_string(), Some(error.hint())))?;
        if path.has_references() {
            return Ok(Referenced::new(resolved, request_path::encoded_around_references(path.written())));
        }
        let shown = unmarked(&resolved, self.keys.path);
        Ok(Referenced::new(resolved, shown))
    }

    pub(super) fn headers(&self) -> Result<Vec<(String, Referenced)>, Reported> {
        let mut headers: BTreeMap<String, Referenced> = BTreeMap::new();
        let mut result = Ok(());
        let of_target = (KeyPath::of(["target", "headers"]), &self.common.file.target.headers);
        for (key, section) in [of_target, (self.key.key("headers"), self.keys.headers)] {
            for (name, text) in section {
                let key = key.key(name);
                let value = self.text(&key, text);
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

    pub(super) fn expectation(&self) -> Result<Expectation, Reported> {
        let Some(section) = self.keys.expect else { return Ok(Expectation::default()) };
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
        if self.placeholders.is_some()
            && section.body_contains.as_ref().is_some_and(|text| text.contains("{{"))
        {
            let hint = "write a check instead: body contains \"{{name}}\"";
            return Err(self.check.wrong(&key.key("body_contains"), "has no placeholders", Some(hint)));
        }
        if section.body_contains.as_ref().is_some_and(|text| text.is_empty() || text.len() > 4_096) {
            return Err(self.check.wrong(&key.key("body_contains"), "must be 1 to 4096 bytes long", None));
        }
        Ok(Expectation { statuses: statuses?, body_contains: section.body_contains.clone() })
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
