//! The requests of a service: what is timed, opened, asked, refused and looked into by a health check.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::domain::endpoint::{Endpoint, Method, Origin, Pace, RequestBody};
use crate::domain::finding::Priority;
use crate::domain::objective::Objective;
use crate::domain::referenced::Referenced;
use crate::domain::service::{BodyRule, CorsRule, Login, SocketPath};
use crate::extract;

use super::check::{Check, all};
use super::file::{
    BodyRuleSection, CorsSection, ExpectSection, LoginSection, PathSection, PriorityText, WebSocketSection,
};
use super::key_path::KeyPath;
use super::origin::parse_origin;
use super::problem::Reported;
use super::step_body::write_json;
use super::validate_request::{Common, Keys, Request};

/// The context of the requests of one service.
pub(super) struct Requests<'a> {
    pub(super) check: &'a Check<'a>,
    pub(super) common: &'a Common<'a>,
    /// The service's place in the file.
    pub(super) key: &'a KeyPath,
    pub(super) base_url: Option<&'a str>,
}

/// The keys of a request of a service.
struct Given<'a> {
    key: KeyPath,
    name: &'a str,
    method: &'a str,
    path: &'a str,
    headers: &'a BTreeMap<String, String>,
    expect: Option<&'a ExpectSection>,
}

static NO_HEADERS: BTreeMap<String, String> = BTreeMap::new();

/// A plain request for a path.
fn given<'a>(key: KeyPath, name: &'a str, path: &'a str) -> Given<'a> {
    Given { key, name, method: "GET", path, headers: &NO_HEADERS, expect: None }
}

impl Requests<'_> {
    /// Where the service is.
    pub(super) fn origin(&self) -> Result<Origin, Reported> {
        self.request(&given(self.key.clone(), "", "/")).origin()
    }

    /// A request that is timed.
    pub(super) fn path(&self, index: usize, section: &PathSection) -> Result<Endpoint, Reported> {
        let key = self.key.key("path").index(index);
        let name = self.check.name(&key.key("name"), &section.name);
        let given = Given {
            method: &section.method,
            headers: &section.headers,
            expect: section.expect.as_ref(),
            ..given(key.clone(), &section.name, &section.path)
        };
        let endpoint = self.endpoint(&given)?;
        if !endpoint.method.is_safe() {
            let what = format!("{} could change something at the service", section.method);
            let hint = "a health check sends GET, HEAD or OPTIONS; put other requests into a journey";
            return Err(self.check.wrong(&key.key("method"), what, Some(hint)));
        }
        name.map(|()| endpoint)
    }

    /// A path where a WebSocket connection is opened.
    pub(super) fn socket(&self, index: usize, section: &WebSocketSection) -> Result<SocketPath, Reported> {
        let key = self.key.key("websocket").index(index);
        let given = Given { headers: &section.headers, ..given(key.clone(), &section.path, &section.path) };
        let request = self.endpoint(&given);
        for (place, protocol) in section.protocols.iter().enumerate() {
            if Method::from_name(protocol).is_none() {
                let what = format!("{protocol:?} is not the name of a subprotocol");
                return Err(self.check.wrong(&key.key("protocols").index(place), what, None));
            }
        }
        Ok(SocketPath { request: request?, protocols: section.protocols.clone() })
    }

    /// What other origins may do with a path.
    pub(super) fn cors(&self, index: usize, section: &CorsSection) -> Result<CorsRule, Reported> {
        let key = self.key.key("cors").index(index);
        let given = Given { method: &section.method, ..given(key.clone(), &section.path, &section.path) };
        let request = self.endpoint(&given);
        let method = self.request(&given).method();
        let origins = all(section.allowed_origins.iter().enumerate().map(|(place, text)| {
            let origin = parse_origin(text).map_err(|error| {
                let hint = "write scheme, host and port, such as https://app.example";
                let key = key.key("allowed_origins").index(place);
                self.check.wrong(&key, error.to_string(), Some(hint))
            })?;
            Ok(origin.to_string())
        }));
        let headers = all(section.headers.iter().enumerate().map(|(place, name)| {
            let is_name = Method::from_name(name).is_some();
            let key = key.key("headers").index(place);
            let what = || format!("{name:?} is not a valid header name");
            if is_name { Ok(name.to_ascii_lowercase()) } else { Err(self.check.wrong(&key, what(), None)) }
        }));
        Ok(CorsRule {
            // The preflight asks for the method; nothing is sent with it that could change something.
            request: Endpoint { method: Method::get(), ..request? },
            allowed_origins: origins?,
            credentials: section.credentials,
            method: method?,
            headers: headers?,
        })
    }

    /// A login that must be refused.
    pub(super) fn login(&self, index: usize, section: &LoginSection) -> Result<Login, Reported> {
        let key = self.key.key("login").index(index);
        let given = Given {
            method: &section.method,
            headers: &section.headers,
            expect: section.expect.as_ref(),
            ..given(key.clone(), &section.path, &section.path)
        };
        let (endpoint, body) = (self.endpoint(&given), self.credentials(&given, section));
        let mut endpoint = endpoint?;
        let (media_type, body) = body?;
        if let Some(body) = body {
            endpoint.body = Some(RequestBody::Text(body));
            if !endpoint.headers.iter().any(|(name, _)| name == "content-type") {
                endpoint.headers.push(("content-type".to_owned(), Referenced::plain(media_type)));
            }
        }
        if endpoint.expectation.statuses.is_empty() {
            endpoint.expectation.statuses = vec![401];
        }
        Ok(Login { request: endpoint })
    }

    fn credentials(
        &self,
        given: &Given<'_>,
        section: &LoginSection,
    ) -> Result<(&'static str, Option<Referenced>), Reported> {
        let request = self.request(given);
        match (&section.json, &section.form) {
            (Some(_), Some(_)) => {
                let what = "`json` and `form` exclude each other: a request has one body";
                Err(self.check.wrong(&given.key.key("form"), what, Some("remove one of them")))
            }
            (Some(value), None) => {
                let mut text = String::new();
                write_json(&request, &given.key.key("json"), value, &mut text)?;
                Ok(("application/json", Some(hidden(text))))
            }
            (None, Some(fields)) => {
                let mut form = form_urlencoded::Serializer::new(String::new());
                for (name, value) in fields {
                    let value = request.text(&given.key.key("form").key(name), value)?;
                    form.append_pair(name, value.reveal());
                }
                Ok(("application/x-www-form-urlencoded", Some(hidden(form.finish()))))
            }
            (None, None) => Ok(("", None)),
        }
    }

    /// What the body of a response must say.
    pub(super) fn body_rule(&self, index: usize, section: &BodyRuleSection) -> Result<BodyRule, Reported> {
        let key = self.key.key("body").index(index);
        let name = self.check.name(&key.key("name"), &section.name);
        let given = Given { headers: &section.headers, ..given(key.clone(), &section.path, &section.path) };
        let request = self.endpoint(&given);
        let check = extract::Check::parse(&section.check)
            .map_err(|error| self.check.wrong(&key.key("check"), error.to_string(), error.hint().as_deref()));
        if section.issue.trim().is_empty() {
            let hint =
                "write what is wrong where the check does not hold, such as \"The cache is disabled.\"";
            return Err(self.check.wrong(&key.key("issue"), "is empty", Some(hint)));
        }
        name.and(check.map(drop))?;
        Ok(BodyRule {
            name: Arc::from(section.name.as_str()),
            request: request?,
            check: section.check.clone(),
            priority: section.priority.map_or(Priority::Medium, priority),
            issue: section.issue.clone(),
            impact: section.impact.clone(),
            recommendation: section.recommendation.clone(),
        })
    }

    fn request<'b>(&'b self, given: &Given<'b>) -> Request<'b> {
        let keys = Keys {
            method: given.method,
            base_url: self.base_url,
            path: given.path,
            headers: given.headers,
            expect: given.expect,
            timeout: None,
        };
        Request { check: self.check, common: self.common, key: given.key.clone(), keys, placeholders: None }
    }

    fn endpoint(&self, given: &Given<'_>) -> Result<Endpoint, Reported> {
        let request = self.request(given);
        // The address is that of the service, and is reported there.
        let origin = self.origin();
        let (timeout, method, path) = (request.timeout(), request.method(), request.path());
        let (headers, expectation) = (request.headers(), request.expectation());
        Ok(Endpoint {
            name: Arc::from(given.name),
            method: method?,
            origin: origin?,
            path: path?,
            headers: headers?,
            without: Vec::new(),
            body: None,
            expectation: expectation?,
            objective: Objective::default(),
            pace: Pace::Closed { think: Duration::ZERO },
            timeout: timeout?,
        })
    }
}

/// The priority of a word in the file.
pub(super) fn priority(text: PriorityText) -> Priority {
    match text {
        PriorityText::Critical => Priority::Critical,
        PriorityText::High => Priority::High,
        PriorityText::Medium => Priority::Medium,
        PriorityText::Low => Priority::Low,
    }
}

/// Credentials, also wrong ones, are not shown.
fn hidden(text: String) -> Referenced {
    Referenced::new(text, "(credentials)".to_owned())
}
