//! A request made ready once, so that sending it again costs no allocation.

use std::fmt::Write as _;

use bytes::Bytes;
use hyper::http::{self, HeaderName, HeaderValue};
use memchr::memmem::Finder;

use crate::domain::endpoint::{Endpoint, Expectation, Method};

/// An endpoint's request as bytes for HTTP/1.1 and as parts for HTTP/2.
#[derive(Debug)]
pub struct Prepared {
    pub(super) wire: Vec<u8>,
    pub(super) parts: http::request::Parts,
    pub(super) body: Bytes,
    pub(super) answer_has_body: bool,
    pub(super) finder: Option<Finder<'static>>,
    expectation: Expectation,
    repeatable: bool,
}

/// The request cannot be written; validation should have said so before.
#[derive(Debug, thiserror::Error)]
#[error("the request of endpoint {endpoint} cannot be written")]
pub struct PrepareError {
    endpoint: String,
}

impl Prepared {
    /// Makes an endpoint's request ready.
    /// # Errors
    /// [`PrepareError`] where a header or the path cannot be sent. It shows no value, since that may be a secret.
    pub fn new(endpoint: &Endpoint) -> Result<Self, PrepareError> {
        let fail = || PrepareError { endpoint: endpoint.name.to_string() };
        let method = endpoint.method;
        let body = endpoint.body.as_ref().map(|body| body.reveal().to_owned()).unwrap_or_default();
        let uri = format!("{}{}", endpoint.origin, endpoint.path.reveal());
        let mut request =
            http::Request::builder().method(method.as_str()).uri(uri).body(()).map_err(|_| fail())?;
        for (name, value) in headers(endpoint) {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| fail())?;
            let mut value = HeaderValue::from_str(&value).map_err(|_| fail())?;
            value.set_sensitive(true);
            request.headers_mut().append(name, value);
        }
        Ok(Self {
            wire: wire(endpoint, &body),
            parts: request.into_parts().0,
            body: Bytes::from(body),
            answer_has_body: method != Method::Head,
            finder: endpoint.expectation.body_contains.as_ref().map(|text| Finder::new(text).into_owned()),
            expectation: endpoint.expectation.clone(),
            // RFC 9110, 9.2.2: these may be sent again where the connection turned out to be closed.
            repeatable: !matches!(method, Method::Post | Method::Patch),
        })
    }

    /// What the answer must be.
    pub fn expectation(&self) -> &Expectation {
        &self.expectation
    }

    /// Whether sending it twice does what sending it once does.
    pub fn is_repeatable(&self) -> bool {
        self.repeatable
    }
}

fn headers(endpoint: &Endpoint) -> Vec<(String, String)> {
    let given = |name: &str| endpoint.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
    let mut headers = Vec::new();
    for (name, value) in [("user-agent", concat!("baseline/", env!("CARGO_PKG_VERSION"))), ("accept", "*/*")]
    {
        if !given(name) {
            headers.push((name.to_owned(), value.to_owned()));
        }
    }
    headers.extend(endpoint.headers.iter().map(|(name, value)| (name.clone(), value.reveal().to_owned())));
    headers
}

fn wire(endpoint: &Endpoint, body: &str) -> Vec<u8> {
    let mut head = format!(
        "{} {} HTTP/1.1\r\nhost: {}\r\n",
        endpoint.method.as_str(),
        endpoint.path.reveal(),
        endpoint.origin.authority()
    );
    for (name, value) in headers(endpoint) {
        let _ = write!(head, "{name}: {value}\r\n");
    }
    if endpoint.body.is_some() || matches!(endpoint.method, Method::Post | Method::Put | Method::Patch) {
        let _ = write!(head, "content-length: {}\r\n", body.len());
    }
    head.push_str("\r\n");
    head.push_str(body);
    head.into_bytes()
}
