//! A request as bytes for HTTP/1.1 and as parts for HTTP/2, prepared once if it is always the same.

use std::io;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use hyper::http::{self, HeaderName, HeaderValue};
use memchr::memmem::Finder;

use crate::domain::endpoint::{Expectation, Method};

use super::kept::Wants;
use super::payload::{Outgoing, Segment};
use super::request_head::Lines;
use super::traceparent::{self, Traceparent};

/// The end of a longer address of a redirect is not shown.
const LONGEST_LOCATION: usize = 200;

/// A request that is ready to be sent; sending it again does not allocate.
pub struct Request {
    /// The head as HTTP/1.1 has it, and the body up to its first file.
    pub(super) wire: Vec<u8>,
    /// Where the given headers end in `wire`: those of framing follow.
    pub(super) headers_end: usize,
    /// Where the value of its `traceparent` begins in `wire`; `None` where it names no trace, or one that was given.
    pub(super) trace_at: Option<usize>,
    /// Where the body begins in `wire`.
    pub(super) body_at: usize,
    /// What follows `wire`: files, and what stands between them.
    pub(super) after: Vec<Segment>,
    /// Room for a body while its head is written.
    pub(super) body_room: Vec<u8>,
    /// What HTTP/2 sends, where it is always the same.
    pub(super) ready: Option<Box<Ready>>,
    pub(super) scheme: &'static str,
    pub(super) wants: Wants,
    /// Number of requests that are sent in turn with this one; 1 where it is alone.
    pub(super) turns: usize,
    pub(super) fixed: Arc<Fixed>,
}

/// A request for HTTP/2.
#[derive(Clone)]
pub(super) struct Ready {
    pub(super) parts: http::request::Parts,
    pub(super) body: Bytes,
}

/// What is the same for every request of a template.
pub(super) struct Fixed {
    pub(super) method: Method,
    /// Whether the connection is asked to close after the response.
    pub(super) closes: bool,
    pub(super) response_has_body: bool,
    pub(super) finder: Option<Finder<'static>>,
    pub(super) expectation: Expectation,
    redirect: OnceLock<String>,
}

/// The request cannot be written; validation should have reported it before.
#[derive(Debug, thiserror::Error)]
#[error("cannot build the request of {endpoint}")]
pub struct PrepareError {
    pub(super) endpoint: String,
}

impl Fixed {
    /// What is the same for every request with this method.
    pub(super) fn new(method: Method, closes: bool, expectation: Expectation) -> Self {
        Self {
            response_has_body: method.as_str() != "HEAD",
            method,
            closes,
            finder: expectation.body_contains.as_ref().map(|text| Finder::new(text).into_owned()),
            expectation,
            redirect: OnceLock::new(),
        }
    }
}

impl Request {
    /// An empty one, to be written.
    pub(super) fn empty(fixed: &Arc<Fixed>) -> Self {
        Self {
            wire: Vec::new(),
            headers_end: 0,
            trace_at: None,
            body_at: 0,
            after: Vec::new(),
            body_room: Vec::new(),
            ready: None,
            scheme: "http",
            wants: Wants::default(),
            turns: 1,
            fixed: Arc::clone(fixed),
        }
    }

    /// Conditions that the response must meet.
    pub fn expectation(&self) -> &Expectation {
        &self.fixed.expectation
    }

    /// Whether sending it twice has the same effect as sending it once.
    pub fn is_repeatable(&self) -> bool {
        // These may be sent again where the connection turned out to be closed.
        self.fixed.method.is_idempotent()
    }

    /// Whether it names a trace of ours.
    pub fn is_traced(&self) -> bool {
        self.trace_at.is_some()
    }

    /// Method, path and query, host, and the other header lines that were given, as they are sent.
    pub fn lines(&self) -> Option<(&str, &str, &str, impl Iterator<Item = (&str, &str)>)> {
        let lines = self.head()?;
        Some((lines.method, lines.target, lines.host, lines.headers()))
    }

    /// Its body; `None` where a file is a part of it.
    pub fn body(&self) -> Option<&[u8]> {
        self.after.is_empty().then(|| &self.wire[self.body_at..])
    }

    /// Where its first redirect pointed to, without a query, which may be secret; `None` without one.
    pub fn redirect(&self) -> Option<&str> {
        self.fixed.redirect.get().map(String::as_str)
    }

    /// Whether nobody looked yet where a response with this status redirects to.
    pub(super) fn wants_location(&self, status: u16) -> bool {
        (300..400).contains(&status) && self.fixed.redirect.get().is_none()
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
            let _ = self.fixed.redirect.set(to);
        }
    }

    /// The text to look for in the body of the response.
    pub(super) fn finder(&self) -> Option<&Finder<'static>> {
        self.fixed.finder.as_ref()
    }

    /// Whether more than the prepared bytes is sent.
    pub(super) fn has_more(&self) -> bool {
        !self.after.is_empty()
    }

    /// The head for HTTP/2; `None` where it cannot be sent.
    pub(super) fn parts(&self) -> Option<http::request::Parts> {
        match &self.ready {
            Some(ready) => Some(ready.parts.clone()),
            None => self.head()?.parts(self.scheme),
        }
    }

    /// As [`Request::parts`], with the trace that it names.
    pub(super) fn parts_with(&self, traceparent: Option<&Traceparent>) -> Option<http::request::Parts> {
        let mut parts = self.parts()?;
        if let (Some(_), Some(traceparent)) = (self.trace_at, traceparent) {
            let mut value = HeaderValue::from_bytes(traceparent.as_bytes()).ok()?;
            // It never comes again: it has no place in the table of the connection.
            value.set_sensitive(true);
            parts.headers.insert(HeaderName::from_static(traceparent::NAME), value);
        }
        Some(parts)
    }

    /// The body for HTTP/2, its files opened.
    /// # Errors
    /// The error of the operating system, where a file cannot be opened.
    pub(super) fn outgoing(&self) -> io::Result<Outgoing> {
        let body = match &self.ready {
            Some(ready) => ready.body.clone(),
            None => Bytes::copy_from_slice(&self.wire[self.body_at..]),
        };
        Outgoing::of(body, &self.after)
    }

    /// Makes what HTTP/2 sends once, for a request that is always the same; `None` where it cannot be sent.
    pub(super) fn made_ready(mut self) -> Option<Self> {
        let parts = self.head()?.parts(self.scheme)?;
        let body = Bytes::copy_from_slice(&self.wire[self.body_at..]);
        self.ready = Some(Box::new(Ready { parts, body }));
        Some(self)
    }

    fn head(&self) -> Option<Lines<'_>> {
        Lines::of(&self.wire[..self.headers_end])
    }
}

// Headers and bodies may contain secrets, so neither is shown.
impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Request").field("bytes", &self.wire.len()).finish_non_exhaustive()
    }
}
