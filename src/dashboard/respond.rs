//! Responses, and the headers that all of them have.

use axum::body::Body;
use axum::http::header::{self, HeaderName};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use serde::Serialize;

use super::json::{Envelope, Failure};

const JSON: &str = "application/json";

/// The page loads its own files and nothing else, and stands in no frame.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// What every response has.
const HEADERS: [(HeaderName, &str); 5] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];

/// Adds the headers that every response has. What does not say how long it may be kept is not kept.
pub(super) fn complete(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// A response without a body.
pub(super) fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// A response with these bytes.
pub(super) fn content(content_type: &'static str, bytes: impl Into<Bytes>) -> Response {
    let mut response = Response::new(Body::from(bytes.into()));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// A value in its envelope.
pub(super) fn json(kind: &'static str, value: impl Serialize) -> Response {
    content(JSON, Envelope::of(kind, value).to_bytes())
}

/// Why a request cannot be answered, and what to do.
pub(super) fn failure(status: StatusCode, error: impl Into<String>, hint: Option<&str>) -> Response {
    let failure = Failure { error: error.into(), hint: hint.map(str::to_owned) };
    let mut response = json("error", failure);
    *response.status_mut() = status;
    response
}

/// As [`failure`], for what may work a few seconds later.
pub(super) fn later(error: impl Into<String>, hint: &str) -> Response {
    let mut response = failure(StatusCode::SERVICE_UNAVAILABLE, error, Some(hint));
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    response
}
