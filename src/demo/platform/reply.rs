//! What the platform responds, before the server adds the times that it took.

use bytes::Bytes;
use hyper::StatusCode;
use hyper::header::{self, HeaderName, HeaderValue};
use serde_json::{Value, json};

/// A response without its times.
#[derive(Debug)]
pub(in super::super) struct Reply {
    pub(in super::super) status: StatusCode,
    pub(in super::super) content: Content,
    /// Headers beside those that every response has.
    pub(in super::super) headers: Vec<(HeaderName, HeaderValue)>,
    /// What is wrong, in words; `None` where nothing is.
    error: Option<String>,
}

/// The body of a response.
#[derive(Debug)]
pub(in super::super) enum Content {
    Nothing,
    Json(Bytes),
    Html(Bytes),
}

impl Reply {
    /// A response without a body.
    pub(super) fn empty(status: StatusCode) -> Self {
        Self { status, content: Content::Nothing, headers: Vec::new(), error: None }
    }

    /// A response with a JSON body.
    pub(super) fn json(status: StatusCode, body: &Value) -> Self {
        Self { content: Content::Json(body.to_string().into()), ..Self::empty(status) }
    }

    /// A response with an HTML body.
    pub(super) fn html(status: StatusCode, body: String) -> Self {
        Self { content: Content::Html(body.into()), ..Self::empty(status) }
    }

    /// A JSON body that names what is wrong.
    pub(super) fn error(status: StatusCode, error: &str) -> Self {
        Self { error: Some(error.to_owned()), ..Self::json(status, &json!({ "error": error })) }
    }

    /// The same, with an error in the form of the platform's services: a code for programs and a message for people.
    pub(in super::super) fn of_service(self) -> Self {
        let Some(error) = &self.error else { return self };
        let code: String =
            error.chars().map(|c| if c.is_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect();
        let mut letters = error.chars();
        let message: String =
            letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect();
        let body = json!({ "success": false, "error": { "code": code, "message": message } });
        Self { content: Content::Json(body.to_string().into()), ..self }
    }

    /// 503: a store has no room.
    pub(super) fn full() -> Self {
        Self::error(StatusCode::SERVICE_UNAVAILABLE, "demo is full")
    }

    /// The same with another header; one whose value no header can have is left out.
    pub(super) fn with(mut self, name: HeaderName, value: &str) -> Self {
        self.headers.extend(HeaderValue::from_str(value).map(|value| (name, value)));
        self
    }

    /// The same with another cookie, for the whole site and out of reach of scripts.
    pub(super) fn with_cookie(self, name: &str, value: &str, lifetime_s: u64) -> Self {
        let cookie = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={lifetime_s}");
        self.with(header::SET_COOKIE, &cookie)
    }
}
