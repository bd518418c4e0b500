//! The answers to what was asked about other origins, each judged by itself.

use crate::domain::service::CorsRule;

use super::super::facts::{CorsCase, CorsQuestion};
use super::super::seen::{Seen, Trouble};
use super::super::short::in_line;

/// Methods that browsers send without asking (Fetch Standard, CORS-safelisted methods).
const SIMPLE: [&str; 3] = ["GET", "HEAD", "POST"];

/// A question and its answer.
pub(super) struct Answer {
    /// As it is reported. It is right until it is judged.
    pub(super) case: CorsCase,
    pub(super) seen: Result<Seen, Trouble>,
    /// Whether it is the answer to a preflight, whatever the question was.
    pub(super) is_preflight: bool,
    /// Whether the origin is what it refuses, once it is judged.
    pub(super) refuses_origin: bool,
}

/// All answers about a path, in the order of the questions.
#[derive(Default)]
pub(super) struct Answers(pub(super) Vec<Answer>);

impl Answers {
    pub(super) fn add(&mut self, answer: Answer) {
        self.0.push(answer);
    }

    /// Whether this origin was allowed by its name.
    pub(super) fn reflects(&self, origin: &str) -> bool {
        self.0.iter().any(|answer| answer.case.origin == origin && answer.is_reflected())
    }

    pub(super) fn of(&self, question: CorsQuestion) -> impl Iterator<Item = &Answer> {
        self.0.iter().filter(move |answer| answer.case.question == question)
    }
}

impl Answer {
    pub(super) fn new(question: CorsQuestion, origin: &str, seen: Result<Seen, Trouble>) -> Self {
        let response = seen.as_ref().ok();
        let case = CorsCase {
            question,
            origin: origin.to_owned(),
            status: response.map(|seen| seen.status),
            allow_origin: response
                .and_then(|seen| joined(seen, "access-control-allow-origin"))
                .map(|value| in_line(&value)),
            // Case matters to browsers.
            allows_credentials: response
                .and_then(|seen| joined(seen, "access-control-allow-credentials"))
                .is_some_and(|value| value == "true"),
            is_right: true,
            problem: String::new(),
        };
        Self { case, seen, is_preflight: question == CorsQuestion::Preflight, refuses_origin: false }
    }

    /// Whether the origin is allowed by its name.
    pub(super) fn is_reflected(&self) -> bool {
        self.case.allow_origin.as_deref() == Some(self.case.origin.as_str())
    }

    /// Whether every origin is allowed, with credentials: browsers refuse that.
    pub(super) fn is_wildcard_with_credentials(&self) -> bool {
        self.case.allow_origin.as_deref() == Some("*") && self.case.allows_credentials
    }

    /// Why it says nothing about what is allowed; `None` where it does.
    pub(super) fn is_void(&self) -> Option<String> {
        match &self.seen {
            Ok(seen) if seen.status == 429 => Some("rate-limited (429)".to_owned()),
            Err(trouble) if trouble.is_ours() || self.case.question != CorsQuestion::Preflight => {
                Some(trouble.words())
            }
            Ok(_) | Err(_) => None,
        }
    }

    /// Judges it: notes in the case what is wrong.
    pub(super) fn judge(&mut self, rule: Option<&CorsRule>) {
        let problem = match (self.case.question, rule) {
            (CorsQuestion::Allowed, Some(rule)) => self.origin_problem(rule),
            (CorsQuestion::Preflight, Some(rule)) => self.preflight_problem(rule),
            _ if self.is_wildcard_with_credentials() => Some("`*` with credentials".to_owned()),
            (CorsQuestion::Hostile | CorsQuestion::Null, _) if self.is_reflected() => {
                let with =
                    if self.case.allows_credentials { "with credentials" } else { "without credentials" };
                Some(format!("allowed, {with}"))
            }
            _ => None,
        };
        let is_ok = self.case.status.is_some_and(|status| (200..300).contains(&status));
        self.refuses_origin = match (self.case.question, rule) {
            (CorsQuestion::Allowed, _) => problem.is_some(),
            (CorsQuestion::Preflight, Some(rule)) => is_ok && self.origin_problem(rule).is_some(),
            _ => false,
        };
        self.case.is_right = problem.is_none();
        self.case.problem = problem.unwrap_or_default();
    }

    /// What keeps a page of an allowed origin from reading the response.
    fn origin_problem(&self, rule: &CorsRule) -> Option<String> {
        match self.case.allow_origin.as_deref() {
            None | Some("") => Some("not allowed".to_owned()),
            Some("*") if rule.credentials => Some("`*` allows no credentials".to_owned()),
            Some("*") => None,
            Some(_) if self.is_reflected() => {
                let is_missing = rule.credentials && !self.case.allows_credentials;
                is_missing.then(|| "credentials are not allowed".to_owned())
            }
            Some(other) if other.contains(',') => Some("several values where browsers accept one".to_owned()),
            Some(other) => Some(format!("allows {other} instead")),
        }
    }

    fn preflight_problem(&self, rule: &CorsRule) -> Option<String> {
        let seen = match &self.seen {
            Ok(seen) => seen,
            Err(trouble) => return Some(trouble.words()),
        };
        if !(200..300).contains(&seen.status) {
            return Some(format!("status {}", seen.status));
        }
        if let Some(problem) = self.origin_problem(rule) {
            return Some(problem);
        }
        let methods = listed(seen, "access-control-allow-methods");
        let method = rule.method.as_str();
        let allows_any = |values: &[String]| !rule.credentials && values.iter().any(|value| value == "*");
        if !SIMPLE.contains(&method) && !allows_any(&methods) && !methods.iter().any(|known| known == method)
        {
            return Some(format!("method {method} is not allowed"));
        }
        let headers = listed(seen, "access-control-allow-headers");
        let is_allowed = |name: &str| {
            // A star does not stand for this one.
            headers.iter().any(|known| known.eq_ignore_ascii_case(name))
                || name != "authorization" && allows_any(&headers)
        };
        let missing: Vec<&str> =
            rule.headers.iter().map(String::as_str).filter(|name| !is_allowed(name)).collect();
        (!missing.is_empty()).then(|| format!("headers not allowed: {}", missing.join(", ")))
    }
}

/// The values of a header, joined as one list; `None` where it is missing.
pub(super) fn joined(seen: &Seen, name: &str) -> Option<String> {
    let values: Vec<&str> = seen.fields.all(name).map(str::trim).collect();
    (!values.is_empty()).then(|| values.join(", "))
}

/// The members of a header that is a list.
pub(super) fn listed(seen: &Seen, name: &str) -> Vec<String> {
    let values = seen.fields.all(name).flat_map(|value| value.split(','));
    values.map(|value| value.trim().to_owned()).filter(|value| !value.is_empty()).collect()
}
