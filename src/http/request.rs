//! A request as bytes for HTTP/1.1 and as parts for HTTP/2, prepared once if it is always the same.

use std::fmt::Write as _;

use bytes::Bytes;
use hyper::http::{self, HeaderName, HeaderValue};
use memchr::memmem::Finder;

use crate::domain::endpoint::{Endpoint, Expectation, Method};
use crate::domain::template::Template;

/// A request that is ready to be sent; sending it again does not allocate.
pub struct Request {
    pub(super) wire: Vec<u8>,
    pub(super) parts: http::request::Parts,
    pub(super) body: Bytes,
    pub(super) response_has_body: bool,
    pub(super) finder: Option<Finder<'static>>,
    expectation: Expectation,
    repeatable: bool,
}

/// The request cannot be written; validation should have reported it before.
#[derive(Debug, thiserror::Error)]
#[error("cannot build the request of endpoint {endpoint}")]
pub struct PrepareError {
    endpoint: String,
}

impl Request {
    /// Conditions that the response must meet.
    pub fn expectation(&self) -> &Expectation {
        &self.expectation
    }

    /// Whether sending it twice has the same effect as sending it once: all methods but `POST` and `PATCH`.
    pub fn is_repeatable(&self) -> bool {
        self.repeatable
    }
}

/// A request that may have slots for values. Without slots, like an endpoint's, it is written once and lent out.
pub struct RequestTemplate {
    literal: Option<Request>,
    shape: Shape,
}

/// The parts that a request is written from.
struct Shape {
    endpoint: String,
    method: Method,
    origin: String,
    authority: String,
    path: Template,
    headers: Vec<(String, Template)>,
    body: Option<Template>,
    expectation: Expectation,
}

impl RequestTemplate {
    /// The template of an endpoint's request, which has no slots.
    /// # Errors
    /// [`PrepareError`] where a header or the path cannot be sent. It shows no value, as it may be secret.
    pub fn new(endpoint: &Endpoint) -> Result<Self, PrepareError> {
        let literal = |text: &str| Template::literal(text);
        let headers = endpoint.headers.iter().map(|(name, value)| (name.clone(), literal(value.reveal())));
        let path = literal(endpoint.path.reveal());
        let body = endpoint.body.as_ref().map(|body| literal(body.reveal()));
        Self::of(endpoint, path, headers.collect(), body)
    }

    /// The template of an endpoint's request with this path, headers and body, which may have slots.
    /// # Errors
    /// As [`RequestTemplate::new`].
    pub fn of(
        endpoint: &Endpoint,
        path: Template,
        headers: Vec<(String, Template)>,
        body: Option<Template>,
    ) -> Result<Self, PrepareError> {
        let shape = Shape {
            endpoint: endpoint.name.to_string(),
            method: endpoint.method,
            origin: endpoint.origin.to_string(),
            authority: endpoint.origin.authority(),
            path,
            headers: with_usual_headers(headers),
            body,
            expectation: endpoint.expectation.clone(),
        };
        let literal = if shape.is_literal() { Some(shape.write(&[])?) } else { None };
        Ok(Self { literal, shape })
    }

    /// The request with its slots filled in. One without slots is lent; otherwise it is written into `room`.
    /// # Errors
    /// [`PrepareError`] where a value is not allowed in the place of its slot.
    pub fn request<'a>(
        &'a self,
        values: &[&str],
        room: &'a mut Option<Request>,
    ) -> Result<&'a Request, PrepareError> {
        match &self.literal {
            Some(literal) => Ok(literal),
            None => Ok(room.insert(self.shape.write(values)?)),
        }
    }

    /// The prepared request; `None` where the template has slots.
    pub fn literal(&self) -> Option<&Request> {
        self.literal.as_ref()
    }

    /// Conditions that the response must meet.
    pub fn expectation(&self) -> &Expectation {
        &self.shape.expectation
    }
}

// Headers and bodies may contain secrets, so neither is shown.
impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Request").field("bytes", &self.wire.len()).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for RequestTemplate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RequestTemplate").field("endpoint", &self.shape.endpoint).finish_non_exhaustive()
    }
}

fn with_usual_headers(given: Vec<(String, Template)>) -> Vec<(String, Template)> {
    let usual = [("user-agent", concat!("baseline/", env!("CARGO_PKG_VERSION"))), ("accept", "*/*")];
    let is_given = |name: &str| given.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
    let added = usual.into_iter().filter(|(name, _)| !is_given(name));
    let mut headers: Vec<_> =
        added.map(|(name, value)| (name.to_owned(), Template::literal(value))).collect();
    headers.extend(given);
    headers
}

impl Shape {
    fn is_literal(&self) -> bool {
        let of_headers = self.headers.iter().map(|(_, value)| value);
        let mut texts = of_headers.chain([&self.path]).chain(self.body.as_ref());
        texts.all(Template::is_literal)
    }

    fn write(&self, values: &[&str]) -> Result<Request, PrepareError> {
        let fail = || PrepareError { endpoint: self.endpoint.clone() };
        let path = self.path.rendered(values);
        let body = self.body.as_ref().map(|body| body.rendered(values)).unwrap_or_default();
        let headers: Vec<(&str, String)> =
            self.headers.iter().map(|(name, value)| (name.as_str(), value.rendered(values))).collect();
        let uri = format!("{}{path}", self.origin);
        let mut request =
            http::Request::builder().method(self.method.as_str()).uri(uri).body(()).map_err(|_| fail())?;
        for (name, value) in &headers {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| fail())?;
            let mut value = HeaderValue::from_str(value).map_err(|_| fail())?;
            value.set_sensitive(true);
            request.headers_mut().append(name, value);
        }
        Ok(Request {
            wire: self.wire(&path, &headers, &body),
            parts: request.into_parts().0,
            body: Bytes::from(body),
            response_has_body: self.method != Method::Head,
            finder: self.expectation.body_contains.as_ref().map(|text| Finder::new(text).into_owned()),
            expectation: self.expectation.clone(),
            // RFC 9110, 9.2.2: these may be sent again where the connection turned out to be closed.
            repeatable: !matches!(self.method, Method::Post | Method::Patch),
        })
    }

    fn wire(&self, path: &str, headers: &[(&str, String)], body: &str) -> Vec<u8> {
        let mut head = format!("{} {path} HTTP/1.1\r\nhost: {}\r\n", self.method.as_str(), self.authority);
        for (name, value) in headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        if self.body.is_some() || matches!(self.method, Method::Post | Method::Put | Method::Patch) {
            let _ = write!(head, "content-length: {}\r\n", body.len());
        }
        head.push_str("\r\n");
        head.push_str(body);
        head.into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::endpoint::{Origin, Pace, Scheme};
    use crate::domain::referenced::Referenced;
    use crate::domain::template::Piece;

    fn endpoint() -> Endpoint {
        Endpoint {
            name: "pitch".into(),
            method: Method::Put,
            origin: Origin { scheme: Scheme::Http, host: "127.0.0.1".to_owned(), port: 80 },
            path: Referenced::plain("/"),
            headers: Vec::new(),
            body: None,
            expectation: Expectation::default(),
            objective: crate::domain::objective::Objective::default(),
            pace: Pace::Closed { think: Duration::ZERO },
            timeout: Duration::from_secs(1),
        }
    }

    #[test]
    fn an_endpoint_is_written_once() {
        let template = RequestTemplate::new(&endpoint()).unwrap();
        let mut room = None;
        let request = template.request(&["ignored"], &mut room).unwrap();
        assert!(std::ptr::eq(request, template.literal().unwrap()));
        assert!(room.is_none());
    }

    #[test]
    fn slots_are_filled_in_path_headers_and_body_for_both_versions() {
        let slot =
            |before: &str, index| Template::of(vec![Piece::Literal(before.to_owned()), Piece::Slot(index)]);
        let headers = vec![("authorization".to_owned(), slot("Bearer ", 1))];
        let template =
            RequestTemplate::of(&endpoint(), slot("/api/pitches/", 0), headers, Some(slot("id=", 0)))
                .unwrap();
        let mut room = None;
        for id in ["7", "12345"] {
            let request = template.request(&[id, "obviously-fake"], &mut room).unwrap();
            let wire = String::from_utf8(request.wire.clone()).unwrap();
            assert!(
                wire.starts_with(&format!("PUT /api/pitches/{id} HTTP/1.1\r\nhost: 127.0.0.1\r\n")),
                "{wire}"
            );
            assert!(wire.contains("\r\nauthorization: Bearer obviously-fake\r\n"), "{wire}");
            assert!(wire.ends_with(&format!("content-length: {}\r\n\r\nid={id}", id.len() + 3)), "{wire}");
            assert_eq!(request.parts.uri.path(), format!("/api/pitches/{id}"));
            assert_eq!(request.parts.headers["authorization"], "Bearer obviously-fake");
            assert_eq!(request.body, format!("id={id}"));
        }
    }

    #[test]
    fn a_value_that_cannot_stand_in_its_place_is_refused_unseen() {
        let headers = vec![("x-token".to_owned(), Template::of(vec![Piece::Slot(0)]))];
        let template = RequestTemplate::of(&endpoint(), Template::literal("/"), headers, None).unwrap();
        let error = template.request(&["two\r\nlines"], &mut None).unwrap_err();
        assert_eq!(error.to_string(), "cannot build the request of endpoint pitch");
    }
}
