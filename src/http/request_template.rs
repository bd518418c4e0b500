//! The request of a step or an endpoint, with slots for what changes: written into the same memory each time.

use std::io::Write as _;
use std::sync::Arc;

use crate::domain::endpoint::{Endpoint, Expectation, Method, RequestBody};
use crate::domain::plan::Access;
use crate::domain::template::{Template, Values};
use crate::domain::transport::Reuse;

use super::kept::Wants;
use super::multipart::Form;
use super::payload::Segment;
use super::request::{Fixed, PrepareError, Request};
use super::request_head::{Head, Unsendable, append_header};
use super::request_shape::{Body, Redirect, Sending, Shape, scheme, with_usual_headers};

/// A request that may have slots for values. Without slots, like an endpoint's, it is written once and lent out.
pub struct RequestTemplate {
    pub(super) literal: Option<Request>,
    /// The head of the request as it is given.
    pub(super) head: Head,
    pub(super) fixed: Arc<Fixed>,
    /// As `fixed`, where a redirect has turned it into a `GET`.
    fixed_get: Arc<Fixed>,
    wants: Wants,
    turns: usize,
    pub(super) shape: Shape,
    /// Whether its requests name a trace of ours.
    pub(super) is_traced: bool,
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
            Some(RequestBody::File { .. } | RequestBody::Multipart(_)) | None => None,
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
        let fail = |_: Unsendable| PrepareError { endpoint: endpoint.name.to_string() };
        let other = match &endpoint.body {
            Some(RequestBody::File { path, length }) => Some(Body::File(Segment::file(path, *length))),
            Some(RequestBody::Multipart(form)) => {
                Some(Body::Form(Form::new(form, &endpoint.name).map_err(fail)?))
            }
            Some(RequestBody::Text(_)) | None => None,
        };
        let shape = Shape {
            endpoint: endpoint.name.to_string(),
            origin: endpoint.origin.clone(),
            path,
            headers: with_usual_headers(headers, &endpoint.without),
            body: text.map(Body::Text).or(other),
            without: endpoint.without.clone(),
        };
        let closes = access.transport.reuse == Reuse::New;
        let fixed = |method: Method| Arc::new(Fixed::new(method, closes, endpoint.expectation.clone()));
        let method = &endpoint.method;
        let get = if method.as_str() == "HEAD" { None } else { Method::from_name("GET") };
        let mut template = Self {
            literal: None,
            head: shape.head(method).map_err(fail)?,
            fixed: fixed(method.clone()),
            fixed_get: fixed(get.unwrap_or_else(|| method.clone())),
            wants: Wants::default(),
            turns: 1,
            is_traced: false,
            shape,
        };
        template.prepare().map_err(fail)?;
        Ok(template)
    }

    /// The same, with what is wanted of its responses.
    #[must_use]
    pub fn wanting(mut self, wants: Wants) -> Self {
        self.wants = wants;
        self.literal.iter_mut().for_each(|literal| literal.wants = wants);
        self
    }

    /// The same, as one of this many requests that a user sends in turn.
    pub fn takes_turns(&mut self, turns: usize) {
        self.turns = turns;
        self.literal.iter_mut().for_each(|literal| literal.turns = turns);
    }

    /// The request with its slots filled in. One without slots is lent; otherwise it is written into `room`, in the memory
    /// of the last one there.
    /// # Errors
    /// [`PrepareError`] where a value is not allowed in the place of its slot.
    pub fn request<'a>(
        &'a self,
        values: &(impl Values + ?Sized),
        room: &'a mut Option<Request>,
    ) -> Result<&'a Request, PrepareError> {
        self.request_with(values, &[], room)
    }

    /// As [`RequestTemplate::request`], with further headers, which follow its own.
    /// # Errors
    /// As [`RequestTemplate::request`], also for these headers.
    pub fn request_with<'a>(
        &'a self,
        values: &(impl Values + ?Sized),
        extra: &[(&str, &str)],
        room: &'a mut Option<Request>,
    ) -> Result<&'a Request, PrepareError> {
        match &self.literal {
            Some(literal) if extra.is_empty() => Ok(literal),
            _ => self.written(&self.as_given(), values, extra, room),
        }
    }

    /// The request as it is sent where a response redirected it. Without its body, the headers about it are left away; and at
    /// another origin those that are meant for the first one: `authorization`, `cookie` and `host`.
    /// # Errors
    /// As [`RequestTemplate::request_with`], also where the path cannot be sent.
    pub fn redirected<'a>(
        &self,
        to: Redirect<'_>,
        values: &(impl Values + ?Sized),
        extra: &[(&str, &str)],
        room: &'a mut Option<Request>,
    ) -> Result<&'a Request, PrepareError> {
        let fixed = if to.method_stays { &self.fixed } else { &self.fixed_get };
        let head = self.shape.redirected_head(&fixed.method, to).map_err(|_| self.fail())?;
        let sending = Sending { head: &head, fixed, scheme: to.origin.scheme, has_body: to.method_stays };
        self.written(&sending, values, extra, room)
    }

    /// Whether a redirect with this status keeps the method and the body, as clients do it. A method that was changed once
    /// stays so for further redirects.
    pub fn method_stays(&self, status: u16) -> bool {
        match status {
            301 | 302 => self.fixed.method.as_str() != "POST",
            303 => matches!(self.fixed.method.as_str(), "GET" | "HEAD"),
            _ => true,
        }
    }

    /// The prepared request; `None` where the template has slots.
    pub fn literal(&self) -> Option<&Request> {
        self.literal.as_ref()
    }

    /// Conditions that the response must meet.
    pub fn expectation(&self) -> &Expectation {
        &self.fixed.expectation
    }

    pub(super) fn as_given(&self) -> Sending<'_> {
        let has_body = self.shape.body.is_some();
        Sending { head: &self.head, fixed: &self.fixed, scheme: self.shape.origin.scheme, has_body }
    }

    pub(super) fn fail(&self) -> PrepareError {
        PrepareError { endpoint: self.shape.endpoint.clone() }
    }

    fn written<'a>(
        &self,
        sending: &Sending<'_>,
        values: &(impl Values + ?Sized),
        extra: &[(&str, &str)],
        room: &'a mut Option<Request>,
    ) -> Result<&'a Request, PrepareError> {
        let request = room.get_or_insert_with(|| Request::empty(sending.fixed));
        match self.write(sending, values, extra, request) {
            Ok(()) => Ok(request),
            Err(Unsendable) => Err(self.fail()),
        }
    }

    pub(super) fn write(
        &self,
        sending: &Sending<'_>,
        values: &(impl Values + ?Sized),
        extra: &[(&str, &str)],
        request: &mut Request,
    ) -> Result<(), Unsendable> {
        if !Arc::ptr_eq(&request.fixed, sending.fixed) {
            request.fixed = Arc::clone(sending.fixed);
        }
        request.scheme = scheme(sending.scheme);
        (request.wants, request.turns) = (self.wants, self.turns);
        let Request { wire, body_room, after, .. } = request;
        wire.clear();
        body_room.clear();
        after.clear();
        let mut boundary = None;
        match self.shape.body.as_ref().filter(|_| sending.has_body) {
            Some(Body::Text(text)) => text.render_bytes(values, body_room),
            Some(Body::File(file)) => after.push(file.clone()),
            Some(Body::Form(form)) => boundary = Some(form.render(values, body_room, after)?),
            None => (),
        }
        sending.head.render(values, wire)?;
        request.trace_at = self.trace_at(wire.len());
        for (name, value) in extra {
            append_header(name, value, wire)?;
        }
        if let Some(boundary) = boundary {
            let media_type = format!("multipart/form-data; boundary={boundary}");
            append_header("content-type", &media_type, wire)?;
        }
        request.headers_end = wire.len();
        if self.has_length(sending) {
            let length = body_room.len() as u64 + after.iter().map(Segment::length).sum::<u64>();
            // Writing into memory does not fail.
            let _ = write!(wire, "content-length: {length}\r\n");
        }
        if sending.fixed.closes {
            wire.extend_from_slice(b"connection: close\r\n");
        }
        wire.extend_from_slice(b"\r\n");
        request.body_at = wire.len();
        wire.extend_from_slice(body_room);
        Ok(())
    }

    fn has_length(&self, sending: &Sending<'_>) -> bool {
        let has_body = sending.has_body && self.shape.body.is_some();
        has_body || sending.fixed.method.usually_has_body()
    }
}

impl std::fmt::Debug for RequestTemplate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RequestTemplate").field("endpoint", &self.shape.endpoint).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::endpoint::{Origin, Pace, Scheme};
    use crate::domain::referenced::Referenced;
    use crate::domain::template::{Escape, NoValues, Piece};

    fn endpoint(method: &str) -> Endpoint {
        Endpoint {
            name: "pitch".into(),
            method: Method::from_name(method).unwrap(),
            origin: origin("127.0.0.1"),
            path: Referenced::plain("/"),
            headers: Vec::new(),
            without: vec!["accept".to_owned(), "user-agent".to_owned()],
            body: None,
            expectation: Expectation::default(),
            objective: crate::domain::objective::Objective::default(),
            pace: Pace::Closed { think: Duration::ZERO },
            timeout: Duration::from_secs(1),
        }
    }

    fn origin(host: &str) -> Origin {
        Origin { scheme: Scheme::Http, host: host.to_owned(), port: 80 }
    }

    fn slot(before: &str, index: usize) -> Template {
        Template::of(vec![Piece::Literal(before.to_owned()), Piece::Slot(index, Escape::None)])
    }

    /// `PUT` or another method of a pitch, with a token and a body.
    fn pitch(method: &str) -> RequestTemplate {
        let headers = vec![
            ("authorization".to_owned(), slot("Bearer ", 1)),
            ("Content-Type".to_owned(), Template::literal("text/plain")),
        ];
        let path = slot("/api/pitches/", 0);
        let body = Some(slot("id=", 0));
        RequestTemplate::of(&endpoint(method), &Access::default(), path, headers, body).unwrap()
    }

    fn wire(request: &Request) -> String {
        String::from_utf8(request.wire.clone()).unwrap()
    }

    #[test]
    fn an_endpoint_is_written_once() {
        let template = RequestTemplate::new(&endpoint("PUT"), &Access::default()).unwrap();
        let mut room = None;
        let request = template.request(&["ignored"], &mut room).unwrap();
        assert!(std::ptr::eq(request, template.literal().unwrap()));
        assert!(room.is_none());
        let request = template.request_with(&NoValues, &[("cookie", "a=1")], &mut room).unwrap();
        assert_eq!(
            wire(request),
            "PUT / HTTP/1.1\r\nhost: 127.0.0.1\r\ncookie: a=1\r\ncontent-length: 0\r\n\r\n"
        );
    }

    #[test]
    fn slots_are_filled_in_path_headers_and_body_for_both_versions() {
        let template = pitch("PUT");
        let mut room = None;
        for id in ["7", "12345", "", "8"] {
            let request =
                template.request_with(&[id, "obviously-fake"], &[("cookie", "a=1")], &mut room).unwrap();
            let length = id.len() + 3;
            let expected = format!(
                "PUT /api/pitches/{id} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer obviously-fake\r\n\
                 Content-Type: text/plain\r\ncookie: a=1\r\ncontent-length: {length}\r\n\r\nid={id}"
            );
            assert_eq!(wire(request), expected);
            let parts = request.parts().unwrap();
            assert_eq!(parts.uri.to_string(), format!("http://127.0.0.1/api/pitches/{id}"));
            assert_eq!(
                (&parts.headers["authorization"], parts.headers.len()),
                (&"Bearer obviously-fake".parse().unwrap(), 3)
            );
            assert_eq!(request.body(), Some(format!("id={id}").as_bytes()));
        }
    }

    #[test]
    fn room_is_shared_by_different_requests() {
        let (long, short) = (pitch("PUT").wanting(Wants { fields: true, ..Wants::default() }), pitch("HEAD"));
        let mut room = None;
        let request = long.request(&["7", "a"], &mut room).unwrap();
        assert!(request.fixed.response_has_body && request.wants.fields && request.is_repeatable());
        let memory = request.wire.as_ptr();
        let request = short.request(&["7", "a"], &mut room).unwrap();
        assert_eq!(request.wire.as_ptr(), memory);
        assert!(!request.fixed.response_has_body && !request.wants.fields);
    }

    #[test]
    fn a_value_that_cannot_stand_in_its_place_is_refused_unseen() {
        let mut room = None;
        let template = pitch("PUT");
        for values in [["7", "two\r\nlines"], ["7 8", "x"], ["7", "\u{fc}"], ["7\0", "x"]] {
            let error = template.request(&values, &mut room).unwrap_err();
            assert_eq!(error.to_string(), "cannot build the request of pitch");
        }
        assert!(template.request_with(&["7", "x"], &[("cookie", "a\nb")], &mut room).is_err());
        assert!(template.request(&["7", "x"], &mut room).is_ok());
    }

    #[test]
    fn a_redirect_keeps_what_it_may() {
        let check = |method: &str, host: &str, status: u16, expected: &str| {
            let template = pitch(method);
            let origin = origin(host);
            let to = Redirect { origin: &origin, path: "/b?c", method_stays: template.method_stays(status) };
            let mut room = None;
            let request = template.redirected(to, &["7", "fake"], &[("x", "y")], &mut room).unwrap();
            assert_eq!(wire(request), expected, "{method} {host} {status}");
            assert_eq!(request.parts().unwrap().uri.to_string(), format!("http://{host}/b?c"));
        };
        let got = "GET /b?c HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer fake\r\nx: y\r\n\r\n";
        check("POST", "127.0.0.1", 303, got);
        check("POST", "127.0.0.1", 302, got);
        check("PUT", "127.0.0.1", 303, got);
        check("POST", "a.example", 301, "GET /b?c HTTP/1.1\r\nhost: a.example\r\nx: y\r\n\r\n");
        let kept = "/b?c HTTP/1.1\r\nhost: a.example\r\nContent-Type: text/plain\r\nx: y\r\ncontent-length: 4\r\n\r\nid=7";
        check("POST", "a.example", 307, &format!("POST {kept}"));
        check("POST", "a.example", 308, &format!("POST {kept}"));
        check("PUT", "a.example", 302, &format!("PUT {kept}"));
        check("HEAD", "a.example", 303, &format!("HEAD {kept}"));
        let origin = Origin { scheme: Scheme::Https, ..origin("127.0.0.1") };
        let to = Redirect { origin: &origin, path: "nonsense", method_stays: false };
        assert!(pitch("GET").redirected(to, &["7", "x"], &[], &mut None).is_err());
    }
}
