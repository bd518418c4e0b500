//! A request as bytes for HTTP/1.1 and as parts for HTTP/2, prepared once if it is always the same.

use std::fmt::Write as _;
use std::io;
use std::sync::OnceLock;

use bytes::Bytes;
use hyper::http::{self, HeaderName, HeaderValue};
use memchr::memmem::Finder;

use crate::domain::endpoint::{Endpoint, Expectation, Method, RequestBody, Scheme};
use crate::domain::plan::Access;
use crate::domain::template::Template;
use crate::domain::transport::Reuse;

use super::payload::{OpenFile, Payload};

/// The end of a longer address of a redirect is not shown.
const LONGEST_LOCATION: usize = 200;

/// A request that is ready to be sent; sending it again does not allocate.
pub struct Request {
    pub(super) wire: Vec<u8>,
    pub(super) parts: http::request::Parts,
    pub(super) payload: Payload,
    /// Whether the connection is asked to close after the response.
    pub(super) closes: bool,
    pub(super) response_has_body: bool,
    pub(super) finder: Option<Finder<'static>>,
    expectation: Expectation,
    repeatable: bool,
    redirect: OnceLock<String>,
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

    /// Whether sending it twice has the same effect as sending it once.
    pub fn is_repeatable(&self) -> bool {
        self.repeatable
    }

    /// Where its first redirect pointed to, without a query, which may be secret; `None` without one.
    pub fn redirect(&self) -> Option<&str> {
        self.redirect.get().map(String::as_str)
    }

    /// Whether nobody looked yet where a response with this status redirects to.
    pub(super) fn wants_location(&self, status: u16) -> bool {
        (300..400).contains(&status) && self.redirect.get().is_none()
    }

    /// Keeps where the first redirect points to.
    pub(super) fn redirected(&self, location: Option<&[u8]>) {
        let to = String::from_utf8_lossy(location.unwrap_or_default());
        let to = to.split(['?', '#']).next().unwrap_or_default();
        // Neither is a password.
        let to = match (to.split_once("://"), to.rsplit_once('@')) {
            (Some((scheme, _)), Some((_, host))) => format!("{scheme}://{host}"),
            _ => to.to_owned(),
        };
        let to: String = to.chars().filter(char::is_ascii_graphic).take(LONGEST_LOCATION).collect();
        if !to.is_empty() {
            // Somebody else may have been first.
            let _ = self.redirect.set(to);
        }
    }

    /// Whether its body is a file, which is read while it is sent.
    pub(super) fn has_file(&self) -> bool {
        matches!(self.payload, Payload::File(..))
    }

    /// The file of its body, opened; `None` where it has none.
    /// # Errors
    /// The error of the operating system, where it cannot be opened.
    pub(super) fn open_file(&self) -> io::Result<Option<OpenFile>> {
        self.payload.open()
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
    scheme: &'static str,
    authority: String,
    path: Template,
    headers: Vec<(String, Template)>,
    body: Option<Body>,
    closes: bool,
    expectation: Expectation,
}

/// The body of a shape.
enum Body {
    Text(Template),
    File(Payload),
}

impl RequestTemplate {
    /// The template of an endpoint's request, which has no slots.
    /// # Errors
    /// [`PrepareError`] where a header or the path cannot be sent. It shows no value, as it may be secret.
    pub fn new(endpoint: &Endpoint, access: &Access) -> Result<Self, PrepareError> {
        let literal = |text: &str| Template::literal(text);
        let headers = endpoint.headers.iter().map(|(name, value)| (name.clone(), literal(value.reveal())));
        let path = literal(endpoint.path.reveal());
        let text = match &endpoint.body {
            Some(RequestBody::Text(text)) => Some(literal(text.reveal())),
            Some(RequestBody::File { .. }) | None => None,
        };
        Self::of(endpoint, access, path, headers.collect(), text)
    }

    /// The template of an endpoint's request with this path, headers and text of the body, which may have slots.
    /// # Errors
    /// As [`RequestTemplate::new`].
    pub fn of(
        endpoint: &Endpoint,
        access: &Access,
        path: Template,
        headers: Vec<(String, Template)>,
        text: Option<Template>,
    ) -> Result<Self, PrepareError> {
        let file = match &endpoint.body {
            Some(RequestBody::File { path, length }) => Some(Payload::File(path.clone(), *length)),
            Some(RequestBody::Text(_)) | None => None,
        };
        let shape = Shape {
            endpoint: endpoint.name.to_string(),
            method: endpoint.method.clone(),
            scheme: match endpoint.origin.scheme {
                Scheme::Http => "http",
                Scheme::Https => "https",
            },
            authority: endpoint.origin.authority(),
            path,
            headers: with_usual_headers(headers, &endpoint.without),
            body: text.map(Body::Text).or(file.map(Body::File)),
            closes: access.transport.reuse == Reuse::New,
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

fn with_usual_headers(given: Vec<(String, Template)>, without: &[String]) -> Vec<(String, Template)> {
    let usual = [("user-agent", concat!("baseline/", env!("CARGO_PKG_VERSION"))), ("accept", "*/*")];
    let is_given = |name: &str| given.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
    let is_left_out = |name: &str| without.iter().any(|known| known.eq_ignore_ascii_case(name));
    let added = usual.into_iter().filter(|(name, _)| !is_given(name) && !is_left_out(name));
    let mut headers: Vec<_> =
        added.map(|(name, value)| (name.to_owned(), Template::literal(value))).collect();
    headers.extend(given);
    headers
}

impl Shape {
    fn is_literal(&self) -> bool {
        let of_headers = self.headers.iter().map(|(_, value)| value);
        let of_body = match &self.body {
            Some(Body::Text(text)) => Some(text),
            Some(Body::File(_)) | None => None,
        };
        of_headers.chain([&self.path]).chain(of_body).all(Template::is_literal)
    }

    fn write(&self, values: &[&str]) -> Result<Request, PrepareError> {
        let fail = || PrepareError { endpoint: self.endpoint.clone() };
        let path = self.path.rendered(values);
        let payload = match &self.body {
            Some(Body::Text(text)) => Payload::Bytes(Bytes::from(text.rendered(values))),
            Some(Body::File(file)) => file.clone(),
            None => Payload::Bytes(Bytes::new()),
        };
        let (host, headers): (Vec<_>, Vec<_>) = self
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.rendered(values)))
            .partition(|(name, _)| name.eq_ignore_ascii_case("host"));
        // A `host` header says who is asked for, whatever address is connected to.
        let authority = host.first().map_or(self.authority.as_str(), |(_, host)| host);
        let uri = format!("{}://{authority}{path}", self.scheme);
        let mut request =
            http::Request::builder().method(self.method.as_str()).uri(uri).body(()).map_err(|_| fail())?;
        for (name, value) in &headers {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| fail())?;
            let mut value = HeaderValue::from_str(value).map_err(|_| fail())?;
            value.set_sensitive(true);
            request.headers_mut().append(name, value);
        }
        Ok(Request {
            wire: self.wire(&path, authority, &headers, &payload),
            parts: request.into_parts().0,
            payload,
            closes: self.closes,
            response_has_body: self.method.as_str() != "HEAD",
            finder: self.expectation.body_contains.as_ref().map(|text| Finder::new(text).into_owned()),
            expectation: self.expectation.clone(),
            // These may be sent again where the connection turned out to be closed.
            repeatable: self.method.is_idempotent(),
            redirect: OnceLock::new(),
        })
    }

    fn wire(&self, path: &str, authority: &str, headers: &[(&str, String)], payload: &Payload) -> Vec<u8> {
        let mut head = format!("{} {path} HTTP/1.1\r\nhost: {authority}\r\n", self.method.as_str());
        for (name, value) in headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        if self.body.is_some() || self.method.usually_has_body() {
            let _ = write!(head, "content-length: {}\r\n", payload.length());
        }
        if self.closes {
            head.push_str("connection: close\r\n");
        }
        head.push_str("\r\n");
        let mut wire = head.into_bytes();
        if let Payload::Bytes(bytes) = payload {
            wire.extend_from_slice(bytes);
        }
        wire
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
            method: Method::from_name("PUT").unwrap(),
            origin: Origin { scheme: Scheme::Http, host: "127.0.0.1".to_owned(), port: 80 },
            path: Referenced::plain("/"),
            headers: Vec::new(),
            without: Vec::new(),
            body: None,
            expectation: Expectation::default(),
            objective: crate::domain::objective::Objective::default(),
            pace: Pace::Closed { think: Duration::ZERO },
            timeout: Duration::from_secs(1),
        }
    }

    #[test]
    fn an_endpoint_is_written_once() {
        let template = RequestTemplate::new(&endpoint(), &Access::default()).unwrap();
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
        let template = RequestTemplate::of(
            &endpoint(),
            &Access::default(),
            slot("/api/pitches/", 0),
            headers,
            Some(slot("id=", 0)),
        )
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
            assert!(matches!(&request.payload, Payload::Bytes(body) if *body == format!("id={id}")));
        }
    }

    #[test]
    fn a_value_that_cannot_stand_in_its_place_is_refused_unseen() {
        let headers = vec![("x-token".to_owned(), Template::of(vec![Piece::Slot(0)]))];
        let template =
            RequestTemplate::of(&endpoint(), &Access::default(), Template::literal("/"), headers, None)
                .unwrap();
        let error = template.request(&["two\r\nlines"], &mut None).unwrap_err();
        assert_eq!(error.to_string(), "cannot build the request of endpoint pitch");
    }
}
